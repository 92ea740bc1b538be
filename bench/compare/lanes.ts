/**
 * A trace as lanes: reads a trace file, and adds up what each worker did.
 *
 * @module
 */

import { Failure } from "./failure.ts";

/** What a worker can be doing, in the order in which it is drawn, from the ground up. */
export const ACTIVITIES = ["run", "encode", "claim", "start-up", "wait"] as const;
/** One of them. */
export type Activity = (typeof ACTIVITIES)[number];

/** A stretch of time in which a worker did one thing; milliseconds from the beginning of the trace. */
export interface Span {
  /** What it did. */
  readonly activity: Activity;
  /** From when. */
  readonly from: number;
  /** Until when. */
  readonly to: number;
  /** Whose item it was. */
  readonly batch?: number;
  /** Its place in the batch. */
  readonly item?: number;
  /** So many items, where they were too short to be timed one by one. */
  readonly items?: number;
}

/** One worker. */
export interface Lane {
  /** Its name. */
  readonly name: string;
  /** What it did, in the order of time. */
  readonly spans: readonly Span[];
}

/** A trace that cannot be read; its message says why. */
export class TraceError extends Failure {}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the JSON of `pool.trace()`: an object with `traceEvents`, or these alone. */
export function readTrace(text: string): Lane[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new TraceError(`it is not JSON: ${(error as Error).message}`);
  }
  const events = Array.isArray(parsed) ? parsed : (parsed as { traceEvents?: unknown } | null)?.traceEvents;
  if (!Array.isArray(events)) throw new TraceError("it has no traceEvents");
  return lanesOf(events);
}

/** The lanes of trace events; those of nobody are left out. */
export function lanesOf(events: readonly unknown[]): Lane[] {
  const names = new Map<string, string>(), spans = new Map<string, Span[]>();
  for (const [i, event] of events.entries()) {
    const { ph, name, pid, tid, ts, dur, args } = (event ?? {}) as Fields, lane = `${pid}/${tid}`;
    if (ph === "M" && name === "thread_name") names.set(lane, String((args as Fields)?.name));
    if (ph !== "X") continue;
    const activity = ACTIVITIES.find((it) => it === name);
    if (!activity) throw new TraceError(`event ${i} is a span "${name}", which is not a pool's`);
    if (!Number.isFinite(ts) || !Number.isFinite(dur) || (dur as number) < 0) {
      throw new TraceError(`event ${i} does not say from when to when it lasts`);
    }
    const from = ts as number / 1000, list = spans.get(lane) ?? [];
    spans.set(lane, list);
    list.push({ activity, from, to: from + (dur as number) / 1000, ...args as Pick<Span, "batch" | "item"> });
  }
  if (spans.size === 0) throw new TraceError("it has no spans");
  const begin = Math.min(...[...spans.values()].map(earliest));
  return [...spans].map(([lane, list]) => ({
    name: names.get(lane) ?? lane,
    spans: list.map((span) => ({ ...span, from: span.from - begin, to: span.to - begin }))
      .sort((a, b) => a.from - b.from),
  }));
}

/** What a worker's time went into. */
export interface Account {
  /** From its first span's beginning to its last one's end. */
  readonly wall: number;
  /** All spans together. */
  readonly sum: number;
  /** Milliseconds of each activity. */
  readonly of: Readonly<Record<Activity, number>>;
}

/** Adds up what a worker did. */
export function account({ spans }: Lane): Account {
  const of: Record<Activity, number> = { "start-up": 0, claim: 0, run: 0, encode: 0, wait: 0 };
  for (const { activity, from, to } of spans) of[activity] += to - from;
  const sum = ACTIVITIES.reduce((sum, activity) => sum + of[activity], 0);
  return { wall: endOf(spans) - spans[0].from, sum, of };
}

/** When the last span ends. */
export function endOf(spans: readonly Span[]): number {
  let end = 0;
  for (const { to } of spans) end = Math.max(end, to);
  return end;
}

/** The longest run of one item, and who ran it. */
export function longestRun(lanes: readonly Lane[]): { readonly lane: Lane; readonly span: Span } | undefined {
  let longest: { lane: Lane; span: Span } | undefined;
  for (const lane of lanes) {
    for (const span of lane.spans) {
      if (span.activity !== "run") continue;
      if (!longest || span.to - span.from > longest.span.to - longest.span.from) longest = { lane, span };
    }
  }
  return longest;
}

function earliest(spans: readonly Span[]): number {
  let least = Infinity;
  for (const { from } of spans) least = Math.min(least, from);
  return least;
}
