/**
 * What it costs to start: a bare worker, a process, a pool of one and of two, each until its first answer is there
 * and it has ended; and the first call of a pool beside a later one.
 *
 * Run: `deno bench --allow-read --allow-sys bench/startup_bench.ts`
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";

const array = Float64Array.of(1, 2, 3);
const last = (array: Float64Array) => array[array.length - 1]; // travels as text: no module is loaded for it
const group = "from nothing to the first answer, and to the end";

/** A bare worker that imports nothing but types. */
async function bareWorker(): Promise<number> {
  const worker = new Worker(new URL("./compare/sharing_worker.ts", import.meta.url), { type: "module" });
  const answer = await new Promise<number>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(array);
  });
  worker.terminate();
  return answer;
}

async function poolOf(workers: number): Promise<number> {
  await using pool = new Pool(workers);
  const answers = await pool.map(last, Array<Float64Array>(workers).fill(array), { chunksize: 1 });
  return answers[0];
}

async function process(): Promise<number | null> {
  const process = new Process({ target: last, args: [array] });
  process.start();
  await process.join();
  return process.exitCode;
}

assertEquals(await bareWorker(), 3); // right before fast
assertEquals([await poolOf(1), await poolOf(2)], [3, 3]);
assertEquals(await process(), 0);

Deno.bench({ name: "bare web Worker", group, baseline: true, fn: async () => void await bareWorker() });
Deno.bench({ name: "Process", group, fn: async () => void await process() });
Deno.bench({ name: "Pool(1)", group, fn: async () => void await poolOf(1) });
Deno.bench({ name: "Pool(2)", group, fn: async () => void await poolOf(2) });

const warm = new Pool(1);
await warm.apply(last, [array]);
const calls = "a call";
Deno.bench({
  name: "of a warm pool",
  group: calls,
  baseline: true,
  fn: async () => void await warm.apply(last, [array]),
});
Deno.bench({
  name: "the first of a pool",
  group: calls,
  fn: async (b) => {
    await using pool = new Pool(1);
    b.start();
    await pool.apply(last, [array]);
    b.end();
  },
});
