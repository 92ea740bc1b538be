/**
 * How a fifo ends, and how it is mended after a thread's death.
 *
 * The lists are whole at any instant; what is counted is counted anew. A segment in neither list that has a pin was on
 * its way in or out when the thread died.
 *
 * @module
 */

import {
  ARRIVALS,
  BYTES,
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
import { BLOCK_HOLDERS, HEADER, HOLDER_WORDS, MAX_THREADS } from "./_layout.ts";
import { leave, seize } from "./_mutex.ts";
import { type Dead, registerRepair } from "./_owners.ts";
import { load, store } from "./_primitive.ts";
import {
  DATA,
  discardUnread,
  dropSegment,
  endUnheld,
  fifoOf,
  freeOrphan,
  isPinned,
  NEXT,
  padded,
  READ,
  reap,
  WEIGHT,
  WRITTEN,
} from "./_segments.ts";
import { heapWords } from "./heap.ts";
import { wakeAll } from "./wait.ts";

/** Frees all segments, whose messages have no pins. Under the mutex, at the end of a closed fifo's life. */
export function emptyFifo(fifo: number): void {
  for (const list of [FIRST, SPARE]) {
    for (let segment; (segment = load(fifo + list) >>> 0) !== 0;) {
      store(fifo + list, load(segment + NEXT));
      dropSegment(segment);
    }
  }
  for (const word of [LAST, COUNT, BYTES]) store(fifo + word, 0);
  store(fifo + UNFINISHED, -1);
}

/** Mends the fifo at byte offset `fifo`, in the block at `block`, after a thread's death. */
export function repairFifo(block: number, fifo: number, dead: Dead): void {
  seize(fifo + MUTEX, dead.tag);
  if (isLonely(block, dead)) {
    store(fifo + CLOSED, 1);
    leave(fifo + MUTEX);
    // To let go of what is pinned may mean to enter another mutex.
    for (const segment of segmentsOf(fifo)) discardUnread(segment);
    seize(fifo + MUTEX, dead.tag);
    emptyFifo(fifo);
  } else if (load(fifo + UNFINISHED) >= 0) recount(fifo, dead.slot);
  leave(fifo + MUTEX);
  const words = heapWords(fifo + FIFO_BYTES);
  for (const word of [ARRIVALS, DEPARTURES]) Atomics.add(words, fifo + word >>> 2, 1);
  for (const word of [ARRIVALS, DEPARTURES, UNFINISHED]) wakeAll(fifo + word);
}

/** Whether nobody but the dead thread knows of a block, or can get to. */
export function isLonely(block: number, { slot, survives }: Dead): boolean {
  if (survives) return false;
  const holders = block - HEADER + BLOCK_HOLDERS * 4;
  if (isPinned(block)) return false;
  for (let i = 0; i < HOLDER_WORDS; i++) {
    if (load(holders + i * 4) & ~(i === slot >> 5 ? 1 << (slot & 31) : 0)) return false;
  }
  return true;
}

function isHeldByDead(block: number, { slot }: Dead): boolean {
  return (load(block - HEADER + (BLOCK_HOLDERS + (slot >> 5)) * 4) & 1 << (slot & 31)) !== 0;
}

function recount(fifo: number, deadSlot: number): void {
  let count = 0, bytes = 0, last = 0;
  for (let segment = load(fifo + FIRST) >>> 0; segment; segment = load(segment + NEXT) >>> 0) {
    last = segment;
    // Killed while it began the segment anew: nothing is in it.
    if (load(segment + READ) > load(segment + WRITTEN)) store(segment + READ, 0);
    const written = load(segment + WRITTEN);
    for (let at = load(segment + READ); at < written;) {
      const message = segment + DATA + at;
      count++;
      bytes += load(message + WEIGHT);
      at += padded(load(message) >>> 0);
    }
  }
  store(fifo + LAST, last | 0);
  store(fifo + COUNT, count);
  store(fifo + BYTES, bytes);
  if (load(fifo + COUNTS_TASKS)) store(fifo + UNFINISHED, count + unfinishedOfOthers(fifo, deadSlot));
}

/** Strikes out the tasks that the dead thread had in hand; gives the number of all others'. */
function unfinishedOfOthers(fifo: number, deadSlot: number): number {
  const first = fifo + TAKEN >>> 2;
  const taken = heapWords(fifo + COUNTING_FIFO_BYTES).subarray(first, first + MAX_THREADS);
  // Others may have done tasks that it had taken.
  for (let i = 0; i < MAX_THREADS && taken[deadSlot] > 0; i++) {
    if (taken[i] >= 0) continue;
    const common = Math.min(taken[deadSlot], -taken[i]);
    taken[deadSlot] -= common;
    taken[i] += common;
  }
  if (taken[deadSlot] > 0) taken[deadSlot] = 0;
  return Math.max(0, taken.reduce((sum, one) => sum + one, 0));
}

function* segmentsOf(fifo: number): Generator<number> {
  for (const list of [FIRST, SPARE]) {
    for (let at = load(fifo + list) >>> 0; at; at = load(at + NEXT) >>> 0) yield at;
  }
}

function listed(fifo: number, dead: Dead): Set<number> {
  seize(fifo + MUTEX, dead.tag);
  const segments = new Set(segmentsOf(fifo));
  leave(fifo + MUTEX);
  return segments;
}

/** Whether a segment is pinned and in neither list: one that is not pinned may be a living thread's, about to be linked. */
function isOrphan(fifo: number, segment: number, dead: Dead): boolean {
  seize(fifo + MUTEX, dead.tag);
  const found = isPinned(segment) && ![...segmentsOf(fifo)].includes(segment);
  leave(fifo + MUTEX);
  return found;
}

/** The segments that were listed when a repair first looked, by the offset of their fifo. */
const listedAt = new WeakMap<Dead, Map<number, Set<number>>>();

registerRepair("segment", (segment, dead) => {
  // A message that it was about to put, or had taken and was reading.
  if (isHeldByDead(segment, dead) && isLonely(segment, dead)) return discardUnread(segment);
  if (reap(segment, dead.tag)) return;
  const place = fifoOf(segment);
  if (!place) return;
  const fifo = place.block.offset + place.at;
  let known = listedAt.get(dead);
  if (!known) listedAt.set(dead, known = new Map());
  let segments = known.get(fifo);
  if (!segments) known.set(fifo, segments = listed(fifo, dead));
  if (segments.has(segment)) return;
  if (isOrphan(fifo, segment, dead)) freeOrphan(segment);
  else endUnheld(segment);
});
