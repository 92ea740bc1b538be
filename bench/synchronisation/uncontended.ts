/**
 * What taking and giving back costs when nobody else wants it, beside a bare compare-and-swap pair.
 *
 * @module
 */

import { Event, Lock, RLock, Semaphore } from "@multicore/multicore/shared";
import { type Figure, inTurn } from "./turns.ts";

/** So often in a run. */
export const OPERATIONS = 2000;

/** Figures of each, the bare pair first. */
export async function uncontended(turns: number): Promise<Record<string, Figure>> {
  const words = new Int32Array(new SharedArrayBuffer(4));
  using lock = new Lock(), rlock = new RLock(), semaphore = new Semaphore(1), event = new Event();
  const repeat = (operation: () => void) => () => {
    for (let i = 0; i < OPERATIONS; i++) operation();
  };
  const figures = await inTurn(turns, {
    "a bare compare-and-swap pair": () => {
      for (let i = 0; i < OPERATIONS; i++) {
        Atomics.compareExchange(words, 0, 0, 1);
        Atomics.compareExchange(words, 0, 1, 0);
      }
    },
    "Lock": () => {
      for (let i = 0; i < OPERATIONS; i++) lock.acquireSync().release();
    },
    "RLock": () => {
      for (let i = 0; i < OPERATIONS; i++) rlock.acquireSync().release();
    },
    "Semaphore": () => {
      for (let i = 0; i < OPERATIONS; i++) semaphore.acquireSync().release();
    },
    "Event, set and cleared": repeat(() => {
      event.set();
      event.clear();
    }),
  });
  if (lock.locked || rlock.locked || semaphore.value !== 1 || event.isSet) throw new Error("wrong");
  return figures;
}
