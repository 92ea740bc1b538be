/**
 * Inside a worker of a pool: runs item after item, and reports each before it begins the next.
 *
 * The word `running` in the thread's record says where the worker is: 2n while it runs item number n, 2n + 1 once that
 * has ended; 0 before the first. Moving on is a compare-and-swap by the worker; the creator stops the worker by
 * one to {@linkcode STOPPED}. So an item either was begun, and the creator knows it, or will never be; nothing is
 * run twice when a worker is lost, and what has ended is not stopped, however late its report is heard.
 *
 * @module
 */

import type { MessagePort } from "node:worker_threads";
import { heapWords, membership } from "../shared/heap.ts";
import { ringCreator, runningOffset, skipOffset } from "../shared/threads.ts";
import { decode, discard, encode, prepare, type Wire } from "./_codec.ts";
import { type AnyFunction, endChildren } from "./process.ts";
import { guardHeap } from "./_heap_guard.ts";
import type { PoolOrder, PoolReport } from "./_protocol.ts";

/** The value of `running` that keeps a worker from beginning another item. */
export const STOPPED = -1;

/** Serves until it is told to retire, or is stopped. */
export function servePool(
  line: MessagePort,
  { end, exhausted }: { readonly end: (code: number) => never; readonly exhausted: () => void },
): void {
  const words = heapWords(), { slot } = membership();
  const running = runningOffset(slot) >>> 2, skip = skipOffset(slot) >>> 2;
  const born = performance.now();
  const report = (message: PoolReport) => {
    line.postMessage(message);
    ringCreator();
  };
  let last = 0;

  const moveTo = (word: number) => {
    if (Atomics.compareExchange(words, running, last, word) !== last) return false;
    last = word;
    return true;
  };

  const ended = (number: number, outcome: Outcome, busy: number) => {
    if (moveTo(2 * number + 1)) report({ ...outcome, number, busy });
    else discard(outcome.type === "value" ? outcome.value : outcome.error);
  };

  const run = async (fn: (...args: unknown[]) => unknown, number: number, item: Wire) => {
    const start = performance.now();
    const outcome = await settle(async () => {
      const load = prepare(item);
      if (load) await load;
      return fn(...decode(item) as unknown[]);
    });
    ended(number, outcome, performance.now() - start);
  };

  const handle = async (order: PoolOrder) => {
    switch (order.type) {
      case "initialize": {
        const outcome = await settle(async () => {
          await prepare(order.fn);
          await prepare(order.args);
          await (decode(order.fn) as AnyFunction)(...decode(order.args) as unknown[]);
        });
        if (outcome.type === "error") return report({ type: "broken", error: outcome.error });
        break;
      }
      case "run": {
        let fn: AnyFunction;
        const found = await settle(async () => {
          await prepare(order.fn);
          fn = decode(order.fn) as AnyFunction;
        });
        for (let i = 0; i < order.items.length; i++) {
          const number = order.first + i;
          if (Atomics.load(words, skip) >= number) return report({ type: "skipped", number });
          if (!moveTo(2 * number)) return;
          if (found.type === "error") ended(number, found, 0);
          else await run(fn!, number, order.items[i]);
        }
        return;
      }
      case "retire":
        await endChildren();
        end(0);
    }
    report({ type: "ready", startup: performance.now() - born });
  };

  // Orders come one at a time: the next is sent when the last item of this one is reported.
  const guard = guardHeap(exhausted);
  line.on("message", async (order: PoolOrder) => {
    guard(true);
    await handle(order);
    guard(false);
  });
}

type Outcome = { readonly type: "value"; readonly value: Wire } | {
  readonly type: "error";
  readonly error: Wire;
};

/** Runs a function and encodes how it ended; what cannot be encoded becomes the error that says so. */
async function settle(fn: () => unknown): Promise<Outcome> {
  try {
    const value = await fn();
    return { type: "value", value: encode(value, "result", { functions: false, handOver: true }).wire };
  } catch (error) {
    try {
      return { type: "error", error: encode(error, "the error", { functions: false, handOver: true }).wire };
    } catch (hopeless) {
      return {
        type: "error",
        error: encode(hopeless, "the error", { functions: false, handOver: true }).wire,
      };
    }
  }
}
