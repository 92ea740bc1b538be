/**
 * The kernels over a pool against those in this thread: the same bits.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import * as serial from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { heapStats, NDArray } from "@multicore/multicore/shared";
import { assertSameBits, filled, randomIntegers, randomSource } from "../_oracle.ts";

/** Random numbers in shared memory. */
function shared(seed: number, ...shape: number[]): NDArray<"float64"> {
  return filled(NDArray.shared(shape), randomSource(seed));
}

Deno.test("every kernel over a pool gives the serial kernel's bits, from shared memory and from copies", async () => {
  await using pool = new Pool(2);
  using stack = shared(1, 30, 12, 12);
  using complexStack = filled(NDArray.shared([5, 12, 12], "complex128"), randomSource(2));
  using whole = filled(NDArray.shared([5, 12, 12], "int16"), randomIntegers(3, -99, 99));
  using single = filled(NDArray.shared([5, 12, 12], "float32"), randomSource(4));
  const kernel = shared(5, 5, 4);
  for (const array of [stack, complexStack, whole, single] as NDArray[]) {
    const isReal = array.dtype !== "complex128";
    for (const a of [array, array.copy(), array.transpose(0, 2, 1)]) {
      const check = async (actual: Promise<NDArray>, expected: NDArray, what: string) => {
        using result = await actual;
        assert(result.isShared, what);
        assertSameBits(result, expected, `${what} of ${array.dtype}`);
      };
      await check(parallel.dets(pool, a), serial.dets(a), "dets");
      await check(parallel.correlate2d(pool, a, kernel), serial.correlate2d(a, kernel), "correlate2d");
      await check(parallel.convolve2d(pool, a, kernel), serial.convolve2d(a, kernel), "convolve2d");
      await check(parallel.autocorrelate2d(pool, a), serial.autocorrelate2d(a), "autocorrelate2d");
      const wrap = { boundary: "wrap", mode: "same", method: "fft" } as const;
      await check(parallel.autocorrelate2d(pool, a, wrap), serial.autocorrelate2d(a, wrap), "wrapped");
      await check(parallel.fft(pool, a, { axis: 1 }), serial.fft(a, { axis: 1 }), "fft");
      await check(parallel.ifft(pool, a), serial.ifft(a), "ifft");
      await check(parallel.irfft(pool, a, { n: 9 }), serial.irfft(a, { n: 9 }), "irfft");
      await check(parallel.fft2(pool, a), serial.fft2(a), "fft2");
      await check(parallel.ifft2(pool, a, { norm: "ortho" }), serial.ifft2(a, { norm: "ortho" }), "ifft2");
      await check(parallel.irfft2(pool, a), serial.irfft2(a), "irfft2");
      if (!isReal) continue;
      await check(parallel.rfft(pool, a), serial.rfft(a), "rfft");
      await check(parallel.rfft2(pool, a), serial.rfft2(a), "rfft2");
    }
  }
  kernel[Symbol.dispose]();
  assertStrictEquals(await parallel.det(pool, stack.at(3)), serial.det(stack.at(3)));
  assertEquals(await parallel.det(pool, complexStack.at(3)), serial.det(complexStack.at(3)));
});

Deno.test("a few large matrices are split among the workers, with the serial kernel's bits", async () => {
  await using pool = new Pool(2);
  using a = shared(6, 520, 530);
  using z = filled(NDArray.shared([2, 520, 510], "complex128"), randomSource(7));
  using b = shared(8, 150, 170);
  using small = shared(9, 3, 3);
  const check = async (actual: Promise<NDArray>, expected: NDArray, what: string) => {
    using result = await actual;
    assertSameBits(result, expected, what);
  };
  await check(parallel.fft2(pool, a), serial.fft2(a), "fft2");
  await check(parallel.fft2(pool, z), serial.fft2(z), "complex fft2");
  await check(parallel.rfft2(pool, a), serial.rfft2(a), "rfft2");
  await check(parallel.irfft2(pool, z), serial.irfft2(z), "irfft2");
  await check(parallel.autocorrelate2d(pool, a), serial.autocorrelate2d(a), "autocorrelate2d");
  await check(parallel.correlate2d(pool, a, b), serial.correlate2d(a, b), "correlate2d by transforms");
  await check(parallel.correlate2d(pool, a, small), serial.correlate2d(a, small), "correlate2d by sums");
  for (const boundary of ["wrap", "symm"] as const) {
    await check(
      parallel.correlate2d(pool, a, b, { boundary }),
      serial.correlate2d(a, b, { boundary }),
      boundary,
    );
  }
  await check(parallel.correlate2d(pool, z.at(0), b), serial.correlate2d(z.at(0), b), "complex correlate2d");
});

Deno.test("out may be shared or not, and is returned", async () => {
  await using pool = new Pool(2);
  using stack = shared(10, 20, 8, 8);
  const expected = serial.fft2(stack);
  using sharedOut = NDArray.shared([20, 8, 8], "complex128");
  assertStrictEquals(await parallel.fft2(pool, stack, { out: sharedOut }) as unknown, sharedOut);
  assertSameBits(sharedOut, expected);
  const board = NDArray.zeros([20, 8, 20], "complex128").fill([9, 9]),
    out = board.slice(null, null, [2, 18, 2]);
  assertStrictEquals(await parallel.fft2(pool, stack, { out }) as unknown, out);
  assertSameBits(out, expected);
  assertEquals((board.data as Float64Array).filter((part) => part === 9).length, 2 * (board.size - out.size));
  // In place.
  using z = filled(NDArray.shared([20, 8, 8], "complex128"), randomSource(11));
  const transformed = serial.fft2(z);
  assertStrictEquals(await parallel.fft2(pool, z, { out: z }) as unknown, z);
  assertSameBits(z, transformed);
});

Deno.test("empty stacks and nested arrays are no exception", async () => {
  await using pool = new Pool(2);
  using none = await parallel.dets(pool, NDArray.zeros([0, 3, 3]));
  assertEquals(none.shape, [0]);
  using one = await parallel.dets(pool, NDArray.zeros([2, 0, 0]));
  assertEquals(one.toArray(), [1, 1]);
  assertStrictEquals(await parallel.det(pool, [[2, 1], [0, 3]]), 6);
  using bins = await parallel.fft(pool, NDArray.zeros([0, 4]));
  assertEquals(bins.shape, [0, 4]);
});

Deno.test("wrong arguments reject as they throw in the serial kernels", async () => {
  await using pool = new Pool(1);
  await assertRejects(() => parallel.det(pool, [[1, 2]]), RangeError, "square");
  await assertRejects(() => parallel.fft(pool, [1, 2], { norm: "none" as "ortho" }), TypeError, "none");
  await assertRejects(
    () => parallel.fft2(pool, [[1, 2]], { out: NDArray.zeros([1, 2]) }),
    RangeError,
    "complex128",
  );
  await assertRejects(
    () => parallel.correlate2d(pool, [[1]], [[1]], { mode: "most" as "full" }),
    TypeError,
    "mode",
  );
});

Deno.test("what a call borrows of shared memory it gives back", async () => {
  await using pool = new Pool(2);
  const a = filled(NDArray.zeros([300, 200]), randomSource(12));
  const arrays = () => heapStats().kinds.ndarray?.blocks ?? 0;
  (await parallel.correlate2d(pool, a, a))[Symbol.dispose]();
  const before = arrays();
  for (let i = 0; i < 3; i++) {
    (await parallel.correlate2d(pool, a, a.copy(), { method: "fft" }))[Symbol.dispose]();
  }
  assert(arrays() <= before, `${arrays()} arrays, before ${before}`);
});
