/**
 * What arguments are when they get there: as they were at the call, arrays over the same slots, each an object of its own.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { exit, Pool } from "@multicore/multicore/pool";
import { heapStats, NDArray, RawArray, SerializationError } from "@multicore/multicore/shared";
import { blockUntilSet, Counters, eventually, settles, test } from "./_tools.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const wait = (flags: RawArray<"int32">) => {
  while (Atomics.load(flags.view, 0) === 0) Atomics.wait(flags.view, 0, 0, 50);
};

test("Pool.apply() passes arguments as they are at the call, also those that must wait for room", async () => {
  using flags = new Counters(1);
  await using pool = new Pool(1);
  const first = pool.apply(wait, [flags.array]);
  // So many numbers lie open at most; what is called next waits.
  const before = pool.map((x: number) => x, range(40_000));
  const text = { name: "before", list: [1, 2, 3] }, large = new Float64Array(3000).fill(7);
  using shared = NDArray.shared([2]);
  const sum = (a: { name: string; list: number[] }, b: Float64Array, c: NDArray<"float64">, i: number) =>
    `${a.name} ${a.list.length} ${b.reduce((x, y) => x + y, 0)} ${c.data[1]} ${i}`;
  const calls = range(5).map((i) => {
    const call = pool.apply(sum, [text, large, shared, i]);
    text.list.push(i);
    large[i] = 0;
    return call;
  });
  shared.data[1] = 5; // shared: as it is when it is looked at
  text.name = "after";
  flags.set(0);
  await settles(Promise.all([first, before]));
  const expected = range(5).map((i) => `before ${3 + i} ${7 * (3000 - i)} 5 ${i}`);
  assertEquals(await settles(Promise.all(calls)), expected);
});

test("Pool.apply() keeps what is copied for it, however much that is", async () => {
  using flags = new Counters(1);
  await using pool = new Pool(1);
  const first = pool.apply(wait, [flags.array]), own = new Float64Array(2 ** 17);
  // 80 MiB in all; beyond that, one by one.
  const calls = range(80).map((i) => {
    own.fill(i);
    return pool.apply((a: Float64Array) => a[0] + a[a.length - 1], [own]);
  });
  own.fill(-1);
  flags.set(0);
  await settles(first);
  assertEquals(await settles(Promise.all(calls)), range(80).map((i) => 2 * i));
});

test("Pool.apply() mixes small and large arguments in the order of the calls", async () => {
  using order = new RawArray("int32", 301);
  await using pool = new Pool(1);
  const note = (order: RawArray<"int32">, i: number, array: Uint8Array) => {
    order.view[Atomics.add(order.view, 300, 1)] = i;
    return array.length + array[array.length - 1];
  };
  const sizes = [10, 20_000, 1000, 300_000, 9000, 600_000];
  const calls = range(300).map((i) => {
    const array = new Uint8Array(sizes[i % sizes.length]);
    array[array.length - 1] = i % 200;
    return pool.apply(note, [order, i, array]);
  });
  assertEquals(
    await settles(Promise.all(calls)),
    range(300).map((i) => sizes[i % sizes.length] + i % 200),
  );
  assertEquals([...order.view.subarray(0, 300)], range(300));
});

test("An array that is an argument of many calls is another object in each, over the same slots", async () => {
  using shared = NDArray.shared([4]);
  await using pool = new Pool(1);
  const use = (a: NDArray<"float64"> & { mark?: number }, i: number) => {
    const had = a.mark, { length } = a.data;
    a.mark = i;
    a.data[i % 4] += i;
    (a.shape as number[])[0] = -1;
    if (i % 2) a[Symbol.dispose]();
    return `${had} ${length} ${a.size}`;
  };
  for (const args of [(_: number) => 1, (i: number) => i]) {
    const calls = range(40).map((i) => pool.apply(use, [shared, args(i)]));
    assertEquals(await settles(Promise.all(calls)), Array(40).fill("undefined 4 4"));
  }
  assertEquals(shared.data.reduce((a, b) => a + b, 0), 40 + 780);
  // The same arguments, again and again: one object in one call, and none that was disposed.
  const same = range(20).map(() =>
    pool.apply((a: NDArray<"float64">) => (a[Symbol.dispose](), a.size), [shared])
  );
  assertEquals(await settles(Promise.all(same)), Array(20).fill(4));
  assertEquals(
    await settles(pool.apply((a: NDArray<"float64">) => a.data[0] + a.data.length, [shared])),
    shared.data[0] + 4,
  );
});

test("An array that is disposed while calls have it as an argument lives until they end", async () => {
  using flags = new Counters(2);
  await using pool = new Pool(1);
  await pool.apply((x: number) => x, [1]);
  const before = heapStats().blocks;
  const first = pool.apply(wait, [flags.array]);
  const array = NDArray.shared([1000]), raw = new RawArray("float64", 10);
  array.fill(2);
  raw.view.fill(3);
  const sum = (a: NDArray<"float64">, b: RawArray<"float64">) => a.data[999] + b.view[9];
  const calls = range(10).map(() => pool.apply(sum, [array, raw]));
  array[Symbol.dispose]();
  raw[Symbol.dispose]();
  const error = await assertRejects(() => pool.apply(sum, [array, raw]), SerializationError);
  assert(error.message.includes("disposed"), error.message);
  flags.set(0);
  await settles(first);
  assertEquals(await settles(Promise.all(calls)), Array(10).fill(5));
  await eventually(() => heapStats().blocks <= before, "their memory comes back");
  await assertRejects(() => pool.apply((a: NDArray<"float64">) => a.size, [array]), SerializationError);
});

test("A call that is made again after its worker's death has its arguments again", async () => {
  using counts = new Counters(20);
  using shared = NDArray.shared([3]);
  shared.fill(1);
  await using pool = new Pool({ processes: 2, onWorkerDeath: "retry" });
  const run = (
    counts: RawArray<"int32">,
    i: number,
    own: Float64Array,
    { name }: { name: string },
    a: NDArray<"float64">,
  ) => {
    if (Atomics.add(counts.view, i, 1) === 0 && i % 5 === 2) exit(3);
    return i + own[2000] + name.length + a.data[2];
  };
  const own = new Float64Array(2001), name = { name: "four" };
  const calls = range(20).map((i) => {
    own[2000] = 100 * i;
    return pool.apply(run, [counts.array, i, own, name, shared]);
  });
  own.fill(-1);
  name.name = "";
  assertEquals(await settles(Promise.all(calls)), range(20).map((i) => 101 * i + 5));
  assertEquals(counts.list(), range(20).map((i) => i % 5 === 2 ? 2 : 1));
});

test("A number that is given again after its worker's death is the argument and not a value", async () => {
  using counts = new Counters(20);
  const flags = counts.array;
  await using pool = new Pool({ processes: 2, onWorkerDeath: "retry" });
  const run = (i: number) => {
    if (Atomics.add(flags.view, i, 1) === 0 && i % 4 === 1) exit(3);
    return i + 0.5;
  };
  assertEquals(
    await settles(Promise.all(range(20).map((i) => pool.apply(run, [i])))),
    range(20).map((i) => i + 0.5),
  );
});

test("One of many calls in a turn fails alone, waits alone, and is counted", async () => {
  using flags = new Counters(1);
  await using pool = new Pool(2);
  const run = (i: number, flags: RawArray<"int32">) => {
    if (i === 3) throw new RangeError("three");
    if (i === 5) { while (Atomics.load(flags.view, 0) === 0) Atomics.wait(flags.view, 0, 0, 50); }
    return `${i}`;
  };
  const calls = range(50).map((i) => pool.apply(run, [i, flags.array]));
  const outcomes = await settles(Promise.allSettled(calls.filter((_, i) => i !== 5)));
  assertEquals(outcomes.filter(({ status }) => status === "rejected").length, 1);
  await assertRejects(() => calls[3], RangeError, "three");
  assertEquals(pool.stats().pending, 1);
  const { tasks } = pool.stats().workers.reduce((a, b) => ({ ...a, tasks: a.tasks + b.tasks }));
  assertEquals(tasks, 49);
  flags.set(0);
  assertEquals(await settles(calls[5]), "5");
});

test("Workers that sleep are woken for each call, in ones, twos and threes", async () => {
  await using pool = new Pool(2);
  for (let round = 0; round < 60; round++) {
    const count = 1 + round % 3;
    const calls = range(count).map((i) => pool.apply((x: number) => x + 1, [i]));
    assertEquals(await settles(Promise.all(calls)), range(count).map((i) => i + 1));
    await new Promise((resolve) => setTimeout(resolve, round % 4));
  }
});

test("A call is begun while its caller goes on without a turn of the event loop", async () => {
  using flags = new Counters(4);
  await using pool = new Pool(2);
  const { array } = flags;
  await settles(Promise.all(range(8).map((i) => pool.apply((x: number) => x, [i]))));
  for (let round = 0; round < 5; round++) {
    array.view.fill(0);
    const calls = range(3).map((i) =>
      pool.apply((f: RawArray<"int32">, i: number) => {
        Atomics.store(f.view, i, 1);
        Atomics.notify(f.view, i);
      }, [array, i])
    );
    for (const i of range(3)) blockUntilSet(array.view, i);
    await settles(Promise.all(calls));
  }
});
