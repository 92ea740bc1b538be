/**
 * Keeps a pool's workers, and settles what becomes of items whose worker is lost.
 *
 * ```
 * running ──close()──▶ closing ──nothing left──▶ over
 *    ├──terminate()──────────────────────────────▲
 *    └──initializer fails──▶ broken ─────────────┘
 * ```
 *
 * Invariants. While the pool runs it has `processes` workers that are not dismissed. A job leaves the list when it is
 * over. Who settles an item: its worker's report; else its worker's death (proved, see the host of workers);
 * else a timeout or an abort here; else the end of the pool. So none is left.
 *
 * @module
 */

import { PoolBrokenError, PoolClosedError, TimeoutError, WorkerDiedError } from "../shared/errors.ts";
import { keepAlive } from "../shared/keepalive.ts";
import type { Head } from "../shared/mailbox.ts";
import { decode, discard } from "./_codec.ts";
import type { Batch } from "./_batch.ts";
import { type Crew, Dispatcher } from "./_dispatcher.ts";
import type { EncodedFunction } from "./_function_bytes.ts";
import { nextPoolWorkerName } from "./_identity.ts";
import type { Job } from "./_job.ts";
import { Ledger } from "./_ledger.ts";
import { PoolWorker, type WorkerEvents } from "./_pool_worker.ts";
import type { PostedReport, ThreadEnd } from "./_protocol.ts";
import { addPump, removePump } from "./_pumps.ts";
import { BEGUN, BROKEN, READY, SPANS, SPENT } from "./_reports.ts";
import type { SchedulerOptions } from "./_scheduler_options.ts";
import { type Employer, Starter } from "./_starter.ts";
import { blockUntil } from "./_threads.ts";
import { Trace } from "./_trace.ts";

/** One pool's work and workers. */
export class Scheduler implements WorkerEvents, Crew, Employer {
  state: "running" | "closing" | "broken" | "over" = "running";
  cause: unknown;
  readonly processes: number;
  /** What the workers did, if that is wanted. */
  readonly trace: Trace | undefined;
  readonly workers: Set<PoolWorker> = new Set();
  readonly ledger: Ledger = new Ledger();
  /** Every worker that has not ended, the dismissed ones included, by its slot. */
  readonly #alive = new Map<number, PoolWorker>();
  /** The calls that are not done. */
  readonly jobs: Set<Job> = new Set();
  readonly #dispatcher: Dispatcher;
  readonly #finished = Promise.withResolvers<void>();
  readonly #options: SchedulerOptions;
  readonly #starter: Starter;
  #expected = 0;
  #awaited = 0;
  #release = () => {};
  #isDisposed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.processes = options.processes;
    if (options.trace) this.trace = new Trace();
    this.#dispatcher = new Dispatcher(this);
    this.#starter = new Starter(this, options.initializer !== undefined);
    this.#starter.fill();
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
    const release = keepAlive();
    this.#expected++;
    call.finally(() => {
      release();
      this.#expected--;
      this.#endIfClosed();
    });
  }

  /** The error with which what is pending ends. */
  endError(): Error {
    const { cause } = this;
    if (this.state === "broken" || cause !== undefined) {
      return new PoolBrokenError("The pool is broken: its workers could not be made ready", { cause });
    }
    return new PoolClosedError("Cannot take the call: the pool was closed; make a new one");
  }

  /** Takes a job. */
  submit(job: Job): void {
    if (job.isOver) return;
    this.jobs.add(job);
    addPump(this);
    if (job.isAwaited && this.#awaited++ === 0) this.#release = keepAlive();
    this.extend(job);
  }

  /** A job that it has taken has more items. */
  extend(job: Job): void {
    this.#dispatcher.add(job);
    job.noteCaller(); // while a worker begins
    if (this.jobs.size === 2 || job.pending === 2) this.#starter.hurry();
    if (job.isOver) this.settled(job);
    else if (this.state === "closing") this.#endIfClosed();
  }

  /** A job may have more to give, or less. */
  poke(job: Job): void {
    if (job.isOver) this.settled(job);
    else if (this.jobs.has(job)) this.#dispatcher.add(job);
    this.#endIfClosed();
  }

  /** Whether workers are missing. */
  isShort(): boolean {
    return this.workers.size < this.processes && !this.#isDone();
  }

  #isDone(): boolean {
    return this.hasEnded || this.state === "closing" && !this.#hasWork();
  }

  #hasWork(): boolean {
    if (this.#expected) return true;
    for (const job of this.jobs) if (!job.isOver && (!job.isStalled || job.out > 0)) return true;
    return false;
  }

  start(): void {
    const { heapLimitMb, initializer, maxTasksPerChild: limit } = this.#options, name = nextPoolWorkerName();
    const worker = new PoolWorker({
      name,
      daemon: true,
      role: "pool",
      ...(heapLimitMb !== undefined && { heapLimitMb }),
    }, this);
    this.workers.add(worker);
    this.#alive.set(worker.slot, worker);
    this.#options.postings.catchUp(worker);
    worker.deaths = this.ledger.take();
    worker.figures = this.#dispatcher.board.figures(worker.slot);
    const trace = this.trace?.begin(worker.thread.ident, name, worker.born);
    const place = { board: this.#dispatcher.board.block.reference, limit, trace };
    if (!initializer) worker.order({ type: "prepare", ...place });
    else {
      initializer.then(
        ({ fn, args }) => worker.order({ type: "initialize", ...place, fn: fn.wire, args: args.wire }),
        (error) => this.#break(error),
      );
    }
    this.#dispatcher.fill();
  }

  nextWorker(): PoolWorker | undefined {
    return this.#options.postings.next(this.workers);
  }

  postFunction(fn: EncodedFunction): void {
    this.#options.postings.add(fn, this.workers);
  }

  hear(): void {
    this.#dispatcher.hear();
    this.#endIfClosed();
  }

  heard({ type, slot, about, index, duration }: Head, read: () => unknown): void {
    const value = read(), worker = this.#alive.get(slot);
    if (!worker) return;
    worker.heardAt = performance.now();
    switch (type) {
      case READY:
        worker.ready = true;
        worker.startup = duration - performance.timeOrigin - worker.born;
        return this.#starter.ready();
      case BROKEN:
        return this.#break(value);
      case SPENT:
        if (worker.dismissed) return;
        this.workers.delete(worker);
        this.ledger.leave(worker.deaths);
        worker.retire();
        this.#dispatcher.giveBackKept(slot);
        return this.#starter.fill();
      case BEGUN: {
        const batch = this.#dispatcher.find(about);
        if (batch && !worker.dismissed) worker.began(batch, index, batch.jobOf(index).timeout);
        return;
      }
      case SPANS:
        this.trace?.posted(worker.thread.ident, about, value as Float64Array);
    }
  }

  ran(slot: number, count: number, longest: number, at: number, batch?: Batch): void {
    const worker = this.#alive.get(slot);
    if (!worker) return;
    worker.rest();
    worker.heardAt = performance.now();
    worker.tasks += count;
    this.ledger.ran(longest, worker.thread.ident, at, batch);
  }

  posted(worker: PoolWorker, report: PostedReport): void {
    const { sequence, index, isValue, wire, duration } = report;
    const batch = this.#dispatcher.find(sequence);
    this.ran(worker.slot, 1, duration, index, batch);
    if (!batch || batch.isSettled(index)) return discard(wire);
    this.#dispatcher.end(batch, index, isValue, () => decode(wire, true));
    this.hear();
  }

  #forget(job: Job): void {
    if (this.jobs.delete(job) && job.isAwaited && --this.#awaited === 0) this.#release();
    if (!this.jobs.size) removePump(this);
  }

  /** A job is over: whatever is left of it is withdrawn; what runs goes on. */
  settled(job: Job): void {
    this.#forget(job);
    if (job.out > 0) this.#dispatcher.withdraw(job);
    if (!this.jobs.size) {
      this.#options.postings.clear();
      this.#starter.hurry();
    }
    this.#endIfClosed();
  }

  /**
   * Blocks until `done()`, doing what events and timers would. Workers ring as they report; who wakes us when one dies
   * stands in `blockUntil`.
   */
  block(done: () => boolean): void {
    let due = Infinity;
    blockUntil(
      () => {
        due = this.pump(performance.now());
        return done();
      },
      Infinity,
      () => due,
    );
  }

  /** What events and timers would do, for a creator that blocks; returns when it must be done again at the latest. */
  pump(now: number): number {
    let due = Infinity;
    this.hear();
    for (const worker of [...this.#alive.values()]) due = Math.min(due, worker.pump(now));
    // What is missing cannot wait for the event loop to come round.
    return Math.min(due, this.#starter.pump(now));
  }

  overdue(worker: PoolWorker): void {
    const before = worker.timed;
    this.hear();
    const { timed } = worker;
    if (!timed || timed !== before) return;
    const { batch, at } = timed, job = batch.jobOf(at), { timeout } = job;
    // When it cannot be stopped, it has just ended, and its report comes.
    if (!this.#dispatcher.stop(batch, at, worker.slot)) return worker.rest();
    this.#lose(worker);
    const error = new TimeoutError(`The task ran for more than ${timeout} ms and was stopped`, timeout);
    this.#dispatcher.end(batch, at, false, () => error);
    this.#goOn();
  }

  #lose(worker: PoolWorker): void {
    if (this.workers.delete(worker)) this.ledger.leave(worker.deaths + 1);
    worker.dismiss(-9, this.#dispatcher.laidOutAt);
    this.#dispatcher.giveBackKept(worker.slot);
  }

  #goOn(): void {
    this.#starter.fill();
    this.#dispatcher.fill();
    this.#endIfClosed();
  }

  /** Gives a job up: what is queued never runs, what runs costs its worker. */
  cancel(job: Job, reason: unknown): void {
    job.abandon(reason);
    this.#forget(job);
    this.#dispatcher.withdraw(job, (slot) => {
      const worker = this.#alive.get(slot);
      if (worker) this.#lose(worker);
    });
    this.#goOn();
  }

  gone(worker: PoolWorker, end: ThreadEnd): void {
    const wasExpected = worker.dismissed;
    this.#dispatcher.hear();
    if (this.workers.delete(worker)) this.ledger.leave(worker.deaths + 1);
    this.#alive.delete(worker.slot);
    this.trace?.end(worker.thread.ident);
    if (end.survived) this.ledger.survivors++;
    this.#mourn(worker, end);
    if (!wasExpected) {
      this.ledger.lost++;
      const text = `A worker died before it was ready: ${end.reason}`, { ident } = worker.thread;
      if (!worker.ready && !this.#isDone()) this.#break(new WorkerDiedError(text, ident, end.exitCode));
    }
    this.#goOn();
    this.#tryEnd();
  }

  #mourn({ slot, thread: { ident } }: PoolWorker, { exitCode, reason }: ThreadEnd): void {
    for (const [batch, at] of this.#dispatcher.bury(slot)) {
      const job = batch.jobOf(at), isAgain = this.#options.onWorkerDeath === "retry" && !job.isOver;
      if (isAgain && job.deathOf(batch.itemOf(at)) < this.#options.retries) {
        this.#dispatcher.giveBack(batch, at);
      } else {
        const text = `Worker ${ident} died while it ran the task: ${reason}`;
        this.#dispatcher.end(batch, at, false, () => new WorkerDiedError(text, ident, exitCode));
      }
    }
  }

  #break(cause: unknown): void {
    if (this.hasEnded) return;
    this.state = "broken";
    this.cause = cause;
    this.#stopAll(this.endError());
  }

  /** Takes no more jobs; ends when those it has are done. */
  close(): void {
    if (this.state !== "running") return;
    this.state = "closing";
    for (const job of [...this.jobs]) {
      job.closing();
      this.poke(job);
    }
    this.#endIfClosed();
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
    this.#starter.stop();
    const jobs = [...this.jobs];
    for (const job of jobs) this.#forget(job);
    this.#dispatcher.endAll();
    for (const worker of this.workers) worker.dismiss(-15, this.#dispatcher.laidOutAt);
    this.workers.clear();
    for (const job of jobs) job.abandon(reason);
    this.#tryEnd();
  }

  /** Ends a pool that was closed and has nothing left to do. */
  #endIfClosed(): void {
    if (this.state !== "closing" || this.#hasWork()) return;
    this.state = "over";
    this.#starter.stop();
    const reason = new PoolClosedError("The pool was closed, and its workers have ended");
    for (const job of this.jobs) {
      this.#forget(job);
      job.abandon(reason);
    }
    this.#dispatcher.endAll();
    for (const worker of this.workers) {
      if (worker.ready) worker.retire();
      else worker.dismiss(-15);
    }
    this.workers.clear();
    this.#tryEnd();
  }

  #tryEnd(): void {
    if (!this.hasEnded || this.#alive.size || this.#isDisposed) return;
    this.#isDisposed = true;
    this.#options.initializer?.then(({ fn, args }) => (fn.release(), args.release()), () => {});
    this.#dispatcher.dispose();
    this.#finished.resolve();
  }
}
