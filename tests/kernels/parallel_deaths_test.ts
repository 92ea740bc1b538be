/**
 * Kernels over a pool that runs again what died: a share that a worker had claimed is lost with it.
 *
 * @module
 */

import { assertRejects, assertStrictEquals } from "@std/assert";
import { fft2 } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { assertSameBits, filled, randomSource } from "../_oracle.ts";

/** What a kernel sees of a pool in which, in the first round, a worker dies that has claimed some units and run none. */
function losing(pool: Pool, units: number) {
  let rounds = 0;
  const starmap = (fn: (...args: never[]) => number, items: [unknown, NDArray<"int32">][]) => {
    if (rounds++ === 0) Atomics.add(items[0][1].data, 0, units);
    return pool.starmap(fn as (...args: unknown[]) => number, items);
  };
  return { pool: { size: pool.size, starmap } as unknown as Pool, rounds: () => rounds };
}

Deno.test("what a dead worker had claimed is run in another round", async () => {
  await using pool = new Pool(2);
  using stack = filled(NDArray.shared([40, 12, 12]), randomSource(1));
  const { pool: one, rounds } = losing(pool, 7);
  using result = await parallel.fft2(one, stack);
  assertSameBits(result, fft2(stack));
  assertStrictEquals(rounds(), 2);
});

Deno.test("what overwrites its input is not run in another round, but fails", async () => {
  await using pool = new Pool(2);
  using stack = filled(NDArray.shared([40, 12, 12], "complex128"), randomSource(2));
  for (const out of [stack, stack.slice(null, null, null)]) {
    const { pool: one, rounds } = losing(pool, 7);
    await assertRejects(() => parallel.fft2(one, stack, { out }), Error, "it has overwritten its input");
    assertStrictEquals(rounds(), 1);
  }
  const { pool: whole } = losing(pool, 0);
  const expected = fft2(stack);
  await parallel.fft2(whole, stack, { out: stack });
  assertSameBits(stack, expected);
});
