/**
 * Linear equations and inverses from the decompositions that `decomposeComplex` leaves of square matrices.
 *
 * Right sides are row-major, contiguous, real and imaginary parts apart, and are overwritten.
 */

import { reciprocal } from "./_complex_lu.ts";
import { boostOf } from "./_lu.ts";
import type { SplitComplex } from "./_roots.ts";

/** Solves `A X = B`, where `b` holds `B` and gets `X`. */
export function substituteComplex(
  lu: SplitComplex,
  n: number,
  exchanges: Int32Array,
  b: SplitComplex,
  columns: number,
): void {
  for (const part of [b.re, b.im]) {
    for (let k = 0; k < n; k++) {
      const top = k * columns, row = exchanges[k] * columns;
      for (let j = 0; row !== top && j < columns; j++) {
        const x = part[top + j];
        part[top + j] = part[row + j];
        part[row + j] = x;
      }
    }
  }
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) subtractRow(lu, i * n + j, b, i * columns, j * columns, columns);
  }
  substituteBack(lu, n, b, columns);
}

/** Gives the inverse of `A`, as `invert` does for real matrices. */
export function invertComplex(
  lu: SplitComplex,
  n: number,
  exchanges: Int32Array,
  inverse: SplitComplex,
): void {
  inverse.re.fill(0, 0, n * n), inverse.im.fill(0, 0, n * n);
  for (let i = 0; i < n; i++) {
    inverse.re[i * n + i] = 1;
    for (let j = 0; j < i; j++) subtractRow(lu, i * n + j, inverse, i * n, j * n, j + 1);
  }
  substituteBack(lu, n, inverse, n);
  for (const part of [inverse.re, inverse.im]) {
    for (let row = 0; row < n * n; row += n) {
      for (let k = n - 1; k >= 0; k--) {
        const from = row + exchanges[k], x = part[row + k];
        part[row + k] = part[from];
        part[from] = x;
      }
    }
  }
}

/** Solves `U X = B`. */
function substituteBack(lu: SplitComplex, n: number, b: SplitComplex, columns: number): void {
  const { re, im } = b;
  for (let i = n - 1; i >= 0; i--) {
    for (let j = i + 1; j < n; j++) subtractRow(lu, i * n + j, b, i * columns, j * columns, columns);
    const at = i * n + i, boost = boostOf(Math.abs(lu.re[at]) + Math.abs(lu.im[at]));
    const [inverseRe, inverseIm] = reciprocal(lu.re[at] * boost, lu.im[at] * boost);
    for (let t = i * columns, end = t + columns; t < end; t++) {
      const r = re[t] * boost, v = im[t] * boost;
      re[t] = r * inverseRe - v * inverseIm;
      im[t] = r * inverseIm + v * inverseRe;
    }
  }
}

/** Subtracts `count` elements of `b` from `from` on, times an element of `lu`, from those from `to` on. */
function subtractRow(
  lu: SplitComplex,
  factor: number,
  { re, im }: SplitComplex,
  to: number,
  from: number,
  count: number,
): void {
  const fr = lu.re[factor], fi = lu.im[factor];
  for (let j = 0; j < count; j++) {
    const r = re[from + j], v = im[from + j];
    re[to + j] -= fr * r - fi * v;
    im[to + j] -= fr * v + fi * r;
  }
}
