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
  /** Its worker's record; released when the worker has ended. */
  readonly block: Block;
  readonly reader: SpanReader;
  /** When the thread was asked for. */
  readonly begin: number;
  /** When it had ended. */
  end: number | undefined;
  /** The origin of its clock. */
  origin: number;
  /** What it did, as its record has it, oldest first; events are made of it when they are asked for. */
  readonly laps: Float64Array[];
  /** Numbers in them. */
  length: number;
  /** What it did last, whose end has not been noted. */
  open: Float64Array | undefined;
}

/** Collects what workers do. */
export class Trace {
  readonly #origin = performance.timeOrigin + performance.now();
  readonly #lanes = new Map<number, Lane>();

  /** A worker's lane begins; `born`: when it was asked for, by this thread's clock. Gives the block for its record. */
  begin(ident: number, name: string, born: number): BlockReference {
    const block = Block.allocate(TRACE_BYTES, "job"), reader = new SpanReader(block.offset);
    const lane = { name, block, reader, begin: this.#at(born), end: undefined };
    this.#lanes.set(ident, { ...lane, origin: 0, laps: [], length: 0, open: undefined });
    return block.reference;
  }

  #at(time: number, origin: number = performance.timeOrigin): number {
    return (origin + time - this.#origin) * 1000;
  }

  /** A worker has ended, and so has what it did. */
  end(ident: number): void {
    const lane = this.#lanes.get(ident);
    if (!lane || lane.end !== undefined) return;
    this.#read(lane);
    lane.end = this.#at(performance.now());
    lane.block.release();
  }

  /** Takes a lap that a worker has posted. */
  posted(ident: number, lap: number, spans: Float64Array): void {
    const lane = this.#lanes.get(ident);
    if (!lane || lane.end !== undefined) return;
    lane.origin = lane.reader.origin;
    this.#add(lane, lane.reader.posted(lap, spans));
  }

  /** Reads what a worker has not posted; false when it must be tried again. */
  #read(lane: Lane): boolean {
    const read = lane.reader.read();
    if (!read) return false;
    lane.origin = lane.reader.origin;
    this.#add(lane, read.spans);
    lane.open = read.open;
    return true;
  }

  #add(lane: Lane, spans: Float64Array): void {
    if (spans.length === 0) return;
    lane.laps.push(spans);
    lane.length += spans.length;
    lane.open = undefined;
    while (lane.length > MOST * SPAN_LENGTH) lane.length -= lane.laps.shift()!.length;
  }

  /** The trace up to now; `hear` hears what was posted. */
  events(hear: () => void): PoolTrace {
    hear();
    const traceEvents: TraceEvent[] = [];
    for (const [tid, lane] of this.#lanes) {
      // It writes while it is read; each time there is a little more.
      for (let i = 0; lane.end === undefined && i < MOST_TRIES && !this.#read(lane); i++) hear();
      traceEvents.push({ name: "thread_name", ph: "M", pid: 1, tid, ts: 0, args: { name: lane.name } });
      this.#addEvents(traceEvents, tid, lane);
    }
    return { traceEvents, displayTimeUnit: "ms" };
  }

  #addEvents(events: TraceEvent[], tid: number, { laps, open, begin, end, origin }: Lane): void {
    let at = begin;
    const add = (what: number, from: number, to: number, args: TraceEvent["args"]) => {
      at = Math.max(from, to);
      events.push({
        name: SPAN_NAMES[what],
        cat: "worker",
        ph: "X",
        pid: 1,
        tid,
        ts: from,
        dur: at - from,
        args,
      });
    };
    // The first span begins where the thread was asked for: until then nothing of it ran.
    const from = (what: number, since: number) => what === START_UP ? begin : this.#at(since, origin);
    for (const lap of laps) {
      for (let i = 0; i < lap.length; i += SPAN_LENGTH) {
        const [what, since, duration, sequence, item, count] = lap.subarray(i, i + SPAN_LENGTH);
        const args = argsOf(sequence, item, count);
        add(what, from(what, since), this.#at(since + duration, origin), args);
      }
    }
    const last = end ?? this.#at(performance.now());
    if (open) {
      const [what, since, , sequence, item] = open;
      add(what, from(what, since), last, argsOf(sequence, item, 1));
    } else add(laps.length ? WAIT : START_UP, at, last, {});
  }
}

function argsOf(batch: number, item: number, items: number): TraceEvent["args"] {
  if (batch <= 0) return items > 1 ? { items } : {};
  return items > 1 ? { batch, item, items } : { batch, item };
}
