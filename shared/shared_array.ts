/**
 * An array in shared memory with a lock, as Python's `Array`.
 *
 * @module
 */

import { describe } from "./_describe.ts";
import { readElement, writeElement } from "./_elements.ts";
import { checkLock, withLock } from "./_with_lock.ts";
import { RawArray } from "./arrays.ts";
import { checkDType, type DType, type ElementOf, type StorableOf, type TypedArrayOf } from "./dtype.ts";
import { type Lock, RLock } from "./lock.ts";
import { PACK, type Packed, registerUnpacker } from "./travel.ts";
import type { WaitOptions } from "./wait.ts";

/** Options of {@linkcode SharedArray}. */
export interface SharedArrayOptions {
  /** What `lock` is; several containers may have one lock. @default a new RLock */
  readonly lock?: Lock | RLock;
}

/** What the constructor gets when it rebuilds an array that came from another thread. */
class Travelled {
  constructor(readonly array: RawArray) {}
}

/**
 * An array of fixed length in shared memory, and a lock for those who share it. It travels to other threads
 * by reference, its lock with it.
 *
 * {@linkcode SharedArray.get}, {@linkcode SharedArray.set} and `view` do not take the lock: one element is
 * read or written as in a typed array. What reads and then writes, or must see several elements of one time,
 * runs in {@linkcode SharedArray.withLock} or between `lock.acquireSync()` and its release.
 *
 * The bytes are reused on disposal, else when the last object over them in any thread is collected; `view`
 * keeps them, a `subarray` of it alone does not.
 *
 * @typeParam D The element type.
 *
 * @example A histogram of several threads
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pool } from "@multicore/multicore/pool";
 * import { SharedArray } from "@multicore/multicore/shared";
 *
 * await using pool = new Pool(2);
 * using counts = new SharedArray("int32", 3);
 * await pool.map((n: number) => {
 *   using _guard = counts.lock.acquireSync();
 *   counts.set(n % 3, counts.get(n % 3) + 1);
 * }, [0, 1, 2, 3, 4, 5, 6]);
 * assertEquals([...counts], [3, 2, 2]);
 * ```
 */
export class SharedArray<D extends DType = DType> implements Disposable, Iterable<ElementOf<D>> {
  /** The element type. */
  readonly dtype: D;
  /** For what takes more than one step. It is held only by those who acquire it. */
  readonly lock: Lock | RLock;
  readonly #array: RawArray<D>;
  readonly #ownsLock: boolean;
  #disposed = false;

  /**
   * Makes an array of zeros, or of the items given.
   *
   * @param dtype The element type.
   * @param lengthOrItems How many zeros; or the items. Numbers stored in integers wrap around and lose their
   * fraction, as in typed arrays; 64-bit integers are bigints; complex items are `[re, im]` or real numbers,
   * and a typed array holds them interleaved.
   * @param options The lock.
   * @throws {RangeError} If a length is not an integer from 0 on, or a typed array ends within a complex
   * item.
   * @throws {TypeError} If `dtype` is unknown, an item is of another kind, or the lock is no lock.
   * @throws {SharedMemoryFullError} If the heap cannot hold it.
   */
  constructor(dtype: D, lengthOrItems: number | Iterable<StorableOf<D>>, options?: SharedArrayOptions);
  constructor(
    dtype: D,
    given: number | Iterable<StorableOf<D>> | Travelled,
    options: SharedArrayOptions = {},
  ) {
    this.dtype = checkDType(dtype);
    const lock = checkLock(options.lock);
    this.#ownsLock = lock === undefined;
    this.#array = given instanceof Travelled ? given.array as RawArray<D> : new RawArray(dtype, given);
    try {
      this.lock = lock ?? new RLock();
    } catch (error) {
      this.#array[Symbol.dispose]();
      throw error;
    }
  }

  /** The elements; complex ones take two slots each, `re, im`. After disposal it throws `ReferenceError`. */
  get view(): TypedArrayOf<D> {
    if (!this.#disposed) return this.#array.view;
    throw new ReferenceError("Cannot use the SharedArray: it was disposed; make a new one");
  }

  /** The number of elements. */
  get length(): number {
    return this.#array.length;
  }

  #checkIndex(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return index;
    if (typeof index !== "number") {
      throw new TypeError(`Cannot use ${describe(index)} as an index: give an integer`);
    }
    const range = this.length ? `0 to ${this.length - 1}` : "none";
    throw new RangeError(`Cannot use index ${index}: the array's are ${range}`);
  }

  /**
   * Reads an element, without the lock.
   *
   * @param index Which, from 0 on.
   * @returns The element; `[re, im]` of complex types.
   * @throws {RangeError} If `index` is not one of the array's.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { SharedArray } from "@multicore/multicore/shared";
   *
   * using primes = new SharedArray("uint16", [2, 3, 5]);
   * assertEquals(primes.get(2), 5);
   * ```
   */
  get(index: number): ElementOf<D> {
    const { view } = this;
    return readElement(view, this.dtype, this.#checkIndex(index));
  }

  /**
   * Writes an element, without the lock.
   *
   * @param index Which, from 0 on.
   * @param value The element; integers wrap around, as in typed arrays.
   * @throws {RangeError} If `index` is not one of the array's.
   * @throws {TypeError} If `value` is of another kind.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { SharedArray } from "@multicore/multicore/shared";
   *
   * using z = new SharedArray("complex128", 2);
   * z.set(1, [3, -4]);
   * assertEquals([...z], [[0, 0], [3, -4]]);
   * ```
   */
  set(index: number, value: StorableOf<D>): void {
    const { view } = this;
    writeElement(view, this.dtype, this.#checkIndex(index), value);
  }

  /**
   * Acquires the lock, runs a function, awaits it and releases the lock, also when it fails.
   *
   * It keeps apart all functions that run so, those of one thread included. With an `RLock`, the function may
   * itself call `withLock`; with a `Lock` that waits for ever.
   *
   * @param fn What to run.
   * @param options How long to wait for the lock at most.
   * @returns What `fn` returns.
   * @throws {TimeoutError} If the lock was not free in time; then `fn` was not called.
   * @throws {AbandonedLockError} If the lock's holder died; see `lock.recover()`.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { SharedArray } from "@multicore/multicore/shared";
   *
   * using pair = new SharedArray("int32", [1, 2]);
   * const sum = await pair.withLock(() => {
   *   pair.view.reverse();
   *   return pair.get(0) + pair.get(1);
   * });
   * assertEquals([...pair, sum], [2, 1, 3]);
   * ```
   */
  async withLock<R>(fn: () => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    void this.view;
    return await withLock(this.lock, fn, options);
  }

  /** Goes through the elements, without the lock. */
  *[Symbol.iterator](): IterableIterator<ElementOf<D>> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  /**
   * Gives the bytes back, for every thread, if this object made them; else ends this thread's hold on them. A
   * lock that was passed to the constructor stays. Idempotent.
   */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#array[Symbol.dispose]();
    if (this.#ownsLock) this.lock[Symbol.dispose]();
  }

  /**
   * Packs this array by reference.
   *
   * @returns What it is rebuilt from in another thread.
   * @ignore
   */
  [PACK](): Packed {
    void this.view;
    return { tag: "SharedArray", blocks: [], data: [this.#array, this.lock] };
  }
}

registerUnpacker("SharedArray", (_blocks, data) => {
  const [array, lock] = data as [RawArray, Lock | RLock];
  return new SharedArray(array.dtype, new Travelled(array) as never, { lock });
});
