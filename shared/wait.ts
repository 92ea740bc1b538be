/**
 * The only waits and wakes on shared words. Whoever waits says, where it calls, who wakes it and who does so if
 * that thread dies.
 *
 * @module
 */

import { heapWords } from "./heap.ts";

/** Checks a `timeout` option: milliseconds from 0 on; absent means for ever. */
export function checkTimeout(timeout: number | undefined): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout !== "number") {
    throw new TypeError(`Cannot wait: timeout must be a number of milliseconds, got ${typeof timeout}`);
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`Cannot wait: timeout must be 0 or more milliseconds, got ${timeout}`);
  }
  return timeout;
}

/** Blocks this thread until the word at byte `offset` is no longer `value`, or `deadline` (`performance.now()`) has passed. */
export function waitSync(offset: number, value: number, deadline = Infinity): boolean {
  const words = heapWords(offset + 4), index = offset >>> 2;
  while (Atomics.load(words, index) === value) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    Atomics.wait(words, index, value, left);
  }
  return true;
}

/** Wakes all who wait on the word at byte `offset`. */
export function wakeAll(offset: number): void {
  Atomics.notify(heapWords(offset + 4), offset >>> 2);
}
