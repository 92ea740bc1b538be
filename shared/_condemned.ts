/**
 * Threads that were killed and may run on all the same: they take nothing any more that others could wait for.
 *
 * A kill can be lost in what the runtime itself does for a thread, which then goes on, perhaps out of the midst of the
 * library's code. So the main thread writes into the thread's record that it is to be killed, before it does so, and a
 * thread that finds that there, as it is about to take something, stops for ever: nobody waits for it to go on. What it
 * had taken before is put in order when it is given up.
 *
 * @module
 */

import { THREAD_BYTES, THREAD_CONDEMNED, THREADS } from "./_layout.ts";
import { heapWords, membership } from "./heap.ts";

/** The word of a thread's record that says it. */
export function condemnedWord(slot: number): number {
  return (THREADS + slot * THREAD_BYTES >> 2) + THREAD_CONDEMNED;
}

/** This thread's, once it is known. */
let own = 0;

/** Never returns if this thread was killed. */
export function stopIfCondemned(words: Int32Array): void {
  if (words[own ||= condemnedWord(membership().slot)] !== 0) stop();
}

function stop(): never {
  const words = heapWords();
  for (;;) Atomics.wait(words, own, words[own]);
}
