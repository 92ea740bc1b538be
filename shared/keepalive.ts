/**
 * Keeps the program alive while something is pending: neither a waiting word, nor an unreferenced worker, nor a
 * port does.
 *
 * @module
 */

let holders = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** Keeps the event loop alive until the returned function is called; calling that twice is fine. */
export function keepAlive(): () => void {
  if (holders++ === 0) timer = setInterval(() => {}, 2 ** 30);
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    if (--holders === 0) clearInterval(timer);
  };
}

/** Waits for `promise`, at most `timeout` milliseconds; resolves with false when they pass first. */
export async function within(
  promise: Promise<unknown>,
  { timeout = Infinity, signal }: { readonly timeout?: number; readonly signal?: AbortSignal },
): Promise<boolean> {
  signal?.throwIfAborted();
  const release = keepAlive();
  let timer: ReturnType<typeof setTimeout> | undefined, abort: (() => void) | undefined;
  const racers: Promise<boolean>[] = [promise.then(() => true)];
  if (timeout < Infinity) {
    racers.push(
      new Promise((resolve) => timer = setTimeout(() => resolve(false), Math.min(timeout, 2 ** 31 - 1))),
    );
  }
  if (signal) {
    racers.push(
      new Promise((_, reject) => signal.addEventListener("abort", abort = () => reject(signal.reason))),
    );
  }
  try {
    return await Promise.race(racers);
  } finally {
    release();
    clearTimeout(timer);
    if (abort) signal?.removeEventListener("abort", abort);
  }
}
