/**
 * The options of a pool and of its verbs.
 *
 * @module
 */

import type { Progress } from "./_job.ts";
import type { Callbacks } from "./async_result.ts";
import type { AnyFunction } from "./process.ts";

/** A function that a pool can call. */
export type PoolFunction<A extends readonly unknown[], R> = (...args: A) => R | PromiseLike<R>;

/** How a {@linkcode Pool} is made. */
export interface PoolOptions {
  /** How many workers. @default cpuCount() */
  readonly processes?: number;
  /** Called once in each worker, replacements included, before its first task. */
  readonly initializer?: AnyFunction;
  /** Its arguments. @default [] */
  readonly initargs?: readonly unknown[];
  /** Items that a worker runs before it is replaced by a fresh one. @default Infinity */
  readonly maxTasksPerChild?: number;
  /** Whether a task whose worker died fails, or is run again. @default "fail" */
  readonly onWorkerDeath?: "fail" | "retry";
  /** How often a task is run again at most. @default 1 */
  readonly retries?: number;
  /** Limit of each worker's JavaScript heap, in MiB; typed arrays and shared memory do not count. */
  readonly heapLimitMb?: number;
  /** Whether the workers note what they do when, for {@linkcode Pool.trace}. @default false */
  readonly trace?: boolean;
}

/** Options of a single call. */
export interface ApplyOptions {
  /** Milliseconds that the task may run; then it is stopped, and costs its worker. */
  readonly timeout?: number;
  /** Aborting it drops the task when it queues, and stops it when it runs. */
  readonly signal?: AbortSignal;
}

/** Options of a call that returns an {@linkcode AsyncResult}. */
export interface ApplyAsyncOptions<R> extends ApplyOptions, Callbacks<R> {}

/** Options of a call for many items. */
export interface MapOptions extends ApplyOptions {
  /** Items handed to a worker at once. @default ceil(length / (4 * processes)) */
  readonly chunksize?: number;
  /** Reject with the first failure at once, and hand out nothing more. @default false */
  readonly failFast?: boolean;
  /** Resolve with how each item ended, as `Promise.allSettled` does. @default false */
  readonly settle?: boolean;
  /** Told after each item. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Options of a map that returns an {@linkcode AsyncResult}. */
export interface MapAsyncOptions<R> extends MapOptions, Callbacks<R[]> {}

/** Options of a call whose results are iterated. */
export interface ImapOptions extends ApplyOptions {
  /** Items handed to a worker at once. @default 1 */
  readonly chunksize?: number;
  /** How many items may be pulled ahead of the consumer. @default 4 * processes * chunksize */
  readonly buffersize?: number;
  /** Told after each item. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Options of the maps that block. */
export type MapSyncOptions = Pick<MapOptions, "chunksize" | "failFast" | "timeout" | "onProgress">;

/** How a parallel loop is handed out. */
export interface LoopOptions {
  /** Whether workers claim indices as they go, or each has a fixed part. @default "dynamic" */
  readonly schedule?: "dynamic" | "static";
  /** The least indices that a worker claims at once. @default 1 */
  readonly grain?: number;
}
