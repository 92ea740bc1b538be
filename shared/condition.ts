/**
 * Conditions: wait for what others will change under a lock.
 *
 * ```
 * word 0  the mutex
 * word 1  the first waiter's node, or 0
 * word 2  byte offset of the lock's word
 *
 * a node, a block of its waiter's:   word 0  0 waits · 1 notified · 2 the condition was disposed, or the lock
 *                                    word 1  the next node, or 0
 *                                    word 2  the tag of the thread that waits
 * ```
 *
 * Each waiter has a node, in the order of arrival, so `notify(n)` reaches exactly those who waited when it was called,
 * and a wake cannot be taken by one who came later. Every change of the list is one store, under the mutex. A node that
 * waits leaves the list as its waiter gives up; a notified one only when its waiter holds the lock again.
 *
 * Who wakes a waiter: of a single one that is notified, whoever releases the lock, which that waiter needs; of several,
 * the notifier. If that thread dies first, the main thread. If a notified waiter dies before it holds the lock again, the
 * main thread hands its notification to the next. If a thread dies that held the lock, nobody may be left to notify: the
 * main thread notifies all, and they find the lock abandoned.
 *
 * @module
 */

import { HEADER } from "./_layout.ts";
import { hasCondition, setEndConditions, wasHeldBy } from "./_lock_word.ts";
import { enter, enterIfThere, guarded, isHeldBy, leave, leaveAt, seize } from "./_mutex.ts";
import { type Dead, DisposedMeanwhileError, registerRepair } from "./_owners.ts";
import { everyHeader } from "./_pages.ts";
import { load, myTag, Primitive, rebuild, store } from "./_primitive.ts";
import { Block, readHeader } from "./block.ts";
import { NotHeldError } from "./errors.ts";
import { type BaseLock, Lock, RLock } from "./lock.ts";
import { PACK, registerUnpacker } from "./travel.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions, wake, wakeAll } from "./wait.ts";

const MUTEX = 0, FIRST = 4, LOCK = 8, BYTES = 12;
const STATE = 0, NEXT = 4, WAITER = 8, NODE_BYTES = 12;
const WAITS = 0, NOTIFIED = 1, DISPOSED = 2;

/** Options of {@linkcode Condition.waitFor}. */
export type WaitForOptions = WaitOptions;

/**
 * Lets threads that hold a lock wait until another thread, holding it, notifies them.
 *
 * Waiting frees the lock, an `RLock` at all levels, and takes it again before it returns. A notification that finds
 * nobody waiting is not remembered: test what you wait for in a loop, or use {@linkcode Condition.waitFor}.
 *
 * When a thread dies that holds the lock, all who wait are woken: they get `AbandonedLockError` and do not hold it, or,
 * when another has recovered it meanwhile, go on as if notified.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Process } from "@multicore/multicore/pool";
 * import { Condition, RawValue } from "@multicore/multicore/shared";
 *
 * using condition = new Condition();
 * using count = new RawValue("int32");
 * const target = (condition: Condition, count: RawValue<"int32">) => {
 *   using _guard = condition.lock.acquireSync();
 *   count.value = 3;
 *   condition.notifyAll();
 * };
 * const process = new Process({ target, args: [condition, count] });
 * {
 *   using _guard = condition.lock.acquireSync();
 *   process.start();
 *   assertEquals(await condition.waitFor(() => count.value === 3), true);
 * }
 * await process.join();
 * ```
 */
export class Condition extends Primitive {
  /** The lock to hold around every call. */
  readonly lock: BaseLock;
  readonly #ownsLock: boolean;
  /** The nodes of those who wait through this object. */
  readonly #waiting = new Set<Block>();
  /** A node that nobody uses, for the next wait. */
  #spare: Block | undefined;

  /**
   * Makes a condition.
   *
   * @param lock The lock that protects what is waited for. @default a new RLock
   * @throws {TypeError} If `lock` is no lock.
   */
  constructor(lock?: Lock | RLock) {
    if (lock !== undefined && !(lock instanceof Lock) && !(lock instanceof RLock)) {
      throw new TypeError("Cannot make a condition: lock must be a Lock or an RLock");
    }
    super("condition", BYTES);
    this.#ownsLock = lock === undefined;
    this.lock = lock ?? new RLock();
    if (!this.isNew) return;
    const { offset } = this.lock[PACK]().blocks[0];
    store(this.offset + LOCK, offset | 0);
    hasCondition(offset);
  }

  #check(action: string): void {
    if (this.lock.isMine) return;
    throw new NotHeldError(
      `Cannot ${action} the condition: this thread does not hold its lock; acquire it first`,
    );
  }

  /**
   * Frees the lock, waits for a notification, and takes the lock again; the event loop goes on.
   *
   * @param options How long to wait for the notification; taking the lock again may last longer.
   * @returns Whether it was notified; false when the timeout passed.
   * @throws {NotHeldError} If this thread does not hold the lock.
   * @throws {AbandonedLockError} If another thread died while it held the lock; then this one does not hold it.
   * @throws {ReferenceError} If the condition was disposed while this waited; the lock is held if it still can be.
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    this.#check("wait for");
    const node = this.#enlist(), held = this.#suspend(node);
    let failure: { readonly error: unknown } | undefined;
    try {
      while (load(node.offset) === WAITS && await sleepAsync(node.offset, WAITS, deadline, options.signal));
    } catch (error) {
      failure = { error };
    }
    const state = this.#giveUp(node);
    try {
      await this.lock.acquire();
    } finally {
      this.#forget(node, state);
    }
    this.lock.resume(held);
    // Whoever was notified before the abort must not keep it from the others by failing.
    if (failure && state === WAITS) throw failure.error;
    return this.#outcome(state);
  }

  /**
   * As {@linkcode Condition.wait}, blocking.
   *
   * @param options How long to wait for the notification; taking the lock again may last longer.
   * @returns Whether it was notified; false when the timeout passed.
   * @throws {NotHeldError} If this thread does not hold the lock.
   * @throws {AbandonedLockError} If another thread died while it held the lock; then this one does not hold it.
   * @throws {ReferenceError} If the condition was disposed while this waited; the lock is held if it still can be.
   */
  waitSync(options: Pick<WaitOptions, "timeout"> = {}): boolean {
    const deadline = deadlineOf(options);
    this.#check("wait for");
    const node = this.#enlist(), held = this.#suspend(node);
    while (load(node.offset) === WAITS && sleepSync(node.offset, WAITS, deadline));
    const state = this.#giveUp(node);
    try {
      this.lock.acquireSync();
    } finally {
      this.#forget(node, state);
    }
    this.lock.resume(held);
    return this.#outcome(state);
  }

  /**
   * Waits until `predicate()` is true; it is called with the lock held.
   *
   * @param predicate What to wait for.
   * @param options How long at most.
   * @returns What the predicate gave last: false when the timeout passed.
   * @throws {NotHeldError} If this thread does not hold the lock.
   */
  async waitFor(predicate: () => boolean, options: WaitForOptions = {}): Promise<boolean> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    checkPredicate(predicate);
    this.#check("wait for");
    for (;;) {
      if (predicate()) return true;
      const left = deadline === Infinity ? Infinity : deadline - performance.now();
      if (left <= 0) return false;
      await this.wait({ ...options, ...(left < Infinity && { timeout: left }) });
    }
  }

  /**
   * As {@linkcode Condition.waitFor}, blocking.
   *
   * @param predicate What to wait for.
   * @param options How long at most.
   * @returns What the predicate gave last: false when the timeout passed.
   * @throws {NotHeldError} If this thread does not hold the lock.
   */
  waitForSync(predicate: () => boolean, options: Pick<WaitOptions, "timeout"> = {}): boolean {
    const deadline = deadlineOf(options);
    checkPredicate(predicate);
    this.#check("wait for");
    for (;;) {
      if (predicate()) return true;
      const left = deadline === Infinity ? Infinity : deadline - performance.now();
      if (left <= 0) return false;
      this.waitSync(left < Infinity ? { timeout: left } : {});
    }
  }

  /**
   * Notifies those who wait, the longest waiting first.
   *
   * @param n How many at most, an integer from 0 on.
   * @throws {NotHeldError} If this thread does not hold the lock.
   * @throws {TypeError} If `n` is not a number; {RangeError} if it is not an integer from 0 on.
   */
  notify(n = 1): void {
    if (typeof n !== "number") throw new TypeError("Cannot notify: n must be a number");
    if (n !== Infinity && !(Number.isSafeInteger(n) && n >= 0)) {
      throw new RangeError(`Cannot notify: n must be an integer from 0 on, got ${n}`);
    }
    this.#check("notify");
    const nodes = notifyFirst(this.offset, n);
    if (nodes.length === 1) this.lock.handOn(nodes[0] + STATE);
    else for (const node of nodes) wake(node + STATE);
  }

  /**
   * Notifies all who wait.
   *
   * @throws {NotHeldError} If this thread does not hold the lock.
   */
  notifyAll(): void {
    this.notify(Infinity);
  }

  /** Puts a node of this waiter's behind the others. */
  #enlist(): Block {
    const node = this.#spare ?? Block.allocate(NODE_BYTES, "node"), { offset } = this;
    this.#spare = undefined;
    store(node.offset + STATE, WAITS);
    store(node.offset + NEXT, 0);
    store(node.offset + WAITER, myTag());
    enter(offset + MUTEX);
    let link = offset + FIRST;
    for (let next; (next = load(link) >>> 0) !== 0;) link = next + NEXT;
    store(link, node.offset | 0);
    leave(offset + MUTEX);
    this.#waiting.add(node);
    return node;
  }

  /** Frees the lock for the wait of a node; another thread may have released it, or disposed it, just before. */
  #suspend(node: Block): ReturnType<BaseLock["suspend"]> {
    try {
      return this.lock.suspend();
    } catch (error) {
      const state = this.#giveUp(node);
      this.#forget(node, state);
      // It is not for a wait that fails.
      if (state === NOTIFIED) { for (const next of notifyFirst(this.offset, 1)) wake(next + STATE); }
      throw error;
    }
  }

  /** Ends the wait of a node; says in which state it was: {@linkcode WAITS} if it waited in vain. */
  #giveUp(node: Block): number {
    // Once it does not wait, it stays so; and after a disposal there is no list.
    const state = load(node.offset);
    if (state !== WAITS || this.isDisposed) return state;
    const { words, index, offset } = this;
    if (!enterIfThere(words, index + MUTEX / 4)) return load(node.offset);
    const last = load(node.offset);
    if (last === WAITS) unlink(offset, node.offset);
    leaveAt(words, index + MUTEX / 4);
    return last;
  }

  /** Gives the node back. One that was notified is in the list up to now. */
  #forget(node: Block, state: number): void {
    this.#waiting.delete(node);
    if (this.isDisposed) return node.free();
    const { words, index, offset } = this;
    if (state === NOTIFIED && enterIfThere(words, index + MUTEX / 4)) {
      unlink(offset, node.offset);
      leaveAt(words, index + MUTEX / 4);
    }
    if (this.#spare || this.isDisposed) node.free();
    else this.#spare = node;
  }

  #outcome(state: number): boolean {
    if (state === DISPOSED) throw this.disposedError();
    return state === NOTIFIED;
  }

  /** @ignore */
  protected override retire(forAll: boolean): void {
    const mine = new Set([...this.#waiting].map((node) => node.offset));
    endWaits(this.offset, (node) => forAll || mine.has(node));
  }

  /** Gives the memory back, the lock's too if the condition made it. */
  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#spare?.free();
    this.#spare = undefined;
    if (this.#ownsLock) this.lock[Symbol.dispose]();
  }

  /** @ignore */
  protected override packed(): unknown {
    return this.lock;
  }
}

function checkPredicate(predicate: unknown): void {
  if (typeof predicate === "function") return;
  throw new TypeError("Cannot wait for the condition: predicate must be a function");
}

/** Ends the waits of those of its nodes that it is the end for. */
function endWaits(offset: number, isEnd: (node: number) => boolean): void {
  const ended: number[] = [];
  guarded(offset + MUTEX, () => {
    for (let node = load(offset + FIRST) >>> 0; node; node = load(node + NEXT) >>> 0) {
      if (load(node + STATE) !== WAITS || !isEnd(node)) continue;
      store(node + STATE, DISPOSED);
      unlink(offset, node);
      ended.push(node);
    }
  });
  for (const node of ended) wake(node + STATE);
}

// Nobody can notify any more who must hold the lock for that.
setEndConditions((lock) => {
  for (const header of everyHeader()) {
    if (readHeader(header)?.kind !== "condition" || load(header + HEADER + LOCK) >>> 0 !== lock) continue;
    try {
      endWaits(header + HEADER, () => true);
    } catch (error) {
      if (!(error instanceof DisposedMeanwhileError)) throw error;
    }
  }
});

/** Takes a node out of the list. Under the mutex. */
function unlink(offset: number, node: number): void {
  let link = offset + FIRST;
  for (let next; (next = load(link) >>> 0) !== 0; link = next + NEXT) {
    if (next !== node) continue;
    store(link, load(node + NEXT));
    return;
  }
}

/** Notifies the first `count` who still wait; gives their nodes, for them to be woken. */
function notifyFirst(offset: number, count: number): number[] {
  const woken: number[] = [];
  enter(offset + MUTEX);
  for (let node = load(offset + FIRST) >>> 0; node && woken.length < count; node = load(node + NEXT) >>> 0) {
    if (load(node + STATE) !== WAITS) continue;
    store(node + STATE, NOTIFIED);
    woken.push(node);
  }
  leave(offset + MUTEX);
  return woken;
}

registerUnpacker("Condition", ([reference], lock) => rebuild(Condition, reference, lock as Lock | RLock));

registerRepair("condition", (offset, { tag }: Dead) => {
  wakeAll(offset + MUTEX); // the dead may have taken a wake with it
  if (load(offset + FIRST) === 0 && !isHeldBy(offset + MUTEX, tag)) return;
  const orphaned = wasHeldBy(load(offset + LOCK) >>> 0, tag), notified: number[] = [];
  let lost = 0;
  seize(offset + MUTEX, tag);
  for (let node = load(offset + FIRST) >>> 0; node; node = load(node + NEXT) >>> 0) {
    if (load(node + WAITER) === tag) {
      if (load(node + STATE) === NOTIFIED) lost++;
      unlink(offset, node);
      continue;
    }
    if (orphaned) store(node + STATE, NOTIFIED);
    // Its notifier may be the one who died, before it woke it.
    if (load(node + STATE) === NOTIFIED) notified.push(node);
  }
  leave(offset + MUTEX);
  for (const node of notified) wake(node + STATE);
  for (const node of notifyFirst(offset, lost)) wake(node + STATE);
});
