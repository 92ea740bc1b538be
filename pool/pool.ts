/**
 * A pool of workers, and its verbs.
 *
 * @module
 */

import { PoolStateError, SerializationError } from "../shared/errors.ts";
import { PACK } from "../shared/travel.ts";
import { encodeFunction, encodeNow } from "./_function_bytes.ts";
import { keepAlive } from "../shared/keepalive.ts";
import { checkPoolOptions } from "./_options.ts";
import { runLoop, runLoopSync } from "./_loops.ts";
import { Postings } from "./_postings.ts";
import { Scheduler } from "./_scheduler.ts";
import type { PoolTrace } from "./_trace.ts";
import { Submissions, whenReady } from "./_submissions.ts";
import type { AsyncResult } from "./async_result.ts";
import { checkNotImporting } from "./process.ts";
import type {
  ApplyAsyncOptions,
  ApplyOptions,
  ImapOptions,
  LoopOptions,
  MapAsyncOptions,
  MapOptions,
  MapSyncOptions,
  PoolFunction,
  PoolOptions,
} from "./pool_options.ts";
import { type PoolStats, poolStats } from "./stats.ts";

const forgotten = new FinalizationRegistry<Scheduler>((scheduler) => scheduler.close());

/**
 * A pool of workers that call functions for you, as in Python's `multiprocessing`.
 *
 * Functions travel as they are, with what they capture. Arguments and results may be any structured-cloneable value;
 * shared memory and what lies in it is passed by reference, never copied. Every promise ends: when a worker dies, the
 * task that it ran rejects with `WorkerDiedError`, the others are untouched, and the worker is replaced.
 *
 * Cost: a worker takes some tens of milliseconds to start; a call some tens of microseconds.
 *
 * @example Sums of squares on all cores
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * const squares = await pool.map((x: number) => x * x, [1, 2, 3, 4]);
 * assertEquals(squares, [1, 4, 9, 16]);
 * ```
 */
export class Pool {
  readonly #scheduler: Scheduler;
  readonly #processes: number;
  readonly #calls: Submissions;

  /**
   * Starts the workers; returns at once.
   *
   * @param processes How many workers, or the options.
   * @param options The rest.
   * @throws {RangeError} If a count is not a positive integer; {TypeError} if `initializer` is not a function.
   */
  constructor(processes?: number | PoolOptions, options: PoolOptions = {}) {
    const { initializer, initargs, ...rest } = checkPoolOptions(processes, options);
    checkNotImporting("a pool");
    this.#processes = rest.processes;
    const order = initializer && whenReady(() => ({
      fn: encodeFunction(initializer, "initializer"),
      args: encodeNow(initargs, "initargs"),
    }));
    const postings = new Postings(this);
    this.#scheduler = new Scheduler({ ...rest, postings, ...(order && { initializer: order }) });
    this.#calls = new Submissions(this.#scheduler, this.#processes);
    forgotten.register(this, this.#scheduler, this);
  }

  /** How many workers it has; those that are being replaced count. */
  get size(): number {
    return this.#processes;
  }

  /**
   * Calls a function in a worker.
   *
   * @param fn The function.
   * @param args Its arguments, as they are now.
   * @param options Timeout and signal.
   * @returns What it returns, awaited.
   * @throws {PoolClosedError} If the pool was closed; {WorkerDiedError} if its worker died; {TimeoutError} if it
   * ran too long; {SerializationError} if the function, an argument or the result cannot travel; else what it threw.
   */
  apply<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    args?: A,
    options: ApplyOptions = {},
  ): Promise<Awaited<R>> {
    try {
      return this.#calls.applyOnce(fn, args, options) as Promise<Awaited<R>>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Calls a function in a worker, and gives a result to ask.
   *
   * @param fn The function.
   * @param args Its arguments, as they are now.
   * @param options Timeout, signal, callbacks.
   * @returns The result.
   * @throws {TypeError} If an argument is wrong; {PoolClosedError} if the pool was closed.
   */
  applyAsync<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    args?: A,
    options: ApplyAsyncOptions<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>> {
    return this.#calls.apply(fn, args, options as ApplyAsyncOptions<never>) as AsyncResult<Awaited<R>>;
  }

  /**
   * Calls a function for each item of an input; the results are in its order.
   *
   * Every item is run, whatever happens to the others; items are read as they are handed out.
   * @param fn Called with one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up.
   * @returns The results.
   * @throws What the failed item of lowest index threw; else as {@linkcode Pool.apply}.
   */
  map<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: Iterable<T>,
    options: MapOptions & { readonly settle: true },
  ): Promise<PromiseSettledResult<Awaited<R>>[]>;
  /** Without `settle`: the results, or the failure of lowest index. */
  map<T, R>(fn: PoolFunction<[T], R>, iterable: Iterable<T>, options?: MapOptions): Promise<Awaited<R>[]>;
  async map<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: Iterable<T>,
    options: MapOptions = {},
  ): Promise<unknown> {
    return await this.#calls.map(fn, iterable, undefined, withoutCallbacks(options));
  }

  /**
   * As {@linkcode Pool.map}, and gives a result to ask. The callback gets the whole list.
   *
   * @param fn Called with one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up, callbacks.
   * @returns The result.
   * @throws {TypeError} or {RangeError} If an argument is wrong; {PoolClosedError} if the pool was closed.
   */
  mapAsync<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: Iterable<T>,
    options: MapAsyncOptions<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#calls.map(fn, iterable, undefined, options as MapAsyncOptions<never>) as AsyncResult<
      Awaited<R>[]
    >;
  }

  /**
   * As {@linkcode Pool.map}, for items that are tuples of arguments.
   *
   * @param fn Called with the elements of one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up.
   * @returns The results.
   * @throws As {@linkcode Pool.map} rejects.
   */
  starmap<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    iterable: Iterable<A>,
    options: MapOptions & { readonly settle: true },
  ): Promise<PromiseSettledResult<Awaited<R>>[]>;
  /** Without `settle`: the results, or the failure of lowest index. */
  starmap<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    iterable: Iterable<A>,
    options?: MapOptions,
  ): Promise<Awaited<R>[]>;
  async starmap<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    iterable: Iterable<A>,
    options: MapOptions = {},
  ): Promise<unknown> {
    return await this.#calls.map(fn, iterable, asMany, withoutCallbacks(options));
  }

  /**
   * As {@linkcode Pool.starmap}, and gives a result to ask.
   *
   * @param fn Called with the elements of one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up, callbacks.
   * @returns The result.
   * @throws {TypeError} or {RangeError} If an argument is wrong; {PoolClosedError} if the pool was closed.
   */
  starmapAsync<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    iterable: Iterable<A>,
    options: MapAsyncOptions<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#calls.map(fn, iterable, asMany, options as MapAsyncOptions<never>) as AsyncResult<
      Awaited<R>[]
    >;
  }

  /**
   * Calls a function for each item of an input that may be endless; the results are iterated in its order.
   *
   * The input is pulled only as far ahead of the consumer as `buffersize` allows. An item's error is thrown in its
   * place, and `next()` goes on after it. Leaving the loop drops what is queued and calls the input's `return()`.
   *
   * @param fn Called with one item.
   * @param iterable The input.
   * @param options How to hand out, how far ahead, when to give up.
   * @returns The results.
   * @throws {TypeError} or {RangeError} If an argument is wrong; {PoolClosedError} if the pool was closed.
   */
  imap<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: Iterable<T> | AsyncIterable<T>,
    options: ImapOptions = {},
  ): AsyncIterableIterator<Awaited<R>> {
    return this.#calls.imap(fn, iterable, options, true) as AsyncIterableIterator<Awaited<R>>;
  }

  /**
   * As {@linkcode Pool.imap}, in the order in which the items end.
   *
   * @param fn Called with one item.
   * @param iterable The input.
   * @param options How to hand out, how far ahead, when to give up.
   * @returns The results.
   * @throws {TypeError} or {RangeError} If an argument is wrong; {PoolClosedError} if the pool was closed.
   */
  imapUnordered<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: Iterable<T> | AsyncIterable<T>,
    options: ImapOptions = {},
  ): AsyncIterableIterator<Awaited<R>> {
    return this.#calls.imap(fn, iterable, options, false) as AsyncIterableIterator<Awaited<R>>;
  }

  /**
   * As {@linkcode Pool.apply}, blocking this thread. Meanwhile the workers are served: they may want threads.
   *
   * @param fn The function.
   * @param args Its arguments.
   * @param options Timeout.
   * @returns What it returns, awaited.
   * @throws As {@linkcode Pool.apply} rejects.
   */
  applySync<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    args?: A,
    options: Pick<ApplyOptions, "timeout"> = {},
  ): Awaited<R> {
    return this.#calls.applySync(fn, args, options) as Awaited<R>;
  }

  /**
   * As {@linkcode Pool.map}, blocking this thread.
   *
   * @param fn Called with one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up.
   * @returns The results.
   * @throws As {@linkcode Pool.map} rejects.
   */
  mapSync<T, R>(fn: PoolFunction<[T], R>, iterable: Iterable<T>, options: MapSyncOptions = {}): Awaited<R>[] {
    return this.#calls.mapSync(fn, iterable, undefined, options) as Awaited<R>[];
  }

  /**
   * As {@linkcode Pool.starmap}, blocking this thread.
   *
   * @param fn Called with the elements of one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up.
   * @returns The results.
   * @throws As {@linkcode Pool.starmap} rejects.
   */
  starmapSync<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    iterable: Iterable<A>,
    options: MapSyncOptions = {},
  ): Awaited<R>[] {
    return this.#calls.mapSync(fn, iterable, asMany, options) as Awaited<R>[];
  }

  /**
   * Runs a loop's body on all workers of this pool; see the function `prange`.
   *
   * @param n The end of the loop.
   * @param body Called with each index from 0 to `n - 1`, and `args`.
   * @param args Further arguments. @default []
   * @param options Schedule and grain.
   * @throws What the body threw at the lowest index seen, with the index as `index`.
   */
  prange<A extends readonly unknown[]>(
    n: number,
    body: (i: number, ...args: A) => unknown,
    args?: A,
    options: LoopOptions = {},
  ): Promise<void> {
    return runLoop(this.#calls, n, body, args, options);
  }

  /**
   * As {@linkcode Pool.prange}, blocking this thread.
   *
   * @param n The end of the loop.
   * @param body Called with each index from 0 to `n - 1`, and `args`.
   * @param args Further arguments. @default []
   * @param options Schedule and grain.
   * @throws What the body threw at the lowest index seen, with the index as `index`.
   */
  prangeSync<A extends readonly unknown[]>(
    n: number,
    body: (i: number, ...args: A) => unknown,
    args?: A,
    options: LoopOptions = {},
  ): void {
    runLoopSync(this.#calls, n, body, args, options);
  }

  /**
   * Figures about the workers and the slowest items, as they are now; times in milliseconds.
   */
  stats(): PoolStats {
    return poolStats(this.#scheduler);
  }

  /**
   * What the workers did when, as trace events: JSON of it is a file that Perfetto and `chrome://tracing` open. To claim
   * includes loading the function, to run decoding the arguments.
   * @returns The spans so far, a lane a worker, what is under way included.
   * @throws {PoolStateError} If the pool was not made with `trace: true`.
   */
  trace(): PoolTrace {
    const { trace } = this.#scheduler;
    if (trace) return trace.events(() => this.#scheduler.hear());
    throw new PoolStateError("Cannot give a trace: none was kept; make the pool with trace: true");
  }

  /** Takes no more calls; what was taken is done. Idempotent. */
  close(): void {
    this.#scheduler.close();
  }

  /** Gives up what is pending, with `PoolClosedError`, and stops the workers. Idempotent. */
  terminate(): void {
    this.#scheduler.terminate();
  }

  /**
   * Waits until every worker has ended.
   *
   * @throws {PoolStateError} If the pool was neither closed nor terminated.
   */
  async join(): Promise<void> {
    if (this.#scheduler.state === "running") {
      throw new PoolStateError("Cannot join the pool: it is running; close() or terminate() it first");
    }
    const release = keepAlive();
    try {
      await this.#scheduler.finished;
    } finally {
      release();
    }
  }

  /** Terminates and joins. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.join();
  }

  /** @ignore Pools do not travel. */
  [PACK](): never {
    throw new SerializationError("Cannot send a pool to another thread: make one there", "pool");
  }
}

const asMany = (item: unknown): readonly unknown[] => [...item as Iterable<unknown>];

/** The promise forms take no callbacks, even from callers without types. */
function withoutCallbacks<O extends ApplyOptions>(options: O): O {
  return { ...options, callback: undefined, errorCallback: undefined };
}
