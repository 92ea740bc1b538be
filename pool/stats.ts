/**
 * What a pool has done so far, in figures.
 *
 * @module
 */

import type { Scheduler } from "./_scheduler.ts";
import type { SlowItem } from "./_slowest.ts";

export type { SlowItem };

/** One worker's figures. */
export interface WorkerStats {
  /** Its `ident`. */
  readonly id: number;
  /** Items it has run. */
  readonly tasks: number;
  /** Milliseconds in which it ran them. */
  readonly busy: number;
  /** Milliseconds in which it was ready and ran none. */
  readonly idle: number;
  /** Milliseconds from its start until it was ready. */
  readonly startup: number;
}

/** A pool's figures. */
export interface PoolStats {
  /** Those that the pool has now. */
  readonly workers: WorkerStats[];
  /** The items that took longest, the slowest first. */
  readonly slowest: SlowItem[];
  /** Calls that are not done. */
  readonly pending: number;
  /** Workers that died without having been asked to. */
  readonly lost: number;
  /** Workers that were killed and whose threads go on running all the same. */
  readonly survivors: number;
}

/** Collects a pool's figures. */
export function poolStats(scheduler: Scheduler): PoolStats {
  const now = performance.now();
  const { slowest, queued, lost, survivors } = scheduler.figures();
  const workers = [...scheduler.workers].map(({ thread, tasks, busy, startup, ready, born }) => ({
    id: thread.ident,
    tasks,
    busy,
    idle: ready ? Math.max(0, now - born - startup - busy) : 0,
    startup,
  }));
  return { workers, slowest, pending: queued, lost, survivors };
}
