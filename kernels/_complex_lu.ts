/**
 * Determinants of complex matrices by LU decomposition with partial pivoting.
 */

import { excess, scaled } from "./_scaled.ts";

/**
 * The determinant of a contiguous row-major matrix of order `n`, real and imaginary parts apart; both are
 * overwritten. Pivots are compared by `|re| + |im|`, as LAPACK does.
 */
export function complexDeterminant(re: Float64Array, im: Float64Array, n: number): [re: number, im: number] {
  let detRe = 1, detIm = 0, exponent = 0;
  for (let k = 0; k < n; k++) {
    const top = k * n;
    let row = top, max = Math.abs(re[top + k]) + Math.abs(im[top + k]);
    for (let i = top + n; i < n * n; i += n) {
      const abs = Math.abs(re[i + k]) + Math.abs(im[i + k]);
      if (abs > max) max = abs, row = i;
    }
    if (max === 0) return [0, 0];
    if (row !== top) {
      detRe = -detRe, detIm = -detIm;
      for (let j = k; j < n; j++) {
        const r = re[top + j], v = im[top + j];
        re[top + j] = re[row + j], im[top + j] = im[row + j];
        re[row + j] = r, im[row + j] = v;
      }
    }
    const far = excess(max), pivotRe = scaled(re[top + k], -far), pivotIm = scaled(im[top + k], -far);
    [detRe, detIm] = [detRe * pivotRe - detIm * pivotIm, detRe * pivotIm + detIm * pivotRe];
    const more = excess(Math.abs(detRe) + Math.abs(detIm));
    detRe = scaled(detRe, -more), detIm = scaled(detIm, -more);
    exponent += far + more;
    const [inverseRe, inverseIm] = reciprocal(re[top + k], im[top + k]);
    for (let i = top + n; i < n * n; i += n) {
      const fr = re[i + k] * inverseRe - im[i + k] * inverseIm,
        fi = re[i + k] * inverseIm + im[i + k] * inverseRe;
      for (let j = k + 1; j < n; j++) {
        const ur = re[top + j], ui = im[top + j];
        re[i + j] -= fr * ur - fi * ui;
        im[i + j] -= fr * ui + fi * ur;
      }
    }
  }
  return [scaled(detRe, exponent), scaled(detIm, exponent)];
}

/** Source: R. L. Smith, "Algorithm 116: Complex division" (1962). */
function reciprocal(re: number, im: number): [re: number, im: number] {
  if (Math.abs(re) >= Math.abs(im)) {
    const ratio = im / re, d = re + im * ratio;
    return [1 / d, -ratio / d];
  }
  const ratio = re / im, d = re * ratio + im;
  return [ratio / d, -1 / d];
}
