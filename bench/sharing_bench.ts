/**
 * What it costs that a worker sees an array: sent as a copy, sent there and back, or shared; beside a bare worker
 * that gets a copy by `postMessage`. The worker reads one number of it.
 *
 * Run: `deno bench --allow-read --allow-sys bench/sharing_bench.ts`
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { RawArray } from "@multicore/multicore/shared";
import { back, last } from "./compare/tasks.ts";
import { randomSource } from "./_random.ts";

const pool = new Pool(1); // not `await using`: that would end before the benches run
const bare = new Worker(new URL("./compare/sharing_worker.ts", import.meta.url), { type: "module" });

function ask(array: Float64Array): Promise<number> {
  return new Promise((resolve) => {
    bare.onmessage = ({ data }) => resolve(data);
    bare.postMessage(array);
  });
}

for (const kibibytes of [1, 80, 1024, 16 * 1024]) {
  const random = randomSource(1);
  const array = Float64Array.from({ length: kibibytes * 128 }, random);
  const { view } = new RawArray("float64", array), expected = array.at(-1)!;

  const group = `an array of ${kibibytes} KiB`;
  assertEquals(await pool.apply(last, [array]), expected); // right before fast
  assertEquals(await pool.apply(last, [view]), expected);
  assertEquals(await pool.apply(back, [array]), array);
  assertEquals(await ask(array), expected);

  Deno.bench({
    name: "shared",
    group,
    baseline: true,
    fn: async () => void await pool.apply(last, [view]),
  });
  Deno.bench({ name: "copy", group, fn: async () => void await pool.apply(last, [array]) });
  Deno.bench({ name: "copy, there and back", group, fn: async () => void await pool.apply(back, [array]) });
  Deno.bench({ name: "bare postMessage, copy", group, fn: async () => void await ask(array) });
}
