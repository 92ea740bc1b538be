/**
 * Transforms of lengths that are products of small primes.
 */

import { factorize } from "./_lengths.ts";
import { type Pass, pass2, pass3, pass4, pass4Half, pass5, pass7, passOdd, type Stage } from "./_passes.ts";
import { rootsOfUnity } from "./_roots.ts";
import type { Workspace } from "./_workspace.ts";

/**
 * A forward transform of one length, `X[k] = Σ x[j] e^(-2πi j k / length)`, made once and used for any number
 * of lines. The inverse is the same with real and imaginary parts swapped, before and after.
 */
export interface Plan {
  /** Points of a line. */
  readonly length: number;
  /** How often a line moves from one pair of buffers to the other. */
  readonly passes: number;
  /** Additions that a result goes through one after the other: what rounding errors grow with. */
  readonly depth: number;
  /**
   * Transforms one line of `workspace`.
   *
   * @param at Where the line begins in the buffers.
   * @param filled How many points from the start there are; zeros stand for the others.
   */
  transform(workspace: Workspace, at: number, filled?: number): void;
}

const PASSES: Readonly<Record<number, Pass>> = { 2: pass2, 3: pass3, 4: pass4, 5: pass5, 7: pass7 };

/** A transform as one pass for each factor of its length. */
export class Stockham implements Plan {
  readonly length: number;
  readonly passes: number;
  readonly depth: number;
  readonly #stages: readonly Stage[];
  /** The first stage, for lines whose second half is zero. */
  readonly #halfFirst: Stage | undefined;

  constructor(length: number) {
    this.length = length;
    const factors = factorize(length);
    const { re, im } = rootsOfUnity(length);
    const stages: Stage[] = [];
    let stride = 1;
    for (const radix of factors) {
      const groups = (length / stride / radix) | 0; // an integer, as the compiler should know too
      // Roots of a divisor of `length` are every so manieth root of `length` itself.
      const twiddles = new Float64Array(2 * groups * (radix - 1));
      for (let p = 0, t = 0; p < groups; p++) {
        for (let k = 1; k < radix; k++) {
          twiddles[t++] = re[p * k * stride];
          twiddles[t++] = im[p * k * stride];
        }
      }
      const roots = new Float64Array(2 * radix);
      for (let k = 0; k < radix; k++) {
        roots[2 * k] = re[k * (length / radix)];
        roots[2 * k + 1] = im[k * (length / radix)];
      }
      stages.push({ radix, groups, stride, twiddles, roots, pass: PASSES[radix] ?? passOdd });
      stride *= radix;
    }
    this.#stages = stages;
    this.#halfFirst = factors[0] === 4 ? { ...stages[0], pass: pass4Half } : undefined;
    this.passes = stages.length;
    this.depth = factors.reduce((sum, radix) => sum + radix, 0);
  }

  transform(workspace: Workspace, at: number, filled: number = this.length): void {
    const stages = this.#stages, { length } = this;
    let { re: xr, im: xi } = workspace.in, { re: yr, im: yi } = workspace.idle;
    const half = this.#halfFirst && 2 * filled <= length ? this.#halfFirst : undefined;
    const read = half ? length >> 1 : length;
    if (filled < read) {
      xr.fill(0, at + filled, at + read);
      xi.fill(0, at + filled, at + read);
    }
    for (let i = 0; i < stages.length; i++) {
      const stage = i === 0 && half ? half : stages[i];
      stage.pass(stage, xr, xi, yr, yi, at);
      const free = xr, freeIm = xi;
      xr = yr, xi = yi, yr = free, yi = freeIm;
    }
  }
}
