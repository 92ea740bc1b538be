/**
 * How a pool's calls reach its scheduler: checked, in their order, when what they capture has been read.
 *
 * Only the first capture of a program, and the first that meets a function of another module, must wait for the
 * inspector; calls that are made meanwhile queue behind it.
 *
 * @module
 */

import { checkTimeout } from "../shared/wait.ts";
import { NotReadyYet } from "./_capture.ts";
import type { Job } from "./_job.ts";
import { checkOptionalFunction, checkSignal } from "./_options.ts";
import type { Initializer, Scheduler } from "./_scheduler.ts";
import type { Settler } from "./async_result.ts";
import type { ApplyAsyncOptions } from "./pool_options.ts";

/** The calls of one pool. */
export class Submissions {
  /** The calls that wait for the inspector; undefined when none does. */
  #turn: Promise<void> | undefined;

  constructor(readonly scheduler: Scheduler) {}

  /** Throws when the pool takes no calls. */
  checkOpen(): void {
    const refusal = this.scheduler.refusal();
    if (refusal) throw refusal;
  }

  /** Submits a job and gives it up when the signal is aborted. */
  submit(job: Job, signal: AbortSignal | undefined): () => boolean {
    const scheduler = this.scheduler;
    if (signal) {
      const onAbort = () => {
        if (!job.isOver) scheduler.cancel(job, signal.reason);
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    }
    scheduler.submit(job);
    return () => {
      if (job.isOver) return false;
      scheduler.cancel(job, new DOMException("The call was cancelled", "AbortError"));
      return true;
    };
  }

  /** Submits, in the order of the calls; what cannot travel rejects the result. */
  launch<R>(settler: Settler<R>, submit: () => () => boolean): () => boolean {
    let cancel: (() => boolean) | undefined, cancelled = false;
    this.inTurn(() => {
      if (cancelled) return;
      if (this.scheduler.hasEnded) settler.reject(this.scheduler.endError());
      else cancel = submit();
    }, (error) => settler.reject(error));
    return () => {
      if (cancel) return cancel();
      cancelled = true;
      settler.reject(new DOMException("The call was cancelled", "AbortError"));
      return true;
    };
  }

  /**
   * Calls `submit` now. When it must wait for the inspector, it is called again then, and later calls queue behind.
   * The inspector answers within a turn or two of the event loop, so the queue ends.
   */
  inTurn(submit: () => void, fail: (error: unknown) => void): void {
    const attempt = (): Promise<void> | undefined => {
      try {
        submit();
      } catch (error) {
        if (error instanceof NotReadyYet) return error.ready.then(attempt, fail);
        fail(error);
      }
      return undefined;
    };
    const waiting = this.#turn ? this.#turn.then(attempt) : attempt();
    if (!waiting) return;
    this.#turn = waiting;
    this.scheduler.expect(waiting);
    waiting.then(() => {
      if (this.#turn === waiting) this.#turn = undefined;
    });
  }

  /** Checks what all calls have in common. */
  checkCall<R>(options: ApplyAsyncOptions<R>): { timeout: number; signal: AbortSignal | undefined } {
    const timeout = checkTimeout(options.timeout);
    const signal = checkSignal(options.signal);
    checkOptionalFunction(options.callback, "callback");
    checkOptionalFunction(options.errorCallback, "errorCallback");
    this.checkOpen();
    return { timeout, signal };
  }
}

/** What `make` gives, as soon as the inspector can answer what it asks. */
export function whenReady(make: () => Initializer): Promise<Initializer> {
  const made = new Promise<Initializer>((resolve, reject) => {
    const attempt = () => {
      try {
        resolve(make());
      } catch (error) {
        if (error instanceof NotReadyYet) error.ready.then(attempt, reject);
        else reject(error);
      }
    };
    attempt();
  });
  made.catch(() => {});
  return made;
}
