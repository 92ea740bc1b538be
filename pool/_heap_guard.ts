/**
 * Notices that a worker ran out of its heap limit. V8 then raises the limit a little and stops what was running; when
 * that was a reaction of a promise, Deno 2.9.6 does not notice, and the worker lives on with its work cut off.
 *
 * @module
 */

import v8 from "node:v8";

/** Milliseconds between two looks. */
const BUSY = 50, IDLE = 500;
/** Looks without work after which it looks seldom. */
const PATIENCE = 20;
const limit = v8.getHeapStatistics().heap_size_limit;

/** Watches over a worker's heap. */
export interface HeapGuard {
  /** To be told when there is work, and when there is none. */
  work(isBusy: boolean): void;
  /** Looks at once: to be called before a task begins, where other code may have run since the last. */
  look(): void;
}

/**
 * Looks now and then, and calls `onExhausted` once if it happened. Some time after the last task it looks seldom, but
 * never stops: what a task left running may fill the heap, and what is cut off then may be the very handler of the next
 * task.
 */
export function guardHeap(onExhausted: () => void): HeapGuard {
  let timer: ReturnType<typeof setInterval>, isOften = true, isBusy = false, looks = 0;
  const look = () => {
    if (v8.getHeapStatistics().heap_size_limit > limit) {
      clearInterval(timer);
      return onExhausted();
    }
    if (isOften && !isBusy && ++looks > PATIENCE) lookEvery(IDLE);
  };
  const lookEvery = (milliseconds: number) => {
    const before = timer;
    isOften = milliseconds === BUSY;
    // In this order, for this very code may be what is cut off.
    timer = setInterval(look, milliseconds);
    clearInterval(before);
    look();
  };
  lookEvery(BUSY);
  const work = (given: boolean) => {
    looks = 0;
    if (given === isBusy) return;
    isBusy = given;
    if (!isBusy) return;
    // What happened meanwhile must not cost the task that begins now.
    if (isOften) look();
    else lookEvery(BUSY);
  };
  return { work, look };
}
