/**
 * Where an array's slots lie: making shared ones, finding those of others, and naming them for the journey.
 */

import { compact, type Placed } from "./_copy.ts";
import { describe } from "./_describe.ts";
import { rowMajor, sizeOf, text } from "./_strides.ts";
import { Block, blockContaining } from "./block.ts";
import {
  checkDType,
  type DType,
  dtypeOf,
  itemSize,
  lanes,
  type TypedArray,
  type TypedArrayOf,
  viewConstructor,
} from "./dtype.ts";
import { isHeapBuffer } from "./heap.ts";
import { SharedMemory } from "./shared_memory.ts";
import type { BlockReference, Packed } from "./travel.ts";

/** What arrays lie over: a typed array, or shared memory (anything with its `buf`). */
export type ArraySource = TypedArray | Uint8ClampedArray | { readonly buf: Uint8Array };

/** Options of `NDArray.shared`. */
export interface SharedNDArrayOptions {
  /** The name by which other threads attach to the memory; none by default. */
  readonly name?: string;
}

/** The memory that an array and all views on it rely on, as this thread knows it. */
export interface Origin {
  /** The block of the heap, where this thread holds it directly. */
  readonly block?: Block;
  /** Gives the memory back, or this thread's hold on it. */
  readonly end: () => void;
  /** Whether that has happened. */
  disposed: boolean;
}

/** What an array in the heap is turned into for the journey. */
interface PackedShared {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly byteOffset: number;
  readonly length: number;
}

/** Keeps what owns the memory alive while a typed array over it is. */
const relied = new WeakMap<TypedArray, object>();

/** Zeroed slots in the heap; under a name, if there is one. */
export function allocate<D extends DType>(
  size: number,
  dtype: D,
  name?: string,
): [data: TypedArrayOf<D>, origin: Origin] {
  const byteLength = size * itemSize(dtype), slots = size * lanes(dtype);
  if (name === undefined) {
    const block = Block.allocate(byteLength, "ndarray");
    const data = block.view(dtype, 0, slots);
    block.watch(data);
    return [data, { block, end: () => block.free(), disposed: false }];
  }
  const memory = SharedMemory.create(Math.max(1, byteLength), { name });
  const data = new (viewConstructor(dtype))(memory.buffer, memory.byteOffset, slots);
  relied.set(data, memory);
  return [data, { end: () => memory[Symbol.dispose](), disposed: false }];
}

/** Slots over memory there is, checked for kind, fit and alignment. */
export function viewOver(
  source: ArraySource,
  shape: readonly number[],
  dtype: DType | undefined,
  byteOffset: number,
): [data: TypedArray, dtype: DType] {
  const view = ArrayBuffer.isView(source) ? source : source?.buf;
  if (!ArrayBuffer.isView(view)) {
    throw new TypeError(`Cannot put an array over ${describe(source)}: give a SharedMemory or a typed array`);
  }
  const type = checkDType(dtype ?? (view === source ? dtypeOf(source) : "float64"));
  const View = viewConstructor(type), slot = View.BYTES_PER_ELEMENT;
  if (!Number.isSafeInteger(byteOffset) || byteOffset < 0) {
    throw new RangeError(`Cannot put an array at byteOffset ${byteOffset}: give an integer from 0 on`);
  }
  const start = view.byteOffset + byteOffset;
  if (start % slot !== 0) {
    throw new RangeError(
      `Cannot put ${type} elements at byte ${start} of the buffer: give a multiple of ${slot}`,
    );
  }
  const needed = sizeOf(shape) * itemSize(type), available = view.byteLength - byteOffset;
  if (needed > available) {
    throw new RangeError(
      `Cannot put a ${type} array of shape ${text(shape)} there: it needs ${needed} bytes, ${
        Math.max(0, available)
      } are available`,
    );
  }
  const data = new View(view.buffer, start, sizeOf(shape) * lanes(type));
  if (view.buffer instanceof SharedArrayBuffer) relied.set(data, source);
  return [data, type];
}

/** Packs an array: by reference where it lies in shared memory, else a compact copy. */
export function packArray({ data, dtype, shape, strides, offset }: Placed, block?: Block): Packed {
  const tag = "NDArray";
  if (!(data.buffer instanceof SharedArrayBuffer)) {
    const copy = compact({ data, dtype, shape, strides, offset });
    return {
      tag,
      blocks: [],
      data: { data: copy, dtype, shape, strides: rowMajor(shape), offset: 0 } satisfies Placed,
    };
  }
  if (!isHeapBuffer(data.buffer)) {
    return { tag, blocks: [], data: { data, dtype, shape, strides, offset } satisfies Placed };
  }
  const reference = block?.reference ?? blockContaining(data.byteOffset);
  if (!reference) throw new ReferenceError("Cannot send an NDArray whose memory was given back");
  const byteOffset = data.byteOffset - reference.offset;
  const packed: PackedShared = { dtype, shape, strides, offset, byteOffset, length: data.length };
  return { tag, blocks: [reference], data: packed };
}

/** Finds the slots of a packed array in this thread. */
export function unpackArray(
  blocks: readonly BlockReference[],
  packed: unknown,
): [placed: Placed, origin: Origin | undefined] {
  if (blocks.length === 0) return [packed as Placed, undefined];
  const { dtype, shape, strides, offset, byteOffset, length } = packed as PackedShared;
  const arrival = arrivalAt(blocks[0], dtype, byteOffset, length);
  const placed = { data: arrival.data, dtype, shape: shape.slice(), strides: strides.slice(), offset };
  return [placed, new Arrived(arrival)];
}

/** Slots of others that arrays of this thread lie over, and the hold on them. */
interface Arrival {
  readonly block: Block;
  readonly data: TypedArray;
  readonly dtype: DType;
  /** The arrays over them that nobody has disposed. */
  users: number;
}

/**
 * The slots that arrived here lately, by their first byte: an array that comes again, as one does that is an argument of
 * many calls, is another object over the same slots. They are kept by these objects and not by this table.
 */
const arrivals = new Map<number, WeakRef<Arrival>>();
const MOST_ARRIVALS = 256;

function arrivalAt(reference: BlockReference, dtype: DType, byteOffset: number, length: number): Arrival {
  const at = reference.offset + byteOffset, known = arrivals.get(at)?.deref();
  if (known && known.dtype === dtype && known.data.length === length && !known.block.released) {
    if (known.block.reference.generation === reference.generation) return known;
  }
  const block = Block.attach(reference), data = block.view(dtype, byteOffset, length);
  const arrival: Arrival = { block, data, dtype, users: 0 };
  if (arrivals.size >= MOST_ARRIVALS) arrivals.clear();
  arrivals.set(at, new WeakRef(arrival));
  return arrival;
}

/** The origin of an array that arrived here. */
class Arrived implements Origin {
  disposed = false;
  readonly #arrival: Arrival;

  constructor(arrival: Arrival) {
    this.#arrival = arrival;
    arrival.users++;
  }

  get block(): Block {
    return this.#arrival.block;
  }

  /** The hold ends with the last of its users, or when they are collected. */
  end(): void {
    if (--this.#arrival.users === 0) this.#arrival.block.release();
  }
}
