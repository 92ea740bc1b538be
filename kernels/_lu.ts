/**
 * LU decomposition with partial pivoting, of real matrices of any order, and determinants from it.
 *
 * Matrices are row-major, contiguous, and are overwritten.
 */

import { excess, scaled } from "./_scaled.ts";
import { LARGEST_UNROLLED, type SmallDeterminant, unrolledDeterminant } from "./_unrolled.ts";

/** Products below this may have lost digits. */
const SAFE_MINIMUM = 2 ** -1022;
const LARGEST_NORMAL = 1.7976931348623157e308;

/** The fastest determinant for matrices of order `n`, from 1 on; see {@linkcode isDoubtful}. */
export function determinantFor(n: number): SmallDeterminant {
  if (n <= LARGEST_UNROLLED) return unrolledDeterminant(n);
  const exchanges = new Int32Array(n);
  return (a) => {
    let det = decompose(a, n, n, exchanges);
    for (let k = 0; k < n && det !== 0; k++) {
      det *= a[k * n + k];
      if (Math.abs(det) < SAFE_MINIMUM && k < n - 1) return NaN;
    }
    return det;
  };
}

/** Whether a fast determinant may be wrong because its product left the range of doubles on the way. */
export function isDoubtful(det: number): boolean {
  const size = Math.abs(det);
  return !(size >= SAFE_MINIMUM && size <= LARGEST_NORMAL);
}

/** The determinant with its power of two apart, so that nothing overflows or underflows before the end. */
export function carefulDeterminant(a: Float64Array, n: number): number {
  let exponent = moderate(a, n);
  let det = decompose(a, n, n, new Int32Array(n));
  for (let k = 0; k < n; k++) {
    const factor = a[k * n + k], far = excess(Math.abs(factor));
    if (det === 0 || factor === 0) return 0;
    det *= scaled(factor, -far);
    const more = excess(Math.abs(det));
    det = scaled(det, -more);
    exponent += far + more;
  }
  return scaled(det, exponent);
}

/** The sign of the determinant, and the logarithm of its size, which is always in range. */
export function logDeterminant(a: Float64Array, n: number): [sign: number, log: number] {
  let log = moderate(a, n) * Math.LN2;
  let sign = decompose(a, n, n, new Int32Array(n));
  if (sign === 0) return [0, -Infinity];
  for (let k = 0; k < n; k++) {
    const factor = a[k * n + k];
    if (factor < 0) sign = -sign;
    log += Math.log(Math.abs(factor));
  }
  return [sign, log];
}

/**
 * Moves rows near the ends of the range away from them, as the elimination must not overflow either; gives
 * the power of two that the determinant lacks then.
 */
function moderate(a: Float64Array, n: number): number {
  let exponent = 0;
  for (let i = 0; i < n; i++) {
    let max = 0;
    for (let j = 0; j < n; j++) max = Math.max(max, Math.abs(a[i * n + j]));
    const shift = max === Infinity ? 0 : max > 2 ** 900 ? -200 : max < 2 ** -800 ? 200 : 0;
    if (shift === 0) continue;
    for (let j = 0; j < n; j++) a[i * n + j] *= 2 ** shift;
    exponent -= shift;
  }
  return exponent;
}

/**
 * Leaves `U` on and above the diagonal of `a`, and what lies below that of the unit triangle `L` there.
 *
 * Two columns are eliminated at a time, in two rows at a time: that halves the traffic of the usual loop,
 * with the same operations in the same order. A column of zeros is left as it is, as in LAPACK.
 *
 * @param exchanges Gets for each step the row that it exchanged with its own: `min(rows, columns)` in all.
 * @returns The sign of the row exchanges, or 0 where a pivot is zero.
 */
export function decompose(a: Float64Array, rows: number, columns: number, exchanges: Int32Array): number {
  const end = rows * columns, steps = Math.min(rows, columns);
  let sign = 1;
  for (let k = 0; k < steps; k += 2) {
    const top = k * columns, next = top + columns;
    sign *= pivot(a, rows, columns, k, exchanges);
    const boost = boostOf(Math.abs(a[top + k])), inverse = inverseOf(a[top + k], boost);
    if (k + 1 === steps) {
      for (let i = next; i < end; i += columns) a[i + k] *= boost * inverse;
      break;
    }
    const u = a[top + k + 1];
    for (let i = next; i < end; i += columns) {
      const f = a[i + k] * boost * inverse;
      a[i + k] = f;
      a[i + k + 1] -= f * u;
    }
    sign *= pivot(a, rows, columns, k + 1, exchanges);
    const boost2 = boostOf(Math.abs(a[next + k + 1])), inverse2 = inverseOf(a[next + k + 1], boost2);
    const f0 = a[next + k];
    for (let j = k + 2; j < columns; j++) a[next + j] -= f0 * a[top + j];
    let i = next + columns;
    for (; i + columns < end; i += 2 * columns) {
      const i2 = i + columns;
      const f = a[i + k], g = a[i + k + 1] * boost2 * inverse2;
      const f2 = a[i2 + k], g2 = a[i2 + k + 1] * boost2 * inverse2;
      a[i + k + 1] = g, a[i2 + k + 1] = g2;
      for (let j = k + 2; j < columns; j++) {
        const u = a[top + j], v = a[next + j];
        a[i + j] = a[i + j] - f * u - g * v;
        a[i2 + j] = a[i2 + j] - f2 * u - g2 * v;
      }
    }
    if (i < end) {
      const f = a[i + k], g = a[i + k + 1] * boost2 * inverse2;
      a[i + k + 1] = g;
      for (let j = k + 2; j < columns; j++) a[i + j] = a[i + j] - f * a[top + j] - g * a[next + j];
    }
  }
  return sign;
}

/** What to multiply a pivot of that size by before it is inverted, lest the inverse leaves the range. */
export function boostOf(size: number): number {
  return size > 2 ** 1000 ? 2 ** -200 : size < 2 ** -1000 ? 2 ** 200 : 1;
}

/** The inverse of a boosted pivot; the zeros below a pivot of zero stay zeros. */
function inverseOf(pivot: number, boost: number): number {
  return pivot === 0 ? 1 : 1 / (pivot * boost);
}

/**
 * Brings the row with the largest element of column `k` up to row `k`; gives the sign of that exchange, or 0
 * where the whole column is zero.
 */
function pivot(a: Float64Array, rows: number, columns: number, k: number, exchanges: Int32Array): number {
  const top = k * columns, end = rows * columns;
  let row = top, max = Math.abs(a[top + k]);
  for (let i = top + columns; i < end; i += columns) {
    const abs = Math.abs(a[i + k]);
    if (abs > max) max = abs, row = i;
  }
  exchanges[k] = row / columns;
  if (max === 0) return 0;
  if (row === top) return 1;
  for (let j = 0; j < columns; j++) {
    const x = a[top + j];
    a[top + j] = a[row + j];
    a[row + j] = x;
  }
  return -1;
}
