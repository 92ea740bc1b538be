/**
 * Two-dimensional correlation and convolution.
 *
 * @module
 */

import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput, ComplexDType, ComplexOf, RealOf } from "./_arguments.ts";
import { correlateJob } from "./_correlate.ts";
import {
  checkCorrelate,
  type CorrelateBoundary,
  type CorrelateMethod,
  type CorrelateMode,
  type CorrelateOptions,
} from "./_correlate_call.ts";
import { runAll } from "./_job.ts";

export type { CorrelateBoundary, CorrelateMethod, CorrelateMode, CorrelateOptions };

/** A correlation of `A` and `B`: complex if either is; of single precision if both are. */
export type Correlation<A, B> = A extends NDArray<ComplexDType> ? ComplexOf<A | B>
  : B extends NDArray<ComplexDType> ? ComplexOf<A | B>
  : RealOf<A | B>;

/**
 * Correlates two matrices: element `(u, v)` of the full result is
 * `Σ_k Σ_l A[u + k - (p - 1), v + l - (q - 1)] conj b[k, l]`.
 *
 * As `scipy.signal.correlate2d`: for `"same"`, element `((p - 1) >> 1, (q - 1) >> 1)` of `b` lies on the
 * element of `a` that the result belongs to; with `mode: "valid"` and `b` larger than `a` along both axes
 * they change roles. Whole numbers give whole numbers, exact as long as they stay below 2^53, with every
 * method but `"fft"`, and with that one where rounding is sure to find them. NaN and infinities stay where
 * they belong, except with `"fft"`.
 *
 * Shapes: `m x n` and `p x q` give `(m + p - 1) x (n + q - 1)` for `"full"`, `m x n` for `"same"`,
 * `(m - p + 1) x (n - q + 1)` for `"valid"`. Leading axes are stacks and broadcast: a `(count, m, n)` array
 * and a `p x q` one give `count` results. The result is float64, float32 where both operands are; complex
 * where one is.
 *
 * Cost: `m n p q` multiplications, or about `3 m n log(m n)` by Fourier transforms. Allocates the result, or
 * nothing with `out`.
 *
 * @param a The first operand, or nested arrays of numbers.
 * @param b The second operand, which moves over the first.
 * @param options Which part, what lies outside, how, and where to.
 * @returns The correlation; `options.out` itself when given.
 * @throws {RangeError} If an operand has fewer than two axes, the stacks do not fit, or mode is `"valid"` and
 * neither contains the other.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with an operand.
 * @throws {TypeError} If an option has an unknown value.
 *
 * @example A pattern is found where the correlation is largest
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { correlate2d } from "@multicore/multicore/kernels";
 *
 * const image = [[0, 0, 0], [0, 1, 2], [0, 3, 4]];
 * assertEquals(correlate2d(image, [[1, 2], [3, 4]], { mode: "valid" }).toArray(), [[4, 11], [14, 30]]);
 * ```
 */
export function correlate2d<A extends ArrayInput, B extends ArrayInput>(
  a: A,
  b: B,
  options: CorrelateOptions = {},
): Correlation<A, B> {
  const call = checkCorrelate(a, b, options, false, NDArray.zeros);
  runAll(correlateJob(call));
  return call.out as unknown as Correlation<A, B>;
}

/**
 * Correlates a matrix with itself, in less than half the time of {@linkcode correlate2d}.
 *
 * The full result has its centre, the sum of the squares, at `(m - 1, n - 1)`, and mirrors itself there.
 * Every matrix of a stack is correlated with itself alone. Shapes, dtypes and exactness are those of
 * `correlate2d(a, a, options)`.
 *
 * @param a The matrix, or nested arrays of numbers.
 * @param options Which part, what lies outside, how, and where to.
 * @returns The autocorrelation; `options.out` itself when given.
 * @throws {RangeError} If `a` has fewer than two axes, or `options.out` does not fit or shares memory with
 * it.
 * @throws {TypeError} If an option has an unknown value.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { autocorrelate2d } from "@multicore/multicore/kernels";
 *
 * assertEquals(autocorrelate2d([[1, 2], [3, 4]]).toArray(), [[4, 11, 6], [14, 30, 14], [6, 11, 4]]);
 * ```
 */
export function autocorrelate2d<A extends ArrayInput>(
  a: A,
  options: CorrelateOptions = {},
): Correlation<A, A> {
  const call = checkCorrelate(a, undefined, options, false, NDArray.zeros);
  runAll(correlateJob(call));
  return call.out as unknown as Correlation<A, A>;
}

/**
 * Convolves two matrices: element `(u, v)` of the full result is `Σ_k Σ_l A[u - k, v - l] b[k, l]`.
 *
 * As `scipy.signal.convolve2d`; for `"same"` the centre of the full result is taken. Shapes, dtypes,
 * exactness, cost and options are those of {@linkcode correlate2d}.
 *
 * @param a The first operand, or nested arrays of numbers.
 * @param b The second operand, which is turned around and moves over the first.
 * @param options Which part, what lies outside, how, and where to.
 * @returns The convolution; `options.out` itself when given.
 * @throws {RangeError} If an operand has fewer than two axes, the stacks do not fit, or mode is `"valid"` and
 * neither contains the other.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with an operand.
 * @throws {TypeError} If an option has an unknown value.
 *
 * @example A product of polynomials in two variables
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { convolve2d } from "@multicore/multicore/kernels";
 *
 * assertEquals(convolve2d([[1, 1]], [[1], [2]]).toArray(), [[1, 1], [2, 2]]);
 * ```
 */
export function convolve2d<A extends ArrayInput, B extends ArrayInput>(
  a: A,
  b: B,
  options: CorrelateOptions = {},
): Correlation<A, B> {
  const call = checkCorrelate(a, b, options, true, NDArray.zeros);
  runAll(correlateJob(call));
  return call.out as unknown as Correlation<A, B>;
}
