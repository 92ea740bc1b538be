/**
 * Messages of bytes in shared memory, first in first out: what queues and pipes are made of.
 *
 * A fifo is some words and a list of *segments* (`_segments.ts`):
 *
 * ```
 * word 0  the mutex · 1 first segment · 2 last segment · 3 messages · 4 their weight in bytes · 5 closed
 *      6  arrivals: moves on with each message and at the end; getters wait for it to change
 *      7  departures: moves on with each message taken and at the end; putters wait for it to change
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
import { CLASSES, HEADER } from "./_layout.ts";
import { type Message, SHORT } from "./message.ts";
import { enter, leave } from "./_mutex.ts";
import { load, store } from "./_primitive.ts";
import {
  ALONE,
  BODY,
  DATA,
  dropSegment,
  heapBytes,
  isLiving,
  makeSegment,
  NEXT,
  padded,
  READ,
  segmentReference,
  SIZE,
  WEIGHT,
  WRITTEN,
} from "./_segments.ts";
import { Block, pin, unpin } from "./block.ts";
import { heapWords, membership } from "./heap.ts";
import type { BlockReference } from "./travel.ts";
import { wake, wakeAll } from "./wait.ts";

export { COUNTING_FIFO_BYTES, FIFO_BYTES } from "./_fifo_words.ts";

/** Bytes of an ordinary segment's block: the largest size class that is a power of two. */
const SEGMENT = CLASSES[CLASSES.length - 1] - HEADER;
/** A message longer than this has a segment alone. */
const LARGE = 4096;
/** So many spare segments are kept, each of so many bytes: memory that need not be found and cleared again. */
const MOST_SPARES = 4, MOST_SPARE_BYTES = 2 ** 22;
/** See above: no number that zeroed memory shows. */
const FIRST_TICKET = 0x2b2b2b2b;

/** What a put came to. */
export type Outcome = "done" | "full" | "closed";
/** What a get came to: the length of a small message, which stands in {@linkcode scratch}, or a large one's segment. */
export type Taken = number | Block | "empty" | "closed";

/** Where small messages stand that were taken; until the next one is. */
export const scratch: Uint8Array<ArrayBuffer> = new Uint8Array(LARGE);

/** One fifo, as this thread sees it: no state of its own. */
export class Fifo {
  /** Byte offset of the word that getters wait on. */
  readonly arrivals: number;
  /** Byte offset of the word that putters wait on. */
  readonly departures: number;
  /** Byte offset of the word that joiners wait on. */
  readonly unfinished: number;

  /** @param at Byte offset of its words in the block. */
  constructor(readonly block: BlockReference, readonly at: number = 0) {
    const offset = block.offset + at;
    this.offset = offset;
    this.arrivals = offset + ARRIVALS;
    this.departures = offset + DEPARTURES;
    this.unfinished = offset + UNFINISHED;
  }

  /** Byte offset of its words. */
  readonly offset: number;

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
    return load(this.offset + CLOSED) !== 0 || !isLiving(this.block);
  }

  /** Whether a get would answer at once. */
  get isReady(): boolean {
    return this.count > 0 || this.isClosed;
  }

  /** Whether room is wanted in bytes: then one departure may make room for several. */
  get isByteBound(): boolean {
    return load(this.offset + BYTE_CAPACITY) !== 0;
  }

  /** Puts a message. Unless it is done, the message is still the caller's to put or to discard. */
  put(message: Message): Outcome {
    const { length } = message, isLarge = length > LARGE;
    if (isLarge && !message.block) {
      const refused = this.#refuses(heapWords(this.offset + FIFO_BYTES), message);
      if (refused) return refused;
      this.#write(message);
    }
    const { offset } = this;
    enter(offset + MUTEX);
    try {
      const words = heapWords(offset + FIFO_BYTES), base = offset >>> 2;
      const refused = this.#refuses(words, message);
      if (refused) return refused;
      if (isLarge) this.#link(message.block!);
      else this.#append(message);
      words[base + COUNT / 4]++;
      words[base + BYTES / 4] += message.weight;
      if (words[base + COUNTS_TASKS / 4]) words[base + UNFINISHED / 4]++;
      Atomics.add(words, base + ARRIVALS / 4, 1);
    } finally {
      leave(offset + MUTEX);
    }
    message.block?.release();
    wake(this.arrivals, 1);
    return "done";
  }

  #refuses(words: Int32Array, { weight }: Message): Outcome | undefined {
    const base = this.offset >>> 2;
    // It may have been given back while we waited for the mutex.
    if (words[base + CLOSED / 4] || !isLiving(this.block)) return "closed";
    const count = words[base + COUNT / 4], capacity = words[base + CAPACITY / 4];
    if (capacity && count >= capacity) return "full";
    const limit = words[base + BYTE_CAPACITY / 4];
    // A message larger than the capacity goes when it is alone: it would wait for ever otherwise.
    return limit && count && (words[base + BYTES / 4] >>> 0) + weight > limit ? "full" : undefined;
  }

  /** Makes a message good until it is put. */
  keep(message: Message): void {
    if (message.block) return;
    if (message.length > LARGE) this.#write(message);
    else message.keep();
  }

  /** Writes a large message into a segment alone. */
  #write(message: Message): void {
    const need = DATA + padded(message.length);
    const block = message.block = this.#takeSpare(need) ?? makeSegment(this.block, this.at, need);
    const at = block.offset + DATA;
    store(at, message.length);
    store(at + WEIGHT, message.weight | 0);
    message.write(heapBytes(block.offset + block.byteLength), at + BODY);
    store(block.offset + ALONE, 1);
    store(block.offset + READ, 0);
    store(block.offset + WRITTEN, padded(message.length));
  }

  #append(message: Message): void {
    const need = padded(message.length), segment = this.#roomFor(need);
    const written = load(segment + WRITTEN), at = segment + DATA + written;
    store(at, message.length);
    store(at + WEIGHT, message.weight | 0);
    message.write(heapBytes(segment + DATA + SEGMENT), at + BODY);
    store(segment + WRITTEN, written + need);
  }

  /** The last segment if it has room for `need` bytes, else a new one. Under the mutex. */
  #roomFor(need: number): number {
    const last = load(this.offset + LAST) >>> 0;
    if (last && !load(last + ALONE)) {
      const written = load(last + WRITTEN);
      if (written + need <= load(last + SIZE)) return last;
      // All read: begin at its start again.
      if (load(last + READ) === written) {
        // In this order: between the two stores the segment shows nothing to read.
        store(last + WRITTEN, 0);
        store(last + READ, 0);
        return last;
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
    const { offset } = this;
    let taken: Taken;
    if (!isLiving(this.block)) return "closed";
    enter(offset + MUTEX);
    try {
      const words = heapWords(offset + FIFO_BYTES), base = offset >>> 2;
      const segment = isLiving(this.block) ? this.#firstUnread() : 0;
      if (!segment) return this.isClosed ? "closed" : "empty";
      const read = load(segment + READ), at = segment + DATA + read;
      const length = load(at) >>> 0, weight = load(at + WEIGHT);
      if (load(segment + ALONE)) {
        taken = this.#unlink(segment);
      } else {
        const bytes = heapBytes(at + BODY + length);
        if (length > SHORT) scratch.set(bytes.subarray(at + BODY, at + BODY + length));
        else for (let i = 0; i < length; i++) scratch[i] = bytes[at + BODY + i];
        store(segment + READ, read + padded(length));
        taken = length;
      }
      words[base + COUNT / 4]--;
      words[base + BYTES / 4] -= weight;
      if (words[base + COUNTS_TASKS / 4]) words[base + TAKEN / 4 + membership().slot]++;
      Atomics.add(words, base + DEPARTURES / 4, 1);
    } finally {
      leave(offset + MUTEX);
    }
    wake(this.departures, 1);
    return taken;
  }

  /** The first segment with something to read; those before it are given back. Under the mutex. */
  #firstUnread(): number {
    for (let segment; (segment = load(this.offset + FIRST) >>> 0) !== 0;) {
      if (load(segment + READ) < load(segment + WRITTEN)) return segment;
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

  /** Takes a large message's segment back when it was read: for another one, or for good. */
  giveBack(block: Block): void {
    const { offset } = this, segment = block.offset;
    if (block.byteLength <= MOST_SPARE_BYTES && isLiving(this.block)) {
      enter(offset + MUTEX);
      try {
        if (!this.isClosed) {
          let spares = 0;
          for (let spare = load(offset + SPARE) >>> 0; spare; spare = load(spare + NEXT) >>> 0) spares++;
          if (spares < MOST_SPARES) {
            store(segment + WRITTEN, 0);
            store(segment + NEXT, load(offset + SPARE));
            pin(block.reference);
            store(offset + SPARE, segment | 0);
          }
        }
      } finally {
        leave(offset + MUTEX);
      }
    }
    block.release();
  }

  /** A spare segment of `need` bytes or not many more, for this thread alone. */
  #takeSpare(need: number): Block | undefined {
    const { offset } = this;
    if (load(offset + SPARE) === 0) return undefined;
    enter(offset + MUTEX);
    try {
      if (this.isClosed) return undefined;
      for (let link = offset + SPARE, spare; (spare = load(link) >>> 0) !== 0; link = spare + NEXT) {
        const length = load(spare + SIZE) + DATA;
        if (length < need || length > 2 * need + SEGMENT) continue;
        const block = Block.attach(segmentReference(spare));
        store(link, load(spare + NEXT));
        unpin(block.reference);
        store(spare + NEXT, 0);
        return block;
      }
      return undefined;
    } finally {
      leave(offset + MUTEX);
    }
  }

  /** Says that a task that was taken is done; false when all are. */
  finish(): boolean {
    const { offset } = this;
    let left;
    enter(offset + MUTEX);
    try {
      left = load(offset + UNFINISHED);
      if (left <= 0 || !isLiving(this.block)) return false;
      const words = heapWords(offset + COUNTING_FIFO_BYTES);
      words[(offset + TAKEN >>> 2) + membership().slot]--;
      Atomics.store(words, offset + UNFINISHED >>> 2, --left);
    } finally {
      leave(offset + MUTEX);
    }
    if (left === 0) wakeAll(this.unfinished);
    return true;
  }

  /** Closes it, for everyone: puts are refused, gets go on until it is empty. */
  close(): void {
    const { offset } = this;
    if (this.isClosed) return;
    enter(offset + MUTEX);
    try {
      if (!isLiving(this.block)) return;
      store(offset + CLOSED, 1);
    } finally {
      leave(offset + MUTEX);
    }
    this.stir();
  }

  /** Has all who wait look again. */
  stir(): void {
    if (!isLiving(this.block)) return;
    const words = heapWords(this.offset + FIFO_BYTES);
    Atomics.add(words, this.arrivals >>> 2, 1);
    Atomics.add(words, this.departures >>> 2, 1);
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
    enter(this.offset + MUTEX);
    try {
      if (isLiving(this.block)) emptyFifo(this.offset);
    } finally {
      leave(this.offset + MUTEX);
    }
    wakeAll(this.unfinished);
  }
}
