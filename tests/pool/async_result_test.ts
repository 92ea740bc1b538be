/**
 * `AsyncResult`: waiting, asking, cancelling, and when its callbacks are called.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { type AsyncResult, Pool } from "@multicore/multicore/pool";
import { PoolStateError, TimeoutError } from "@multicore/multicore/shared";
import { count, hold, spin } from "./_tasks.ts";
import { Counters, settles, test } from "./_tools.ts";

const square = (x: number) => x * x;
const fail = () => {
  throw new RangeError("no");
};

test("AsyncResult gives the same value, or the same error object, each time", async () => {
  await using pool = new Pool(1);
  const result = pool.applyAsync(() => ({ a: 1 }));
  const value = await result;
  assertEquals(value, { a: 1 });
  assert(
    await result === value && await result.get() === value && await result.get({ timeout: 0 }) === value,
  );
  assertEquals([result.ready(), result.successful(), await result.wait()], [true, true, true]);
  const failed = pool.applyAsync(fail);
  const error = await failed.get().catch((error) => error);
  assertInstanceOf(error, RangeError);
  for (const again of [failed.get(), failed.get({ timeout: 0 }), failed.then()]) {
    assert(await again.catch((error) => error) === error);
  }
  assertEquals([failed.ready(), failed.successful(), await failed.wait()], [true, false, true]);
  assertEquals(await failed.then(() => "value", () => "error"), "error");
});

test("AsyncResult.get() and wait() give up at their timeout, and leave the task alone", async () => {
  using flags = new Counters(2);
  await using pool = new Pool(1);
  const result = pool.applyAsync(hold, [flags.array]);
  await flags.reaches(0);
  for (const timeout of [0, 20]) {
    assertEquals(await result.wait({ timeout }), false);
    const error = await result.get({ timeout }).catch((error) => error);
    assertInstanceOf(error, TimeoutError);
    assertEquals(error.timeout, timeout);
  }
  assertEquals(result.ready(), false);
  const state = assertThrows(() => result.successful(), PoolStateError);
  assertEquals(state.name, "PoolStateError");
  for (const timeout of [-1, NaN]) {
    await assertRejects(() => result.get({ timeout }), RangeError);
    await assertRejects(() => result.wait({ timeout }), RangeError);
  }
  await assertRejects(() => result.wait({ timeout: "1" as never }), TypeError);
  const reason = new Error("enough");
  assertEquals(await result.wait({ signal: AbortSignal.abort(reason) }).catch((error) => error), reason);
  const controller = new AbortController();
  const waiting = result.get({ signal: controller.signal });
  controller.abort(reason);
  assertEquals(await waiting.catch((error) => error), reason);
  flags.set(1);
  assertEquals(await result.get({ timeout: 10_000 }), undefined);
  assertEquals([result.successful(), pool.stats().lost], [true, 0]);
});

test("AsyncResult.cancel() drops what is queued", async () => {
  using flags = new Counters(4);
  await using pool = new Pool(1);
  const held = pool.applyAsync(hold, [flags.array]);
  await flags.reaches(0);
  const [{ id }] = pool.stats().workers;
  const errors: unknown[] = [];
  const queued = pool.applyAsync(count, [flags.array, 2], { errorCallback: (error) => errors.push(error) });
  const map = pool.starmapAsync(count, [[flags.array, 2], [flags.array, 3]]);
  assertEquals([queued.cancel(), map.cancel()], [true, true]);
  assertEquals([queued.cancel(), map.cancel()], [false, false]);
  assertEquals([queued.ready(), queued.successful(), map.successful()], [true, false, false]);
  const error = await queued.get().catch((error) => error);
  assertInstanceOf(error, DOMException);
  assertEquals([error.name, errors], ["AbortError", [error]]);
  flags.set(1);
  await held;
  assertEquals(held.cancel(), false);
  assertEquals(await pool.apply(square, [3]), 9);
  assertEquals(flags.list().slice(2), [0, 0]);
  assertEquals(pool.stats().workers[0].id, id);
});

test("AsyncResult.cancel() stops what runs, and costs its worker", async () => {
  using flags = new Counters(2);
  await using pool = new Pool(1);
  const result = pool.applyAsync(spin, [flags.array]);
  const behind = pool.applyAsync(square, [5]);
  await flags.reaches(0);
  const [{ id }] = pool.stats().workers;
  assertEquals(result.cancel(), true);
  const error = await settles(result.get()).catch((error) => error);
  assertEquals([error.name, result.ready(), result.successful()], ["AbortError", true, false]);
  assertEquals(await settles(behind), 25);
  assert(pool.stats().workers[0].id !== id);
});

test("AsyncResult calls one of its callbacks, before it is ready", async () => {
  await using pool = new Pool(1);
  const heard: unknown[] = [];
  const result = pool.applyAsync(square, [3], {
    callback: (value: number) => heard.push(value, result.ready()),
    errorCallback: () => heard.push("error"),
  });
  await result;
  assertEquals(heard.splice(0), [9, false]);
  const failed: AsyncResult<void> = pool.applyAsync(fail as () => void, [], {
    callback: () => heard.push("value"),
    errorCallback: (error) => heard.push((error as Error).message, failed.ready()),
  });
  await failed.wait();
  assertEquals(heard.splice(0), ["no", false]);
  const map = pool.mapAsync(square, [1, 2, 3], {
    chunksize: 1,
    callback: (values: number[]) => heard.push(values, map.ready()),
  });
  await map;
  assertEquals(heard.splice(0), [[1, 4, 9], false]);
  const failedMap = pool.mapAsync(fail as (x: number) => never, [1, 2, 3], {
    chunksize: 1,
    errorCallback: (error) => heard.push((error as Error).name),
  });
  await failedMap.wait();
  assertEquals(heard.splice(0), ["RangeError"]);
});

test("AsyncResult that fails and is never looked at raises nothing", async () => {
  await using pool = new Pool(1);
  pool.applyAsync(fail);
  pool.mapAsync(fail as (x: number) => never, [1, 2]);
  pool.applyAsync((x: unknown) => x, [Symbol("no")]);
  assertEquals(await pool.apply(square, [2]), 4);
});
