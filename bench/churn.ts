/**
 * Makes and disposes a thousand pools, then kills a thousand workers, half of them in a busy loop and half blocked,
 * and prints on the way what the program takes: memory, threads of the system, blocks of shared memory. All of it should
 * stay where it is after the first quarter.
 *
 * `deno run --allow-all bench/churn.ts [count]`; without --allow-all the system's threads are not counted.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { heapStats, RawArray } from "@multicore/multicore/shared";

const count = Number(Deno.args[0] ?? 1000);
const LANES = 4;
const MIB = 2 ** 20;

function threads(): string {
  try {
    return String([...Deno.readDirSync("/proc/self/task")].length);
  } catch {
    return "-"; // another system, or no permission
  }
}

const COLUMNS = ["", "done", "seconds", "RSS MiB", "threads", "heap MiB", "blocks"];
const line = (cells: readonly unknown[]) => console.log(cells.map((it) => String(it).padStart(9)).join(""));

/** Prints where the program is; lets what is ending end first. */
async function row(what: string, done: number, since: number): Promise<void> {
  const seconds = (performance.now() - since) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 200));
  const { blocks, heapBytes } = heapStats();
  const rss = Deno.memoryUsage().rss / MIB;
  line([what, done, seconds.toFixed(1), rss.toFixed(0), threads(), (heapBytes / MIB).toFixed(1), blocks]);
}

/** Does `step(i)` count times, and prints a row at the start and after each quarter. */
async function inQuarters(what: string, step: (i: number) => Promise<void>): Promise<void> {
  const since = performance.now();
  await row(what, 0, since);
  for (let i = 0, quarter = 1; quarter <= 4; quarter++) {
    const end = Math.round(count * quarter / 4);
    // Each lane takes the next number as soon as it is done with the last.
    const lane = async () => {
      while (i < end) await step(i++);
    };
    await Promise.all(Array.from({ length: what === "pools" ? 1 : LANES }, lane));
    await row(what, end, since);
  }
}

const spin = ({ view }: RawArray<"int32">, at: number) => {
  for (Atomics.store(view, at, 1);;);
};
const block = ({ view }: RawArray<"int32">, at: number) => {
  for (Atomics.store(view, at, 1);;) Atomics.wait(view, view.length - 1, 0);
};

line(COLUMNS);
await inQuarters("pools", async (i) => {
  await using pool = new Pool(2);
  assertEquals(await pool.map((x: number) => x * x, [i, i + 1]), [i * i, (i + 1) ** 2]);
});
{
  await using pool = new Pool(LANES);
  const begun = new RawArray("int32", count + 1);
  await inQuarters("kills", async (i) => {
    const controller = new AbortController();
    const killed = pool.apply(i % 2 ? spin : block, [begun, i], { signal: controller.signal });
    const outcome = killed.then(() => "value", (reason) => reason);
    while (Atomics.load(begun.view, i) === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    controller.abort("killed");
    assertEquals(await outcome, "killed");
  });
  assertEquals([pool.size, pool.stats().survivors], [LANES, 0]);
  assertEquals(await pool.map((x: number) => x + 1, [1, 2, 3]), [2, 3, 4]);
  begun[Symbol.dispose]();
}
await row("the end", count, performance.now());
