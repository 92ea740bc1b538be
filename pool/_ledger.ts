/**
 * What a pool remembers of its workers and items when they are gone.
 *
 * A pool has as many places as workers; whoever replaces a worker takes over its place, and how many have died there.
 *
 * @module
 */

import type { Batch } from "./_batch.ts";
import { Slowest } from "./_slowest.ts";

/** One pool's memory. */
export class Ledger {
  readonly slowest: Slowest = new Slowest();
  /** Workers that died without having been asked to. */
  lost = 0;
  /** Workers that were killed and go on all the same. */
  survivors = 0;
  /** The places that nobody has: how many have died in each. */
  readonly #free: number[] = [];

  /** A worker takes a place; gives how many have died there. */
  take(): number {
    return this.#free.shift() ?? 0;
  }

  /** A worker leaves its place, in which `deaths` have died, itself included or not. */
  leave(deaths: number): void {
    this.#free.push(deaths);
  }

  /** An item of a batch has ended. */
  ran(duration: number, worker: number, at: number, batch: Batch | undefined): void {
    this.slowest.add(
      duration,
      worker,
      () =>
        batch
          ? { index: batch.itemOf(at), args: batch.jobOf(at).argsText(batch.itemOf(at)) }
          : { index: at, args: "" },
    );
  }
}
