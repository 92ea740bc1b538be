/**
 * What pools inherit of the kernels of the thread that makes them: the choice of code, and the code.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { autocorrelate2d, dets, fft2, kernelBackend, setKernelBackend } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { compiledModules } from "../../kernels/wasm/compiled.ts";
import { bequeathModule } from "../../shared/inheritance.ts";
import { assertSameBits, filled, randomSource } from "../_oracle.ts";
import { backendBelow, backendHere, choose, codeHere } from "./_inheritance_tasks.ts";

Deno.test("setKernelBackend() holds for this thread and the pools made after, and for no pool made before", async () => {
  await using before = new Pool(1);
  setKernelBackend("plain");
  await using after = new Pool(1);
  assertStrictEquals(await before.apply(backendHere), "wasm");
  assertStrictEquals(await after.apply(backendHere), "plain");
  assertStrictEquals(await after.apply(backendBelow), "plain");
  setKernelBackend("auto");
  assertStrictEquals(await after.apply(backendHere), "plain");
  assertStrictEquals(kernelBackend(), "wasm");
  // What a task chooses for its thread is that thread's, and no matter to this thread's calls.
  await before.apply(choose, ["plain"]);
  assertStrictEquals(await before.apply(backendHere), "plain");
});

Deno.test("a pool runs its own backend, to that backend's bits, whatever this thread runs", async () => {
  using stack = filled(NDArray.shared([12, 40, 36]), randomSource(1));
  using large = filled(NDArray.shared([530, 520]), randomSource(2));
  await using generated = new Pool(2);
  const byCode = [fft2(stack), autocorrelate2d(stack, { method: "fft" }), fft2(large)];
  const bigByCode = autocorrelate2d(large, { method: "fft" });
  setKernelBackend("plain");
  try {
    await using plain = new Pool(2);
    const byPlain = [fft2(stack), autocorrelate2d(stack, { method: "fft" }), fft2(large)];
    const bigByPlain = autocorrelate2d(large, { method: "fft" });
    for (const here of ["plain", "auto"] as const) {
      setKernelBackend(here);
      for (
        const [pool, expected, big] of [[generated, byCode, bigByCode], [plain, byPlain, bigByPlain]] as const
      ) {
        using first = await parallel.fft2(pool, stack);
        assertSameBits(first, expected[0]);
        using second = await parallel.autocorrelate2d(pool, stack, { method: "fft" });
        assertSameBits(second, expected[1]);
        using third = await parallel.fft2(pool, large);
        assertSameBits(third, expected[2]);
        using fourth = await parallel.autocorrelate2d(pool, large, { method: "fft" });
        assertSameBits(fourth, big);
      }
    }
  } finally {
    setKernelBackend("auto");
  }
});

Deno.test("workers inherit the code that was generated before their pool was made, and after", async () => {
  const matrices = filled(NDArray.zeros([500, 7, 7]), randomSource(3));
  dets(matrices);
  assert(compiledModules().has("determinants 7"));
  await using pool = new Pool(1);
  assert((await pool.apply(codeHere)).includes("determinants 7"));
  dets(filled(NDArray.zeros([500, 9, 9]), randomSource(4)));
  assertEquals((await pool.apply(codeHere)).includes("determinants 9"), false);
  // Any call of a kernel posts what has come since.
  (await parallel.dets(pool, matrices))[Symbol.dispose]();
  assert((await pool.apply(codeHere)).includes("determinants 9"));
});

Deno.test("workers load by themselves what they are bequeathed, and do without what cannot be loaded", async () => {
  bequeathModule(new URL("../_fixtures/no_such_module.ts", import.meta.url).href);
  bequeathModule(new URL("../_fixtures/bequeathed.ts", import.meta.url).href);
  await using pool = new Pool(1);
  const isLoaded = () => (globalThis as { bequeathed?: boolean }).bequeathed === true;
  const deadline = performance.now() + 60_000;
  while (!await pool.apply(isLoaded)) assert(performance.now() < deadline, "it was not loaded");
  assertStrictEquals(pool.stats().workers.length, 1);
});
