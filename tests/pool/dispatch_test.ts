/**
 * Calls by the thousand, what only a message carries, and what pools leave behind.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { exit, Pool } from "@multicore/multicore/pool";
import { heapStats, Queue, SerializationError, WorkerDiedError } from "@multicore/multicore/shared";
import { Counters, settles, test } from "./_tools.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const double = (x: number) => 2 * x;

test("Pool.apply() called 20,000 times in one turn answers each call", async () => {
  await using pool = new Pool(2);
  const calls = range(20_000).map((x) => x % 3 ? pool.apply(double, [x]) : pool.apply(String, [x]));
  const values = await settles(Promise.all(calls));
  assert(values.every((value, x) => value === (x % 3 ? 2 * x : String(x))));
});

test("Pool.map() of 1,000,000 items keeps its memory bounded", async () => {
  await using pool = new Pool(2);
  const values = await settles(pool.map(double, range(1_000_000)));
  assert(values.every((value, i) => value === 2 * i));
  assert(heapStats().heapBytes < 2 ** 28, `${heapStats().heapBytes} bytes`);
  const texts = await settles(pool.map((x: number) => `${x}`, range(100_000)));
  assert(texts.every((text, i) => text === `${i}`));
});

test("Pool gives all its working memory back when it ends", async () => {
  const before = heapStats().pools;
  {
    await using pool = new Pool(2);
    const large = range(100).map((i) => new Float64Array(20_000).fill(i));
    const sums = await settles(pool.map((x: Float64Array) => x.reduce((a, b) => a + b, 0), large));
    assertEquals(sums, range(100).map((i) => 20_000 * i));
    const back = await settles(
      pool.map((n: number) => new Float64Array(n).fill(n), range(50), { chunksize: 3 }),
    );
    assertEquals(back.map((array) => array.length), range(50));
    assert(heapStats().pools.blocks > before.blocks);
  }
  assertEquals(heapStats().pools, before);
});

test("Pool carries functions and arguments that only a message carries, to workers that come later too", async () => {
  const buffer = new SharedArrayBuffer(8), words = new Int32Array(buffer);
  await using pool = new Pool(2, { maxTasksPerChild: 3 });
  const count = (n: number) => Atomics.add(words, 0, n);
  await settles(pool.map(count, range(20)));
  assertEquals(words[0], 190);
  const add = (given: SharedArrayBuffer, n: number) => void Atomics.add(new Int32Array(given), 1, n);
  await settles(
    pool.starmap(add, range(20).map((n): [SharedArrayBuffer, number] => [buffer, n]), { chunksize: 7 }),
  );
  assertEquals(words[1], 190);
  const back = await settles(pool.apply((given: SharedArrayBuffer) => new Int32Array(given), [buffer]));
  Atomics.add(back, 0, 1);
  assertEquals(words[0], 191);
});

test("Pool loses no item that was posted to a worker which dies before it begins it", async () => {
  using counts = new Counters(30);
  const buffer = new SharedArrayBuffer(4);
  await using pool = new Pool(2);
  const run = (_: SharedArrayBuffer, index: number, counts: Counters["array"], dies: boolean) => {
    Atomics.add(counts.view, index, 1);
    if (dies) exit(7);
    return index;
  };
  const items = range(30).map((i): Parameters<typeof run> => [buffer, i, counts.array, i % 10 === 4]);
  const outcomes = await settles(pool.starmap(run, items, { settle: true }));
  assertEquals(counts.list(), Array(30).fill(1));
  for (const [i, outcome] of outcomes.entries()) {
    if (i % 10 !== 4) assertEquals(outcome, { status: "fulfilled", value: i });
    else assertInstanceOf((outcome as PromiseRejectedResult).reason, WorkerDiedError);
  }
});

test("Blocking verbs refuse a result that only a message carries", async () => {
  await using pool = new Pool(1);
  await pool.apply(double, [1]);
  const error = assertThrows(() => pool.applySync(() => new SharedArrayBuffer(8)), SerializationError);
  assert(error.message.includes("SharedArrayBuffer"), error.message);
  assertEquals(pool.applySync(double, [4]), 8);
});

test("Queues keep typed arrays of every kind, and refuse what they would empty", async () => {
  using queue = new Queue<unknown>();
  const { Float16Array } = globalThis as unknown as { Float16Array?: new (values: number[]) => Float32Array };
  if (Float16Array) {
    await queue.put({ half: new Float16Array([1.5, 2]) });
    const { half } = await queue.get() as { half: Float32Array };
    assertEquals([half.constructor, [...half], half.buffer.byteLength], [Float16Array, [1.5, 2], 4]);
  }
  for (const value of [new Blob(["x"]), new SharedArrayBuffer(8), { deep: [new File([], "f")] }]) {
    await assertRejects(() => queue.put(value), SerializationError);
  }
  assertEquals(queue.size, 0);
});

test("An error of many calls in one turn says where such a call was made", async () => {
  await using pool = new Pool(1);
  const calls = range(100).map((i) =>
    pool.applyAsync((x: number) => (x as unknown as { no(): void }).no(), [i])
  );
  const errors = await settles(Promise.all(calls.map((call) => call.get().catch((error) => error))));
  for (const { stack } of errors as Error[]) {
    assert(/--- submitted.* ---\n.*dispatch_test/.test(stack!), stack);
  }
});
