/**
 * A pool of workers, and its verbs.
 *
 * @module
 */

import { PoolStateError, SerializationError } from "../shared/errors.ts";
import { PACK } from "../shared/travel.ts";
import { ImapJob } from "./_imap_job.ts";
import { ApplyJob, encodeFunction, encodeNow, MapJob } from "./_job.ts";
import { keepAlive } from "../shared/keepalive.ts";
import {
  checkArgs,
  checkCount,
  checkFunction,
  checkInput,
  checkList,
  checkOptionalFunction,
  checkPoolOptions,
} from "./_options.ts";
import { Scheduler } from "./_scheduler.ts";
import { Submissions, whenReady } from "./_submissions.ts";
import { AsyncResult, type Callbacks, type Settler } from "./async_result.ts";
import { type AnyFunction, checkNotImporting } from "./process.ts";
import type {
  ApplyAsyncOptions,
  ApplyOptions,
  ImapOptions,
  MapAsyncOptions,
  MapOptions,
  PoolFunction,
  PoolOptions,
} from "./pool_options.ts";
import { type PoolStats, poolStats } from "./stats.ts";

const forgotten = new FinalizationRegistry<Scheduler>((scheduler) => scheduler.close());

/**
 * A pool of workers that call functions for you, as in Python's `multiprocessing`.
 *
 * Functions travel as they are: lambdas too, as long as their text uses nothing of its surroundings. Arguments and
 * results may be any structured-cloneable value; shared memory and what lies in it is passed by reference, never
 * copied. Every promise ends: when a worker dies, the task that it ran rejects with `WorkerDiedError`, the
 * others are untouched, and the worker is replaced.
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
   * @throws {RangeError} If a count is not a positive integer.
   * @throws {TypeError} If `initializer` is not a function.
   */
  constructor(processes?: number | PoolOptions, options: PoolOptions = {}) {
    const checked = checkPoolOptions(processes, options);
    const { initializer, initargs, maxTasksPerChild, onWorkerDeath, retries, heapLimitMb } = checked;
    checkNotImporting("a pool");
    this.#processes = checked.processes;
    this.#scheduler = new Scheduler({
      processes: this.#processes,
      maxTasksPerChild,
      onWorkerDeath,
      retries,
      ...(initializer && {
        initializer: whenReady(() => ({
          fn: encodeFunction(initializer, "initializer"),
          args: encodeNow(initargs, "initargs"),
        })),
      }),
      ...(heapLimitMb !== undefined && { heapLimitMb }),
    });
    this.#calls = new Submissions(this.#scheduler);
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
  async apply<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    args?: A,
    options: ApplyOptions = {},
  ): Promise<Awaited<R>> {
    return await this.applyAsync(
      fn,
      args,
      { ...options, callback: undefined, errorCallback: undefined } as ApplyOptions,
    );
  }

  /**
   * Calls a function in a worker, and gives a result to ask.
   *
   * @param fn The function.
   * @param args Its arguments, as they are now.
   * @param options Timeout, signal, callbacks.
   * @returns The result.
   * @throws {TypeError} If an argument is of the wrong kind.
   * @throws {PoolClosedError} If the pool was closed.
   */
  applyAsync<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    args?: A,
    options: ApplyAsyncOptions<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>> {
    checkFunction(fn, "fn");
    const list = checkArgs(args);
    const { timeout, signal } = this.#calls.checkCall(options);
    return new AsyncResult<Awaited<R>>((settler) =>
      this.#calls.launch(settler, () => {
        const encoded = encodeFunction(fn as AnyFunction, "fn");
        return this.#calls.submit(
          new ApplyJob({ fn: encoded, chunksize: 1, timeout }, list, settler as Settler<unknown>),
          signal,
        );
      }), options);
  }

  /**
   * Calls a function for each item of an input; the results are in its order.
   *
   * Every item is run, whatever happens to the others; items are read as they are handed out.
   *
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
    return await this.#mapAsync(fn, iterable, asOne, {
      ...options,
      callback: undefined,
      errorCallback: undefined,
    });
  }

  /**
   * As {@linkcode Pool.map}, and gives a result to ask. The callback gets the whole list.
   *
   * @param fn Called with one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up, callbacks.
   * @returns The result.
   * @throws {TypeError} If an argument is of the wrong kind; {RangeError} if `chunksize` is not a positive integer.
   * @throws {PoolClosedError} If the pool was closed.
   */
  mapAsync<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: Iterable<T>,
    options: MapAsyncOptions<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#mapAsync(fn, iterable, asOne, options) as AsyncResult<Awaited<R>[]>;
  }

  /**
   * As {@linkcode Pool.map}, for items that are tuples of arguments.
   *
   * @param fn Called with the elements of one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up.
   * @returns The results.
   * @throws What the failed item of lowest index threw; else as {@linkcode Pool.apply}.
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
    return await this.#mapAsync(fn, iterable, asMany, {
      ...options,
      callback: undefined,
      errorCallback: undefined,
    });
  }

  /**
   * As {@linkcode Pool.starmap}, and gives a result to ask.
   *
   * @param fn Called with the elements of one item.
   * @param iterable The input; it is listed at once.
   * @param options How to hand out, when to give up, callbacks.
   * @returns The result.
   * @throws {TypeError} If an argument is of the wrong kind; {RangeError} if `chunksize` is not a positive integer.
   * @throws {PoolClosedError} If the pool was closed.
   */
  starmapAsync<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    iterable: Iterable<A>,
    options: MapAsyncOptions<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>[]> {
    return this.#mapAsync(fn, iterable, asMany, options) as AsyncResult<Awaited<R>[]>;
  }

  #mapAsync<A extends readonly unknown[], R>(
    fn: PoolFunction<A, R>,
    iterable: unknown,
    spread: (item: unknown) => readonly unknown[],
    options: MapAsyncOptions<Awaited<R>>,
  ): AsyncResult<unknown[]> {
    checkFunction(fn, "fn");
    const { timeout, signal } = this.#calls.checkCall(options);
    const given = checkCount(options.chunksize, "chunksize", 0);
    const { failFast = false, settle: settleAll = false, onProgress } = options;
    checkOptionalFunction(onProgress, "onProgress");
    const items = checkList(iterable);
    const chunksize = given || Math.max(1, Math.ceil(items.length / (4 * this.#processes)));
    return new AsyncResult<unknown[]>((settler) =>
      this.#calls.launch(settler, () => {
        const encoded = encodeFunction(fn as AnyFunction, "fn");
        const job = new MapJob(
          { fn: encoded, chunksize, timeout, failFast, settleAll, ...(onProgress && { onProgress }) },
          items,
          spread,
          settler,
        );
        return this.#calls.submit(job, signal);
      }), options as Callbacks<unknown[]>);
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
   * @throws {TypeError} If an argument is of the wrong kind; {RangeError} if a size is not a positive integer.
   * @throws {PoolClosedError} If the pool was closed.
   */
  imap<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: Iterable<T> | AsyncIterable<T>,
    options: ImapOptions = {},
  ): AsyncIterableIterator<Awaited<R>> {
    return this.#imap(fn, iterable, options, true);
  }

  /**
   * As {@linkcode Pool.imap}, in the order in which the items end.
   *
   * @param fn Called with one item.
   * @param iterable The input.
   * @param options How to hand out, how far ahead, when to give up.
   * @returns The results.
   * @throws {TypeError} If an argument is of the wrong kind; {RangeError} if a size is not a positive integer.
   * @throws {PoolClosedError} If the pool was closed.
   */
  imapUnordered<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: Iterable<T> | AsyncIterable<T>,
    options: ImapOptions = {},
  ): AsyncIterableIterator<Awaited<R>> {
    return this.#imap(fn, iterable, options, false);
  }

  #imap<T, R>(
    fn: PoolFunction<[T], R>,
    iterable: unknown,
    options: ImapOptions,
    ordered: boolean,
  ): AsyncIterableIterator<Awaited<R>> {
    checkFunction(fn, "fn");
    const { timeout, signal } = this.#calls.checkCall(options);
    const chunksize = checkCount(options.chunksize, "chunksize", 1);
    const buffersize = checkCount(options.buffersize, "buffersize", 4 * this.#processes * chunksize);
    const { onProgress } = options;
    checkOptionalFunction(onProgress, "onProgress");
    const input = checkInput(iterable);
    const scheduler = this.#scheduler;
    const job = new ImapJob(
      { fn: NO_FUNCTION, chunksize, buffersize, timeout, ordered, ...(onProgress && { onProgress }) },
      input,
      () => {
        scheduler.skipOver(job);
        scheduler.assign();
      },
    );
    this.#calls.inTurn(() => {
      if (scheduler.hasEnded) return job.abandon(scheduler.endError());
      job.fn = encodeFunction(fn as AnyFunction, "fn");
      this.#calls.submit(job, signal);
    }, (error) => job.abandon(error));
    return job as AsyncIterableIterator<Awaited<R>>;
  }

  /**
   * Figures about the workers and the slowest items; times in milliseconds.
   *
   * @returns A snapshot.
   */
  stats(): PoolStats {
    return poolStats(this.#scheduler);
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

const asOne = (item: unknown): readonly unknown[] => [item];
const asMany = (item: unknown): readonly unknown[] => [...item as Iterable<unknown>];
const NO_FUNCTION = { wire: { value: undefined }, release: () => {} };
