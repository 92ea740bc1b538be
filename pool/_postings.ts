/**
 * What a pool sends its workers by message, as nothing else carries it: some functions, and some items' arguments.
 *
 * @module
 */

import type { EncodedFunction } from "./_function_bytes.ts";
import type { PoolWorker } from "./_pool_worker.ts";

/** What was posted, and to whom. */
export class Postings {
  /** The functions of jobs under way, for the workers that are still to come. */
  readonly #functions = new Map<number, EncodedFunction>();

  /** The worker to which the fewest items were posted. */
  next(workers: Iterable<PoolWorker>): PoolWorker | undefined {
    let next: PoolWorker | undefined;
    for (const worker of workers) {
      if (!worker.dismissed && (!next || worker.kept < next.kept)) next = worker;
    }
    if (next) next.kept++;
    return next;
  }

  /** Posts a function to all, once. */
  add(fn: EncodedFunction, workers: Iterable<PoolWorker>): void {
    const { id, wire } = fn;
    if (this.#functions.has(id)) return;
    this.#functions.set(id, fn);
    for (const worker of workers) worker.order({ type: "function", id, wire });
  }

  /** Posts to a new worker what the others have. */
  catchUp(worker: PoolWorker): void {
    for (const { id, wire } of this.#functions.values()) worker.order({ type: "function", id, wire });
  }

  /** Forgets the functions: no job is under way. */
  clear(): void {
    this.#functions.clear();
  }
}
