/**
 * Semaphores, whose permits come back when the thread that holds them dies.
 *
 * ```
 * word 0  the mutex
 * word 1  value: permits that are free; waiters wait for it to leave 0 · DISPOSED
 * word 2  total: permits there are, free and held together
 * word 3  bound + 1: the most that value may be, and 1; 0 without bound
 * word 4… permits held by each thread, by slot
 * ```
 *
 * Words are written plainly under the mutex, but for word 1, which is read outside. Invariant, outside the mutex:
 * value = total - the sum of what threads hold. The word of the thread is the truth and is written first; a repair
 * counts the sum anew. Who wakes a waiter: whoever releases, one for each permit; after a death the main thread, all
 * of them, as the dead may have taken a wake with it.
 *
 * @module
 */

import { MAX_THREADS } from "./_layout.ts";
import { enter, enterAt, isHeldBy, leave, leaveAt, seize } from "./_mutex.ts";
import { type Dead, registerRepair } from "./_owners.ts";
import { load, Primitive, rebuild, store } from "./_primitive.ts";
import { NotHeldError, TimeoutError } from "./errors.ts";
import { membership } from "./heap.ts";
import { LockGuard } from "./lock_guard.ts";
import { registerUnpacker } from "./travel.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions, wake, wakeAll } from "./wait.ts";

const MUTEX = 0, VALUE = 4, TOTAL = 8, BOUND = 12, HELD = 16;
const BYTES = HELD + MAX_THREADS * 4;
const MOST = 2 ** 31 - 1;
const DISPOSED = -1;

const heldBy = (offset: number, slot: number) => offset + HELD + slot * 4;

/**
 * A count of permits: `acquire` takes one, and waits while there is none.
 *
 * Permits belong to the thread that took them; those of a thread that dies come back. `release` may be called by any
 * thread: it gives back this thread's permits first, then those of others, and where none is taken it makes new ones.
 * So a thread that only takes, as one that is signalled does, still counts as the holder of what nobody gave back for it:
 * that comes back when it ends. For signals an `Event` or a `Condition` is the better choice.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Semaphore } from "@multicore/multicore/shared";
 *
 * using semaphore = new Semaphore(2);
 * {
 *   using _permit = semaphore.acquireSync();
 *   assertEquals(semaphore.value, 1);
 * }
 * assertEquals(semaphore.value, 2);
 * ```
 */
export class Semaphore extends Primitive {
  /**
   * Makes a semaphore.
   *
   * @param value Permits in the beginning, an integer from 0 on.
   * @throws {RangeError} If `value` is not that.
   */
  constructor(value = 1) {
    checkPermits(value, 0, "value");
    super("semaphore", BYTES);
    if (!this.isNew) return;
    store(this.offset + VALUE, value);
    store(this.offset + TOTAL, value);
  }

  /** Permits that are free. May be late. */
  get value(): number {
    return load(this.offset + VALUE);
  }

  /**
   * Waits for a permit; the event loop goes on. Not fair.
   *
   * @param options How long at most.
   * @returns A guard that gives it back.
   * @throws {TimeoutError} If the timeout passed; then no permit was taken.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  async acquire(options: WaitOptions = {}): Promise<LockGuard> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    while (!this.#take()) {
      if (!await sleepAsync(this.offset + VALUE, 0, deadline, options.signal)) throw late(options);
    }
    return this.#guard();
  }

  /**
   * Blocks until there is a permit. Not fair.
   *
   * @param options How long at most.
   * @returns A guard that gives it back.
   * @throws {TimeoutError} If the timeout passed; then no permit was taken.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  acquireSync(options: Pick<WaitOptions, "timeout"> = {}): LockGuard {
    const deadline = deadlineOf(options);
    while (!this.#take()) if (!sleepSync(this.offset + VALUE, 0, deadline)) throw late(options);
    return this.#guard();
  }

  /**
   * Takes a permit if there is one; answers at once.
   *
   * @returns A guard, or undefined.
   */
  tryAcquire(): LockGuard | undefined {
    return this.#take() ? this.#guard() : undefined;
  }

  #take(): boolean {
    const { words, index, offset } = this;
    if (Atomics.load(words, index + (VALUE >> 2)) === 0) return false;
    enterAt(words, index + (MUTEX >> 2));
    const value = words[index + (VALUE >> 2)];
    if (value > 0) {
      words[heldBy(offset, membership().slot) >>> 2]++;
      Atomics.store(words, index + (VALUE >> 2), value - 1);
    }
    leaveAt(words, index + (MUTEX >> 2));
    if (value < 0) throw this.disposedError();
    return value > 0;
  }

  #guard(): LockGuard {
    return new LockGuard(this, 0);
  }

  /** @ignore */
  giveBack(_turn: number): void {
    if (!this.isDisposed) this.release();
  }

  /**
   * Gives permits back, and wakes as many who wait.
   *
   * @param n How many, a positive integer.
   * @throws {RangeError} If `n` is not that, or there would be more than 2,147,483,647 permits.
   * @throws {NotHeldError} If a bounded semaphore would get more than it had in the beginning; then none is given back.
   */
  release(n = 1): void {
    if (n !== 1) checkPermits(n, 1, "n");
    const { words, index, offset } = this;
    enterAt(words, index + (MUTEX >> 2));
    const value = words[index + (VALUE >> 2)], bound = words[index + (BOUND >> 2)] - 1;
    const fits = value >= 0 && value + n <= (bound >= 0 ? bound : MOST);
    if (fits) {
      const mine = heldBy(offset, membership().slot) >>> 2;
      if (words[mine] >= n) words[mine] -= n;
      else giveBack(offset, n);
      Atomics.store(words, index + (VALUE >> 2), value + n);
    }
    leaveAt(words, index + (MUTEX >> 2));
    if (fits) return void wake(offset + VALUE, n);
    if (value < 0) throw this.disposedError();
    if (bound < 0) throw new RangeError(`Cannot release ${n} of the semaphore: it holds at most ${MOST}`);
    throw new NotHeldError(
      `Cannot release ${n} of the semaphore: it would have more than its ${bound} permits`,
    );
  }

  /** @ignore Sets the bound, for a bounded semaphore that is new. */
  protected setBound(bound: number): void {
    store(this.offset + BOUND, bound + 1);
  }

  /** @ignore */
  protected override retire(forAll: boolean): void {
    if (!forAll) return;
    const { offset } = this;
    enter(offset + MUTEX);
    store(offset + VALUE, DISPOSED);
    leave(offset + MUTEX);
  }

  /** @ignore */
  protected override rouse(offset: number): void {
    wakeAll(offset + VALUE);
  }
}

/** Takes `n` permits from this thread first; then from others, for which this one releases; what is left is new. */
function giveBack(offset: number, n: number): void {
  const mine = heldBy(offset, membership().slot), held = load(mine);
  let left = n - Math.min(n, held);
  store(mine, held - (n - left));
  for (let slot = 0; left && slot < MAX_THREADS; slot++) {
    const theirs = heldBy(offset, slot), taken = Math.min(left, load(theirs));
    if (taken) store(theirs, load(theirs) - taken);
    left -= taken;
  }
  if (left) store(offset + TOTAL, load(offset + TOTAL) + left);
}

/**
 * A semaphore that refuses to be released more often than it was acquired.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { BoundedSemaphore, NotHeldError } from "@multicore/multicore/shared";
 *
 * using semaphore = new BoundedSemaphore(1);
 * assertThrows(() => semaphore.release(), NotHeldError);
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  /**
   * Makes a semaphore.
   *
   * @param value Permits in the beginning, and the most there can be.
   * @throws {RangeError} If `value` is not an integer from 0 on.
   */
  constructor(value = 1) {
    super(value);
    if (this.isNew) this.setBound(value);
  }
}

function checkPermits(value: number, least: number, name: string): void {
  if (typeof value !== "number") throw new TypeError(`Cannot count permits: ${name} must be a number`);
  if (!Number.isSafeInteger(value) || value < least || value > MOST) {
    throw new RangeError(
      `Cannot count permits: ${name} must be an integer from ${least} to ${MOST}, got ${value}`,
    );
  }
}

function late({ timeout }: WaitOptions): TimeoutError {
  return new TimeoutError(`Cannot acquire the semaphore: no permit was free within ${timeout} ms`, timeout!);
}

registerUnpacker("Semaphore", ([reference]) => rebuild(Semaphore, reference));
registerUnpacker("BoundedSemaphore", ([reference]) => rebuild(BoundedSemaphore, reference));

registerRepair("semaphore", (offset, { tag, slot }: Dead) => {
  if (isHeldBy(offset + MUTEX, tag) || load(heldBy(offset, slot))) {
    seize(offset + MUTEX, tag);
    store(heldBy(offset, slot), 0);
    let held = 0;
    for (let other = 0; other < MAX_THREADS; other++) held += load(heldBy(offset, other));
    if (load(offset + VALUE) !== DISPOSED) store(offset + VALUE, Math.max(0, load(offset + TOTAL) - held));
    leave(offset + MUTEX);
  }
  // The dead may have taken a wake with it.
  wakeAll(offset + MUTEX);
  wakeAll(offset + VALUE);
});
