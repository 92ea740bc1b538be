/**
 * What a trace costs: the same work in a pool that keeps none and in one that does, in turn; and whether each worker's
 * spans add up to the wall time.
 *
 * Batches alternate, so that a busy machine slows both; the median of the ratios of neighbours is what counts. Beside
 * it stands that of two pools without a trace, which shows how far chance goes, and the same of the least times.
 *
 * Run: deno run --allow-read --allow-sys bench/tracing.ts [ROUNDS]
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { COMPARISONS } from "./compare/catalogue.ts";
import { account, lanesOf } from "./compare/lanes.ts";
import { summarize } from "./compare/statistics.ts";
import { plainTable } from "./compare/table.ts";
import { format } from "./compare/units.ts";

const rounds = Number(Deno.args[0] ?? 150), BATCH = 15; // milliseconds of a batch, at least
const pools = [new Pool(2), new Pool(2), new Pool({ processes: 2, trace: true })];
const begun = performance.now();

type Work = (pool: Pool) => () => Promise<unknown>;
const comparison = (name: string, size: number, id: string): Work => (pool) => {
  const way = COMPARISONS.find((it) => it.name === name)!.open(size, pool).way(id);
  return async () => await way.run();
};
const numbers = Array.from({ length: 10_000 }, (_, i) => i), twice = (x: number) => 2 * x;
const WORK: readonly (readonly [name: string, work: Work])[] = [
  ["3,000 determinants, copies", comparison("determinants", 3000, "copies")],
  ["3,000 determinants, shared memory", comparison("determinants", 3000, "shared")],
  ["20 autocorrelations, copies", comparison("autocorrelation", 20, "copies")],
  ["20 autocorrelations, shared memory", comparison("autocorrelation", 20, "shared")],
  ["60 transforms, copies", comparison("fft2", 60, "copies")],
  ["60 transforms, shared memory", comparison("fft2", 60, "shared")],
  ["map of 10,000 numbers", (pool) => async () => await pool.map(twice, numbers)],
  ["one apply after the other", (pool) => async () => {
    for (let i = 0; i < 100; i++) assertEquals(await pool.apply(twice, [i]), 2 * i);
  }],
];

/** Runs it for so many times and gives the milliseconds of a run. */
async function time(run: () => Promise<unknown>, runs: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < runs; i++) await run();
  return (performance.now() - start) / runs;
}

const rows: string[][] = [];
for (const [name, work] of WORK) {
  const ways = pools.map(work);
  let runs = 1;
  for (const way of ways) await time(way, 5);
  runs = Math.max(1, Math.round(BATCH / await time(ways[0], 5)));
  const times: number[][] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    const order = [[0, 1, 2], [1, 2, 0], [2, 0, 1]][round % 3];
    for (const i of order) times[i].push(await time(ways[i], runs));
  }
  const percent = (value: number) => `${value < 1 ? "" : "+"}${(100 * (value - 1)).toFixed(1)}%`;
  const middle = (i: number) =>
    percent(summarize(times[i].map((time, round) => time / times[0][round])).median);
  const [{ median, min }, again, traced] = times.map(summarize);
  rows.push([
    name,
    ...[format(median, "milliseconds"), middle(1), middle(2)],
    ...[format(min, "milliseconds"), percent(again.min / min), percent(traced.min / min)],
  ]);
}
const titles = ["work", "untraced", "again", "traced", "least time", "again", "traced"];
const columns = titles.map((title, i) => ({ title, align: i ? "right" as const : "left" as const }));
console.log(plainTable(columns, rows).join("\n"));

const { traceEvents } = pools[2].trace(), wall = performance.now() - begun;
for (const lane of lanesOf(traceEvents)) {
  const { sum, wall: own } = account(lane);
  console.log(
    `${lane.name}: its spans add up to ${format(sum, "milliseconds")} of ${format(own, "milliseconds")}`,
  );
}
console.log(`${traceEvents.length} events are kept of ${format(wall, "milliseconds")}`);
for (const pool of pools) {
  pool.terminate();
  await pool.join();
}
