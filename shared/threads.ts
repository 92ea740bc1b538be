/**
 * Which threads live, and what becomes of what a dead one held.
 *
 * ```
 * state of a record   0 none · 1 alive · 2 leaving (exit code written) · 3 ended (proved dead, swept) · 4 enrolling
 * ```
 *
 * A record is claimed by one compare-and-swap by whoever wants a thread; only the main thread starts threads and
 * declares them ended; a thread itself says that it is leaving. Records are given out in turn, so that who waits for an end still finds the exit code long after.
 *
 * @module
 */

import {
  MAX_THREADS,
  NEXT_IDENT,
  NEXT_THREAD_SLOT,
  THREAD_ALIVE,
  THREAD_BELL,
  THREAD_BLOCKED,
  THREAD_BYTES,
  THREAD_CONDEMNED,
  THREAD_CREATOR,
  THREAD_CREATOR_SLOT,
  THREAD_ENDED,
  THREAD_ENROLLING,
  THREAD_EXIT_CODE,
  THREAD_LEAVING,
  THREAD_NONE,
  THREAD_RUNNING,
  THREAD_SKIP,
  THREAD_STATE,
  THREAD_TAG,
  THREADS,
} from "./_layout.ts";
import { everyHeader, reclaimPages } from "./_pages.ts";
import { declareDead, forgetDead, repairAll } from "./_owners.ts";
import { sweepBlock } from "./block.ts";
import { type HeapMembership, heapWords, membership } from "./heap.ts";
import { breakNamesLock } from "./registry.ts";
import { wakeAll } from "./wait.ts";

/** A thread's place in the heap: what its bootstrap needs to join. */
export type ThreadRecord = HeapMembership;

const recordOffset = (slot: number) => THREADS + slot * THREAD_BYTES;
const recordWord = (slot: number, field: number) => (recordOffset(slot) >> 2) + field;

/** Gives a thread that is to be started its ident and record. */
export function enrolThread(): ThreadRecord {
  const { memory, ident: creator, slot: creatorSlot } = membership();
  const words = heapWords();
  const first = Atomics.add(words, NEXT_THREAD_SLOT, 1);
  for (let i = 0; i < MAX_THREADS - 1; i++) {
    const slot = 1 + (first + i) % (MAX_THREADS - 1), state = recordWord(slot, THREAD_STATE);
    const before = Atomics.load(words, state);
    if (before !== THREAD_NONE && before !== THREAD_ENDED) continue;
    if (Atomics.compareExchange(words, state, before, THREAD_ENROLLING) !== before) continue;
    const ident = Atomics.add(words, NEXT_IDENT, 1);
    words[recordWord(slot, THREAD_EXIT_CODE)] = 0;
    words[recordWord(slot, THREAD_RUNNING)] = 0;
    words[recordWord(slot, THREAD_SKIP)] = 0;
    words[recordWord(slot, THREAD_BLOCKED)] = 0;
    words[recordWord(slot, THREAD_CONDEMNED)] = 0;
    words[recordWord(slot, THREAD_CREATOR)] = creator + 1;
    words[recordWord(slot, THREAD_CREATOR_SLOT)] = creatorSlot;
    words[recordWord(slot, THREAD_TAG)] = ident + 1;
    Atomics.store(words, state, THREAD_ALIVE);
    return { memory, ident, slot };
  }
  throw new RangeError(`Cannot start another thread: ${MAX_THREADS} are alive, the most there can be`);
}

/** Byte offset of a thread's doorbell. */
export function bellOffset(slot: number): number {
  return recordOffset(slot) + THREAD_BELL * 4;
}

/** Rings the doorbell of the thread in `slot`. */
export function ring(slot: number): void {
  Atomics.add(heapWords(), recordWord(slot, THREAD_BELL), 1);
  wakeAll(bellOffset(slot));
}

/** Says whether this thread blocks until its workers report; then {@linkcode ringCreator} rings. Gives what it was before. */
export function setBlocked(blocked: boolean): boolean {
  const word = recordWord(membership().slot, THREAD_BLOCKED);
  return Atomics.exchange(heapWords(), word, blocked ? 1 : 0) === 1;
}

/** Rings for the thread that asked for this one, if it blocks until it is told something. */
export function ringCreator(): void {
  const words = heapWords(), creator = words[recordWord(membership().slot, THREAD_CREATOR_SLOT)];
  if (Atomics.load(words, recordWord(creator, THREAD_BLOCKED)) === 1) ring(creator);
}

/** Byte offset of the word in which a pool's worker says which item it runs. */
export function runningOffset(slot: number): number {
  return recordOffset(slot) + THREAD_RUNNING * 4;
}

/** Byte offset of the word up to whose number a pool's worker begins no item. */
export function skipOffset(slot: number): number {
  return recordOffset(slot) + THREAD_SKIP * 4;
}

/**
 * Writes the exit code of a thread whose code is done or gone, before its death is proved, and rings for those
 * who wait for it: its creator and the main thread. The first caller's code stands.
 */
export function leave(
  exitCode: number,
  { ident, slot }: Pick<ThreadRecord, "ident" | "slot"> = membership(),
): void {
  const words = heapWords();
  if (words[recordWord(slot, THREAD_TAG)] !== ident + 1) return;
  if (Atomics.load(words, recordWord(slot, THREAD_STATE)) !== THREAD_ALIVE) return;
  words[recordWord(slot, THREAD_EXIT_CODE)] = exitCode;
  Atomics.compareExchange(words, recordWord(slot, THREAD_STATE), THREAD_ALIVE, THREAD_LEAVING);
  ringWaiters(slot);
}

/** As {@linkcode missThread}, to be said of each before anything is done after one of several deaths. */
export function learnOfDeath({ ident, slot }: Pick<ThreadRecord, "ident" | "slot">): void {
  if (heapWords()[recordWord(slot, THREAD_TAG)] === ident + 1) declareDead({ tag: ident + 1, slot });
}

/**
 * Says that a thread's code runs no more, though its death is not proved yet: whoever waits for it, or for what it
 * holds, need not wait longer. For a main thread that blocks.
 */
export function missThread({ ident, slot }: Pick<ThreadRecord, "ident" | "slot">, exitCode: number): void {
  breakNamesLock(ident + 1);
  repairAll({ tag: ident + 1, slot });
  leave(exitCode, { ident, slot });
}

/** Says that a thread is about to be killed: should that fail, it stops before it takes anything that is shared. */
export function condemnThread({ ident, slot }: Pick<ThreadRecord, "ident" | "slot">): void {
  const words = heapWords();
  if (words[recordWord(slot, THREAD_TAG)] === ident + 1) {
    Atomics.store(words, recordWord(slot, THREAD_CONDEMNED), 1);
  }
}

/**
 * Gives a thread up that was condemned seconds ago and lives on: whatever it took before, a mutex in the midst of a
 * change included, is treated as a dead thread's. Its memory is left to it. Main thread only.
 */
export function giveUpThread({ ident, slot }: Pick<ThreadRecord, "ident" | "slot">, exitCode: number): void {
  const dead = { tag: ident + 1, slot, survives: true };
  declareDead(dead);
  breakNamesLock(dead.tag);
  repairAll(dead);
  leave(exitCode, { ident, slot });
}

/**
 * Declares a thread dead, once its death is proved: its holds end, what it left half done is undone, and whoever
 * waits for it wakes. Main thread only.
 */
export function buryThread({ ident, slot }: Pick<ThreadRecord, "ident" | "slot">, exitCode: number): void {
  const words = heapWords();
  if (words[recordWord(slot, THREAD_TAG)] !== ident + 1) return;
  if (Atomics.load(words, recordWord(slot, THREAD_STATE)) === THREAD_ENDED) return;
  const dead = { tag: ident + 1, slot };
  declareDead(dead);
  breakNamesLock(dead.tag);
  repairAll(dead);
  for (const header of everyHeader()) sweepBlock(header, dead);
  reclaimPages(dead.tag);
  forgetDead(dead);
  words[recordWord(slot, THREAD_EXIT_CODE)] = exitCode;
  Atomics.store(words, recordWord(slot, THREAD_STATE), THREAD_ENDED);
  ringWaiters(slot);
}

/** Records that the dead thread had enrolled and that nobody hosts: their threads were never started. */
export function* orphanRecords(creator: number): Generator<Pick<ThreadRecord, "ident" | "slot">> {
  const words = heapWords();
  for (let slot = 1; slot < MAX_THREADS; slot++) {
    if (words[recordWord(slot, THREAD_CREATOR)] !== creator + 1) continue;
    const state = Atomics.load(words, recordWord(slot, THREAD_STATE));
    if (state === THREAD_ALIVE) yield { ident: words[recordWord(slot, THREAD_TAG)] - 1, slot };
  }
}

function ringWaiters(slot: number): void {
  ring(0);
  const creatorSlot = heapWords()[recordWord(slot, THREAD_CREATOR_SLOT)];
  if (creatorSlot !== 0) ring(creatorSlot);
}

/** The exit code of a thread whose code is done; undefined while it runs. */
export function exitCodeOf({ ident, slot }: Pick<ThreadRecord, "ident" | "slot">): number | undefined {
  const words = heapWords();
  if (words[recordWord(slot, THREAD_TAG)] !== ident + 1) return 0;
  const state = Atomics.load(words, recordWord(slot, THREAD_STATE));
  return state === THREAD_LEAVING || state === THREAD_ENDED
    ? words[recordWord(slot, THREAD_EXIT_CODE)]
    : undefined;
}
