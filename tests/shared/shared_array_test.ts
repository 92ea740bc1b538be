/**
 * Shared arrays: elements, errors, travel, and what their lock protects between threads.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { type DType, heapStats, Lock, RLock, SharedArray } from "@multicore/multicore/shared";
import { DTYPES, isBigInt, isComplex, lanes } from "../../shared/dtype.ts";
import { PACK, type Traveller, unpack } from "../../shared/travel.ts";

const travel = <T>(value: T): T => unpack((value as unknown as Traveller)[PACK]()) as T;

/** A test that leaves no block behind. */
function test(name: string, run: () => void | Promise<void>): void {
  Deno.test(name, async () => {
    const before = heapStats().blocks;
    await run();
    assertEquals(heapStats().blocks, before);
  });
}

test("new SharedArray() makes zeros of every dtype in shared memory, with an RLock", () => {
  for (const dtype of DTYPES) {
    using array = new SharedArray(dtype, 3);
    assertEquals([array.dtype, array.length, array.view.length], [dtype, 3, 3 * lanes(dtype)]);
    assert(array.view.buffer instanceof SharedArrayBuffer);
    assert(array.lock instanceof RLock);
    const zero = isComplex(dtype) ? [0, 0] : isBigInt(dtype) ? 0n : 0;
    assertEquals<unknown>([...array], [zero, zero, zero]);
  }
});

test("new SharedArray() copies items from arrays, typed arrays, other iterables and its like", () => {
  using a = new SharedArray("int32", [1, -2, 3]);
  using b = new SharedArray("float64", a);
  using c = new SharedArray("uint8", new Float64Array([1.9, 257, -1]));
  using d = new SharedArray("int64", new Set([1n, 2n ** 63n]));
  using e = new SharedArray("complex64", [[1, 2], 3]);
  using f = new SharedArray("float64", []);
  assertEquals([...b], [1, -2, 3]);
  assertEquals([...c], [1, 1, 255]);
  assertEquals([...d], [1n, -(2n ** 63n)]);
  assertEquals([...e], [[1, 2], [3, 0]]);
  assertEquals([f.length, ...f], [0]);
});

test("SharedArray.get() and set() read and write one element", () => {
  using array = new SharedArray("int8", 2);
  array.set(1, 130);
  assertEquals([array.get(0), array.get(1), array.view[1]], [0, -126, -126]);
  using z = new SharedArray("complex128", 2);
  z.set(1, [1, -1]);
  z.set(0, 4);
  assertEquals([z.get(0), z.get(1)], [[4, 0], [1, -1]]);
  assertEquals([...z.view], [4, 0, 1, -1]);
});

test("SharedArray refuses indices out of range, other values and other locks", () => {
  using array = new SharedArray("float64", [1, 2]);
  for (const index of [-1, 2, 0.5, NaN, Infinity]) {
    assertThrows(() => array.get(index), RangeError, `${index}`);
    assertThrows(() => array.set(index, 1), RangeError, "0 to 1");
  }
  for (const index of ["0", undefined, 0n]) assertThrows(() => array.get(index as never), TypeError, "index");
  for (const value of ["1", 1n, null, undefined]) {
    assertThrows(() => array.set(0, value as never), TypeError, "give a number");
  }
  assertEquals([...array], [1, 2]);
  using empty = new SharedArray("int8", 0);
  assertThrows(() => empty.get(0), RangeError, "none");
  for (const length of [-1, 1.5, NaN]) assertThrows(() => new SharedArray("int8", length), RangeError);
  assertThrows(() => new SharedArray("float64", ["1"] as never), TypeError);
  assertThrows(() => new SharedArray("double" as DType, 3), TypeError, '"double"');
  assertThrows(() => new SharedArray("int8", 3, { lock: true as never }), TypeError, "RLock");
});

test("SharedArray takes the lock it is given, which outlives it", async () => {
  using lock = new Lock();
  {
    using a = new SharedArray("int32", 1, { lock }), b = new SharedArray("int32", 1, { lock });
    assertStrictEquals(a.lock, lock);
    assertEquals(await a.withLock(() => b.lock.tryAcquire()), undefined);
  }
  lock.acquireSync().release();
});

test("SharedArray throws once it is disposed, and disposing twice is fine", async () => {
  const array = new SharedArray("float64", 2), other = travel(array);
  array[Symbol.dispose]();
  array[Symbol.dispose]();
  assertThrows(() => array.view, ReferenceError, "SharedArray");
  assertThrows(() => array.get(0), ReferenceError, "disposed");
  assertThrows(() => array.set(0, 1), ReferenceError, "disposed");
  assertThrows(() => [...array], ReferenceError, "disposed");
  assertThrows(() => travel(array), ReferenceError, "disposed");
  await assertRejects(() => array.withLock(() => {}), ReferenceError, "disposed");
  other[Symbol.dispose]();
});

test("SharedArray goes to workers and back, as an argument, captured and as its view", async () => {
  await using pool = new Pool(2);
  using array = new SharedArray("float64", [1, 2, 3]);
  const back = await pool.apply((a: SharedArray<"float64">) => {
    a.set(0, a.length);
    return a;
  }, [array]);
  back.set(1, 7);
  assertEquals(await pool.apply(() => [...array]), [3, 7, 3]);
  await pool.apply((view: Float64Array) => void view.fill(-1), [array.view]);
  assertEquals([...array], [-1, -1, -1]);
  using _guard = array.lock.acquireSync();
  assertEquals(
    await pool.apply((a: SharedArray<"float64">) => a.lock.tryAcquire() === undefined, [array]),
    true,
  );
  back[Symbol.dispose]();
});

for (const dtype of ["int32", "int64", "float64"] as const) {
  test(`SharedArray.withLock() of three threads loses nothing: ${dtype}`, async () => {
    await using pool = new Pool(3);
    using array = new SharedArray(dtype, 4);
    const rounds = 400, one = (dtype === "int64" ? 1n : 1) as never;
    await pool.map(async (seed: number) => {
      for (let i = 0; i < rounds; i++) {
        await array.withLock(() => {
          array.set((seed + i) % 4, (array.get((seed + i) % 4) as never) + one as never);
        });
        using _guard = array.lock.acquireSync();
        array.set((seed + i) % 4, (array.get((seed + i) % 4) as never) + one as never);
      }
    }, [0, 1, 2]);
    const expected = (dtype === "int64" ? 600n : 600) as never;
    assertEquals([...array], [expected, expected, expected, expected]);
  });
}

test("SharedArray.withLock() shows several elements of one time", async () => {
  await using pool = new Pool(2);
  using pair = new SharedArray("int32", [0, 0]), stop = new SharedArray("int32", 1);
  const writer = pool.apply(async () => {
    let rounds = 0;
    while (stop.get(0) === 0) {
      await pair.withLock(() => {
        pair.set(0, ++rounds);
        pair.set(1, -rounds);
      });
    }
    return rounds;
  });
  for (let i = 0; i < 300; i++) assertEquals(await pair.withLock(() => pair.get(0) + pair.get(1)), 0);
  stop.set(0, 1);
  const rounds = await writer;
  assertEquals(pair.get(0), rounds);
});
