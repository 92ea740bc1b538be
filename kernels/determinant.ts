/**
 * Determinants of one matrix, and of a stack of them.
 *
 * @module
 */

import type { Complex } from "../shared/dtype.ts";
import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput, ComplexDType, ComplexOf, RealOf } from "./_arguments.ts";
import { checkDeterminants, determinantsJob } from "./_determinants.ts";
import { runAll } from "./_job.ts";

/** Options of {@linkcode dets}. */
export interface DetsOptions {
  /**
   * Where the determinants go: an array of the leading axes' shape and of the result's dtype, that shares no
   * memory with the matrices.
   */
  readonly out?: NDArray;
}

/** A determinant: a number, `[re, im]` of a complex matrix. */
export type Determinant<A> = A extends NDArray<ComplexDType> ? Complex : number;

/** Determinants of a stack: real ones, complex ones of complex matrices. */
export type Determinants<A> = A extends NDArray<ComplexDType> ? ComplexOf<A> : RealOf<A>;

/**
 * The determinant of a square matrix.
 *
 * A singular matrix is no error: its determinant is 0, exactly 0 where elimination meets a column of zeros.
 * NaN and infinities flow through, as in `numpy.linalg.det`. The product of the pivots neither overflows nor
 * underflows on the way: only a determinant that is itself out of range becomes infinite or 0, and `slogdet`
 * gives the logarithm of that one.
 *
 * Shapes: `n x n` with any strides; the determinant of the `0 x 0` matrix is 1. Real integers are taken as
 * doubles; a float32 matrix is widened, and its determinant rounded to float32 once.
 *
 * Cost: `n³ / 3` multiplications; allocates nothing but small change.
 *
 * Source: LU decomposition with partial pivoting (LAPACK's `getrf`).
 *
 * @param a The matrix, or nested arrays of numbers.
 * @returns The determinant; `[re, im]` of a complex matrix.
 * @throws {RangeError} If `a` is not a square matrix.
 * @throws {TypeError} If `a` is neither an array nor nested arrays of numbers.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { det } from "@multicore/multicore/kernels";
 *
 * assertAlmostEquals(det([[1, 2], [3, 4]]), -2);
 * ```
 */
export function det<A extends ArrayInput>(a: A): Determinant<A> {
  const call = checkDeterminants(a, undefined, NDArray.zeros, 2);
  runAll(determinantsJob(call));
  return call.out.get() as Determinant<A>;
}

/**
 * The determinants of a stack of square matrices.
 *
 * Each is what {@linkcode det} gives for its matrix, to the last bit.
 *
 * Shapes: `(…, n, n)` gives `(…)`. Any strides, read in place: a tensor `t` of shape `(n, n, count)` is
 * a stack as `t.transpose(2, 0, 1)` and costs no copy.
 *
 * Cost: `n³ / 3` multiplications a matrix; allocates only the result, or nothing with `out`.
 *
 * @param stack The matrices, in the last two axes.
 * @param options Where the result goes.
 * @returns The determinants, of float64, or float32 for float32 matrices; complex for complex ones;
 * `options.out` itself when given.
 * @throws {RangeError} If the last two axes are not equally long, or there are fewer than two.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with `stack`.
 * @throws {TypeError} If `stack` is neither an array nor nested arrays of numbers.
 *
 * @example The slices of a tensor
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dets } from "@multicore/multicore/kernels";
 * import { NDArray } from "@multicore/multicore/shared";
 *
 * const tensor = NDArray.zeros([2, 2, 3]);
 * for (let k = 0; k < 3; k++) {
 *   tensor.set(k + 1, 0, 0, k);
 *   tensor.set(1, 1, 1, k);
 * }
 * assertEquals(dets(tensor.transpose(2, 0, 1)).toArray(), [1, 2, 3]);
 * ```
 */
export function dets<A extends ArrayInput>(stack: A, options: DetsOptions = {}): Determinants<A> {
  const call = checkDeterminants(stack, options.out, NDArray.zeros);
  runAll(determinantsJob(call));
  return call.out as Determinants<A>;
}
