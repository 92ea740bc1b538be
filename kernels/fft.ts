/**
 * Discrete Fourier transforms along one axis, of any length.
 *
 * @module
 */

import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput, ComplexOf, RealOf } from "./_arguments.ts";
import { checkFft, fftJob, type FftOptions } from "./_fft_lines.ts";
import type { FftKind, FftNorm } from "./_fft_call.ts";
import { runAll } from "./_job.ts";

export type { FftNorm, FftOptions };

function transform(a: ArrayInput, options: FftOptions, kind: FftKind, inverse: boolean): NDArray {
  const call = checkFft(a, options, kind, inverse, NDArray.zeros);
  runAll(fftJob(call));
  return call.out;
}

/**
 * The discrete Fourier transform along one axis: bin `k` is `Σ_j a[j] e^(-2πi j k / n)`.
 *
 * Bins go from 0 up: bin 0 is the sum, bin `k` the frequency `k / n`, bin `n - k` the frequency `-k / n`. The
 * scale is 1, unless `norm` says otherwise. Every line along the axis is transformed by itself. As
 * `numpy.fft.fft`.
 *
 * Shapes: the input's, with `n` along the axis. The result is complex128, complex64 for float32 and complex64
 * input, which generated code transforms in single precision.
 *
 * Cost: `O(n log n)` a line for every `n`, the least where `n` has small factors only; real input of even
 * length takes about half of the time. Allocates the result, or nothing with `out`. Arrays in shared memory are
 * transformed where they lie, others by way of it, a part at a time.
 *
 * Source: Stockham's autosort algorithm; for large prime factors Bluestein's.
 *
 * @param a The lines, real or complex, or nested arrays of numbers.
 * @param options Length, axis, scale, destination.
 * @returns The bins; `options.out` itself when given.
 * @throws {RangeError} If `n` is not a positive integer, `axis` is none of the array's, or `out` does not fit
 * or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fft } from "@multicore/multicore/kernels";
 *
 * assertEquals(fft([1, 2, 3, 4]).toArray(), [[10, 0], [-2, 2], [-2, 0], [-2, -2]]);
 * ```
 */
export function fft<A extends ArrayInput>(a: A, options: FftOptions = {}): ComplexOf<A> {
  return transform(a, options, "complex", false) as ComplexOf<A>;
}

/**
 * The inverse of {@linkcode fft}: point `j` is `1/n Σ_k a[k] e^(2πi j k / n)`.
 *
 * As `numpy.fft.ifft`: `ifft(fft(x))` is `x` up to rounding. Shapes, dtypes, cost and source are those of
 * `fft`.
 *
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Length, axis, scale, destination.
 * @returns The points; `options.out` itself when given.
 * @throws {RangeError} If `n` is not a positive integer, `axis` is none of the array's, or `out` does not fit
 * or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fft, ifft } from "@multicore/multicore/kernels";
 *
 * assertEquals(ifft(fft([1, 2, 3, 4])).toArray(), [[1, 0], [2, 0], [3, 0], [4, 0]]);
 * ```
 */
export function ifft<A extends ArrayInput>(a: A, options: FftOptions = {}): ComplexOf<A> {
  return transform(a, options, "complex", true) as ComplexOf<A>;
}

/**
 * The discrete Fourier transform of real lines: the bins from 0 to `n / 2`, whose conjugates the others are.
 *
 * As `numpy.fft.rfft`. Sign and scale are those of {@linkcode fft}.
 *
 * Shapes: the input's, with `floor(n / 2) + 1` along the axis.
 *
 * Cost: little more than half of that of `fft` of complex input, for even `n`. Allocates the result, or
 * nothing with `out`.
 *
 * @param a The lines, real, or nested arrays of numbers.
 * @param options Length, axis, scale, destination.
 * @returns The bins; `options.out` itself when given.
 * @throws {RangeError} If `n` is not a positive integer, `axis` is none of the array's, or `out` does not fit
 * or overlaps `a`.
 * @throws {TypeError} If `a` is complex, or `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rfft } from "@multicore/multicore/kernels";
 *
 * assertEquals(rfft([1, 2, 3, 4]).toArray(), [[10, 0], [-2, 2], [-2, 0]]);
 * ```
 */
export function rfft<A extends ArrayInput>(a: A, options: FftOptions = {}): ComplexOf<A> {
  return transform(a, options, "real", false) as ComplexOf<A>;
}

/**
 * The inverse of {@linkcode rfft}: real lines of `n` points out of the bins from 0 to `n / 2`.
 *
 * As `numpy.fft.irfft`. The number of points cannot be told from the number of bins: an odd `n` must be
 * given. The imaginary parts of bin 0 and, for even `n`, bin `n / 2` are ignored.
 *
 * Shapes: the input's, with `n` along the axis, by default `2 * (bins - 1)`. The result is float64, float32
 * for float32 and complex64 input.
 *
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Length, axis, scale, destination.
 * @returns The points; `options.out` itself when given.
 * @throws {RangeError} If `n` is not a positive integer, as with one bin by default, `axis` is none of the
 * array's, or `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { irfft, rfft } from "@multicore/multicore/kernels";
 *
 * assertEquals(irfft(rfft([1, 2, 3, 4])).toArray(), [1, 2, 3, 4]);
 * ```
 */
export function irfft<A extends ArrayInput>(a: A, options: FftOptions = {}): RealOf<A> {
  return transform(a, options, "hermitian", true) as RealOf<A>;
}
