/**
 * Work per index: a parallel loop over short and over long bodies, with the grain at which indices are claimed, and
 * the same loop in this thread.
 *
 * A step of work is one of a linear generator, about a nanosecond; a loop has as many indices as make up 2 million.
 *
 * Run: `deno bench --allow-read --allow-sys bench/grain_bench.ts`
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { RawArray } from "@multicore/multicore/shared";
import { spin, spinAt } from "./compare/tasks.ts";

const WORK = 2_000_000;
const pool = new Pool(); // not `await using`: that would end before the benches run

for (const steps of [10, 1000, 100_000]) {
  const count = WORK / steps;
  const { view: out } = new RawArray("float64", count);
  const expected = Float64Array.from({ length: count }, (_, i) => spin(i, steps));
  const group = `${count} indices of ${steps} steps`;
  const loop = async (options: { grain?: number; schedule?: "static" }) => {
    await pool.prange(count, spinAt, [steps, out], options);
  };

  Deno.bench({
    name: "this thread",
    group,
    baseline: true,
    fn: () => {
      for (let i = 0; i < count; i++) spinAt(i, steps, out);
    },
  });
  const variants: [string, Parameters<typeof loop>[0]][] = [
    [`prange, ${pool.size} workers`, {}],
    ["prange, grain 10", { grain: 10 }],
    ["prange, grain 1000", { grain: 1000 }],
    ["prange, static", { schedule: "static" }],
  ];
  for (const [name, options] of variants) {
    out.fill(0);
    await loop(options);
    assertEquals(out, expected); // right before fast
    Deno.bench({ name, group, fn: async () => await loop(options) }); // only what is async is awaited
  }
}
