/**
 * What it costs to send a function: a task by reference, a lambda that captures nothing, a closure.
 *
 * In the first group each call goes to a warm worker and back; the function does next to nothing, so the difference
 * is that of sending. The second makes a hundred calls at once.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { increment, scaled } from "./_closures_tasks.ts";

const pool = new Pool(1);
const scale = 3,
  table = new Map([["one", 1], ["two", 2]]),
  squares = Float64Array.from({ length: 64 }, (_, i) => i * i);
const plain = (x: number) => x + 1;
const closure = (x: number) => x * scale + table.get("one")!;
const withClass = (x: number) => new Scaled(x).value + squares[1];
class Scaled {
  constructor(readonly x: number) {}
  get value(): number {
    return this.x * scale;
  }
}

assertEquals(await pool.apply(increment, [1]), 2);
assertEquals(await pool.apply(plain, [1]), 2);
assertEquals(await pool.apply(closure, [1]), 4);
assertEquals(await pool.apply(withClass, [1]), 4);
assertEquals(await pool.apply(scaled, [1]), 3);

const group = "apply()";
Deno.bench(
  "a task, by reference",
  { group, baseline: true },
  async () => void await pool.apply(increment, [1]),
);
Deno.bench("an exported function, by reference", { group }, async () => void await pool.apply(scaled, [1]));
Deno.bench("a lambda that captures nothing", { group }, async () => void await pool.apply(plain, [1]));
Deno.bench("the same, made anew each time", { group }, async () => {
  await pool.apply((x: number) => Math.abs(x) + 1, [1]);
});
Deno.bench("a closure over a number and a Map", { group }, async () => void await pool.apply(closure, [1]));
Deno.bench("the same, made anew each time, over a number", { group }, async (b) => {
  const n = b.name.length;
  await pool.apply((x: number) => x + n, [1]);
});
Deno.bench(
  "a closure over a class and an array",
  { group },
  async () => void await pool.apply(withClass, [1]),
);

const together = "100 calls at once";
const hundred = (make: () => (x: number) => number) => async () => {
  await Promise.all(Array.from({ length: 100 }, (_, i) => pool.apply(make(), [i])));
};
Deno.bench({ name: "a task", group: together, baseline: true, fn: hundred(() => increment) });
Deno.bench({ name: "a lambda", group: together, fn: hundred(() => plain) });
Deno.bench({
  name: "a lambda made anew",
  group: together,
  fn: hundred(() => (x: number) => Math.abs(x) + 1),
});
Deno.bench({ name: "a closure", group: together, fn: hundred(() => closure) });
Deno.bench({ name: "a closure over a class", group: together, fn: hundred(() => withClass) });
