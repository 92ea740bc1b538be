/**
 * One worker of a pool, as its scheduler sees it: what it was given, what it has reported, and how it is stopped.
 *
 * ```
 * starting ──ready──▶ idle ──give()──▶ running ──last report──▶ idle
 *     └──────────────┬──────┴────────────┴── stop(), retire(), death ──▶ gone
 * ```
 *
 * Items are numbered from 1 for each worker. The worker's `running` word holds the number that it has begun last;
 * it moves on by compare-and-swap, and so does {@linkcode PoolWorker.stopItem} to STOPPED: whoever comes second
 * learns it. Reports are posted before the next item is begun, so what the word says is begun and unreported at a
 * worker's death is the one item that died with it.
 *
 * @module
 */

import { receiveMessageOnPort } from "node:worker_threads";
import { heapWords } from "../shared/heap.ts";
import { runningOffset, skipOffset } from "../shared/threads.ts";
import type { Encoded } from "./_codec.ts";
import type { Item, Job } from "./_job.ts";
import type { PoolOrder, PoolReport, ThreadEnd } from "./_protocol.ts";
import { STOPPED } from "./_serve_pool.ts";
import { Thread, type ThreadOptions } from "./_threads.ts";

/** What a worker does at the moment. */
interface Assignment {
  readonly job: Job;
  readonly items: readonly Item[];
  readonly encoded: readonly Encoded[];
  /** Number of the first item. */
  readonly first: number;
  /** Items reported. */
  reported: number;
  readonly since: number;
}

/** What the scheduler learns of its workers. */
export interface WorkerEvents {
  /** It can take items. */
  idle(worker: PoolWorker): void;
  /** Its initializer has failed. */
  broken(worker: PoolWorker, report: PoolReport & { readonly type: "broken" }): void;
  /** It has run an item. */
  ended(
    worker: PoolWorker,
    job: Job,
    item: Item,
    report: PoolReport & { readonly type: "value" | "error" },
  ): void;
  /** An item has run for as long as it may. */
  overdue(worker: PoolWorker, job: Job, item: Item): void;
  /** The thread is gone. */
  gone(worker: PoolWorker, end: ThreadEnd): void;
}

/** A worker. */
export class PoolWorker {
  readonly thread: Thread;
  /** Items it has run. */
  tasks = 0;
  /** Milliseconds in which it has run items. */
  busy = 0;
  /** Milliseconds from its start until it was ready. */
  startup = 0;
  readonly born = performance.now();
  ready = false;
  /** It takes no more items: it was stopped or is to retire. */
  dismissed = false;
  #assignment: Assignment | undefined;
  #numbers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #events: WorkerEvents;

  constructor(options: ThreadOptions, events: WorkerEvents) {
    this.#events = events;
    this.thread = new Thread(options);
    this.thread.line.on("message", (report: PoolReport) => this.#receive(report));
    this.thread.line.unref();
    this.thread.ended.then((end) => {
      this.#drain();
      clearTimeout(this.#timer);
      this.thread.line.close();
      events.gone(this, end);
    });
  }

  /** Whether it can take items now. */
  get isIdle(): boolean {
    return this.ready && !this.dismissed && !this.#assignment;
  }

  /** What it runs for `job`: the item that it was given and has not reported. */
  runs(job: Job): Item | undefined {
    return this.#assignment?.job === job ? this.#assignment.items[this.#assignment.reported] : undefined;
  }

  /** Whether it was given items and has not reported them all. */
  get isBusy(): boolean {
    return this.#assignment !== undefined;
  }

  /** Posts an order that is not work. */
  order(order: PoolOrder): void {
    this.thread.line.postMessage(order);
  }

  /** Gives it items of a job. An item that cannot be encoded fails at once and is not sent. */
  give(job: Job, items: readonly Item[]): void {
    const sent: Item[] = [], encoded: Encoded[] = [];
    for (const item of items) {
      try {
        encoded.push(item.encode());
        sent.push(item);
      } catch (error) {
        job.reject(item, error);
      }
    }
    if (!sent.length) return;
    const first = this.#numbers + 1;
    this.#numbers += sent.length;
    this.#assignment = { job, items: sent, encoded, first, reported: 0, since: performance.now() };
    this.order({ type: "run", fn: job.fn.wire, first, items: encoded.map(({ wire }) => wire) });
    this.#startTimer();
  }

  #receive(report: PoolReport): void {
    switch (report.type) {
      case "ready":
        this.ready = true;
        this.startup = performance.now() - this.born;
        this.#events.idle(this);
        break;
      case "broken":
        this.#events.broken(this, report);
        break;
      case "skipped": {
        const assignment = this.#assignment;
        if (!assignment) break;
        const { job, items, first } = assignment;
        this.#finish();
        job.giveBack(items.slice(report.number - first));
        this.#events.idle(this);
        break;
      }
      default:
        this.#report(report);
    }
  }

  #report(report: PoolReport & { readonly type: "value" | "error" }): void {
    this.tasks++;
    this.busy += report.busy;
    const assignment = this.#assignment;
    // What was stopped may still report what it had finished; its item has been settled.
    if (!assignment) return;
    const { job, items, encoded, first } = assignment;
    const at = report.number - first;
    assignment.reported = at + 1;
    encoded[at].release();
    const last = at === items.length - 1;
    if (last) this.#finish();
    else this.#startTimer();
    this.#events.ended(this, job, items[at], report);
    if (last) this.#events.idle(this);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    for (const { release } of this.#assignment?.encoded ?? []) release();
    this.#assignment = undefined;
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    const { job } = this.#assignment!;
    if (job.timeout === Infinity) return;
    this.#timer = setTimeout(() => this.#overdue(), Math.min(job.timeout, 2 ** 31 - 1));
  }

  #overdue(): void {
    const before = this.#assignment?.reported;
    this.#drain();
    const assignment = this.#assignment;
    if (!assignment || assignment.reported !== before) return;
    // Not begun yet: its function is being loaded. The time counts from the beginning.
    if (this.#running() < assignment.first + assignment.reported) return this.#startTimer();
    this.#events.overdue(this, assignment.job, assignment.items[assignment.reported]);
  }

  #running(): number {
    return Atomics.load(heapWords(), runningOffset(this.thread.slot) >>> 2);
  }

  /** Hears what has been reported and not yet been heard. */
  #drain(): void {
    for (let next; (next = receiveMessageOnPort(this.thread.line));) this.#receive(next.message);
  }

  /**
   * Stops the worker in the item it runs; gives the items behind it back. False when the item has ended meanwhile, and
   * then nothing is stopped.
   */
  stopItem(item: Item): boolean {
    this.#drain();
    const assignment = this.#assignment;
    if (!assignment) return false;
    const { job, items, first, reported } = assignment;
    const at = items.indexOf(item);
    if (at < reported) return false;
    const words = heapWords(), running = runningOffset(this.thread.slot) >>> 2;
    const before = Atomics.load(words, running);
    if (before > first + at || Atomics.compareExchange(words, running, before, STOPPED) !== before) {
      // It moved on just now, so the item's report is on the port.
      return this.stopItem(item);
    }
    job.giveBack(items.slice(reported).filter((other) => other !== item));
    this.dismiss(-9);
    return true;
  }

  /** Has it begin no more of the items that it was given; they are given back, the one it runs goes on. */
  skipRest(): void {
    const assignment = this.#assignment;
    if (!assignment) return;
    const { first, items } = assignment;
    Atomics.store(heapWords(), skipOffset(this.thread.slot) >>> 2, first + items.length - 1);
  }

  /** Ends the thread; it takes no more items, and what it still reports is not heard. */
  dismiss(exitCode: number): void {
    const since = this.#assignment?.since ?? this.born;
    this.dismissed = true;
    this.#finish();
    this.thread.stop(exitCode, performance.now() - since);
  }

  /** Has it end by itself, between two items. */
  retire(): void {
    this.dismissed = true;
    this.order({ type: "retire" });
  }

  /**
   * After its end: the item that died with it, if there is one, and those that it had not begun.
   */
  remains():
    | { readonly job: Job; readonly victim: Item | undefined; readonly rest: readonly Item[] }
    | undefined {
    const assignment = this.#assignment;
    if (!assignment) return undefined;
    const { job, items, first, reported } = assignment;
    const begun = this.#running() >= first + reported;
    this.#finish();
    return {
      job,
      victim: begun ? items[reported] : undefined,
      rest: items.slice(begun ? reported + 1 : reported),
    };
  }
}
