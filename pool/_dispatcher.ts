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
import { type Batch, type BatchKind, bytesFor, kindOf } from "./_batch.ts";
import { Batches, FRAME_ITEMS } from "./_batches.ts";
import { Board } from "./_board.ts";
import { NotReadyYet } from "./_routes.ts";
import {
  ENDED,
  KEPT,
  MOST_ITEMS,
  NUMBER,
  OPEN,
  phaseOf,
  RUNNING,
  slotOf,
  stateOf,
  STOPPED,
  VOID,
} from "./_frame.ts";
import type { EncodedFunction } from "./_function_bytes.ts";
import type { ItemBytes } from "./_item_bytes.ts";
import type { Job } from "./_job.ts";
import { Listener } from "./_listener.ts";
import { tooEarly } from "./_options.ts";
import type { PoolOrder } from "./_protocol.ts";
import { ERROR, NUMBERS_ENDED, type NumbersEnd, VALUE } from "./_reports.ts";

/** Arguments of more bytes lie in a frame of their own. */
const LARGE = 8192;
/** So many items lie open at once. */
const MOST_OPEN = 32_768;

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
  #items = 0;
  #filling = false;
  /** An item is to be posted, and there is no worker. */
  #stuck = false;
  /** When something was last laid out that a worker may have begun at once. */
  laidOutAt = 0;
  readonly #listener: Listener;
  #over = false;

  constructor(readonly crew: Crew) {
    this.#listener = new Listener(this.board.mailbox.arrivals, () => this.hear());
  }

  /** Lays out what a job gives, as far as there is room. */
  add(job: Job): void {
    // A single call with nothing before it, as most are, does not wait at all.
    if (!this.#waiting.size && !this.#filling && !this.#over && this.#hasRoom()) {
      this.#filling = true;
      try {
        this.#layOut(job);
      } finally {
        this.#filling = false;
      }
      if (job.isOver || job.isDrained && !this.#stuck) {
        this.#listener.expect(this.#items);
        return;
      }
    }
    this.#waiting.add(job);
    this.fill();
  }

  /** Lays out what the jobs give, in their order, as far as there is room. */
  fill(): void {
    // An item that cannot be encoded, or a callback, may lead back here.
    if (this.#filling || this.#over) return;
    this.#filling = true;
    this.#stuck = false;
    try {
      for (const job of this.#waiting) {
        while (this.#hasRoom() && this.#layOut(job));
        if (job.isOver || job.isDrained) this.#waiting.delete(job);
        if (!this.#hasRoom()) break;
      }
    } finally {
      this.#filling = false;
    }
    this.#listener.expect(this.#items);
  }

  #hasRoom(): boolean {
    return this.#items < MOST_OPEN && this.#batches.hasRoom;
  }

  /** Takes items of a job and lays them out; false when it had none. */
  #layOut(job: Job): boolean {
    const items = job.take(Math.min(MOST_ITEMS, MOST_OPEN - this.#items));
    if (items.length > FRAME_ITEMS && items.every((item) => job.numberOf(item) !== undefined)) {
      this.#layOutNumbers(job, items);
      return true;
    }
    // Chunks are those of one call.
    if (job.chunksize > 1) this.#batches.seal();
    for (let i = 0; i < items.length; i++) {
      if (!this.#hasRoom()) {
        job.giveBack(items.slice(i));
        break;
      }
      if (!job.isOver) this.#layOutItem(job, items[i]);
    }
    return items.length > 0 && !this.#stuck;
  }

  /** Many numbers have a frame of their own. */
  #layOutNumbers(job: Job, items: readonly number[]): void {
    const kind = this.#kindOf(job, true), need = bytesFor(kind, items.length, 0);
    let batch;
    try {
      batch = this.#batches.begin(kind, items.length, need);
    } catch (error) {
      for (const item of items) job.reject(item, error);
      return;
    }
    batch.addNumbers(job, items);
    this.#added(job, items.length);
    this.#batches.publish(batch);
    this.board.ring(this.crew.processes);
  }

  #layOutItem(job: Job, item: number): void {
    try {
      const number = job.numberOf(item);
      if (number !== undefined) {
        this.#batches.openFor(this.#kindOf(job, true), 0).addNumber(job, item, number);
      } else if (!this.#layOutEncoded(job, item)) return;
      this.#added(job, 1);
      this.board.ring(1);
    } catch (error) {
      if (error instanceof NotReadyYet && !job.isBlocking) this.#layOutLater(error, job, item);
      else job.reject(item, error instanceof NotReadyYet ? tooEarly() : error);
    }
  }

  #kindOf(job: Job, numbers: boolean): BatchKind {
    // Before anybody can claim an item.
    if (!job.fn.bytes) this.crew.postFunction(job.fn);
    return kindOf(job, numbers);
  }

  #added(job: Job, count: number): void {
    if (this.#items < this.crew.processes) this.laidOutAt = performance.now();
    this.#items += count;
    job.out += count;
  }

  #layOutEncoded(job: Job, item: number): boolean {
    const encoded = job.encode(item), { message } = encoded;
    try {
      const kind = this.#kindOf(job, false);
      if (!message) return this.#layOutKept(job, item, encoded, kind);
      const { length } = message, isLarge = length > LARGE;
      const batch = isLarge
        ? this.#batches.begin(kind, 1, bytesFor(kind, 1, length))
        : this.#batches.openFor(kind, length);
      batch.add(job, item, encoded);
      if (isLarge) this.#batches.publish(batch);
      return true;
    } catch (error) {
      encoded.release();
      throw error;
    }
  }

  /** What only a message carries is posted to one worker; false when there is none now. */
  #layOutKept(job: Job, item: number, encoded: ItemBytes, kind: BatchKind): boolean {
    const worker = this.crew.nextWorker();
    if (!worker) {
      encoded.release();
      job.giveBack([item]);
      this.#stuck = true;
      return false;
    }
    const batch = this.#batches.begin(kind, 1, bytesFor(kind, 1, 0));
    batch.addKept(job, item, encoded, worker.slot);
    this.#batches.publish(batch);
    const { sequence, block: { reference: frame } } = batch;
    worker.order({ type: "run", sequence, frame, wire: encoded.wire! });
    return true;
  }

  /** The item captures something that the inspector must first be asked about: it goes back until then. */
  #layOutLater({ ready }: NotReadyYet, job: Job, item: number): void {
    ready.then(() => {
      job.giveBack([item]);
      this.add(job);
    }, (error) => {
      job.reject(item, error);
      this.crew.settled(job);
    });
  }

  /** Marks an item; false when it was marked before. */
  #settle(batch: Batch, at: number): boolean {
    if (!batch.settle(at)) return false;
    this.#listener.expected = --this.#items;
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
      const [count, longest, itsDuration] = mailbox.read() as NumbersEnd;
      this.crew.ran(slot, count, itsDuration, longest, batch);
      if (batch) this.#numbersEnded(batch, index, count);
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

  #numbersEnded(batch: Batch, from: number, count: number): void {
    const { numbers } = batch.frame, values = numbers.slice(from, from + count);
    const common = count > 1 ? batch.commonJob(from, from + count) : undefined;
    if (common) {
      const items = batch.settleMany(from, from + count);
      this.#listener.expected = this.#items -= count;
      common.out -= count;
      common.fulfilMany(items, values);
      if (common.isOver) this.crew.settled(common);
      return this.#batches.endIfDone(batch);
    }
    for (let i = 0; i < count; i++) {
      const at = from + i;
      if (batch.isSettled(at)) continue;
      const job = batch.jobOf(at);
      this.#settle(batch, at);
      job.fulfil(batch.itemOf(at), values[i]);
      if (job.isOver) this.crew.settled(job);
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
      if (phase === NUMBER) this.#numbersEnded(batch, at, 1);
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
    const job = batch.jobOf(at), item = batch.itemOf(at);
    this.#pass(batch, at);
    if (job.isOver) return;
    job.giveBack([item]);
    this.#waiting.add(job);
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
