/**
 * Figures that a worker keeps of itself on its pool's board, where its creator reads them without asking.
 *
 * ```
 * 0     bytes that it has got
 * 8     bytes that it has given
 * 16    milliseconds that it has waited; while it waits, those before, less the time at which it began (so below 0)
 * ```
 *
 * One number for the waiting, so that whoever reads it meanwhile sees one state or the other.
 *
 * @module
 */

import { heapBuffer } from "../shared/heap.ts";

/** Bytes of one worker's figures. */
export const FIGURES_BYTES = 24;

const GOT = 0, GIVEN = 1, WAITED = 2;

/** The time that all threads share, in milliseconds. */
export function timeOfAll(): number {
  return performance.timeOrigin + performance.now();
}

/** One worker's figures. */
export class WorkerFigures {
  readonly #view: Float64Array;
  /** Bytes that it has got; the worker's own count, until it publishes. */
  got = 0;
  /** Bytes that it has given. */
  given = 0;
  #waited = 0;

  /** @param at Byte offset of the figures in the heap. */
  constructor(at: number) {
    this.#view = new Float64Array(heapBuffer(), at, FIGURES_BYTES / 8);
  }

  /** The worker begins: what a predecessor has left there does not count. */
  begin(): void {
    this.#view.fill(0);
  }

  /** Shows what it has counted. */
  publish(): void {
    this.#view[GOT] = this.got;
    this.#view[GIVEN] = this.given;
  }

  /** The worker begins to wait; `now` by its own clock. */
  wait(now: number): void {
    this.#view[WAITED] = this.#waited - performance.timeOrigin - now;
  }

  /** It goes on. */
  goOn(now: number): void {
    this.#view[WAITED] = this.#waited = this.#view[WAITED] + performance.timeOrigin + now;
  }

  /** What its creator sees. */
  read(): {
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly idle: number;
    readonly waits: boolean;
  } {
    const [bytesIn, bytesOut, waited] = this.#view, waits = waited < 0;
    return { bytesIn, bytesOut, idle: Math.max(0, waits ? waited + timeOfAll() : waited), waits };
  }
}
