/**
 * Transforms of blocks of lines, from one array to another: load, transform, scale, store.
 */

import { type Lines, load, loadPairs, loadTwos, store, storePairs, storeTwos } from "./_lines.ts";
import { planFor, realPlanFor } from "./_plan.ts";
import { fold, joinPair, splitPair, unfold } from "./_spectra.ts";
import { workspace } from "./_workspace.ts";

/** What all lines of a transform have in common. */
export interface LineOptions {
  /** Points that a transform works on. */
  readonly length: number;
  /** Elements that a line of the input has; those that lack are zero. At most `length`, or as many bins. */
  readonly filled: number;
  /** The factor of the results. */
  readonly scale: number;
  /** Whether to transform with `e^(+…)`. */
  readonly inverse?: boolean;
  /** Lines of a block, at most; pairs of them where two real lines make a complex one. */
  readonly most: number;
}

/** Transforms `lines` lines; steps and offsets of complex arrays count slots, as in {@linkcode Lines}. */
export type LineTransform = (from: Lines, lines: number, to: Lines) => void;

/**
 * Complex lines. With `mirror`, the conjugate results go there too, in reverse order: bin `-k` for bin `k`.
 */
export function complexLines(
  { length, filled, scale, inverse = false, most }: LineOptions,
): (from: Lines, lines: number, to: Lines, mirror?: Lines) => void {
  const plan = planFor(length), work = workspace(plan.passes, length, most), { pitch } = work;
  // Real and imaginary parts change places on the way in and out: that turns the sign of the exponent.
  const [inRe, inIm] = inverse ? [work.in.im, work.in.re] : [work.in.re, work.in.im];
  const [outRe, outIm] = inverse ? [work.out.im, work.out.re] : [work.out.re, work.out.im];
  return (from, lines, to, mirror) => {
    loadPairs(from, filled, lines, inRe, inIm, 0, pitch);
    for (let line = 0; line < lines; line++) {
      plan.transform(work, line * pitch, filled);
    }
    storePairs(outRe, outIm, 0, pitch, length, lines, scale, scale, to);
    if (mirror) {
      const { data, offset, step, lineStep } = mirror;
      storePairs(outRe, outIm, 0, pitch, 1, lines, scale, -scale, mirror);
      const reversed = { data, offset: offset + (length - 1) * step, step: -step, lineStep };
      storePairs(outRe, outIm, 1, pitch, length - 1, lines, scale, -scale, reversed);
    }
  };
}

/** Real lines that have nothing to do with one another: half spectra, or whole ones with `whole`. */
export function realLines(
  { length, filled, scale, inverse, most }: LineOptions,
  whole: boolean,
): LineTransform {
  const imScale = inverse ? -scale : scale; // real input: the inverse transform is the conjugate of the forward one
  const bins = (length >> 1) + 1;
  const transform = length % 2 === 0 ? evenLines(length, filled, most) : oddLines(length, filled, most);
  return (from, lines, to) => {
    const { pitch, re, im } = transform(from, lines);
    storePairs(re, im, 0, pitch, bins, lines, scale, imScale, to);
    if (!whole) return;
    const { data, offset, step, lineStep } = to;
    const reversed = { data, offset: offset + (length - 1) * step, step: -step, lineStep };
    storePairs(re, im, 1, pitch, length - bins, lines, scale, -imScale, reversed);
  };
}

interface Bins {
  readonly pitch: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function evenLines(length: number, filled: number, most: number): (from: Lines, lines: number) => Bins {
  const plan = realPlanFor(length), { half } = plan;
  const work = workspace(half.passes, length, most), { pitch } = work;
  const evens = (filled + 1) >> 1, odds = filled >> 1;
  return ({ data, offset, step, lineStep }, lines) => {
    load({ data, offset, step: 2 * step, lineStep }, evens, lines, work.in.re, 0, pitch);
    load({ data, offset: offset + step, step: 2 * step, lineStep }, odds, lines, work.in.im, 0, pitch);
    for (let line = 0; line < lines; line++) {
      const at = line * pitch;
      work.in.im[at + odds] = 0;
      half.transform(work, at, evens);
      unfold(work, at, plan);
    }
    return { pitch, ...work.spare };
  };
}

function oddLines(length: number, filled: number, most: number): (from: Lines, lines: number) => Bins {
  const plan = planFor(length), work = workspace(plan.passes, length, most), { pitch } = work;
  return (from, lines) => {
    load(from, filled, lines, work.in.re, 0, pitch);
    for (let line = 0; line < lines; line++) {
      work.in.im.fill(0, line * pitch, line * pitch + filled);
      plan.transform(work, line * pitch, filled);
    }
    return { pitch, ...work.out };
  };
}

/** Real lines of one matrix, two in a transform: half spectra. Rounding errors of one reach the other. */
export function realPairLines({ length, filled, scale, inverse, most }: LineOptions): LineTransform {
  const plan = planFor(length), work = workspace(plan.passes, length, most), { pitch } = work;
  const bins = (length >> 1) + 1, imScale = inverse ? -scale : scale;
  return (from, lines, to) => {
    loadTwos(from, filled, lines, work.in.re, work.in.im, pitch);
    for (let pair = 0; 2 * pair < lines; pair++) {
      plan.transform(work, pair * pitch, filled);
      splitPair(work, pair * pitch, length);
    }
    storePairs(work.spare.re, work.spare.im, 0, pitch >> 1, bins, lines, scale / 2, imScale / 2, to);
  };
}

/** Half spectra that have nothing to do with one another, to real lines. */
export function hermitianLines({ length, filled, scale, most }: LineOptions): LineTransform {
  return length % 2 === 0
    ? evenHermitianLines(length, filled, scale, most)
    : oddHermitianLines(length, filled, scale, most);
}

function evenHermitianLines(length: number, filled: number, scale: number, most: number): LineTransform {
  const plan = realPlanFor(length), { half } = plan;
  const work = workspace(half.passes, length, most), { pitch } = work;
  return (from, lines, { data, offset, step, lineStep }) => {
    loadPairs(from, filled, lines, work.idle.re, work.idle.im, 0, pitch);
    for (let line = 0; line < lines; line++) {
      const at = line * pitch;
      work.idle.re.fill(0, at + filled, at + half.length + 1);
      work.idle.im.fill(0, at + filled, at + half.length + 1);
      fold(work, at, plan);
      half.transform(work, at);
    }
    store(work.out.im, 0, pitch, half.length, lines, scale, { data, offset, step: 2 * step, lineStep });
    store(work.out.re, 0, pitch, half.length, lines, scale, {
      data,
      offset: offset + step,
      step: 2 * step,
      lineStep,
    });
  };
}

function oddHermitianLines(length: number, filled: number, scale: number, most: number): LineTransform {
  const plan = planFor(length), work = workspace(plan.passes, length, most), { pitch } = work;
  const { re, im } = work.in, half = length >> 1;
  return (from, lines, to) => {
    loadPairs(from, filled, lines, im, re, 0, pitch);
    for (let line = 0; line < lines; line++) {
      const at = line * pitch;
      re.fill(0, at + filled, at + half + 1), im.fill(0, at + filled, at + half + 1);
      re[at] = 0;
      for (let k = 1; k <= half; k++) im[at + length - k] = im[at + k], re[at + length - k] = -re[at + k];
      plan.transform(work, at);
    }
    store(work.out.im, 0, pitch, length, lines, scale, to);
  };
}

/** Half spectra of one matrix, two in a transform, to real lines. Rounding errors of one reach the other. */
export function hermitianPairLines({ length, filled, scale, most }: LineOptions): LineTransform {
  const plan = planFor(length), work = workspace(plan.passes, length, most), { pitch } = work;
  const { re, im } = work.idle, half = pitch >> 1, bins = (length >> 1) + 1;
  return (from, lines, to) => {
    const pairs = (lines + 1) >> 1;
    loadPairs(from, filled, lines, re, im, 0, half);
    for (let line = 0; line < 2 * pairs; line++) {
      const start = line * half + (line < lines ? filled : 0), end = line * half + bins;
      if (start < end) re.fill(0, start, end), im.fill(0, start, end);
    }
    for (let pair = 0; pair < pairs; pair++) {
      joinPair(work, pair * pitch, length);
      plan.transform(work, pair * pitch);
    }
    storeTwos(work.out.im, work.out.re, 0, pitch, length, lines, scale, to);
  };
}
