/**
 * Messages of bytes in shared memory, first in first out: what queues and pipes are made of.
 *
 * A fifo is a block of words and a list of *segments*, blocks that hold messages one behind the other:
 *
 * ```
 * fifo     word 0 the mutex · 1 first segment · 2 last segment · 3 messages · 4 bytes · 5 closed
 *          6 arrivals: counts up with each message and at the end; getters wait for it to change
 *          7 departures: counts up with each message taken and at the end; putters wait for it to change
 *          8 capacity in messages, 0 none · 9 capacity in bytes, 0 none
 * segment  word 0 next segment · 1 where the next message is written · 2 where the next is read · 3 size · 4 its fifo
 * message  its length, its bytes, padded to 4
 * ```
 *
 * Invariants, under the mutex: a message is there from the moment in which `written` moves behind it, one store, and
 * taken from the moment in which `read` does. So a thread that is killed in a put or a get leaves the fifo whole;
 * the counts of messages and bytes are counted anew by the repair, and a segment that was not yet in the list is given
 * back. A segment is kept by a pin, not by the thread that made it: producers may die. Who wakes a getter: a put, or
 * close(); who wakes a putter: a get, or close(); after a death the main thread wakes all, as a wake may have died too.
 *
 * @module
 */

import { CLASSES, HEADER } from "./_layout.ts";
import type { Message } from "./message.ts";
import { guarded, leave, seize } from "./_mutex.ts";
import { type Dead, registerRepair } from "./_owners.ts";
import { load, store } from "./_primitive.ts";
import { Block, blockContaining, pin, readHeader, unpin } from "./block.ts";
import { wake, wakeAll } from "./wait.ts";

const MUTEX = 0, FIRST = 4, LAST = 8, COUNT = 12, BYTES = 16, CLOSED = 20;
/** Byte offset of the count of arrivals, in a fifo. */
export const ARRIVALS = 24;
/** Byte offset of the count of departures, in a fifo. */
export const DEPARTURES = 28;
const CAPACITY = 32, BYTE_CAPACITY = 36;
/** Bytes of a fifo's words; a user of it may have more behind them. */
export const FIFO_BYTES = 40;

const NEXT = 0, WRITTEN = 4, READ = 8, SIZE = 12, FIFO = 16, DATA = 20;
/** Bytes of an ordinary segment's block: the largest size class that is a power of two. */
const SEGMENT = CLASSES[CLASSES.length - 1] - HEADER;

const padded = (length: number) => 4 + Math.ceil(length / 4) * 4;

/** What a put or a get came to. */
export type Outcome = "done" | "full" | "empty" | "closed";

/** Sets the limits of a new fifo; 0: none. */
export function initFifo(fifo: number, capacity: number, byteCapacity: number): void {
  store(fifo + CAPACITY, capacity);
  store(fifo + BYTE_CAPACITY, byteCapacity);
}

/** How many messages are there. */
export function fifoCount(fifo: number): number {
  return load(fifo + COUNT);
}

/** Whether it was closed. */
export function fifoIsClosed(fifo: number): boolean {
  return load(fifo + CLOSED) !== 0;
}

/** Puts a message. */
export function putMessage(fifo: number, message: Message): Outcome {
  const { length } = message;
  const outcome = guarded(fifo + MUTEX, (): Outcome => {
    if (load(fifo + CLOSED)) return "closed";
    const count = load(fifo + COUNT), bytes = load(fifo + BYTES);
    const capacity = load(fifo + CAPACITY), byteCapacity = load(fifo + BYTE_CAPACITY);
    if (capacity && count >= capacity) return "full";
    // A message larger than the capacity goes when it is alone: it would wait for ever otherwise.
    if (byteCapacity && count && bytes + length > byteCapacity) return "full";
    const segment = segmentFor(fifo, padded(length));
    const written = load(segment + WRITTEN);
    const at = segment + DATA + written;
    store(at, length);
    message.write(at + 4);
    store(segment + WRITTEN, written + padded(length));
    store(fifo + COUNT, count + 1);
    store(fifo + BYTES, bytes + length);
    store(fifo + ARRIVALS, load(fifo + ARRIVALS) + 1 | 0);
    return "done";
  });
  if (outcome === "done") wake(fifo + ARRIVALS, 1);
  return outcome;
}

/** The last segment if it has room for `need` bytes, else a new one. Under the mutex. */
function segmentFor(fifo: number, need: number): number {
  const last = load(fifo + LAST) >>> 0;
  if (last) {
    const written = load(last + WRITTEN);
    if (written + need <= load(last + SIZE)) return last;
    // All read: begin at its start again.
    if (load(last + READ) === written && need <= load(last + SIZE)) {
      // Read moves first: between the two stores the segment shows nothing to read.
      store(last + WRITTEN, 0);
      store(last + READ, 0);
      return last;
    }
  }
  const block = Block.allocate(Math.max(SEGMENT, DATA + need), "segment");
  const { offset } = block;
  store(offset + SIZE, block.byteLength - DATA);
  store(offset + FIFO, fifo | 0);
  pin(block.reference);
  if (last) store(last + NEXT, offset | 0);
  else store(fifo + FIRST, offset | 0);
  store(fifo + LAST, offset | 0);
  block.release();
  return offset;
}

/** Takes the first message: `read` reads its bytes, and must not keep them. */
export function getMessage(fifo: number, read: (at: number, length: number) => void): Outcome {
  const outcome = guarded(fifo + MUTEX, (): Outcome => {
    const segment = firstUnread(fifo);
    if (!segment) return load(fifo + CLOSED) ? "closed" : "empty";
    const at = load(segment + READ), length = load(segment + DATA + at) >>> 0;
    read(segment + DATA + at + 4, length);
    store(segment + READ, at + padded(length));
    store(fifo + COUNT, load(fifo + COUNT) - 1);
    store(fifo + BYTES, load(fifo + BYTES) - length);
    store(fifo + DEPARTURES, load(fifo + DEPARTURES) + 1 | 0);
    return "done";
  });
  if (outcome === "done") wake(fifo + DEPARTURES, 1);
  return outcome;
}

/** The first segment with something to read; those before it are given back. Under the mutex. */
function firstUnread(fifo: number): number {
  for (let segment; (segment = load(fifo + FIRST) >>> 0) !== 0;) {
    if (load(segment + READ) < load(segment + WRITTEN)) return segment;
    const next = load(segment + NEXT) >>> 0;
    if (!next) return 0;
    store(fifo + FIRST, next | 0);
    freeSegment(segment);
  }
  return 0;
}

function freeSegment(segment: number): void {
  const reference = blockContaining(segment);
  if (reference) unpin(reference);
}

/** Closes it, for everyone: puts are refused, gets go on until it is empty. */
export function closeFifo(fifo: number): void {
  guarded(fifo + MUTEX, () => {
    store(fifo + CLOSED, 1);
    store(fifo + ARRIVALS, load(fifo + ARRIVALS) + 1 | 0);
    store(fifo + DEPARTURES, load(fifo + DEPARTURES) + 1 | 0);
  });
  wakeAll(fifo + ARRIVALS);
  wakeAll(fifo + DEPARTURES);
}

/** Gives all segments back, at the end of a fifo's life; `discard` is called on each message that is left. */
export function clearFifo(fifo: number, discard: (at: number, length: number) => void): void {
  while (getMessage(fifo, discard) === "done");
  guarded(fifo + MUTEX, () => {
    const last = load(fifo + FIRST) >>> 0;
    store(fifo + FIRST, 0);
    store(fifo + LAST, 0);
    if (last) freeSegment(last);
  });
}

/** Mends a fifo after a thread's death. */
export function repairFifo(fifo: number, { tag }: Dead): void {
  seize(fifo + MUTEX, tag);
  let count = 0, bytes = 0, last = load(fifo + FIRST) >>> 0;
  for (let segment = last; segment; segment = load(segment + NEXT) >>> 0) {
    last = segment;
    // Killed while it began the segment anew: nothing is in it.
    if (load(segment + READ) > load(segment + WRITTEN)) store(segment + READ, 0);
    const written = load(segment + WRITTEN);
    for (let at = load(segment + READ); at < written;) {
      const length = load(segment + DATA + at) >>> 0;
      count++;
      bytes += length;
      at += padded(length);
    }
  }
  store(fifo + LAST, last | 0);
  store(fifo + COUNT, count);
  store(fifo + BYTES, bytes);
  for (const word of [ARRIVALS, DEPARTURES]) store(fifo + word, load(fifo + word) + 1 | 0);
  leave(fifo + MUTEX);
  wakeAll(fifo + ARRIVALS);
  wakeAll(fifo + DEPARTURES);
}

registerRepair("segment", (segment, { tag }) => {
  if (readHeader(segment - HEADER)?.owner !== tag - 1) return;
  const fifo = load(segment + FIFO) >>> 0;
  if (!fifo || !blockContaining(fifo)) return;
  seize(fifo + MUTEX, tag);
  let linked = false;
  for (let other = load(fifo + FIRST) >>> 0; other; other = load(other + NEXT) >>> 0) {
    linked ||= other === segment;
  }
  leave(fifo + MUTEX);
  if (!linked) freeSegment(segment);
});
