/**
 * Inside a worker of a traced pool: what it does, from when to when.
 *
 * Its time is divided without a gap: each moment belongs to one span, which ends as the next begins. The spans stand in
 * a block of the heap, where the creator reads them whenever it wants to, also after the worker was killed; only a full
 * block is posted, and begun anew.
 *
 * ```
 * 0     word: lap << 9 | whole spans, behind which the open one stands; -1: not to be read now
 * 8     the origin of the worker's clock
 * 16…   spans of 6 numbers, see SPAN_LENGTH
 * ```
 *
 * The worker writes the open span first and the word after it; a lap is posted before the next begins. So what a reader
 * has copied is good if the word has not changed meanwhile, and a lap that it misses has been posted.
 *
 * @module
 */

import type { Block } from "../shared/block.ts";
import { heapBuffer, heapWords } from "../shared/heap.ts";

/** What a worker can be doing, by number; the order is that of {@linkcode SPAN_NAMES}. */
export const START_UP = 0, CLAIM = 1, RUN = 2, ENCODE = 3, WAIT = 4;
/** The names of spans, as traces show them. */
export const SPAN_NAMES = ["start-up", "claim", "run", "encode", "wait"] as const;
/** Numbers of a span: what, when it began (milliseconds of this thread), how long, batch, item, items. */
export const SPAN_LENGTH = 6;

const ROOM = 256, COUNT_BITS = 9, UNREADABLE = -1, MOST_LAPS = 2 ** 22;
/** Bytes of the block. */
export const TRACE_BYTES: number = 16 + ROOM * SPAN_LENGTH * 8;

/** A worker's block of spans, as a thread sees it. */
class SpanBlock {
  readonly word: Int32Array<ArrayBufferLike>;
  readonly numbers: Float64Array<ArrayBufferLike>;

  constructor(readonly offset: number) {
    heapWords(offset + TRACE_BYTES);
    this.word = new Int32Array(heapBuffer(), offset, 1);
    this.numbers = new Float64Array(heapBuffer(), offset + 8, 1 + ROOM * SPAN_LENGTH);
  }
}

/** One worker's record. */
export class Tracer extends SpanBlock {
  #what = START_UP;
  #lap = 0;
  #count = 0;

  /**
   * @param block Where it notes.
   * @param born When the worker began.
   * @param post Posts a full lap.
   */
  constructor(
    readonly block: Block,
    born: number,
    readonly post: (lap: number, spans: Float64Array) => void,
  ) {
    super(block.offset);
    this.numbers[0] = performance.timeOrigin;
    this.#open(born, 0, 0);
  }

  /** From `now` on it does `what`, for an item of a batch; `count` items had the span that ends. */
  to(
    what: number,
    sequence: number = 0,
    item: number = 0,
    count: number = 1,
    now: number = performance.now(),
  ): void {
    if (what === this.#what && what !== RUN) return;
    const { numbers } = this, at = 1 + this.#count * SPAN_LENGTH;
    // Who has looked at the clock before the last span began means its beginning.
    now = Math.max(now, numbers[at + 1]);
    numbers[at + 2] = now - numbers[at + 1];
    numbers[at + 5] = count;
    if (++this.#count === ROOM) this.#turnOver();
    this.#what = what;
    this.#open(now, sequence, item);
  }

  #open(since: number, sequence: number, item: number): void {
    const { numbers } = this, at = 1 + this.#count * SPAN_LENGTH;
    numbers[at] = this.#what;
    numbers[at + 1] = since;
    numbers[at + 3] = sequence;
    numbers[at + 4] = item;
    Atomics.store(this.word, 0, this.#lap << COUNT_BITS | this.#count);
  }

  #turnOver(): void {
    this.post(this.#lap, this.numbers.slice(1));
    Atomics.store(this.word, 0, UNREADABLE);
    this.#lap = (this.#lap + 1) % MOST_LAPS;
    this.#count = 0;
  }
}

/** The creator's view of a worker's record: gives each span once. */
export class SpanReader extends SpanBlock {
  #lap = 0;
  /** Spans of this lap that it has given. */
  #given = 0;

  constructor(offset: number) {
    super(offset);
    Atomics.store(this.word, 0, UNREADABLE);
  }

  /** The origin of the worker's clock. */
  get origin(): number {
    return this.numbers[0];
  }

  /** What is new in a lap that was posted. */
  posted(lap: number, spans: Float64Array): Float64Array {
    const fresh = lap === this.#lap ? spans.subarray(this.#given * SPAN_LENGTH) : spans;
    this.#lap = (lap + 1) % MOST_LAPS;
    this.#given = 0;
    return fresh;
  }

  /** What is new, and the span that is open; undefined when it cannot be read now, or a lap was not yet heard. */
  read(): { readonly spans: Float64Array; readonly open: Float64Array } | undefined {
    const before = Atomics.load(this.word, 0), count = before & (1 << COUNT_BITS) - 1;
    if (before === UNREADABLE || before >>> COUNT_BITS !== this.#lap) return undefined;
    const end = 1 + count * SPAN_LENGTH;
    const spans = this.numbers.slice(1 + this.#given * SPAN_LENGTH, end);
    const open = this.numbers.slice(end, end + SPAN_LENGTH);
    if (Atomics.load(this.word, 0) !== before) return undefined;
    this.#given = count;
    return { spans, open };
  }
}
