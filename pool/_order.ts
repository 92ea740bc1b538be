/**
 * What a process is to do, encoded for its thread.
 *
 * @module
 */

import { addressEnds, watchingEnds } from "../shared/pipe_ends.ts";
import { encodeFunction, encodeNow } from "./_function_bytes.ts";
import type { AnyFunction } from "./process.ts";
import type { ProcessOrder } from "./_protocol.ts";

/** What is sent to the thread, and what belongs to that. */
export interface Order {
  readonly message: ProcessOrder;
  /** Lets go of what it has pinned, once the thread needs it no longer. */
  readonly release: () => void;
  /** Says to which thread it goes: the ends of pipes in it share its fate from now on. */
  readonly address: (ident: number) => void;
}

/** Encodes a function and its arguments, as they are now; throws when one of them cannot travel. */
export function makeOrder(target: AnyFunction, args: readonly unknown[]): Order {
  const ends: number[] = [];
  const [fn, given] = watchingEnds(ends, () => {
    const fn = encodeFunction(target, "target");
    return [fn, encodeNow(args, "args")];
  });
  return {
    message: { target: fn.wire, args: given.wire },
    release: () => {
      fn.release();
      given.release();
    },
    address: (ident) => addressEnds(ends, ident),
  };
}
