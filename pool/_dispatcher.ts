/**
 * Lays items out for the workers of a pool, and settles them as they are reported.
 *
 * Items lie in batches on the pool's board from the moment they are submitted, as far as there is room; workers claim
 * them without asking. Who wakes this thread: a worker's report; the main thread, after a death; `stir()` at the end.
 *
 * Invariant. Every item that a job has given out is in exactly one batch that is in `#batches`, unsettled, or back with
 * its job, or settled.
 *
 * @module
 */

import type { Head } from "../shared/mailbox.ts";
import type { Batch } from "./_batch.ts";
import { Batches } from "./_batches.ts";
import { Board } from "./_board.ts";
import { ENDED, KEPT, NUMBER, OPEN, phaseOf, RUNNING, slotOf, stateOf, STOPPED, VOID } from "./_frame.ts";
import type { EncodedFunction } from "./_function_bytes.ts";
import type { Job } from "./_job.ts";
import { Listener } from "./_listener.ts";
import { Placement } from "./_placement.ts";
import type { PoolOrder } from "./_protocol.ts";
import { ERROR, NUMBERS_ENDED, type NumbersEnd, VALUE } from "./_reports.ts";

/** What the dispatcher asks of the pool. */
export interface Crew {
  readonly processes: number;
  /** A worker to which an item can be posted. */
  nextWorker(): { readonly slot: number; order(order: PoolOrder): void } | undefined;
  /** Posts a function to all workers. */
  postFunction(fn: EncodedFunction): void;
  /** A report that is not an item's end. */
  heard(head: Head, read: () => unknown): void;
  /** Items ended in the worker at `slot`: the longest of them lasted so many milliseconds, and is this one of its batch. */
  ran(slot: number, count: number, longest: number, at: number, batch?: Batch): void;
  /** Something was settled; there may be nothing left. */
  settled(job: Job): void;
}

/** The work of one pool. */
export class Dispatcher {
  readonly board: Board = Board.make();
  /** Jobs that may have items to give. */
  readonly #waiting = new Set<Job>();
  readonly #batches = new Batches(this.board);
  readonly placement: Placement;
  #filling = false;
  readonly #listener: Listener;
  #over = false;

  constructor(readonly crew: Crew) {
    this.placement = new Placement(this.#batches, crew, (job) => this.add(job));
    this.#listener = new Listener(this.board.mailbox.arrivals, () => this.hear());
  }

  /** Lays out what a job gives, as far as there is room. */
  add(job: Job): void {
    const { placement } = this;
    // A single call with nothing before it, as most are, does not wait at all.
    if (!this.#waiting.size && !this.#filling && !this.#over && placement.hasRoom(job)) {
      this.#filling = true;
      try {
        placement.place(job);
      } finally {
        this.#filling = false;
      }
      if (job.isOver || job.isDrained && !placement.isStuck) {
        this.#listener.expect(placement.items);
        return;
      }
    }
    job.keep();
    this.#waiting.add(job);
    this.fill();
  }

  /** Lays out what the jobs give, in their order, as far as there is room. */
  fill(): void {
    // An item that cannot be encoded, or a callback, may lead back here.
    if (this.#filling || this.#over) return;
    const { placement } = this;
    this.#filling = true;
    placement.isStuck = false;
    try {
      for (const job of this.#waiting) {
        while (placement.hasRoom(job) && placement.place(job));
        if (job.isOver || job.isDrained) this.#waiting.delete(job);
        if (!placement.hasRoom(job)) break;
      }
    } finally {
      this.#filling = false;
    }
    this.#listener.expect(placement.items);
  }

  /** When something was last laid out that a worker may have begun at once. */
  get laidOutAt(): number {
    return this.placement.laidOutAt;
  }

  /** Marks an item; false when it was marked before. */
  #settle(batch: Batch, at: number): boolean {
    if (!batch.settle(at)) return false;
    this.#listener.expected = --this.placement.items;
    batch.jobOf(at).out--;
    return true;
  }

  /** Hears what has been reported, and lays out more. */
  hear(): void {
    if (this.#over) return;
    const { mailbox } = this.board;
    while (!this.#over && mailbox.take()) this.#report(mailbox.head);
    this.fill();
  }

  #report(head: Head): void {
    const { mailbox } = this.board, { type, about, index, slot, duration } = head;
    if (type !== VALUE && type !== ERROR && type !== NUMBERS_ENDED) {
      return this.crew.heard(head, () => mailbox.read());
    }
    const batch = this.#batches.find(about);
    if (type === NUMBERS_ENDED) {
      const [count, span, longest, itsDuration] = mailbox.read() as NumbersEnd;
      this.crew.ran(slot, count, itsDuration, longest, batch);
      if (batch) this.#numbersEnded(batch, index, index + span);
      return;
    }
    this.crew.ran(slot, 1, duration, index, batch);
    if (!batch || batch.isSettled(index) || batch.jobOf(index).isOver) mailbox.drop();
    else return this.end(batch, index, type === VALUE, () => mailbox.read());
    if (batch) this.#pass(batch, index);
  }

  /** Settles an item whose job is over. */
  #pass(batch: Batch, at: number): void {
    if (this.#settle(batch, at)) this.#batches.endIfDone(batch);
  }

  /** Settles an item with what `read` gives. */
  end(batch: Batch, at: number, isFulfilled: boolean, read: () => unknown): void {
    const job = batch.jobOf(at), item = batch.itemOf(at);
    let outcome: unknown;
    try {
      outcome = read();
    } catch (error) {
      isFulfilled = false;
      outcome = error;
    }
    if (!this.#settle(batch, at)) return;
    this.#batches.endIfDone(batch);
    if (isFulfilled) job.fulfil(item, outcome);
    else job.reject(item, outcome);
    if (job.isOver) this.crew.settled(job);
  }

  /** Settles the items from one to another that have ended with numbers, whoever ran them. */
  #numbersEnded(batch: Batch, from: number, to: number): void {
    while (from < to) {
      const count = batch.endedTogether(from, to);
      if (count === 0) {
        from++;
        continue;
      }
      const job = batch.jobOf(from), end = from + count;
      batch.settleMany(from, end);
      this.#listener.expected = this.placement.items -= count;
      job.out -= count;
      job.fulfilMany(batch.itemOf(from), batch.frame.numbers.subarray(from, end));
      if (job.isOver) this.crew.settled(job);
      from = end;
    }
    this.#batches.endIfDone(batch);
  }

  /**
   * After a worker's death, when all that it had reported was heard: settles what it had ended, gives back what was kept
   * for it, and returns what it had begun and not ended.
   */
  bury(slot: number): (readonly [batch: Batch, at: number])[] {
    const victims: (readonly [Batch, number])[] = [];
    for (const [batch, at, phase] of this.#batches.ofWorker(slot)) {
      if (phase === NUMBER) this.#numbersEnded(batch, at, at + 1);
      else if (phase === RUNNING || phase === ENDED) victims.push([batch, at]);
    }
    this.giveBackKept(slot);
    this.board.ringAll();
    // It may have died as it took a chunk.
    for (const batch of this.#batches.all()) {
      const passed = [...batch.unsettled()].filter((at) => at < batch.taken);
      for (const at of passed.reverse()) this.#takeBack(batch, at, stateOf(OPEN, 0, batch.sequence));
    }
    return victims;
  }

  /** Gives the items back that are kept for a worker that will not begin them. */
  giveBackKept(slot: number): void {
    const kept = [...this.#batches.ofWorker(slot)].filter(([, , phase]) => phase === KEPT);
    for (const [batch, at] of kept.reverse()) this.#takeBack(batch, at, stateOf(KEPT, slot, batch.sequence));
  }

  #takeBack(batch: Batch, at: number, from: number): void {
    if (batch.frame.move(at, from, stateOf(VOID, 0, batch.sequence))) this.giveBack(batch, at);
  }

  /** Gives an item back to its job, to be run again. */
  giveBack(batch: Batch, at: number): void {
    const job = batch.jobOf(at);
    if (!job.isOver) {
      job.giveBack([batch.itemOf(at)]);
      // As long as they lie there.
      job.keep();
      this.#waiting.add(job);
    }
    this.#pass(batch, at);
  }

  /** Stops an item if it runs in the worker at `slot`: then it will have no outcome, and the worker is to be killed. */
  stop(batch: Batch, at: number, slot: number): boolean {
    const { frame, sequence } = batch;
    if (!frame.move(at, stateOf(RUNNING, slot, sequence), stateOf(STOPPED, slot, sequence))) return false;
    batch.hasStopped = true;
    return true;
  }

  /**
   * Has the workers begin no more items of a job that is over. `stopped` is called with the slot of each worker that was
   * stopped in an item of it; absent, what runs goes on.
   */
  withdraw(job: Job, stopped?: (slot: number) => void): void {
    this.#waiting.delete(job);
    for (const batch of this.#batches.all()) {
      for (const at of [...batch.unsettled()]) {
        if (batch.jobOf(at) === job) this.#withdrawItem(batch, at, stopped);
      }
    }
  }

  #withdrawItem(batch: Batch, at: number, stopped: ((slot: number) => void) | undefined): void {
    const { frame, sequence } = batch;
    for (;;) {
      const state = frame.state(at), phase = phaseOf(state), slot = slotOf(state);
      if (phase === OPEN || phase === KEPT) {
        if (!frame.move(at, state, stateOf(VOID, 0, sequence))) continue;
      } else if (phase === RUNNING) {
        // Left alone, it is settled by its report.
        if (!stopped) return;
        if (!this.stop(batch, at, slot)) continue;
        stopped(slot);
      } else if (!stopped) return;
      return this.#pass(batch, at);
    }
  }

  /** The batch with that sequence number. */
  find(sequence: number): Batch | undefined {
    return this.#batches.find(sequence);
  }

  /** Forgets all; nothing more is laid out or heard. */
  endAll(): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting.clear();
    for (const batch of this.#batches.all()) for (const at of [...batch.unsettled()]) this.#settle(batch, at);
    this.#batches.dispose();
    this.board.mailbox.stir();
  }

  /** Gives the board back, after the last worker has ended. */
  dispose(): void {
    this.board.mailbox.close();
    this.board.block.release();
  }
}
