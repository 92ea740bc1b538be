/**
 * What a pool sends its workers by message, as nothing else carries it: what they inherit, some functions, and some
 * items' arguments.
 *
 * @module
 */

import { type Estate, estateOf } from "../shared/inheritance.ts";
import type { EncodedFunction } from "./_function_bytes.ts";
import type { PoolWorker } from "./_pool_worker.ts";

/** What was posted, and to whom. */
export class Postings {
  /** What each worker inherits, before its first order. */
  readonly #estate: Estate;
  /** The workers that have inherited, those that have ended since the last one's start included. */
  #heirs: PoolWorker[] = [];
  /** The functions of jobs under way, for the workers that are still to come. */
  readonly #functions = new Map<number, EncodedFunction>();

  /** Of a pool that is being made. */
  constructor(pool: object) {
    this.#estate = estateOf(pool, (estate) => {
      for (const worker of this.#heirs) worker.order({ type: "inherit", estate });
    });
  }

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

  /** Posts to a new worker what it inherits, and the functions that the others have. */
  catchUp(worker: PoolWorker): void {
    this.#heirs = [...this.#heirs.filter(({ thread }) => !thread.end), worker];
    worker.order({ type: "inherit", estate: this.#estate });
    for (const { id, wire } of this.#functions.values()) worker.order({ type: "function", id, wire });
  }

  /** Forgets the functions: no job is under way. */
  clear(): void {
    this.#functions.clear();
  }
}
