/**
 * Locks that any thread can hold, and that do not die with their holder.
 *
 * ```
 * word   0 free · tag << 1 held · tag << 1 | 1 held, somebody may wait · -tag abandoned by the thread with that tag
 * ```
 * (The first three are the states of mutex 2 in Drepper, "Futexes Are Tricky", 2011; the holder's tag stands in the
 * same word, so that taking a lock and naming its holder are one step.)
 *
 * Who wakes a waiter: the holder as it releases; if the holder dies, the main thread, which marks the lock as
 * abandoned. A wake that reaches a waiter who dies or gives up is given to another.
 *
 * @module
 */

import { registerRepair } from "./_owners.ts";
import { change, load, myTag, Primitive, rebuild, store } from "./_primitive.ts";
import type { BlockKind } from "./block.ts";
import { AbandonedLockError, NotHeldError, TimeoutError } from "./errors.ts";
import { registerUnpacker } from "./travel.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions, wake, wakeAll } from "./wait.ts";

/** A lock that is held, until {@linkcode LockGuard.release} or the end of the block it was declared in by `using`. */
export class LockGuard {
  #release: (() => void) | undefined;

  /** @ignore Made by the primitives. */
  constructor(release: () => void) {
    this.#release = release;
  }

  /** Gives the lock or the permit back. Idempotent. */
  release(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  /** The same as {@linkcode LockGuard.release}. */
  [Symbol.dispose](): void {
    this.release();
  }
}

const WORD = 0, TURN = 4, LEVELS = 8, BYTES = 12;

/** What {@linkcode Lock} and {@linkcode RLock} share. */
export abstract class BaseLock extends Primitive {
  /** @ignore */
  protected constructor(kind: BlockKind) {
    super(kind, BYTES);
  }

  /** Takes the lock if it is free; throws when it is abandoned. `waited`: others may still wait. */
  protected abstract take(waited: boolean): boolean;
  /** Gives back what one acquisition took. */
  abstract release(): void;

  /** Whether some thread holds it, or has abandoned it. May be late. */
  get locked(): boolean {
    return load(this.offset + WORD) !== 0;
  }

  /** Whether its holder died and nobody has recovered it yet. */
  get abandoned(): boolean {
    return load(this.offset + WORD) < 0;
  }

  /**
   * Waits for the lock; the event loop goes on. Not fair: who asks later may get it first.
   *
   * @param options How long at most.
   * @returns A guard that releases it.
   * @throws {TimeoutError} If the timeout passed; then it is not held.
   * @throws {AbandonedLockError} If its holder died; see {@linkcode BaseLock.recover}.
   */
  async acquire(options: WaitOptions = {}): Promise<LockGuard> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    for (let waited = false; !this.take(waited); waited = true) {
      const held = this.#announce();
      if (held && !await sleepAsync(this.offset + WORD, held, deadline, options.signal)) {
        throw this.#late(options);
      }
    }
    return this.#guard();
  }

  /**
   * Blocks until the lock is free. Not fair: who asks later may get it first.
   *
   * @param options How long at most.
   * @returns A guard that releases it.
   * @throws {TimeoutError} If the timeout passed; then it is not held.
   * @throws {AbandonedLockError} If its holder died; see {@linkcode BaseLock.recover}.
   */
  acquireSync(options: Pick<WaitOptions, "timeout"> = {}): LockGuard {
    const deadline = deadlineOf(options);
    for (let waited = false; !this.take(waited); waited = true) {
      const held = this.#announce();
      if (held && !sleepSync(this.offset + WORD, held, deadline)) throw this.#late(options);
    }
    return this.#guard();
  }

  /**
   * Takes the lock if it is free; answers at once.
   *
   * @returns A guard, or undefined when it is held.
   * @throws {AbandonedLockError} If its holder died.
   */
  tryAcquire(): LockGuard | undefined {
    return this.take(false) ? this.#guard() : undefined;
  }

  /**
   * Waits for the lock and takes it even when it is abandoned, which clears the mark: whoever calls this puts in order
   * what the lock protects.
   *
   * @param options How long at most.
   * @returns A guard that releases it.
   * @throws {TimeoutError} If the timeout passed; then it is not held.
   */
  async recover(options: WaitOptions = {}): Promise<LockGuard> {
    const deadline = deadlineOf(options);
    for (let waited = false; !this.#inherit() && !this.take(waited); waited = true) {
      const held = this.#announce();
      if (held && !await sleepAsync(this.offset + WORD, held, deadline, options.signal)) {
        throw this.#late(options);
      }
    }
    return this.#guard();
  }

  /**
   * As {@linkcode BaseLock.recover}, blocking.
   *
   * @param options How long at most.
   * @returns A guard that releases it.
   * @throws {TimeoutError} If the timeout passed; then it is not held.
   */
  recoverSync(options: Pick<WaitOptions, "timeout"> = {}): LockGuard {
    const deadline = deadlineOf(options);
    for (let waited = false; !this.#inherit() && !this.take(waited); waited = true) {
      const held = this.#announce();
      if (held && !sleepSync(this.offset + WORD, held, deadline)) throw this.#late(options);
    }
    return this.#guard();
  }

  /** Says in the word that somebody waits; gives the value whose change to wait for, or 0 when there is nothing to. */
  #announce(): number {
    const word = this.offset + WORD, held = load(word);
    if (held <= 0) return 0;
    return held & 1 || change(word, held, held | 1) ? held | 1 : 0;
  }

  #late({ timeout }: WaitOptions): TimeoutError {
    return new TimeoutError(`Cannot acquire the lock: it was not free within ${timeout} ms`, timeout!);
  }

  #guard(): LockGuard {
    const turn = load(this.offset + TURN);
    return new LockGuard(() => {
      // The guard of an earlier turn has nothing to give back: that turn was ended by hand.
      if (this.isTurn(turn)) this.release();
    });
  }

  /** Whether what was acquired in that turn is still held. */
  protected isTurn(turn: number): boolean {
    return load(this.offset + TURN) === turn && load(this.offset + WORD) > 0;
  }

  /** Takes the word from 0 to this thread; throws when it is abandoned. */
  protected claim(waited: boolean): boolean {
    const word = this.offset + WORD, held = load(word);
    if (held < 0) {
      throw new AbandonedLockError(
        `Cannot acquire the lock: thread ${
          -held - 1
        } died while it held it; call recover() and put things in order`,
        -held - 1,
      );
    }
    if (held !== 0 || !change(word, 0, myTag() << 1 | (waited ? 1 : 0))) return false;
    this.#begin();
    return true;
  }

  /** Takes an abandoned word over. */
  #inherit(): boolean {
    const word = this.offset + WORD, held = load(word);
    if (held >= 0 || !change(word, held, myTag() << 1 | 1)) return false;
    this.#begin();
    return true;
  }

  /** A new turn, at level 1. */
  #begin(): void {
    store(this.offset + LEVELS, 1);
    store(this.offset + TURN, load(this.offset + TURN) + 1 | 0);
  }

  /** Frees the word, and wakes one who waits; `mine`: only if this thread holds it. */
  protected free(mine: boolean): void {
    const word = this.offset + WORD;
    for (;;) {
      const held = load(word);
      if (held <= 0 || mine && held >> 1 !== myTag()) throw notHeld(held);
      if (!change(word, held, 0)) continue;
      if (held & 1) wake(word, 1);
      return;
    }
  }

  /** @ignore Whether this thread holds it. */
  get isMine(): boolean {
    const held = load(this.offset + WORD);
    return held > 0 && held >> 1 === myTag();
  }

  /** @ignore Frees all levels at once, for a condition's wait; returns what to resume. */
  suspend(): { readonly levels: number; readonly turn: number } {
    const levels = load(this.offset + LEVELS), turn = load(this.offset + TURN);
    this.free(true);
    return { levels, turn };
  }

  /** @ignore Goes on in the turn that was suspended; this thread has acquired the lock once. */
  resume({ levels, turn }: { readonly levels: number; readonly turn: number }): void {
    store(this.offset + LEVELS, load(this.offset + LEVELS) + levels - 1);
    store(this.offset + TURN, turn);
  }
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
  protected override take(waited: boolean): boolean {
    return this.claim(waited);
  }

  /**
   * Frees the lock, whichever thread holds it.
   *
   * @throws {NotHeldError} If nobody holds it.
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
  protected override take(waited: boolean): boolean {
    if (!this.isMine) return this.claim(waited);
    store(this.offset + LEVELS, load(this.offset + LEVELS) + 1);
    return true;
  }

  /** @ignore */
  protected override isTurn(): boolean {
    return this.isMine; // levels are counted; which guard gives which back does not matter
  }

  /**
   * Takes one acquisition back.
   *
   * @throws {NotHeldError} If this thread does not hold it.
   */
  override release(): void {
    const levels = load(this.offset + LEVELS);
    if (!this.isMine || levels <= 1) return this.free(true);
    store(this.offset + LEVELS, levels - 1);
  }
}

registerUnpacker("Lock", ([reference]) => rebuild(Lock, reference));
registerUnpacker("RLock", ([reference]) => rebuild(RLock, reference));

function repair(offset: number, { tag }: { readonly tag: number }): void {
  const word = offset + WORD;
  for (;;) {
    const held = load(word);
    if (held > 0 && held >> 1 === tag && !change(word, held, -tag)) continue;
    break;
  }
  // Also when the dead only waited: it may have taken a wake with it.
  if (load(word) <= 0 || load(word) & 1) wakeAll(word);
}
registerRepair("lock", repair);
registerRepair("rlock", repair);
