/**
 * Inside a worker of a traced pool: what it does, from when to when.
 *
 * Its time is divided without a gap: each moment belongs to one span, which ends as the next begins. Spans are reported
 * many at once, at the latest before the worker waits.
 *
 * @module
 */

/** What a worker can be doing, by number; the order is that of {@linkcode SPAN_NAMES}. */
export const START_UP = 0, CLAIM = 1, RUN = 2, ENCODE = 3, WAIT = 4;
/** The names of spans, as traces show them. */
export const SPAN_NAMES = ["start-up", "claim", "run", "encode", "wait"] as const;
/** Numbers of a span in a report: what, when it began (milliseconds of this thread), how long, batch, item, items. */
export const SPAN_LENGTH = 6;

const MOST = 256;

/** One worker's record. */
export class Tracer {
  readonly #spans: number[] = [];
  #what = START_UP;
  #since: number;
  #sequence = 0;
  #item = 0;

  /** @param born When the worker began. */
  constructor(born: number, readonly report: (spans: Float64Array) => void) {
    this.#since = born;
  }

  /** From now on it does `what`, for an item of a batch. */
  to(what: number, sequence: number = 0, item: number = 0, count: number = 1): void {
    if (what === this.#what && what !== RUN) return;
    const now = performance.now();
    this.#spans.push(this.#what, this.#since, now - this.#since, this.#sequence, this.#item, count);
    this.#what = what;
    this.#since = now;
    this.#sequence = sequence;
    this.#item = item;
    if (this.#spans.length >= MOST * SPAN_LENGTH) this.flush();
  }

  /** Reports what has ended. */
  flush(): void {
    if (this.#spans.length) this.report(new Float64Array(this.#spans.splice(0)));
  }
}
