/**
 * Waits for several things at once.
 *
 * @module
 */

import { CHANGE, READY, type Waitable } from "../shared/waitable.ts";
import { checkTimeout, type WaitOptions } from "../shared/wait.ts";
import { keepAlive } from "../shared/keepalive.ts";

/**
 * Waits until at least one of several queues, connections, processes or results is ready: there is something to get or
 * to receive (or never will be, as it was closed), it has ended, it is settled.
 *
 * @typeParam T What is waited for.
 * @param things What to wait for.
 * @param options How long at most.
 * @returns Those that are ready, in the order given; none when the timeout passed, and at once when nothing was given.
 * @throws {TypeError} If one of them cannot be waited for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { waitAny } from "@multicore/multicore/pool";
 * import { Queue } from "@multicore/multicore/shared";
 *
 * using first = new Queue<number>(), second = new Queue<number>();
 * second.putSync(1);
 * assertEquals(await waitAny([first, second]), [second]);
 * assertEquals(await waitAny([first], { timeout: 10 }), []);
 * ```
 */
export async function waitAny<T extends Waitable>(
  things: Iterable<T>,
  options: WaitOptions = {},
): Promise<T[]> {
  const list = [...things], timeout = checkTimeout(options.timeout);
  for (const thing of list) {
    if (typeof (thing as Partial<Waitable> | null)?.[CHANGE] !== "function") {
      throw new TypeError("Cannot wait: only queues, connections, processes and results can be waited for");
    }
  }
  options.signal?.throwIfAborted();
  const deadline = performance.now() + timeout, release = keepAlive();
  try {
    while (list.length) {
      const ready = list.filter((thing) => thing[READY]);
      if (ready.length || performance.now() >= deadline) return ready;
      await anyChange(list, deadline, options.signal);
    }
    return [];
  } finally {
    release();
  }
}

/** Waits until one may have become ready, or the deadline; rejects with the signal's reason. */
async function anyChange(
  list: readonly Waitable[],
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const others = new AbortController();
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  const left = deadline - performance.now();
  const timer = left < Infinity ? setTimeout(resolve, Math.min(Math.max(0, left), 2 ** 31 - 1)) : undefined;
  const abort = () => reject(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    // The waits that lose are given up by the abort; one that fails otherwise has something to tell: its thing is asked.
    for (const thing of new Set(list)) thing[CHANGE](others.signal).then(resolve, resolve);
    await over;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    others.abort();
  }
}
