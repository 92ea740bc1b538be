/**
 * Messages of bytes in shared memory, first in first out: what queues and pipes are made of.
 *
 * A fifo is some words and a list of *segments* (`_segments.ts`):
 *
 * ```
 * word 0  the mutex · 1 first segment · 2 last segment · 3 messages · 4 their weight in bytes · 5 closed
 *      6  arrivals: moves on with each message and at the end; getters wait for it to change
 *      7  departures: moves on with each message taken, if there is a capacity, and at the end; putters wait for it
 *      8  capacity in messages, 0 none · 9 capacity in bytes, 0 none · 10 first spare segment
 *     11  tasks put and not yet done; joiners wait for it to be 0 · 12 whether tasks are counted
 *     16… one word a thread slot, if tasks are counted: those that it has taken less those that it has done
 * ```
 *
 * Invariants, under the mutex. A message is there from one store on (of `written`, or of the link to its segment), and
 * taken from one store on (of `read`, or of the link behind it): a thread that is killed at any instant leaves the
 * list whole. All counts follow from the list and are counted anew by the repair: unfinished = messages + the sum over
 * the slots. The tasks that a dead thread had taken and not done are lost, and so not waited for.
 *
 * Who wakes a getter: a put, or close(); who wakes a putter: a get, or close(); who wakes a joiner: taskDone(). After a
 * death the main thread wakes all, as a wake may have died too. The first arrivals and departures are odd numbers on
 * purpose: memory that was freed and zeroed under a waiter who was about to sleep looks changed to it.
 *
 * @module
 */

import { emptyFifo } from "./_fifo_repair.ts";
import {
  ARRIVALS,
  BYTE_CAPACITY,
  BYTES,
  CAPACITY,
  CLOSED,
  COUNT,
  COUNTING_FIFO_BYTES,
  COUNTS_TASKS,
  DEPARTURES,
  FIFO_BYTES,
  FIRST,
  LAST,
  MUTEX,
  SPARE,
  TAKEN,
  UNFINISHED,
} from "./_fifo_words.ts";
import { BLOCK_STATE, CLASSES, HEADER, PHASE_BITS, PHASE_LIVE } from "./_layout.ts";
import { type Message, WORDWISE } from "./message.ts";
import { enterIfThere, leaveAt } from "./_mutex.ts";
import { load, store, wordsTo } from "./_primitive.ts";
import {
  ALONE,
  BODY,
  DATA,
  discardUnread,
  dropSegment,
  heapBytes,
  HOLDS,
  makeSegment,
  NEXT,
  padded,
  READ,
  segmentReference,
  SIZE,
  sizeAlone,
  SMALL,
  WEIGHT,
  writeAlone,
  WRITTEN,
} from "./_segments.ts";
import { addSpare, takeSpare } from "./_spares.ts";
import { Block, pin, unpin } from "./block.ts";
import { heapWords, membership } from "./heap.ts";
import type { BlockReference } from "./travel.ts";
import { wake, wakeAll } from "./wait.ts";

export { COUNTING_FIFO_BYTES, FIFO_BYTES } from "./_fifo_words.ts";

/** Bytes of an ordinary segment's block: the largest size class that is a power of two. */
const SEGMENT = CLASSES[CLASSES.length - 1] - HEADER;
/** A message longer than this has a segment alone. */
const LARGE = 4096;
/** A larger segment is not kept as a spare. */
const MOST_SPARE_BYTES = 2 ** 22;
/** See above: no number that zeroed memory shows. */
const FIRST_TICKET = 0x2b2b2b2b;

/** What a put came to. */
export type Outcome = "done" | "full" | "closed";
/** What a get came to: the length of a small message, which stands in {@linkcode scratch}, or one's segment. */
export type Taken = number | Block | "empty" | "closed";

/** Where small messages stand that were taken; until the next one is. */
export const scratch: Uint8Array<ArrayBuffer> = new Uint8Array(LARGE);
const scratchWords = new Int32Array(scratch.buffer);

/** One fifo, as this thread sees it: no state of its own. */
export class Fifo {
  /** Byte offset of its words. */
  readonly offset: number;
  /** Byte offset of the word that getters wait on. */
  readonly arrivals: number;
  /** Byte offset of the word that putters wait on. */
  readonly departures: number;
  /** Byte offset of the word that joiners wait on. */
  readonly unfinished: number;
  /** The heap's words, as far as those of the fifo at least; and where they begin among these. */
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #base: number;
  /** Index of its block's state, and what stands there as long as this life of it lasts. */
  readonly #state: number;
  readonly #living: number;

  /** @param at Byte offset of its words in the block. */
  constructor(readonly block: BlockReference, readonly at: number = 0) {
    const offset = block.offset + at;
    this.offset = offset;
    this.arrivals = offset + ARRIVALS;
    this.departures = offset + DEPARTURES;
    this.unfinished = offset + UNFINISHED;
    this.#words = heapWords(offset + FIFO_BYTES);
    this.#base = offset >>> 2;
    this.#state = (block.offset - HEADER >>> 2) + BLOCK_STATE;
    this.#living = block.generation << PHASE_BITS | PHASE_LIVE;
  }

  /** Fills the words of a new fifo; 0: no limit. */
  init(capacity: number, byteCapacity: number, countsTasks: boolean): void {
    const { offset } = this;
    store(offset + CAPACITY, capacity);
    store(offset + BYTE_CAPACITY, byteCapacity);
    store(offset + COUNTS_TASKS, countsTasks ? 1 : 0);
    store(offset + ARRIVALS, FIRST_TICKET);
    store(offset + DEPARTURES, FIRST_TICKET);
  }

  /** How many messages are there. */
  get count(): number {
    return load(this.offset + COUNT);
  }

  /** Whether it was closed, or its memory given back. */
  get isClosed(): boolean {
    return load(this.offset + CLOSED) !== 0 || !this.#isLiving;
  }

  get #isLiving(): boolean {
    return Atomics.load(this.#words, this.#state) === this.#living;
  }

  /** Whether a get would answer at once. */
  get isReady(): boolean {
    return this.count > 0 || this.isClosed;
  }

  /** Whether room is wanted in bytes: then one departure may make room for several. */
  get isByteBound(): boolean {
    return load(this.offset + BYTE_CAPACITY) !== 0;
  }

  /** Puts a message; quietly, if nobody is to be told. Unless it is done, the message is still the caller's to put or to discard. */
  put(message: Message, isQuiet = false): Outcome {
    const isAlone = message.length > LARGE || message.pins !== undefined;
    if (isAlone && !message.block) {
      const refused = this.#refuses(message.weight);
      if (refused) return refused;
      this.#write(message);
    }
    const words = this.#words, base = this.#base;
    if (!this.#enter()) return "closed";
    try {
      const refused = this.#refuses(message.weight);
      if (refused) return refused;
      if (isAlone) this.#link(message.block!);
      else this.#append(message);
      words[base + COUNT / 4]++;
      words[base + BYTES / 4] += message.weight;
      if (words[base + COUNTS_TASKS / 4]) words[base + UNFINISHED / 4]++;
      if (!isQuiet) Atomics.add(words, base + ARRIVALS / 4, 1);
    } finally {
      this.#leave();
    }
    if (isAlone) message.block!.release();
    if (!isQuiet) wake(this.arrivals, 1);
    return "done";
  }

  /** Enters the mutex; false when the fifo has ended. */
  #enter(): boolean {
    return enterIfThere(this.#words, this.#base + MUTEX / 4);
  }

  #leave(): void {
    leaveAt(this.#words, this.#base + MUTEX / 4);
  }

  #refuses(weight: number): Outcome | undefined {
    const words = this.#words, base = this.#base;
    // It may have been given back while we waited for the mutex.
    if (words[base + CLOSED / 4] || !this.#isLiving) return "closed";
    const count = words[base + COUNT / 4], capacity = words[base + CAPACITY / 4];
    if (capacity && count >= capacity) return "full";
    const limit = words[base + BYTE_CAPACITY / 4];
    // A message larger than the capacity goes when it is alone: it would wait for ever otherwise.
    return limit && count && (words[base + BYTES / 4] >>> 0) + weight > limit ? "full" : undefined;
  }

  /** Makes a message good until it is put. */
  keep(message: Message): void {
    if (message.block) return;
    if (message.length > LARGE || message.pins) this.#write(message);
    else message.keep();
  }

  /** Writes a message into a segment alone. */
  #write(message: Message): void {
    const size = sizeAlone(message);
    message.block = this.#takeSpare(size) ?? makeSegment(this.block, this.at, size);
    writeAlone(message.block.offset, message);
  }

  #append(message: Message): void {
    const need = padded(message.length), segment = this.#roomFor(need);
    const words = wordsTo(segment + DATA + SEGMENT), base = segment >>> 2;
    const written = words[base + WRITTEN / 4], at = segment + DATA + written;
    words[at >>> 2] = message.length;
    words[at + WEIGHT >>> 2] = message.weight;
    message.write(words, heapBytes(segment + DATA + SEGMENT), at + BODY);
    Atomics.store(words, base + WRITTEN / 4, written + need);
  }

  /** The last segment if it has room for `need` bytes, else a new one. Under the mutex. */
  #roomFor(need: number): number {
    const last = this.#words[this.#base + LAST / 4] >>> 0;
    if (last) {
      const words = wordsTo(last + DATA), base = last >>> 2;
      if (words[base + HOLDS / 4] === SMALL) {
        const written = words[base + WRITTEN / 4];
        if (written + need <= words[base + SIZE / 4]) return last;
        // All read: begin at its start again.
        if (words[base + READ / 4] === written) {
          // In this order: between the two stores the segment shows nothing to read.
          store(last + WRITTEN, 0);
          store(last + READ, 0);
          return last;
        }
      }
    }
    const block = makeSegment(this.block, this.at, SEGMENT);
    this.#link(block);
    block.release();
    return block.offset;
  }

  /** Puts a segment behind the last one. Under the mutex. */
  #link({ reference, offset: segment }: Block): void {
    const last = load(this.offset + LAST) >>> 0;
    pin(reference);
    store(last ? last + NEXT : this.offset + FIRST, segment | 0);
    store(this.offset + LAST, segment | 0);
  }

  /** Takes the first message. */
  take(): Taken {
    const words = this.#words, base = this.#base;
    if (!this.#isLiving) return "closed";
    // A put counts its message before it moves arrivals on: so who has seen those need not look more closely.
    if (Atomics.load(words, base + COUNT / 4) === 0 && !words[base + CLOSED / 4]) return "empty";
    const isBound = (words[base + CAPACITY / 4] | words[base + BYTE_CAPACITY / 4]) !== 0;
    let taken: Taken;
    if (!this.#enter()) return "closed";
    try {
      const segment = this.#isLiving ? this.#firstUnread() : 0;
      if (!segment) return this.isClosed ? "closed" : "empty";
      const heap = wordsTo(segment + DATA + SEGMENT);
      const read = heap[segment + READ >>> 2], at = segment + DATA + read;
      const weight = heap[at + WEIGHT >>> 2];
      taken = heap[segment + HOLDS >>> 2] === SMALL
        ? this.#copy(heap, segment, read, heap[at >>> 2])
        : this.#unlink(segment);
      words[base + COUNT / 4]--;
      words[base + BYTES / 4] -= weight;
      if (words[base + COUNTS_TASKS / 4]) words[base + TAKEN / 4 + membership().slot]++;
      if (isBound) Atomics.add(words, base + DEPARTURES / 4, 1);
    } finally {
      this.#leave();
    }
    if (isBound) wake(this.departures, 1);
    return taken;
  }

  /** Copies a small message into the scratch; then it is taken. Under the mutex. */
  #copy(heap: Int32Array, segment: number, read: number, length: number): number {
    const at = segment + DATA + read + BODY;
    if (length > WORDWISE) scratch.set(heapBytes(at + length).subarray(at, at + length));
    else for (let i = 0, from = at >>> 2; i < length; i += 4) scratchWords[i >>> 2] = heap[from++];
    Atomics.store(heap, segment + READ >>> 2, read + padded(length));
    return length;
  }

  /** The first segment with something to read; those before it are given back. Under the mutex. */
  #firstUnread(): number {
    for (let segment; (segment = this.#words[this.#base + FIRST / 4] >>> 0) !== 0;) {
      const words = wordsTo(segment + DATA);
      if (words[segment + READ >>> 2] < words[segment + WRITTEN >>> 2]) return segment;
      const next = load(segment + NEXT) >>> 0;
      if (!next) return 0;
      store(this.offset + FIRST, next | 0);
      dropSegment(segment);
    }
    return 0;
  }

  /** Takes the first segment out of the list, for this thread alone. Under the mutex. */
  #unlink(segment: number): Block {
    const block = Block.attach(segmentReference(segment)), next = load(segment + NEXT);
    store(this.offset + FIRST, next);
    if (next === 0) store(this.offset + LAST, 0);
    unpin(block.reference);
    return block;
  }

  /** Takes the segment of a message back that was read: for another one, or for good. */
  giveBack(block: Block): void {
    store(block.offset + HOLDS, ALONE);
    if (block.byteLength <= MOST_SPARE_BYTES && this.#isLiving && this.#enter()) {
      try {
        if (!this.isClosed) addSpare(this.offset, block);
      } finally {
        this.#leave();
      }
    }
    block.release();
  }

  /** A spare segment of `size` bytes or not many more, for this thread alone. */
  #takeSpare(size: number): Block | undefined {
    if (load(this.offset + SPARE) === 0 || !this.#enter()) return undefined;
    try {
      return this.isClosed ? undefined : takeSpare(this.offset, size, 2 * size + SEGMENT);
    } finally {
      this.#leave();
    }
  }

  /** Says that a task that was taken is done; false when all are. */
  finish(): boolean {
    const { offset } = this, words = wordsTo(offset + COUNTING_FIFO_BYTES);
    if (!this.#enter()) return false;
    const left = this.#isLiving ? load(offset + UNFINISHED) - 1 : -1;
    if (left >= 0) {
      words[(offset + TAKEN >>> 2) + membership().slot]--;
      store(offset + UNFINISHED, left);
    }
    this.#leave();
    if (left === 0) wakeAll(this.unfinished);
    return left >= 0;
  }

  /** Closes it, for everyone: puts are refused, gets go on until it is empty. */
  close(): void {
    if (this.isClosed || !this.#enter()) return;
    if (this.#isLiving) store(this.offset + CLOSED, 1);
    this.#leave();
    this.stir();
  }

  /** Has all who wait look again. */
  stir(): void {
    if (!this.#isLiving) return;
    for (const ticket of [this.arrivals, this.departures]) Atomics.add(this.#words, ticket >>> 2, 1);
    this.rouse();
  }

  /** Wakes all who wait; the memory may have gone. */
  rouse(): void {
    wakeAll(this.arrivals);
    wakeAll(this.departures);
    wakeAll(this.unfinished);
  }

  /** Gives all segments back, at the end of a closed fifo's life; what is left in it is lost. */
  clear(): void {
    // One by one, as if it were read: to let go of what is pinned may mean to enter another mutex.
    for (let taken; typeof (taken = this.take()) !== "string";) {
      if (typeof taken === "number") continue;
      discardUnread(taken.offset);
      taken.release();
    }
    if (!this.#enter()) return;
    try {
      if (this.#isLiving) emptyFifo(this.offset);
    } finally {
      this.#leave();
    }
    wakeAll(this.unfinished);
  }
}
