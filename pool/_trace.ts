/**
 * A pool's trace: the spans that its workers report, as trace events that Perfetto and `chrome://tracing` open.
 *
 * The format is Chrome's "Trace Event Format": an object with `traceEvents`, each with its phase `ph` ("X" a whole
 * span, "M" a name), times in microseconds, a process and a thread. Each worker is a thread, a lane.
 *
 * @module
 */

import { SPAN_LENGTH, SPAN_NAMES, WAIT } from "./_tracer.ts";

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

interface Lane {
  readonly name: string;
  readonly spans: TraceEvent[];
  /** Up to where it is told what the worker did. */
  end: number;
  /** It runs no more. */
  hasEnded: boolean;
}

/** Collects what workers report. */
export class Trace {
  readonly #origin = performance.timeOrigin + performance.now();
  readonly #lanes = new Map<number, Lane>();

  /** A worker's lane begins. */
  begin(ident: number, name: string): void {
    this.#lanes.set(ident, { name, spans: [], end: this.#now(), hasEnded: false });
  }

  #now(): number {
    return (performance.timeOrigin + performance.now() - this.#origin) * 1000;
  }

  /** A worker has ended. */
  end(ident: number): void {
    const lane = this.#lanes.get(ident);
    if (lane) lane.hasEnded = true;
  }

  /** Takes a report. `timeOrigin`: that of the worker's clock. */
  add(ident: number, timeOrigin: number, spans: Float64Array): void {
    const lane = this.#lanes.get(ident);
    if (!lane) return;
    for (let i = 0; i < spans.length; i += SPAN_LENGTH) {
      const [what, since, duration, sequence, item, count] = spans.subarray(i, i + SPAN_LENGTH);
      const begun = (timeOrigin + since - this.#origin) * 1000, dur = duration * 1000;
      // The first span begins where the thread was asked for: until then nothing of it ran.
      const ts = lane.spans.length ? begun : Math.min(begun, lane.end);
      const args: Record<string, number> = sequence > 0 ? { batch: sequence, item } : {};
      if (count > 1) args.items = count;
      lane.spans.push({
        name: SPAN_NAMES[what],
        cat: "worker",
        ph: "X",
        pid: 1,
        tid: ident,
        ts,
        dur: begun + dur - ts,
        args,
      });
      lane.end = begun + dur;
    }
    if (lane.spans.length > MOST) lane.spans.splice(0, lane.spans.length - MOST);
  }

  /** The trace up to now: a worker that has reported nothing since, waits. */
  events(): PoolTrace {
    const traceEvents: TraceEvent[] = [], now = this.#now();
    for (const [tid, { name, spans, end, hasEnded }] of this.#lanes) {
      traceEvents.push({ name: "thread_name", ph: "M", pid: 1, tid, ts: 0, args: { name } });
      traceEvents.push(...spans);
      const rest = { cat: "worker", ph: "X", pid: 1, tid, ts: end, dur: now - end, args: {} } as const;
      if (!hasEnded && spans.length && now > end) traceEvents.push({ name: SPAN_NAMES[WAIT], ...rest });
    }
    return { traceEvents, displayTimeUnit: "ms" };
  }
}
