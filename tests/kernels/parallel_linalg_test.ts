/**
 * Linear algebra and transforms along any axes over a pool against those in this thread: the same bits.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import * as serial from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { heapStats, NDArray } from "@multicore/multicore/shared";
import { assertSameBits, filled, randomIntegers, randomSource } from "../_oracle.ts";

/** Arrays of several dtypes in shared memory, of the same shape. */
function sharedArrays(...shape: number[]): NDArray[] {
  return [
    filled(NDArray.shared(shape), randomSource(1)),
    filled(NDArray.shared(shape, "complex128"), randomSource(2)),
    filled(NDArray.shared(shape, "float32"), randomSource(3)),
    filled(NDArray.shared(shape, "int16"), randomIntegers(4, -99, 99)),
  ];
}

/** Fails unless a promised array is shared and has an array's bits; gives its memory back. */
async function check(actual: Promise<NDArray>, expected: NDArray, what: string): Promise<void> {
  using result = await actual;
  assert(result.isShared, what);
  assertSameBits(result, expected, `${what} of ${expected.dtype}`);
}

Deno.test("linear algebra over a pool gives the serial kernel's bits, from shared memory and from copies", async () => {
  await using pool = new Pool(2);
  const sides = filled(NDArray.zeros([7, 3]), randomSource(5));
  for (const array of sharedArrays(90, 7, 7)) {
    for (const a of [array, array.copy(), array.transpose(0, 2, 1)]) {
      await check(parallel.inv(pool, a), serial.inv(a), "inv");
      await check(parallel.solve(pool, a, sides), serial.solve(a, sides), "solve");
      await check(parallel.solve(pool, a.at(0), a), serial.solve(a.at(0), a), "solve by one matrix");
      const { sign, logabsdet } = await parallel.slogdet(pool, a), logs = serial.slogdet(a);
      await check(Promise.resolve(sign), logs.sign, "sign");
      await check(Promise.resolve(logabsdet), logs.logabsdet, "logabsdet");
      const wide = a.slice(null, [0, 5]);
      for (const pIndices of [false, true]) {
        const factors = await parallel.lu(pool, wide, { pIndices }), expected = serial.lu(wide, { pIndices });
        for (const name of ["p", "l", "u"] as const) {
          await check(Promise.resolve(factors[name]), expected[name], name);
        }
      }
    }
    array[Symbol.dispose]();
  }
});

Deno.test("transforms along any axes over a pool give the serial kernel's bits", async () => {
  await using pool = new Pool(2);
  for (const array of sharedArrays(3, 6, 5, 8)) {
    for (const a of [array, array.copy(), array.transpose(2, 0, 3, 1)]) {
      for (
        const options of [{}, { axes: [0, 2, 3] }, { axes: [1] }, { s: [7, 4, 9] }, {
          axes: [3, 0, 1],
          s: [4, 5, 3],
        }]
      ) {
        await check(parallel.fftn(pool, a, options), serial.fftn(a, options), "fftn");
        await check(parallel.ifftn(pool, a, options), serial.ifftn(a, options), "ifftn");
        await check(parallel.irfftn(pool, a, options), serial.irfftn(a, options), "irfftn");
        if (a.dtype === "complex128") continue;
        await check(parallel.rfftn(pool, a, options), serial.rfftn(a, options), "rfftn");
      }
      await check(parallel.fftn(pool, a, { axes: [] }), serial.fftn(a, { axes: [] }), "fftn along no axis");
    }
    array[Symbol.dispose]();
  }
  using cube = filled(NDArray.shared([3, 520, 510]), randomSource(6));
  await check(parallel.fftn(pool, cube), serial.fftn(cube), "fftn of large planes");
  await check(parallel.irfftn(pool, cube), serial.irfftn(cube), "irfftn of large planes");
});

Deno.test("out may be shared or not, and is returned", async () => {
  await using pool = new Pool(2);
  const stack = filled(NDArray.zeros([20, 3, 4]), randomSource(7)), square = stack.slice(null, null, [0, 3]);
  const board = NDArray.zeros([20, 3, 7]).fill(1234), out = board.slice(null, null, [0, 6, 2]);
  assertStrictEquals(await parallel.inv(pool, square, { out }) as unknown, out);
  assertSameBits(out, serial.inv(square));
  assertEquals((board.data as Float64Array).filter((x) => x === 1234).length, 20 * 3 * 4);
  using sign = NDArray.shared([20]);
  const logabsdet = NDArray.zeros([20]),
    logs = await parallel.slogdet(pool, square, { out: { sign, logabsdet } });
  assert(logs.sign === sign && logs.logabsdet === logabsdet);
  assertSameBits(sign, serial.slogdet(square).sign);
  assertSameBits(logabsdet, serial.slogdet(square).logabsdet);
  const z = filled(NDArray.zeros([6, 5, 4], "complex128"), randomSource(8)), expected = serial.fftn(z);
  assertStrictEquals(await parallel.fftn(pool, z, { out: z }) as unknown, z);
  assertSameBits(z, expected);
});

Deno.test("a singular matrix rejects with LinAlgError, which names the first of all", async () => {
  await using pool = new Pool(2);
  using stack = filled(NDArray.shared([4000, 2, 2]), randomSource(9));
  for (const i of [3999, 2001, 2000, 3000]) stack.slice(i, 1).fill(0);
  const inverting = await assertRejects(() => parallel.inv(pool, stack), serial.LinAlgError, "matrix [2000]");
  assertEquals(inverting.index, [2000]);
  const sides = [1, 2];
  await assertRejects(() => parallel.solve(pool, stack, sides), serial.LinAlgError, "matrix [2000]");
  await assertRejects(() => parallel.inv(pool, [[0]]), serial.LinAlgError, "the matrix: it is singular");
});

Deno.test("empty stacks, and wrong arguments", async () => {
  await using pool = new Pool(1);
  await check(parallel.inv(pool, NDArray.zeros([0, 3, 3])), NDArray.zeros([0, 3, 3]), "inv");
  await check(parallel.inv(pool, NDArray.zeros([2, 0, 0])), NDArray.zeros([2, 0, 0]), "inv");
  await assertRejects(() => parallel.inv(pool, [[1, 2]]), RangeError, "square");
  await assertRejects(() => parallel.solve(pool, [[1]], [1, 2]), RangeError, "rows");
  await assertRejects(() => parallel.slogdet(pool, [1]), RangeError, "axes");
  await assertRejects(() => parallel.lu(pool, [1]), RangeError, "axes");
  await assertRejects(() => parallel.fftn(pool, [[1]], { axes: [0, 0] }), RangeError, "twice");
});

Deno.test("what a call borrows of shared memory it gives back, after a singular matrix too", async () => {
  await using pool = new Pool(2);
  const a = filled(NDArray.zeros([40, 4, 4]), randomSource(10)),
    z = filled(
      NDArray.zeros([4, 5, 6], "complex128"),
      randomSource(11),
    );
  const arrays = () => heapStats().kinds.ndarray?.blocks ?? 0;
  const calls = async () => {
    (await parallel.inv(pool, a))[Symbol.dispose]();
    (await parallel.solve(pool, a, a))[Symbol.dispose]();
    (await parallel.irfftn(pool, z))[Symbol.dispose]();
    await assertRejects(() => parallel.inv(pool, NDArray.zeros([2, 2])), serial.LinAlgError);
  };
  await calls();
  const before = arrays();
  await calls();
  await calls();
  assert(arrays() <= before, `${arrays()} arrays, before ${before}`);
});
