/**
 * Whether two arrays have bytes in common.
 */

import { itemSize } from "../shared/dtype.ts";
import { isHeapBuffer } from "../shared/heap.ts";
import type { NDArray } from "../shared/ndarray.ts";

/**
 * Whether writing to one array may change what the other reads; exact, so interleaved views do not overlap.
 */
export function overlaps(a: NDArray, b: NDArray): boolean {
  if (a.size === 0 || b.size === 0 || !sameMemory(a.data.buffer, b.data.buffer)) return false;
  const [aLow, aHigh] = byteRange(a), [bLow, bHigh] = byteRange(b);
  const low = Math.max(aLow, bLow), high = Math.min(aHigh, bHigh);
  if (low >= high) return false;
  if (isDense(a, aHigh - aLow) && isDense(b, bHigh - bLow)) return true;
  const taken = new Uint8Array(high - low);
  forEachElement(a, (byte, bytes) => {
    taken.fill(1, Math.max(0, byte - low), Math.max(0, byte + bytes - low));
    return false;
  });
  return forEachElement(b, (byte, bytes) => {
    for (let i = Math.max(0, byte - low); i < byte + bytes - low; i++) if (taken[i]) return true;
    return false;
  });
}

/** The heap has a new buffer object each time that it grows, over the same bytes. */
function sameMemory(a: ArrayBufferLike, b: ArrayBufferLike): boolean {
  return a === b || isHeapBuffer(a) && isHeapBuffer(b);
}

function byteRange({ data, dtype, shape, strides, offset }: NDArray): [low: number, high: number] {
  const bytes = itemSize(dtype);
  let low = offset, high = offset;
  for (let axis = 0; axis < shape.length; axis++) {
    const reach = (shape[axis] - 1) * strides[axis];
    if (reach < 0) low += reach;
    else high += reach;
  }
  return [data.byteOffset + low * bytes, data.byteOffset + (high + 1) * bytes];
}

function isDense({ dtype, size }: NDArray, span: number): boolean {
  return size * itemSize(dtype) === span;
}

/** Calls `visit` with each element's first byte and size until it gives true, and tells whether it did. */
function forEachElement(array: NDArray, visit: (byte: number, bytes: number) => boolean): boolean {
  const { data, dtype, shape, strides, offset } = array;
  const bytes = itemSize(dtype);
  const walk = (axis: number, position: number): boolean => {
    if (axis === shape.length) return visit(data.byteOffset + position * bytes, bytes);
    for (let i = 0; i < shape[axis]; i++) if (walk(axis + 1, position + i * strides[axis])) return true;
    return false;
  };
  return walk(0, offset);
}
