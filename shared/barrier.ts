/**
 * A place where threads wait for each other.
 *
 * ```
 * word 0  the mutex
 * word 1  round << 3 | state; waiters wait for it to change
 *         state 0 filling · 1 acting (all have arrived, one runs the action) · 2 broken
 * word 2  parties
 * word 3  arrived in this round
 * word 4  one bit for each of the last 32 rounds: it ended broken
 * word 5… arrived in this round, of each thread, by slot
 * ```
 *
 * Invariant, outside the mutex: word 3 = the sum of words 5…. A round ends when its action is done, or broken: by a
 * timeout, an abort, a reset, a failing action or the death of a thread that had arrived; each writes word 1 and
 * wakes all. So a waiter is woken by the last to arrive, by whoever breaks it, or after a death by the main thread.
 *
 * @module
 */

import { MAX_THREADS } from "./_layout.ts";
import { guarded, leave, seize } from "./_mutex.ts";
import { type Dead, registerRepair } from "./_owners.ts";
import { load, Primitive, rebuild, store } from "./_primitive.ts";
import { BrokenBarrierError } from "./errors.ts";
import { membership } from "./heap.ts";
import { registerUnpacker } from "./travel.ts";
import { checkTimeout, deadlineOf, sleepAsync, sleepSync, type WaitOptions, wakeAll } from "./wait.ts";

const MUTEX = 0, ROUND = 4, PARTIES = 8, ARRIVED = 12, ENDS = 16, BY_THREAD = 20;
const BYTES = BY_THREAD + MAX_THREADS * 4;
const FILLING = 0, ACTING = 1, BROKEN = 2, STATES = 7;

/** How a {@linkcode Barrier} is made. */
export interface BarrierOptions {
  /** Run by one thread when all have arrived, before any goes on; it travels with the barrier. */
  readonly action?: () => void;
  /** Milliseconds that a wait may last when it says nothing itself. */
  readonly timeout?: number;
}

/**
 * A place where a number of threads wait until all have arrived, again and again.
 *
 * It *breaks*, and everyone who waits gets `BrokenBarrierError`, when one of them gives up, dies or is aborted, when the
 * action fails, or on {@linkcode Barrier.abort}; it stays broken until {@linkcode Barrier.reset}.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pool } from "@multicore/multicore/pool";
 * import { Barrier } from "@multicore/multicore/shared";
 *
 * await using pool = new Pool(2);
 * using barrier = new Barrier(2);
 * const meet = (barrier: Barrier) => barrier.waitSync();
 * const indices = await Promise.all([pool.apply(meet, [barrier]), pool.apply(meet, [barrier])]);
 * assertEquals(indices.sort(), [0, 1]);
 * ```
 */
export class Barrier extends Primitive {
  readonly #options: BarrierOptions;

  /**
   * Makes a barrier.
   *
   * @param parties How many threads meet, a positive integer.
   * @param options Action and timeout.
   * @throws {RangeError} If `parties` is not a positive integer, or the timeout negative.
   * @throws {TypeError} If the action is not a function.
   */
  constructor(parties: number, options: BarrierOptions = {}) {
    if (typeof parties !== "number") throw new TypeError("Cannot make a barrier: parties must be a number");
    if (!Number.isSafeInteger(parties) || parties < 1 || parties >= 2 ** 31) {
      throw new RangeError(`Cannot make a barrier: parties must be a positive integer, got ${parties}`);
    }
    const { action, timeout } = options;
    if (action !== undefined && typeof action !== "function") {
      throw new TypeError("Cannot make a barrier: action must be a function");
    }
    checkTimeout(timeout);
    super("barrier", BYTES);
    this.#options = { ...(action && { action }), ...(timeout !== undefined && { timeout }) };
    if (this.isNew) store(this.offset + PARTIES, parties);
  }

  /** How many threads meet. */
  get parties(): number {
    return load(this.offset + PARTIES);
  }

  /** How many wait. May be late. */
  get waiting(): number {
    return (load(this.offset + ROUND) & STATES) === FILLING ? load(this.offset + ARRIVED) : 0;
  }

  /** Whether it is broken. May be late. */
  get broken(): boolean {
    return (load(this.offset + ROUND) & STATES) === BROKEN;
  }

  /**
   * Waits until all have arrived; the event loop goes on.
   *
   * @param options How long at most; passing breaks the barrier.
   * @returns This arrival's index in its round, from 0 to `parties - 1`, each once.
   * @throws {BrokenBarrierError} If it is or gets broken. A failing action gives its own error to the one that ran it.
   */
  async wait(options: WaitOptions = {}): Promise<number> {
    options.signal?.throwIfAborted();
    const deadline = deadlineOf({ ...this.#options, ...options });
    const { index, round } = this.#arrive();
    try {
      while (!this.#isOver(round)) {
        const word = load(this.offset + ROUND);
        if (this.#isOver(round)) break;
        if (!await sleepAsync(this.offset + ROUND, word, deadline, options.signal)) this.#break(round);
      }
    } catch (error) {
      this.#break(round);
      throw error;
    }
    return this.#leave(round, index);
  }

  /**
   * Blocks until all have arrived.
   *
   * @param options How long at most; passing breaks the barrier.
   * @returns This arrival's index in its round, from 0 to `parties - 1`, each once.
   * @throws {BrokenBarrierError} If it is or gets broken. A failing action gives its own error to the one that ran it.
   */
  waitSync(options: Pick<WaitOptions, "timeout"> = {}): number {
    const deadline = deadlineOf({ ...this.#options, ...options });
    const { index, round } = this.#arrive();
    while (!this.#isOver(round)) {
      const word = load(this.offset + ROUND);
      if (this.#isOver(round)) break;
      if (!sleepSync(this.offset + ROUND, word, deadline)) this.#break(round);
    }
    return this.#leave(round, index);
  }

  /** Arrives; the last to do so runs the action and ends the round. */
  #arrive(): { index: number; round: number } {
    const { offset } = this, { slot } = membership();
    const { index, round, last } = guarded(offset + MUTEX, () => {
      const word = load(offset + ROUND);
      if ((word & STATES) === BROKEN) throw brokenError();
      // Between the last arrival and the end of the action nobody else can arrive: all parties are there.
      if ((word & STATES) === ACTING) throw brokenError("more threads wait than it has parties");
      const mine = offset + BY_THREAD + slot * 4, index = load(offset + ARRIVED);
      store(mine, load(mine) + 1);
      store(offset + ARRIVED, index + 1);
      const last = index + 1 === load(offset + PARTIES);
      if (last) store(offset + ROUND, word & ~STATES | ACTING);
      return { index, round: word >>> 3, last };
    });
    if (last) this.#act(round);
    return { index, round };
  }

  #act(round: number): void {
    try {
      this.#options.action?.();
    } catch (error) {
      this.#break(round);
      throw error;
    }
    const { offset } = this;
    guarded(offset + MUTEX, () => {
      if ((load(offset + ROUND) >>> 3) === round && !this.broken) {
        beginRound(offset, round + 1, FILLING, false);
      }
    });
    wakeAll(offset + ROUND);
  }

  #isOver(round: number): boolean {
    const word = load(this.offset + ROUND);
    return (word >>> 3) !== round || (word & STATES) === BROKEN;
  }

  /** The round is over: gives the index, or the error when it ended broken. */
  #leave(round: number, index: number): number {
    const { offset } = this;
    const ok = guarded(offset + MUTEX, () => {
      const word = load(offset + ROUND);
      return (word >>> 3) !== round && !(load(offset + ENDS) >>> (round & 31) & 1);
    });
    if (ok) return index;
    throw brokenError();
  }

  /** Breaks the round if it is still under way. */
  #break(round: number): void {
    const { offset } = this;
    guarded(offset + MUTEX, () => breakRound(offset, round));
    wakeAll(offset + ROUND);
  }

  /** Breaks it, for those who wait and those who come, until it is reset. */
  abort(): void {
    this.#break(load(this.offset + ROUND) >>> 3);
  }

  /** Begins anew; those who wait get `BrokenBarrierError`. */
  reset(): void {
    const { offset } = this;
    guarded(offset + MUTEX, () => {
      const word = load(offset + ROUND);
      beginRound(offset, (word >>> 3) + 1, FILLING, true);
    });
    wakeAll(offset + ROUND);
  }

  /** @ignore */
  protected override packed(): unknown {
    return { parties: this.parties, options: this.#options };
  }
}

/** Ends the round before `round`, noting how, and begins it. Under the mutex. */
function beginRound(offset: number, round: number, state: number, broken: boolean): void {
  const bit = 1 << (round - 1 & 31), ends = load(offset + ENDS);
  store(offset + ENDS, broken ? ends | bit : ends & ~bit);
  for (let slot = 0; slot < MAX_THREADS; slot++) {
    if (load(offset + BY_THREAD + slot * 4)) store(offset + BY_THREAD + slot * 4, 0);
  }
  store(offset + ARRIVED, 0);
  store(offset + ROUND, round << 3 | state);
}

/** Breaks `round` if it is under way. Under the mutex. */
function breakRound(offset: number, round: number): void {
  const word = load(offset + ROUND);
  if ((word >>> 3) !== round || (word & STATES) === BROKEN) return;
  beginRound(offset, round + 1, BROKEN, true);
}

function brokenError(why = "it is broken; reset it to go on"): BrokenBarrierError {
  return new BrokenBarrierError(`Cannot pass the barrier: ${why}`);
}

registerUnpacker("Barrier", ([reference], data) => {
  const { parties, options } = data as { parties: number; options: BarrierOptions };
  return rebuild(Barrier, reference, parties, options);
});

registerRepair("barrier", (offset, { tag, slot }: Dead) => {
  seize(offset + MUTEX, tag);
  if (load(offset + BY_THREAD + slot * 4)) {
    breakRound(offset, load(offset + ROUND) >>> 3);
    store(offset + BY_THREAD + slot * 4, 0);
  }
  leave(offset + MUTEX);
  wakeAll(offset + ROUND);
});
