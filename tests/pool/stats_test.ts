/**
 * Figures of a pool: whose time went where, how many bytes went, who died, which items were long, how many wait.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { NDArray, type RawArray } from "@multicore/multicore/shared";
import { Counters, eventually, settles, test } from "./_tools.ts";
import { shortenArgs } from "../../pool/_shorten.ts";

const spin = (milliseconds: number) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return `${milliseconds}`;
};

async function ready(pool: Pool): Promise<void> {
  await eventually(() => pool.stats().workers.every(({ startup }) => startup > 0), "the workers are ready");
}

test("Pool.stats() divides a worker's age into start-up, busy and idle time", async () => {
  const before = performance.now();
  await using pool = new Pool(1);
  await ready(pool);
  const readyAt = performance.now();
  await pool.apply(spin, [60]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const [{ startup, busy, idle, tasks }] = pool.stats().workers, age = performance.now() - before;
  assertEquals(tasks, 1);
  assert(startup <= readyAt - before + 5, `start-up ${startup}`);
  assert(busy >= 59 && idle >= 50, `busy ${busy}, idle ${idle}`);
  assert(startup + busy + idle <= age + 5, `${startup} + ${busy} + ${idle} of ${age}`);
});

/** Says that it runs, and runs until it is told to end. */
const hold = ({ view }: RawArray<"int32">) => {
  Atomics.store(view, 0, 1);
  while (Atomics.load(view, 1) === 0) Atomics.wait(view, 1, 0, 1000);
};

test("Pool.stats() counts what a worker is at as busy, and not what it waits", async () => {
  using flags = new Counters(2);
  await using pool = new Pool(1);
  const pending = pool.apply(hold, [flags.array]);
  await flags.reaches(0);
  const before = pool.stats().workers[0];
  await eventually(() => pool.stats().workers[0].busy >= before.busy + 50, "it is busy");
  assertEquals(pool.stats().workers[0].idle, before.idle);
  flags.set(1);
  await pending;
  await eventually(() => pool.stats().workers[0].idle >= before.idle + 50, "it waits");
});

test("Pool.stats() tells the queue's length", async () => {
  using flags = new Counters(2);
  await using pool = new Pool(1);
  const { array } = flags;
  const calls = [pool.map(hold, [array, array, array, array]), pool.apply(hold, [array])];
  await flags.reaches(0);
  const { queued, pending } = pool.stats();
  assertEquals([queued, pending], [4, 2]);
  const items = pool.imap(hold, [array, array, array], { buffersize: 2 }), first = items.next();
  await eventually(() => pool.stats().queued === 6, "two of three are pulled");
  flags.set(1);
  await Promise.all(calls);
  await settles(first);
  for await (const _ of items);
  assertEquals([pool.stats().queued, pool.stats().pending], [0, 0]);
});

test("Pool.stats() counts the bytes that go to a worker and come back", async () => {
  await using pool = new Pool(1);
  const bytes = () => [pool.stats().workers[0].bytesIn, pool.stats().workers[0].bytesOut];
  const back = (array: Float64Array) => array;
  await pool.apply(back, [new Float64Array(1)]);
  await eventually(() => bytes()[1] > 0, "it has told");
  const [inBefore, outBefore] = bytes();
  await pool.apply(back, [new Float64Array(1000)]);
  await eventually(() => bytes()[1] > outBefore, "it has told");
  for (const grown of [bytes()[0] - inBefore, bytes()[1] - outBefore]) {
    assert(grown >= 8000 && grown < 8300, `${grown} bytes`);
  }
  using shared = NDArray.shared([1000]);
  const [inThen, outThen] = bytes();
  await pool.apply((array: NDArray) => array.size, [shared]);
  await eventually(() => bytes()[1] > outThen, "it has told");
  assert(bytes()[0] - inThen < 1000, "shared memory goes as a reference");
  const [inLast, outLast] = bytes();
  await pool.map((x: number) => x, Array.from({ length: 500 }, (_, i) => i));
  await eventually(() => bytes()[1] - outLast >= 4000, "numbers are eight bytes");
  assert(bytes()[0] - inLast >= 4000 && bytes()[0] - inLast < 4500);
});

test("Pool.stats() counts deaths in a worker's place, and not who retired", async () => {
  await using pool = new Pool({ processes: 1, maxTasksPerChild: 3 });
  const deaths = () => pool.stats().workers[0]?.deaths;
  await assertRejects(() => pool.apply(() => Deno.exit(3)));
  await eventually(() => deaths() === 1, "one has died");
  await assertRejects(() => pool.apply(spin, [60_000], { timeout: 20 }));
  await eventually(() => deaths() === 2, "another was killed");
  await pool.map(spin, [1, 1, 1, 1], { chunksize: 1 });
  assertEquals([deaths(), pool.stats().lost], [2, 1]);
});

test("Pool.stats() tells the slowest items with their arguments, shortened", async () => {
  await using pool = new Pool(1);
  const work = (ms: number, ..._rest: unknown[]) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return "";
  };
  using shared = NDArray.shared([2, 3]);
  await pool.apply(work, [200, { name: "x".repeat(100), list: [1, 2, 3, 4, 5, 6] }, new Float64Array(100)]);
  await pool.apply(work, [160, shared]);
  await pool.apply(work, [120, () => 1, new Date(0)]);
  await pool.starmap(work, [[80, "a"]]);
  for await (const _ of pool.imap(work, [50])) { /* only run */ }
  const { slowest } = pool.stats();
  assertEquals(slowest.map(({ args }) => args).sort(), [
    "120, function, 1970-01-01T00:00:00.000Z",
    "160, NDArray(2, 3)",
    '200, { name: "xxxxxxxxxxxxxxxxxxxxxxx…", list: [1, 2, 3, 4, … 2 more] }, Float6…',
    "50",
    '80, "a"',
  ]);
  assertEquals(slowest.map(({ index }) => index), [0, 0, 0, 0, 0]);
  await pool.prange(3, (_i: number) => {
    const end = performance.now() + 150;
    while (performance.now() < end);
  });
  assert(pool.stats().slowest.some(({ args }) => args === "a share of 3 indices"));
});

Deno.test("shortenArgs() says what values are, and calls nothing of theirs", () => {
  class Point {
    constructor(readonly x: number) {}
  }
  const trap = {
    get x(): number {
      throw new Error("called");
    },
  };
  assertEquals(shortenArgs([]), "");
  assertEquals(shortenArgs([1, -0.5, NaN, 2n, true, null, undefined, "a"]), "1, -0.5, NaN, 2n, … 4 more");
  assertEquals(shortenArgs([true, null, undefined, 'say "a"']), 'true, null, undefined, "say \\"a\\""');
  assertEquals(
    shortenArgs([[[[1]]], {}, [], { a: { b: { c: 1 } } }]),
    "[[Array(1)]], {}, [], { a: { b: {…} } }",
  );
  assertEquals(shortenArgs([new Map([[1, 2]]), new Set(), new Point(1)]), "Map(1), Set(0), Point");
  assertEquals(
    shortenArgs([new Error("no"), new Date(NaN), function f() {}]),
    'Error: "no", Invalid Date, function f',
  );
  assertEquals(shortenArgs([trap]), "{ x: undefined }");
  assertEquals(shortenArgs([new Uint8Array(3), new DataView(new ArrayBuffer(1))]), "Uint8Array(3), DataView");
  const hostile = new Proxy({}, {
    getPrototypeOf: () => {
      throw new Error("called");
    },
  });
  assertEquals(shortenArgs([hostile]), "…");
  assertEquals(shortenArgs(["x".repeat(50), "y".repeat(50), "z".repeat(50), "w".repeat(50)]).length, 80);
});
