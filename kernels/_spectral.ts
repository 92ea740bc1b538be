/**
 * Circular correlation of real matrices by Fourier transforms: the transform of the result is that of the
 * first operand times the conjugate of that of the second.
 *
 * Both operands are real, which halves the work: two columns make one complex line on the way in and two rows
 * of bins mirror one another, so that only bins 0 to half the length are kept along the columns; and two
 * columns come out of one complex line on the way back.
 */

import type { Sums } from "./_correlate_call.ts";
import type { Buffers, Stage } from "./_job.ts";
import { type Lines, loadPairs, loadTwos, storePairs, storeTwos } from "./_lines.ts";
import { columnsOf, type Plane } from "./_plane.ts";
import { planFor } from "./_plan.ts";
import type { Plan } from "./_stockham.ts";
import { joinPair, splitPair } from "./_spectra.ts";
import { linesAtOnce, type Workspace, workspace } from "./_workspace.ts";

/** A circular correlation. */
export interface SpectralOptions {
  /** The first operand; zero beyond its edges. */
  readonly a: Plane;
  /** The second operand. */
  readonly b: Plane;
  /** The periods: points that the transforms work on. */
  readonly points: readonly [rows: number, columns: number];
  /** Which sums. */
  readonly sums: Sums;
  /** Where they go. */
  readonly target: Plane;
  /** Whether the results are whole numbers, and near enough for rounding to find them. */
  readonly round: boolean;
}

/**
 * The stages of the second operand, not to be run again while it stays the same; and those of the first one.
 */
export function spectralStages(
  options: SpectralOptions,
  buffers: Buffers,
): { kernel: Stage[]; image: Stage[] } {
  const { a, b, points: [rows, columns], sums, target, round } = options;
  const kept = Math.min(sums.columns, columns);
  const kernelColumns = binsFor("kernel columns", rows, b.columns, buffers);
  const kernel = binsFor("kernel", rows, columns, buffers);
  const imageColumns = binsFor("image columns", rows, a.columns, buffers);
  const result = binsFor("result columns", rows, kept, buffers);
  const plan = planFor(columns), work = workspace(plan.passes, columns, 1, "row");
  // Bins of pairs come out doubled, for either operand; the rest of the scale is that of the way back.
  const scale = 1 / (4 * rows * columns);
  const kernelRows: Stage = {
    parts: (rows >> 1) + 1,
    run(from, to) {
      for (let k = from; k < to; k++) {
        forwardRow(plan, work, 0, kernelColumns, k);
        const into = { data: kernel.data, offset: 2 * k * columns, step: 2, lineStep: 0 };
        storePairs(work.out.re, work.out.im, 0, 0, columns, 1, scale, scale, into);
      }
    },
  };
  const imageRows: Stage = {
    parts: (rows >> 1) + 1,
    run(from, to) {
      const { re, im } = work.out;
      for (let k = from; k < to; k++) {
        forwardRow(plan, work, 0, imageColumns, k);
        multiplyByConjugate(work, kernel, k);
        plan.transform(work, 0);
        forArcs(columns, -sums.left, kept, (at, count, done) => {
          const into = { data: result.data, offset: 2 * (k * kept + done), step: 2, lineStep: 0 };
          storePairs(im, re, at, 0, count, 1, 1, 1, into);
        });
      }
    },
  };
  const deliver: Deliver = (re, im, pitch, column, lines) => {
    // A result that is longer than the period repeats itself.
    for (let v = column; v < sums.columns; v += columns) {
      storeCyclic(
        re,
        im,
        pitch,
        rows,
        -sums.top,
        sums.rows,
        Math.min(lines, sums.columns - v),
        columnsOf(target, v),
      );
    }
  };
  return {
    kernel: [forwardColumns(b, rows, kernelColumns), kernelRows],
    image: [forwardColumns(a, rows, imageColumns), imageRows, inverseColumns(result, rows, round, deliver)],
  };
}

/** Bins of columns: row `k` holds bin `k` of every column, `re, im`. */
export interface Bins {
  /** The bins. */
  readonly data: Float64Array;
  /** Columns of a row. */
  readonly width: number;
}

/** A buffer for the bins of `width` columns of `points` points. */
export function binsFor(name: string, points: number, width: number, buffers: Buffers): Bins {
  return { data: buffers(name, 2 * ((points >> 1) + 1) * width), width };
}

/** Columns of bins from `column` on, as lines. */
function columnsOfBins({ data, width }: Bins, column: number): Lines {
  return { data, offset: 2 * column, step: 2 * width, lineStep: 2 };
}

/** Transforms the columns of a matrix, two at a time, into twice their bins. */
export function forwardColumns(plane: Plane, points: number, bins: Bins): Stage {
  const plan = planFor(points), pairs = (plane.columns + 1) >> 1, most = linesAtOnce(points, pairs, true);
  const work = workspace(plan.passes, points, most), { pitch } = work;
  const height = (points >> 1) + 1;
  return {
    parts: pairs,
    run(from, to) {
      const last = Math.min(plane.columns, 2 * to);
      for (let column = 2 * from; column < last; column += 2 * most) {
        const lines = Math.min(2 * most, last - column);
        loadTwos(columnsOf(plane, column), plane.rows, lines, work.in.re, work.in.im, pitch);
        for (let at = 0; 2 * at < lines * pitch; at += pitch) {
          plan.transform(work, at, plane.rows);
          splitPair(work, at, points);
        }
        const { re, im } = work.spare;
        storePairs(re, im, 0, pitch >> 1, height, lines, 1, 1, columnsOfBins(bins, column));
      }
    },
  };
}

/** Transforms row `k` of the bins, continued by zeros, in the line at `at`. */
export function forwardRow(plan: Plan, work: Workspace, at: number, bins: Bins, k: number): void {
  const { re, im } = work.in, { data, width } = bins;
  for (let j = 0, from = 2 * k * width, to = at; j < width; j++, from += 2, to++) {
    re[to] = data[from], im[to] = data[from + 1];
  }
  plan.transform(work, at, width);
}

/** Takes finished columns from `column` on, of one period each, two by two as `loadTwos` has them. */
export type Deliver = (
  re: Float64Array,
  im: Float64Array,
  pitch: number,
  column: number,
  lines: number,
) => void;

/** Transforms the bins of the columns back, two columns at a time. */
export function inverseColumns(bins: Bins, points: number, round: boolean, deliver: Deliver): Stage {
  const plan = planFor(points), pairs = (bins.width + 1) >> 1, most = linesAtOnce(points, pairs, true);
  const work = workspace(plan.passes, points, most), { pitch } = work, half = pitch >> 1;
  const height = (points >> 1) + 1;
  return {
    parts: pairs,
    run(from, to) {
      const { re, im } = work.idle;
      const last = Math.min(bins.width, 2 * to);
      for (let column = 2 * from; column < last; column += 2 * most) {
        const lines = Math.min(2 * most, last - column);
        loadPairs(columnsOfBins(bins, column), height, lines, re, im, 0, half);
        if (lines & 1) {
          re.fill(0, lines * half, lines * half + height), im.fill(0, lines * half, lines * half + height);
        }
        for (let at = 0; 2 * at < lines * pitch; at += pitch) {
          joinPair(work, at, points);
          plan.transform(work, at);
          if (round) roundLine(work, at, points);
        }
        deliver(work.out.im, work.out.re, pitch, column, lines);
      }
    },
  };
}

// Added to a number of less than 2^51, it leaves no room for digits after the point; and it never gives -0.
const ROUNDER = 1.5 * 2 ** 52;

function roundLine({ out: { re, im } }: Workspace, at: number, points: number): void {
  for (let i = at; i < at + points; i++) {
    re[i] = re[i] + ROUNDER - ROUNDER;
    im[i] = im[i] + ROUNDER - ROUNDER;
  }
}

/** Calls `body` for the arcs of a circle of `period` points that make up `count` points from `first` on. */
function forArcs(
  period: number,
  first: number,
  count: number,
  body: (at: number, count: number, done: number) => void,
): void {
  let at = (((first % period) + period) % period) | 0;
  for (let done = 0; done < count;) {
    const length = Math.min(count - done, period - at);
    body(at, length, done);
    done += length;
    at = 0;
  }
}

/** Stores `count` points of each of some periodic lines, from point `first` (which may be negative) on. */
export function storeCyclic(
  re: Float64Array,
  im: Float64Array,
  pitch: number,
  period: number,
  first: number,
  count: number,
  lines: number,
  { data, offset, step, lineStep }: Lines,
): void {
  forArcs(period, first, count, (at, length, done) => {
    storeTwos(re, im, at, pitch, length, lines, 1, { data, offset: offset + done * step, step, lineStep });
  });
}

/** Multiplies the transformed line by the conjugate of a row of bins, and puts it in for the way back. */
function multiplyByConjugate({ out, in: into }: Workspace, { data, width }: Bins, row: number): void {
  const { re: zr, im: zi } = out, { re: xr, im: xi } = into;
  for (let j = 0, k = 2 * row * width; j < width; j++, k += 2) {
    const r = zr[j], v = zi[j], wr = data[k], wi = data[k + 1];
    xi[j] = r * wr + v * wi;
    xr[j] = v * wr - r * wi;
  }
}
