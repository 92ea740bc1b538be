/**
 * A value in shared memory that any thread changes in one step, as Python's `Value`; with a lock for more
 * than one step.
 *
 * @module
 */

import { type Cell, cellIn } from "./_cell.ts";
import { checkLock, withLock } from "./_with_lock.ts";
import { Block } from "./block.ts";
import { checkDType, type DType, type ElementOf, itemSize, type StorableOf } from "./dtype.ts";
import { type Lock, RLock } from "./lock.ts";
import { type BlockReference, PACK, type Packed, registerUnpacker } from "./travel.ts";
import type { WaitOptions } from "./wait.ts";

/** Options of {@linkcode SharedValue}. */
export interface SharedValueOptions {
  /** What `lock` is; several containers may have one lock. @default a new RLock */
  readonly lock?: Lock | RLock;
}

/** What the constructor gets when it rebuilds a value that came from another thread. */
class Travelled {
  constructor(readonly block: BlockReference) {}
}

/**
 * One value in shared memory. It travels to other threads by reference, its lock with it.
 *
 * Reading and writing `value` is one step each, and so is each of {@linkcode SharedValue.add}, `sub`,
 * `exchange` and `compareExchange`, for integers and floats; these four return the value of before. `value +=
 * 1` is two steps: between them another thread may write, and its change is lost. Use `add(1)`, or hold the
 * lock. No step takes the lock, so the lock keeps out only those who take it too.
 *
 * Integers wrap around and lose their fraction, as in typed arrays. Complex values have two parts, read and
 * written one after the other; the four verbs refuse them: hold the lock.
 *
 * The bytes are reused on disposal, else when the last object over them in any thread is collected.
 *
 * @typeParam D The element type.
 *
 * @example Counting in several threads
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pool } from "@multicore/multicore/pool";
 * import { SharedValue } from "@multicore/multicore/shared";
 *
 * await using pool = new Pool(2);
 * using total = new SharedValue("int32");
 * await pool.map((n: number) => void total.add(n), [1, 2, 3, 4]);
 * assertEquals(total.value, 10);
 * ```
 */
export class SharedValue<D extends DType = DType> implements Disposable {
  /** The element type. */
  readonly dtype: D;
  /** For what takes more than one step. It is held only by those who acquire it. */
  readonly lock: Lock | RLock;
  readonly #block: Block;
  readonly #cell: Cell;
  readonly #made: boolean;
  readonly #ownsLock: boolean;
  #disposed = false;

  /**
   * Makes a value.
   *
   * @param dtype The element type.
   * @param initial The value at first: a number, a bigint for 64-bit integers, `[re, im]` or a number for
   * complex types; zero by default.
   * @param options The lock.
   * @throws {TypeError} If `dtype` is unknown, `initial` is of another kind, or the lock is no lock.
   * @throws {SharedMemoryFullError} If the heap cannot hold it.
   */
  constructor(dtype: D, initial?: StorableOf<D>, options?: SharedValueOptions);
  constructor(dtype: D, initial?: StorableOf<D> | Travelled, options: SharedValueOptions = {}) {
    this.dtype = checkDType(dtype);
    const lock = checkLock(options.lock), travelled = initial instanceof Travelled;
    this.#made = !travelled;
    this.#ownsLock = lock === undefined;
    this.#block = travelled ? Block.attach(initial.block) : Block.allocate(itemSize(dtype), "value");
    try {
      this.#cell = cellIn(this.#block, dtype);
      if (initial !== undefined && !travelled) this.#cell.store(initial);
      this.lock = lock ?? new RLock();
    } catch (error) {
      this.#block.release();
      throw error;
    }
  }

  get #open(): Cell {
    if (!this.#disposed) return this.#cell;
    throw new ReferenceError("Cannot use the SharedValue: it was disposed; make a new one");
  }

  /**
   * The value, read or written in one step. Integers wrap around when set, as in typed arrays; after disposal
   * it throws `ReferenceError`.
   */
  get value(): ElementOf<D> {
    return this.#open.load() as ElementOf<D>;
  }

  set value(value: StorableOf<D>) {
    this.#open.store(value);
  }

  /**
   * Adds, in one step.
   *
   * @param n What to add; integers lose its fraction. The sum wraps around, or is rounded to what the type
   * holds.
   * @returns The value of before.
   * @throws {TypeError} If `n` is of another kind, or the value complex.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { SharedValue } from "@multicore/multicore/shared";
   *
   * using tickets = new SharedValue("uint8", 255);
   * assertEquals(tickets.add(3), 255);
   * assertEquals(tickets.value, 2);
   * ```
   */
  add(n: StorableOf<D>): ElementOf<D> {
    return this.#open.add(n) as ElementOf<D>;
  }

  /**
   * Subtracts, in one step.
   *
   * @param n What to subtract, as for {@linkcode SharedValue.add}.
   * @returns The value of before.
   * @throws {TypeError} If `n` is of another kind, or the value complex.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { SharedValue } from "@multicore/multicore/shared";
   *
   * using left = new SharedValue("int64", 10n);
   * assertEquals(left.sub(3n), 10n);
   * assertEquals(left.value, 7n);
   * ```
   */
  sub(n: StorableOf<D>): ElementOf<D> {
    return this.#open.sub(n) as ElementOf<D>;
  }

  /**
   * Puts another value in place, in one step.
   *
   * @param value The new value.
   * @returns The value of before.
   * @throws {TypeError} If `value` is of another kind, or the value complex.
   *
   * @example
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { SharedValue } from "@multicore/multicore/shared";
   *
   * using highest = new SharedValue("float64", 1.5);
   * assertEquals(highest.exchange(2.5), 1.5);
   * ```
   */
  exchange(value: StorableOf<D>): ElementOf<D> {
    return this.#open.exchange(value) as ElementOf<D>;
  }

  /**
   * Puts another value in place if the present one is `expected`, in one step. Both are first converted as on
   * writing. Values are compared as `Array.includes` does: `NaN` equals `NaN`, and `0` equals `-0`.
   *
   * @param expected What the value must be to be replaced.
   * @param value The new value.
   * @returns The value of before: it was replaced if that is `expected`.
   * @throws {TypeError} If an argument is of another kind, or the value complex.
   *
   * @example Keep the maximum
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { SharedValue } from "@multicore/multicore/shared";
   *
   * using highest = new SharedValue("float64", -Infinity);
   * function raise(to: number) {
   *   for (let seen = highest.value; seen < to;) {
   *     const before = highest.compareExchange(seen, to);
   *     if (before === seen) return;
   *     seen = before;
   *   }
   * }
   * for (const x of [2, 5, 3]) raise(x);
   * assertEquals(highest.value, 5);
   * ```
   */
  compareExchange(expected: StorableOf<D>, value: StorableOf<D>): ElementOf<D> {
    return this.#open.compareExchange(expected, value) as ElementOf<D>;
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
   * import { SharedValue } from "@multicore/multicore/shared";
   *
   * using balance = new SharedValue("float64", 100);
   * const interest = async () => {
   *   const before = balance.value;
   *   await Promise.resolve(); // other functions may run, but none that needs the lock
   *   balance.value = before * 1.5;
   * };
   * await Promise.all([balance.withLock(interest), balance.withLock(interest)]);
   * assertEquals(balance.value, 225);
   * ```
   */
  async withLock<R>(fn: () => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    void this.#open;
    return await withLock(this.lock, fn, options);
  }

  /**
   * Gives the bytes back, for every thread, if this object made them; else ends this thread's hold on them. A
   * lock that was passed to the constructor stays. Idempotent.
   */
  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.#made) this.#block.free();
    else this.#block.release();
    if (this.#ownsLock) this.lock[Symbol.dispose]();
  }

  /**
   * Packs this value by reference.
   *
   * @returns What it is rebuilt from in another thread.
   * @ignore
   */
  [PACK](): Packed {
    void this.#open;
    return { tag: "SharedValue", blocks: [this.#block.reference], data: [this.dtype, this.lock] };
  }
}

registerUnpacker("SharedValue", ([block], data) => {
  const [dtype, lock] = data as [DType, Lock | RLock];
  return new SharedValue(dtype, new Travelled(block) as never, { lock });
});
