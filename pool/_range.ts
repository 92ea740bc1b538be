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

import { Block } from "../shared/block.ts";
import { task } from "./task.ts";
import type { AnyFunction } from "./process.ts";

/** What one worker is to do of a loop: numbers, as these are soon written and read. */
export type Share = readonly [
  /** Where the two words are, in a block that the loop's caller holds. */
  offset: number,
  generation: number,
  /** The end of the loop. */
  n: number,
  /** The least indices to claim at once. */
  grain: number,
  /** How many workers run the loop. */
  workers: number,
  /** A fixed part of the indices instead of claims; empty: none. */
  from: number,
  to: number,
];

/** How one worker's share of a loop ended that failed. */
export interface ShareEnd {
  /** The lowest index that failed here. */
  readonly index: number;
  /** What was thrown there. */
  readonly error: unknown;
}

/** A number says that nothing failed: to report one costs the least. */
type End = ShareEnd | 0;

/** Runs a share: `given` is the share and the body's further arguments. Gives the failure of lowest index in it, or 0. */
export function runShare(body: AnyFunction, given: readonly unknown[]): End | Promise<End> {
  const [share, ...args] = given as [Share, ...unknown[]], [offset, generation] = share;
  const block = Block.attach({ offset, generation });
  const run = new ShareRun(share, block.view("int64") as BigInt64Array, body, args);
  const end = run.go();
  if (!(end instanceof Promise)) {
    block.release();
    return end;
  }
  return end.finally(() => block.release());
}

/** A share under way. */
class ShareRun {
  #i = 0;
  #end = 0;

  constructor(
    readonly share: Share,
    readonly counter: BigInt64Array,
    readonly body: AnyFunction,
    readonly args: readonly unknown[],
  ) {}

  /** Goes on until the end, or the first promise. */
  go(): End | Promise<End> {
    const { body, args: [a, b, ...more] } = this, count = this.args.length;
    do {
      for (; this.#i < this.#end; this.#i++) {
        const i = this.#i;
        try {
          const result = count === 0 ? body(i) : count === 1 ? body(i, a) : body(i, a, b, ...more);
          if (isThenable(result)) return this.#await(result);
        } catch (error) {
          return this.#fail(error);
        }
      }
    } while (this.#claim());
    return 0;
  }

  async #await(result: PromiseLike<unknown>): Promise<End> {
    try {
      await result;
    } catch (error) {
      return this.#fail(error);
    }
    this.#i++;
    return await this.go();
  }

  #fail(error: unknown): End {
    lower(this.counter, this.#i);
    return { index: this.#i, error };
  }

  #claim(): boolean {
    const { counter, share: [, , n, grain, workers, first, last] } = this;
    if (Atomics.load(counter, 1) >= 0n) return false;
    if (last > 0) {
      if (this.#end > 0) return false;
      this.#i = first;
      this.#end = last;
      return first < last;
    }
    for (;;) {
      const before = Atomics.load(counter, 0), from = Number(before);
      if (from >= n) return false;
      const to = Math.min(n, from + Math.max(grain, Math.floor((n - from) / (2 * workers))));
      if (Atomics.compareExchange(counter, 0, before, BigInt(to)) !== before) continue;
      this.#i = from;
      this.#end = to;
      return true;
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
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
