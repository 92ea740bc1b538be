/**
 * Copying between arrays of any strides. One walker serves copies, fills, conversions and gathers: it merges
 * axes that lie in one another, so that whole contiguous arrays move in one native call.
 */

import { convert, writeElement } from "./_elements.ts";
import { broadcastStrides, extent, isRowMajor, type Place, rowMajor, sizeOf, text } from "./_strides.ts";
import { type DType, isComplex, lanes, type StorableOf, type TypedArray } from "./dtype.ts";
import { type TypedArrayOf, viewConstructor } from "./dtype.ts";

/** Elements and where they lie. */
export interface Placed<D extends DType = DType> extends Place {
  /** The slots they are in. */
  readonly data: TypedArrayOf<D>;
  /** Their type. */
  readonly dtype: D;
}

/** Below this many slots a loop beats the two views that a native copy takes. */
const NATIVE_FROM = 48;

/** The elements in row-major order, in storage of their own. */
export function compact<D extends DType>(source: Placed<D>): TypedArrayOf<D> {
  const { data, dtype, shape, strides, offset } = source;
  const width = lanes(dtype);
  const size = sizeOf(shape);
  if (isRowMajor(shape, strides)) {
    return data.slice(offset * width, (offset + size) * width) as TypedArrayOf<D>;
  }
  const result = new (viewConstructor(dtype))(size * width);
  move({ data: result, dtype, shape, strides: rowMajor(shape), offset: 0 }, source);
  return result;
}

/**
 * Assigns `source` to `target` element by element, repeating it where the shapes ask for it. Overlap does no
 * harm: what is read is what was there before.
 */
export function assign(target: Placed, source: Placed): void {
  const { shape } = target;
  const strides = broadcastStrides(source.shape, source.strides, shape);
  if (!strides) {
    throw new RangeError(
      `Cannot copy shape ${text(source.shape)} into shape ${text(shape)}: they do not fit`,
    );
  }
  const { data, dtype, offset } = source;
  if (isComplex(dtype) && !isComplex(target.dtype)) {
    throw new TypeError(`Cannot copy ${dtype} into ${target.dtype}: the imaginary parts would be lost`);
  }
  if (sizeOf(shape) === 0) return;
  if (dtype === target.dtype && !mayOverlap(target, source)) {
    return move(target, { data, dtype, shape, strides, offset });
  }
  // Another dtype, or elements that the writing may change: from a copy, in which nothing is repeated.
  const copy = convert(compact(source), dtype, target.dtype);
  const copied = broadcastStrides(source.shape, rowMajor(source.shape), shape)!;
  move(target, { data: copy, dtype: target.dtype, shape, strides: copied, offset: 0 });
}

/** Stores `value` in every element of `target`. */
export function fill<D extends DType>(target: Placed<D>, value: StorableOf<D>): void {
  const { data, dtype, shape, strides, offset } = target;
  const one = new (viewConstructor(dtype))(lanes(dtype));
  writeElement(one, dtype, 0, value);
  if (!isComplex(dtype) && isRowMajor(shape, strides)) {
    data.fill(one[0] as never, offset, offset + sizeOf(shape));
  } else {
    assign(target as unknown as Placed, { data: one, dtype, shape: [], strides: [], offset: 0 });
  }
}

/** Whether writing one may change the other; two buffer objects that are shared may be the same memory. */
function mayOverlap(a: Placed, b: Placed): boolean {
  const shared = (side: Placed) => side.data.buffer instanceof SharedArrayBuffer;
  if (a.data.buffer !== b.data.buffer && !(shared(a) && shared(b))) return false;
  const [aLow, aHigh] = byteRange(a);
  const [bLow, bHigh] = byteRange(b);
  return aLow < bHigh && bLow < aHigh;
}

function byteRange({ data, dtype, shape, strides, offset }: Placed): [low: number, high: number] {
  const bytes = data.BYTES_PER_ELEMENT * lanes(dtype);
  const [low, high] = extent(shape, strides);
  return [data.byteOffset + (offset + low) * bytes, data.byteOffset + (offset + high + 1) * bytes];
}

/** Moves elements of one dtype, with no regard to overlap. */
function move(target: Placed, source: Placed): void {
  const width = lanes(target.dtype);
  const [shape, to, from] = merge(target.shape, target.strides, source.strides, width);
  const into = asBits(target.data);
  const out = asBits(source.data);
  // The two parts of a complex element move together, where they do not merge with the axis before.
  const pairs = width === 2 && shape.length > 1 && shape.at(-1) === 2;
  if (pairs) shape.pop();
  const inner = shape.length - 1;
  const count = shape[inner], toStep = to[inner], fromStep = from[inner];
  const native = !pairs && toStep === 1 && fromStep === 1 && count >= NATIVE_FROM;
  const index = new Array<number>(inner).fill(0);
  let t = target.offset * width, s = source.offset * width;
  while (true) {
    if (native) into.set(out.subarray(s, s + count) as never, t);
    else if (into instanceof BigInt64Array) {
      moveBigRow(into, t, toStep, out as BigInt64Array, s, fromStep, count);
    } else {(pairs ? movePairs : moveRow)(
        into as Float64Array,
        t,
        toStep,
        out as Float64Array,
        s,
        fromStep,
        count,
      );}
    let axis = inner - 1;
    while (axis >= 0) {
      t += to[axis];
      s += from[axis];
      if (++index[axis] < shape[axis]) break;
      t -= to[axis] * shape[axis];
      s -= from[axis] * shape[axis];
      index[axis--] = 0;
    }
    if (axis < 0) return;
  }
}

function moveRow(
  into: Float64Array,
  t: number,
  toStep: number,
  out: Float64Array,
  s: number,
  fromStep: number,
  count: number,
): void {
  for (let i = 0; i < count; i++, t += toStep, s += fromStep) into[t] = out[s];
}

function movePairs(
  into: Float64Array,
  t: number,
  toStep: number,
  out: Float64Array,
  s: number,
  fromStep: number,
  count: number,
): void {
  for (let i = 0; i < count; i++, t += toStep, s += fromStep) {
    into[t] = out[s];
    into[t + 1] = out[s + 1];
  }
}

// Apart from moveRow, so that each sees at most four kinds of typed array and stays fast.
function moveBigRow(
  into: BigInt64Array,
  t: number,
  toStep: number,
  out: BigInt64Array,
  s: number,
  fromStep: number,
  count: number,
): void {
  for (let i = 0; i < count; i++, t += toStep, s += fromStep) into[t] = out[s];
}

/** Axes of length 1 dropped, axes that lie in one another on both sides merged; a complex element is an axis of 2. */
function merge(
  shape: readonly number[],
  to: readonly number[],
  from: readonly number[],
  width: number,
): [shape: number[], to: number[], from: number[]] {
  const lengths: number[] = [], toSteps: number[] = [], fromSteps: number[] = [];
  const add = (length: number, toStep: number, fromStep: number) => {
    const last = lengths.length - 1;
    if (length === 1) return;
    if (last >= 0 && toSteps[last] === toStep * length && fromSteps[last] === fromStep * length) {
      lengths[last] *= length;
      toSteps[last] = toStep;
      fromSteps[last] = fromStep;
    } else {
      lengths.push(length);
      toSteps.push(toStep);
      fromSteps.push(fromStep);
    }
  };
  for (let axis = 0; axis < shape.length; axis++) add(shape[axis], to[axis] * width, from[axis] * width);
  add(width, 1, 1);
  return lengths.length > 0 ? [lengths, toSteps, fromSteps] : [[1], [1], [1]];
}

/** The same slots as raw bits of their width; those of 8 bytes stay as they are, since floats would lose NaNs' bits. */
function asBits(data: TypedArray): TypedArray {
  const { buffer, byteOffset, length } = data;
  switch (data.BYTES_PER_ELEMENT) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length);
    case 2:
      return new Uint16Array(buffer, byteOffset, length);
    case 4:
      return new Uint32Array(buffer, byteOffset, length);
    default:
      return data instanceof BigUint64Array ? new BigInt64Array(buffer, byteOffset, length) : data;
  }
}
