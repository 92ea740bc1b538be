/**
 * How workers share out the units of a job: each claims the next ones for itself, as long as there are any.
 *
 * Shares are large at first, so that they are few, and become smaller as less is left, so that all workers end
 * together, however long a unit takes and whatever else their processors have to do (Polychronopoulos and Kuck,
 * "Guided self-scheduling", 1987). They do not become so small that claiming them would take longer than a small part of
 * the work.
 */

import type { Job } from "./_job.ts";

/** A worker claims this part of its portion of what is left. */
const PART = 1 / 4;

/** Milliseconds that a share is to last, unless it is the last one. */
const LEAST_TIME = 0.05;

/** Runs units of a job until none is left; gives how many. `next` holds the first one that nobody has claimed. */
export function runShares({ units, grain = 1, run }: Job, workers: number, next: Int32Array): number {
  let done = 0, busy = 0;
  for (;;) {
    const from = Atomics.load(next, 0);
    if (from >= units) return done;
    const share = Math.max((units - from) * PART / workers, busy > 0 ? LEAST_TIME * done / busy : 0);
    const to = Math.min(units, from + Math.max(1, Math.ceil(share / grain)) * grain);
    if (Atomics.compareExchange(next, 0, from, to) !== from) continue;
    const start = performance.now();
    run(from, to);
    busy += performance.now() - start;
    done += to - from;
  }
}
