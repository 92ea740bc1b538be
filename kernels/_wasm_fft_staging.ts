/**
 * Lines between arrays and the shared heap: of any element type, in any order.
 */

import { cloneFor, isBig, type Lines } from "./_lines.ts";

/** From here on a native copy is faster than a loop, in slots. */
const NATIVE_FROM = 48;

/**
 * Copies lines: `count` elements of `width` slots of each of `lines` lines. Numbers are converted to what the target
 * holds, which is floats.
 */
export function copyLines(from: Lines, to: Lines, count: number, lines: number, width: 1 | 2): void {
  if (count === 0 || lines === 0) return;
  if (from.step === width && to.step === width && from.data.constructor === to.data.constructor) {
    const slots = count * width;
    if (from.lineStep === slots && to.lineStep === slots) return copyRun(from, to, 0, slots * lines);
    if (slots >= NATIVE_FROM) {
      for (let line = 0; line < lines; line++) copyRun(from, to, line, slots);
      return;
    }
  }
  const isAcross = Math.abs(from.lineStep) < Math.abs(from.step);
  const [outer, inner] = isAcross ? [count, lines] : [lines, count];
  const steps = (it: Lines) => isAcross ? [it.step, it.lineStep] as const : [it.lineStep, it.step] as const;
  const [fromOuter, fromInner] = steps(from), [toOuter, toInner] = steps(to);
  const copy = isBig(from.data) ? copyBigSlots : copySlots;
  for (let part = 0; part < width; part++) {
    const [at, target] = [from.offset + part, to.offset + part];
    cloneFor(copy, from.data)(
      from.data,
      at,
      fromOuter,
      fromInner,
      to.data,
      target,
      toOuter,
      toInner,
      outer,
      inner,
    );
  }
}

function copyRun(from: Lines, to: Lines, line: number, slots: number): void {
  const start = from.offset + line * from.lineStep;
  (to.data as Float64Array).set(
    from.data.subarray(start, start + slots) as Float64Array,
    to.offset + line * to.lineStep,
  );
}

type Copy = (
  from: Lines["data"],
  at: number,
  fromOuter: number,
  fromInner: number,
  to: Lines["data"],
  target: number,
  toOuter: number,
  toInner: number,
  outer: number,
  inner: number,
) => void;

const copySlots: Copy = (from, at, fromOuter, fromInner, to, target, toOuter, toInner, outer, inner) => {
  const source = from as Float64Array, into = to as Float64Array;
  const step = fromInner | 0, toStep = toInner | 0;
  for (let i = 0; i < outer; i++) {
    let p = (at + Math.imul(i, fromOuter)) | 0, t = (target + Math.imul(i, toOuter)) | 0;
    for (let j = 0; j < inner; j++, p += step, t += toStep) into[t] = source[p];
  }
};

const copyBigSlots: Copy = (from, at, fromOuter, fromInner, to, target, toOuter, toInner, outer, inner) => {
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      to[target + i * toOuter + j * toInner] = Number(from[at + i * fromOuter + j * fromInner]);
    }
  }
};
