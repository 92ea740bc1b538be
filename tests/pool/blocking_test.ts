/**
 * The verbs of a pool that block, and parallel loops and reductions.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { Pool, prange, preduce, Process, WorkerDiedError } from "@multicore/multicore";
import { heapStats, NDArray, TimeoutError } from "@multicore/multicore/shared";

const square = (x: number) => x * x;

Deno.test("Pool.applySync(), mapSync() and starmapSync() give what the promise forms give", async () => {
  await using pool = new Pool(2);
  assertEquals(pool.applySync(square, [7]), 49);
  assertEquals(pool.mapSync(square, [1, 2, 3, 4, 5], { chunksize: 2 }), [1, 4, 9, 16, 25]);
  assertEquals(pool.starmapSync((a: number, b: number) => a - b, [[5, 3], [1, 4]]), [2, -3]);
  assertEquals(pool.mapSync(square, []), []);
  assertEquals(pool.applySync(async (x: number) => await Promise.resolve(x + 1), [1]), 2);
  assertEquals(await pool.map(square, [3]), [9]);
});

Deno.test("Pool.applySync() throws what the task threw, and the pool goes on", async () => {
  await using pool = new Pool(1);
  assertThrows(
    () =>
      pool.applySync(() => {
        throw new RangeError("expected in this test");
      }),
    RangeError,
    "expected in this test",
  );
  assertEquals(pool.applySync(square, [2]), 4);
});

Deno.test("Pool.applySync() stops an endless task at its timeout", async () => {
  await using pool = new Pool(1);
  pool.applySync(square, [1]);
  const endless = () => {
    for (;;);
  };
  assertEquals(assertThrows(() => pool.applySync(endless, [], { timeout: 100 }), TimeoutError).timeout, 100);
  assertEquals(pool.applySync(square, [3]), 9);
});

Deno.test("Pool.mapSync() hears of a worker's death while this thread blocks", async () => {
  await using pool = new Pool(2);
  const error = assertThrows(
    () => pool.mapSync((x: number) => x === 2 ? Deno.exit(5) : x, [1, 2, 3]),
    WorkerDiedError,
  );
  assertEquals(error.exitCode, 5);
  assertEquals(pool.mapSync(square, [1, 2, 3]), [1, 4, 9]);
});

Deno.test("Pool.applySync() serves a task that makes a process and a pool of its own", async () => {
  await using pool = new Pool(1);
  const nested = async () => {
    await using inner = new Pool(1);
    const process = new Process({ target: () => {} });
    process.start();
    await process.join();
    return [await inner.apply((x: number) => x + 1, [41]), process.exitCode];
  };
  await pool.apply(square, [1]);
  assertEquals(pool.applySync(nested), [42, 0]);
});

for (const schedule of ["dynamic", "static"] as const) {
  Deno.test(`prange() runs each index exactly once, ${schedule}`, async () => {
    await using pool = new Pool(2);
    const before = heapStats().blocks;
    {
      using counts = NDArray.shared([1000], "int32");
      const body = (i: number, counts: NDArray<"int32">) => void Atomics.add(counts.data, i, 1);
      await prange(1000, body, [counts], { pool, schedule, grain: 7 });
      pool.prangeSync(1000, body, [counts], { schedule });
      assert(counts.data.every((count) => count === 2));
      await pool.prange(0, body, [counts]);
    }
    assertEquals(heapStats().blocks, before);
  });
}

Deno.test("prange() rejects with the error of the lowest index seen, and carries it", async () => {
  await using pool = new Pool(2);
  const body = (i: number) => {
    if (i >= 10) throw new TypeError(`expected in this test: ${i}`);
  };
  const error = await assertRejects(() => prange(100, body, [], { pool, schedule: "static" }), TypeError);
  assertEquals((error as Error & { index: number }).index, 10);
  assertInstanceOf(assertThrows(() => pool.prangeSync(100, body)), TypeError);
});

Deno.test("prange() and preduce() refuse bad sizes", async () => {
  await using pool = new Pool(1);
  for (const n of [-1, 1.5, NaN, Infinity]) {
    await assertRejects(() => prange(n, () => {}, [], { pool }), RangeError);
    await assertRejects(() => preduce(n, square, (a, b) => a + b, 0, [], { pool }), RangeError);
  }
  for (const grain of [0, -1, 0.5]) {
    await assertRejects(() => pool.prange(1, () => {}, [], { grain }), RangeError);
  }
  await assertRejects(() => pool.prange(1, 3 as never), TypeError);
});

Deno.test("preduce() gives the same bits for any number of workers, from the left, initial once", async () => {
  const sums: number[] = [];
  for (const workers of [1, 2, 3]) {
    await using pool = new Pool(workers);
    sums.push(await preduce(10_000, (i) => 1 / (i + 1), (a: number, b: number) => a + b, 0, [], { pool }));
    const text = await preduce(
      30,
      (i) => String.fromCharCode(97 + i % 26),
      (a: string, b: string) => a + b,
      ">",
      [],
      {
        pool,
      },
    );
    assertEquals(text, ">abcdefghijklmnopqrstuvwxyzabcd");
    assertEquals(await preduce(0, square, (a, b) => a + b, 5, [], { pool }), 5);
  }
  assertEquals(new Set(sums).size, 1);
  assert(Math.abs(sums[0] - 9.787606036044348) < 1e-12);
});
