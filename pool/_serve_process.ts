/**
 * Inside the worker of a `Process`: runs the target once, waits for what it started, ends.
 *
 * @module
 */

import type { MessagePort } from "node:worker_threads";
import { decode, prepare } from "./_codec.ts";
import { farewell } from "./_farewell.ts";
import { guardHeap } from "./_heap_guard.ts";
import type { ProcessOrder } from "./_protocol.ts";
import type { AnyFunction } from "./process.ts";

/** Waits for the order on the line and carries it out. */
export function serveProcess(
  line: MessagePort,
  { fail, end, exhausted }: {
    readonly fail: (error: unknown) => void;
    readonly end: (code: number) => never;
    readonly exhausted: () => void;
  },
): void {
  line.on("message", async ({ target, args }: ProcessOrder) => {
    guardHeap(exhausted);
    try {
      await prepare(target);
      await prepare(args);
      await (decode(target) as AnyFunction)(...decode(args) as unknown[]);
      await farewell();
    } catch (error) {
      fail(error);
    }
    end(0);
  });
}
