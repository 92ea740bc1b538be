/**
 * Notices that a worker ran out of its heap limit. V8 then raises the limit a little and stops what was running; when
 * that was a reaction of a promise, Deno 2.9.6 does not notice, and the worker lives on with its work cut off.
 *
 * @module
 */

import v8 from "node:v8";

const limit = v8.getHeapStatistics().heap_size_limit;

/** Looks now and then, until the returned function is called, and calls `onExhausted` once if it happened. */
export function guardHeap(onExhausted: () => void): () => void {
  const timer = setInterval(() => {
    if (v8.getHeapStatistics().heap_size_limit <= limit) return;
    clearInterval(timer);
    onExhausted();
  }, 50);
  return () => clearInterval(timer);
}
