/**
 * When a pool's workers are started.
 *
 * To start a worker blocks the thread that does it for some tens of milliseconds. So the first is started at once and
 * the others as the event loop comes round, each on its own. And where a single call is all that there is to do, the
 * first worker has a *head start*: the others wait until it is ready and has had the time to answer.
 *
 * @module
 */

import { CallsJob } from "./_calls_job.ts";
import type { Job } from "./_job.ts";

/** Milliseconds that the first worker has to answer once it is ready. */
const ANSWER = 1;

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
  /** When the head start is over: some time after the first worker is ready, which it will be, or dead. */
  #end: number;

  /** `isEager`: nobody has a head start. */
  constructor(employer: Employer, isEager: boolean) {
    this.#employer = employer;
    this.#end = isEager ? -Infinity : Infinity;
  }

  /** Starts one worker, if one is missing; the others soon. */
  fill(): void {
    if (!this.#employer.isShort()) return;
    const left = this.#left(performance.now());
    if (left <= 0) this.#employer.start();
    this.#fillIn(left);
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

  /** There is more to do. */
  hurry(): void {
    if (this.#employer.isShort()) this.#fillIn(0);
  }

  /** A worker is ready. */
  ready(): void {
    if (this.#end === Infinity) this.#end = performance.now() + ANSWER;
    if (this.#employer.isShort()) this.#fillIn(this.#left(performance.now()));
  }

  /** As {@linkcode Starter.fill}, for a creator that blocks; returns when it must be done again at the latest. */
  pump(now: number): number {
    if (!this.#employer.isShort()) return Infinity;
    const left = this.#left(now);
    if (left <= 0) this.#employer.start();
    return now + left;
  }

  /** Starts none any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
