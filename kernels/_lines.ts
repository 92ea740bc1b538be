/**
 * Lines of elements, into the kernels' buffers and out of them: the only place that knows dtypes and strides.
 *
 * A block is several lines of equally many elements. Kernels work on contiguous lines of doubles, `pitch`
 * apart; float32 elements are widened on the way in and rounded once on the way out.
 */

import type { TypedArray } from "../shared/dtype.ts";

/** Where lines lie: element `j` of line `i` is slot `offset + i * lineStep + j * step` of `data`. */
export interface Lines {
  /** The slots; a complex element takes two, and `offset` and steps count slots all the same. */
  readonly data: TypedArray;
  /** The first element of the first line. */
  readonly offset: number;
  /** From one element of a line to the next. */
  readonly step: number;
  /** From one line to the next. */
  readonly lineStep: number;
}

type Load = (from: Lines, count: number, lines: number, to: Float64Array, at: number, pitch: number) => void;
type Store = (
  from: Float64Array,
  at: number,
  pitch: number,
  count: number,
  lines: number,
  scale: number,
  to: Lines,
) => void;
type LoadPairs = (
  from: Lines,
  count: number,
  lines: number,
  re: Float64Array,
  im: Float64Array,
  at: number,
  pitch: number,
  apart?: number,
) => void;
type StorePairs = (
  re: Float64Array,
  im: Float64Array,
  at: number,
  pitch: number,
  count: number,
  lines: number,
  scale: number,
  imScale: number,
  to: Lines,
  apart?: number,
) => void;

// Each function below serves all dtypes, and exists once for each kind of typed array: V8 compiles a loop well
// only for the kinds of array that it has seen there, and one that has seen five compiles to something slow.
const clones = new Map<unknown, Map<unknown, unknown>>();

/** A copy of `fn` for arrays such as `data`. `fn` may use nothing but its parameters and globals. */
export function cloneFor<F>(fn: F, data: TypedArray): F {
  let copies = clones.get(fn);
  if (!copies) clones.set(fn, copies = new Map());
  let copy = copies.get(data.constructor);
  if (!copy) copies.set(data.constructor, copy = new Function(`return ${fn}`)());
  return copy as F;
}

// `| 0` and `Math.imul` tell the compiler that positions are integers (`0 * -2` is -0, which is none): that makes
// the loops three times as fast.
//
// Where neighbours of different lines lie closer together than those of one line, several lines are moved at once: a
// cache line of them.

const loadSlots: Load = (from, count, lines, to, at, pitch) => {
  const offset = from.offset | 0, step = from.step | 0, lineStep = from.lineStep | 0;
  const data = from.data as Float64Array;
  let line = 0;
  if (Math.abs(lineStep) < Math.abs(step)) {
    const rest = lines & 7, step8 = 8 * lineStep, pitch8 = 8 * pitch;
    line = lines - rest;
    for (let j = 0; j < count; j++) {
      for (
        let p = offset + Math.imul(j, step), t = at + j, end = t + line * pitch;
        t < end;
        p += step8, t += pitch8
      ) {
        to[t] = data[p];
        to[t + pitch] = data[p + lineStep];
        to[t + 2 * pitch] = data[p + 2 * lineStep];
        to[t + 3 * pitch] = data[p + 3 * lineStep];
        to[t + 4 * pitch] = data[p + 4 * lineStep];
        to[t + 5 * pitch] = data[p + 5 * lineStep];
        to[t + 6 * pitch] = data[p + 6 * lineStep];
        to[t + 7 * pitch] = data[p + 7 * lineStep];
      }
    }
  }
  for (; line < lines; line++) {
    const end = at + line * pitch + count;
    for (let t = at + line * pitch, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
      to[t] = data[p];
    }
  }
};

const loadSlotPairs: LoadPairs = (from, count, lines, re, im, at, pitch, apart = 1) => {
  const offset = from.offset | 0, step = from.step | 0, lineStep = from.lineStep | 0;
  const data = from.data as Float64Array;
  let line = 0;
  if (Math.abs(lineStep) < Math.abs(step)) {
    for (; line + 4 <= lines; line += 4) {
      const first = at + line * pitch, end = first + count;
      for (let t = first, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
        let q = p, u = t;
        re[u] = data[q], im[u] = data[q + apart], q += lineStep, u += pitch;
        re[u] = data[q], im[u] = data[q + apart], q += lineStep, u += pitch;
        re[u] = data[q], im[u] = data[q + apart], q += lineStep, u += pitch;
        re[u] = data[q], im[u] = data[q + apart];
      }
    }
  }
  for (; line < lines; line++) {
    const end = at + line * pitch + count;
    for (let t = at + line * pitch, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
      re[t] = data[p], im[t] = data[p + apart];
    }
  }
};

const storeSlots: Store = (from, at, pitch, count, lines, scale, to) => {
  const offset = to.offset | 0, step = to.step | 0, lineStep = to.lineStep | 0;
  const into = to.data as Float64Array;
  for (let line = 0; line < lines; line++) {
    const end = at + line * pitch + count;
    for (let t = at + line * pitch, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
      into[p] = scale * from[t];
    }
  }
};

const storeSlotPairs: StorePairs = (re, im, at, pitch, count, lines, scale, imScale, to, apart = 1) => {
  const offset = to.offset | 0, step = to.step | 0, lineStep = to.lineStep | 0;
  const into = to.data as Float64Array;
  let line = 0;
  if (Math.abs(lineStep) < Math.abs(step)) {
    for (; line + 4 <= lines; line += 4) {
      const first = at + line * pitch, end = first + count;
      for (let t = first, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
        let q = p, u = t;
        into[q] = scale * re[u], into[q + apart] = imScale * im[u], q += lineStep, u += pitch;
        into[q] = scale * re[u], into[q + apart] = imScale * im[u], q += lineStep, u += pitch;
        into[q] = scale * re[u], into[q + apart] = imScale * im[u], q += lineStep, u += pitch;
        into[q] = scale * re[u], into[q + apart] = imScale * im[u];
      }
    }
  }
  for (; line < lines; line++) {
    const end = at + line * pitch + count;
    for (let t = at + line * pitch, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
      into[p] = scale * re[t], into[p + apart] = imScale * im[t];
    }
  }
};

const loadBigSlots: Load = ({ data, offset, step, lineStep }, count, lines, to, at, pitch) => {
  for (let line = 0; line < lines; line++) {
    const end = at + line * pitch + count;
    for (let t = at + line * pitch, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
      to[t] = Number(data[p]);
    }
  }
};

type Survey = (from: Lines, count: number, lines: number) => LineSurvey;

/** What {@linkcode survey} finds. */
export interface LineSurvey {
  /** The sum of the squares; infinite or NaN if an element is, or if it overflows. */
  readonly squares: number;
  /** Whether all elements are whole numbers. */
  readonly whole: boolean;
}

const surveySlots: Survey = (from, count, lines) => {
  const offset = from.offset | 0, step = from.step | 0, lineStep = from.lineStep | 0;
  const data = from.data as Float64Array;
  let even = 0, odd = 0, fractions = 0;
  for (let line = 0; line < lines; line++) {
    let p = offset + Math.imul(line, lineStep), j = 0;
    for (; j + 1 < count; j += 2, p += 2 * step) {
      const x = data[p], y = data[p + step];
      even += x * x, odd += y * y;
      if (x !== Math.floor(x) || y !== Math.floor(y)) fractions = 1;
    }
    if (j < count) {
      even += data[p] * data[p];
      if (data[p] !== Math.floor(data[p])) fractions = 1;
    }
  }
  return { squares: even + odd, whole: fractions === 0 };
};

const surveyBigSlots: Survey = ({ data, offset, step, lineStep }, count, lines) => {
  let squares = 0;
  for (let line = 0; line < lines; line++) {
    for (let j = 0; j < count; j++) squares += Number(data[offset + line * lineStep + j * step]) ** 2;
  }
  return { squares, whole: true };
};

/** Whether slots are bigints. */
export function isBig(data: TypedArray): boolean {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** Looks at all elements of some real lines. */
export const survey: Survey = (from, count, lines) => {
  return cloneFor(isBig(from.data) ? surveyBigSlots : surveySlots, from.data)(from, count, lines);
};

/** Loads real lines: `count` elements of each of `lines` lines, to `to[at + line * pitch + j]`. */
export const load: Load = (from, count, lines, to, at, pitch) => {
  cloneFor(isBig(from.data) ? loadBigSlots : loadSlots, from.data)(from, count, lines, to, at, pitch);
};

/**
 * Loads pairs of slots, such as complex elements: the first ones to `re`, those `apart` slots after them (1
 * by default) to `im`.
 */
export const loadPairs: LoadPairs = (from, count, lines, re, im, at, pitch, apart = 1) => {
  if (isBig(from.data)) {
    load(from, count, lines, re, at, pitch);
    load({ ...from, offset: from.offset + apart }, count, lines, im, at, pitch);
    return;
  }
  cloneFor(loadSlotPairs, from.data)(from, count, lines, re, im, at, pitch, apart);
};

/** Stores real lines, multiplied by `scale`; the target holds floats. */
export const store: Store = (from, at, pitch, count, lines, scale, to) => {
  cloneFor(storeSlots, to.data)(from, at, pitch, count, lines, scale, to);
};

/**
 * Stores pairs of slots: `re` multiplied by `scale`, and `apart` slots after it `im` multiplied by `imScale`.
 */
export const storePairs: StorePairs = (re, im, at, pitch, count, lines, scale, imScale, to, apart) => {
  cloneFor(storeSlotPairs, to.data)(re, im, at, pitch, count, lines, scale, imScale, to, apart);
};

/**
 * Loads real lines two by two, the second one of each as the imaginary parts of the first; a last one without
 * a second gets zeros. The pairs lie `pitch` apart.
 */
export function loadTwos(
  from: Lines,
  count: number,
  lines: number,
  re: Float64Array,
  im: Float64Array,
  pitch: number,
): void {
  const { data, offset, step, lineStep } = from, pairs = lines >> 1, rest = pairs * pitch;
  loadPairs({ data, offset, step, lineStep: 2 * lineStep }, count, pairs, re, im, 0, pitch, lineStep);
  if (lines & 1) {
    load({ data, offset: offset + 2 * pairs * lineStep, step, lineStep }, count, 1, re, rest, pitch);
    im.fill(0, rest, rest + count);
  }
}

/** Stores real lines that lie two by two as {@linkcode loadTwos} has them, multiplied by `scale`. */
export function storeTwos(
  re: Float64Array,
  im: Float64Array,
  at: number,
  pitch: number,
  count: number,
  lines: number,
  scale: number,
  to: Lines,
): void {
  const { data, offset, step, lineStep } = to, pairs = lines >> 1;
  const even = { data, offset, step, lineStep: 2 * lineStep };
  storePairs(re, im, at, pitch, count, pairs, scale, scale, even, lineStep);
  if (lines & 1) {
    const last = { data, offset: offset + 2 * pairs * lineStep, step, lineStep };
    store(re, at + pairs * pitch, pitch, count, 1, scale, last);
  }
}
