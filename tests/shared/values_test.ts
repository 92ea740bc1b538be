/**
 * Shared values: single steps of every type, wrap-around, travel, and sums of several threads in closed form.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import {
  AbandonedLockError,
  type DType,
  heapStats,
  Lock,
  RLock,
  SharedValue,
  TimeoutError,
} from "@multicore/multicore/shared";
import { DTYPES, isBigInt, isComplex, isInteger, itemSize } from "../../shared/dtype.ts";
import { PACK, type Traveller, unpack } from "../../shared/travel.ts";

const travel = <T>(value: T): T => unpack((value as unknown as Traveller)[PACK]()) as T;
const real = DTYPES.filter((dtype) => !isComplex(dtype));
/** A number, as a value of that type. */
const of = (dtype: DType, n: number) => (isBigInt(dtype) ? BigInt(n) : n) as never;

/** A test that leaves no block behind. */
function test(name: string, run: () => void | Promise<void>): void {
  Deno.test(name, async () => {
    const before = heapStats().blocks;
    await run();
    assertEquals(heapStats().blocks, before);
  });
}

test("SharedValue holds one value of every dtype, zero by default", () => {
  for (const dtype of DTYPES) {
    const three = isComplex(dtype) ? [3, -1] as never : of(dtype, 3);
    using value = new SharedValue(dtype, three);
    assertEquals(value.value, three);
    assertEquals(value.dtype, dtype);
    using zero = new SharedValue(dtype);
    assertEquals<unknown>(zero.value, isComplex(dtype) ? [0, 0] : of(dtype, 0));
    zero.value = three;
    assertEquals(zero.value, three);
  }
});

test("SharedValue counts as a value in heapStats()", () => {
  const before = heapStats().kinds.value?.blocks ?? 0;
  using value = new SharedValue("int8");
  assertEquals(heapStats().kinds.value!.blocks, before + 1);
  assertEquals(value.value, 0);
});

test("SharedValue.add(), sub(), exchange() and compareExchange() return the value of before", () => {
  for (const dtype of real) {
    using value = new SharedValue(dtype, of(dtype, 10));
    assertStrictEquals(value.add(of(dtype, 5)), of(dtype, 10));
    assertStrictEquals(value.sub(of(dtype, 7)), of(dtype, 15));
    assertStrictEquals(value.exchange(of(dtype, 100)), of(dtype, 8));
    assertStrictEquals(value.compareExchange(of(dtype, 99), of(dtype, 1)), of(dtype, 100));
    assertStrictEquals(value.value, of(dtype, 100));
    assertStrictEquals(value.compareExchange(of(dtype, 100), of(dtype, 1)), of(dtype, 100));
    assertStrictEquals(value.value, of(dtype, 1));
  }
});

test("SharedValue's integers wrap around as those of typed arrays do", () => {
  for (const dtype of real.filter(isInteger)) {
    const bits = BigInt(8 * itemSize(dtype));
    const top = dtype.startsWith("u") ? 2n ** bits - 1n : 2n ** (bits - 1n) - 1n;
    const bottom = top - (2n ** bits - 1n);
    const as = (n: bigint) => (isBigInt(dtype) ? n : Number(n)) as never;
    using value = new SharedValue(dtype, as(top));
    assertStrictEquals(value.add(as(1n)), as(top));
    assertStrictEquals(value.value, as(bottom));
    assertStrictEquals(value.sub(as(1n)), as(bottom));
    assertStrictEquals(value.value, as(top));
    value.value = as(top + 1n);
    assertStrictEquals(value.value, as(bottom));
    assertStrictEquals(value.compareExchange(as(top + 1n), as(0n)), as(bottom));
    assertStrictEquals(value.value, as(0n));
  }
});

test("SharedValue's integers lose fractions, and what is no number counts as zero", () => {
  using value = new SharedValue("int32", 1.9);
  assertEquals(value.value, 1);
  value.add(-2.9);
  assertEquals(value.value, -1);
  value.add(NaN);
  value.sub(Infinity);
  assertEquals(value.value, -1);
  value.value = 2 ** 40 + 3;
  assertEquals(value.value, 3);
});

test("SharedValue's floats are rounded to their type, and infinities and NaN flow through", () => {
  using single = new SharedValue("float32", 0.1);
  assertEquals(single.value, Math.fround(0.1));
  assertEquals(single.add(2 ** 24), Math.fround(0.1));
  assertEquals(single.value, 2 ** 24);
  single.add(1);
  assertEquals(single.value, 2 ** 24);
  assertEquals(single.compareExchange(2 ** 24, 0.1), 2 ** 24);
  assertEquals(single.compareExchange(0.1, 7), Math.fround(0.1));
  assertEquals(single.value, 7);
  using double = new SharedValue("float64", 1e308);
  double.add(1e308);
  assertEquals(double.value, Infinity);
  double.sub(Infinity);
  assertEquals(double.value, NaN);
});

test("SharedValue.compareExchange() takes NaN for NaN and 0 for -0", () => {
  for (const dtype of ["float32", "float64"] as const) {
    using value = new SharedValue(dtype, NaN);
    assertEquals(value.compareExchange(1, 2), NaN);
    assertEquals(value.compareExchange(NaN, -0), NaN);
    assertStrictEquals(value.value, -0);
    assertStrictEquals(value.compareExchange(0, 5), -0);
    assertEquals(value.value, 5);
  }
});

test("SharedValue refuses values of another kind, and is unchanged", () => {
  using value = new SharedValue("float64", 1);
  for (const wrong of ["1", 1n, null, undefined, {}, [1], true]) {
    assertThrows(() => value.value = wrong as never, TypeError, "give a number");
    assertThrows(() => value.add(wrong as never), TypeError, "give a number");
    assertThrows(() => value.sub(wrong as never), TypeError, "give a number");
    assertThrows(() => value.exchange(wrong as never), TypeError, "give a number");
    assertThrows(() => value.compareExchange(1, wrong as never), TypeError, "give a number");
    assertThrows(() => value.compareExchange(wrong as never, 1), TypeError, "give a number");
  }
  assertEquals(value.value, 1);
  using large = new SharedValue("uint64");
  assertThrows(() => large.add(1 as never), TypeError, "bigint");
  assertThrows(() => new SharedValue("int64", 0 as never), TypeError, "bigint");
  assertThrows(() => new SharedValue("int33" as DType), TypeError, '"int33"');
  assertThrows(() => new SharedValue("int32", 0, { lock: {} as never }), TypeError, "Lock or an RLock");
});

test("SharedValue refuses single steps on complex values", () => {
  for (const dtype of ["complex64", "complex128"] as const) {
    using z = new SharedValue(dtype, 2);
    assertEquals(z.value, [2, 0]);
    z.value = [1, -1];
    assertThrows(() => z.add(1), TypeError, "in one step");
    assertThrows(() => z.sub(1), TypeError, "in one step");
    assertThrows(() => z.exchange(1), TypeError, "in one step");
    assertThrows(() => z.compareExchange(1, 2), TypeError, "in one step");
    assertEquals(z.value, [1, -1]);
  }
});

test("SharedValue has a new RLock, or the lock it was given, which outlives it", () => {
  using value = new SharedValue("int32");
  assert(value.lock instanceof RLock);
  using lock = new Lock();
  {
    using other = new SharedValue("int32", 1, { lock });
    assertStrictEquals(other.lock, lock);
  }
  lock.acquireSync().release();
});

test("SharedValue travels by reference, its lock with it", () => {
  using value = new SharedValue("int16", 4);
  {
    using other = travel(value);
    other.add(-8);
    assertEquals(other.dtype, "int16");
  }
  assertEquals(value.value, -4);
  value.lock.acquireSync().release();
});

test("SharedValue throws once it is disposed, and disposing twice is fine", async () => {
  const value = new SharedValue("int32", 4), other = travel(value);
  value[Symbol.dispose]();
  value[Symbol.dispose]();
  assertThrows(() => value.value, ReferenceError, "disposed");
  assertThrows(() => value.value = 1, ReferenceError, "disposed");
  assertThrows(() => value.add(1), ReferenceError, "disposed");
  assertThrows(() => travel(value), ReferenceError, "disposed");
  await assertRejects(() => value.withLock(() => {}), ReferenceError, "disposed");
  other[Symbol.dispose]();
});

test("SharedValue goes to workers and back, as an argument, captured and nested", async () => {
  await using pool = new Pool(2);
  using value = new SharedValue("int64", 1n);
  const back = await pool.apply((v: SharedValue<"int64">) => {
    v.add(1n);
    return v;
  }, [value]);
  back.add(10n);
  assertEquals(await pool.apply(() => value.add(100n)), 12n);
  const nested = await pool.apply((x: { v: SharedValue<"int64"> }) => {
    using _guard = x.v.lock.acquireSync();
    return [x.v.value, x.v.lock.locked];
  }, [{ v: value }]);
  assertEquals(nested, [112n, true]);
  assertEquals(value.lock.locked, false);
  back[Symbol.dispose]();
});

for (const dtype of ["int8", "uint16", "int32", "int64", "float32", "float64"] as const) {
  test(`SharedValue.add() of three threads loses nothing: ${dtype}`, async () => {
    await using pool = new Pool(3);
    using total = new SharedValue(dtype), down = new SharedValue(dtype);
    const rounds = 3000;
    const work = (total: SharedValue, down: SharedValue, rounds: number, one: never) => {
      for (let i = 0; i < rounds; i++) {
        total.add(one);
        down.sub(one);
      }
    };
    await pool.starmap(
      work,
      [1, 2, 3].map(() => [total as never, down as never, rounds, of(dtype, 1)] as const),
    );
    const wrap = (n: number) =>
      new { int8: Int8Array, uint16: Uint16Array, int32: Int32Array, float32: Float32Array }[dtype as "int8"](
        [n],
      )[0];
    const sums = [3 * rounds, -3 * rounds];
    const expected = dtype === "int64" || dtype === "float64"
      ? sums.map((n) => of(dtype, n))
      : sums.map((n) => wrap(n) as never);
    assertEquals([total.value, down.value], expected);
  });
}

test("SharedValue.compareExchange() of three threads lets each change in once", async () => {
  await using pool = new Pool(3);
  using sum = new SharedValue("float64", 0.5);
  const tries = await pool.map((rounds: number) => {
    for (let i = 0; i < rounds; i++) {
      for (let seen = sum.value;;) {
        const before = sum.compareExchange(seen, seen + 2);
        if (before === seen) break;
        seen = before;
      }
    }
    return rounds;
  }, [2000, 3000, 4000]);
  assertEquals(sum.value, 0.5 + 2 * tries.reduce((a, b) => a + b));
});

test("SharedValue.exchange() of three threads gives every value to exactly one", async () => {
  await using pool = new Pool(3);
  using slot = new SharedValue("int32", 0);
  const sums = await pool.map((k: number) => {
    let got = 0;
    for (let i = 1; i <= 2000; i++) got += slot.exchange(k * 10_000 + i);
    return got;
  }, [1, 2, 3]);
  const put = [1, 2, 3].reduce((sum, k) => sum + 2000 * k * 10_000 + 2000 * 2001 / 2, 0);
  assertEquals(sums.reduce((a, b) => a + b) + slot.value, put);
});

// Python: 5436 of 10000 (gh-106691, gh-75835).
test("python complaint 23: += 1 of several threads is lost without a step or a lock, and not with one", async () => {
  await using pool = new Pool(2);
  for (const dtype of ["int32", "float64"] as const) {
    using stepped = new SharedValue(dtype), locked = new SharedValue(dtype);
    await pool.map(async (rounds: number) => {
      for (let i = 0; i < rounds; i++) {
        stepped.add(1);
        using _guard = locked.lock.acquireSync();
        locked.value += 1;
      }
      await locked.withLock(() => locked.value += 1);
    }, [5000, 5000]);
    assertEquals([stepped.value, locked.value], [10_000, 10_002]);
  }
});

test("SharedValue.withLock() gives the result, and releases after an error", async () => {
  for (const lock of [undefined, new Lock(), new RLock()]) {
    using value = new SharedValue("float64", 2, { lock });
    assertEquals(await value.withLock(() => value.lock.locked && value.value), 2);
    assertEquals(await value.withLock(async () => await Promise.resolve("later")), "later");
    const error = new Error("mine");
    assertStrictEquals(await assertRejects(() => value.withLock(() => Promise.reject(error))), error);
    await assertRejects(
      () =>
        value.withLock(() => {
          throw error;
        }),
      Error,
      "mine",
    );
    assertEquals(value.lock.locked, false);
    await assertRejects(() => value.withLock(3 as never), TypeError, "3");
    lock?.[Symbol.dispose]();
  }
});

test("SharedValue.withLock() keeps asynchronous functions of one thread apart", async () => {
  for (const lock of [undefined, new Lock()]) {
    using value = new SharedValue("int32", 0, { lock });
    const step = async () => {
      const before = value.value;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
      value.value = before + 1;
    };
    await Promise.all(Array.from({ length: 30 }, () => value.withLock(step)));
    assertEquals(value.value, 30);
    lock?.[Symbol.dispose]();
  }
});

test("SharedValue.withLock() may be called inside of itself, where siblings take turns too", async () => {
  using value = new SharedValue("int32"), other = new SharedValue("int32");
  const step = async () => {
    const before = value.value;
    await new Promise((resolve) => setTimeout(resolve, 1));
    value.value = before + 1;
  };
  const nest = () =>
    value.withLock(() => other.withLock(() => Promise.all([value.withLock(step), value.withLock(step)])));
  await Promise.all([nest(), value.withLock(step), nest()]);
  assertEquals(value.value, 5);
  // What a function leaves behind is outside once it has ended.
  let left: Promise<void> | undefined;
  await value.withLock(() => {
    left = new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => value.withLock(step));
  });
  await Promise.all([left, ...[1, 2, 3].map(() => value.withLock(step))]);
  assertEquals(value.value, 9);
  assertEquals([value.lock.locked, other.lock.locked], [false, false]);
});

test("SharedValue.withLock() ends by timeout and signal, in the thread's line too, and passes its turn on", async () => {
  using value = new SharedValue("int32");
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = value.withLock(() => promise);
  const error = await assertRejects(() => value.withLock(() => {}, { timeout: 10 }), TimeoutError, "10 ms");
  assertEquals(error.timeout, 10);
  await assertRejects(() => value.withLock(() => {}, { timeout: 0 }), TimeoutError);
  await assertRejects(() => value.withLock(() => {}, { timeout: -1 }), RangeError);
  const reason = new Error("enough"), controller = new AbortController();
  const aborted = assertRejects(() => value.withLock(() => {}, { signal: controller.signal }));
  const last = value.withLock(() => value.value = 7, { timeout: 60_000 });
  controller.abort(reason);
  assertStrictEquals(await aborted, reason);
  assertStrictEquals(
    await assertRejects(() => value.withLock(() => {}, { signal: controller.signal })),
    reason,
  );
  resolve();
  await first;
  assertEquals(await last, 7);
  assertEquals(value.lock.locked, false);
});

test("SharedValue.withLock() times out while another thread holds the lock", async () => {
  using value = new SharedValue("int32");
  const process = new Process({
    target: (value: SharedValue<"int32">) =>
      value.withLock(async () => {
        value.value = 1;
        while (value.value === 1) await new Promise((resolve) => setTimeout(resolve, 1));
      }),
    args: [value],
  });
  process.start();
  while (value.value === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  const error = await assertRejects(() => value.withLock(() => {}, { timeout: 20 }), TimeoutError);
  assertEquals(error.timeout, 20);
  value.value = 2;
  assertEquals(await value.withLock(() => value.value), 2);
  await process.join();
});

test("SharedValue's lock is abandoned when its holder is killed, and recovers", async () => {
  using value = new SharedValue("int32");
  const process = new Process({
    target: () => {
      value.lock.acquireSync();
      value.value = 1;
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  });
  process.start();
  while (value.value === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  process.kill();
  await process.join();
  await assertRejects(() => value.withLock(() => {}), AbandonedLockError);
  (await value.lock.recover()).release();
  assertEquals(await value.withLock(() => value.exchange(5)), 1);
});
