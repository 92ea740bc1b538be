/**
 * What a pool's scheduler is given, and what it tells.
 *
 * @module
 */

import type { Encoded } from "./_codec.ts";
import type { Postings } from "./_postings.ts";

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
  /** What workers are sent by message. */
  readonly postings: Postings;
}

/** The encoded initializer and its arguments. */
export interface Initializer {
  readonly fn: Encoded;
  readonly args: Encoded;
}
