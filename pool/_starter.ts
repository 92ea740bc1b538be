/**
 * When a pool's workers are started.
 *
 * To start a worker blocks the thread that does it for some tens of milliseconds. So the first is started at once and
 * the others as the event loop comes round, each on its own. And where a single call is all that there is to do, the
 * first worker has a *head start*: the others wait until it has answered, but no longer than a start takes once it is
 * ready, so that a long call costs them little.
 *
 * @module
 */

import { CallsJob } from "./_calls_job.ts";
import type { Job } from "./_job.ts";

/** Whose workers they are. */
export interface Employer {
  /** Those that it has. */
  readonly workers: ReadonlySet<unknown>;
  /** What there is to do. */
  readonly jobs: ReadonlySet<Job>;
  /** Whether it wants more workers. */
  isShort(): boolean;
  /** Starts one. */
  start(): void;
}

/** Starts the workers that are missing. */
export class Starter {
  readonly #employer: Employer;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the head start is over at the latest: some time after the first worker is ready, which it will be, or dead. */
  #end: number;
  /** Milliseconds that the last start took. */
  #cost = 0;

  /** `isEager`: nobody has a head start. */
  constructor(employer: Employer, isEager: boolean) {
    this.#employer = employer;
    this.#end = isEager ? -Infinity : Infinity;
  }

  /** Starts one worker, if one is missing; the others soon. */
  fill(): void {
    if (!this.#employer.isShort()) return;
    const left = this.#left(performance.now());
    if (left <= 0) this.#start();
    this.#fillIn(left);
  }

  #start(): void {
    const before = performance.now();
    this.#employer.start();
    this.#cost = performance.now() - before;
  }

  #fillIn(delay: number): void {
    clearTimeout(this.#timer);
    if (delay < Infinity && this.#employer.isShort()) this.#timer = setTimeout(() => this.fill(), delay);
  }

  /** Milliseconds that the first worker is still to be left alone; none where there is work for others. */
  #left(now: number): number {
    const { workers, jobs } = this.#employer, [job] = jobs;
    return workers.size && jobs.size === 1 && job instanceof CallsJob && job.pending === 1
      ? Math.max(0, this.#end - now)
      : 0;
  }

  /** There is more to do than a single call, or nothing. */
  hurry(): void {
    if (this.#employer.isShort()) this.#fillIn(0);
  }

  /** A worker is ready. */
  ready(): void {
    if (this.#end === Infinity) this.#end = performance.now() + this.#cost;
    if (this.#employer.isShort()) this.#fillIn(this.#left(performance.now()));
  }

  /** As {@linkcode Starter.fill}, for a creator that blocks; returns when it must be done again at the latest. */
  pump(now: number): number {
    if (!this.#employer.isShort()) return Infinity;
    const left = this.#left(now);
    if (left <= 0) this.#start();
    return now + left;
  }

  /** Starts none any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
