/**
 * Pools and processes inside of pools and processes.
 *
 * @module
 */

import { assertEquals, assertInstanceOf } from "@std/assert";
import { Pool, Process, task } from "@multicore/multicore/pool";
import { WorkerDiedError } from "@multicore/multicore/shared";
import { count, hold, poolInside, processInside, spin } from "./_tasks.ts";
import { Counters, settles, test } from "./_tools.ts";

type Flags = Counters["array"];

/** Runs a pool in a process. */
export const poolInProcess = task(import.meta, "poolInProcess", async (flags: Flags) => {
  await using pool = new Pool(2);
  await pool.starmap(count, [[flags, 0], [flags, 1]], { chunksize: 1 });
});

/** Starts workers that never end, and leaves or dies. */
export const abandon = task(
  import.meta,
  "abandon",
  async (flags: Flags, how: "return" | "exit" | "throw") => {
    const pool = new Pool(1);
    pool.applyAsync(spin, [flags]);
    new Process({ target: hold, args: [flags], daemon: true }).start();
    while (Atomics.load(flags.view, 0) < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    if (how === "exit") Deno.exit(5);
    if (how === "throw") throw new Error("expected in this test");
  },
);

/** A pool in a pool in a pool. */
export const deeper = task(import.meta, "deeper", async (depth: number): Promise<number> => {
  if (depth === 0) return 1;
  await using pool = new Pool(1);
  return 1 + await pool.apply(deeper, [depth - 1]);
});

/** A pool in a task, one of whose workers dies. */
export const deathInside = task(import.meta, "deathInside", async () => {
  await using pool = new Pool(1);
  const error = await pool.apply(() => Deno.exit(3)).catch((error) => error);
  return [error.name, error.exitCode, await pool.apply((x: number) => x + 1, [1])];
});

test("A task may make a pool", async () => {
  await using pool = new Pool(2);
  assertEquals(await settles(pool.map(poolInside, [1, 3, 4], { chunksize: 1 })), [0, 5, 14]);
  assertEquals(await settles(pool.apply(deeper, [3])), 4);
  assertEquals(await settles(pool.apply(deathInside)), ["WorkerDiedError", 3, 2]);
});

test("A task may start a process, and join it either way", async () => {
  using counts = new Counters(1);
  await using pool = new Pool(1);
  for (const sync of [false, true]) {
    const { name, exitCode } = await settles(pool.apply(processInside, [counts.array, sync]));
    assertEquals([exitCode, /^PoolWorker-\d+:\d+$/.test(name)], [0, true]);
  }
  assertEquals(counts.at(0), 2);
});

test("A process may make a pool", async () => {
  using counts = new Counters(2);
  const process = new Process({ target: poolInProcess, args: [counts.array] });
  process.start();
  assertEquals(await settles(process.join()), true);
  assertEquals([process.exitCode, ...counts.list()], [0, 1, 1]);
});

test("A process may be joined by a thread that blocks while the process wants threads itself", () => {
  using counts = new Counters(2);
  const process = new Process({ target: poolInProcess, args: [counts.array] });
  process.start();
  assertEquals(process.joinSync({ timeout: 20_000 }), true);
  assertEquals([process.exitCode, ...counts.list()], [0, 1, 1]);
});

for (const [how, code] of [["return", 0], ["exit", 5], ["throw", 1]] as const) {
  test(`A process that ends by ${how} takes its daemons and its pools with it`, async () => {
    using flags = new Counters(3);
    const process = new Process({ target: abandon, args: [flags.array, how] });
    process.start();
    assertEquals(await settles(process.join()), true);
    assertEquals(process.exitCode, code);
  });
}

test("A worker that is killed takes its daemons and its pools with it", async () => {
  using flags = new Counters(3);
  await using pool = new Pool(1);
  const result = pool.applyAsync(abandon, [flags.array, "exit"]);
  assertInstanceOf(await settles(result.get()).catch((error) => error), WorkerDiedError);
  assertEquals(await settles(pool.apply((x: number) => x, [1])), 1);
});
