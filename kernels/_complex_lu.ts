/**
 * LU decomposition with partial pivoting, of complex matrices, and determinants from it.
 *
 * Matrices are row-major, contiguous, real and imaginary parts apart, and are overwritten.
 */

import { boostOf } from "./_lu.ts";
import { excess, scaled } from "./_scaled.ts";

/** The determinant of a matrix of order `n`; `exchanges` is room for `n` numbers. */
export function complexDeterminant(
  re: Float64Array,
  im: Float64Array,
  n: number,
  exchanges: Int32Array,
): [re: number, im: number] {
  let detRe = decomposeComplex(re, im, n, n, exchanges), detIm = 0, exponent = 0;
  if (detRe === 0) return [0, 0];
  for (let k = 0; k < n; k++) {
    const at = k * n + k, far = excess(Math.abs(re[at]) + Math.abs(im[at]));
    const pivotRe = scaled(re[at], -far), pivotIm = scaled(im[at], -far);
    [detRe, detIm] = [detRe * pivotRe - detIm * pivotIm, detRe * pivotIm + detIm * pivotRe];
    const more = excess(Math.abs(detRe) + Math.abs(detIm));
    detRe = scaled(detRe, -more), detIm = scaled(detIm, -more);
    exponent += far + more;
  }
  return [scaled(detRe, exponent), scaled(detIm, exponent)];
}

/** The determinant divided by its size, and the logarithm of that; `exchanges` is room for `n` numbers. */
export function complexLogDeterminant(
  re: Float64Array,
  im: Float64Array,
  n: number,
  exchanges: Int32Array,
): [signRe: number, signIm: number, log: number] {
  let signRe = decomposeComplex(re, im, n, n, exchanges), signIm = 0, log = 0;
  if (signRe === 0) return [0, 0, -Infinity];
  for (let k = 0; k < n; k++) {
    const at = k * n + k, far = excess(Math.abs(re[at]) + Math.abs(im[at]));
    const pivotRe = scaled(re[at], -far), pivotIm = scaled(im[at], -far), size = Math.hypot(pivotRe, pivotIm);
    const unitRe = pivotRe / size, unitIm = pivotIm / size;
    [signRe, signIm] = [signRe * unitRe - signIm * unitIm, signRe * unitIm + signIm * unitRe];
    log += Math.log(size) + far * Math.LN2;
  }
  return [signRe, signIm, log];
}

/**
 * Leaves `U` on and above the diagonal, and what lies below that of the unit triangle `L` there, as
 * `decompose` does for real matrices. Pivots are compared by `|re| + |im|`, as in LAPACK.
 *
 * @param exchanges Gets for each step the row that it exchanged with its own: `min(rows, columns)` in all.
 * @returns The sign of the row exchanges, or 0 where a pivot is zero.
 */
export function decomposeComplex(
  re: Float64Array,
  im: Float64Array,
  rows: number,
  columns: number,
  exchanges: Int32Array,
): number {
  const end = rows * columns, steps = Math.min(rows, columns);
  let sign = 1;
  for (let k = 0; k < steps; k++) {
    const top = k * columns;
    let row = top, max = Math.abs(re[top + k]) + Math.abs(im[top + k]);
    for (let i = top + columns; i < end; i += columns) {
      const abs = Math.abs(re[i + k]) + Math.abs(im[i + k]);
      if (abs > max) max = abs, row = i;
    }
    exchanges[k] = row / columns;
    if (row !== top) {
      sign = -sign;
      for (let j = 0; j < columns; j++) {
        const r = re[top + j], v = im[top + j];
        re[top + j] = re[row + j], im[top + j] = im[row + j];
        re[row + j] = r, im[row + j] = v;
      }
    }
    if (max === 0) {
      sign = 0;
      continue;
    }
    const boost = boostOf(max), [inverseRe, inverseIm] = reciprocal(re[top + k] * boost, im[top + k] * boost);
    for (let i = top + columns; i < end; i += columns) {
      const r = re[i + k] * boost, v = im[i + k] * boost;
      const fr = r * inverseRe - v * inverseIm, fi = r * inverseIm + v * inverseRe;
      re[i + k] = fr, im[i + k] = fi;
      for (let j = k + 1; j < columns; j++) {
        const ur = re[top + j], ui = im[top + j];
        re[i + j] -= fr * ur - fi * ui;
        im[i + j] -= fr * ui + fi * ur;
      }
    }
  }
  return sign;
}

/** Source: R. L. Smith, "Algorithm 116: Complex division" (1962). */
export function reciprocal(re: number, im: number): [re: number, im: number] {
  if (Math.abs(re) >= Math.abs(im)) {
    const ratio = im / re, d = re + im * ratio;
    return [1 / d, -ratio / d];
  }
  const ratio = re / im, d = re * ratio + im;
  return [ratio / d, -1 / d];
}
