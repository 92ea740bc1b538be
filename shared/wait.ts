/**
 * The only waits and wakes on shared words. Whoever waits says, where it calls, who wakes it and who does so if
 * that thread dies.
 *
 * A word is waited on with the value that means "not yet"; whoever changes it wakes. A wake that reaches a waiter who
 * has meanwhile given up is passed on, so that none is lost. The main thread, when it blocks, sleeps on its
 * doorbell instead and leaves the word's offset in its record: so it can also be rung to serve the other
 * threads' requests, and to hear of deaths.
 *
 * @module
 */

import { THREAD_BELL, THREAD_WAITS, THREADS } from "./_layout.ts";
import { heapWords, isMainThread } from "./heap.ts";
import { keepAlive } from "./keepalive.ts";

const BELL = (THREADS >> 2) + THREAD_BELL, WAITS = (THREADS >> 2) + THREAD_WAITS;

/** How long to wait, and what may end the wait. */
export interface WaitOptions {
  /** Milliseconds; absent: for ever, 0: look only. */
  readonly timeout?: number;
  /** Aborting it rejects the wait with its reason. */
  readonly signal?: AbortSignal;
}

/** Checks a `timeout` option: milliseconds from 0 on; absent means for ever. */
export function checkTimeout(timeout: number | undefined): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout !== "number") {
    throw new TypeError(`Cannot wait: timeout must be a number of milliseconds, got ${typeof timeout}`);
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`Cannot wait: timeout must be 0 or more milliseconds, got ${timeout}`);
  }
  return timeout;
}

/** The moment, on the clock of `performance.now()`, at which a wait with this option ends. */
export function deadlineOf(options: WaitOptions): number {
  return performance.now() + checkTimeout(options.timeout);
}

/** What the main thread does for the others while it blocks; returns when it must be done again at the latest. */
export interface BlockingService {
  /** Called before the first sleep. */
  begin(): void;
  /** Called whenever the doorbell rang, and at the moment it asked for. */
  serve(): number;
}

let service: BlockingService | undefined;

/** Declares the service; the host of threads does, when it starts the first. */
export function setBlockingService(given: BlockingService): void {
  service = given;
}

/**
 * Sleeps once, until the word at byte `offset` may have changed from `value`, or until `deadline`. False when the
 * deadline has passed.
 */
export function sleepSync(offset: number, value: number, deadline: number): boolean {
  const words = heapWords(offset + 4), index = offset >>> 2;
  if (service && isMainThread()) return sleepServing(words, index, value, deadline, service);
  const left = deadline - performance.now();
  if (left <= 0) return false;
  Atomics.wait(words, index, value, left);
  return true;
}

function sleepServing(
  words: Int32Array<SharedArrayBuffer>,
  index: number,
  value: number,
  deadline: number,
  { begin, serve }: BlockingService,
): boolean {
  begin();
  Atomics.store(words, WAITS, index << 2);
  try {
    for (;;) {
      const bell = Atomics.load(words, BELL);
      const due = serve();
      if (Atomics.load(words, index) !== value) return true;
      const now = performance.now();
      if (now >= deadline) return false;
      if (Atomics.wait(words, BELL, bell, Math.max(0, Math.min(deadline, due) - now)) !== "timed-out") {
        // Rung: for the word, or for a request that serve() does on the next round.
        if (Atomics.load(words, index) !== value) return true;
      }
    }
  } finally {
    Atomics.store(words, WAITS, 0);
  }
}

/** As {@linkcode sleepSync}, without blocking; rejects with the signal's reason. Keeps the program alive. */
export async function sleepAsync(
  offset: number,
  value: number,
  deadline: number,
  signal?: AbortSignal,
): Promise<boolean> {
  signal?.throwIfAborted();
  const left = deadline - performance.now();
  if (left <= 0) return false;
  const words = heapWords(offset + 4);
  const waited = Atomics.waitAsync(words, offset >>> 2, value, left);
  if (!waited.async) return true;
  const release = keepAlive();
  try {
    if (!signal) {
      await waited.value;
      return true;
    }
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    let over = false;
    waited.value.then((how) => {
      // Somebody else must have the wake that came too late for us.
      if (over && how === "ok") wake(offset, 1);
    });
    try {
      await Promise.race([waited.value, promise]);
      return true;
    } finally {
      over = true;
      signal.removeEventListener("abort", abort);
    }
  } finally {
    release();
  }
}

/** Wakes `count` of those who wait on the word at byte `offset`. */
export function wake(offset: number, count: number = Infinity): void {
  const words = heapWords(offset + 4);
  Atomics.notify(words, offset >>> 2, count);
  if (Atomics.load(words, WAITS) === (offset | 0)) {
    Atomics.add(words, BELL, 1);
    Atomics.notify(words, BELL);
  }
}

/** Wakes all who wait on the word at byte `offset`. */
export function wakeAll(offset: number): void {
  wake(offset);
}
