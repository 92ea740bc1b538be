/**
 * A place where threads wait for each other.
 *
 * ```
 * word 0   the mutex
 * word 1   round << 3 | state; waiters wait for it to change
 *          state 0 filling · 1 acting (all have arrived, one runs the action) · 2 broken · 3 disposed
 * word 2   parties
 * word 3   arrived in this round
 * word 4   how many rounds ended broken
 * word 5…  the last 32 rounds that did
 * word 37… arrived in this round, of each thread, by slot
 * ```
 *
 * Invariant, outside the mutex: word 3 = the sum of words 37…. A round ends when its action is done, or broken: by a
 * timeout, an abort, a reset, a failing action or the death of a thread that had arrived or was changing the barrier;
 * each writes word 1 last and then wakes all. So a waiter is woken by the last to arrive, by whoever breaks
 * it, or after a death by the main thread. A waiter may come to look many rounds later, and finds then in
 * words 4 and 5… how its own ended; if 32 others broke since, it takes its own for broken too.
 *
 * @module
 */

import { MAX_THREADS } from "./_layout.ts";
import { guarded, isHeldBy, leave, seize } from "./_mutex.ts";
import { type Dead, registerRepair } from "./_owners.ts";
import { load, Primitive, rebuild, store } from "./_primitive.ts";
import { BrokenBarrierError } from "./errors.ts";
import { heapWords, membership } from "./heap.ts";
import { registerUnpacker } from "./travel.ts";
import { checkTimeout, deadlineOf, sleepAsync, sleepSync, type WaitOptions, wakeAll } from "./wait.ts";

const MUTEX = 0, ROUND = 4, PARTIES = 8, ARRIVED = 12, BREAKS = 16, BROKEN_ROUNDS = 20, REMEMBERED = 32;
const BY_THREAD = BROKEN_ROUNDS + REMEMBERED * 4;
const BYTES = BY_THREAD + MAX_THREADS * 4;
const FILLING = 0, ACTING = 1, BROKEN = 2, DISPOSED = 3, STATES = 7;

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
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  async wait(options: WaitOptions = {}): Promise<number> {
    options.signal?.throwIfAborted();
    const deadline = this.#deadline(options), { signal } = options;
    let arrival: Arrival | undefined;
    while (!(arrival = this.#arrive())) {
      const word = load(this.offset + ROUND);
      if (!isActing(word)) continue;
      if (!await sleepAsync(this.offset + ROUND, word, deadline, signal)) this.#break(word >>> 3);
    }
    const { round } = arrival;
    try {
      for (let word; (word = load(this.offset + ROUND)) >>> 3 === round;) {
        if (!await sleepAsync(this.offset + ROUND, word, deadline, signal)) this.#break(round);
      }
    } catch (error) {
      this.#break(round);
      // Whatever came first holds for all: if the round was complete, this arrival was part of it.
      if (!this.#endedWell(round)) throw error;
    }
    return this.#leave(arrival);
  }

  /**
   * Blocks until all have arrived.
   *
   * @param options How long at most; passing breaks the barrier.
   * @returns This arrival's index in its round, from 0 to `parties - 1`, each once.
   * @throws {BrokenBarrierError} If it is or gets broken. A failing action gives its own error to the one that ran it.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  waitSync(options: Pick<WaitOptions, "timeout"> = {}): number {
    const deadline = this.#deadline(options);
    let arrival: Arrival | undefined;
    while (!(arrival = this.#arrive())) {
      const word = load(this.offset + ROUND);
      if (isActing(word) && !sleepSync(this.offset + ROUND, word, deadline)) this.#break(word >>> 3);
    }
    const { round } = arrival;
    for (let word; (word = load(this.offset + ROUND)) >>> 3 === round;) {
      if (!sleepSync(this.offset + ROUND, word, deadline)) this.#break(round);
    }
    return this.#leave(arrival);
  }

  #deadline({ timeout = this.#options.timeout }: WaitOptions): number {
    return deadlineOf(timeout === undefined ? {} : { timeout });
  }

  /**
   * Arrives; the last to do so runs the action and ends the round. While an action runs, nobody can: the round is full,
   * and the next has not begun.
   */
  #arrive(): Arrival | undefined {
    const { offset } = this, { slot } = membership();
    let last = false;
    const arrival = guarded(offset + MUTEX, () => {
      const word = load(offset + ROUND), state = word & STATES;
      if (state === DISPOSED) throw this.disposedError();
      if (state === BROKEN) throw brokenError();
      if (state === ACTING) return undefined;
      const mine = offset + BY_THREAD + slot * 4, index = load(offset + ARRIVED);
      store(mine, load(mine) + 1);
      store(offset + ARRIVED, index + 1);
      last = index + 1 === load(offset + PARTIES);
      if (last) store(offset + ROUND, word & ~STATES | ACTING);
      return { index, round: word >>> 3, breaks: load(offset + BREAKS) };
    });
    if (last) this.#act(arrival!.round);
    return arrival;
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
      if (load(offset + ROUND) === (round << 3 | ACTING)) beginRound(offset, round + 1, FILLING);
    });
    wakeAll(offset + ROUND);
  }

  /** Whether the round, which is over, did not end broken. */
  #endedWell(round: number): boolean {
    const { offset } = this;
    return guarded(offset + MUTEX, () => {
      if ((load(offset + ROUND) & STATES) === DISPOSED) throw this.disposedError();
      return !endedBroken(offset, round);
    });
  }

  /** The round is over: gives the index, or the error when it ended broken. */
  #leave({ round, index, breaks }: Arrival): number {
    // None broke since it arrived, its own included: nobody need be kept out to see that.
    if (load(this.offset + BREAKS) === breaks && (load(this.offset + ROUND) & STATES) !== DISPOSED) {
      return index;
    }
    if (this.#endedWell(round)) return index;
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
      if ((word & STATES) === DISPOSED) throw this.disposedError();
      if ((word & STATES) !== BROKEN) noteBroken(offset, word >>> 3);
      beginRound(offset, (word >>> 3) + 1, FILLING);
    });
    wakeAll(offset + ROUND);
  }

  /** @ignore */
  protected override retire(forAll: boolean): void {
    if (!forAll) return;
    const { offset } = this;
    guarded(offset + MUTEX, () => beginRound(offset, (load(offset + ROUND) >>> 3) + 1, DISPOSED));
  }

  /** @ignore */
  protected override rouse(offset: number): void {
    wakeAll(offset + ROUND);
  }

  /** @ignore */
  protected override packed(): unknown {
    return { parties: this.parties, options: this.#options };
  }
}

/** Where and when a thread arrived. */
interface Arrival {
  readonly index: number;
  readonly round: number;
  /** How many rounds had ended broken by then. */
  readonly breaks: number;
}

const isActing = (word: number) => (word & STATES) === ACTING;

/** Begins `round`, with nobody arrived. Under the mutex; the word that says so is written last. */
function beginRound(offset: number, round: number, state: number): void {
  const arrived = offset + BY_THREAD >>> 2;
  heapWords(offset + BYTES).fill(0, arrived, arrived + MAX_THREADS);
  store(offset + ARRIVED, 0);
  store(offset + ROUND, round << 3 | state);
}

/** Breaks `round` if it is under way. Under the mutex. */
function breakRound(offset: number, round: number): void {
  const word = load(offset + ROUND), state = word & STATES;
  if (word >>> 3 !== round || state === BROKEN || state === DISPOSED) return;
  noteBroken(offset, round);
  beginRound(offset, round + 1, BROKEN);
}

const noteAt = (offset: number, count: number) => offset + BROKEN_ROUNDS + count % REMEMBERED * 4;

/** Remembers that `round` ends broken. Under the mutex; it counts from the second store on. */
function noteBroken(offset: number, round: number): void {
  const count = load(offset + BREAKS) >>> 0;
  store(noteAt(offset, count), round);
  store(offset + BREAKS, count + 1 | 0);
}

/** Whether `round`, which is over, ended broken, as far as that is known; else it counts as broken. Under the mutex. */
function endedBroken(offset: number, round: number): boolean {
  const count = load(offset + BREAKS) >>> 0, first = Math.max(0, count - REMEMBERED);
  for (let i = first; i < count; i++) if (load(noteAt(offset, i)) === round) return true;
  // Rounds are counted in 29 bits: the sign of the difference, in those, says which was before.
  return first > 0 && (round - load(noteAt(offset, first)) << 3) < 0;
}

function brokenError(why = "it is broken; reset it to go on"): BrokenBarrierError {
  return new BrokenBarrierError(`Cannot pass the barrier: ${why}`);
}

registerUnpacker("Barrier", ([reference], data) => {
  const { parties, options } = data as { parties: number; options: BarrierOptions };
  return rebuild(Barrier, reference, parties, options);
});

registerRepair("barrier", (offset, { tag, slot }: Dead) => {
  if (isHeldBy(offset + MUTEX, tag) || load(offset + BY_THREAD + slot * 4)) {
    // What the dead was changing may be half changed: then, too, the round is broken, which puts all in order.
    if (seize(offset + MUTEX, tag) || load(offset + BY_THREAD + slot * 4)) {
      breakRound(offset, load(offset + ROUND) >>> 3);
    }
    leave(offset + MUTEX);
  }
  // The dead may have taken a wake with it, or not have come to wake.
  wakeAll(offset + MUTEX);
  wakeAll(offset + ROUND);
});
