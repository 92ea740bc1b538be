/**
 * Running a function, asynchronous ones too, while a lock is held.
 *
 * An `RLock` is held by a thread, so it does not keep two asynchronous functions of one thread apart, which
 * is what its callers mean. So calls with an `RLock` first take turns within the thread. A call from inside a
 * function that runs under the lock must not wait for that function's turn to end: it takes turns with its
 * siblings there. Which call is inside which is what `AsyncLocalStorage` knows.
 *
 * @module
 */

import type { AsyncLocalStorage } from "node:async_hooks";
import { TimeoutError } from "./errors.ts";
import { describe } from "./_describe.ts";
import { Lock, RLock } from "./lock.ts";
import type { LockGuard } from "./lock_guard.ts";
import { PACK } from "./travel.ts";
import { deadlineOf, type WaitOptions } from "./wait.ts";

/** A run of a function under a lock; `parent` is the run that it was called in. */
interface Run {
  /** Which lock. */
  readonly key: number;
  readonly parent: Run | undefined;
  /** False once the function has ended: what it left running is no longer inside. */
  active: boolean;
  readonly turns: Turns;
}

/** Those who wait for one another within a thread. */
interface Turns {
  /** Settles when the last in the line has had its turn; absent: nobody is in the line. */
  last?: Promise<void>;
  /** Called when nobody is in the line any more. */
  readonly end: () => void;
}

/** The lines outside of every run, by lock. */
const outermost = new Map<number, Turns>();
// Loading it costs a thread some milliseconds; those who never call withLock() do not pay.
let runs: AsyncLocalStorage<Run> | undefined;

/** Checks the `lock` option of a container. */
export function checkLock(lock: unknown): Lock | RLock | undefined {
  if (lock === undefined || lock instanceof Lock || lock instanceof RLock) return lock;
  throw new TypeError(`Cannot use ${describe(lock)} as a lock: give a Lock or an RLock`);
}

/** Acquires `lock`, runs `fn`, awaits it and releases the lock. */
export async function withLock<R>(
  lock: Lock | RLock,
  fn: () => R | PromiseLike<R>,
  options: WaitOptions = {},
): Promise<R> {
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot call ${describe(fn)} with the lock held: give a function`);
  }
  if (lock instanceof Lock) {
    using _guard = await lock.acquire(options);
    return await fn();
  }
  const deadline = deadlineOf(options), parent = runs?.getStore();
  const key = lock[PACK]().blocks[0].offset;
  const context = runs ?? await loadRuns();
  const end = await takeTurn(outer(parent, key)?.turns ?? turnsAt(key), deadline, options);
  const run: Run = { key, parent, active: true, turns: { end: () => {} } };
  try {
    using _guard = await acquire(lock, deadline, options);
    return await context.run(run, fn);
  } finally {
    run.active = false;
    end();
  }
}

async function loadRuns(): Promise<AsyncLocalStorage<Run>> {
  const { AsyncLocalStorage } = await import("node:async_hooks");
  return runs ??= new AsyncLocalStorage();
}

/** The innermost run under that lock that `run` is part of. */
function outer(run: Run | undefined, key: number): Run | undefined {
  while (run && !(run.active && run.key === key)) run = run.parent;
  return run;
}

function turnsAt(key: number): Turns {
  let turns = outermost.get(key);
  if (!turns) outermost.set(key, turns = { end: () => outermost.delete(key) });
  return turns;
}

/** Waits for all who came before; gives what ends this turn. */
async function takeTurn(turns: Turns, deadline: number, options: WaitOptions): Promise<() => void> {
  const before = turns.last;
  const { promise, resolve } = Promise.withResolvers<void>();
  turns.last = promise;
  const end = () => {
    if (turns.last === promise) {
      turns.last = undefined;
      turns.end();
    }
    resolve();
  };
  try {
    options.signal?.throwIfAborted();
    if (before) await until(before, deadline, options);
    return end;
  } catch (error) {
    if (before) before.then(end);
    else end();
    throw error;
  }
}

/** Waits for `promise`, but no longer than the options say. */
async function until(
  promise: Promise<void>,
  deadline: number,
  { timeout, signal }: WaitOptions,
): Promise<void> {
  if (deadline === Infinity && !signal) return await promise;
  const early = Promise.withResolvers<never>();
  const abort = () => early.reject(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  const left = Math.max(0, deadline - performance.now());
  const timer = left === Infinity ? undefined : setTimeout(() => early.reject(late(timeout!)), left);
  try {
    await Promise.race([promise, early.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** Acquires the lock in what is left of the time. */
async function acquire(lock: RLock, deadline: number, options: WaitOptions): Promise<LockGuard> {
  if (deadline === Infinity) return await lock.acquire(options);
  try {
    const left = Math.max(0, deadline - performance.now());
    return await lock.acquire({ ...options, timeout: left });
  } catch (error) {
    throw error instanceof TimeoutError ? late(options.timeout!) : error;
  }
}

function late(timeout: number): TimeoutError {
  return new TimeoutError(`Cannot acquire the lock: it was not free within ${timeout} ms`, timeout);
}
