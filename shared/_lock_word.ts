/**
 * The words of a lock, and how they change hands.
 *
 * ```
 * word 0  0 free · tag << 2 held, and with bit 0: somebody may wait, with bit 1: word 3 counts
 *         · -tag abandoned by the thread with that tag · DISPOSED
 * word 1  the turn in which the holder took it, a number of the holder's own
 * word 2  how often the holder has taken it
 * word 3  byte offset of a word on which somebody sleeps who will want the lock, for whoever frees it to wake
 * word 4  whether a condition was made over it
 * ```
 * (Without bit 1 these are the states of mutex 2 in Drepper, "Futexes Are Tricky", 2011; the holder's tag stands in the
 * same word, so that taking a lock and naming its holder are one step.)
 *
 * Only the holder writes words 1 to 3. Words 1 and 2 mean something to it alone, and are written plainly. A thread whose
 * lock was freed by another may write word 3 late: it wakes itself then whom it meant, and whom it drove out.
 *
 * @module
 */

import { change, load, store } from "./_primitive.ts";
import { wake } from "./wait.ts";

/** Word: the turn. */
export const TURN = 1;
/** Word: how often the holder has taken it. */
export const LEVELS = 2;
const HANDED_ON = 3, HAS_CONDITION = 4;
/** Bytes of the words. */
export const LOCK_BYTES = 20;

/** Bit: somebody may wait. */
export const WAITED = 1;
const HANDS_ON = 2, FLAGS = WAITED | HANDS_ON, TAG_SHIFT = 2;
/** The lock has ended. */
export const DISPOSED = -(2 ** 31);

/** How the thread with that tag stands in the word as the holder. */
export function heldBy(tag: number): number {
  return tag << TAG_SHIFT;
}

/** Whether the word is held by `holder`, see {@linkcode heldBy}. */
export function isHolder(word: number, holder: number): boolean {
  return (word & ~FLAGS) === holder;
}

/** Whether the thread with that tag, which is dead, held the lock whose words are at `offset`. */
export function wasHeldBy(offset: number, tag: number): boolean {
  const word = load(offset);
  return word === -tag || word > 0 && word >> TAG_SHIFT === tag;
}

/** Marks the lock as abandoned, if the thread with that tag, which is dead, held it. */
export function abandon(offset: number, tag: number): void {
  for (let word; (word = load(offset)) > 0 && word >> TAG_SHIFT === tag;) {
    if (change(offset, word, -tag)) return;
  }
}

/** Frees a word that is `held`, and wakes who is to be woken; false when it is held differently by now. */
export function freeWord(words: Int32Array, index: number, held: number): boolean {
  // Read before: as soon as the lock is free, its memory may go.
  const heir = held & HANDS_ON ? words[index + HANDED_ON] >>> 0 : 0;
  if (Atomics.compareExchange(words, index, held, 0) !== held) return false;
  if (held & HANDS_ON) wake(heir);
  if (held & WAITED) wake(index << 2 >>> 0, 1);
  return true;
}

/**
 * Leaves it to whoever frees the word, which `holder` holds, to wake who sleeps on the word at `offset`: he will want
 * the lock, and could only wait on. One at a time: who was left to it before is woken now.
 */
export function handOn(words: Int32Array, index: number, holder: number, offset: number): void {
  const before = Atomics.exchange(words, index + HANDED_ON, offset | 0) >>> 0;
  for (;;) {
    const word = Atomics.load(words, index), isHeld = isHolder(word, holder);
    if (isHeld && !(word & HANDS_ON)) {
      if (Atomics.compareExchange(words, index, word, word | HANDS_ON) === word) return;
      continue;
    }
    if (before) wake(before);
    // Another thread has released it, as any may a Lock.
    if (!isHeld) wake(offset);
    return;
  }
}

let endConditions = (_lock: number) => {};

/** Declares how the waits of all conditions over the lock at a byte offset are ended; conditions do. */
export function setEndConditions(given: (lock: number) => void): void {
  endConditions = given;
}

/** Says that a condition was made over the lock at a byte offset. */
export function hasCondition(offset: number): void {
  store(offset + HAS_CONDITION * 4, 1);
}

/**
 * Says in the word that the lock has ended, and wakes those who sleep on other words until they get it; who waits for
 * this word is the caller's to wake.
 */
export function endWord(words: Int32Array, index: number): void {
  const word = Atomics.exchange(words, index, DISPOSED);
  if (word > 0 && word & HANDS_ON) wake(words[index + HANDED_ON] >>> 0);
  if (words[index + HAS_CONDITION]) endConditions(index << 2 >>> 0);
}
