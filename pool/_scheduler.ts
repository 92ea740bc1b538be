/**
 * Hands the items of a pool's jobs to its workers, and keeps the pool whole when one of them is lost.
 *
 * ```
 * running ──close()──▶ closing ──nothing left──▶ over
 *    ├──terminate()──────────────────────────────▲
 *    └──initializer fails──▶ broken ─────────────┘
 * ```
 *
 * Invariants. Every item that a job gives out is, until it is settled, with exactly one worker or back with its
 * job. While the pool runs it has `processes` workers that are not dismissed. A job leaves the list when it is
 * over. Who settles an item: its worker's report; else its worker's death (proved, see the host of workers);
 * else a timeout or an abort here; else the end of the pool. So none is left.
 *
 * @module
 */

import { PoolBrokenError, PoolClosedError, TimeoutError, WorkerDiedError } from "../shared/errors.ts";
import { decode, discard, type Encoded } from "./_codec.ts";
import { nextPoolWorkerName } from "./_identity.ts";
import type { Item, Job } from "./_job.ts";
import { PoolWorker, type WorkerEvents } from "./_pool_worker.ts";
import type { PoolReport, ThreadEnd } from "./_protocol.ts";
import { blockUntil } from "./_threads.ts";
import { Slowest, type SlowItem } from "./_slowest.ts";

/** How a pool runs. */
export interface SchedulerOptions {
  readonly processes: number;
  /** The order with which each worker begins; not there at once when the inspector must be opened first. */
  readonly initializer?: Promise<Initializer>;
  readonly maxTasksPerChild: number;
  readonly onWorkerDeath: "fail" | "retry";
  readonly retries: number;
  readonly heapLimitMb?: number;
}

/** The encoded initializer and its arguments. */
export interface Initializer {
  readonly fn: Encoded;
  readonly args: Encoded;
}

/** One pool's work and workers. */
export class Scheduler implements WorkerEvents {
  state: "running" | "closing" | "broken" | "over" = "running";
  /** Why it is broken. */
  cause: unknown;
  readonly workers: Set<PoolWorker> = new Set();
  /** Every worker that has not ended, the dismissed ones included. */
  readonly #alive = new Set<PoolWorker>();
  readonly #jobs = new Set<Job>();
  readonly #slowest = new Slowest();
  readonly #finished = Promise.withResolvers<void>();
  readonly #options: SchedulerOptions;
  #starter: ReturnType<typeof setTimeout> | undefined;
  #survivors = 0;
  #lost = 0;
  #assigning = false;
  #expected = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#fill();
  }

  /** Resolves when it is over and its last worker has ended. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  /** The error with which calls are refused; undefined while they are taken. */
  refusal(): Error | undefined {
    return this.state === "running" ? undefined : this.endError();
  }

  /** Whether nothing that was taken will be run any more. */
  get hasEnded(): boolean {
    return this.state === "over" || this.state === "broken";
  }

  /** Keeps a pool that is being closed alive for a call that was taken and cannot be submitted yet. */
  expect(call: Promise<unknown>): void {
    this.#expected++;
    call.finally(() => {
      this.#expected--;
      this.assign();
    });
  }

  /** The error with which what is pending ends. */
  endError(): Error {
    if (this.state === "broken" || this.cause !== undefined) return this.#brokenError();
    return new PoolClosedError("Cannot take the call: the pool was closed; make a new one");
  }

  #brokenError(): PoolBrokenError {
    return new PoolBrokenError("The pool is broken: its workers could not be made ready", {
      cause: this.cause,
    });
  }

  /** Takes a job. */
  submit(job: Job): void {
    if (job.isOver) return;
    this.#jobs.add(job);
    this.assign();
  }

  /** Starts the workers that are missing; the first at once, the others when the event loop comes round. */
  #fill(): void {
    if (this.workers.size >= this.#options.processes || this.#isDone()) return;
    this.#start();
    if (this.workers.size < this.#options.processes) {
      clearTimeout(this.#starter);
      this.#starter = setTimeout(() => this.#fill(), 0);
    }
  }

  #isDone(): boolean {
    return this.state === "broken" || this.state === "over" || this.state === "closing" && !this.#hasWork();
  }

  #hasWork(): boolean {
    if (this.#expected) return true;
    for (const job of this.#jobs) {
      if (!job.isOver && (!job.isStalled || this.#isRunning(job))) return true;
    }
    return false;
  }

  #isRunning(job: Job): boolean {
    for (const worker of this.#alive) if (worker.runs(job)) return true;
    return false;
  }

  #start(): void {
    const { heapLimitMb, initializer } = this.#options;
    const worker = new PoolWorker({
      name: nextPoolWorkerName(),
      daemon: true,
      role: "pool",
      ...(heapLimitMb !== undefined && { heapLimitMb }),
    }, this);
    this.workers.add(worker);
    this.#alive.add(worker);
    if (!initializer) return worker.order({ type: "prepare" });
    initializer.then(
      ({ fn, args }) => worker.order({ type: "initialize", fn: fn.wire, args: args.wire }),
      (error) => this.#break(error),
    );
  }

  /** Gives work to those who are idle, in the order of the jobs; ends a pool that has nothing left to do. */
  assign(): void {
    // An item that cannot be encoded, or a callback, may lead back here.
    if (this.#assigning || this.state === "over" || this.state === "broken") return;
    this.#assigning = true;
    try {
      for (const worker of this.workers) if (worker.isIdle) this.#giveWork(worker);
    } finally {
      this.#assigning = false;
    }
    if (this.state === "closing" && !this.#hasWork()) this.#finish();
  }

  #giveWork(worker: PoolWorker): void {
    const limit = this.#options.maxTasksPerChild - worker.tasks;
    for (const job of this.#jobs) {
      for (let items; worker.isIdle && (items = job.take(limit)).length;) worker.give(job, items);
      if (job.isOver) this.#jobs.delete(job);
      if (!worker.isIdle) return;
    }
  }

  idle(worker: PoolWorker): void {
    if (worker.dismissed) return;
    if (worker.tasks >= this.#options.maxTasksPerChild || !this.workers.has(worker)) {
      this.workers.delete(worker);
      worker.retire();
      this.#fill();
    }
    this.assign();
  }

  broken(_worker: PoolWorker, { error }: PoolReport & { readonly type: "broken" }): void {
    this.#break(decode(error, true));
  }

  ended(
    worker: PoolWorker,
    job: Job,
    item: Item,
    report: PoolReport & { readonly type: "value" | "error" },
  ): void {
    if (job.isOver) return discard(report.type === "value" ? report.value : report.error);
    this.#slowest.add({ index: item.index, duration: report.busy, worker: worker.thread.ident });
    try {
      if (report.type === "value") job.fulfil(item, decode(report.value, true));
      else job.reject(item, decode(report.error, true));
    } catch (error) {
      job.reject(item, error);
    }
    this.skipOver(job);
  }

  /**
   * Blocks until `done()`, doing what events and timers would. Workers ring as they report; who wakes us when one dies
   * stands in `blockUntil`.
   */
  block(done: () => boolean): void {
    let due = Infinity;
    blockUntil(
      () => {
        const now = performance.now();
        due = Infinity;
        for (const worker of [...this.#alive]) {
          due = Math.min(due, worker.pump(now));
          // Another takes its place; it retires when it has been heard.
          if (worker.isMute(now)) this.workers.delete(worker);
        }
        // A fresh start cannot wait for the event loop to come round.
        while (this.workers.size < this.#options.processes && !this.#isDone()) this.#start();
        return done();
      },
      Infinity,
      () => due,
    );
  }

  /** Has workers begin no more items of a job that is over. */
  skipOver(job: Job): void {
    if (!job.isOver) return;
    this.#jobs.delete(job);
    for (const worker of this.#alive) if (worker.runs(job)) worker.skipRest();
  }

  overdue(worker: PoolWorker, job: Job, item: Item): void {
    const { timeout } = job;
    this.#stopItem(
      worker,
      job,
      item,
      new TimeoutError(`The task ran for more than ${timeout} ms and was stopped`, timeout),
    );
  }

  #stopItem(worker: PoolWorker, job: Job, item: Item, reason: unknown): void {
    if (!worker.stopItem(item)) return;
    this.workers.delete(worker);
    job.reject(item, reason);
    this.skipOver(job);
    this.#fill();
    this.assign();
  }

  /** Gives a job up: what is queued never runs, what runs costs its worker. */
  cancel(job: Job, reason: unknown): void {
    job.abandon(reason);
    this.stopRunning(job);
    this.assign();
  }

  /** Stops the workers that run items of a job that is over. */
  stopRunning(job: Job): void {
    this.#jobs.delete(job);
    for (const worker of [...this.workers]) {
      // When it cannot be stopped in an item, that one has just ended, and it may be in the next.
      for (let item; (item = worker.current(job));) {
        if (!worker.stopItem(item)) continue;
        this.workers.delete(worker);
        break;
      }
    }
    this.#fill();
  }

  gone(worker: PoolWorker, end: ThreadEnd): void {
    const wasExpected = worker.dismissed;
    this.workers.delete(worker);
    this.#alive.delete(worker);
    if (end.survived) this.#survivors++;
    const remains = worker.remains();
    if (remains) {
      this.#mourn(worker, remains, end);
      this.skipOver(remains.job);
    }
    if (!wasExpected) {
      this.#lost++;
      if (!worker.ready && !this.#isDone()) {
        this.#break(
          new WorkerDiedError(
            `A worker died before it was ready: ${end.reason}`,
            worker.thread.ident,
            end.exitCode,
          ),
        );
      }
    }
    this.#fill();
    this.assign();
    this.#tryEnd();
  }

  #mourn(
    { thread: { ident } }: PoolWorker,
    { job, victims, rest }: NonNullable<ReturnType<PoolWorker["remains"]>>,
    { exitCode, reason }: ThreadEnd,
  ): void {
    job.giveBack(rest);
    for (const victim of victims) {
      if (this.#options.onWorkerDeath === "retry" && victim.deaths < this.#options.retries) {
        victim.deaths++;
        job.giveBack([victim]);
      } else {
        job.reject(
          victim,
          new WorkerDiedError(`Worker ${ident} died while it ran the task: ${reason}`, ident, exitCode),
        );
      }
    }
  }

  #break(cause: unknown): void {
    if (this.state === "broken" || this.state === "over") return;
    this.state = "broken";
    this.cause = cause;
    this.#stopAll(this.#brokenError());
  }

  /** Takes no more jobs; ends when those it has are done. */
  close(): void {
    if (this.state !== "running") return;
    this.state = "closing";
    for (const job of this.#jobs) job.closing();
    this.assign();
  }

  /** Gives everything up, now. */
  terminate(): void {
    if (this.state === "over") return;
    const wasBroken = this.state === "broken";
    this.state = "over";
    if (!wasBroken) this.#stopAll(new PoolClosedError("The pool was terminated before the call was done"));
    this.#tryEnd();
  }

  #stopAll(reason: Error): void {
    clearTimeout(this.#starter);
    const jobs = [...this.#jobs];
    this.#jobs.clear();
    for (const worker of this.workers) worker.dismiss(-15);
    this.workers.clear();
    for (const job of jobs) job.abandon(reason);
    this.#tryEnd();
  }

  #finish(): void {
    this.state = "over";
    clearTimeout(this.#starter);
    const reason = new PoolClosedError("The pool was closed, and its workers have ended");
    for (const job of this.#jobs) job.abandon(reason);
    this.#jobs.clear();
    for (const worker of this.workers) {
      if (worker.ready) worker.retire();
      else worker.dismiss(-15);
    }
    this.workers.clear();
    this.#tryEnd();
  }

  #tryEnd(): void {
    if (this.state === "running" || this.state === "closing" || this.#alive.size) return;
    this.#options.initializer?.then(({ fn, args }) => {
      fn.release();
      args.release();
    }, () => {});
    this.#finished.resolve();
  }

  /** Figures for `pool.stats()`. */
  figures(): {
    readonly lost: number;
    readonly survivors: number;
    readonly queued: number;
    readonly slowest: SlowItem[];
  } {
    return {
      lost: this.#lost,
      survivors: this.#survivors,
      queued: this.#jobs.size,
      slowest: this.#slowest.list(),
    };
  }
}
