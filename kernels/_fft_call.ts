/**
 * What the transforms have in common: their options, and what these mean.
 */

import { isComplex } from "../shared/dtype.ts";
import { NDArray } from "../shared/ndarray.ts";
import { checkWord, resultDType } from "./_arguments.ts";

/** How results are scaled, as in `numpy.fft`. */
export type FftNorm = "backward" | "ortho" | "forward";

/** Which transform: its input and output, not its direction. */
export type FftKind =
  /** Complex or real lines to complex ones. */
  | "complex"
  /** Real lines to half spectra. */
  | "real"
  /** Half spectra to real lines. */
  | "hermitian";

const NORMS = ["backward", "ortho", "forward"] as const;

/** The factor of a transform of `points` points in all. */
export function scaleOf(norm: FftNorm = "backward", points: number, inverse: boolean): number {
  checkWord("norm", norm, NORMS);
  if (norm === "ortho") return 1 / Math.sqrt(points);
  return (norm === "forward") === inverse ? 1 : 1 / points;
}

/** Checks a number of points. */
export function checkPoints(points: number): number {
  if (typeof points !== "number") {
    throw new TypeError(`Cannot transform ${String(points)} points: give a number`);
  }
  if (!Number.isInteger(points) || points < 1 || points > MOST_POINTS) {
    throw new RangeError(`Cannot transform ${points} points: give an integer from 1 to ${MOST_POINTS}`);
  }
  return points;
}

/** Bluestein's method works on up to four times as many points, whose roots of unity must stay exact. */
const MOST_POINTS = 2 ** 26;

/**
 * Checks that a transform of real lines gets real ones; makes real numbers complex where half spectra are
 * wanted.
 */
export function checkInput(a: NDArray, kind: FftKind): NDArray {
  if (kind === "real" && isComplex(a.dtype)) {
    throw new TypeError(`Cannot take a real transform of ${a.dtype} elements: call fft or fft2`);
  }
  if (kind !== "hermitian" || isComplex(a.dtype)) return a;
  return NDArray.from(a, undefined, resultDType(true, a));
}

/**
 * Points along an axis where the caller does not say: its length, or that of the real lines of half spectra.
 */
export function defaultPoints(length: number, kind: FftKind): number {
  return kind === "hermitian" ? 2 * (length - 1) : length;
}

/** Elements that a result has along an axis of `points` points. */
export function resultPoints(points: number, kind: FftKind): number {
  return kind === "real" ? (points >> 1) + 1 : points;
}

/** Elements along an axis of `length` that a transform of `points` points reads. */
export function filledPoints(length: number, points: number, kind: FftKind): number {
  return Math.min(length, kind === "hermitian" ? (points >> 1) + 1 : points);
}
