/**
 * A flag that threads wait for.
 *
 * ```
 * word   turn << 1 clear · turn << 1 | 1 set; each set begins a new turn · DISPOSED
 * ```
 *
 * A clear word changes only by being set, so whoever waited for the change has seen it set, even if it is clear again.
 * The setter wakes all; a waiter or setter that dies changes nothing, as the word is written in one step before
 * anyone is woken (and the repair after a death wakes all once more).
 *
 * @module
 */

import { registerRepair } from "./_owners.ts";
import { change, load, Primitive, rebuild, store } from "./_primitive.ts";
import { registerUnpacker } from "./travel.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions, wakeAll } from "./wait.ts";

const DISPOSED = -(2 ** 31);

/**
 * A flag that any thread sets or clears and any thread waits for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Process } from "@multicore/multicore/pool";
 * import { Event } from "@multicore/multicore/shared";
 *
 * using ready = new Event();
 * const process = new Process({ target: (ready: Event) => ready.set(), args: [ready] });
 * process.start();
 * assertEquals(await ready.wait(), true);
 * await process.join();
 * ```
 */
export class Event extends Primitive {
  /** Makes a clear event. */
  constructor() {
    super("event", 4);
  }

  /** Whether it is set. May be late. */
  get isSet(): boolean {
    return (load(this.offset) & 1) === 1;
  }

  /** Sets it, and wakes all who wait. */
  set(): void {
    const { offset } = this;
    for (;;) {
      const word = load(offset);
      if (word & 1) return;
      if (word === DISPOSED) throw this.disposedError();
      // The turn that would look like the end is left out, clear or set.
      const turn = (word + 2 | 0) === DISPOSED ? word + 4 | 0 : word + 2 | 0;
      if (change(offset, word, turn | 1)) return wakeAll(offset);
    }
  }

  /** Clears it. */
  clear(): void {
    const { offset } = this;
    for (let word; (word = load(offset)) & 1;) if (change(offset, word, word & ~1)) return;
  }

  /**
   * Waits until it is set; the event loop goes on.
   *
   * @param options How long at most.
   * @returns Whether it was set; false when the timeout passed.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    const deadline = deadlineOf(options), word = load(this.offset);
    options.signal?.throwIfAborted();
    while (!this.#wasSet(word)) {
      if (!await sleepAsync(this.offset, word, deadline, options.signal)) return this.#wasSet(word);
    }
    return true;
  }

  /**
   * Blocks until it is set.
   *
   * @param options How long at most.
   * @returns Whether it was set; false when the timeout passed.
   * @throws {ReferenceError} If it was disposed, also while this waited.
   */
  waitSync(options: Pick<WaitOptions, "timeout"> = {}): boolean {
    const deadline = deadlineOf(options), word = load(this.offset);
    while (!this.#wasSet(word)) {
      if (!sleepSync(this.offset, word, deadline)) return this.#wasSet(word);
    }
    return true;
  }

  /** Whether it is or has been set since it was seen as `word`. */
  #wasSet(word: number): boolean {
    const now = load(this.offset);
    if (now === DISPOSED) throw this.disposedError();
    return (word & 1) === 1 || now !== word;
  }

  /** @ignore */
  protected override retire(forAll: boolean): void {
    if (forAll) store(this.offset, DISPOSED);
  }

  /** @ignore */
  protected override rouse(offset: number): void {
    wakeAll(offset);
  }
}

registerUnpacker("Event", ([reference]) => rebuild(Event, reference));
registerRepair("event", (offset) => wakeAll(offset));
