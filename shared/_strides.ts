/**
 * Shapes and strides, as plain arithmetic: nothing here touches an element. Strides count elements.
 */

import { describe } from "./_describe.ts";

/** Lengths of the axes; a number is one axis, `[]` none. */
export type Shape = number | readonly number[];

/** A range along one axis as `[start, stop, step]`; absent or null means "from the end that `step` starts at". */
export type SliceRange = readonly [start?: number | null, stop?: number | null, step?: number | null];

/** Where elements lie among others. */
export interface Place {
  /** Lengths of the axes. */
  readonly shape: readonly number[];
  /** Elements from one index to the next; may be negative, or 0 where one element serves all. */
  readonly strides: readonly number[];
  /** Element index of [0, …, 0]. */
  readonly offset: number;
}

/** Checks a shape and gives a frozen copy; a number is a shape of one axis. */
export function checkShape(shape: Shape): readonly number[] {
  const axes = typeof shape === "number"
    ? [shape]
    : Array.isArray(shape)
    ? shape.slice() as number[]
    : undefined;
  if (!axes) {
    throw new TypeError(`Cannot use ${describe(shape)} as a shape: give a number or an array of numbers`);
  }
  for (const length of axes) {
    if (typeof length !== "number") {
      throw new TypeError(`Cannot use ${describe(length)} as the length of an axis: give a number`);
    }
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new RangeError(`Cannot make an axis of length ${length}: lengths are integers from 0 on`);
    }
  }
  if (!Number.isSafeInteger(sizeOf(axes))) {
    throw new RangeError(`Cannot make an array of shape ${text(axes)}: too large`);
  }
  return axes;
}

/** The number of elements of an array of that shape; 1 for no axes. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** A shape as text. */
export function text(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** The strides of a contiguous row-major array. */
export function rowMajor(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= Math.max(1, shape[axis]);
  }
  return strides;
}

/** Whether elements follow one another without gaps, in row-major order. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 0) return true;
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

/** The least and the greatest element index, relative to element [0, …, 0]; the array must not be empty. */
export function extent(shape: readonly number[], strides: readonly number[]): [low: number, high: number] {
  let low = 0, high = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const reach = (shape[axis] - 1) * strides[axis];
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [low, high];
}

/** Checks an index along an axis of `length` elements; a negative one counts from the end. */
export function checkIndex(index: number, length: number): number {
  const position = index < 0 ? index + length : index;
  if (Number.isInteger(index) && position >= 0 && position < length) return position;
  if (typeof index !== "number") {
    throw new TypeError(`Cannot use ${describe(index)} as an index: give a number`);
  }
  throw new RangeError(`Cannot use ${index} as an index: the axis has ${length} elements`);
}

/** The position, counted in elements of `data`, of the element that `index` names. */
export function locate({ shape, strides, offset }: Place, index: readonly number[]): number {
  if (index.length !== shape.length) {
    throw new RangeError(
      `Cannot find an element by ${index.length} indices: the array has ${shape.length} axes`,
    );
  }
  let position = offset;
  for (let axis = 0; axis < shape.length; axis++) {
    position += checkIndex(index[axis], shape[axis]) * strides[axis];
  }
  return position;
}

/** The place of a part: for each axis a range, an index that drops it, or null for all of it. */
export function slice(place: Place, ranges: readonly (SliceRange | number | null)[]): Place {
  if (ranges.length > place.shape.length) {
    throw new RangeError(`Cannot slice ${place.shape.length} axes with ${ranges.length} ranges`);
  }
  const shape: number[] = [], strides: number[] = [];
  let offset = place.offset;
  for (let axis = 0; axis < place.shape.length; axis++) {
    const range = ranges[axis] ?? [], length = place.shape[axis], stride = place.strides[axis];
    if (typeof range === "object" && Array.isArray(range)) {
      const [first, count, step] = sliceAxis(range as SliceRange, length);
      // An empty view stays at its base: its first index may lie beyond the end.
      if (count > 0) offset += first * stride;
      shape.push(count);
      strides.push(stride * step);
    } else {
      offset += checkIndex(range as number, length) * stride;
    }
  }
  return { shape, strides, offset };
}

/** The place with its axes in another order (negative from the end); reversed where none is given. */
export function transpose({ shape, strides, offset }: Place, axes: readonly number[]): Place {
  const rank = shape.length;
  const order = axes.length > 0
    ? axes.map((axis) => typeof axis === "number" && axis < 0 ? axis + rank : axis)
    : shape.map((_, axis) => rank - 1 - axis);
  if (order.length !== rank || !shape.every((_, axis) => order.includes(axis))) {
    throw new RangeError(`Cannot transpose ${rank} axes by ${text(axes)}: name each axis once`);
  }
  return {
    shape: order.map((axis) => shape[axis]),
    strides: order.map((axis) => strides[axis]),
    offset,
  };
}

/** Replaces the one -1 of `shape` by what `size` leaves, and checks that the whole fits. */
export function resolveShape(shape: Shape, size: number): readonly number[] {
  const wanted = typeof shape === "number" ? [shape] : shape;
  const unknown = Array.isArray(wanted) ? wanted.indexOf(-1) : -1;
  let resolved: readonly number[];
  if (unknown < 0) {
    resolved = checkShape(wanted);
  } else {
    const known = sizeOf(checkShape(wanted.toSpliced(unknown, 1)));
    const length = known === 0 ? NaN : size / known;
    if (!Number.isInteger(length)) {
      throw new RangeError(`Cannot reshape ${size} elements to ${text(wanted)}: they do not divide evenly`);
    }
    resolved = wanted.with(unknown, length);
  }
  if (sizeOf(resolved) !== size) {
    throw new RangeError(
      `Cannot reshape ${size} elements to ${text(resolved)}: it holds ${sizeOf(resolved)}`,
    );
  }
  return resolved;
}

/**
 * The strides by which the same elements have another shape, or undefined where only a copy gives it.
 *
 * Source: the rule of NumPy's `_attempt_nocopy_reshape`: runs of old and new axes that hold equally many
 * elements are matched, and the old axes of a run must lie in one another without gaps.
 */
export function reshapeStrides(
  shape: readonly number[],
  strides: readonly number[],
  wanted: readonly number[],
): readonly number[] | undefined {
  if (sizeOf(shape) === 0) return rowMajor(wanted);
  const axes = shape.map((_, axis) => axis).filter((axis) => shape[axis] !== 1);
  const result = new Array<number>(wanted.length).fill(1);
  let from = 0, to = 0;
  while (from < axes.length) {
    while (wanted[to] === 1) to++;
    const first = to;
    let have = shape[axes[from]], need = wanted[to++];
    let last = from++;
    while (have !== need) {
      if (need < have) {
        need *= wanted[to++];
      } else {
        if (strides[axes[last]] !== strides[axes[from]] * shape[axes[from]]) return undefined;
        have *= shape[axes[from]];
        last = from++;
      }
    }
    let step = strides[axes[last]];
    for (let axis = to - 1; axis >= first; axis--) {
      result[axis] = step;
      step *= wanted[axis];
    }
  }
  return result;
}

/** The strides by which an array fills `wanted` by repetition, or undefined where the shapes do not fit. */
export function broadcastStrides(
  shape: readonly number[],
  strides: readonly number[],
  wanted: readonly number[],
): readonly number[] | undefined {
  const result = new Array<number>(wanted.length).fill(0);
  const shift = wanted.length - shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 1) continue;
    if (axis + shift < 0 || shape[axis] !== wanted[axis + shift]) return undefined;
    result[axis + shift] = strides[axis];
  }
  return result;
}

/** Python's `slice(start, stop, step).indices(length)`, as first index, number of elements, step. */
export function sliceAxis(range: SliceRange, length: number): [first: number, count: number, step: number] {
  const [start, stop, step] = range;
  const by = step ?? 1;
  if (typeof by !== "number") throw new TypeError(`Cannot use ${describe(by)} as a step: give a number`);
  if (!Number.isInteger(by) || by === 0) {
    throw new RangeError(`Cannot slice with step ${by}: give an integer other than 0`);
  }
  const first = clip(start, by > 0 ? 0 : length - 1, by, length);
  const end = clip(stop, by > 0 ? length : -1, by, length);
  return [first, Math.max(0, Math.ceil((end - first) / by)), by];
}

function clip(bound: number | null | undefined, absent: number, step: number, length: number): number {
  if (bound === null || bound === undefined) return absent;
  if (typeof bound !== "number") {
    throw new TypeError(`Cannot slice at ${describe(bound)}: give a number or null`);
  }
  if (!Number.isInteger(bound) && Math.abs(bound) !== Infinity) {
    throw new RangeError(`Cannot slice at ${bound}: bounds are integers`);
  }
  const position = bound < 0 ? bound + length : bound;
  const low = step > 0 ? 0 : -1;
  return Math.min(Math.max(position, low), low + length);
}
