/**
 * Autocorrelation of a real matrix by Fourier transforms. Beyond what any correlation of real matrices saves,
 * the transform of the result is real: two rows of it make one complex line on the way back; and the result
 * mirrors itself, so that only the columns of lag 0 and more are computed.
 */

import type { Sums } from "./_correlate_call.ts";
import type { Buffers, Stage } from "./_job.ts";
import { storePairs } from "./_lines.ts";
import { columnsOf, type Plane } from "./_plane.ts";
import { planFor } from "./_plan.ts";
import { splitPair } from "./_spectra.ts";
import {
  type Bins,
  binsFor,
  type Deliver,
  forwardColumns,
  forwardRow,
  inverseColumns,
  storeCyclic,
} from "./_spectral.ts";
import { type Workspace, workspace } from "./_workspace.ts";

/** An autocorrelation. */
export interface AutospectralOptions {
  /** The matrix; zero beyond its edges. */
  readonly a: Plane;
  /** The periods: points that the transforms work on, twice as many as elements less one, at least. */
  readonly points: readonly [rows: number, columns: number];
  /** Which sums. */
  readonly sums: Sums;
  /** Where they go. */
  readonly target: Plane;
  /** Whether the results are whole numbers, and near enough for rounding to find them. */
  readonly round: boolean;
}

/** The stages: columns, rows there and back, columns back. */
export function autospectralStages(options: AutospectralOptions, buffers: Buffers): Stage[] {
  const { a, points: [rows, columns], sums: { rows: height, columns: width, top, left }, target, round } =
    options;
  const image = binsFor("image columns", rows, a.columns, buffers);
  const lags = binsFor("lag columns", rows, a.columns, buffers);
  const deliver: Deliver = (re, im, pitch, lag, lines) => {
    const forward = Math.min(lines, width - left - lag);
    if (forward > 0) {
      storeCyclic(re, im, pitch, rows, -top, height, forward, columnsOf(target, left + lag));
    }
    // At the opposite lags stand the same values.
    const backward = Math.min(lines, left - lag + 1);
    if (backward > 0) {
      const { data, offset, step, lineStep } = columnsOf(target, left - lag);
      const to = { data, offset: offset + (height - 1) * step, step: -step, lineStep: -lineStep };
      storeCyclic(re, im, pitch, rows, top - height + 1, height, backward, to);
    }
  };
  return [
    forwardColumns(a, rows, image),
    powerRows(image, lags, rows, columns),
    inverseColumns(lags, rows, round, deliver),
  ];
}

/** Rows of the power spectrum, and of what they are the transform of; two in a part. */
function powerRows(image: Bins, lags: Bins, rows: number, columns: number): Stage {
  const plan = planFor(columns), work = workspace(plan.passes, columns, 2, "row"), { pitch } = work;
  const height = (rows >> 1) + 1, { width } = lags;
  // Bins of pairs come out doubled three times, twice before they are squared; the rest is that of the way back.
  const scale = 1 / (8 * rows * columns);
  return {
    parts: (height + 1) >> 1,
    run(from, to) {
      for (let k = 2 * from; k < Math.min(height, 2 * to); k += 2) {
        const lines = Math.min(2, height - k);
        for (let row = 0; row < lines; row++) forwardRow(plan, work, row * pitch, image, k + row);
        joinPowers(work, columns, lines);
        plan.transform(work, 0);
        splitPair(work, 0, columns);
        // A forward transform in place of the inverse one: the power spectrum is real, so that conjugates come out.
        const into = { data: lags.data, offset: 2 * k * width, step: 2, lineStep: 2 * width };
        storePairs(work.spare.re, work.spare.im, 0, pitch >> 1, width, lines, scale, -scale, into);
      }
    },
  };
}

/**
 * Puts the powers of the first transformed line in as real parts, those of the second one as imaginary ones.
 */
function joinPowers({ pitch, out, in: into }: Workspace, points: number, lines: number): void {
  const { re: zr, im: zi } = out, { re: xr, im: xi } = into;
  for (let j = 0; j < points; j++) {
    const r = zr[j], v = zi[j], r2 = zr[pitch + j], v2 = zi[pitch + j];
    xr[j] = r * r + v * v;
    xi[j] = lines > 1 ? r2 * r2 + v2 * v2 : 0;
  }
}
