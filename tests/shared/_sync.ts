/**
 * What the tests of locks and their kin share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { BaseLock } from "@multicore/multicore/shared";
import { Pool, Process } from "@multicore/multicore/pool";

/** Numbers below `below`, the same ones for the same seed (Numerical Recipes' linear congruences). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

/** The error that `run` throws or rejects with; undefined when there is none. */
export async function errorOf(run: () => unknown): Promise<Error | undefined> {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

/** Fails unless `run` fails with an error of that name. */
export async function failsWith(name: string, run: () => unknown): Promise<Error> {
  const error = await errorOf(run);
  assertEquals(error?.name, name, error?.stack ?? "it did not fail");
  return error!;
}

/** Resolves after the event loop has run for that long. */
export function pause(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Lets a child take `lock` and end without releasing it; returns the child's ident. */
export async function abandon(lock: BaseLock): Promise<number> {
  const child = new Process({ target: (lock: BaseLock) => void lock.acquireSync(), args: [lock] });
  child.start();
  await child.join();
  return child.ident!;
}

/** Runs `body(worker, ...args)` once in each of `workers` workers of a pool, all at the same time. */
export async function inWorkers<A extends unknown[], R>(
  workers: number,
  // deno-lint-ignore no-explicit-any -- as for a pool, a function of any signature
  body: (worker: number, ...args: any[]) => R,
  args: A,
  /** Looks at what is there while the workers, which may hold things, still live. */
  last: () => void = () => {},
): Promise<Awaited<R>[]> {
  await using pool = new Pool(workers);
  const calls = Array.from({ length: workers }, (_, worker) => pool.apply(body, [worker, ...args]));
  const results = await Promise.all(calls) as Awaited<R>[];
  last();
  return results;
}
