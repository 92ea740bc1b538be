/**
 * Spectra of real lines out of complex transforms, and back: two real lines fit into one complex line of the
 * same length, one real line of even length into one of half the length.
 *
 * All functions take the transform of one line from `out` of the workspace, or put one into `in`; half
 * spectra (the bins from 0 to half the length; the others mirror them) lie in the pair of buffers beside it.
 */

import type { RealPlan } from "./_plan.ts";
import type { Workspace } from "./_workspace.ts";

/**
 * Splits the transform of `x1 + i x2` into twice the half spectra of `x1` and `x2`, which go to `spare`, the
 * second one half a pitch after the first.
 */
export function splitPair({ pitch, out, spare }: Workspace, at: number, length: number): void {
  const { re: zr, im: zi } = out, { re: xr, im: xi } = spare;
  const second = at + (pitch >> 1), half = length >> 1, mirror = at + length;
  xr[at] = 2 * zr[at], xi[at] = 0;
  xr[second] = 2 * zi[at], xi[second] = 0;
  for (let k = 1; k <= half; k++) {
    const r = zr[at + k], v = zi[at + k], mr = zr[mirror - k], mi = zi[mirror - k];
    xr[at + k] = r + mr, xi[at + k] = v - mi;
    xr[second + k] = v + mi, xi[second + k] = mr - r;
  }
}

/**
 * Joins the half spectra of `x1` and `x2`, in `idle` half a pitch apart, into that of `x1 + i x2`, ready for
 * the way back: with real and imaginary parts swapped. Imaginary parts of the bins that are real by nature
 * are ignored.
 */
export function joinPair({ pitch, in: into, idle }: Workspace, at: number, length: number): void {
  const { re: zr, im: zi } = into, { re: xr, im: xi } = idle;
  const second = at + (pitch >> 1), last = (length - 1) >> 1, mirror = at + length;
  zi[at] = xr[at], zr[at] = xr[second];
  for (let k = 1; k <= last; k++) {
    const r1 = xr[at + k], i1 = xi[at + k], r2 = xr[second + k], i2 = xi[second + k];
    zi[at + k] = r1 - i2, zr[at + k] = i1 + r2;
    zi[mirror - k] = r1 + i2, zr[mirror - k] = r2 - i1;
  }
  if (length % 2 === 0) {
    const half = length >> 1;
    zi[at + half] = xr[at + half], zr[at + half] = xr[second + half];
  }
}

/**
 * Turns the transform of `x[2 j] + i x[2 j + 1]`, of half the length, into the half spectrum of `x`, in
 * `spare`.
 *
 * Source: the usual split into even and odd points, Van Loan (1992), section 4.3.
 */
export function unfold({ out, spare }: Workspace, at: number, { half, roots }: RealPlan): void {
  const { re: zr, im: zi } = out, { re: xr, im: xi } = spare, { re: wr, im: wi } = roots;
  const points = half.length;
  xr[at] = zr[at] + zi[at], xi[at] = 0;
  xr[at + points] = zr[at] - zi[at], xi[at + points] = 0;
  for (let k = 1; 2 * k <= points; k++) {
    const low = at + k, high = at + points - k;
    const evenR = 0.5 * (zr[low] + zr[high]), evenI = 0.5 * (zi[low] - zi[high]);
    const oddR = 0.5 * (zi[low] + zi[high]), oddI = 0.5 * (zr[high] - zr[low]);
    const r = oddR * wr[k] - oddI * wi[k], v = oddR * wi[k] + oddI * wr[k];
    xr[low] = evenR + r, xi[low] = evenI + v;
    xr[high] = evenR - r, xi[high] = v - evenI;
  }
}

/**
 * The way back of {@linkcode unfold}, from the half spectrum in `idle`, with real and imaginary parts
 * swapped.
 */
export function fold({ in: into, idle }: Workspace, at: number, { half, roots }: RealPlan): void {
  const { re: zr, im: zi } = into, { re: xr, im: xi } = idle, { re: wr, im: wi } = roots;
  const points = half.length;
  zi[at] = xr[at] + xr[at + points], zr[at] = xr[at] - xr[at + points];
  for (let k = 1; 2 * k <= points; k++) {
    const low = at + k, high = at + points - k;
    const evenR = xr[low] + xr[high], evenI = xi[low] - xi[high];
    const oddR = xr[low] - xr[high], oddI = xi[low] + xi[high];
    const r = oddR * wr[k] + oddI * wi[k], v = oddI * wr[k] - oddR * wi[k];
    zi[low] = evenR - v, zr[low] = evenI + r;
    zi[high] = evenR + v, zr[high] = r - evenI;
  }
}
