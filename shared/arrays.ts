/**
 * A typed array, and a single value, in memory that every thread sees: without a lock, as Python's `RawArray`
 * and `RawValue`.
 *
 * @module
 */

import { describe } from "./_describe.ts";
import { checkComplex, checkReal, readElement, writeElement } from "./_elements.ts";
import { Block } from "./block.ts";
import {
  checkDType,
  type DType,
  type ElementOf,
  isComplex,
  itemSize,
  lanes,
  type StorableOf,
  type TypedArrayOf,
} from "./dtype.ts";
import { type BlockReference, PACK, type Packed, registerUnpacker } from "./travel.ts";

/** The block behind an array or value, as this thread knows it. */
class Memory {
  readonly block: Block;
  readonly #made: boolean;
  #disposed = false;

  constructor(from: BlockReference | number, kind: "array" | "value") {
    this.#made = typeof from === "number";
    this.block = typeof from === "number" ? Block.allocate(from, kind) : Block.attach(from);
  }

  check(what: string): void {
    if (this.#disposed) throw new ReferenceError(`Cannot use a ${what} that was disposed`);
  }

  dispose(): void {
    this.#disposed = true;
    if (this.#made) this.block.free();
    else this.block.release();
  }
}

/**
 * An array of fixed length in shared memory, without a lock.
 *
 * It travels to other threads by reference. Threads that write the same element at once race; give each its own
 * part, use `Atomics` on `view`, or a `SharedArray`, which has a lock. The bytes are reused on disposal, else when
 * the last object over them in any thread is collected; `view` keeps them, a `subarray` of it alone does not.
 *
 * @typeParam D The element type.
 *
 * @example Squares
 * ```ts
 * import { RawArray } from "@multicore/multicore/shared";
 * import { assertEquals } from "@std/assert";
 *
 * using squares = new RawArray("float64", 4);
 * for (let i = 0; i < squares.length; i++) squares.view[i] = i * i;
 * assertEquals([...squares.view], [0, 1, 4, 9]);
 * ```
 */
export class RawArray<D extends DType = DType> implements Disposable {
  /** The element type. */
  readonly dtype: D;
  /** The number of elements. */
  readonly length: number;
  readonly #memory: Memory;
  readonly #view: TypedArrayOf<D>;

  /**
   * Makes an array of zeros, or of the items given.
   *
   * @param dtype The element type.
   * @param lengthOrItems How many zeros; or the items. Numbers stored in integers wrap around and lose their
   * fraction, as in typed arrays; 64-bit integers are bigints; complex items are `[re, im]` or real numbers, and a
   * typed array holds them interleaved.
   * @throws {RangeError} If a length is not an integer from 0 on, or a typed array ends within a complex item.
   * @throws {TypeError} If `dtype` is unknown, or an item is of another kind.
   * @throws {SharedMemoryFullError} If the heap cannot hold it.
   */
  constructor(dtype: D, lengthOrItems: number | Iterable<StorableOf<D>>);
  constructor(dtype: D, given: number | Iterable<StorableOf<D>> | Travelled) {
    this.dtype = checkDType(dtype);
    if (given instanceof Travelled) {
      this.length = given.length;
      this.#memory = new Memory(given.block, "array");
    } else {
      const items = typeof given === "number" ? undefined : readSlots(given, dtype);
      this.length = items ? items.length / lanes(dtype) : checkLength(given as number);
      this.#memory = new Memory(this.length * itemSize(dtype), "array");
      if (items) this.#memory.block.view(dtype, 0, items.length).set(items as never);
    }
    this.#view = this.#memory.block.view(dtype, 0, this.length * lanes(dtype));
    this.#memory.block.watch(this.#view);
  }

  /** The elements; complex ones take two slots each, `re, im`. After disposal it throws `ReferenceError`. */
  get view(): TypedArrayOf<D> {
    this.#memory.check("RawArray");
    return this.#view;
  }

  /** Gives the bytes back, for every thread, if this object made them; else ends this thread's hold on them. */
  [Symbol.dispose](): void {
    this.#memory.dispose();
  }

  /**
   * Packs this array by reference.
   *
   * @returns What it is rebuilt from in another thread.
   * @ignore
   */
  [PACK](): Packed {
    this.#memory.check("RawArray");
    const data = [this.dtype, this.length];
    return { tag: "RawArray", blocks: [this.#memory.block.reference], data };
  }
}

/**
 * One value in shared memory, without a lock.
 *
 * It travels to other threads by reference. `value` is read and written as one element of a typed array is:
 * `value += 1` is two steps, between which another thread may write; a `SharedValue` adds in one. The bytes are
 * reused on disposal, else when the last object over them in any thread is collected.
 *
 * @typeParam D The element type.
 *
 * @example A flag
 * ```ts
 * import { RawValue } from "@multicore/multicore/shared";
 * import { assertEquals } from "@std/assert";
 *
 * using level = new RawValue("uint8", 255);
 * level.value += 2; // wraps around, as typed arrays do
 * assertEquals(level.value, 1);
 * ```
 */
export class RawValue<D extends DType = DType> implements Disposable {
  /** The element type. */
  readonly dtype: D;
  readonly #memory: Memory;
  readonly #view: TypedArrayOf<D>;

  /**
   * Makes a value.
   *
   * @param dtype The element type.
   * @param initial The value at first: a number, a bigint for 64-bit integers, `[re, im]` or a number for complex
   * types; zero by default.
   * @throws {TypeError} If `dtype` is unknown, or `initial` is of another kind.
   * @throws {SharedMemoryFullError} If the heap cannot hold it.
   */
  constructor(dtype: D, initial?: StorableOf<D>);
  constructor(dtype: D, initial?: StorableOf<D> | Travelled) {
    this.dtype = checkDType(dtype);
    const travelled = initial instanceof Travelled;
    const given = initial !== undefined && !travelled;
    if (given) check(initial, dtype);
    this.#memory = new Memory(travelled ? initial.block : itemSize(dtype), "value");
    this.#view = this.#memory.block.view(dtype, 0, lanes(dtype));
    this.#memory.block.watch(this);
    if (given) writeElement(this.#view, dtype, 0, initial);
  }

  /** The value. Integers wrap around when set, as in typed arrays; after disposal it throws `ReferenceError`. */
  get value(): ElementOf<D> {
    this.#memory.check("RawValue");
    return readElement(this.#view, this.dtype, 0);
  }

  set value(value: StorableOf<D>) {
    this.#memory.check("RawValue");
    writeElement(this.#view, this.dtype, 0, value);
  }

  /** Gives the bytes back, for every thread, if this object made them; else ends this thread's hold on them. */
  [Symbol.dispose](): void {
    this.#memory.dispose();
  }

  /**
   * Packs this value by reference.
   *
   * @returns What it is rebuilt from in another thread.
   * @ignore
   */
  [PACK](): Packed {
    this.#memory.check("RawValue");
    return { tag: "RawValue", blocks: [this.#memory.block.reference], data: this.dtype };
  }
}

/** What the constructors get when they rebuild an object that came from another thread. */
class Travelled {
  constructor(readonly block: BlockReference, readonly length = 1) {}
}

function check(value: unknown, dtype: DType): void {
  if (isComplex(dtype)) checkComplex(value, dtype);
  else checkReal(value, dtype);
}

function checkLength(length: number): number {
  if (Number.isSafeInteger(length) && length >= 0) return length;
  throw new RangeError(`Cannot make an array of length ${length}: give an integer from 0 on, or the items`);
}

/** The items as typed-array slots, two for a complex item. */
function readSlots<D extends DType>(items: Iterable<StorableOf<D>>, dtype: D): ArrayLike<number | bigint> {
  if (typeof items !== "object" || items === null || !(Symbol.iterator in items)) {
    throw new TypeError(`Cannot make an array of ${describe(items)}: give a length or the items`);
  }
  if (ArrayBuffer.isView(items)) {
    const slots = items as unknown as ArrayLike<number | bigint>;
    if (slots.length > 0) check(slots[0], isComplex(dtype) ? "float64" : dtype);
    if (slots.length % lanes(dtype) === 0) return slots;
    throw new RangeError(
      `Cannot read ${dtype} items from ${slots.length} numbers: the last imaginary part is missing`,
    );
  }
  const slots: (number | bigint)[] = [];
  for (const item of items) {
    if (isComplex(dtype)) slots.push(...checkComplex(item, dtype));
    else slots.push(checkReal(item, dtype));
  }
  return slots;
}

registerUnpacker("RawArray", ([block], data) => {
  const [dtype, length] = data as [DType, number];
  return new RawArray(dtype, new Travelled(block, length) as never);
});
registerUnpacker("RawValue", ([block], dtype) => new RawValue(dtype as DType, new Travelled(block) as never));
