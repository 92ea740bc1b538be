/**
 * Arrays of any number of axes, over memory of their own or over memory that every thread sees.
 *
 * An array is slots and a rule: element [i, j, …] is the one at `offset + i * strides[0] + j * strides[1] + …`.
 * So transposing, slicing and most reshaping make a new object over the same slots and move nothing.
 *
 * @module
 */

import { assign, compact, fill, type Placed } from "./_copy.ts";
import { describe } from "./_describe.ts";
import { convert, readElement, writeElement } from "./_elements.ts";
import { allocate, type ArraySource, type Origin, type SharedNDArrayOptions } from "./_memory.ts";
import { packArray, unpackArray, viewOver } from "./_memory.ts";
import { type Nested, type NestedItems, readItems, toNested } from "./_nested.ts";
import * as axes from "./_strides.ts";
import type { Shape, SliceRange } from "./_strides.ts";
import { checkDType, type DType, type DTypeOf, type ElementOf, lanes } from "./dtype.ts";
import { type StorableOf, type TypedArray, type TypedArrayOf, viewConstructor } from "./dtype.ts";
import { type BlockReference, PACK, type Packed, registerUnpacker } from "./travel.ts";

export type { ArraySource, Nested, NestedItems, Shape, SharedNDArrayOptions, SliceRange };

// Rebuilding needs the private constructor; the class hands it out when it is defined.
let rebuild: (blocks: readonly BlockReference[], data: unknown) => NDArray;

/**
 * An array of `shape.length` axes with elements of one type, as NumPy's `ndarray`.
 *
 * `zeros`, `from` and `copy` make unshared arrays; `shared` puts one in memory that every thread sees, so that
 * it travels to other threads by reference and never as a copy; `over` puts one over memory there is. Two
 * threads that write the same element at once race, as with any typed array.
 *
 * Indices may be negative and then count from the end. Numbers stored in integers wrap around and lose their
 * fraction, as in typed arrays; elements of 64-bit integers are bigints, complex ones `[re, im]`.
 *
 * @typeParam D The element type.
 *
 * @example A matrix, its transpose, a column
 * ```ts
 * import { NDArray } from "@multicore/multicore/shared";
 * import { assertEquals } from "@std/assert";
 *
 * const a = NDArray.from([[1, 2, 3], [4, 5, 6]]);
 * assertEquals(a.transpose().shape, [3, 2]);
 * assertEquals(a.slice(null, 1).toArray(), [2, 5]);
 * a.set(20, 0, -2);
 * assertEquals(a.transpose().get(1, 0), 20);
 * ```
 */
export class NDArray<D extends DType = DType> implements Disposable {
  /** The element type. */
  readonly dtype: D;
  /** Lengths of the axes. */
  readonly shape: readonly number[];
  /** Elements to move by for the next index along each axis; may be negative, or 0. */
  readonly strides: readonly number[];
  /** Element index of [0, …, 0] in `data`; 0 except in views. */
  readonly offset: number;
  /** The number of elements. */
  readonly size: number;
  private readonly slots: TypedArrayOf<D>; // no # field, so that deep equality and console.log see the elements
  readonly #origin: Origin | undefined;
  readonly #owns: boolean; // whether disposing it gives the memory back: not so in views

  private constructor(
    placed: Pick<Placed<D>, "data" | "dtype" | "shape"> & Partial<axes.Place>,
    origin?: Origin,
    owns = false,
  ) {
    this.dtype = placed.dtype;
    this.shape = placed.shape;
    this.strides = placed.strides ?? axes.rowMajor(placed.shape);
    this.offset = placed.offset ?? 0;
    this.size = axes.sizeOf(placed.shape);
    this.slots = placed.data;
    this.#origin = origin;
    this.#owns = owns;
  }

  static {
    rebuild = (blocks, packed) => {
      const [placed, origin] = unpackArray(blocks, packed);
      return new NDArray(placed, origin, true);
    };
  }

  /**
   * Makes an unshared array of zeros.
   *
   * @param shape Lengths of the axes; a number is one axis, `[]` none.
   * @param dtype The element type.
   * @returns A contiguous row-major array.
   * @throws {RangeError} If a length is not an integer from 0 on.
   * @throws {TypeError} If `dtype` is unknown.
   */
  static zeros<D extends DType = "float64">(shape: Shape, dtype: D = "float64" as D): NDArray<D> {
    const lengths = axes.checkShape(shape);
    const data = new (viewConstructor(checkDType(dtype)))(axes.sizeOf(lengths) * lanes(dtype));
    return new NDArray({ data, dtype, shape: lengths });
  }

  /**
   * Makes an unshared array of what nested arrays, a typed array or another array hold.
   *
   * Numbers give `"float64"`, bigints `"int64"`, booleans `"uint8"`; typed arrays and arrays keep their type.
   * With a complex `dtype` the innermost arrays are `[re, im]`; where `shape` is given, or `items` is a typed
   * array, twice as many numbers as elements are interleaved parts, as many are real parts.
   *
   * @param items What to copy; a single value makes an array without axes.
   * @param shape Lengths of the axes; those of the nesting by default.
   * @param dtype The element type to convert to; whole numbers wrap around, fractions are cut off.
   * @returns A contiguous row-major array.
   * @throws {RangeError} If the nesting is ragged, or `items` do not fill `shape`.
   * @throws {TypeError} If an item is no number, bigint or boolean, or complex elements would become real.
   *
   * @example
   * ```ts
   * import { NDArray } from "@multicore/multicore/shared";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(NDArray.from([1, 2, 3, 4], [2, 2]).toArray(), [[1, 2], [3, 4]]);
   * assertEquals(NDArray.from([[1, 0], [0, -1]], undefined, "complex128").shape, [2]);
   * ```
   */
  static from<D extends DType>(items: NestedItems | NDArray, shape: Shape | undefined, dtype: D): NDArray<D>;
  /** Keeps the element type of an array. */
  static from<D extends DType>(items: NDArray<D>, shape?: Shape): NDArray<D>;
  /** Keeps the element type of a typed array. */
  static from<A extends TypedArray | Uint8ClampedArray>(items: A, shape?: Shape): NDArray<DTypeOf<A>>;
  /** Numbers become `"float64"`. */
  static from(items: Nested<number>, shape?: Shape): NDArray<"float64">;
  /** Bigints become `"int64"`. */
  static from(items: Nested<bigint>, shape?: Shape): NDArray<"int64">;
  /** Booleans become `"uint8"`. */
  static from(items: Nested<boolean>, shape?: Shape): NDArray<"uint8">;
  /** The general form. */
  static from(items: NestedItems | NDArray, shape?: Shape, dtype?: DType): NDArray;
  static from(items: NestedItems | NDArray, shape?: Shape, dtype?: DType): NDArray {
    if (dtype !== undefined) checkDType(dtype);
    if (!(items instanceof NDArray)) return new NDArray(readItems(items, shape, dtype));
    const type = dtype ?? items.dtype;
    const lengths = shape === undefined ? items.shape : axes.resolveShape(shape, items.size);
    return new NDArray({ data: convert(compact(items), items.dtype, type), dtype: type, shape: lengths });
  }

  /**
   * Makes an array of zeros in shared memory, which travels to other threads by reference.
   *
   * Its bytes are reused on disposal, else when the last object over them in any thread is collected; `data`
   * keeps them, a `subarray` of it alone does not. Under a name, any thread gets at them by
   * `NDArray.over(SharedMemory.attach(name), shape, dtype)`, and disposal takes the name away.
   *
   * @param shape Lengths of the axes; a number is one axis, `[]` none.
   * @param dtype The element type.
   * @param options The name.
   * @returns A contiguous row-major array.
   * @throws {RangeError} If a length is not an integer from 0 on.
   * @throws {TypeError} If `dtype` is unknown.
   * @throws {SharedMemoryFullError} If the heap cannot hold it.
   * @throws {SharedMemoryExistsError} If the name is taken.
   *
   * @example
   * ```ts
   * import { NDArray, SharedMemory } from "@multicore/multicore/shared";
   * import { assertEquals } from "@std/assert";
   *
   * using frame = NDArray.shared([2, 3], "float32", { name: "frame" });
   * using memory = SharedMemory.attach("frame");
   * NDArray.over(memory, [2, 3], "float32").set(7, 1, 2);
   * assertEquals(frame.get(1, 2), 7);
   * ```
   */
  static shared<D extends DType = "float64">(
    shape: Shape,
    dtype: D = "float64" as D,
    options: SharedNDArrayOptions = {},
  ): NDArray<D> {
    const lengths = axes.checkShape(shape);
    const [data, origin] = allocate(axes.sizeOf(lengths), checkDType(dtype), options.name);
    return new NDArray({ data, dtype, shape: lengths }, origin, true);
  }

  /**
   * Puts an array over memory there is; nothing is copied.
   *
   * @param source A typed array, or a `SharedMemory`, which the array keeps from being collected, not from `close()`.
   * @param shape Lengths of the axes; a number is one axis, `[]` none.
   * @param dtype The element type; by default that of the typed array, `"float64"` over a `SharedMemory`.
   * @param byteOffset Where the first element lies, in bytes from the start of `source`.
   * @returns A contiguous row-major array.
   * @throws {RangeError} If `source` is too short, or the first element would not be aligned to its size.
   * @throws {TypeError} If `source` is neither, or `dtype` is unknown.
   *
   * @example
   * ```ts
   * import { NDArray } from "@multicore/multicore/shared";
   * import { assertEquals } from "@std/assert";
   *
   * const samples = new Float64Array(6);
   * NDArray.over(samples, [2, 3]).set(1, 1, 0);
   * assertEquals(samples[3], 1);
   * ```
   */
  static over<A extends TypedArray>(source: A, shape: Shape): NDArray<DTypeOf<A>>;
  /** Over any memory, with the element type given. */
  static over<D extends DType = "float64">(
    source: ArraySource,
    shape: Shape,
    dtype?: D,
    byteOffset?: number,
  ): NDArray<D>;
  static over(source: ArraySource, shape: Shape, dtype?: DType, byteOffset = 0): NDArray {
    const lengths = axes.checkShape(shape);
    const [data, type] = viewOver(source, lengths, dtype, byteOffset);
    return new NDArray({ data, dtype: type, shape: lengths });
  }

  /**
   * The slots that the elements lie in: exactly those of the elements in a fresh array, all of the base's in a
   * view on one. A complex element takes two slots, `re, im`.
   */
  get data(): TypedArrayOf<D> {
    if (this.#origin?.disposed) throw new ReferenceError("Cannot use an NDArray whose memory was disposed");
    return this.slots;
  }

  /** Whether the elements lie in memory that other threads can see. */
  get isShared(): boolean {
    return this.slots.buffer instanceof SharedArrayBuffer;
  }

  /**
   * Reads one element.
   *
   * @param index One integer an axis; negative ones count from the end.
   * @returns A number, a bigint for 64-bit integers, `[re, im]` for complex elements.
   * @throws {RangeError} If there are not as many indices as axes, or one is out of range.
   */
  get(...index: number[]): ElementOf<D> {
    return readElement(this.data, this.dtype, axes.locate(this, index));
  }

  /**
   * Stores one element.
   *
   * @param value A number, a bigint for 64-bit integers; `[re, im]` or a real number for complex elements.
   * @param index One integer an axis; negative ones count from the end.
   * @throws {RangeError} If there are not as many indices as axes, or one is out of range.
   * @throws {TypeError} If `value` is of another kind.
   */
  set(value: StorableOf<D>, ...index: number[]): void {
    writeElement(this.data, this.dtype, axes.locate(this, index), value);
  }

  /**
   * A view on one item of the first axis: a row of a matrix, an array without axes of a vector.
   *
   * @param index Which one; negative from the end.
   * @returns A view of one axis less.
   * @throws {RangeError} If `index` is out of range, or there is no axis.
   */
  at(index: number): NDArray<D> {
    return this.slice(index);
  }

  /**
   * A view on a part of the array; nothing is copied.
   *
   * @param ranges For each axis `[start, stop, step]` as Python's `start:stop:step` (parts may be absent or null);
   * a number, which drops the axis; or null for the whole axis. Axes not mentioned stay whole.
   * @returns A view.
   * @throws {RangeError} If a number is out of range, a step is 0, or there are more ranges than axes.
   *
   * @example
   * ```ts
   * import { NDArray } from "@multicore/multicore/shared";
   * import { assertEquals } from "@std/assert";
   *
   * const a = NDArray.from([[1, 2, 3], [4, 5, 6], [7, 8, 9]]);
   * assertEquals(a.slice([1, 99], [0, 2]).toArray(), [[4, 5], [7, 8]]);
   * assertEquals(a.slice(-1, [null, null, -1]).toArray(), [9, 8, 7]);
   * ```
   */
  slice(...ranges: readonly (SliceRange | number | null)[]): NDArray<D> {
    return this.#view(axes.slice(this, ranges));
  }

  /**
   * A view with the axes in another order; nothing is copied.
   *
   * @param order The old axes in their new order, negative from the end; reversed when absent.
   * @returns A view.
   * @throws {RangeError} If `order` does not name each axis once.
   */
  transpose(...order: number[]): NDArray<D> {
    return this.#view(axes.transpose(this, order));
  }

  /**
   * The same elements, row by row, in another shape: a view where strides can express it, else an unshared copy.
   *
   * @param shape Lengths of the axes; one may be -1 and is then what the others leave.
   * @returns A view or a copy.
   * @throws {RangeError} If the shape does not hold as many elements.
   */
  reshape(shape: Shape): NDArray<D> {
    const lengths = axes.resolveShape(shape, this.size);
    const strides = axes.reshapeStrides(this.shape, this.strides, lengths);
    if (strides) return this.#view({ shape: lengths, strides, offset: this.offset });
    return new NDArray({ data: compact(this), dtype: this.dtype, shape: lengths });
  }

  /**
   * Copies the elements.
   *
   * @returns An unshared, contiguous, row-major array.
   */
  copy(): NDArray<D> {
    return new NDArray({ data: compact(this), dtype: this.dtype, shape: this.shape });
  }

  /**
   * Stores `value` in every element.
   *
   * @param value As for {@linkcode NDArray.set}.
   * @returns This array.
   * @throws {TypeError} If `value` is of another kind.
   */
  fill(value: StorableOf<D>): this {
    fill<D>(this, value);
    return this;
  }

  /**
   * Copies another array into this one, repeating it along axes that it lacks or has length 1 in, as a NumPy
   * assignment does. Elements are converted as in typed arrays, real numbers to complex. The two may overlap.
   *
   * @param source The array to copy.
   * @returns This array.
   * @throws {RangeError} If the shapes do not fit.
   * @throws {TypeError} If `source` is no array, or is complex where this one is real.
   */
  copyFrom(source: NDArray): this {
    if (!(source instanceof NDArray)) {
      throw new TypeError(`Cannot copy from ${describe(source)}: give an NDArray`);
    }
    assign(this as Placed, source);
    return this;
  }

  /**
   * The elements as nested arrays, complex numbers as `[re, im]`; without axes the element itself.
   *
   * @typeParam R What the caller knows the nesting to be, as in `toArray<number[][]>()`; it is not checked.
   * @returns Plain arrays.
   */
  // deno-lint-ignore no-explicit-any -- the depth of the nesting is a value, so no type can tell it
  toArray<R = any>(): R {
    return toNested(this as Placed) as R;
  }

  /**
   * Goes over the first axis: `at(0)`, `at(1)`, …
   *
   * @returns Views, of one axis less each.
   * @throws {TypeError} If there is no axis.
   */
  *[Symbol.iterator](): Generator<NDArray<D>, void, unknown> {
    if (this.shape.length === 0) throw new TypeError("Cannot iterate over an array without axes");
    for (let i = 0; i < this.shape[0]; i++) yield this.at(i);
  }

  /**
   * Gives the memory back, for every thread, if {@linkcode NDArray.shared} made this array, and only this thread's
   * hold if it came from another. Then it throws, as do views on it. Does nothing for views and other arrays.
   */
  [Symbol.dispose](): void {
    if (!this.#owns || !this.#origin || this.#origin.disposed) return;
    this.#origin.disposed = true;
    this.#origin.end();
  }

  /**
   * Packs this array: by reference where it lies in shared memory, else a copy of its elements.
   *
   * @returns What it is rebuilt from in another thread.
   * @ignore
   */
  [PACK](): Packed {
    return packArray(this, this.#origin?.block);
  }

  #view({ shape, strides, offset }: axes.Place): NDArray<D> {
    return new NDArray({ data: this.data, dtype: this.dtype, shape, strides, offset }, this.#origin);
  }
}

registerUnpacker("NDArray", rebuild);
