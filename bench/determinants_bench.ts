/**
 * Determinants of the slices of a (10, 10, count) tensor: in this thread, in a pool that gets copies, and in
 * a pool over shared memory.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { dets } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { randomSource } from "./_random.ts";

const ORDER = 10;
const pool = new Pool(); // not `await using`: that would end before the benches run
const pieces = 4 * pool.size;

for (const count of [100, 1000, 10_000, 100_000]) {
  const tensor = NDArray.shared([ORDER, ORDER, count]);
  const random = randomSource(1);
  for (let i = 0; i < tensor.size; i++) tensor.data[i] = random();
  const stack = tensor.transpose(2, 0, 1);
  const out = NDArray.shared([count]), sharedOut = NDArray.shared([count]);
  const cuts = Array.from({ length: pieces + 1 }, (_, i) => Math.floor(i * count / pieces));
  const copies = cuts.slice(1).map((to, i) => NDArray.from(stack.slice([cuts[i], to])));

  const group = `${count} determinants of order ${ORDER}`;
  dets(stack, { out });
  await parallel.dets(pool, stack, { out: sharedOut });
  assertEquals(sharedOut.data, out.data); // right before fast
  const copied = await pool.map(dets, copies);
  assertEquals(copied.flatMap((part) => Array.from(part.data)), Array.from(out.data));

  Deno.bench({ name: "this thread", group, baseline: true, fn: () => void dets(stack, { out }) });
  Deno.bench({
    name: `pool of ${pool.size}, copies`,
    group,
    fn: async () => void await pool.map(dets, copies),
  });
  Deno.bench({
    name: `pool of ${pool.size}, shared memory`,
    group,
    fn: async () => void await parallel.dets(pool, stack, { out: sharedOut }),
  });
}
