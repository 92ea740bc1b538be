/**
 * The kernels of `@multicore/multicore/kernels` over a pool: the same functions, with the pool as first
 * argument, that give a promise of the same result, to the last bit.
 *
 * Arrays in shared memory are worked on where they lie; others are copied into shared memory first. A stack
 * is dealt out matrix by matrix; a few large matrices are worked on by all workers together, row by row.
 * Results are shared arrays, to be disposed of when they are no longer needed, or `out`, which may be of
 * either kind. A call that fails, as when a worker dies, leaves `out` in between.
 *
 * Cost: that of the kernel, divided by the number of workers, and some hundreds of microseconds.
 *
 * @example Determinants of many matrices on two cores
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dets } from "@multicore/multicore/kernels/parallel";
 * import { Pool } from "@multicore/multicore/pool";
 * import { NDArray } from "@multicore/multicore/shared";
 *
 * await using pool = new Pool(2);
 * using stack = NDArray.shared([1000, 2, 2]);
 * for (let i = 0; i < 1000; i++) {
 *   stack.set(i, i, 0, 0);
 *   stack.set(2, i, 1, 1);
 * }
 * using result = await dets(pool, stack);
 * assertEquals(result.get(21), 42);
 * ```
 *
 * @module
 */

import type { Pool } from "../pool/pool.ts";
import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput } from "./_arguments.ts";
import { checkCorrelate, type CorrelateOptions } from "./_correlate_call.ts";
import { checkDeterminants } from "./_determinants.ts";
import { runCall } from "./_tasks.ts";
import type { Correlation } from "./correlate2d.ts";
import type { Determinant, Determinants, DetsOptions } from "./determinant.ts";

export * from "./_parallel_fft.ts";
export * from "./_parallel_linalg.ts";

/**
 * The determinant of a square matrix, as `det` of `@multicore/multicore/kernels` gives it, in a worker: this
 * thread stays free.
 *
 * @param pool The workers.
 * @param a The matrix, or nested arrays of numbers.
 * @returns The determinant; `[re, im]` of a complex matrix.
 * @throws {RangeError} If `a` is not a square matrix.
 * @throws {TypeError} If `a` is neither an array nor nested arrays of numbers.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { det } from "@multicore/multicore/kernels/parallel";
 * import { Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * assertAlmostEquals(await det(pool, [[1, 2], [3, 4]]), -2);
 * ```
 */
export async function det<A extends ArrayInput>(pool: Pool, a: A): Promise<Determinant<A>> {
  const call = checkDeterminants(a, undefined, NDArray.shared, 2);
  await runCall(pool, { kernel: "determinants", call });
  using out = call.out;
  return out.get() as Determinant<A>;
}

/**
 * The determinants of a stack of square matrices, as `dets` of `@multicore/multicore/kernels` gives them.
 *
 * @param pool The workers.
 * @param stack The matrices, in the last two axes.
 * @param options Where the result goes.
 * @returns The determinants, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If the last two axes are not equally long, or there are fewer than two.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with `stack`.
 * @throws {TypeError} If `stack` is neither an array nor nested arrays of numbers.
 */
export async function dets<A extends ArrayInput>(
  pool: Pool,
  stack: A,
  options: DetsOptions = {},
): Promise<Determinants<A>> {
  const call = checkDeterminants(stack, options.out, NDArray.shared);
  await runCall(pool, { kernel: "determinants", call });
  return call.out as Determinants<A>;
}

/**
 * Correlates two matrices, as `correlate2d` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The first operand, or nested arrays of numbers.
 * @param b The second operand, which moves over the first.
 * @param options Which part, what lies outside, how, and where to.
 * @returns The correlation, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If an operand has fewer than two axes, the stacks do not fit, or mode is `"valid"` and
 * neither contains the other.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with an operand.
 * @throws {TypeError} If an option has an unknown value.
 *
 * @example Correlations on two cores
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { autocorrelate2d, convolve2d, correlate2d } from "@multicore/multicore/kernels/parallel";
 * import { Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * const image = [[1, 2], [3, 4]];
 * using correlated = await correlate2d(pool, image, [[1, 1]], { mode: "valid" });
 * assertEquals(correlated.toArray(), [[3], [7]]);
 * using convolved = await convolve2d(pool, image, [[1], [2]]);
 * assertEquals(convolved.toArray(), [[1, 2], [5, 8], [6, 8]]);
 * using own = await autocorrelate2d(pool, image);
 * assertEquals(own.get(1, 1), 30);
 * ```
 */
export async function correlate2d<A extends ArrayInput, B extends ArrayInput>(
  pool: Pool,
  a: A,
  b: B,
  options: CorrelateOptions = {},
): Promise<Correlation<A, B>> {
  const call = checkCorrelate(a, b, options, false, NDArray.shared);
  await runCall(pool, { kernel: "correlate", call });
  return call.out as unknown as Correlation<A, B>;
}

/**
 * Correlates a matrix with itself, as `autocorrelate2d` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The matrix, or nested arrays of numbers.
 * @param options Which part, what lies outside, how, and where to.
 * @returns The autocorrelation, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `a` has fewer than two axes, or `options.out` does not fit or shares memory with
 * it.
 * @throws {TypeError} If an option has an unknown value.
 */
export async function autocorrelate2d<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: CorrelateOptions = {},
): Promise<Correlation<A, A>> {
  const call = checkCorrelate(a, undefined, options, false, NDArray.shared);
  await runCall(pool, { kernel: "correlate", call });
  return call.out as unknown as Correlation<A, A>;
}

/**
 * Convolves two matrices, as `convolve2d` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The first operand, or nested arrays of numbers.
 * @param b The second operand, which is turned around and moves over the first.
 * @param options Which part, what lies outside, how, and where to.
 * @returns The convolution, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If an operand has fewer than two axes, the stacks do not fit, or mode is `"valid"` and
 * neither contains the other.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with an operand.
 * @throws {TypeError} If an option has an unknown value.
 */
export async function convolve2d<A extends ArrayInput, B extends ArrayInput>(
  pool: Pool,
  a: A,
  b: B,
  options: CorrelateOptions = {},
): Promise<Correlation<A, B>> {
  const call = checkCorrelate(a, b, options, true, NDArray.shared);
  await runCall(pool, { kernel: "correlate", call });
  return call.out as unknown as Correlation<A, B>;
}
