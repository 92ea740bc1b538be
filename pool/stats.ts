/**
 * What a pool has done so far, in figures.
 *
 * @module
 */

import type { Scheduler } from "./_scheduler.ts";
import type { SlowItem } from "./_slowest.ts";

export type { SlowItem };

/** One worker's figures. Once it is ready, `startup`, `busy` and `idle` add up to its age. */
export interface WorkerStats {
  /** Its `ident`. */
  readonly id: number;
  /** Items it has run. */
  readonly tasks: number;
  /** Milliseconds from when it was asked for until it was ready; 0 until then. */
  readonly startup: number;
  /** Milliseconds in which it claimed, ran and encoded items; what it does now counts. */
  readonly busy: number;
  /** Milliseconds in which it waited for work. */
  readonly idle: number;
  /** Workers that have died in its place before it, or were killed over a timeout or an abort. */
  readonly deaths: number;
  /** Bytes of functions and arguments that it has got; shared memory counts as the reference that it is. */
  readonly bytesIn: number;
  /** Bytes of results and errors that it has given, as they are written. Neither counts what only a message can carry, as a `Blob`. */
  readonly bytesOut: number;
}

/** A pool's figures. */
export interface PoolStats {
  /** Those that the pool has now. */
  readonly workers: WorkerStats[];
  /** The items that took longest, the slowest first; of short ones with numbers as results several count as one. */
  readonly slowest: SlowItem[];
  /** Calls that are not done. */
  readonly pending: number;
  /** Items of these calls that have not ended, as far as they are known, beyond those that the workers are at. */
  readonly queued: number;
  /** Workers that died without having been asked to. */
  readonly lost: number;
  /** Workers that were killed and whose threads go on running all the same. */
  readonly survivors: number;
}

/** Collects a pool's figures. */
export function poolStats(scheduler: Scheduler): PoolStats {
  // Workers do not make each report known.
  scheduler.hear();
  const now = performance.now(), { jobs, ledger: { slowest, lost, survivors } } = scheduler;
  let left = 0, atWork = 0, pending = 0;
  for (const job of jobs) {
    pending += job.pending;
    if (!job.isOver) left += job.left;
  }
  const workers = [...scheduler.workers].map((worker) => {
    const { thread: { ident: id }, tasks, deaths, ready } = worker, age = now - worker.born;
    if (!ready) return { id, tasks, startup: 0, busy: 0, idle: 0, deaths, bytesIn: 0, bytesOut: 0 };
    const { bytesIn, bytesOut, idle, waits } = worker.figures.read();
    if (!waits) atWork++;
    const startup = Math.min(worker.startup, age), waited = Math.min(idle, age - startup);
    return { id, tasks, startup, busy: age - startup - waited, idle: waited, deaths, bytesIn, bytesOut };
  });
  const queued = Math.max(0, left - atWork);
  return { workers, slowest: slowest.list(), pending, queued, lost, survivors };
}
