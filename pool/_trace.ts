/**
 * A pool's trace: what its workers do, as trace events that Perfetto and `chrome://tracing` open.
 *
 * The format is Chrome's "Trace Event Format": an object with `traceEvents`, each with its phase `ph` ("X" a whole
 * span, "M" a name), times in microseconds, a process and a thread. Each worker is a thread, a lane.
 *
 * @module
 */

import { Block } from "../shared/block.ts";
import type { BlockReference } from "../shared/travel.ts";
import { SPAN_LENGTH, SPAN_NAMES, SpanReader, START_UP, TRACE_BYTES, WAIT } from "./_tracer.ts";

/** One event of a trace. */
export interface TraceEvent {
  /** What it shows. */
  readonly name: string;
  /** `"X"`: a span; `"M"`: the name of a lane. */
  readonly ph: "X" | "M";
  /** The pool. */
  readonly pid: number;
  /** The worker's `ident`. */
  readonly tid: number;
  /** Microseconds since the pool was made. */
  readonly ts: number;
  /** Microseconds. */
  readonly dur?: number;
  /** Category. */
  readonly cat?: string;
  /** Which item of which batch, how many of them; the name of a lane. */
  readonly args: Readonly<Record<string, string | number>>;
}

/** What `pool.trace()` gives: JSON of it is a trace file. */
export interface PoolTrace {
  /** The events, each lane's in the order of time. */
  readonly traceEvents: readonly TraceEvent[];
  /** How viewers show times. */
  readonly displayTimeUnit: "ms";
}

/** So many spans are kept of each worker; the oldest go first. */
const MOST = 100_000;

/** So often a worker's record is read that changes meanwhile. */
const MOST_TRIES = 100;

interface Lane {
  readonly name: string;
  readonly spans: TraceEvent[];
  /** Its worker's record; released when the worker has ended. */
  readonly block: Block;
  readonly reader: SpanReader;
  /** Up to where it is told what the worker did. */
  end: number;
  /** What it does since then, as far as is known. */
  open: Float64Array | undefined;
  /** It runs no more. */
  hasEnded: boolean;
}

/** Collects what workers do. */
export class Trace {
  readonly #origin = performance.timeOrigin + performance.now();
  readonly #lanes = new Map<number, Lane>();

  /** A worker's lane begins; `born`: when it was asked for, by this thread's clock. Gives the block for its record. */
  begin(ident: number, name: string, born: number): BlockReference {
    const block = Block.allocate(TRACE_BYTES, "job"), reader = new SpanReader(block.offset);
    const end = this.#at(born);
    this.#lanes.set(ident, { name, spans: [], block, reader, end, open: undefined, hasEnded: false });
    return block.reference;
  }

  #at(time: number): number {
    return (performance.timeOrigin + time - this.#origin) * 1000;
  }

  /** A worker has ended, and so has what it did. */
  end(ident: number): void {
    const lane = this.#lanes.get(ident);
    if (!lane || lane.hasEnded) return;
    this.#read(ident, lane);
    lane.spans.push(this.#openSpan(ident, lane));
    lane.hasEnded = true;
    lane.block.release();
  }

  /** Takes a lap that a worker has posted. */
  posted(ident: number, lap: number, spans: Float64Array): void {
    const lane = this.#lanes.get(ident);
    if (lane && !lane.hasEnded) this.#add(ident, lane, lane.reader.posted(lap, spans));
  }

  /** Reads what a worker has not posted; false when it must be tried again. */
  #read(ident: number, lane: Lane): boolean {
    const read = lane.reader.read();
    if (!read) return false;
    this.#add(ident, lane, read.spans);
    lane.open = read.open;
    return true;
  }

  #add(ident: number, lane: Lane, spans: Float64Array): void {
    for (let i = 0; i < spans.length; i += SPAN_LENGTH) {
      const span = spans.subarray(i, i + SPAN_LENGTH), [, since, duration] = span;
      const end = this.#ofWorker(lane, since + duration);
      lane.spans.push(this.#span(ident, lane, span, end));
      lane.end = end;
    }
    if (spans.length) lane.open = undefined;
    if (lane.spans.length > MOST) lane.spans.splice(0, lane.spans.length - MOST);
  }

  /** A time by a worker's clock. */
  #ofWorker(lane: Lane, time: number): number {
    return (lane.reader.origin + time - this.#origin) * 1000;
  }

  #span(
    tid: number,
    lane: Lane,
    [what, since, , sequence, item, count]: Float64Array,
    end: number,
  ): TraceEvent {
    // The first span begins where the thread was asked for: until then nothing of it ran.
    const ts = lane.spans.length ? this.#ofWorker(lane, since) : lane.end;
    const args: Record<string, number> = sequence > 0 ? { batch: sequence, item } : {};
    if (count > 1) args.items = count;
    return {
      name: SPAN_NAMES[what],
      cat: "worker",
      ph: "X",
      pid: 1,
      tid,
      ts,
      dur: Math.max(0, end - ts),
      args,
    };
  }

  /** What a worker does, up to now; of one that has told nothing yet, it starts. */
  #openSpan(tid: number, lane: Lane): TraceEvent {
    const now = this.#at(performance.now()), { open, end } = lane;
    if (open) return this.#span(tid, lane, open.with(5, 1), now);
    const name = SPAN_NAMES[lane.spans.length ? WAIT : START_UP];
    return { name, cat: "worker", ph: "X", pid: 1, tid, ts: end, dur: Math.max(0, now - end), args: {} };
  }

  /** The trace up to now; `hear` hears what was posted. */
  events(hear: () => void): PoolTrace {
    hear();
    const traceEvents: TraceEvent[] = [];
    for (const [tid, lane] of this.#lanes) {
      // It writes while it is read; each time there is a little more.
      for (let i = 0; !lane.hasEnded && i < MOST_TRIES && !this.#read(tid, lane); i++) hear();
      traceEvents.push({ name: "thread_name", ph: "M", pid: 1, tid, ts: 0, args: { name: lane.name } });
      traceEvents.push(...lane.spans);
      if (!lane.hasEnded) traceEvents.push(this.#openSpan(tid, lane));
    }
    return { traceEvents, displayTimeUnit: "ms" };
  }
}
