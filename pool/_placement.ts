/**
 * Where the items of jobs go: each into a batch with others of its kind, many numbers into one of their own, large
 * arguments likewise, what only a message carries to one worker.
 *
 * @module
 */

import { type BatchKind, bytesFor, kindOf } from "./_batch.ts";
import { type Batches, FRAME_ITEMS } from "./_batches.ts";
import type { Crew } from "./_dispatcher.ts";
import { MOST_ITEMS } from "./_frame.ts";
import type { ItemBytes } from "./_item_bytes.ts";
import type { Job } from "./_job.ts";
import { tooEarly } from "./_options.ts";
import { NotReadyYet } from "./_routes.ts";

/** So many items lie open at once. */
const MOST_OPEN = 32_768;

/** Lays items out. */
export class Placement {
  /** Items that lie open and are not settled. */
  items = 0;
  /** An item is to be posted, and there is no worker. */
  isStuck = false;
  /** When something was last laid out that a worker may have begun at once. */
  laidOutAt = 0;

  /** `again`: called with a job that has an item to give that it could not before. */
  constructor(readonly batches: Batches, readonly crew: Crew, readonly again: (job: Job) => void) {}

  /** Whether an item of a job has room. */
  hasRoom(job: Job): boolean {
    return this.items < MOST_OPEN && this.batches.hasRoom(job.keepsBytes);
  }

  /** Takes items of a job and lays them out; false when it had none. */
  place(job: Job): boolean {
    const most = Math.min(MOST_ITEMS, MOST_OPEN - this.items),
      numbers = job.takeNumbers(FRAME_ITEMS + 1, most);
    if (numbers) {
      this.#placeNumbers(job, ...numbers);
      return true;
    }
    const items = job.take(most);
    // Chunks are those of one call.
    if (job.chunksize > 1) this.batches.seal();
    const { crew: { processes }, batches: { board } } = this, together = Math.min(items.length, processes);
    for (let i = 0; i < items.length; i++) {
      if (!this.hasRoom(job)) {
        if (i < together) board.ring(i);
        job.giveBack(items.slice(i));
        break;
      }
      if (!job.isOver) this.#placeItem(job, items[i]);
      // As many as there are workers are made known together: that wakes all of them at once.
      if (i + 1 >= together) board.ring(i + 1 === together ? together : 1);
    }
    return items.length > 0 && !this.isStuck;
  }

  /** Many numbers have a frame of their own. */
  #placeNumbers(job: Job, first: number, count: number): void {
    const kind = this.#kindOf(job, true);
    let batch;
    try {
      batch = this.batches.begin(kind, count, bytesFor(kind, count, 0));
    } catch (error) {
      for (let i = 0; i < count; i++) job.reject(first + i, error);
      return;
    }
    batch.fill(job, first, count);
    this.#placed(job, count);
    this.batches.publish(batch);
    this.batches.board.ring(this.crew.processes);
  }

  #placeItem(job: Job, item: number): void {
    try {
      const number = job.numberOf(item);
      if (number !== undefined) {
        this.batches.openFor(this.#kindOf(job, true), 0).addNumber(job, item, number);
      } else if (!this.#placeEncoded(job, item)) return;
      this.#placed(job, 1);
    } catch (error) {
      if (error instanceof NotReadyYet && !job.isBlocking) this.#placeLater(error, job, item);
      else job.reject(item, error instanceof NotReadyYet ? tooEarly() : error);
    }
  }

  #kindOf(job: Job, numbers: boolean): BatchKind {
    // Before anybody can claim an item.
    if (!job.fn.bytes) this.crew.postFunction(job.fn);
    return kindOf(job, numbers);
  }

  #placed(job: Job, count: number): void {
    if (this.items < this.crew.processes) this.laidOutAt = performance.now();
    this.items += count;
    job.out += count;
  }

  #placeEncoded(job: Job, item: number): boolean {
    const encoded = job.encode(item), { message } = encoded;
    try {
      const kind = this.#kindOf(job, false);
      if (!message) return this.#post(job, item, encoded, kind);
      const batch = this.batches.openFor(kind, encoded.room);
      batch.add(job, item, encoded);
      if (batch.entry < 0) this.batches.publish(batch);
      return true;
    } catch (error) {
      if (!job.keepsBytes) encoded.release();
      throw error;
    }
  }

  /** What only a message carries is posted to one worker; false when there is none now. */
  #post(job: Job, item: number, encoded: ItemBytes, kind: BatchKind): boolean {
    const worker = this.crew.nextWorker();
    if (!worker) {
      if (!job.keepsBytes) encoded.release();
      job.giveBack([item]);
      this.isStuck = true;
      return false;
    }
    const batch = this.batches.begin(kind, 1, bytesFor(kind, 1, 0));
    batch.addKept(job, item, encoded, worker.slot);
    this.batches.publish(batch);
    const { sequence, block: { reference: frame } } = batch;
    worker.order({ type: "run", sequence, frame, wire: encoded.wire! });
    return true;
  }

  /** The item captures something that the inspector must first be asked about: it goes back until then. */
  #placeLater({ ready }: NotReadyYet, job: Job, item: number): void {
    ready.then(() => {
      job.giveBack([item]);
      this.again(job);
    }, (error) => {
      job.reject(item, error);
      this.crew.settled(job);
    });
  }
}
