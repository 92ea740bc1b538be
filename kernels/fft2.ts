/**
 * Discrete Fourier transforms along two axes, of any lengths.
 *
 * @module
 */

import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput, ComplexOf, RealOf } from "./_arguments.ts";
import type { FftKind } from "./_fft_call.ts";
import { checkFft2, fft2Job, type Fft2Options } from "./_fft_planes.ts";
import { runAll } from "./_job.ts";

export type { Fft2Options };

function transform(a: ArrayInput, options: Fft2Options, kind: FftKind, inverse: boolean): NDArray {
  const call = checkFft2(a, options, kind, inverse, NDArray.zeros);
  runAll(fft2Job(call));
  return call.out;
}

/**
 * The two-dimensional discrete Fourier transform: bin `(k, l)` of an `m x n` matrix is
 * `Σ_i Σ_j a[i, j] e^(-2πi (i k / m + j l / n))`.
 *
 * Bins go from 0 up along both axes: bin `(0, 0)` is the sum of all elements. The scale is 1, unless `norm`
 * says otherwise. Every matrix of a stack is transformed by itself. As `numpy.fft.fft2`.
 *
 * Shapes: the input's, with the lengths `s` along the axes. The result is complex128, complex64 for float32
 * and complex64 input.
 *
 * Cost: `O(m n log(m n))` for all lengths, the least where these have small factors only; real input takes
 * half the time. Allocates the result, or nothing with `out`.
 *
 * Source: Stockham's autosort algorithm; for large prime factors Bluestein's.
 *
 * @param a The matrices, real or complex, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The bins; `options.out` itself when given.
 * @throws {RangeError} If `s` are not two positive integers, `axes` not two different axes, or `out` does not
 * fit or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fft2 } from "@multicore/multicore/kernels";
 *
 * assertEquals(fft2([[1, 2], [3, 4]]).toArray(), [[[10, 0], [-2, 0]], [[-4, 0], [0, 0]]]);
 * ```
 */
export function fft2<A extends ArrayInput>(a: A, options: Fft2Options = {}): ComplexOf<A> {
  return transform(a, options, "complex", false) as ComplexOf<A>;
}

/**
 * The inverse of {@linkcode fft2}: element `(i, j)` is `1/(m n) Σ_k Σ_l a[k, l] e^(2πi (i k / m + j l / n))`.
 *
 * As `numpy.fft.ifft2`: `ifft2(fft2(x))` is `x` up to rounding. Shapes, dtypes, cost and source are those of
 * `fft2`.
 *
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The elements; `options.out` itself when given.
 * @throws {RangeError} If `s` are not two positive integers, `axes` not two different axes, or `out` does not
 * fit or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fft2, ifft2 } from "@multicore/multicore/kernels";
 *
 * assertEquals(ifft2(fft2([[1, 2], [3, 4]])).toArray(), [[[1, 0], [2, 0]], [[3, 0], [4, 0]]]);
 * ```
 */
export function ifft2<A extends ArrayInput>(a: A, options: Fft2Options = {}): ComplexOf<A> {
  return transform(a, options, "complex", true) as ComplexOf<A>;
}

/**
 * The two-dimensional discrete Fourier transform of real matrices: along the second axis the bins from 0 to
 * `n / 2`.
 *
 * As `numpy.fft.rfft2`. Sign and scale are those of {@linkcode fft2}; the other bins are conjugates of these.
 *
 * Shapes: the input's, with `s[0]` along the first of the axes and `floor(s[1] / 2) + 1` along the second.
 *
 * @param a The matrices, real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The bins; `options.out` itself when given.
 * @throws {RangeError} If `s` are not two positive integers, `axes` not two different axes, or `out` does not
 * fit or overlaps `a`.
 * @throws {TypeError} If `a` is complex, or `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rfft2 } from "@multicore/multicore/kernels";
 *
 * assertEquals(rfft2([[1, 2, 3, 4]]).toArray(), [[[10, 0], [-2, 2], [-2, 0]]]);
 * ```
 */
export function rfft2<A extends ArrayInput>(a: A, options: Fft2Options = {}): ComplexOf<A> {
  return transform(a, options, "real", false) as ComplexOf<A>;
}

/**
 * The inverse of {@linkcode rfft2}: real matrices out of the bins from 0 to `n / 2` along the second axis.
 *
 * As `numpy.fft.irfft2`. An odd number of columns cannot be told from the number of bins: it must be given as
 * `s`.
 *
 * Shapes: the input's, with the lengths `s` along the axes, by default `2 * (bins - 1)` along the second. The
 * result is float64, float32 for float32 and complex64 input.
 *
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The elements; `options.out` itself when given.
 * @throws {RangeError} If `s` are not two positive integers, `axes` not two different axes, or `out` does not
 * fit or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { irfft2, rfft2 } from "@multicore/multicore/kernels";
 *
 * const image = [[1, 2, 3], [4, 5, 7]];
 * const back = irfft2(rfft2(image), { s: [2, 3] });
 * assertEquals(back.toArray<number[][]>().map((row) => row.map(Math.round)), image);
 * ```
 */
export function irfft2<A extends ArrayInput>(a: A, options: Fft2Options = {}): RealOf<A> {
  return transform(a, options, "hermitian", true) as RealOf<A>;
}
