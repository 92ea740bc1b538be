/**
 * The passes of a Stockham transform: each reads one pair of buffers and writes the other.
 *
 * A pass of radix `r` sees the line as `r` arms of `groups` groups of `stride` elements. Letters name the
 * arms in input order; `p` runs over the groups, `q` inside one:
 *
 * ```
 * y[stride (r p + k) + q] = w^(p k) · Σ_j e^(-2πi j k / r) x[stride (p + groups j) + q]      w = e^(-2πi / (r groups))
 * ```
 *
 * Source: the autosort algorithm of Stockham as in Van Loan, "Computational Frameworks for the Fast Fourier
 * Transform" (1992), section 1.7; the butterfly of radix 5 after Winograd as FFTPACK has it.
 */

/** One pass: what it does, and its constants. */
export interface Stage {
  /** Arms that one butterfly combines. */
  readonly radix: number;
  /** Groups of an arm; 1 in the last pass. */
  readonly groups: number;
  /** Elements of a group; 1 in the first pass. */
  readonly stride: number;
  /** `w^(p k)` for every `p`, and in it every `k` from 1 on, interleaved. */
  readonly twiddles: Float64Array;
  /** The `radix`-th roots of unity, interleaved. */
  readonly roots: Float64Array;
  /** Does it. */
  readonly pass: Pass;
}

/** Runs a stage on the line that begins at `at` in all four buffers. */
export type Pass = (
  stage: Stage,
  xr: Float64Array,
  xi: Float64Array,
  yr: Float64Array,
  yi: Float64Array,
  at: number,
) => void;

const SIN_3 = Math.sqrt(3) / 2;
const ROOT_5 = Math.sqrt(5) / 4;
const SIN_5A = Math.sin(2 * Math.PI / 5), SIN_5B = Math.sin(4 * Math.PI / 5);

/** Radix 2. */
export const pass2: Pass = ({ groups, stride: s, twiddles }, xr, xi, yr, yi, at) => {
  const arm = s * groups;
  for (let p = 0; p < groups; p++) {
    const wr = twiddles[2 * p], wi = twiddles[2 * p + 1];
    const from = at + s * p, to = at + 2 * s * p;
    for (let q = 0; q < s; q++) {
      const i = from + q, j = to + q;
      const ar = xr[i], ai = xi[i], br = xr[i + arm], bi = xi[i + arm];
      const r = ar - br, v = ai - bi;
      yr[j] = ar + br, yi[j] = ai + bi;
      // Here and below: in the first group of a pass, and so in all of the last pass, every twiddle is 1.
      if (p === 0) {
        yr[j + s] = r, yi[j + s] = v;
      } else {
        yr[j + s] = r * wr - v * wi, yi[j + s] = r * wi + v * wr;
      }
    }
  }
};

/** Radix 3. */
export const pass3: Pass = ({ groups, stride: s, twiddles }, xr, xi, yr, yi, at) => {
  const arm = s * groups;
  for (let p = 0, t = 0; p < groups; p++, t += 4) {
    const w1r = twiddles[t], w1i = twiddles[t + 1], w2r = twiddles[t + 2], w2i = twiddles[t + 3];
    const from = at + s * p, to = at + 3 * s * p;
    for (let q = 0; q < s; q++) {
      const i = from + q, j = to + q;
      const ar = xr[i], ai = xi[i];
      const br = xr[i + arm], bi = xi[i + arm], cr = xr[i + 2 * arm], ci = xi[i + 2 * arm];
      const sumR = br + cr, sumI = bi + ci, difR = SIN_3 * (br - cr), difI = SIN_3 * (bi - ci);
      const midR = ar - 0.5 * sumR, midI = ai - 0.5 * sumI;
      const r1 = midR + difI, i1 = midI - difR, r2 = midR - difI, i2 = midI + difR;
      yr[j] = ar + sumR, yi[j] = ai + sumI;
      if (p === 0) {
        yr[j + s] = r1, yi[j + s] = i1;
        yr[j + 2 * s] = r2, yi[j + 2 * s] = i2;
      } else {
        yr[j + s] = r1 * w1r - i1 * w1i, yi[j + s] = r1 * w1i + i1 * w1r;
        yr[j + 2 * s] = r2 * w2r - i2 * w2i, yi[j + 2 * s] = r2 * w2i + i2 * w2r;
      }
    }
  }
};

/** Radix 4. */
export const pass4: Pass = ({ groups, stride: s, twiddles }, xr, xi, yr, yi, at) => {
  const arm = s * groups;
  for (let p = 0, t = 0; p < groups; p++, t += 6) {
    const w1r = twiddles[t], w1i = twiddles[t + 1];
    const w2r = twiddles[t + 2], w2i = twiddles[t + 3], w3r = twiddles[t + 4], w3i = twiddles[t + 5];
    const from = at + s * p, to = at + 4 * s * p;
    for (let q = 0; q < s; q++) {
      const i = from + q, j = to + q;
      const ar = xr[i], ai = xi[i], br = xr[i + arm], bi = xi[i + arm];
      const cr = xr[i + 2 * arm], ci = xi[i + 2 * arm], dr = xr[i + 3 * arm], di = xi[i + 3 * arm];
      const acR = ar + cr, acI = ai + ci, aMinusR = ar - cr, aMinusI = ai - ci;
      const bdR = br + dr, bdI = bi + di, bMinusR = br - dr, bMinusI = bi - di;
      const r1 = aMinusR + bMinusI, i1 = aMinusI - bMinusR;
      const r2 = acR - bdR, i2 = acI - bdI;
      const r3 = aMinusR - bMinusI, i3 = aMinusI + bMinusR;
      yr[j] = acR + bdR, yi[j] = acI + bdI;
      if (p === 0) {
        yr[j + s] = r1, yi[j + s] = i1;
        yr[j + 2 * s] = r2, yi[j + 2 * s] = i2;
        yr[j + 3 * s] = r3, yi[j + 3 * s] = i3;
      } else {
        yr[j + s] = r1 * w1r - i1 * w1i, yi[j + s] = r1 * w1i + i1 * w1r;
        yr[j + 2 * s] = r2 * w2r - i2 * w2i, yi[j + 2 * s] = r2 * w2i + i2 * w2r;
        yr[j + 3 * s] = r3 * w3r - i3 * w3i, yi[j + 3 * s] = r3 * w3i + i3 * w3r;
      }
    }
  }
};

/** Radix 4 as the first pass (`stride` 1) over a line whose second half is zero and is not read. */
export const pass4Half: Pass = ({ groups, twiddles }, xr, xi, yr, yi, at) => {
  for (let p = 0, t = 0, j = at; p < groups; p++, t += 6, j += 4) {
    const w1r = twiddles[t], w1i = twiddles[t + 1];
    const w2r = twiddles[t + 2], w2i = twiddles[t + 3], w3r = twiddles[t + 4], w3i = twiddles[t + 5];
    const i = at + p;
    const ar = xr[i], ai = xi[i], br = xr[i + groups], bi = xi[i + groups];
    const r1 = ar + bi, i1 = ai - br, r2 = ar - br, i2 = ai - bi, r3 = ar - bi, i3 = ai + br;
    yr[j] = ar + br, yi[j] = ai + bi;
    yr[j + 1] = r1 * w1r - i1 * w1i, yi[j + 1] = r1 * w1i + i1 * w1r;
    yr[j + 2] = r2 * w2r - i2 * w2i, yi[j + 2] = r2 * w2i + i2 * w2r;
    yr[j + 3] = r3 * w3r - i3 * w3i, yi[j + 3] = r3 * w3i + i3 * w3r;
  }
};

/** Radix 5. */
export const pass5: Pass = ({ groups, stride: s, twiddles }, xr, xi, yr, yi, at) => {
  const arm = s * groups;
  for (let p = 0, t = 0; p < groups; p++, t += 8) {
    const w1r = twiddles[t], w1i = twiddles[t + 1], w2r = twiddles[t + 2], w2i = twiddles[t + 3];
    const w3r = twiddles[t + 4], w3i = twiddles[t + 5], w4r = twiddles[t + 6], w4i = twiddles[t + 7];
    const from = at + s * p, to = at + 5 * s * p;
    for (let q = 0; q < s; q++) {
      const i = from + q, j = to + q;
      const ar = xr[i], ai = xi[i], br = xr[i + arm], bi = xi[i + arm];
      const cr = xr[i + 2 * arm], ci = xi[i + 2 * arm], dr = xr[i + 3 * arm], di = xi[i + 3 * arm];
      const er = xr[i + 4 * arm], ei = xi[i + 4 * arm];
      const beR = br + er, beI = bi + ei, bMinusR = br - er, bMinusI = bi - ei;
      const cdR = cr + dr, cdI = ci + di, cMinusR = cr - dr, cMinusI = ci - di;
      const sumR = beR + cdR, sumI = beI + cdI;
      const skewR = ROOT_5 * (beR - cdR), skewI = ROOT_5 * (beI - cdI);
      const midR = ar - 0.25 * sumR, midI = ai - 0.25 * sumI;
      const oneR = midR + skewR, oneI = midI + skewI, twoR = midR - skewR, twoI = midI - skewI;
      const fR = SIN_5A * bMinusR + SIN_5B * cMinusR, fI = SIN_5A * bMinusI + SIN_5B * cMinusI;
      const gR = SIN_5B * bMinusR - SIN_5A * cMinusR, gI = SIN_5B * bMinusI - SIN_5A * cMinusI;
      const r1 = oneR + fI, i1 = oneI - fR, r2 = twoR + gI, i2 = twoI - gR;
      const r3 = twoR - gI, i3 = twoI + gR, r4 = oneR - fI, i4 = oneI + fR;
      yr[j] = ar + sumR, yi[j] = ai + sumI;
      if (p === 0) {
        yr[j + s] = r1, yi[j + s] = i1;
        yr[j + 2 * s] = r2, yi[j + 2 * s] = i2;
        yr[j + 3 * s] = r3, yi[j + 3 * s] = i3;
        yr[j + 4 * s] = r4, yi[j + 4 * s] = i4;
      } else {
        yr[j + s] = r1 * w1r - i1 * w1i, yi[j + s] = r1 * w1i + i1 * w1r;
        yr[j + 2 * s] = r2 * w2r - i2 * w2i, yi[j + 2 * s] = r2 * w2i + i2 * w2r;
        yr[j + 3 * s] = r3 * w3r - i3 * w3i, yi[j + 3 * s] = r3 * w3i + i3 * w3r;
        yr[j + 4 * s] = r4 * w4r - i4 * w4i, yi[j + 4 * s] = r4 * w4i + i4 * w4r;
      }
    }
  }
};

const [COS_7A, COS_7B, COS_7C] = [1, 2, 3].map((k) => Math.cos(2 * Math.PI * k / 7));
const [SIN_7A, SIN_7B, SIN_7C] = [1, 2, 3].map((k) => Math.sin(2 * Math.PI * k / 7));

/** Radix 7. */
export const pass7: Pass = ({ groups, stride: s, twiddles }, xr, xi, yr, yi, at) => {
  const arm = s * groups;
  const store = (j: number, t: number, p: number, r: number, v: number) => {
    const wr = p === 0 ? 1 : twiddles[t], wi = p === 0 ? 0 : twiddles[t + 1];
    yr[j] = r * wr - v * wi, yi[j] = r * wi + v * wr;
  };
  for (let p = 0, t = 0; p < groups; p++, t += 12) {
    const from = at + s * p, to = at + 7 * s * p;
    for (let q = 0; q < s; q++) {
      const i = from + q, j = to + q;
      const ar = xr[i], ai = xi[i];
      const br = xr[i + arm], bi = xi[i + arm], gr = xr[i + 6 * arm], gi = xi[i + 6 * arm];
      const cr = xr[i + 2 * arm], ci = xi[i + 2 * arm], fr = xr[i + 5 * arm], fi = xi[i + 5 * arm];
      const dr = xr[i + 3 * arm], di = xi[i + 3 * arm], er = xr[i + 4 * arm], ei = xi[i + 4 * arm];
      const bgR = br + gr, bgI = bi + gi, bMinusR = br - gr, bMinusI = bi - gi;
      const cfR = cr + fr, cfI = ci + fi, cMinusR = cr - fr, cMinusI = ci - fi;
      const deR = dr + er, deI = di + ei, dMinusR = dr - er, dMinusI = di - ei;
      yr[j] = ar + bgR + cfR + deR, yi[j] = ai + bgI + cfI + deI;
      const oneR = ar + COS_7A * bgR + COS_7B * cfR + COS_7C * deR;
      const oneI = ai + COS_7A * bgI + COS_7B * cfI + COS_7C * deI;
      const skewOneR = SIN_7A * bMinusR + SIN_7B * cMinusR + SIN_7C * dMinusR;
      const skewOneI = SIN_7A * bMinusI + SIN_7B * cMinusI + SIN_7C * dMinusI;
      store(j + s, t, p, oneR + skewOneI, oneI - skewOneR);
      store(j + 6 * s, t + 10, p, oneR - skewOneI, oneI + skewOneR);
      const twoR = ar + COS_7B * bgR + COS_7C * cfR + COS_7A * deR;
      const twoI = ai + COS_7B * bgI + COS_7C * cfI + COS_7A * deI;
      const skewTwoR = SIN_7B * bMinusR - SIN_7C * cMinusR - SIN_7A * dMinusR;
      const skewTwoI = SIN_7B * bMinusI - SIN_7C * cMinusI - SIN_7A * dMinusI;
      store(j + 2 * s, t + 2, p, twoR + skewTwoI, twoI - skewTwoR);
      store(j + 5 * s, t + 8, p, twoR - skewTwoI, twoI + skewTwoR);
      const threeR = ar + COS_7C * bgR + COS_7A * cfR + COS_7B * deR;
      const threeI = ai + COS_7C * bgI + COS_7A * cfI + COS_7B * deI;
      const skewThreeR = SIN_7C * bMinusR - SIN_7A * cMinusR + SIN_7B * dMinusR;
      const skewThreeI = SIN_7C * bMinusI - SIN_7A * cMinusI + SIN_7B * dMinusI;
      store(j + 3 * s, t + 4, p, threeR + skewThreeI, threeI - skewThreeR);
      store(j + 4 * s, t + 6, p, threeR - skewThreeI, threeI + skewThreeR);
    }
  }
};

// Sums and differences of opposite arms of one butterfly.
let arms = new Float64Array(64);

/**
 * Any odd radix `r`, in `r²` steps a butterfly: for 7, 11, 13 and what Bluestein's detour would not repay.
 */
export const passOdd: Pass = ({ radix, groups, stride: s, twiddles, roots }, xr, xi, yr, yi, at) => {
  const arm = s * groups, half = (radix - 1) >> 1;
  if (arms.length < 4 * half) arms = new Float64Array(4 * half);
  for (let p = 0; p < groups; p++) {
    const t = 2 * p * (radix - 1);
    for (let q = 0; q < s; q++) {
      const i = at + s * p + q, j = at + radix * s * p + q;
      const ar = xr[i], ai = xi[i];
      let sumR = ar, sumI = ai;
      for (let k = 0, low = i + arm, high = i + (radix - 1) * arm; k < 4 * half; k += 4) {
        sumR += arms[k] = xr[low] + xr[high], sumI += arms[k + 1] = xi[low] + xi[high];
        arms[k + 2] = xr[low] - xr[high], arms[k + 3] = xi[low] - xi[high];
        low += arm, high -= arm;
      }
      yr[j] = sumR, yi[j] = sumI;
      for (let m = 1; m <= half; m++) {
        let evenR = ar, evenI = ai, oddR = 0, oddI = 0;
        for (let k = 0, turn = m; k < 4 * half; k += 4) {
          const cos = roots[2 * turn], sin = roots[2 * turn + 1];
          evenR += cos * arms[k], evenI += cos * arms[k + 1];
          oddR += sin * arms[k + 2], oddI += sin * arms[k + 3];
          turn += m;
          if (turn >= radix) turn -= radix;
        }
        const r = evenR - oddI, v = evenI + oddR, r2 = evenR + oddI, v2 = evenI - oddR;
        const low = j + m * s, high = j + (radix - m) * s;
        if (p === 0) {
          yr[low] = r, yi[low] = v, yr[high] = r2, yi[high] = v2;
        } else {
          const w = t + 2 * (m - 1), w2 = t + 2 * (radix - m - 1);
          yr[low] = r * twiddles[w] - v * twiddles[w + 1], yi[low] = r * twiddles[w + 1] + v * twiddles[w];
          yr[high] = r2 * twiddles[w2] - v2 * twiddles[w2 + 1];
          yi[high] = r2 * twiddles[w2 + 1] + v2 * twiddles[w2];
        }
      }
    }
  }
};
