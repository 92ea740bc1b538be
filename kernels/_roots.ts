/**
 * Roots of unity, each rounded as well as doubles allow.
 */

/** Real and imaginary parts, apart. */
export interface SplitComplex {
  /** Real parts. */
  readonly re: Float64Array;
  /** Imaginary parts. */
  readonly im: Float64Array;
}

const EIGHTH = Math.PI / 4;
const EIGHTH_HIGH = Math.fround(EIGHTH);
const EIGHTH_LOW = EIGHTH - EIGHTH_HIGH + 3.061616997868383e-17; // the digits of π/4 that a double lacks

/**
 * The first `count` of the `n`-th roots of unity, `e^(-2πi k / n)`.
 *
 * Angles are folded into the first eighth of the circle, where sine and cosine are accurate, and kept as the
 * sum of two doubles, so that an error does not grow with `k`. Needs `n < 2^29`.
 */
export function rootsOfUnity(n: number, count: number = n): SplitComplex {
  const re = new Float64Array(count), im = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const eighth = Math.floor(8 * k / n);
    const rest = 8 * k - eighth * n;
    const part = eighth & 1 ? n - rest : rest;
    // part / n = high + low, where high has so few bits that its products are exact; angle + error is the angle.
    const high = Math.fround(part / n), low = (part - high * n) / n;
    const large = high * EIGHTH_HIGH, small = high * EIGHTH_LOW + low * EIGHTH;
    const angle = large + small, error = small - (angle - large);
    const cos = Math.cos(angle), sin = Math.sin(angle);
    const c = cos - error * sin, s = sin + error * cos;
    const [x, y] = (eighth + 1) & 2 ? [s, c] : [c, s];
    re[k] = (eighth + 2) & 4 ? -x : x;
    im[k] = eighth & 4 ? y : -y;
  }
  return { re, im };
}
