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
  NUMBER,
  NUMBERS,
  OPEN,
  phaseOf,
  QUIET,
  SEQUENCE,
  stateOf,
  TIMED,
} from "./_frame.ts";
import type { EncodedFunction } from "./_function_bytes.ts";
import type { ItemBytes } from "./_item_bytes.ts";
import type { Job } from "./_job.ts";
import type { Part } from "./_parts.ts";

/** What all items of a batch have in common. */
export interface BatchKind {
  readonly fn: EncodedFunction;
  readonly flags: number;
  /** Items that a worker takes at once. */
  readonly grain: number;
}

/** The kind of batch that items of a job go into. */
export function kindOf(job: Job, numbers: boolean): BatchKind {
  return job.kinds[numbers ? 1 : 0] ??= makeKind(job, numbers);
}

function makeKind(job: Job, numbers: boolean): BatchKind {
  const { fn } = job;
  const flags = (numbers ? NUMBERS : 0) | (job.timeout < Infinity ? TIMED : 0) |
    (job.failsFast ? FAIL_FAST : 0) | (fn.bytes ? 0 : FUNCTION_POSTED) | (job.isBlocking ? BLOCKING : 0) |
    (job.isLoop ? LOOP : 0) | (job.isQuiet ? QUIET : 0);
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
  /** The size of its frame. */
  size: "ordinary" | "large" | "measured" = "ordinary";
  /** Its frame may be used again. */
  isReusable = false;
  /** No items are added any more. */
  isSealed = false;
  /** Whose all items are, if they are neighbours in one job's input, from `#first` on. */
  #whole: Job | undefined;
  #first = 0;
  readonly #jobs: Job[] = [];
  readonly #items: number[] = [];
  /** Of the items whose bytes are to be let go of when they are settled. */
  #bytes: (ItemBytes | undefined)[] | undefined;
  readonly #settled: Uint8Array;
  readonly #capacity: number;
  #end: number;
  /** The bytes that were written last, and where. */
  #written: ItemBytes | undefined;
  #writtenAt = 0;
  /** Where the parts lie that further items may have. */
  #parts: Map<Part, number> | undefined;

  constructor(
    readonly block: Block,
    sequence: number,
    readonly kind: BatchKind,
    capacity: number,
  ) {
    this.#capacity = capacity;
    this.#settled = new Uint8Array(capacity);
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
    this.#add(job, item, stateOf(OPEN, 0, this.sequence));
  }

  /** Fills it with neighbours of one job, each of whose arguments is a number; there is nothing in it before. */
  fill(job: Job, first: number, count: number): void {
    const { words, states, numbers, base } = this.frame;
    this.#whole = job;
    this.#first = first;
    for (let i = 0; i < count; i++) numbers[i] = job.numberOf(first + i)!;
    words.fill(stateOf(OPEN, 0, this.sequence), states, states + count);
    this.left = this.count = count;
    Atomics.store(words, base + COUNT, count);
  }

  /** Adds an item with its arguments' bytes; those that were written last are not written again. */
  add(job: Job, item: number, bytes: ItemBytes): void {
    const { words, slots } = this.frame, { length } = bytes;
    if (bytes !== this.#written) this.#write(bytes);
    words[slots + this.count * 2] = this.#writtenAt - this.block.offset;
    words[slots + this.count * 2 + 1] = length | bytes.how << 30;
    this.#add(job, item, stateOf(OPEN, 0, this.sequence), bytes);
  }

  #write(bytes: ItemBytes): void {
    for (const { part } of bytes.parts) {
      if (this.#parts?.get(part) !== undefined) continue;
      const at = this.#reserve(part.message.length), end = at + part.message.length + 4;
      part.message.write(heapWords(end), heapBytes(end), at);
      (this.#parts ??= new Map()).set(part, at);
    }
    const at = this.#reserve(bytes.length), end = at + bytes.length + 4;
    bytes.write(heapWords(end), heapBytes(end), at, (part) => this.#parts!.get(part)!);
    this.#writtenAt = at;
    this.#written = bytes;
    for (const { part } of bytes.parts) if (!part.isSteady) this.#parts!.delete(part);
  }

  #reserve(length: number): number {
    const at = this.#end + 7 & ~7;
    this.#end = at + length;
    return at;
  }

  /** Adds an item whose arguments were posted to the worker in `slot`. */
  addKept(job: Job, item: number, bytes: ItemBytes, slot: number): void {
    const { words, base } = this.frame;
    words[base + NEXT] = nextOf(this.count + 1, this.sequence);
    this.#add(job, item, stateOf(KEPT, slot, this.sequence), bytes);
  }

  #add(job: Job, item: number, state: number, bytes?: ItemBytes): void {
    const { words, states, base } = this.frame, at = this.count++;
    this.#jobs.push(job);
    this.#items.push(item);
    if (bytes?.hasPins && !job.keepsBytes) (this.#bytes ??= [])[at] = bytes;
    this.left++;
    words[states + at] = state;
    // From here on it can be claimed.
    Atomics.store(words, base + COUNT, this.count);
  }

  /** Whose item it is. */
  jobOf(at: number): Job {
    return this.#whole ?? this.#jobs[at];
  }

  /** Its place in the job's input. */
  itemOf(at: number): number {
    return this.#whole ? this.#first + at : this.#items[at];
  }

  isSettled(at: number): boolean {
    return this.#settled[at] !== 0;
  }

  /** Marks an item; false when it was marked before. */
  settle(at: number): boolean {
    if (at >= this.count || this.#settled[at] !== 0) return false;
    this.#settled[at] = 1;
    this.left--;
    this.#bytes?.[at]?.release();
    return true;
  }

  /**
   * How many items from `from` on, `to` at the most, have ended with numbers, are not settled, and are neighbours in the input of one
   * job; 0: not even the first.
   */
  endedTogether(from: number, to: number): number {
    const { words, states } = this.frame, job = this.jobOf(from), first = this.itemOf(from) - from;
    let at = from;
    for (; at < to && this.#settled[at] === 0; at++) {
      if (phaseOf(Atomics.load(words, states + at)) !== NUMBER) break;
      if (!this.#whole && (this.#jobs[at] !== job || this.#items[at] - at !== first)) break;
    }
    return at - from;
  }

  /** Marks items that were not marked. */
  settleMany(from: number, to: number): void {
    this.#settled.fill(1, from, to);
    this.left -= to - from;
    if (this.#bytes) { for (let at = from; at < to; at++) this.#bytes[at]?.release(); }
  }

  /** The items before this one have been taken by workers. */
  get taken(): number {
    return itemIn(Atomics.load(this.frame.words, this.frame.base + NEXT));
  }

  /** The items that are not settled. */
  *unsettled(): Generator<number> {
    for (let at = 0; at < this.count; at++) if (this.#settled[at] === 0) yield at;
  }
}
