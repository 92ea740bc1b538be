/**
 * Deaths that are retried, initializers that fail, callbacks that throw, results that are pending at the end.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import {
  PoolBrokenError,
  PoolClosedError,
  type RawArray,
  SerializationError,
  WorkerDiedError,
} from "@multicore/multicore/shared";
import { Counters, eventually, settles, test } from "../pool/_tools.ts";
import { CODE, dieFirst, initialize, run, type Step, toil, WORDS } from "./_tasks.ts";

type Item = [number, number, RawArray<"int32">];
const square = (x: number) => x * x;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const failAt = (x: number) => {
  if (x % 3 === 2) throw new RangeError(`item ${x}`);
  return x;
};

for (const chunksize of [1, 4]) {
  test(`Pool({ onWorkerDeath: "retry" }) runs again what died, at most retries times, chunksize ${chunksize}`, async () => {
    using counts = new Counters(8);
    await using pool = new Pool(2, { onWorkerDeath: "retry", retries: 2 });
    const items = range(8).map((i): Item => [i, i === 1 ? 1 : i === 5 ? 2 : i === 6 ? 3 : 0, counts.array]);
    const outcomes = await settles(pool.starmap(dieFirst, items, { chunksize, settle: true }));
    assertEquals(counts.list(), [1, 2, 1, 1, 1, 3, 3, 1]);
    const [failed, ...more] = outcomes.filter((outcome) => outcome.status === "rejected");
    assertEquals(more, []);
    assertEquals(outcomes.indexOf(failed), 6);
    assertInstanceOf(failed.reason, WorkerDiedError);
    assertEquals(failed.reason.exitCode, CODE);
  });

  test(`Pool.map() under deaths fails the dead items alone, chunksize ${chunksize}`, async () => {
    using counts = new Counters(9);
    await using pool = new Pool(2);
    const items = range(9).map((i): Item => [i, i % 4 === 1 ? 1 : 0, counts.array]);
    const outcomes = await settles(pool.starmap(dieFirst, items, { chunksize, settle: true }));
    assertEquals(outcomes.map(({ status }) => status === "fulfilled"), range(9).map((i) => i % 4 !== 1));
    assertEquals(counts.list(), Array(9).fill(1));
    const error = await settles(
      pool.starmap(dieFirst, [[4, 0, counts.array], [0, 9, counts.array]] as Item[]),
    )
      .catch((error) => error);
    assertInstanceOf(error, WorkerDiedError);
    assertEquals(pool.size, 2);
  });
}

test('Pool({ onWorkerDeath: "retry", retries: 0 }) runs nothing again', async () => {
  using counts = new Counters(1);
  await using pool = new Pool(1, { onWorkerDeath: "retry", retries: 0 });
  await assertRejects(() => settles(pool.apply(dieFirst, [0, 1, counts.array])), WorkerDiedError);
  assertEquals(counts.at(0), 1);
});

test("Pool({ maxTasksPerChild: 1 }) loses nothing when items die as well", async () => {
  using counts = new Counters(8);
  await using pool = new Pool(2, { maxTasksPerChild: 1, onWorkerDeath: "retry" });
  const items = range(8).map((i): Item => [i, i === 3 ? 1 : 0, counts.array]);
  assertEquals(await settles(pool.starmap(dieFirst, items, { chunksize: 4 })), range(8));
  assertEquals(counts.list(), [1, 1, 1, 2, 1, 1, 1, 1]);
  assertEquals(pool.stats().lost, 1);
});

for (const act of ["throw", "reject", "exit"] as const) {
  test(`Pool breaks once when its initializer ${act}s, and does not respawn`, async () => {
    using counts = new Counters(1);
    const pool = new Pool(2, { initializer: initialize, initargs: [act, counts.array] });
    const pending = [pool.applyAsync(square, [1]), pool.mapAsync(square, range(9))];
    const results = pool.imap(square, range(9));
    for (const call of [...pending, results.next()]) {
      const error = await settles(Promise.resolve(call as PromiseLike<unknown>)).catch((error) => error);
      assertInstanceOf(error, PoolBrokenError);
      assertEquals(error.name, "PoolBrokenError");
      const { cause } = error;
      if (act === "throw") assertInstanceOf(cause, TypeError);
      else if (act === "reject") assertInstanceOf(cause, RangeError);
      else assertInstanceOf(cause, WorkerDiedError);
      if (act === "exit") assertEquals((cause as WorkerDiedError).exitCode, CODE);
      else assertEquals((cause as Error).message, "expected in this test: initializer");
    }
    assertThrows(() => pool.applyAsync(square, [1]), PoolBrokenError);
    await assertRejects(() => settles(pool.map(square, [1])), PoolBrokenError);
    pool.terminate();
    await settles(pool.join(), "join()");
    assert(counts.at(0) <= 2, `${counts.at(0)} initializers were run`);
    await pool[Symbol.asyncDispose]();
  });
}

for (const what of ["initializer", "argument"] as const) {
  test(`Pool breaks when its initializer's ${what === "argument" ? what : "function"} cannot travel`, async () => {
    const options = what === "argument"
      ? { initializer: square, initargs: [Symbol("no")] }
      : { initializer: square.bind(null) };
    const pool = new Pool(1, options);
    const error = await settles(pool.apply(square, [1])).catch((error) => error);
    assertInstanceOf(error, PoolBrokenError);
    assertInstanceOf(error.cause, SerializationError);
    await pool[Symbol.asyncDispose]();
  });
}

for (const act of ["hang", "spin"] as const) {
  test(`Pool.terminate() ends a pool whose initializer ${act}s`, async () => {
    using counts = new Counters(1);
    const pool = new Pool(2, { initializer: initialize, initargs: [act, counts.array] });
    const result = pool.applyAsync(square, [1]);
    await counts.reaches(0, 1);
    pool.terminate();
    await assertRejects(() => settles(result.get()), PoolClosedError);
    await settles(pool.join(), "join()");
  });
}

test("Pool rejects a call whose callback throws, and nothing else", async () => {
  await using pool = new Pool(2);
  const thrown = new Error("the callback");
  const callback = () => {
    throw thrown;
  };
  const one = pool.applyAsync(square, [2], { callback });
  const other = pool.applyAsync(square, [3]);
  const map = pool.mapAsync(square, range(4), { callback });
  const failing = pool.applyAsync(failAt, [2], { errorCallback: callback });
  const empty = pool.mapAsync(square, [], { callback });
  for (const result of [one, map, failing, empty]) {
    assertEquals(await settles(result.get() as Promise<unknown>).catch((error) => error), thrown);
    assertEquals([result.ready(), result.successful()], [true, false]);
  }
  assertEquals(await other, 9);
  const onProgress = callback;
  assertEquals(await settles(pool.map(square, range(4), { onProgress })).catch((error) => error), thrown);
  assertEquals(await settles(pool.map(square, range(4))), [0, 1, 4, 9]);
});

test("Pool.terminate() and close() may be called in a callback, and in an error callback", async () => {
  for (const verb of ["terminate", "close"] as const) {
    for (const x of [1, 2]) {
      using flags = new Counters(WORDS);
      const pool = new Pool(2);
      const hold: Step = { index: 0, act: "hold", moment: "running", counts: flags.array };
      const held = pool.applyAsync(run, [hold]);
      const end = () => pool[verb]();
      const result = pool.applyAsync(failAt, [x], { callback: end, errorCallback: end });
      assertEquals(await settles(result.wait()), true);
      assertEquals(result.successful(), x === 1);
      if (verb === "close") flags.set(42);
      await settles(pool.join(), "join()");
      assertEquals(held.successful(), verb === "close");
    }
  }
});

test("Pool's pending get() and wait() end with the pool", async () => {
  for (const end of ["terminate", "dispose"] as const) {
    using flags = new Counters(WORDS);
    const pool = new Pool(1);
    const hold: Step = { index: 0, act: "hold", moment: "running", counts: flags.array };
    const results = [
      pool.applyAsync(run, [hold]),
      pool.applyAsync(square, [1]),
      pool.mapAsync(square, range(50)),
    ];
    const gets = results.map((result) => (result.get() as Promise<unknown>).catch((error) => error));
    const waits = results.map((result) => result.wait());
    await flags.reaches(0);
    if (end === "terminate") pool.terminate();
    else await settles(pool[Symbol.asyncDispose](), "dispose");
    for (const error of await settles(Promise.all(gets))) assertInstanceOf(error, PoolClosedError);
    assertEquals(await settles(Promise.all(waits)), [true, true, true]);
    assert(results.every((result) => result.ready() && !result.successful() && !result.cancel()));
    await settles(pool.join(), "join()");
  }
});

test("Pool.map() runs every other item when some throw, and rejects with the lowest", async () => {
  await using pool = new Pool(2);
  for (const chunksize of [1, 2, 5, 12]) {
    using counts = new Counters(13);
    const items = range(12).map((i): [number, number, RawArray<"int32">, "well" | "throw"] => [
      i,
      i === 4 ? 40 : 1,
      counts.array,
      i === 4 || i === 9 ? "throw" : "well",
    ]);
    const error = await settles(pool.starmap(toil, items, { chunksize })).catch((error) => error);
    assertEquals(error.message, "item 4");
    assertEquals(counts.list().slice(0, 12), Array(12).fill(1));
  }
});

test("Pool.map({ settle: true }) tells how each item ended", async () => {
  await using pool = new Pool(2);
  const outcomes = await settles(pool.map(failAt, range(6), { settle: true, chunksize: 2 }));
  assertEquals(outcomes.map(({ status }) => status === "fulfilled"), [true, true, false, true, true, false]);
  assertEquals(outcomes.map((o) => o.status === "fulfilled" ? o.value : o.reason.message), [
    ...[0, 1, "item 2", 3, 4, "item 5"],
  ]);
});

test("Pool.map({ failFast: true }) rejects at once and hands out nothing more", async () => {
  using flags = new Counters(WORDS);
  await using pool = new Pool(2);
  const step = (index: number, act: Step["act"]): Step => ({
    index,
    act,
    moment: "running",
    counts: flags.array,
  });
  // One worker holds, the other fails in item 1: the map rejects though item 0 is still running.
  const outcome = pool.map(
    failOrHold,
    range(30).map((i) => step(i, i === 0 ? "hold" : "ok")),
    { chunksize: 1, failFast: true },
  );
  const error = await settles(outcome).catch((error) => error);
  assertEquals(error.message, "item 1");
  const ran = flags.list().slice(0, 30).reduce((a, b) => a + b, 0);
  assert(ran <= 3, `${ran} items were run`);
  flags.set(42);
  assertEquals(await settles(pool.map(square, [1, 2, 3])), [1, 4, 9]);
  await eventually(() => pool.stats().pending === 0, "nothing is pending");
  assertEquals(flags.list().slice(0, 30).reduce((a, b) => a + b, 0), ran);
});

/** Fails in item 1 once item 0 has begun. */
const failOrHold = async ({ index, counts: { view } }: Step) => {
  Atomics.add(view, index, 1);
  if (index === 0) { while (Atomics.load(view, 42) === 0) Atomics.wait(view, 42, 0, 100); }
  if (index !== 1) return index;
  while (Atomics.load(view, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  throw new Error("item 1");
};
