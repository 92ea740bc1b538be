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
  return n <= LARGEST_UNROLLED ? unrolledDeterminant(n) : (a) => {
    let det = decompose(a, n);
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
  let exponent = 0;
  for (let i = 0; i < n; i++) {
    let max = 0;
    for (let j = 0; j < n; j++) max = Math.max(max, Math.abs(a[i * n + j]));
    // Rows near the ends of the range move away from them: the elimination must not overflow either.
    const shift = max === Infinity ? 0 : max > 2 ** 900 ? -200 : max < 2 ** -800 ? 200 : 0;
    if (shift === 0) continue;
    for (let j = 0; j < n; j++) a[i * n + j] *= 2 ** shift;
    exponent -= shift;
  }
  let det = decompose(a, n);
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

/**
 * Leaves the upper triangle in `a`; gives the sign of the row exchanges, or 0 where a pivot is zero.
 *
 * Two columns are eliminated at a time, in two rows at a time: that halves the traffic of the usual loop,
 * with the same operations in the same order.
 */
function decompose(a: Float64Array, n: number): number {
  const end = n * n;
  let sign = 1;
  for (let k = 0; k < n; k += 2) {
    const top = k * n, next = top + n;
    sign *= pivot(a, n, k);
    if (sign === 0 || k + 1 === n) break;
    const inverse = 1 / a[top + k], u = a[top + k + 1];
    for (let i = next; i < end; i += n) {
      const f = a[i + k] * inverse;
      a[i + k] = f;
      a[i + k + 1] -= f * u;
    }
    sign *= pivot(a, n, k + 1, k);
    if (sign === 0) break;
    const inverse2 = 1 / a[next + k + 1], f0 = a[next + k];
    for (let j = k + 2; j < n; j++) a[next + j] -= f0 * a[top + j];
    let i = next + n;
    for (; i + n < end; i += 2 * n) {
      const i2 = i + n;
      const f = a[i + k], g = a[i + k + 1] * inverse2, f2 = a[i2 + k], g2 = a[i2 + k + 1] * inverse2;
      for (let j = k + 2; j < n; j++) {
        const u = a[top + j], v = a[next + j];
        a[i + j] = a[i + j] - f * u - g * v;
        a[i2 + j] = a[i2 + j] - f2 * u - g2 * v;
      }
    }
    if (i < end) {
      const f = a[i + k], g = a[i + k + 1] * inverse2;
      for (let j = k + 2; j < n; j++) a[i + j] = a[i + j] - f * a[top + j] - g * a[next + j];
    }
  }
  return sign;
}

/**
 * Brings the row with the largest element of column `k` up to row `k`, from column `first` on; gives the sign
 * of that exchange, or 0 where the whole column is zero.
 */
function pivot(a: Float64Array, n: number, k: number, first = k): number {
  const top = k * n;
  let row = top, max = Math.abs(a[top + k]);
  for (let i = top + n; i < n * n; i += n) {
    const abs = Math.abs(a[i + k]);
    if (abs > max) max = abs, row = i;
  }
  if (max === 0) return 0;
  if (row === top) return 1;
  for (let j = first; j < n; j++) {
    const x = a[top + j];
    a[top + j] = a[row + j];
    a[row + j] = x;
  }
  return -1;
}
