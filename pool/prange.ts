/**
 * Parallel loops and reductions, over a pool of their own where none is given.
 *
 * @module
 */

import { runReduction } from "./_loops.ts";
import { Pool } from "./pool.ts";
import type { LoopOptions, PoolFunction } from "./pool_options.ts";

/** How a parallel loop is run. */
export interface PrangeOptions extends LoopOptions {
  /** Whose workers run it. @default a pool of `cpuCount()` workers, made on first use */
  readonly pool?: Pool;
}

/** Whose workers run a reduction. */
export interface PreduceOptions {
  /** Whose workers run it. @default a pool of `cpuCount()` workers, made on first use */
  readonly pool?: Pool;
}

let shared: Pool | undefined;

/** The pool of the top-level loops; it does not keep the program alive. */
function defaultPool(): Pool {
  return shared ??= new Pool();
}

/**
 * Runs `body(i, ...args)` once for each `i` from 0 to `n - 1`, on all workers of a pool, in no particular order.
 *
 * Handing out indices costs no message: workers claim them from a shared counter, large ranges first. What the body
 * writes goes into shared memory; what it returns is ignored, and awaited when it is a promise. When the body throws,
 * nothing more is claimed, and the loop rejects with the error of the lowest index seen.
 *
 * Cost: a message to each worker and one back, then a compare-and-swap a claim.
 *
 * @param n The end of the loop.
 * @param body The body; it travels as a pool's tasks do.
 * @param args Further arguments of the body. @default []
 * @param options Pool, schedule, grain.
 * @throws {RangeError} If `n` is not an integer from 0 on, or `grain` not a positive one.
 * @throws What the body threw, with the index as `index`.
 *
 * @example Squares, in place
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pool, prange } from "@multicore/multicore/pool";
 * import { NDArray } from "@multicore/multicore/shared";
 *
 * await using pool = new Pool(2);
 * using squares = NDArray.shared([5]);
 * await prange(5, (i, squares: NDArray) => squares.set(i * i, i), [squares], { pool });
 * assertEquals(squares.toArray(), [0, 1, 4, 9, 16]);
 * ```
 */
export async function prange<A extends readonly unknown[]>(
  n: number,
  body: (i: number, ...args: A) => unknown,
  args?: A,
  options: PrangeOptions = {},
): Promise<void> {
  await (options.pool ?? defaultPool()).prange(n, body, args, options);
}

/**
 * Combines `body(0, ...args)`, `body(1, ...args)`, … from the left, on all workers of a pool.
 *
 * The indices are divided into parts that depend on `n` alone; each part is combined from its left, then the parts
 * are, in order, beginning with `initial`. So the result has the same bits for any number of workers; it is that
 * of a plain loop where `combine` is associative.
 *
 * @typeParam R What is combined.
 * @param n How many values.
 * @param body Gives the value of an index.
 * @param combine Combines what stands left with what stands right; it runs in the workers and here.
 * @param initial Enters once, on the left; the result when `n` is 0.
 * @param args Further arguments of the body. @default []
 * @param options The pool.
 * @returns The combined value.
 * @throws {RangeError} If `n` is not an integer from 0 on.
 * @throws What the body threw at the lowest index, with the index as `index`.
 *
 * @example A sum of squares
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pool, preduce } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * const sum = await preduce(1000, (i) => i * i, (a: number, b: number) => a + b, 0, [], { pool });
 * assertEquals(sum, 332833500);
 * ```
 */
export async function preduce<R, A extends readonly unknown[]>(
  n: number,
  body: (i: number, ...args: A) => R | PromiseLike<R>,
  combine: PoolFunction<[R, R], R>,
  initial: R,
  args?: A,
  options: PreduceOptions = {},
): Promise<R> {
  return await runReduction(options.pool ?? defaultPool(), n, body, combine, initial, args) as R;
}
