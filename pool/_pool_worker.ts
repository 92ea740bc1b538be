/**
 * A pool's worker as its creator sees it: its thread, its figures, the clock of the timed item that it runs.
 *
 * Reports come through the pool's mailbox; the worker's line carries what only a message can, in both directions.
 *
 * @module
 */

import { takeMessage } from "./_ports.ts";
import type { Batch } from "./_batch.ts";
import type { PoolOrder, PoolReport, PostedReport, ThreadEnd } from "./_protocol.ts";
import { Thread, type ThreadOptions } from "./_threads.ts";
import type { WorkerFigures } from "./_worker_figures.ts";

/** Who learns what becomes of a worker. */
export interface WorkerEvents {
  /** There is something in the mailbox. */
  hear(): void;
  /** The outcome of an item that only a message could carry. */
  posted(worker: PoolWorker, report: PostedReport): void;
  /** The timed item that it runs has run too long. */
  overdue(worker: PoolWorker): void;
  /** It has ended. */
  gone(worker: PoolWorker, end: ThreadEnd): void;
}

/** A worker. */
export class PoolWorker {
  readonly thread: Thread;
  /** Items it has run. */
  tasks = 0;
  /** How many have died in its place before it. */
  deaths = 0;
  /** What it tells of itself, from when it is ready. */
  figures!: WorkerFigures;
  /** Milliseconds from its start until it was ready. */
  startup = 0;
  readonly born = performance.now();
  /** When it was last heard of: what it runs now, it has begun then at the earliest. */
  heardAt = performance.now();
  ready = false;
  /** It takes no more items: it was stopped or is to retire. */
  dismissed = false;
  /** So many items were posted to it. */
  kept = 0;
  /** The timed item that it has begun. */
  timed: { readonly batch: Batch; readonly at: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #overdueAt = Infinity;
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

  /** Its thread's record: how the items that it has begun name it. */
  get slot(): number {
    return this.thread.slot;
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
    } else if (now >= this.#overdueAt) this.#events.overdue(this);
    return this.#overdueAt;
  }

  /** Posts an order. */
  order(order: PoolOrder): void {
    this.thread.line.postMessage(order);
  }

  #receive(report: PoolReport): void {
    if (report.type === "posted") this.#events.posted(this, report);
    else this.#events.hear();
  }

  /** Hears what has been posted and not yet been heard. */
  #drain(): void {
    for (let next; (next = takeMessage<PoolReport>(this.thread.line));) this.#receive(next.message);
  }

  /** It begins a timed item now. */
  began(batch: Batch, at: number, timeout: number): void {
    this.rest();
    this.timed = { batch, at };
    this.#overdueAt = performance.now() + timeout;
    this.#timer = setTimeout(() => this.#events.overdue(this), Math.min(timeout, 2 ** 31 - 1));
  }

  /** The timed item has ended. */
  rest(): void {
    if (!this.timed) return;
    this.timed = undefined;
    this.#overdueAt = Infinity;
    clearTimeout(this.#timer);
  }

  /**
   * Ends the thread; it takes no more items, and what it still reports is not heard. `since`: what it runs, it has begun
   * then at the earliest.
   */
  dismiss(exitCode: number, since: number = this.born): void {
    this.dismissed = true;
    this.rest();
    this.thread.stop(exitCode, performance.now() - Math.max(since, this.heardAt));
  }

  /** Has it end by itself, between two items. */
  retire(): void {
    this.dismissed = true;
    this.order({ type: "retire" });
  }
}
