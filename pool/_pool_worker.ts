/**
 * One worker of a pool, as its scheduler sees it: what it was given, what it has reported, and how it is stopped.
 *
 * ```
 * starting ──ready──▶ idle ──give()──▶ running ──last report──▶ idle
 *     └──────────────┬──────┴────────────┴── stop(), retire(), death ──▶ gone
 * ```
 *
 * Items are numbered from 1 for each worker. The worker's `running` word says which it has begun last, and whether
 * that has ended; it moves on by compare-and-swap, and so does {@linkcode PoolWorker.stopItem} to STOPPED: whoever
 * comes second learns it. What the word says is begun and unreported at a worker's death died with it.
 *
 * Reports may be heard out of order: of several that wait, the event loop may have taken the first and not yet
 * delivered it when {@linkcode receiveMessageOnPort} gives the others. So each is matched by its number, and what
 * the word says has ended is waited for, never stopped or given back.
 *
 * @module
 */

import { receiveMessageOnPort } from "node:worker_threads";
import { heapWords } from "../shared/heap.ts";
import { runningOffset, skipOffset } from "../shared/threads.ts";
import { NotReadyYet } from "./_capture.ts";
import { discard, type Encoded } from "./_codec.ts";
import type { Item, Job } from "./_job.ts";
import type { PoolOrder, PoolReport, ThreadEnd } from "./_protocol.ts";
import { tooEarly } from "./_options.ts";
import { STOPPED } from "./_serve_pool.ts";
import { Thread, type ThreadOptions } from "./_threads.ts";

/** Milliseconds after which a report that should be there is the event loop's. */
const MUTE = 20;

/** What a worker does at the moment. */
interface Assignment {
  readonly job: Job;
  readonly items: readonly Item[];
  readonly encoded: readonly Encoded[];
  /** Number of the first item. */
  readonly first: number;
  /** Items that were neither reported nor given back. */
  readonly left: Set<Item>;
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
  #overdueAt = Infinity;
  #muteSince = Infinity;
  #isGone = false;
  readonly #events: WorkerEvents;

  constructor(options: ThreadOptions, events: WorkerEvents) {
    this.#events = events;
    this.thread = new Thread(options);
    this.thread.line.on("message", (report: PoolReport) => this.#receive(report));
    this.thread.line.unref();
    this.thread.ended.then(async (end) => {
      // What the event loop has taken from the port is delivered before the next timer.
      this.#drain();
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#gone(end);
    });
  }

  #gone(end: ThreadEnd): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#drain();
    clearTimeout(this.#timer);
    this.thread.line.close();
    this.#events.gone(this, end);
  }

  /** What events and timers would do, for a creator that blocks; returns when it must be done again at the latest. */
  pump(now: number): number {
    this.#drain();
    const { exitCode } = this.thread;
    if (exitCode !== undefined) {
      this.#gone(this.thread.end ?? { exitCode, reason: `it ended with exit code ${exitCode}` });
    } else if (now >= this.#overdueAt) this.#overdue();
    return this.#hasEnded() ? now + MUTE : this.#overdueAt;
  }

  /** Whether it can take items now. */
  get isIdle(): boolean {
    return this.ready && !this.dismissed && !this.#assignment;
  }

  /** Whether it was given items of `job` and has not reported them all. */
  runs(job: Job): boolean {
    return this.#assignment?.job === job;
  }

  /** The item of `job` that it runs, or will begin next. */
  current(job: Job): Item | undefined {
    if (this.#assignment?.job !== job || this.dismissed) return undefined;
    const { items, first, left } = this.#assignment;
    // The first that has not ended, by the word.
    const at = Math.max(0, (this.#word() + 1 >> 1) - first);
    return items.slice(at).find((item) => left.has(item));
  }

  /**
   * Whether all that it was given has ended and a report is missing for longer than it takes to post one: the event loop
   * has it, and delivers it only when this thread blocks no more.
   */
  isMute(now: number): boolean {
    if (!this.#hasEnded() || this.dismissed) this.#muteSince = Infinity;
    else if (this.#muteSince === Infinity) this.#muteSince = now;
    return now - this.#muteSince >= MUTE;
  }

  /** Whether the last item that it was given has ended, reported or not. */
  #hasEnded(): boolean {
    const assignment = this.#assignment;
    return assignment !== undefined &&
      this.#word() === 2 * (assignment.first + assignment.items.length - 1) + 1;
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
        if (error instanceof NotReadyYet && !job.isBlocking) this.#giveLater(error, job, item);
        else job.reject(item, error instanceof NotReadyYet ? tooEarly() : error);
      }
    }
    if (!sent.length) return;
    const first = this.#numbers + 1;
    this.#numbers += sent.length;
    this.#assignment = { job, items: sent, encoded, first, left: new Set(sent), since: performance.now() };
    this.order({ type: "run", fn: job.fn.wire, first, items: encoded.map(({ wire }) => wire) });
    this.#startTimer();
  }

  /** The item captures something that the inspector must first be asked about: it goes back, and is given out again then. */
  #giveLater({ ready }: NotReadyYet, job: Job, item: Item): void {
    const again = () => {
      job.giveBack([item]);
      this.#events.idle(this);
    };
    ready.then(again, (error) => {
      job.reject(item, error);
      this.#events.idle(this);
    });
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
        const { job, items, first, left } = assignment;
        const back = items.slice(report.number - first).filter((item) => left.delete(item));
        const last = left.size === 0;
        if (last) this.#finish();
        job.giveBack(back);
        if (last) this.#events.idle(this);
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
    const at = report.number - (assignment?.first ?? 0);
    // What was given up may still report; its item has been settled.
    if (!assignment?.left.delete(assignment.items[at])) {
      return discard(report.type === "value" ? report.value : report.error);
    }
    const { job, items, encoded, left } = assignment;
    encoded[at].release();
    const last = left.size === 0;
    if (last) this.#finish();
    else this.#startTimer();
    this.#events.ended(this, job, items[at], report);
    if (last) this.#events.idle(this);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#overdueAt = Infinity;
    for (const { release } of this.#assignment?.encoded ?? []) release();
    this.#assignment = undefined;
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    const { job } = this.#assignment!;
    if (job.timeout === Infinity || this.dismissed) return;
    this.#overdueAt = performance.now() + job.timeout;
    this.#timer = setTimeout(() => this.#overdue(), Math.min(job.timeout, 2 ** 31 - 1));
  }

  #overdue(): void {
    const next = () => this.#assignment?.left.values().next().value;
    const before = next();
    this.#drain();
    const item = next();
    if (!item || item !== before) return;
    const { job, items, first } = this.#assignment!;
    // Not begun yet: its function is being loaded, and the time counts from the beginning. Or ended: its report comes.
    if (this.#word() !== 2 * (first + items.indexOf(item))) return this.#startTimer();
    this.#events.overdue(this, job, item);
  }

  #word(): number {
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
    if (!assignment?.left.has(item)) return false;
    const { job, items, first, left } = assignment;
    const words = heapWords(), running = runningOffset(this.thread.slot) >>> 2;
    const at = items.indexOf(item);
    for (;;) {
      const before = Atomics.load(words, running);
      if (before > 2 * (first + at)) return false;
      if (Atomics.compareExchange(words, running, before, STOPPED) !== before) continue;
      const begun = Math.max(0, (before >> 1) - first);
      left.delete(item);
      job.giveBack(items.slice(begun).filter((other) => left.delete(other)));
      this.dismiss(-9);
      return true;
    }
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
    clearTimeout(this.#timer);
    this.thread.stop(exitCode, performance.now() - since);
  }

  /** Has it end by itself, between two items. */
  retire(): void {
    this.dismissed = true;
    this.order({ type: "retire" });
  }

  /**
   * After its end: the items that died with it, which it had begun and not reported, and those that it had not begun.
   */
  remains():
    | { readonly job: Job; readonly victims: readonly Item[]; readonly rest: readonly Item[] }
    | undefined {
    const assignment = this.#assignment;
    if (!assignment) return undefined;
    const { job, items, first, left } = assignment;
    const word = this.#word();
    const hasBegun = (item: Item) => word === STOPPED || first + items.indexOf(item) <= word >> 1;
    this.#finish();
    const victims = [...left].filter(hasBegun);
    return { job, victims, rest: [...left].filter((item) => !victims.includes(item)) };
  }
}
