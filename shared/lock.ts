/**
 * Locks that any thread can hold, and that do not die with their holder.
 *
 * The state and its table are in `_lock_word.ts`.
 *
 * Who wakes a waiter: the holder as it releases; if the holder dies, the main thread, which marks the lock as
 * abandoned. A waiter that is woken takes the lock as one for which somebody waits, or says again that somebody does: so
 * a wake that reaches one who then gives up reaches another at the next release. A wake that reaches a waiter who dies
 * is made up for by the repair, which wakes all.
 *
 * @module
 */

import { stopIfCondemned } from "./_condemned.ts";
import {
  abandon,
  DISPOSED,
  endWord,
  freeWord,
  handOn,
  heldBy,
  isHolder,
  LEVELS,
  LOCK_BYTES,
  TURN,
  WAITED,
} from "./_lock_word.ts";
import { registerRepair } from "./_owners.ts";
import { myTag, Primitive, rebuild } from "./_primitive.ts";
import type { BlockKind } from "./block.ts";
import { AbandonedLockError, NotHeldError, TimeoutError } from "./errors.ts";
import { LockGuard } from "./lock_guard.ts";
import { registerUnpacker } from "./travel.ts";
import { checkTimeout, deadlineOf, sleepAsync, sleepSync, type WaitOptions, wakeAll } from "./wait.ts";

/** The turns that this thread has had, of all locks. */
let turns = 0;

/** What {@linkcode Lock} and {@linkcode RLock} share. */
export abstract class BaseLock extends Primitive {
  /** How this thread stands in the word as its holder. */
  readonly #mine: number = heldBy(myTag());

  /** @ignore */
  protected constructor(kind: BlockKind) {
    super(kind, LOCK_BYTES);
  }

  /** Takes the lock if it is free, or abandoned and `recovers`. `waited`: others may still wait. */
  protected abstract take(waited: 0 | 1, recovers: boolean): boolean;
  /** Gives back what one acquisition took. */
  abstract release(): void;
  /** @ignore Gives back what was acquired in that turn, if it is still held. */
  abstract giveBack(turn: number): void;

  /** Whether some thread holds it, or has abandoned it. May be late. */
  get locked(): boolean {
    return Atomics.load(this.words, this.index) !== 0;
  }

  /** Whether its holder died and nobody has recovered it yet. May be late. */
  get abandoned(): boolean {
    return Atomics.load(this.words, this.index) < 0;
  }

  /**
   * Waits for the lock; the event loop goes on. Not fair: who asks later may get it first.
   *
   * @param options How long at most.
   * @returns A guard that releases it.
   * @throws {TimeoutError} If the timeout passed; then it is not held.
   * @throws {AbandonedLockError} If its holder died; see {@linkcode BaseLock.recover}.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  async acquire(options: WaitOptions = {}): Promise<LockGuard> {
    return await this.#waitFor(options, false);
  }

  /**
   * Blocks until the lock is free. Not fair: who asks later may get it first.
   *
   * @param options How long at most.
   * @returns A guard that releases it.
   * @throws {TimeoutError} If the timeout passed; then it is not held.
   * @throws {AbandonedLockError} If its holder died; see {@linkcode BaseLock.recover}.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  acquireSync(options?: Pick<WaitOptions, "timeout">): LockGuard {
    if (options) checkTimeout(options.timeout);
    if (!this.take(0, false)) this.#blockFor(options, false);
    return this.#guard();
  }

  /**
   * Takes the lock if it is free; answers at once.
   *
   * @returns A guard, or undefined when it is held.
   * @throws {AbandonedLockError} If its holder died.
   */
  tryAcquire(): LockGuard | undefined {
    return this.take(0, false) ? this.#guard() : undefined;
  }

  /**
   * Waits for the lock and takes it even when it is abandoned, which clears the mark: whoever calls this puts in order
   * what the lock protects.
   *
   * @param options How long at most.
   * @returns A guard that releases it.
   * @throws {TimeoutError} If the timeout passed; then it is not held.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  async recover(options: WaitOptions = {}): Promise<LockGuard> {
    return await this.#waitFor(options, true);
  }

  /**
   * As {@linkcode BaseLock.recover}, blocking.
   *
   * @param options How long at most.
   * @returns A guard that releases it.
   * @throws {TimeoutError} If the timeout passed; then it is not held.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  recoverSync(options?: Pick<WaitOptions, "timeout">): LockGuard {
    this.#blockFor(options, true);
    return this.#guard();
  }

  async #waitFor(options: WaitOptions, recovers: boolean): Promise<LockGuard> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    for (let waited: 0 | 1 = 0; !this.take(waited, recovers); waited = 1) {
      const held = this.#announce();
      if (held && !await sleepAsync(this.offset, held, deadline, options.signal)) throw late(options);
    }
    return this.#guard();
  }

  #blockFor(options: WaitOptions = {}, recovers: boolean): void {
    const deadline = deadlineOf(options);
    for (let waited: 0 | 1 = 0; !this.take(waited, recovers); waited = 1) {
      const held = this.#announce();
      if (held && !sleepSync(this.offset, held, deadline)) throw late(options);
    }
  }

  /** Says in the word that somebody waits; gives the value whose change to wait for, or 0 when there is nothing to. */
  #announce(): number {
    const { words, index } = this, held = Atomics.load(words, index);
    if (held <= 0) return 0;
    const waited = held | WAITED;
    return held === waited || Atomics.compareExchange(words, index, held, waited) === held ? waited : 0;
  }

  #guard(): LockGuard {
    return new LockGuard(this, this.words[this.index + TURN]);
  }

  /**
   * Takes the word from 0 to this thread, or from the dead if it `recovers`; throws when it is abandoned.
   * `again`: one more level, if this thread holds it.
   */
  protected claim(waited: 0 | 1, recovers: boolean, again: boolean): boolean {
    const { words, index } = this;
    stopIfCondemned(words);
    const held = Atomics.compareExchange(words, index, 0, this.#mine | waited);
    if (held > 0) {
      if (!again || !isHolder(held, this.#mine)) return false;
      words[index + LEVELS]++;
      return true;
    }
    if (held < 0) {
      if (held === DISPOSED) throw this.disposedError();
      if (!recovers) throw abandonedBy(-held - 1);
      if (Atomics.compareExchange(words, index, held, this.#mine | WAITED) !== held) return false;
    }
    words[index + TURN] = turns = turns + 1 | 0;
    words[index + LEVELS] = 1;
    return true;
  }

  /** Frees the word, and wakes one who waits; `mine`: only if this thread holds it. */
  protected free(mine: boolean): void {
    const { words, index } = this;
    for (;;) {
      const held = Atomics.load(words, index);
      if (held === DISPOSED) throw this.disposedError();
      if (held <= 0 || mine && !isHolder(held, this.#mine)) throw notHeld(held);
      if (freeWord(words, index, held)) return;
    }
  }

  /** Frees the word, or one of its `levels`, if this thread has held it since that turn. */
  protected freeTurn(turn: number, levels: boolean): void {
    if (this.isDisposed) return;
    const { words, index } = this;
    // Threads count their turns: this one's number says something only if the word names this thread.
    if (words[index + TURN] !== turn) return;
    if (levels && words[index + LEVELS] > 1) {
      if (this.isMine) words[index + LEVELS]--;
      return;
    }
    if (Atomics.compareExchange(words, index, this.#mine, 0) === this.#mine) return;
    for (let held; isHolder(held = Atomics.load(words, index), this.#mine);) {
      if (freeWord(words, index, held)) return;
    }
  }

  /** @ignore See {@linkcode handOn}; this thread holds the lock. */
  handOn(offset: number): void {
    handOn(this.words, this.index, this.#mine, offset);
  }

  /** @ignore Whether this thread holds it. */
  get isMine(): boolean {
    return isHolder(Atomics.load(this.words, this.index), this.#mine);
  }

  /** How often this thread, which holds it, has taken it. */
  protected get levels(): number {
    return this.words[this.index + LEVELS];
  }

  protected set levels(levels: number) {
    this.words[this.index + LEVELS] = levels;
  }

  /** @ignore Frees all levels at once, for a condition's wait; returns what to resume. */
  suspend(): { readonly levels: number; readonly turn: number } {
    const { words, index } = this, levels = words[index + LEVELS], turn = words[index + TURN];
    this.free(true);
    return { levels, turn };
  }

  /** @ignore Goes on in the turn that was suspended; this thread has acquired the lock once. */
  resume({ levels, turn }: { readonly levels: number; readonly turn: number }): void {
    this.levels += levels - 1;
    this.words[this.index + TURN] = turn;
  }

  /** @ignore */
  protected override retire(forAll: boolean): void {
    if (forAll) endWord(this.words, this.index);
  }

  /** @ignore */
  protected override rouse(offset: number): void {
    wakeAll(offset);
  }
}

function late({ timeout }: WaitOptions): TimeoutError {
  return new TimeoutError(`Cannot acquire the lock: it was not free within ${timeout} ms`, timeout!);
}

function abandonedBy(ident: number): AbandonedLockError {
  const why = `thread ${ident} died while it held it; call recover() and put things in order`;
  return new AbandonedLockError(`Cannot acquire the lock: ${why}`, ident);
}

function notHeld(held: number): NotHeldError {
  if (held === 0) return new NotHeldError("Cannot release the lock: nobody holds it");
  if (held < 0) return new NotHeldError("Cannot release the lock: it is abandoned; recover it first");
  return new NotHeldError("Cannot release the lock: another thread holds it");
}

/**
 * A lock that one thread at a time can hold; any thread may release it.
 *
 * When its holder dies, or ends without having released it, the lock is *abandoned*: whoever waits for it and whoever
 * asks later gets `AbandonedLockError` at once, until one calls {@linkcode BaseLock.recover}.
 *
 * Not re-entrant: a thread that asks twice waits for itself. Cost: two compare-and-swaps when nobody else wants it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pool } from "@multicore/multicore/pool";
 * import { Lock, RawValue } from "@multicore/multicore/shared";
 *
 * await using pool = new Pool(2);
 * using lock = new Lock();
 * using total = new RawValue("int32");
 * await pool.starmap((lock: Lock, total: RawValue<"int32">, n: number) => {
 *   using _guard = lock.acquireSync();
 *   total.value += n;
 * }, [1, 2, 3, 4].map((n) => [lock, total, n] as const));
 * assertEquals(total.value, 10);
 * ```
 */
export class Lock extends BaseLock {
  /** Makes a free lock. */
  constructor() {
    super("lock");
  }

  /** @ignore */
  protected override take(waited: 0 | 1, recovers: boolean): boolean {
    return this.claim(waited, recovers, false);
  }

  /** @ignore */
  override giveBack(turn: number): void {
    this.freeTurn(turn, false);
  }

  /**
   * Frees the lock, whichever thread holds it.
   *
   * @throws {NotHeldError} If nobody holds it, or it is abandoned.
   */
  override release(): void {
    this.free(false);
  }
}

/**
 * A lock that its holder may take again; it is free when it was released as often.
 *
 * The holder is a thread: two asynchronous tasks in one thread do not keep each other out. Abandoned as {@linkcode Lock}.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { RLock } from "@multicore/multicore/shared";
 *
 * using lock = new RLock();
 * {
 *   using _outer = lock.acquireSync();
 *   using _inner = lock.acquireSync();
 *   assertEquals(lock.locked, true);
 * }
 * assertEquals(lock.locked, false);
 * ```
 */
export class RLock extends BaseLock {
  /** Makes a free lock. */
  constructor() {
    super("rlock");
  }

  /** @ignore */
  protected override take(waited: 0 | 1, recovers: boolean): boolean {
    return this.claim(waited, recovers, true);
  }

  /** @ignore Levels are counted; which guard gives which back does not matter. */
  override giveBack(turn: number): void {
    this.freeTurn(turn, true);
  }

  /**
   * Takes one acquisition back.
   *
   * @throws {NotHeldError} If this thread does not hold it.
   */
  override release(): void {
    if (!this.isMine || this.levels === 1) return this.free(true);
    this.levels--;
  }
}

registerUnpacker("Lock", ([reference]) => rebuild(Lock, reference));
registerUnpacker("RLock", ([reference]) => rebuild(RLock, reference));

function repair(offset: number, { tag }: { readonly tag: number }): void {
  abandon(offset, tag);
  // Whether or not it is marked: the dead may have taken a wake with it.
  wakeAll(offset);
}
registerRepair("lock", repair);
registerRepair("rlock", repair);
