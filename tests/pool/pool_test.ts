/**
 * The verbs of a pool, their inputs and options, and its states.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { AsyncResult, cpuCount, Pool, Process } from "@multicore/multicore/pool";
import { PoolClosedError, PoolStateError, SerializationError } from "@multicore/multicore/shared";
import { chunked, count, hold, ident, leaveThere, whatIsThere } from "./_tasks.ts";
import { Counters, eventually, settles, test, traces } from "./_tools.ts";

const square = (x: number) => x * x;
const add = (a: number, b: number) => a + b;
type Flags = Counters["array"];
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

test("Pool.apply() gives what the function returns", async () => {
  await using pool = new Pool(1);
  assertEquals(await pool.apply(add, [2, 3]), 5);
  assertEquals(await pool.apply(() => 7), 7);
  assertEquals(await pool.apply((...args: number[]) => args.length, [1, 2, 3]), 3);
  assertEquals(await pool.apply(async (x: number) => await Promise.resolve(x + 1), [1]), 2);
  assertEquals(await pool.apply(() => undefined), undefined);
  assertEquals(await pool.apply(() => null), null);
  assertEquals(await pool.apply(() => 10n ** 30n), 10n ** 30n);
  assert(Object.is(await pool.apply(() => -0), -0));
  assertEquals(await pool.apply(() => [NaN, Infinity]), [NaN, Infinity]);
  assertEquals(
    await pool.apply(function (this: unknown) {
      return this === undefined;
    }),
    true,
  );
  assertEquals(await pool.apply(ident, [0]), pool.stats().workers[0].id);
});

test("Pool.apply() passes the arguments as they are at the call", async () => {
  using flags = new Counters(2);
  await using pool = new Pool(1);
  const busy = pool.apply(hold, [flags.array]);
  const item = { list: [1, 2], name: "before" }, numbers = [1, 2, 3], floats = new Float64Array([1, 2]);
  const result = pool.apply((a: unknown, b: unknown, c: unknown) => [a, b, c], [item, numbers, floats]);
  item.name = "after";
  item.list.push(3);
  numbers[0] = 9;
  floats[0] = 9;
  flags.set(1);
  assertEquals(await result, [{ list: [1, 2], name: "before" }, [1, 2, 3], new Float64Array([1, 2])]);
  await busy;
});

test("Pool.map() gives the results in the order of the input", async () => {
  await using pool = new Pool(2);
  const n = 37, expected = range(n).map(square);
  for (const chunksize of [undefined, 1, 2, 5, n, 100]) {
    assertEquals(await pool.map(square, range(n), chunksize ? { chunksize } : {}), expected);
  }
  const slowFirst = (x: number) => new Promise<number>((done) => setTimeout(() => done(x), 20 - x));
  assertEquals(await pool.map(slowFirst, range(10), { chunksize: 1 }), range(10));
});

test("Pool.map() takes every kind of iterable", async () => {
  await using pool = new Pool(2);
  const same = <T>(x: T) => x;
  assertEquals(await pool.map(square, new Set([1, 2, 3])), [1, 4, 9]);
  assertEquals(await pool.map(same, new Map([["a", 1]])), [["a", 1]]);
  assertEquals(await pool.map(same, "héé😀"), ["h", "é", "é", "😀"]);
  assertEquals(await pool.map(square, new Float32Array([1.5, 2])), [2.25, 4]);
  const generator = (function* () {
    yield* [1, 2, 3];
  })();
  assertEquals(await pool.map(square, generator), [1, 4, 9]);
  assertEquals(await pool.map(same, [undefined, null, "", 0, false]), [undefined, null, "", 0, false]);
  assertEquals(await pool.map((...args: unknown[]) => args.length, [1, [2, 3]]), [1, 1]);
});

test("Pool.starmap() spreads each item into arguments", async () => {
  await using pool = new Pool(2);
  assertEquals(await pool.starmap(add, [[1, 2], [3, 4]]), [3, 7]);
  assertEquals(await pool.starmap(add, [[1, 2]] as [number, number][], { chunksize: 4 }), [3]);
  const chars = pool.starmap((...letters: string[]) => letters.join("-"), ["ab", "cde"] as never);
  assertEquals(await chars, ["a-b", "c-d-e"]);
  const mixed = await pool.starmap(add, [[1, 2], 5, [3, 4]] as never, { settle: true });
  assertEquals(mixed.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assertInstanceOf((mixed[1] as PromiseRejectedResult).reason, TypeError);
  assertEquals(await pool.starmapAsync(add, [[1, 1]]), [2]);
});

test("Pool's verbs resolve an empty input, callback included", async () => {
  using counts = new Counters(1);
  await using pool = new Pool(1);
  const heard: unknown[] = [];
  const callback = (value: unknown) => heard.push(value);
  assertEquals(await pool.map(square, []), []);
  assertEquals(await pool.map(square, [], { settle: true }), []);
  assertEquals(await pool.starmap(count, []), []);
  assertEquals(await pool.mapAsync(square, "" as never, { callback }), []);
  assertEquals(await pool.starmapAsync(add, new Set<[number, number]>(), { callback }), []);
  assertEquals(heard, [[], []]);
  for await (const _ of pool.imap(square, [])) counts.set(0);
  for await (const _ of pool.imapUnordered(square, [])) counts.set(0);
  assertEquals(counts.at(0), 0);
});

for (const [length, chunk, processes] of [[24, 3, 2], [25, 4, 2], [9, 2, 2], [8, 1, 2], [3, 1, 2]]) {
  test(`Pool.map() hands ${length} items to ${processes} workers in chunks of ${chunk}`, async () => {
    using flags = new Counters(1);
    await using pool = new Pool(processes);
    await eventually(
      () => pool.stats().workers.every(({ startup }) => startup > 0),
      "both workers are ready",
    );
    // Item 0 waits for all items but those of its chunk, so the chunk can be neither longer nor shorter.
    const items = range(length).map((i): [number, number, Flags] => [i, length - chunk, flags.array]);
    const idents = await pool.starmap(chunked, items);
    const [first] = idents;
    assertEquals(idents.map((id) => id === first), range(length).map((i) => i < chunk));
  });
}

test("Pool.map() tells its progress after each item", async () => {
  await using pool = new Pool(2);
  const seen: string[] = [];
  let last = -1;
  const outcomes = await pool.map(
    (x: number) => {
      if (x === 3) throw new Error("three");
      return x;
    },
    range(6),
    {
      chunksize: 2,
      settle: true,
      onProgress: ({ done, total, failed, elapsed }) => {
        seen.push(`${done}/${total}`);
        assert(elapsed >= last && failed <= 1);
        last = elapsed;
        if (done === total) assertEquals(failed, 1);
      },
    },
  );
  assertEquals(seen, range(6).map((i) => `${i + 1}/6`));
  assertEquals(outcomes.filter(({ status }) => status === "fulfilled").length, 5);
});

test("Pool's initializer runs once in each worker, before its first task, with its arguments", async () => {
  using flags = new Counters(4);
  await using pool = new Pool(2, { initializer: leaveThere, initargs: ["a", { b: [1] }, flags.array] });
  const results = await pool.map(whatIsThere as (_: number) => unknown[], range(10), { chunksize: 1 });
  for (const [a, b, c, id, ...more] of results) {
    assertEquals([a, b, more.length], ["a", { b: [1] }, 0]);
    assertEquals((c as Counters["array"]).view.length, 4);
    assert(pool.stats().workers.some((worker) => worker.id === id));
  }
});

test("Pool({ maxTasksPerChild }) counts items, not chunks", async () => {
  using counts = new Counters(9);
  await using pool = new Pool(1, { maxTasksPerChild: 2 });
  const items = range(9).map((i): [Flags, number] => [counts.array, i]);
  await pool.starmap(count, items, { chunksize: 5 });
  assertEquals(counts.list(), Array(9).fill(1));
  const idents = await pool.map(ident, range(6), { chunksize: 6 });
  const runs = new Map<number, number>();
  for (const id of idents) runs.set(id, (runs.get(id) ?? 0) + 1);
  assert([...runs.values()].every((n) => n <= 2), `items per worker: ${[...runs.values()]}`);
  assert(runs.size >= 3);
  assertEquals(pool.size, 1);
  assertEquals(pool.stats().lost, 0);
});

test("Pool.size and Pool.stats() tell what there is and what was done", async () => {
  await using pool = new Pool({ processes: 2 });
  assertEquals(pool.size, 2);
  await pool.map(
    (x: number) => {
      const end = performance.now() + x;
      while (performance.now() < end);
    },
    [1, 30, 2, 15],
    { chunksize: 1 },
  );
  const { workers, slowest, pending, lost, survivors } = pool.stats();
  assertEquals(workers.length, 2);
  assertEquals(workers.reduce((sum, { tasks }) => sum + tasks, 0), 4);
  assertEquals([pending, lost, survivors], [0, 0, 0]);
  for (const { id, busy, idle, startup } of workers) {
    assert(Number.isInteger(id) && id > 0 && busy >= 0 && idle >= 0 && startup >= 0);
  }
  assert(workers.reduce((sum, { busy }) => sum + busy, 0) >= 45);
  assertEquals(slowest.length, 4);
  assert(slowest.find(({ index }) => index === 1)!.duration >= 29);
  assert(slowest.every(({ duration }, i) => i === 0 || duration <= slowest[i - 1].duration));
  await using whole = new Pool();
  assertEquals(whole.size, cpuCount());
});

test("Pool refuses wrong counts and kinds, and starts nothing then", () => {
  const before = traces();
  for (const wrong of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => new Pool(wrong), RangeError, "processes");
    assertThrows(() => new Pool({ processes: wrong }), RangeError, "processes");
    if (wrong !== Infinity) assertThrows(() => new Pool(1, { maxTasksPerChild: wrong }), RangeError);
  }
  const wrong = (options: unknown) => () => new Pool(1, options as never);
  assertThrows(() => new Pool("2" as never), TypeError);
  assertThrows(wrong({ maxTasksPerChild: "12" }), TypeError);
  assertThrows(wrong({ initializer: 5 }), TypeError, "initializer");
  assertThrows(wrong({ initargs: 5 }), TypeError);
  assertThrows(wrong({ onWorkerDeath: "ignore" }), TypeError);
  assertThrows(wrong({ retries: -1 }), RangeError);
  assertThrows(wrong({ heapLimitMb: 0 }), RangeError);
  assertThrows(wrong({ heapLimitMb: "64" }), TypeError);
  assertEquals(traces().threads, before.threads);
});

test("Pool's verbs refuse bad arguments at the call", async () => {
  await using pool = new Pool(1);
  const not = (value: unknown) => value as never;
  for (const fn of [undefined, null, 5, "f", {}]) {
    assertThrows(() => pool.applyAsync(not(fn)), TypeError);
    assertThrows(() => pool.mapAsync(not(fn), [1]), TypeError);
    assertThrows(() => pool.starmapAsync(not(fn), [[1]]), TypeError);
    assertThrows(() => pool.imap(not(fn), [1]), TypeError);
    assertThrows(() => pool.imapUnordered(not(fn), [1]), TypeError);
    await assertRejects(() => pool.apply(not(fn)), TypeError);
    await assertRejects(() => pool.map(not(fn), [1]), TypeError);
  }
  for (const input of [undefined, null, 5, {}]) {
    assertThrows(() => pool.mapAsync(square, not(input)), TypeError, "iterable");
    assertThrows(() => pool.starmapAsync(add, not(input)), TypeError, "iterable");
    assertThrows(() => pool.imap(square, not(input)), TypeError, "iterable");
    await assertRejects(() => pool.starmap(add, not(input)), TypeError, "iterable");
  }
  for (const chunksize of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => pool.mapAsync(square, [], { chunksize }), RangeError, "chunksize");
    assertThrows(() => pool.imap(square, [1], { chunksize }), RangeError, "chunksize");
    assertThrows(() => pool.imap(square, [1], { buffersize: chunksize }), RangeError, "buffersize");
    await assertRejects(() => pool.map(square, [1], { chunksize }), RangeError, "chunksize");
  }
  for (const timeout of [-1, NaN, -Infinity]) {
    assertThrows(() => pool.applyAsync(square, [1], { timeout }), RangeError, "timeout");
    assertThrows(() => pool.imap(square, [1], { timeout }), RangeError, "timeout");
    await assertRejects(() => pool.map(square, [1], { timeout }), RangeError, "timeout");
  }
  assertThrows(() => pool.applyAsync(square, not(5)), TypeError, "args");
  assertThrows(() => pool.applyAsync(square, [1], { signal: not({}) }), TypeError, "signal");
  assertThrows(() => pool.applyAsync(square, [1], { callback: not(1) }), TypeError, "callback");
  assertThrows(() => pool.mapAsync(square, [1], { errorCallback: not("x") }), TypeError, "errorCallback");
  assertThrows(() => pool.mapAsync(square, [1], { onProgress: not(1) }), TypeError, "onProgress");
  assertEquals(await pool.apply(square, [3]), 9);
});

test("Pool.map() rejects with what its input throws, and runs nothing", async () => {
  using counts = new Counters(2);
  await using pool = new Pool(1);
  const error = new Error("the input");
  const input = function* (): Generator<[Flags, number]> {
    yield [counts.array, 0];
    throw error;
  };
  assertEquals(await pool.starmap(count, input()).catch((e) => e), error);
  const late = async () => await pool.starmapAsync(count, input());
  assertEquals(await late().catch((e) => e), error);
  assertEquals(counts.list(), [0, 0]);
});

test("Pool refuses work after close() and terminate(), at the call", async () => {
  for (const end of ["close", "terminate"] as const) {
    await using pool = new Pool(1);
    pool[end]();
    assertThrows(() => pool.applyAsync(square, [1]), PoolClosedError);
    assertThrows(() => pool.mapAsync(square, [1]), PoolClosedError);
    assertThrows(() => pool.mapAsync(square, []), PoolClosedError);
    assertThrows(() => pool.starmapAsync(add, [[1, 2]]), PoolClosedError);
    assertThrows(() => pool.imap(square, [1]), PoolClosedError);
    assertThrows(() => pool.imapUnordered(square, [1]), PoolClosedError);
    await assertRejects(() => pool.apply(square, [1]), PoolClosedError);
    await assertRejects(() => pool.map(square, [1]), PoolClosedError);
    await assertRejects(() => pool.starmap(add, [[1, 2]]), PoolClosedError);
  }
});

test("Pool.close() lets what was submitted be done, and join() waits for it", async () => {
  using flags = new Counters(12);
  const before = traces();
  const pool = new Pool(2);
  await assertRejects(() => pool.join(), PoolStateError);
  const held = pool.apply(hold, [flags.array]);
  const queued = pool.starmapAsync(count, range(10).map((i): [Flags, number] => [flags.array, i + 2]));
  pool.close();
  pool.close();
  let joined = false;
  const joining = pool.join().then(() => joined = true);
  await queued;
  assertEquals(joined, false);
  flags.set(1);
  await held;
  await settles(joining, "join()");
  await pool.join();
  assertEquals(flags.list().slice(2), Array(10).fill(1));
  assertEquals(traces().threads, before.threads);
  pool.terminate();
  await pool[Symbol.asyncDispose]();
});

test("Pool.terminate() rejects what is pending with PoolClosedError, and is idempotent", async () => {
  using flags = new Counters(2);
  const pool = new Pool(1);
  const running = pool.applyAsync(hold, [flags.array]);
  const queued = pool.mapAsync(square, range(5));
  const results = pool.imap(square, range(5));
  const next = results.next();
  await flags.reaches(0);
  pool.terminate();
  pool.terminate();
  pool.close();
  for (const pending of [running, queued, next]) {
    await assertRejects(() => settles(Promise.resolve(pending as PromiseLike<unknown>)), PoolClosedError);
  }
  assertEquals([running.ready(), running.successful(), queued.successful()], [true, false, false]);
  await settles(pool.join(), "join()");
  await pool.join();
});

test("Pool[Symbol.asyncDispose]() terminates, and twice is fine", async () => {
  const pool = new Pool(2);
  const forgotten = pool.applyAsync(() => new Promise(() => {}));
  await pool[Symbol.asyncDispose]();
  await assertRejects(async () => await forgotten, PoolClosedError);
  await pool[Symbol.asyncDispose]();
  assertThrows(() => pool.applyAsync(square, [1]), PoolClosedError);
  await new Pool(1)[Symbol.asyncDispose]();
  const closed = new Pool(1);
  closed.close();
  await settles(closed.join());
});

test("Pool does not let a pool, a process or a result travel", async () => {
  await using pool = new Pool(1);
  const result = pool.applyAsync(square, [1]);
  assertInstanceOf(result, AsyncResult);
  const process = new Process({ target: square, args: [1] });
  for (const value of [pool, process, result, { deep: [pool] }]) {
    const error = await pool.apply((x: unknown) => x, [value]).catch((e) => e);
    assertInstanceOf(error, SerializationError);
    assert(typeof error.path === "string" && error.path !== "");
  }
  assertEquals(await result, 1);
});
