/**
 * Discrete Fourier transforms along any number of axes, of any lengths.
 *
 * @module
 */

import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput, ComplexOf, RealOf } from "./_arguments.ts";
import type { FftKind } from "./_fft_call.ts";
import { checkFftn, type FftnOptions, fftnPasses, passJob } from "./_fftn.ts";
import { runAll } from "./_job.ts";

export type { FftnOptions };

function transform(a: ArrayInput, options: FftnOptions, kind: FftKind, inverse: boolean): NDArray {
  const call = checkFftn(a, options, kind, inverse, NDArray.zeros);
  const passes = fftnPasses(call, NDArray.zeros);
  for (const pass of passes) runAll(passJob(pass));
  return passes.length === 0 ? call.out.copyFrom(call.a) : call.out;
}

/**
 * The discrete Fourier transform along any axes: that along each of them, one after the other.
 *
 * As `numpy.fft.fftn`, with the sign and the scale of `fft`; an axis must not be given twice. Bins go from 0
 * up along every axis. Along no axis, the result is the input as complex numbers.
 *
 * Shapes: the input's, with the lengths `s` along the axes. The result is complex128, complex64 for float32
 * and complex64 input, which is rounded after every axis or two.
 *
 * Cost: `O(N log N)` for `N` points; the last two of the axes are transformed as `fft2` does, real input in
 * half the time. Allocates the result, or nothing with `out`.
 *
 * Source: Stockham's autosort algorithm; for large prime factors Bluestein's.
 *
 * @param a The elements, real or complex, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The bins; `options.out` itself when given.
 * @throws {RangeError} If `s` holds other than positive integers, `axes` other than different axes, or they
 * are not equally many; if `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `s` or `axes` is no list, or `norm` is unknown.
 *
 * @example All axes, and one of them
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fftn } from "@multicore/multicore/kernels";
 *
 * const cube = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]];
 * assertEquals(fftn(cube).get(0, 0, 0), [36, 0]);
 * assertEquals(fftn(cube, { axes: [0] }).get(1, 0, 0), [-4, 0]);
 * ```
 */
export function fftn<A extends ArrayInput>(a: A, options: FftnOptions = {}): ComplexOf<A> {
  return transform(a, options, "complex", false) as ComplexOf<A>;
}

/**
 * The inverse of {@linkcode fftn}, with the factor 1 divided by the number of points.
 *
 * As `numpy.fft.ifftn`: `ifftn(fftn(x))` is `x` up to rounding. Shapes, dtypes, cost and source are those of
 * `fftn`.
 *
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The elements; `options.out` itself when given.
 * @throws {RangeError} If `s` holds other than positive integers, `axes` other than different axes, or they
 * are not equally many; if `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `s` or `axes` is no list, or `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fftn, ifftn } from "@multicore/multicore/kernels";
 *
 * const cube = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]];
 * assertEquals(ifftn(fftn(cube)).get(1, 0, 1), [6, 0]);
 * ```
 */
export function ifftn<A extends ArrayInput>(a: A, options: FftnOptions = {}): ComplexOf<A> {
  return transform(a, options, "complex", true) as ComplexOf<A>;
}

/**
 * The discrete Fourier transform of real elements along any axes: along the last of them the bins from 0 to
 * `n / 2`.
 *
 * As `numpy.fft.rfftn`. Sign and scale are those of {@linkcode fftn}; the other bins are conjugates of these.
 *
 * Shapes: the input's, with the lengths `s` along the axes, but `floor(n / 2) + 1` along the last of them.
 *
 * @param a The elements, real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The bins; `options.out` itself when given.
 * @throws {RangeError} If `s` holds other than positive integers, `axes` other than different axes, none at
 * all, or they are not equally many; if `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `a` is complex, `s` or `axes` is no list, or `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rfftn } from "@multicore/multicore/kernels";
 *
 * assertEquals(rfftn([[[1, 2, 3, 4]]]).toArray(), [[[[10, 0], [-2, 2], [-2, 0]]]]);
 * ```
 */
export function rfftn<A extends ArrayInput>(a: A, options: FftnOptions = {}): ComplexOf<A> {
  return transform(a, options, "real", false) as ComplexOf<A>;
}

/**
 * The inverse of {@linkcode rfftn}: real elements out of the bins from 0 to `n / 2` along the last of the
 * axes.
 *
 * As `numpy.fft.irfftn`. An odd number of elements cannot be told from the number of bins: it must be given as
 * the last of `s`.
 *
 * Shapes: the input's, with the lengths `s` along the axes, by default `2 * (bins - 1)` along the last. The
 * result is float64, float32 for float32 and complex64 input.
 *
 * Cost: half of that of `ifftn`. Along three axes and more it needs room for a copy of the bins.
 *
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The elements; `options.out` itself when given.
 * @throws {RangeError} If `s` holds other than positive integers, `axes` other than different axes, none at
 * all, or they are not equally many; if `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `s` or `axes` is no list, or `norm` is unknown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { irfftn, rfftn } from "@multicore/multicore/kernels";
 *
 * const cube = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]];
 * assertEquals(irfftn(rfftn(cube)).toArray(), cube);
 * ```
 */
export function irfftn<A extends ArrayInput>(a: A, options: FftnOptions = {}): RealOf<A> {
  return transform(a, options, "hermitian", true) as RealOf<A>;
}
