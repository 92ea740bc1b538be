/**
 * Transforms of lengths that hold a large prime.
 */

import { goodLength } from "./_lengths.ts";
import { rootsOfUnity, type SplitComplex } from "./_roots.ts";
import { type Plan, Stockham } from "./_stockham.ts";
import { type Workspace, workspace } from "./_workspace.ts";

/**
 * A transform as a convolution with a chirp, `c[k] = e^(-πi k² / length)`: from `2 j k = j² + k² - (k - j)²`
 * follows `X[k] = c[k] Σ (x[j] c[j]) conj c[k - j]`, and a convolution of any length can be had from good
 * ones.
 *
 * Source: L. Bluestein, "A linear filtering approach to the computation of discrete Fourier transform"
 * (1970).
 */
export class Bluestein implements Plan {
  readonly length: number;
  readonly passes = 0;
  readonly depth: number;
  readonly #inner: Stockham;
  readonly #chirp: SplitComplex;
  /** The transformed chirp, over the inner length. */
  readonly #kernel: SplitComplex;
  readonly #work: Workspace;

  constructor(length: number) {
    const { inner, chirp, kernel } = chirpOf(length);
    this.length = length;
    this.depth = 2 * inner.depth + 4;
    this.#inner = inner, this.#chirp = chirp, this.#kernel = kernel;
    this.#work = workspace(inner.passes, inner.length, 1, "chirp");
  }

  transform(lines: Workspace, at: number, filled: number = this.length): void {
    const { length } = this;
    const { re: inRe, im: inIm } = lines.in, { re: outRe, im: outIm } = lines.out;
    const { re: cr, im: ci } = this.#chirp;
    const { re: kr, im: ki } = this.#kernel;
    const inner = this.#inner, m = inner.length, work = this.#work;
    const { re: xr, im: xi } = work.in, { re: yr, im: yi } = work.out;
    for (let k = 0; k < filled; k++) {
      const r = inRe[at + k], v = inIm[at + k];
      xr[k] = r * cr[k] - v * ci[k];
      xi[k] = r * ci[k] + v * cr[k];
    }
    xr.fill(0, filled, m), xi.fill(0, filled, m);
    inner.transform(work, 0, filled);
    // The way back is an inverse transform: real and imaginary parts change places.
    for (let k = 0; k < m; k++) {
      const r = yr[k], v = yi[k];
      xi[k] = r * kr[k] - v * ki[k];
      xr[k] = r * ki[k] + v * kr[k];
    }
    inner.transform(work, 0);
    for (let k = 0; k < length; k++) {
      const r = yi[k], v = yr[k];
      outRe[at + k] = r * cr[k] - v * ci[k];
      outIm[at + k] = r * ci[k] + v * cr[k];
    }
  }
}

/** What a length's chirp is, and the transform, over a good length, that convolves with its conjugate. */
export function chirpOf(length: number): { inner: Stockham; chirp: SplitComplex; kernel: SplitComplex } {
  const inner = new Stockham(goodLength(2 * length - 1)), m = inner.length;
  const circle = rootsOfUnity(2 * length);
  const chirp = { re: new Float64Array(length), im: new Float64Array(length) };
  for (let k = 0, square = 0; k < length; k++) {
    chirp.re[k] = circle.re[square];
    chirp.im[k] = circle.im[square];
    square = (square + 2 * k + 1) % (2 * length); // k² would soon outgrow the exact integers
  }
  const work = workspace(inner.passes, m, 1, "chirp");
  const { re: xr, im: xi } = work.in;
  xr.fill(0, 0, m), xi.fill(0, 0, m);
  for (let k = 0; k < length; k++) {
    const mirror = k === 0 ? 0 : m - k;
    xr[k] = xr[mirror] = chirp.re[k] / m;
    xi[k] = xi[mirror] = -chirp.im[k] / m;
  }
  inner.transform(work, 0);
  return { inner, chirp, kernel: { re: work.out.re.slice(0, m), im: work.out.im.slice(0, m) } };
}
