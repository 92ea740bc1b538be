/**
 * Types: what calls infer, and what does not compile.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { assertType, type IsExact } from "@std/testing/types";
import { type AsyncResult, Pool, Process, type Progress, task } from "@multicore/multicore/pool";

/** A task keeps its type. */
export const label = task(import.meta, "label", (name: string, n: number) => `${name}${n}`);

/** Never called: the compiler's view of calls is all that is tested. */
async function calls(pool: Pool): Promise<void> {
  const square = (x: number) => x * x;
  const later = async (x: string) => await Promise.resolve(x.length);
  const pair = (a: number, b: string) => [a, b] as const;

  const one = await pool.apply(square, [2]);
  assertType<IsExact<typeof one, number>>(true);
  const awaited = await pool.apply(later, ["a"]);
  assertType<IsExact<typeof awaited, number>>(true);
  const result = pool.applyAsync(later, ["a"]);
  assertType<IsExact<typeof result, AsyncResult<number>>>(true);
  const labelled = await pool.apply(label, ["a", 1]);
  assertType<IsExact<typeof labelled, string>>(true);

  const list = await pool.map(square, [1, 2]);
  assertType<IsExact<typeof list, number[]>>(true);
  const inferred = await pool.map((x) => x.toFixed(1), [1, 2]);
  assertType<IsExact<typeof inferred, string[]>>(true);
  const mapped = pool.mapAsync(later, new Set(["a"]));
  assertType<IsExact<typeof mapped, AsyncResult<number[]>>>(true);
  const settled = await pool.map(square, [1], { settle: true });
  assertType<IsExact<typeof settled, PromiseSettledResult<number>[]>>(true);

  const spread = await pool.starmap(pair, [[1, "a"], [2, "b"]]);
  assertType<IsExact<typeof spread, (readonly [number, string])[]>>(true);

  for await (const item of pool.imap(later, "abc")) assertType<IsExact<typeof item, number>>(true);
  const stream: AsyncIterable<number> = pool.imapUnordered(square, ReadableStream.from([1]));
  for await (const item of stream) assertType<IsExact<typeof item, number>>(true);

  pool.map(square, [1], { onProgress: (progress) => assertType<IsExact<typeof progress, Progress>>(true) });
  pool.applyAsync(square, [1], { callback: (value) => assertType<IsExact<typeof value, number>>(true) });
  pool.mapAsync(later, ["a"], { callback: (value) => assertType<IsExact<typeof value, number[]>>(true) });
}

/** Never called: none of this compiles. */
async function refused(pool: Pool): Promise<void> {
  const square = (x: number) => x * x;
  // @ts-expect-error an argument of another type
  await pool.apply(square, ["2"]);
  // @ts-expect-error an argument too many
  await pool.apply(square, [1, 2]);
  // @ts-expect-error items of another type
  await pool.map(square, ["a"]);
  // @ts-expect-error no iterable
  await pool.map(square, 5);
  // @ts-expect-error tuples of another type
  await pool.starmap(label, [[1, "a"]]);
  // @ts-expect-error an asynchronous input is for imap()
  await pool.map(square, ReadableStream.from([1]));
  // @ts-expect-error no function
  await pool.apply(5);
  // @ts-expect-error no such option
  await pool.map(square, [1], { chunkSize: 2 });
  // @ts-expect-error an option of another type
  await pool.apply(square, [1], { timeout: "5" });
  // @ts-expect-error there is no such value
  new Pool(2, { onWorkerDeath: "ignore" });
  // @ts-expect-error a process needs a target
  new Process({ args: [] });
  // @ts-expect-error results are what the function gives
  const text: string = await pool.apply(square, [1]);
  return void text;
}

Deno.test("Pool and Process infer arguments and results", () => {
  assertEquals([typeof calls, typeof refused], ["function", "function"]);
});
