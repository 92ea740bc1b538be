/**
 * `timeline`: draws what a pool's workers did when, of a trace file, or of a run of the comparisons' work.
 *
 * @module
 */

import { join } from "node:path";
import { Pool } from "../../pool/pool.ts";
import { COMPARISONS } from "./catalogue.ts";
import { account, type Lane, lanesOf, readTrace, TraceError } from "./lanes.ts";
import { attemptWithFiles } from "./failure.ts";
import { describeMachine, machineLine } from "./machine.ts";
import type { TimelineOptions } from "./timeline_options.ts";
import { markdownTable, plainTable } from "./table.ts";
import { drawTimeline } from "./timeline.ts";
import { format } from "./units.ts";

/** What is run when no file is given: a comparison, its size, and the ways to its answer. */
const WORK: readonly (readonly [name: string, size: number, ways: readonly string[]])[] = [
  ["determinants", 3000, ["copies", "shared"]],
  ["autocorrelation", 20, ["copies", "shared"]],
  ["fft2", 60, ["copies", "shared"]],
];

/** Draws, and prints what the workers' time went into. */
export async function runTimeline(options: TimelineOptions): Promise<void> {
  const { file, out } = options, path = join(out, "timeline.svg");
  await attemptWithFiles(`make the folder ${out}`, () => Deno.mkdir(out, { recursive: true }));
  let lanes: Lane[], note: string, title: string;
  const written = [path];
  if (file === undefined) {
    const traced = await traceWork(options.workers);
    const trace = join(out, "timeline.json");
    await attemptWithFiles(`write ${trace}`, () => Deno.writeTextFile(trace, JSON.stringify(traced)));
    written.push(trace);
    lanes = lanesOf(traced.traceEvents);
    title = `What ${options.workers === 1 ? "a worker" : `${options.workers} workers`} did when`;
    const work = WORK.map(([name, size]) => `${name} of ${format(size, "count")} matrices`).join(", ");
    note = `${work}; each as copies, then over shared memory. ${machineLine(describeMachine(undefined))}`;
    note = note[0].toUpperCase() + note.slice(1);
  } else {
    lanes = await readLanes(file);
    title = "What a pool's workers did when";
    note = file.replace(/^.*[\\/]/, "");
  }
  const figure = drawTimeline(lanes, title, note);
  await attemptWithFiles(`write ${path}`, () => Deno.writeTextFile(path, figure));
  print(lanes, options);
  if (options.output !== "json") console.log(`\nWritten: ${written.join(", ")}`);
}

/** The trace of a pool that does the work. */
async function traceWork(workers: number) {
  await using pool = new Pool({ processes: workers, trace: true });
  for (const [name, size, ways] of WORK) {
    using opened = COMPARISONS.find((it) => it.name === name)!.open(size, pool);
    for (const id of ways) await opened.way(id).run();
  }
  return pool.trace();
}

async function readLanes(file: string): Promise<Lane[]> {
  const content = await attemptWithFiles(`read ${file}`, () => Deno.readTextFile(file));
  try {
    return readTrace(content);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new TraceError(`Cannot draw ${file}: ${error.message}`);
  }
}

function print(lanes: readonly Lane[], { output }: TimelineOptions): void {
  const accounts = lanes.map((lane) => ({ name: lane.name, ...account(lane) }));
  if (output === "json") return console.log(JSON.stringify(accounts, null, 2));
  const time = (milliseconds: number) => format(milliseconds, "milliseconds");
  const columns = ["worker", "start-up", "claim", "run", "encode", "wait", "together", "wall time"].map((
    title,
    i,
  ) => ({
    title,
    align: i ? "right" as const : "left" as const,
  }));
  const rows = accounts.map(({ name, of, sum, wall }) => [
    name,
    ...([of["start-up"], of.claim, of.run, of.encode, of.wait, sum, wall].map(time)),
  ]);
  console.log((output === "markdown" ? markdownTable : plainTable)(columns, rows).join("\n"));
}
