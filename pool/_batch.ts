/**
 * A batch as its creator sees it: whose items lie in the frame, and which of them have been settled.
 *
 * Invariants. Each item is settled once: by its report, by its worker's death, by a stop, or with its job. A frame is
 * used again only when all its items are settled and no worker that was stopped in it may still run.
 *
 * @module
 */

import type { Block } from "../shared/block.ts";
import { heapBytes, heapWords } from "../shared/heap.ts";
import {
  BLOCKING,
  bytesAt,
  CAPACITY,
  COUNT,
  FAIL_FAST,
  FLAGS,
  Frame,
  FUNCTION,
  FUNCTION_AT,
  FUNCTION_LENGTH,
  FUNCTION_POSTED,
  GRAIN,
  HALT,
  itemIn,
  KEPT,
  LOOP,
  NEXT,
  nextOf,
  NUMBERS,
  OPEN,
  SEQUENCE,
  stateOf,
  TIMED,
} from "./_frame.ts";
import type { EncodedFunction } from "./_function_bytes.ts";
import type { ItemBytes } from "./_item_bytes.ts";
import type { Job } from "./_job.ts";

/** What all items of a batch have in common. */
export interface BatchKind {
  readonly fn: EncodedFunction;
  readonly flags: number;
  /** Items that a worker takes at once. */
  readonly grain: number;
}

/** The kind of batch that items of a job go into. */
export function kindOf(job: Job, numbers: boolean): BatchKind {
  const { fn } = job;
  const flags = (numbers ? NUMBERS : 0) | (job.timeout < Infinity ? TIMED : 0) |
    (job.failsFast ? FAIL_FAST : 0) | (fn.bytes ? 0 : FUNCTION_POSTED) | (job.isBlocking ? BLOCKING : 0) |
    (job.isLoop ? LOOP : 0);
  return { fn, flags, grain: Math.min(job.chunksize, 2 ** 30) };
}

/** Bytes that a batch with so many items and bytes of arguments needs. */
export function bytesFor({ fn }: BatchKind, capacity: number, argumentBytes: number): number {
  return bytesAt(capacity) + (fn.bytes?.length ?? 0) + argumentBytes + 8;
}

/** A batch of items. */
export class Batch {
  readonly frame: Frame;
  /** Items that are not settled. */
  left = 0;
  count = 0;
  /** Its entry on the board. */
  entry = -1;
  /** A worker was stopped in it, and may go on writing until it is dead. */
  hasStopped = false;
  /** Its frame is an ordinary one. */
  isOrdinary = false;
  /** Its frame may be used again. */
  isReusable = false;
  /** No items are added any more. */
  isSealed = false;
  readonly #jobs: Job[] = [];
  readonly #items: number[] = [];
  readonly #releases: ((() => void) | undefined)[] = [];
  readonly #settled: boolean[] = [];
  readonly #capacity: number;
  #end: number;

  constructor(
    readonly block: Block,
    sequence: number,
    readonly kind: BatchKind,
    capacity: number,
  ) {
    this.#capacity = capacity;
    const { fn: { id, bytes }, flags, grain } = kind, { offset, byteLength } = block;
    this.frame = new Frame(offset, byteLength, sequence, capacity);
    this.#end = offset + bytesAt(capacity);
    const { words, base } = this.frame;
    // The sequence number first: whoever reads anything behind it that is new finds that, too, to be new.
    const header = [
      [SEQUENCE, sequence],
      [COUNT, 0],
      [NEXT, nextOf(0, sequence)],
      [HALT, 0],
      [GRAIN, grain],
      [FLAGS, flags],
      [FUNCTION, id],
      [CAPACITY, capacity],
      [FUNCTION_AT, this.#end - offset],
      [FUNCTION_LENGTH, bytes?.length ?? 0],
    ];
    for (const [word, value] of header) Atomics.store(words, base + word, value);
    if (bytes) {
      heapBytes(offset + byteLength).set(bytes, this.#end);
      this.#end += bytes.length;
    }
  }

  get sequence(): number {
    return this.frame.sequence;
  }

  /** Whether an item of so many bytes of arguments has room. */
  hasRoom(argumentBytes: number): boolean {
    return this.count < this.#capacity &&
      this.#end + argumentBytes + 8 <= this.block.offset + this.block.byteLength;
  }

  /** Adds an item whose argument is a number. */
  addNumber(job: Job, item: number, value: number): void {
    this.frame.numbers[this.count] = value;
    this.#add(job, item, undefined, stateOf(OPEN, 0, this.sequence));
  }

  /** Adds many items of one job, each of whose arguments is a number. */
  addNumbers(job: Job, items: readonly number[]): void {
    const { words, states, numbers, base } = this.frame, open = stateOf(OPEN, 0, this.sequence);
    for (const item of items) {
      const at = this.count++;
      numbers[at] = job.numberOf(item)!;
      words[states + at] = open;
      this.#jobs.push(job);
      this.#items.push(item);
      this.#settled.push(false);
    }
    this.left += items.length;
    Atomics.store(words, base + COUNT, this.count);
  }

  /** Adds an item with its arguments' bytes. */
  add(job: Job, item: number, { message, how, release }: ItemBytes): void {
    const at = this.#end + 7 & ~7, { words, slots } = this.frame;
    const end = at + message!.length + 4;
    message!.write(heapWords(end), heapBytes(end), at);
    words[slots + this.count * 2] = at - this.block.offset;
    words[slots + this.count * 2 + 1] = message!.length | how << 30;
    this.#end = at + message!.length;
    this.#add(job, item, release, stateOf(OPEN, 0, this.sequence));
  }

  /** Adds an item whose arguments were posted to the worker in `slot`. */
  addKept(job: Job, item: number, { release }: ItemBytes, slot: number): void {
    const { words, base } = this.frame;
    words[base + NEXT] = nextOf(this.count + 1, this.sequence);
    this.#add(job, item, release, stateOf(KEPT, slot, this.sequence));
  }

  #add(job: Job, item: number, release: (() => void) | undefined, state: number): void {
    const { words, states, base } = this.frame, at = this.count++;
    this.#jobs.push(job);
    this.#items.push(item);
    this.#settled.push(false);
    if (release) this.#releases[at] = release;
    this.left++;
    words[states + at] = state;
    // From here on it can be claimed.
    Atomics.store(words, base + COUNT, this.count);
  }

  /** Whose item it is. */
  jobOf(at: number): Job {
    return this.#jobs[at];
  }

  /** Its place in the job's input. */
  itemOf(at: number): number {
    return this.#items[at];
  }

  isSettled(at: number): boolean {
    return this.#settled[at];
  }

  /** Marks an item; false when it was marked before. */
  settle(at: number): boolean {
    if (this.#settled[at] !== false) return false;
    this.#settled[at] = true;
    this.left--;
    this.#releases[at]?.();
    return true;
  }

  /** The job of all items from one to another, if it is the same and none of them is settled or has pins. */
  commonJob(from: number, to: number): Job | undefined {
    const job = this.#jobs[from];
    for (let at = from; at < to; at++) {
      if (this.#jobs[at] !== job || this.#settled[at] || this.#releases[at]) return undefined;
    }
    return job;
  }

  /** Marks items that were not marked, and gives their places in the job's input. */
  settleMany(from: number, to: number): readonly number[] {
    this.#settled.fill(true, from, to);
    this.left -= to - from;
    return this.#items.slice(from, to);
  }

  /** The items before this one have been taken by workers. */
  get taken(): number {
    return itemIn(Atomics.load(this.frame.words, this.frame.base + NEXT));
  }

  /** The items that are not settled. */
  *unsettled(): Generator<number> {
    for (let at = 0; at < this.count; at++) if (!this.#settled[at]) yield at;
  }
}
