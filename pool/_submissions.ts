/**
 * How a pool's calls reach its scheduler: checked, in their order, when what they capture has been read.
 *
 * Only the first capture of a program, and the first that meets a function of another module, must wait for the
 * inspector; calls that are made meanwhile queue behind it.
 *
 * @module
 */

import { checkTimeout } from "../shared/wait.ts";
import { NotReadyYet } from "./_routes.ts";
import { CallsJob } from "./_calls_job.ts";
import { type EncodedFunction, encodeFunction } from "./_function_bytes.ts";
import { ImapJob } from "./_imap_job.ts";
import { type Job, MapJob } from "./_job.ts";
import {
  checkArgs,
  checkCount,
  checkFunction,
  checkInput,
  checkList,
  checkOptionalFunction,
  checkSignal,
  tooEarly,
} from "./_options.ts";
import type { Scheduler } from "./_scheduler.ts";
import type { Initializer } from "./_scheduler_options.ts";
import { AsyncResult, type Callbacks, type Settler } from "./async_result.ts";
import type { ApplyAsyncOptions, ApplyOptions, ImapOptions, MapAsyncOptions } from "./pool_options.ts";
import type { AnyFunction } from "./process.ts";

type Options<R> = ApplyAsyncOptions<R>;
type MapOptions<R> = MapAsyncOptions<R>;
/** Makes a job of a function that was encoded, and who is told. */
type MakeJob = (fn: EncodedFunction, settler: Settler<never>) => Job;

/** The calls of one pool. */
export class Submissions {
  /** The calls that wait for the inspector; undefined when none does. */
  #turn: Promise<void> | undefined;
  /** The job of single calls that was submitted last, which others may join. */
  #last: CallsJob | undefined;

  constructor(readonly scheduler: Scheduler, readonly processes: number) {}

  /** A single call. */
  apply(fn: unknown, args: unknown, options: Options<never>): AsyncResult<unknown> {
    return this.#start(fn, this.#applyJob(args, options.timeout), options);
  }

  /** A single call whose caller gets a promise and nothing else: most calls are, so it is short of detours. */
  applyOnce(fn: unknown, args: unknown, { timeout, signal: given }: ApplyOptions): Promise<unknown> {
    const list = checkArgs(args), limit = checkTimeout(timeout), signal = this.#check(fn, given);
    const promise = new Promise<unknown>(noteSettlers), resolve = resolveNoted, reject = rejectNoted;
    if (this.#turn || !this.#applyNow(fn as AnyFunction, list, limit, signal, resolve, reject)) {
      this.inTurn(() => {
        if (this.scheduler.hasEnded) return reject(this.scheduler.endError());
        this.submit(makeJob(fn as AnyFunction, callOf(list, limit), { resolve, reject }), signal);
      }, reject);
    }
    return promise;
  }

  /** Submits a call at once; false when it must wait for the inspector. */
  #applyNow(
    fn: AnyFunction,
    args: readonly unknown[],
    timeout: number,
    signal: AbortSignal | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ): boolean {
    try {
      const encoded = encodeFunction(fn, "fn"), last = this.#last;
      if (last && !signal && last.takes(encoded, timeout)) {
        last.call(args, resolve, reject);
        this.scheduler.extend(last);
        return true;
      }
      try {
        const job = new CallsJob(encoded, timeout);
        job.call(args, resolve, reject);
        this.submit(job, signal);
        if (!signal) this.#last = job;
      } catch (error) {
        encoded.release();
        throw error;
      }
    } catch (error) {
      if (error instanceof NotReadyYet) return false;
      reject(error);
    }
    return true;
  }

  /** A call for each item of a list; `spread` gives an item's arguments. */
  map(fn: unknown, input: unknown, spread: Spread, options: MapOptions<never>): AsyncResult<unknown> {
    return this.#start(fn, this.#mapJob(input, spread, options), options as Options<never>);
  }

  /** A single call; blocks. */
  applySync(fn: unknown, args: unknown, options: Options<never>): unknown {
    return this.#block(fn, this.#applyJob(args, options.timeout));
  }

  /** A call for each item of a list; blocks. */
  mapSync(fn: unknown, input: unknown, spread: Spread, options: MapOptions<never>): unknown {
    return this.#block(fn, this.#mapJob(input, spread, options));
  }

  /** The shares of a loop, and how each ended. */
  shares(body: unknown, shares: readonly unknown[][]): Promise<PromiseSettledResult<unknown>[]> {
    this.#check(body, undefined);
    const promise = new Promise<unknown>(noteSettlers), resolve = resolveNoted, reject = rejectNoted;
    this.inTurn(() => {
      if (this.scheduler.hasEnded) return reject(this.scheduler.endError());
      this.submit(makeJob(body as AnyFunction, this.#loopJob(shares), { resolve, reject }), undefined);
    }, reject);
    return promise as Promise<PromiseSettledResult<unknown>[]>;
  }

  /** As {@linkcode Submissions.shares}; blocks. */
  sharesSync(body: unknown, shares: readonly unknown[][]): PromiseSettledResult<unknown>[] {
    return this.#block(body, this.#loopJob(shares)) as PromiseSettledResult<unknown>[];
  }

  #loopJob(shares: readonly unknown[][]): MakeJob {
    const options = { chunksize: 1, timeout: Infinity, failFast: false, settleAll: true, isLoop: true };
    return (fn, settler) =>
      new MapJob({ fn, ...options }, shares, (share) => share as unknown[], settler as Settler<unknown[]>);
  }

  #applyJob(args: unknown, given: number | undefined): MakeJob {
    return callOf(checkArgs(args), checkTimeout(given));
  }

  #mapJob(input: unknown, spread: Spread, options: MapOptions<never>): MakeJob {
    const timeout = checkTimeout(options.timeout), given = checkCount(options.chunksize, "chunksize", 0);
    const { failFast = false, settle: settleAll = false, onProgress } = options;
    checkOptionalFunction(onProgress, "onProgress");
    this.checkOpen();
    const items = checkList(input);
    const chunksize = given || Math.max(1, Math.ceil(items.length / (4 * this.processes)));
    return (fn, settler) =>
      new MapJob(
        { fn, chunksize, timeout, failFast, settleAll, ...(onProgress && { onProgress }) },
        items,
        spread,
        settler as Settler<unknown[]>,
      );
  }

  #check(fn: unknown, signal: unknown): AbortSignal | undefined {
    checkFunction(fn, "fn");
    this.checkOpen();
    return checkSignal(signal);
  }

  #start(fn: unknown, make: MakeJob, options: Options<never>): AsyncResult<unknown> {
    checkOptionalFunction(options.callback, "callback");
    checkOptionalFunction(options.errorCallback, "errorCallback");
    const signal = this.#check(fn, options.signal);
    return new AsyncResult<unknown>((settler) => {
      let job: Job | undefined, cancelled = false;
      this.inTurn(() => {
        if (cancelled) return;
        if (this.scheduler.hasEnded) return settler.reject(this.scheduler.endError());
        job = makeJob(fn as AnyFunction, make, settler);
        this.submit(job, signal);
      }, (error) => settler.reject(error));
      return () => {
        cancelled = true;
        const reason = new DOMException("The call was cancelled", "AbortError");
        if (!job) settler.reject(reason);
        else if (job.isOver) return false;
        else this.scheduler.cancel(job, reason);
        return true;
      };
    }, options as Callbacks<unknown>);
  }

  #block(fn: unknown, make: MakeJob): unknown {
    this.#check(fn, undefined);
    let outcome: PromiseSettledResult<unknown> | undefined;
    const job = inTime(() =>
      makeJob(fn as AnyFunction, make, {
        resolve: (value: unknown) => outcome = { status: "fulfilled", value },
        reject: (reason) => outcome = { status: "rejected", reason },
      })
    );
    job.isBlocking = true;
    this.#last = undefined;
    this.scheduler.submit(job);
    this.scheduler.block(() => outcome !== undefined);
    if (outcome!.status === "rejected") throw outcome!.reason;
    return outcome!.value;
  }

  /** A call for each item of an input that may be endless. */
  imap(fn: unknown, iterable: unknown, options: ImapOptions, ordered: boolean): ImapJob {
    const signal = this.#check(fn, options.signal);
    const timeout = checkTimeout(options.timeout), chunksize = checkCount(options.chunksize, "chunksize", 1);
    const buffersize = checkCount(options.buffersize, "buffersize", 4 * this.processes * chunksize);
    const { onProgress } = options, { scheduler } = this;
    checkOptionalFunction(onProgress, "onProgress");
    const job = new ImapJob(
      { fn: NO_FUNCTION, chunksize, buffersize, timeout, ordered, ...(onProgress && { onProgress }) },
      checkInput(iterable),
      () => scheduler.poke(job),
    );
    this.inTurn(() => {
      if (scheduler.hasEnded) return job.abandon(scheduler.endError());
      job.fn = encodeFunction(fn as AnyFunction, "fn");
      this.submit(job, signal);
    }, (error) => job.abandon(error));
    return job;
  }

  /** Throws when the pool takes no calls. */
  checkOpen(): void {
    const refusal = this.scheduler.refusal();
    if (refusal) throw refusal;
  }

  /** Submits a job and gives it up when the signal is aborted. */
  submit(job: Job, signal: AbortSignal | undefined): void {
    const { scheduler } = this;
    this.#last = undefined;
    if (signal) {
      const onAbort = () => {
        if (!job.isOver) scheduler.cancel(job, signal.reason);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    }
    scheduler.submit(job);
  }

  /**
   * Calls `submit` now. When it must wait for the inspector, it is called again then, and later calls queue behind.
   * The inspector answers within a turn or two of the event loop, so the queue ends.
   */
  inTurn(submit: () => void, fail: (error: unknown) => void): void {
    const attempt = (): Promise<void> | undefined => {
      try {
        submit();
      } catch (error) {
        if (error instanceof NotReadyYet) return error.ready.then(attempt, fail);
        fail(error);
      }
      return undefined;
    };
    const waiting = this.#turn ? this.#turn.then(attempt) : attempt();
    if (!waiting) return;
    this.#turn = waiting;
    this.scheduler.expect(waiting);
    waiting.then(() => {
      if (this.#turn === waiting) this.#turn = undefined;
    });
  }
}

let resolveNoted: (value: unknown) => void, rejectNoted: (error: unknown) => void;

/** Makes known what settles the promise that is being made: to make a function for each costs more than the call. */
function noteSettlers(resolve: typeof resolveNoted, reject: typeof rejectNoted): void {
  resolveNoted = resolve;
  rejectNoted = reject;
}

/** A single call, alone in its job. */
function callOf(args: readonly unknown[], timeout: number): MakeJob {
  return (fn, { resolve, reject }) => {
    const job = new CallsJob(fn, timeout);
    job.call(args, resolve, reject);
    return job;
  };
}

/** How an item becomes arguments; absent, it is the only one. */
type Spread = ((item: unknown) => readonly unknown[]) | undefined;
const NO_FUNCTION: EncodedFunction = {
  wire: { value: undefined },
  release: () => {},
  id: 0,
  bytes: undefined,
};

/** Runs what may want to wait for the inspector where nothing can be waited for. */
function inTime<R>(run: () => R): R {
  try {
    return run();
  } catch (error) {
    throw error instanceof NotReadyYet ? tooEarly() : error;
  }
}

function makeJob(fn: AnyFunction, make: MakeJob, settler: Settler<unknown>): Job {
  const encoded = encodeFunction(fn, "fn");
  try {
    return make(encoded, settler);
  } catch (error) {
    encoded.release();
    throw error;
  }
}

/** What `make` gives, as soon as the inspector can answer what it asks. */
export function whenReady(make: () => Initializer): Promise<Initializer> {
  const made = new Promise<Initializer>((resolve, reject) => {
    const attempt = () => {
      try {
        resolve(make());
      } catch (error) {
        if (error instanceof NotReadyYet) error.ready.then(attempt, reject);
        else reject(error);
      }
    };
    attempt();
  });
  made.catch(() => {});
  return made;
}
