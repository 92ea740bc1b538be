/**
 * Lines of elements, into the kernels' buffers and out of them: the only place that knows dtypes and strides.
 *
 * A block is several lines of equally many elements. Kernels work on contiguous lines of doubles, `pitch` apart;
 * float32 elements are widened on the way in and rounded once on the way out.
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
) => void;

// Each function below serves all dtypes, and exists once for each kind of typed array: V8 compiles a loop well
// only for the kinds of array that it has seen there, and one that has seen five compiles to something slow.
const clones = new Map<unknown, Map<unknown, unknown>>();

/** A copy of `fn` for arrays such as `data`. `fn` may use nothing but its parameters and globals. */
function cloneFor<F>(fn: F, data: TypedArray): F {
  let copies = clones.get(fn);
  if (!copies) clones.set(fn, copies = new Map());
  let copy = copies.get(data.constructor);
  if (!copy) copies.set(data.constructor, copy = new Function(`return ${fn}`)());
  return copy as F;
}

// `| 0` and `Math.imul` tell the compiler that positions are integers (`0 * -2` is -0, which is none): that makes
// the loops three times as fast.
//
// Where neighbours of different lines lie closer together than those of one line, loops go along the neighbours.

const loadSlots: Load = (from, count, lines, to, at, pitch) => {
  const offset = from.offset | 0, step = from.step | 0, lineStep = from.lineStep | 0;
  const data = from.data as Float64Array;
  let line = 0;
  if (Math.abs(lineStep) < Math.abs(step)) {
    // Eight lines at a time: one cache line of doubles, where they lie side by side.
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

const loadSlotPairs: LoadPairs = (from, count, lines, re, im, at, pitch) => {
  const offset = from.offset | 0, step = from.step | 0, lineStep = from.lineStep | 0;
  const data = from.data as Float64Array;
  if (Math.abs(lineStep) < Math.abs(step)) {
    for (let j = 0; j < count; j++) {
      const end = at + j + lines * pitch;
      for (let t = at + j, p = offset + Math.imul(j, step); t < end; t += pitch, p += lineStep) {
        re[t] = data[p], im[t] = data[p + 1];
      }
    }
    return;
  }
  for (let line = 0; line < lines; line++) {
    const end = at + line * pitch + count;
    for (let t = at + line * pitch, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
      re[t] = data[p], im[t] = data[p + 1];
    }
  }
};

const storeSlots: Store = (from, at, pitch, count, lines, scale, to) => {
  const offset = to.offset | 0, step = to.step | 0, lineStep = to.lineStep | 0;
  const into = to.data as Float64Array;
  if (Math.abs(lineStep) < Math.abs(step)) {
    for (let j = 0; j < count; j++) {
      const end = at + j + lines * pitch;
      for (let t = at + j, p = offset + Math.imul(j, step); t < end; t += pitch, p += lineStep) {
        into[p] = scale * from[t];
      }
    }
    return;
  }
  for (let line = 0; line < lines; line++) {
    const end = at + line * pitch + count;
    for (let t = at + line * pitch, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
      into[p] = scale * from[t];
    }
  }
};

const storeSlotPairs: StorePairs = (re, im, at, pitch, count, lines, scale, imScale, to) => {
  const offset = to.offset | 0, step = to.step | 0, lineStep = to.lineStep | 0;
  const into = to.data as Float64Array;
  if (Math.abs(lineStep) < Math.abs(step)) {
    for (let j = 0; j < count; j++) {
      const end = at + j + lines * pitch;
      for (let t = at + j, p = offset + Math.imul(j, step); t < end; t += pitch, p += lineStep) {
        into[p] = scale * re[t], into[p + 1] = imScale * im[t];
      }
    }
    return;
  }
  for (let line = 0; line < lines; line++) {
    const end = at + line * pitch + count;
    for (let t = at + line * pitch, p = offset + Math.imul(line, lineStep); t < end; t++, p += step) {
      into[p] = scale * re[t], into[p + 1] = imScale * im[t];
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

/** Loads real lines: `count` elements of each of `lines` lines, to `to[at + line * pitch + j]`. */
export const load: Load = (from, count, lines, to, at, pitch) => {
  const isBig = from.data instanceof BigInt64Array || from.data instanceof BigUint64Array;
  cloneFor(isBig ? loadBigSlots : loadSlots, from.data)(from, count, lines, to, at, pitch);
};

/** Loads complex lines, real parts to `re` and imaginary ones to `im`. */
export const loadPairs: LoadPairs = (from, count, lines, re, im, at, pitch) => {
  cloneFor(loadSlotPairs, from.data)(from, count, lines, re, im, at, pitch);
};

/** Stores real lines, multiplied by `scale`; the target holds floats. */
export const store: Store = (from, at, pitch, count, lines, scale, to) => {
  cloneFor(storeSlots, to.data)(from, at, pitch, count, lines, scale, to);
};

/** Stores complex lines, real parts multiplied by `scale` and imaginary ones by `imScale`. */
export const storePairs: StorePairs = (re, im, at, pitch, count, lines, scale, imScale, to) => {
  cloneFor(storeSlotPairs, to.data)(re, im, at, pitch, count, lines, scale, imScale, to);
};
