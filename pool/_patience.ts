/**
 * How long a thread looks at a word before it sleeps.
 *
 * A wake by the system costs some ten microseconds; what comes sooner is worth a look. Looking that was in vain makes
 * the next looks rarer, so that a thread that waits for long work, or on a busy machine, does not look at all.
 *
 * @module
 */

import { heapWords } from "../shared/heap.ts";

/** Milliseconds to look. */
const SPIN = 0.03;
/** Looks between two looks at the clock. */
const LOOKS = 32;
/** After looks in vain, so many occasions at most are left out. */
const MOST_LEFT_OUT = 64;
/** With more than so much under way nobody waits for a single answer. */
const FEW = 4;

/** One thread's patience with one word. */
export class Patience {
  /** @param isEndless Looks each time, however often in vain. */
  constructor(readonly isEndless: boolean = false) {}

  #leaveOut = 0;
  #next = 0;

  /** Looks whether the word at byte `offset` changes from `value` soon; true when it has. */
  spin(offset: number, value: number, underWay = 1): boolean {
    if (underWay > FEW) return false;
    if (this.#next > 0) {
      this.#next--;
      return false;
    }
    const words = heapWords(offset + 4), index = offset >>> 2, until = performance.now() + SPIN;
    do {
      for (let i = 0; i < LOOKS; i++) {
        if (Atomics.load(words, index) !== value) {
          this.#leaveOut = 0;
          return true;
        }
        Atomics.pause();
      }
    } while (performance.now() < until);
    if (!this.isEndless) this.#next = this.#leaveOut = Math.min(MOST_LEFT_OUT, 2 * this.#leaveOut + 1);
    return false;
  }
}
