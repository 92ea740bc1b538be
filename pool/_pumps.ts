/**
 * What a main thread that blocks does for its pools: it gets no events, so it hears reports, hands work out, replaces
 * workers and keeps timeouts itself, in any blocking wait but that for a mutex.
 *
 * @module
 */

/** Does for one pool what events and timers would; returns when it must be done again at the latest. */
export interface Pump {
  /** `now`: on the clock of `performance.now()`. */
  pump(now: number): number;
}

const pumps = new Set<Pump>();

/** Has a pool served while this thread blocks. */
export function addPump(pump: Pump): void {
  pumps.add(pump);
}

/** It has nothing to do any more. */
export function removePump(pump: Pump): void {
  pumps.delete(pump);
}

/** Serves all of them; returns when that must be done again at the latest. */
export function pumpAll(): number {
  let due = Infinity;
  for (const pump of [...pumps]) due = Math.min(due, pump.pump(performance.now()));
  return due;
}
