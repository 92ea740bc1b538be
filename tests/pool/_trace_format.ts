/**
 * A validator of Chrome's trace-event files, after "Trace Event Format" (N. Duca and D. Sinclair, Google, 2016): what
 * viewers refuse, or silently drop, is an error here.
 *
 * @module
 */

/** Phases of the format, and the fields that each must have beside `ph`. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  B: ["name", "ts", "pid", "tid"],
  E: ["ts", "pid", "tid"],
  X: ["name", "ts", "dur", "pid", "tid"],
  I: ["name", "ts", "pid", "tid"],
  i: ["name", "ts", "pid", "tid"],
  C: ["name", "ts", "pid", "args"],
  b: ["name", "ts", "pid", "tid", "id", "cat"],
  n: ["name", "ts", "pid", "tid", "id", "cat"],
  e: ["name", "ts", "pid", "tid", "id", "cat"],
  s: ["name", "ts", "pid", "tid", "id"],
  t: ["name", "ts", "pid", "tid", "id"],
  f: ["name", "ts", "pid", "tid", "id"],
  M: ["name", "pid", "args"],
};
/** What metadata events are about, the field of `args` that says it, and a value of its type. */
const METADATA: Readonly<Record<string, readonly [string, string | number]>> = {
  process_name: ["name", ""],
  process_labels: ["labels", ""],
  process_sort_index: ["sort_index", 0],
  thread_name: ["name", ""],
  thread_sort_index: ["sort_index", 0],
};

type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with the text of a trace file; nothing, if all is right. */
export function faultsOf(text: string): string[] {
  let trace: unknown;
  try {
    trace = JSON.parse(text);
  } catch (error) {
    return [`not JSON: ${(error as Error).message}`];
  }
  if (Array.isArray(trace)) return faultsOfEvents(trace);
  if (typeof trace !== "object" || trace === null) return ["neither an object nor an array"];
  const { traceEvents, displayTimeUnit } = trace as Fields;
  if (!Array.isArray(traceEvents)) return ["traceEvents is not an array"];
  const isUnit = displayTimeUnit === undefined || displayTimeUnit === "ms" || displayTimeUnit === "ns";
  return [...(isUnit ? [] : ["displayTimeUnit is neither ms nor ns"]), ...faultsOfEvents(traceEvents)];
}

function faultsOfEvents(events: readonly unknown[]): string[] {
  const faults = events.flatMap((event, i) => faultsOfEvent(event).map((fault) => `event ${i}: ${fault}`));
  return faults.length
    ? faults
    : [...faultsOfNesting(events as Fields[]), ...faultsOfPairs(events as Fields[])];
}

function faultsOfEvent(event: unknown): string[] {
  if (typeof event !== "object" || event === null || Array.isArray(event)) return ["not an object"];
  const fields = event as Fields, { ph, name, cat, ts, dur, args } = fields;
  if (typeof ph !== "string" || !Object.hasOwn(NEEDED, ph)) return [`unknown phase ${JSON.stringify(ph)}`];
  const faults = NEEDED[ph].filter((field) => !Object.hasOwn(fields, field)).map((field) => `no ${field}`);
  const check = (isRight: boolean, fault: string) => void (isRight || faults.push(fault));
  check(name === undefined || typeof name === "string", "name is not a string");
  check(cat === undefined || typeof cat === "string", "cat is not a string");
  check(ts === undefined || Number.isFinite(ts), "ts is not a finite number");
  check(dur === undefined || Number.isFinite(dur) && dur as number >= 0, "dur is not a duration");
  check(args === undefined || isRecord(args), "args is not an object");
  for (const id of ["pid", "tid"]) {
    check(fields[id] === undefined || Number.isSafeInteger(fields[id]), `${id} is not an integer`);
  }
  if (ph === "M" && typeof name === "string") {
    const [field, sample] = METADATA[name] ?? [];
    check(field !== undefined, `unknown metadata ${name}`);
    if (field && isRecord(args)) {
      check(typeof args[field] === typeof sample, `args.${field} is not a ${typeof sample}`);
    }
  }
  return faults;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Viewers keep times as whole nanoseconds: what overlaps by less is drawn right. */
const SLACK = 0.001;

/** Whole spans of a thread must lie side by side or within each other: others are drawn wrongly, or not at all. */
function faultsOfNesting(events: readonly Fields[]): string[] {
  const faults: string[] = [],
    threads = Map.groupBy(
      events.filter(({ ph }) => ph === "X"),
      ({ pid, tid }) => `${pid}/${tid}`,
    );
  for (const [thread, spans] of threads) {
    const sorted = spans.map(({ ts, dur }) => [ts, ts as number + (dur as number)] as [number, number])
      .sort(([a, aEnd], [b, bEnd]) => a - b || bEnd - aEnd);
    const open: number[] = [];
    for (const [start, end] of sorted) {
      while (open.length && open.at(-1)! <= start + SLACK) open.pop();
      if (open.length && end > open.at(-1)! + SLACK) {
        faults.push(`thread ${thread}: spans overlap at ${start}`);
      }
      open.push(end);
    }
  }
  return faults;
}

/** Each beginning has an end on its thread, and none ends twice. */
function faultsOfPairs(events: readonly Fields[]): string[] {
  const faults: string[] = [], open = new Map<string, number>();
  for (const { ph, pid, tid } of events) {
    if (ph !== "B" && ph !== "E") continue;
    const thread = `${pid}/${tid}`, depth = (open.get(thread) ?? 0) + (ph === "B" ? 1 : -1);
    if (depth < 0) faults.push(`thread ${thread}: an end without a beginning`);
    open.set(thread, Math.max(0, depth));
  }
  for (const [thread, depth] of open) if (depth) faults.push(`thread ${thread}: a beginning without an end`);
  return faults;
}
