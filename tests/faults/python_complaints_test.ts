/**
 * What users of Python's `multiprocessing` suffer from, by the numbers of the list in the project's notes: none of it
 * happens here.
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
  TimeoutError,
  WorkerDiedError,
} from "@multicore/multicore/shared";
import { chunked, count, leave, poolInside, spin } from "../pool/_tasks.ts";
import { Counters, eventually, runProgram, settles, test } from "../pool/_tools.ts";
import { initialize, toil } from "./_tasks.ts";

const square = (x: number) => x * x;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const failure = (call: PromiseLike<unknown>) => settles(call).then(() => undefined, (error) => error);

test("python complaint 1: a pool does not hang when a worker dies", async () => {
  await using pool = new Pool(2);
  const calls = [leave, leave].map((fn) => pool.apply(fn, [137]));
  const behind = pool.map(square, range(20));
  for (const call of calls) {
    const error = await failure(call);
    assertInstanceOf(error, WorkerDiedError);
    assertEquals(error.exitCode, 137);
  }
  assertEquals(await settles(behind), range(20).map(square));
});

test("python complaint 2: exit() in a task does not hang", async () => {
  await using pool = new Pool(1);
  const outcomes = await settles(
    pool.map((x: number) => x === 1 ? Deno.exit(0) : x, range(4), { settle: true }),
  );
  assertEquals(outcomes.map(({ status }) => status === "fulfilled"), [true, false, true, true]);
  assertInstanceOf((outcomes[1] as PromiseRejectedResult).reason, WorkerDiedError);
});

test("python complaint 3: an error whose constructor wants other arguments arrives", async () => {
  await using pool = new Pool(1);
  const hostile = () => {
    class Hostile extends Error {
      override name = "Hostile";
      constructor(readonly path: { file: string }, readonly line: number) {
        super(`${path.file}:${line}`);
      }
    }
    throw new Hostile({ file: "a.ts" }, 3);
  };
  const error = await failure(pool.apply(hostile));
  assertInstanceOf(error, Error);
  const { name, message, path, line } = error as Error & { path: unknown; line: unknown };
  assertEquals([name, message, path, line], ["Hostile", "a.ts:3", { file: "a.ts" }, 3]);
  assertEquals(await pool.apply(square, [3]), 9);
});

test("python complaint 4: a callback that throws does not kill the pool", async () => {
  await using pool = new Pool(1);
  const thrown = new Error("the callback");
  const result = pool.applyAsync(square, [1], {
    callback: () => {
      throw thrown;
    },
  });
  assertEquals(await failure(result), thrown);
  assertEquals(await settles(pool.map(square, range(5))), [0, 1, 4, 9, 16]);
});

test("python complaint 5: get() after terminate(), or after the pool's scope, does not hang", async () => {
  const pool = new Pool(1);
  const result = pool.applyAsync(() => new Promise(() => {}));
  pool.terminate();
  await assertRejects(() => settles(result.get()), PoolClosedError);
  let left;
  {
    await using scoped = new Pool(1);
    left = scoped.mapAsync(() => new Promise(() => {}), range(10));
  }
  await assertRejects(() => settles(left.get()), PoolClosedError);
  await pool.join();
});

test("python complaint 6: terminate() does not deadlock, full queues, error callbacks and all", async () => {
  for (let round = 0; round < 5; round++) {
    const pool = new Pool(2);
    const results = range(200).map((i) => pool.applyAsync(square, [i]));
    pool.mapAsync(square, range(1000), { chunksize: 1 });
    await eventually(() => results[5 * round].ready(), "some are done");
    pool.applyAsync(() => Promise.reject(new Error("no")), [], { errorCallback: () => pool.terminate() });
    pool.terminate();
    await settles(pool.join(), "join()");
    assert(results.every((result) => result.ready()));
  }
});

test("python complaint 7: a failing initializer does not respawn for ever", async () => {
  using counts = new Counters(1);
  await using pool = new Pool(2, { initializer: initialize, initargs: ["throw", counts.array] });
  const error = await failure(pool.map(square, range(4)));
  assertInstanceOf(error, PoolBrokenError);
  assertInstanceOf(error.cause, TypeError);
  await settles((pool.terminate(), pool.join()));
  assert(counts.at(0) <= 2, `${counts.at(0)} initializers were run`);
});

test("python complaint 8: leaving a pool's scope says to whoever waits that it is over", async () => {
  using counts = new Counters(10);
  let dropped;
  {
    await using pool = new Pool(1);
    dropped = pool.applyAsync(() => new Promise(() => {}));
  }
  assertInstanceOf(await failure(dropped), PoolClosedError);
  const pool = new Pool(1);
  const items = range(10).map((i): [RawArray<"int32">, number] => [counts.array, i]);
  const kept = pool.starmapAsync(count, items);
  pool.close();
  await settles(pool.join());
  assertEquals([kept.ready(), counts.list()], [true, Array(10).fill(1)]);
});

test("python complaint 9: imap() does not eat its whole input, and close() with join() returns", async () => {
  const pool = new Pool(2);
  let pulled = 0;
  const endless = function* () {
    for (;;) yield pulled++;
  };
  const results = pool.imap(square, endless(), { buffersize: 3 });
  for (let i = 0; i < 10; i++) {
    assertEquals((await settles(results.next())).value, i * i);
    assert(pulled <= i + 2 + 3, `${pulled} pulled`);
  }
  pool.close();
  await settles(pool.join(), "join()");
});

test("python complaint 10: lambdas and local functions travel", async () => {
  await using pool = new Pool(1);
  function local(x: number): number {
    return x < 2 ? 1 : x * local(x - 1);
  }
  assertEquals(await pool.map((x: number) => x + 1, [1, 2]), [2, 3]);
  assertEquals(await pool.apply(local, [5]), 120);
  assertEquals(await pool.apply((f: (x: number) => number, x: number) => f(f(x)), [square, 3]), 81);
});

test("python complaint 11: a program needs no guard around its main part", async () => {
  const path = new URL("./_unguarded.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await runProgram(path);
  assertEquals([code, stdout.trim(), stderr], [0, "[ 1, 4, 9 ] 0", ""]);
});

test("python complaint 18: a running task has a timeout, and can be cancelled", async () => {
  using flags = new Counters(1);
  await using pool = new Pool(1);
  assertInstanceOf(await failure(pool.apply(spin, [flags.array], { timeout: 200 })), TimeoutError);
  const result = pool.applyAsync(spin, [flags.array]);
  await flags.reaches(0, 2);
  assertEquals([result.cancel(), result.cancel()], [true, false]);
  assertEquals((await failure(result) as Error).name, "AbortError");
  assertEquals(await settles(pool.apply(square, [4])), 16);
});

test("python complaint 19: one dead worker does not break the pool for good", async () => {
  await using pool = new Pool(2, { maxTasksPerChild: 3 });
  for (let round = 0; round < 4; round++) {
    assertInstanceOf(await failure(pool.apply(leave, [1])), WorkerDiedError);
    assertEquals(await settles(pool.map(square, range(8))), range(8).map(square));
  }
  assertEquals([pool.size, pool.stats().lost], [2, 4]);
});

test("python complaint 21: a task may have a pool of its own", async () => {
  await using pool = new Pool(2);
  assertEquals(await settles(pool.map(poolInside, [3, 4]), "nested pools", 30_000), [5, 14]);
});

test("python complaint 22: Ctrl-C ends a busy program at once, without a screenful of traces", async () => {
  const path = new URL("./_programs.ts", import.meta.url).pathname;
  const ended = await runProgram(path, ["interrupted"], { signal: { kind: "SIGINT", after: "busy" } });
  assertEquals([ended.code, ended.stderr], [130, ""]);
  assert(ended.milliseconds < 15_000);
});

test("python complaint 24: a bad chunksize is refused, and maxTasksPerChild counts items", async () => {
  using flags = new Counters(1);
  await using pool = new Pool(1, { maxTasksPerChild: 2 });
  for (const chunksize of [0, -1, 1.5]) {
    assertThrows(() => pool.mapAsync(square, [1, 2], { chunksize }), RangeError);
    await assertRejects(() => pool.map(square, [], { chunksize }), RangeError);
  }
  const items = range(6).map((i): [number, number, RawArray<"int32">] => [i + 1, 0, flags.array]);
  const idents = await settles(pool.starmap(chunked, items, { chunksize: 3 }));
  assertEquals(range(3).map((i) => idents[2 * i] === idents[2 * i + 1]), [true, true, true]);
  assertEquals(new Set(idents).size, 3);
});

test("python complaint 25: more workers than processors work", async () => {
  await using pool = new Pool(12);
  assertEquals(await settles(pool.map(square, range(200)), "the map", 60_000), range(200).map(square));
  assertEquals(pool.stats().lost, 0);
});

test("python complaint 26: failFast reports a failure at once", async () => {
  using counts = new Counters(400);
  await using pool = new Pool(2);
  const items = range(300).map((i): [number, number, RawArray<"int32">, "well" | "throw"] => [
    i,
    2,
    counts.array,
    i === 5 ? "throw" : "well",
  ]);
  const error = await failure(pool.starmap(toil, items, { failFast: true, chunksize: 1 }));
  assertEquals((error as Error).message, "item 5");
  assert(counts.list().reduce((a, b) => a + b, 0) < 100);
});

test("python complaint 28: progress is told without another thread", async () => {
  await using pool = new Pool(2);
  const seen: number[] = [];
  await settles(pool.map(square, range(30), { onProgress: ({ done }) => void seen.push(done) }));
  assertEquals(seen, range(30).map((i) => i + 1));
});

test("python complaint 30: who waits for a dead worker learns why it died", async () => {
  await using pool = new Pool(1, { heapLimitMb: 64 });
  const inTimer = () => {
    setTimeout(() => {
      throw new RangeError("expected in this test: the very reason");
    }, 1);
    return new Promise(() => {});
  };
  const hungry = () => {
    const list: unknown[] = [];
    for (;;) list.push({ a: list.length, b: [list.length] });
  };
  const reasons = [];
  for (const fn of [inTimer, hungry, () => Deno.exit(9)]) {
    reasons.push((await failure(pool.apply(fn as () => unknown)) as Error).message);
  }
  assert(reasons[0].includes("RangeError: expected in this test: the very reason"), reasons[0]);
  assert(reasons[1].includes("heap limit"), reasons[1]);
  assert(reasons[2].includes("9"), reasons[2]);
});

test("python complaint 20, in part: what cannot travel is said with its path", async () => {
  await using pool = new Pool(1);
  const error = await failure(pool.apply((x: unknown) => x, [{ handlers: [1, new WeakMap()] }]));
  assertInstanceOf(error, SerializationError);
  assertEquals(error.path, "args[0].handlers[1]");
});
