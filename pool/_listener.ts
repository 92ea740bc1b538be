/**
 * Waits for the reports of a pool's workers, as long as any are expected.
 *
 * Who wakes it: a worker, with each report; the main thread, after a death; the pool, as it ends.
 *
 * @module
 */

import { heapWords } from "../shared/heap.ts";
import { keepAlive } from "../shared/keepalive.ts";
import { restAsync } from "../shared/wait.ts";
import { Patience } from "./_patience.ts";

/** Turns of the microtask queue in which a caller is expected to call again. */
const FEW_TURNS = 8;

/** Listens to one mailbox. */
export class Listener {
  /** Items that have not been settled. */
  expected = 0;
  #listening = false;
  readonly #patience = new Patience();

  /**
   * @param arrivals Byte offset of the mailbox's word that moves on with each report.
   * @param hear Takes what has come.
   */
  constructor(readonly arrivals: number, readonly hear: () => void) {}

  /** Listens from now on, if anything is expected. */
  expect(count: number): void {
    this.expected = count;
    if (count > 0 && !this.#listening) void this.#listen();
  }

  /**
   * Who calls again as soon as he has his answer is waited for: to keep the program alive anew costs more than
   * the call.
   */
  async #listen(): Promise<void> {
    this.#listening = true;
    const release = keepAlive(), { arrivals } = this;
    for (let turns = 0; turns < FEW_TURNS || this.expected > 0; turns++) {
      while (this.expected > 0) {
        turns = 0;
        // What was called in this turn is to be laid out first.
        await undefined;
        const seen = Atomics.load(heapWords(), arrivals >>> 2);
        this.hear();
        if (this.expected > 0 && !this.#patience.spin(arrivals, seen, this.expected)) {
          await restAsync(arrivals, seen);
        }
      }
      await undefined;
    }
    this.#listening = false;
    release();
  }
}
