/**
 * The bins of Fourier transforms: which frequencies they stand for, and how to put frequency 0 in the middle.
 *
 * @module
 */

import { NDArray } from "../shared/ndarray.ts";
import { type ArrayInput, checkAxis, type DTypeIn, resultArray, toArray } from "./_arguments.ts";
import { checkPoints } from "./_fft_call.ts";

/** Options of {@linkcode fftshift} and {@linkcode ifftshift}. */
export interface FftshiftOptions {
  /**
   * The axis to shift along, or several of them, negative from the end.
   *
   * @default all of them
   */
  readonly axes?: number | readonly number[];
  /** Where the result goes: an array of the input's shape and dtype, that shares no memory with it. */
  readonly out?: NDArray;
}

/**
 * The frequencies of the bins that `fft` gives: `0, 1, …, -2, -1`, divided by `n d`.
 *
 * As `numpy.fft.fftfreq`. For even `n`, bin `n / 2` counts as negative.
 *
 * @param n The number of points.
 * @param d The distance of two points, in the unit whose inverse the frequencies have.
 * @returns `n` frequencies.
 * @throws {RangeError} If `n` is not a positive integer, or `d` is 0.
 * @throws {TypeError} If `n` or `d` is no number.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fftfreq } from "@multicore/multicore/kernels";
 *
 * assertEquals(fftfreq(4).toArray(), [0, 0.25, -0.5, -0.25]);
 * assertEquals(fftfreq(5, 0.1).toArray(), [0, 2, 4, -4, -2]);
 * ```
 */
export function fftfreq(n: number, d: number = 1): NDArray<"float64"> {
  const step = stepOf(n, d), half = (n + 1) >> 1;
  return NDArray.over(Float64Array.from({ length: n }, (_, k) => (k < half ? k : k - n) * step), [n]);
}

/**
 * The frequencies of the bins that `rfft` gives: `0, 1, …, floor(n / 2)`, divided by `n d`.
 *
 * As `numpy.fft.rfftfreq`. For even `n`, bin `n / 2` counts as positive.
 *
 * @param n The number of points, not of bins.
 * @param d The distance of two points, in the unit whose inverse the frequencies have.
 * @returns `floor(n / 2) + 1` frequencies.
 * @throws {RangeError} If `n` is not a positive integer, or `d` is 0.
 * @throws {TypeError} If `n` or `d` is no number.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rfftfreq } from "@multicore/multicore/kernels";
 *
 * assertEquals(rfftfreq(4).toArray(), [0, 0.25, 0.5]);
 * ```
 */
export function rfftfreq(n: number, d: number = 1): NDArray<"float64"> {
  const step = stepOf(n, d), bins = (n >> 1) + 1;
  return NDArray.over(Float64Array.from({ length: bins }, (_, k) => k * step), [bins]);
}

/**
 * Puts the bin of frequency 0 in the middle of every axis, at `floor(n / 2)`.
 *
 * As `numpy.fft.fftshift`, for elements of any dtype. An axis that is given twice is shifted twice.
 *
 * Cost: a copy.
 *
 * @param a The bins, or nested arrays of numbers.
 * @param options Axes, destination.
 * @returns The bins in their new order; `options.out` itself when given.
 * @throws {RangeError} If `axes` holds an axis that the array lacks, or `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `axes` holds other than numbers.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fftfreq, fftshift } from "@multicore/multicore/kernels";
 *
 * assertEquals(fftshift(fftfreq(4)).toArray(), [-0.5, -0.25, 0, 0.25]);
 * ```
 */
export function fftshift<A extends ArrayInput>(a: A, options: FftshiftOptions = {}): NDArray<DTypeIn<A>> {
  return shift(toArray(a), options, (n) => n - (n >> 1)) as NDArray<DTypeIn<A>>;
}

/**
 * Undoes {@linkcode fftshift}: takes the bin of frequency 0 from the middle of every axis to its start.
 *
 * As `numpy.fft.ifftshift`. Only where a length is odd is it something else than `fftshift` itself.
 *
 * @param a The bins, or nested arrays of numbers.
 * @param options Axes, destination.
 * @returns The bins in their new order; `options.out` itself when given.
 * @throws {RangeError} If `axes` holds an axis that the array lacks, or `out` does not fit or overlaps `a`.
 * @throws {TypeError} If `axes` holds other than numbers.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fftshift, ifftshift } from "@multicore/multicore/kernels";
 *
 * assertEquals(fftshift([0, 1, 2, -2, -1]).toArray(), [-2, -1, 0, 1, 2]);
 * assertEquals(ifftshift([-2, -1, 0, 1, 2]).toArray(), [0, 1, 2, -2, -1]);
 * ```
 */
export function ifftshift<A extends ArrayInput>(a: A, options: FftshiftOptions = {}): NDArray<DTypeIn<A>> {
  return shift(toArray(a), options, (n) => n >> 1) as NDArray<DTypeIn<A>>;
}

/** The frequency of bin 1. */
function stepOf(n: number, d: number): number {
  checkPoints(n);
  if (typeof d !== "number") {
    throw new TypeError(`Cannot use ${String(d)} as the distance of points: give a number`);
  }
  if (d === 0) throw new RangeError("Cannot give frequencies of points at distance 0: give another d");
  return 1 / (n * d);
}

/** Brings element `startOf(n)` of each of the axes to its start, for every time that the axis is given. */
function shift(a: NDArray, { axes, out }: FftshiftOptions, startOf: (n: number) => number): NDArray {
  const { shape, dtype } = a, target = resultArray(out, { shape, dtype, operands: [a] }, NDArray.zeros);
  const starts = shape.map(() => 0);
  const listed = axes === undefined ? shape.map((_, axis) => axis) : [axes].flat() as number[];
  for (const given of listed) {
    const axis = checkAxis(given, shape.length), n = shape[axis];
    starts[axis] = n === 0 ? 0 : (starts[axis] + startOf(n)) % n;
  }
  rotate(a, target, starts, 0);
  return target;
}

/** Copies both parts of an axis to each other's place, and so on along the following ones. */
function rotate(a: NDArray, out: NDArray, starts: readonly number[], axis: number): void {
  if (axis === starts.length) return void out.copyFrom(a);
  const start = starts[axis],
    n = a.shape[axis],
    part = (array: NDArray, from: number, to: number) => {
      const whole = Array<null>(axis).fill(null);
      return array.slice(...whole, [from, to]);
    };
  if (start === 0) return rotate(a, out, starts, axis + 1);
  rotate(part(a, start, n), part(out, 0, n - start), starts, axis + 1);
  rotate(part(a, 0, start), part(out, n - start, n), starts, axis + 1);
}
