/**
 * The Fourier transforms of `@multicore/multicore/kernels/parallel`.
 */

import type { Pool } from "../pool/pool.ts";
import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput, ComplexOf, RealOf } from "./_arguments.ts";
import { checkFft, type FftOptions } from "./_fft_lines.ts";
import { checkFft2, type Fft2Options } from "./_fft_planes.ts";
import { checkFftn, type FftnOptions } from "./_fftn.ts";
import { runCall, runPasses } from "./_tasks.ts";

/**
 * Transforms lines along one axis, as `fft` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The lines, real or complex, or nested arrays of numbers.
 * @param options Length, axis, scale, destination.
 * @returns The bins, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `n` is not a positive integer, `axis` is none of the array's, or `out` does not fit
 * or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 *
 * @example There and back
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fft, ifft, irfft, rfft } from "@multicore/multicore/kernels/parallel";
 * import { Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * using bins = await fft(pool, [1, 2, 3, 4]);
 * assertEquals(bins.get(0), [10, 0]);
 * using points = await ifft(pool, bins);
 * assertEquals(points.get(3)[0], 4);
 * using half = await rfft(pool, [1, 2, 3, 4]);
 * assertEquals(half.toArray(), [[10, 0], [-2, 2], [-2, 0]]);
 * using real = await irfft(pool, half);
 * assertEquals(real.toArray(), [1, 2, 3, 4]);
 * ```
 */
export async function fft<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: FftOptions = {},
): Promise<ComplexOf<A>> {
  const call = checkFft(a, options, "complex", false, NDArray.shared);
  await runCall(pool, { kernel: "fft", call });
  return call.out as ComplexOf<A>;
}

/**
 * Transforms bins back to lines, as `ifft` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Length, axis, scale, destination.
 * @returns The points, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `n` is not a positive integer, `axis` is none of the array's, or `out` does not fit
 * or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 */
export async function ifft<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: FftOptions = {},
): Promise<ComplexOf<A>> {
  const call = checkFft(a, options, "complex", true, NDArray.shared);
  await runCall(pool, { kernel: "fft", call });
  return call.out as ComplexOf<A>;
}

/**
 * Transforms real lines to the bins from 0 to `n / 2`, as `rfft` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The lines, real, or nested arrays of numbers.
 * @param options Length, axis, scale, destination.
 * @returns The bins, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `n` is not a positive integer, `axis` is none of the array's, or `out` does not fit
 * or overlaps `a`.
 * @throws {TypeError} If `a` is complex, or `norm` is unknown.
 */
export async function rfft<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: FftOptions = {},
): Promise<ComplexOf<A>> {
  const call = checkFft(a, options, "real", false, NDArray.shared);
  await runCall(pool, { kernel: "fft", call });
  return call.out as ComplexOf<A>;
}

/**
 * Transforms the bins from 0 to `n / 2` back to real lines, as `irfft` of `@multicore/multicore/kernels`
 * does.
 *
 * @param pool The workers.
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Length, axis, scale, destination.
 * @returns The points, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `n` is not a positive integer, `axis` is none of the array's, or `out` does not fit
 * or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 */
export async function irfft<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: FftOptions = {},
): Promise<RealOf<A>> {
  const call = checkFft(a, options, "hermitian", true, NDArray.shared);
  await runCall(pool, { kernel: "fft", call });
  return call.out as RealOf<A>;
}

/**
 * Transforms matrices, as `fft2` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The matrices, real or complex, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The bins, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `s` are not two positive integers, `axes` not two different axes, or `out` does not
 * fit or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 *
 * @example There and back
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fft2, ifft2, irfft2, rfft2 } from "@multicore/multicore/kernels/parallel";
 * import { Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * using bins = await fft2(pool, [[1, 2], [3, 4]]);
 * assertEquals(bins.get(0, 0), [10, 0]);
 * using elements = await ifft2(pool, bins);
 * assertEquals(elements.get(1, 1)[0], 4);
 * using half = await rfft2(pool, [[1, 2, 3, 4]]);
 * assertEquals(half.toArray(), [[[10, 0], [-2, 2], [-2, 0]]]);
 * using real = await irfft2(pool, half);
 * assertEquals(real.toArray(), [[1, 2, 3, 4]]);
 * ```
 */
export async function fft2<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: Fft2Options = {},
): Promise<ComplexOf<A>> {
  const call = checkFft2(a, options, "complex", false, NDArray.shared);
  await runCall(pool, { kernel: "fft2", call });
  return call.out as ComplexOf<A>;
}

/**
 * Transforms bins back to matrices, as `ifft2` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The elements, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `s` are not two positive integers, `axes` not two different axes, or `out` does not
 * fit or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 */
export async function ifft2<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: Fft2Options = {},
): Promise<ComplexOf<A>> {
  const call = checkFft2(a, options, "complex", true, NDArray.shared);
  await runCall(pool, { kernel: "fft2", call });
  return call.out as ComplexOf<A>;
}

/**
 * Transforms real matrices to the bins from 0 to `n / 2` along the second axis, as `rfft2` of
 * `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The matrices, real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The bins, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `s` are not two positive integers, `axes` not two different axes, or `out` does not
 * fit or overlaps `a`.
 * @throws {TypeError} If `a` is complex, or `norm` is unknown.
 */
export async function rfft2<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: Fft2Options = {},
): Promise<ComplexOf<A>> {
  const call = checkFft2(a, options, "real", false, NDArray.shared);
  await runCall(pool, { kernel: "fft2", call });
  return call.out as ComplexOf<A>;
}

/**
 * Transforms the bins from 0 to `n / 2` along the second axis back to real matrices, as `irfft2` of
 * `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The elements, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `s` are not two positive integers, `axes` not two different axes, or `out` does not
 * fit or overlaps `a`.
 * @throws {TypeError} If `norm` is unknown.
 */
export async function irfft2<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: Fft2Options = {},
): Promise<RealOf<A>> {
  const call = checkFft2(a, options, "hermitian", true, NDArray.shared);
  await runCall(pool, { kernel: "fft2", call });
  return call.out as RealOf<A>;
}

/**
 * Transforms along any axes, as `fftn` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The elements, real or complex, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The bins, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `s` holds other than positive integers, `axes` other than different axes, or
 * they are not equally many; if `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `s` or `axes` is no list, or `norm` is unknown.
 *
 * @example There and back
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fftn, ifftn, irfftn, rfftn } from "@multicore/multicore/kernels/parallel";
 * import { Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * const cube = [[[1, 2], [3, 4]], [[5, 6], [7, 8]]];
 * using bins = await fftn(pool, cube);
 * assertEquals(bins.get(0, 0, 0), [36, 0]);
 * using elements = await ifftn(pool, bins);
 * assertEquals(elements.get(1, 0, 1), [6, 0]);
 * using half = await rfftn(pool, cube);
 * using real = await irfftn(pool, half);
 * assertEquals(real.toArray(), cube);
 * ```
 */
export async function fftn<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: FftnOptions = {},
): Promise<ComplexOf<A>> {
  const call = checkFftn(a, options, "complex", false, NDArray.shared);
  await runPasses(pool, call);
  return call.out as ComplexOf<A>;
}

/**
 * Transforms bins back along any axes, as `ifftn` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The elements, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `s` holds other than positive integers, `axes` other than different axes, or
 * they are not equally many; if `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `s` or `axes` is no list, or `norm` is unknown.
 */
export async function ifftn<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: FftnOptions = {},
): Promise<ComplexOf<A>> {
  const call = checkFftn(a, options, "complex", true, NDArray.shared);
  await runPasses(pool, call);
  return call.out as ComplexOf<A>;
}

/**
 * Transforms real elements along any axes to the bins from 0 to `n / 2` along the last, as `rfftn` of
 * `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The elements, real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The bins, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `s` holds other than positive integers, `axes` other than different axes, none at all, or
 * they are not equally many; if `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `a` is complex, `s` or `axes` is no list, or `norm` is unknown.
 */
export async function rfftn<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: FftnOptions = {},
): Promise<ComplexOf<A>> {
  const call = checkFftn(a, options, "real", false, NDArray.shared);
  await runPasses(pool, call);
  return call.out as ComplexOf<A>;
}

/**
 * Transforms the bins from 0 to `n / 2` along the last of any axes back to real elements, as `irfftn` of
 * `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The bins, complex or real, or nested arrays of numbers.
 * @param options Lengths, axes, scale, destination.
 * @returns The elements, in shared memory; `options.out` itself when given.
 * @throws {RangeError} If `s` holds other than positive integers, `axes` other than different axes, none at all, or
 * they are not equally many; if `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `s` or `axes` is no list, or `norm` is unknown.
 */
export async function irfftn<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: FftnOptions = {},
): Promise<RealOf<A>> {
  const call = checkFftn(a, options, "hermitian", true, NDArray.shared);
  await runPasses(pool, call);
  return call.out as RealOf<A>;
}
