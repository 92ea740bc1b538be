/**
 * Inside the workers: runs a loop's body over indices that the workers claim from a shared counter.
 *
 * ```
 * counter   8 bytes: the next index that nobody has claimed
 *           8 bytes: the lowest index that has failed, or -1
 * ```
 *
 * A claim is one compare-and-swap; its size shrinks with what is left ("guided", Polychronopoulos and Kuck, 1987), so
 * that large claims come first and nobody waits long at the end. After a failure nothing more is claimed.
 *
 * @module
 */

import { task } from "./task.ts";
import type { AnyFunction } from "./process.ts";

/** What one worker is to do of a loop. */
export interface RangeOrder {
  /** Called with each index. */
  readonly body: AnyFunction;
  /** Its further arguments. */
  readonly args: readonly unknown[];
  /** The two words, in shared memory. */
  readonly counter: BigInt64Array;
  /** The end of the loop. */
  readonly n: number;
  /** The least indices to claim at once. */
  readonly grain: number;
  /** How many workers run the loop. */
  readonly workers: number;
  /** A fixed part of the indices instead of claims. */
  readonly part?: readonly [from: number, to: number];
}

/** How one worker's share of a loop ended. */
export interface RangeEnd {
  /** The lowest index that failed here. */
  readonly index: number;
  /** What was thrown there. */
  readonly error: unknown;
}

/** Runs a share; gives the failure of lowest index in it, or null. */
export const runRange: (order: RangeOrder) => Promise<RangeEnd | null> = task(
  import.meta,
  "runRange",
  async (order: RangeOrder) => {
    for (let claim; (claim = claimRange(order));) {
      for (let i = claim[0]; i < claim[1]; i++) {
        try {
          const result = order.body(i, ...order.args);
          if (typeof result === "object" && result !== null && "then" in result) await result;
        } catch (error) {
          lower(order.counter, i);
          return { index: i, error };
        }
      }
      if (order.part) break;
    }
    return null;
  },
);

function claimRange({ counter, n, grain, workers, part }: RangeOrder): readonly [number, number] | undefined {
  if (Atomics.load(counter, 1) >= 0n) return undefined;
  if (part) return part;
  for (;;) {
    const from = Number(Atomics.load(counter, 0));
    if (from >= n) return undefined;
    const to = Math.min(n, from + Math.max(grain, Math.floor((n - from) / (2 * workers))));
    if (Atomics.compareExchange(counter, 0, BigInt(from), BigInt(to)) === BigInt(from)) return [from, to];
  }
}

/** Notes that index `i` has failed, if no lower one has. */
function lower(counter: BigInt64Array, i: number): void {
  for (let lowest; (lowest = Atomics.load(counter, 1)) < 0n || lowest > BigInt(i);) {
    if (Atomics.compareExchange(counter, 1, lowest, BigInt(i)) === lowest) return;
  }
}

/** What the workers are to do of a reduction. */
export interface ReduceOrder {
  /** Called with each index; gives the value to combine. */
  readonly body: AnyFunction;
  /** Its further arguments. */
  readonly args: readonly unknown[];
  /** Combines what stands left with what stands right. */
  readonly combine: AnyFunction;
  /** The two words, in shared memory; here they count parts. */
  readonly counter: BigInt64Array;
  /** The end of the indices. */
  readonly n: number;
  /** How many parts they are divided into. */
  readonly parts: number;
}

/** Claims part after part and combines each from its left; gives the parts' numbers and values. */
export const reduceParts: (order: ReduceOrder) => Promise<[part: number, value: unknown][]> = task(
  import.meta,
  "reduceParts",
  async ({ body, args, combine, counter, n, parts }: ReduceOrder) => {
    const values: [number, unknown][] = [];
    for (let part; Atomics.load(counter, 1) < 0n && (part = Number(Atomics.add(counter, 0, 1n))) < parts;) {
      const from = Math.floor(n * part / parts), to = Math.floor(n * (part + 1) / parts);
      let left: unknown;
      for (let i = from; i < to; i++) {
        try {
          const value = await body(i, ...args);
          left = i === from ? value : await combine(left, value);
        } catch (error) {
          lower(counter, i);
          throw indexed(error, i);
        }
      }
      values.push([part, left]);
    }
    return values;
  },
);

/** The error of an index, carrying it. */
export function indexed(error: unknown, index: number): unknown {
  if (typeof error === "object" && error !== null && !("index" in error) && Object.isExtensible(error)) {
    Object.defineProperty(error, "index", {
      value: index,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return error;
}
