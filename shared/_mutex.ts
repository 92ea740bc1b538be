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

import { mendAfter } from "./_owners.ts";
import { change, load, myTag } from "./_primitive.ts";
import { sleepSync, wake } from "./wait.ts";

/** Looks at the word this often before it sleeps: a holder is done within that time, if it runs at all. */
const SPINS = 100;

/** Runs `critical` alone. It must not call the user's code, wait, or take another mutex. */
export function guarded<R>(mutex: number, critical: () => R): R {
  enter(mutex);
  try {
    return critical();
  } finally {
    leave(mutex);
  }
}

/** Takes the mutex. The holder wakes us; if it dies, the main thread does, when it repairs the primitive. */
export function enter(mutex: number): void {
  const mine = myTag() << 1;
  if (change(mutex, 0, mine)) return;
  for (let i = 0; i < SPINS; i++) {
    Atomics.pause();
    if (load(mutex) === 0 && change(mutex, 0, mine)) return;
  }
  while (!change(mutex, 0, mine | 1)) sleepUntilLeft(mutex);
}

function sleepUntilLeft(mutex: number): void {
  const held = load(mutex);
  if (held === 0 || mendAfter(held >>> 1)) return;
  if (held & 1 || change(mutex, held, held | 1)) sleepSync(mutex, held | 1, Infinity);
}

/** Gives the mutex back. */
export function leave(mutex: number): void {
  const mine = myTag() << 1;
  if (change(mutex, mine, 0)) return;
  change(mutex, mine | 1, 0);
  wake(mutex, 1);
}

/**
 * Takes the mutex for a repair: also from the dead thread, which may have been killed while it held it.
 *
 * @returns Whether the dead held it, so that what it guards may be half changed.
 */
export function seize(mutex: number, deadTag: number): boolean {
  const mine = myTag() << 1 | 1;
  for (;;) {
    if (change(mutex, 0, mine)) return false;
    const held = load(mutex);
    if (held >>> 1 !== deadTag) sleepUntilLeft(mutex);
    else if (change(mutex, held, mine)) return true;
  }
}

/** Whether the thread with that tag holds the mutex. */
export function isHeldBy(mutex: number, tag: number): boolean {
  return load(mutex) >>> 1 === tag;
}
