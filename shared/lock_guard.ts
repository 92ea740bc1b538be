/**
 * What is given for a lock or a permit that is held.
 *
 * @module
 */

/**
 * A lock or permit that is held, until {@linkcode LockGuard.release} or the end of the block that declares it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Lock, type LockGuard } from "@multicore/multicore/shared";
 *
 * using lock = new Lock(), guard: LockGuard = lock.acquireSync();
 * guard.release();
 * assertEquals(lock.locked, false);
 * ```
 */
export class LockGuard {
  #owner: { giveBack(turn: number): void } | undefined;
  readonly #turn: number;

  /** @ignore Made by the primitives. */
  constructor(owner: { giveBack(turn: number): void }, turn: number) {
    this.#owner = owner;
    this.#turn = turn;
  }

  /** Gives the lock or the permit back, unless that was done by hand or it was disposed. Idempotent. */
  release(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.giveBack(this.#turn);
  }

  /** The same as {@linkcode LockGuard.release}. */
  [Symbol.dispose](): void {
    this.release();
  }
}
