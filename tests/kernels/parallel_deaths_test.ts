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
import type { PartRange } from "../../kernels/_tasks.ts";
import { assertSameBits, filled, randomSource } from "../_oracle.ts";

/** What a kernel sees of a pool in which, in some first rounds, a worker dies that has claimed units and run none. */
function losing(pool: Pool, units: number, times = 1) {
  let rounds = 0;
  const starmap = (fn: (...args: never[]) => number, items: [unknown, NDArray<"int32">][]) => {
    if (rounds++ < times) Atomics.add(items[0][1].data, 0, units);
    return pool.starmap(fn as (...args: unknown[]) => number, items);
  };
  return { pool: { size: pool.size, starmap } as unknown as Pool, rounds: () => rounds };
}

/** The same, of a call whose parts are dealt out: in one of its stages the worker dies over half of a range. */
function losingPart(pool: Pool, at: number) {
  let rounds = 0;
  const map = async (fn: (range: PartRange) => boolean, ranges: PartRange[]) => {
    if (rounds++ === at) {
      const { begun, from, to } = ranges[1], half = (from + to) >> 1;
      await pool.apply(fn, [{ ...ranges[1], to: half }]);
      assertStrictEquals(Atomics.load(begun.data, from), 1);
    }
    return await pool.map(fn, ranges);
  };
  return { pool: { size: pool.size, map } as unknown as Pool, rounds: () => rounds };
}

Deno.test("what a dead worker had claimed is run in another round", async () => {
  await using pool = new Pool(2);
  using stack = filled(NDArray.shared([40, 12, 12]), randomSource(1));
  const { pool: one, rounds } = losing(pool, 7);
  using result = await parallel.fft2(one, stack);
  assertSameBits(result, fft2(stack));
  assertStrictEquals(rounds(), 2);
});

Deno.test("what workers die over in every round is given up", async () => {
  await using pool = new Pool(2);
  using stack = filled(NDArray.shared([40, 12, 12]), randomSource(4));
  const { pool: one, rounds } = losing(pool, 7, Infinity);
  await assertRejects(() => parallel.fft2(one, stack), Error, "in each of 4 rounds");
  assertStrictEquals(rounds(), 4);
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

Deno.test("a large matrix over a part of which a worker died is begun anew, or fails in place", async () => {
  await using pool = new Pool(2);
  using image = filled(NDArray.shared([540, 520], "complex128"), randomSource(3));
  const expected = fft2(image);
  for (const at of [0, 1]) {
    const { pool: one, rounds } = losingPart(pool, at);
    using result = await parallel.fft2(one, image);
    assertSameBits(result, expected);
    assertStrictEquals(rounds(), at + 3);
    using copy = NDArray.shared(image.shape, "complex128").copyFrom(image);
    const { pool: other } = losingPart(pool, at);
    await assertRejects(() => parallel.fft2(other, copy, { out: copy }), Error, "overwritten its input");
  }
});
