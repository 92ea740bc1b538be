/**
 * What a pool's scheduler is given, and what it tells.
 *
 * @module
 */

import type { Encoded } from "./_codec.ts";
import type { SlowItem } from "./_slowest.ts";

/** How a pool runs. */
export interface SchedulerOptions {
  readonly processes: number;
  /** The order with which each worker begins; not there at once when the inspector must be opened first. */
  readonly initializer?: Promise<Initializer>;
  readonly maxTasksPerChild: number;
  readonly onWorkerDeath: "fail" | "retry";
  readonly retries: number;
  readonly heapLimitMb?: number;
  readonly trace: boolean;
}

/** The encoded initializer and its arguments. */
export interface Initializer {
  readonly fn: Encoded;
  readonly args: Encoded;
}

/** What `pool.stats()` tells beside the workers' figures. */
export interface Figures {
  readonly lost: number;
  readonly survivors: number;
  readonly queued: number;
  readonly slowest: SlowItem[];
}
