/**
 * The small lock inside the larger primitives, held for some dozen instructions at a time.
 *
 * ```
 * 0 free · tag << 1 held · tag << 1 | 1 held, somebody may wait (after Drepper, "Futexes Are Tricky", 2011, mutex 2)
 * ```
 *
 * What it guards changes by steps of which each single one leaves it repairable; the repair of a primitive runs
 * under its mutex, or takes it over from the dead ({@linkcode seize}). A waiter who dies may take a wake with it: so a
 * repair wakes those who wait for the mutex, by giving it back as one for which somebody waits.
 *
 * @module
 */

import { stopIfCondemned } from "./_condemned.ts";
import { DisposedMeanwhileError, mendAfter } from "./_owners.ts";
import { change, load, myTag, wordsTo } from "./_primitive.ts";
import { blockContaining } from "./block.ts";
import { sleepSync, wake } from "./wait.ts";

/** Looks at the word this often before it sleeps: a holder is done within that time, if it runs at all. */
const SPINS = 100;

/** How this thread stands in the word as the holder, once that is known. */
let own = 0;

/** Runs `critical` alone. It must not call the user's code, wait, or take another mutex. */
export function guarded<R>(mutex: number, critical: () => R): R {
  enter(mutex);
  try {
    return critical();
  } finally {
    leave(mutex);
  }
}

/**
 * Takes the mutex. The holder wakes us; if it dies, the main thread does, when it repairs the primitive.
 *
 * @throws {ReferenceError} If the primitive was disposed while this waited.
 */
export function enter(mutex: number): void {
  enterAt(wordsTo(mutex + 4), mutex >>> 2);
}

/** As {@linkcode enter}, for a word by its index. */
export function enterAt(words: Int32Array, index: number): void {
  if (!enterIfThere(words, index)) throw new DisposedMeanwhileError();
}

/** As {@linkcode enterAt}; false if the primitive was disposed while this waited. */
export function enterIfThere(words: Int32Array, index: number): boolean {
  const mine = own ||= myTag() << 1;
  stopIfCondemned(words);
  return Atomics.compareExchange(words, index, 0, mine) === 0 || enterWaiting(index << 2 >>> 0, mine);
}

function enterWaiting(mutex: number, mine: number): boolean {
  const life = lifeAt(mutex);
  for (let i = 0; i < SPINS; i++) {
    Atomics.pause();
    if (load(mutex) === 0 && change(mutex, 0, mine)) return isStillThere(mutex, life, mine);
  }
  while (lifeAt(mutex) === life && life !== undefined) {
    if (change(mutex, 0, mine | 1)) return isStillThere(mutex, life, mine | 1);
    sleepUntilLeft(mutex);
  }
  return false;
}

/** Which life of its block a mutex belongs to; undefined: to none, any more. */
function lifeAt(mutex: number): number | undefined {
  return blockContaining(mutex)?.generation;
}

/** Whoever disposes a primitive may be the one who was waited for: then what was taken is anybody's, and is let go. */
function isStillThere(mutex: number, life: number | undefined, mine: number): boolean {
  if (life !== undefined && lifeAt(mutex) === life) return true;
  change(mutex, mine, 0);
  return false;
}

function sleepUntilLeft(mutex: number): void {
  const held = load(mutex);
  if (held === 0 || mendAfter(held >>> 1)) return;
  if (held & 1 || change(mutex, held, held | 1)) sleepSync(mutex, held | 1, Infinity, true);
}

/** Gives the mutex back. */
export function leave(mutex: number): void {
  leaveAt(wordsTo(mutex + 4), mutex >>> 2);
}

/** As {@linkcode leave}, for a word by its index. */
export function leaveAt(words: Int32Array, index: number): void {
  const mine = own ||= myTag() << 1;
  if (Atomics.compareExchange(words, index, mine, 0) === mine) return;
  Atomics.compareExchange(words, index, mine | 1, 0);
  wake(index << 2 >>> 0, 1);
}

/**
 * Takes the mutex for a repair: also from the dead thread, which may have been killed while it held it.
 *
 * @returns Whether the dead held it, so that what it guards may be half changed.
 */
export function seize(mutex: number, deadTag: number): boolean {
  const mine = myTag() << 1 | 1, life = lifeAt(mutex);
  while (lifeAt(mutex) === life && life !== undefined) {
    const held = load(mutex);
    if (held !== 0 && held >>> 1 !== deadTag) sleepUntilLeft(mutex);
    else if (change(mutex, held, mine) && isStillThere(mutex, life, mine)) return held !== 0;
  }
  throw new DisposedMeanwhileError();
}

/** Whether the thread with that tag holds the mutex. */
export function isHeldBy(mutex: number, tag: number): boolean {
  return load(mutex) >>> 1 === tag;
}
