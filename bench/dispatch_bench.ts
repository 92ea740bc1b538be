/**
 * What it costs to hand out work that is as good as none: a call and its answer, beside a bare worker that is asked by
 * `postMessage`; and a thousand calls, one at a time, at once, as a map, and as a parallel loop.
 *
 * Run: `deno bench --allow-read --allow-sys bench/dispatch_bench.ts`
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { RawArray } from "@multicore/multicore/shared";
import { last } from "./compare/tasks.ts";
import { randomSource } from "./_random.ts";

const COUNT = 1000;
const random = randomSource(1), numbers = Array.from({ length: COUNT }, random);
const pool = new Pool(2); // not `await using`: that would end before the benches run
const bare = new Worker(new URL("./compare/sharing_worker.ts", import.meta.url), { type: "module" });
const twice = (x: number) => 2 * x;
const { view: out } = new RawArray("float64", COUNT), { view: input } = new RawArray("float64", numbers);

/** Asks the bare worker, which answers with the last number of an array. */
function ask(array: Float64Array): Promise<number> {
  return new Promise((resolve) => {
    bare.onmessage = ({ data }) => resolve(data);
    bare.postMessage(array);
  });
}

/** Sends many questions at once; the answers come in their order. */
function askAll(arrays: readonly Float64Array[]): Promise<number[]> {
  const answers: number[] = [];
  return new Promise((resolve) => {
    bare.onmessage = ({ data }) => {
      if (answers.push(data) === arrays.length) resolve(answers);
    };
    for (const array of arrays) bare.postMessage(array);
  });
}

const doubled = numbers.map(twice), single = Float64Array.of(numbers[0]);
const singles = numbers.map((x) => Float64Array.of(x));
const loop = () => pool.prange(COUNT, (i: number) => void (out[i] = 2 * input[i]));

// Right before fast.
assertEquals([await ask(single), await pool.apply(last, [single])], [numbers[0], numbers[0]]);
assertEquals([await pool.apply(twice, [1]), pool.applySync(twice, [1])], [2, 2]);
assertEquals(await askAll(singles), numbers);
assertEquals(await Promise.all(singles.map((array) => pool.apply(last, [array]))), numbers);
assertEquals(await Promise.all(numbers.map((x) => pool.apply(twice, [x]))), doubled);
assertEquals(await pool.map(twice, numbers), doubled);
assertEquals(await pool.map(twice, numbers, { chunksize: 1 }), doubled);
await loop();
assertEquals(Array.from(out), doubled);

const call = "a call and its answer";
Deno.bench({
  name: "bare postMessage there and back",
  group: call,
  baseline: true,
  fn: async () => void await ask(single),
});
Deno.bench({ name: "apply, an array", group: call, fn: async () => void await pool.apply(last, [single]) });
Deno.bench({ name: "apply, a number", group: call, fn: async () => void await pool.apply(twice, [1]) });
Deno.bench({ name: "applySync, a number", group: call, fn: () => void pool.applySync(twice, [1]) });

const many = `${COUNT} calls`;
Deno.bench({
  name: "bare postMessage, at once, one worker",
  group: many,
  baseline: true,
  fn: async () => void await askAll(singles),
});
Deno.bench({
  name: "apply, at once, an array each",
  group: many,
  fn: async () => void await Promise.all(singles.map((array) => pool.apply(last, [array]))),
});
Deno.bench({
  name: "apply, at once, a number each",
  group: many,
  fn: async () => void await Promise.all(numbers.map((x) => pool.apply(twice, [x]))),
});
Deno.bench({
  name: "map, chunksize 1",
  group: many,
  fn: async () => void await pool.map(twice, numbers, { chunksize: 1 }),
});
Deno.bench({ name: "map", group: many, fn: async () => void await pool.map(twice, numbers) });
Deno.bench({ name: "prange", group: many, fn: async () => await loop() });
Deno.bench({
  name: "the work itself, in this thread",
  group: many,
  fn: () => {
    for (let i = 0; i < COUNT; i++) out[i] = 2 * input[i];
  },
});
