/**
 * `Pool.imap` and `Pool.imapUnordered`: how far ahead they pull, where errors surface, and leaving early.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import {
  PoolClosedError,
  type RawArray,
  SerializationError,
  TimeoutError,
} from "@multicore/multicore/shared";
import { count } from "./_tasks.ts";
import { Counters, eventually, settles, test } from "./_tools.ts";

const square = (x: number) => x * x;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const failAt3 = (x: number) => {
  if (x === 3) throw new RangeError("three");
  return x;
};
const tick = () => new Promise((resolve) => setTimeout(resolve, 0));

/** An input that counts what is pulled from it, and whether it was told to return. */
class Source implements Iterable<number> {
  pulled = 0;
  returned = 0;
  highest = 0;

  constructor(readonly length = Infinity, readonly onPull = (_pulled: number) => {}) {}

  [Symbol.iterator](): Iterator<number> {
    return {
      next: () => {
        if (this.pulled >= this.length) return { done: true, value: undefined };
        this.onPull(this.pulled + 1);
        return { done: false, value: this.pulled++ };
      },
      return: () => {
        this.returned++;
        return { done: true, value: undefined };
      },
    };
  }

  /** The same, asynchronously. */
  get later(): AsyncIterable<number> {
    const inner = this[Symbol.iterator]();
    return {
      [Symbol.asyncIterator]: () => ({
        next: () => tick().then(() => inner.next()),
        return: () => tick().then(() => inner.return!()),
      }),
    };
  }
}

/** Everything an iterator says, errors as strings, until it says that it is done. */
async function listen(results: AsyncIterator<unknown>, most = 1000): Promise<unknown[]> {
  const heard: unknown[] = [];
  while (heard.length < most) {
    try {
      const { done, value } = await settles(results.next(), "next()");
      if (done) return [...heard, "done"];
      heard.push(value);
    } catch (error) {
      heard.push(`${(error as Error).name}: ${(error as Error).message}`);
    }
  }
  return heard;
}

test("Pool.imap() yields in the order of the input, imapUnordered() everything", async () => {
  await using pool = new Pool(2);
  const slowFirst = (x: number) => new Promise<number>((done) => setTimeout(() => done(x), x === 0 ? 60 : 0));
  for (const chunksize of [1, 3, 50]) {
    assertEquals(await Array.fromAsync(pool.imap(square, range(20), { chunksize })), range(20).map(square));
    const loose = await Array.fromAsync(pool.imapUnordered(square, range(20), { chunksize }));
    assertEquals(loose.sort((a, b) => a - b), range(20).map(square));
  }
  assertEquals(await Array.fromAsync(pool.imap(slowFirst, range(8))), range(8));
  const [first, ...rest] = await Array.fromAsync(pool.imapUnordered(slowFirst, range(8)));
  assert(first !== 0);
  assertEquals([first, ...rest].sort(), range(8));
});

test("Pool.imap() takes strings, sets, generators, async generators and streams", async () => {
  await using pool = new Pool(2);
  const same = <T>(x: T) => x;
  assertEquals(await Array.fromAsync(pool.imap(same, "ab😀")), ["a", "b", "😀"]);
  assertEquals(await Array.fromAsync(pool.imap(square, new Set([1, 2]))), [1, 4]);
  const generator = async function* () {
    for (const x of [1, 2, 3]) {
      await tick();
      yield x;
    }
  };
  assertEquals(await Array.fromAsync(pool.imap(square, generator())), [1, 4, 9]);
  assertEquals(await Array.fromAsync(pool.imap(square, ReadableStream.from([4, 5]))), [16, 25]);
  assertEquals(await Array.fromAsync(pool.imap(square, generator(), { chunksize: 2 })), [1, 4, 9]);
});

for (const [processes, chunksize, buffersize] of [[2, 1, 1], [2, 1, 2], [2, 1, 5], [1, 3, 4], [2, 4, 2]]) {
  for (const kind of ["sync", "async"] as const) {
    const title = `${kind} input, ${processes} workers, chunksize ${chunksize}, buffersize ${buffersize}`;
    test(`Pool.imap() pulls no further ahead than buffersize: ${title}`, async () => {
      await using pool = new Pool(processes);
      let asked = 0;
      // Each call of next() may take one result away, so that one more may be pulled; never before it was asked.
      const source = new Source(Infinity, (pulled) => assert(pulled <= asked + buffersize));
      const results = pool.imap(square, kind === "sync" ? source : source.later, { chunksize, buffersize });
      for (let step = 0; step < 12; step++) {
        await eventually(() => source.pulled === step + buffersize, `${step + buffersize} pulled`);
        for (let i = 0; i < 5; i++) await tick();
        assertEquals(source.pulled - step, buffersize, "pulled and not yielded");
        asked++;
        assertEquals(await settles(results.next()), { done: false, value: step * step });
      }
      await results.return!();
    });
  }
}

test("Pool.imap() buffers 4 * processes * chunksize items by default", async () => {
  await using pool = new Pool(2);
  for (const [chunksize, most] of [[undefined, 8], [3, 24]] as const) {
    const source = new Source();
    const results = pool.imap(square, source, chunksize ? { chunksize } : {});
    await eventually(() => source.pulled === most, `${most} items are pulled`);
    await pool.map(square, range(4));
    assertEquals(source.pulled, most);
    await results.return!();
  }
});

for (const verb of ["imap", "imapUnordered"] as const) {
  test(`Pool.${verb}() runs no more items at once than buffersize`, async () => {
    using counts = new Counters(2);
    await using pool = new Pool(2);
    const items = function* (): Generator<RawArray<"int32">> {
      for (;;) yield counts.array;
    };
    const gauge = async (gauges: RawArray<"int32">) => {
      const now = Atomics.add(gauges.view, 0, 1) + 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (now > Atomics.load(gauges.view, 1)) Atomics.store(gauges.view, 1, now);
      Atomics.sub(gauges.view, 0, 1);
    };
    let taken = 0;
    for await (const _ of pool[verb](gauge, items(), { buffersize: 1 })) if (++taken === 10) break;
    assertEquals(counts.at(1), 1);
  });

  test(`Pool.${verb}() called off by break tells its input, drops the rest and frees the workers`, async () => {
    await using pool = new Pool(2);
    for (const kind of ["sync", "async"] as const) {
      const source = new Source();
      let taken = 0;
      for await (const _ of pool[verb](square, kind === "sync" ? source : source.later)) {
        if (++taken === 7) break;
      }
      assertEquals(source.returned, 1);
      const { pulled } = source;
      assertEquals(await pool.map(square, range(10)), range(10).map(square));
      assertEquals(source.pulled, pulled);
      assertEquals(pool.stats().pending, 0);
    }
    assertEquals(pool.stats().lost, 0);
  });

  test(`Pool.${verb}() says done again and again after the end`, async () => {
    await using pool = new Pool(1);
    const results = pool[verb](square, [2]);
    assertEquals(await listen(results), [4, "done"]);
    assertEquals(await results.next(), { done: true, value: undefined });
    assertEquals(await results.next(), { done: true, value: undefined });
    assertEquals(results[Symbol.asyncIterator](), results);
    const left = pool[verb](square, range(100));
    await left.return!();
    assertEquals(await left.next(), { done: true, value: undefined });
  });
}

for (const chunksize of [1, 2, 3, 8]) {
  test(`Pool.imap() throws an item's error in its place and goes on, chunksize ${chunksize}`, async () => {
    await using pool = new Pool(2);
    const heard = await listen(pool.imap(failAt3, range(8), { chunksize }));
    assertEquals(heard, [0, 1, 2, "RangeError: three", 4, 5, 6, 7, "done"]);
    const loose = await listen(pool.imapUnordered(failAt3, range(8), { chunksize }));
    assertEquals(loose.pop(), "done");
    assertEquals(loose.sort(), [0, 1, 2, 4, 5, 6, 7, "RangeError: three"]);
  });

  test(`Pool.imap() gives the results before its input's error, then it, then ends, chunksize ${chunksize}`, async () => {
    await using pool = new Pool(2);
    const error = new Error("the input");
    const sync = function* () {
      yield* [1, 2, 3];
      throw error;
    };
    const later = async function* () {
      await tick();
      yield* sync();
    };
    for (const input of [sync, later]) {
      assertEquals(await listen(pool.imap(square, input(), { chunksize })), [
        1,
        4,
        9,
        "Error: the input",
        "done",
      ]);
      const loose = await listen(pool.imapUnordered(square, input(), { chunksize }));
      assertEquals(loose.slice(3), ["Error: the input", "done"]);
      assertEquals(loose.slice(0, 3).sort(), [1, 4, 9]);
    }
    const results = pool.imap(square, sync(), { chunksize });
    for (let i = 0; i < 3; i++) await results.next();
    assertEquals(await results.next().catch((e) => e), error);
  });
}

test("Pool.imap() fails only the item that cannot travel", async () => {
  await using pool = new Pool(1);
  const items = [1, Symbol("no"), 3] as number[];
  const heard = await listen(pool.imap((x: number) => x, items, { chunksize: 3 }));
  assertEquals([heard[0], heard[2], heard[3]], [1, 3, "done"]);
  assert(String(heard[1]).startsWith("SerializationError"));
  const functions = pool.imap((x: number) => x === 1 ? () => {} : x, [0, 1, 2]);
  assertEquals((await functions.next()).value, 0);
  await assertRejects(() => functions.next(), SerializationError);
  assertEquals(await listen(functions), [2, "done"]);
});

test("Pool.imap() answers calls of next() that wait at the same time in their order", async () => {
  await using pool = new Pool(2);
  const results = pool.imap(square, new Source(5));
  const answers = await settles(Promise.all(range(7).map(() => results.next())));
  assertEquals(answers.map(({ value }) => value), [0, 1, 4, 9, 16, undefined, undefined]);
  const waiting = pool.imap(() => new Promise(() => {}), [1, 2]);
  const first = waiting.next();
  await waiting.return!();
  assertEquals(await settles(first, "a next() that waits when the loop is left"), {
    done: true,
    value: undefined,
  });
  assertEquals(await settles(pool.apply(square, [3]), "the next call"), 9);
});

for (const verb of ["imap", "imapUnordered"] as const) {
  for (const input of ["array", "generator", "async generator"] as const) {
    test(`Pool.join() after close() does not wait for the consumer of ${verb}() of an ${input}`, async () => {
      const pool = new Pool(2);
      const source = new Source(input === "array" ? 50 : Infinity);
      const given = input === "array" ? [...source] : input === "generator" ? source : source.later;
      const results = pool[verb](square, given);
      for (let i = 0; i < 3; i++) await results.next();
      pool.close();
      await settles(pool.join(), "join()");
      // What was run can still be had, then it ends, with a reason or without.
      const heard = await listen(results);
      assertEquals(heard.pop(), "done");
      if (input === "array") assertEquals(heard.length, 47);
    });
  }

  test(`Pool.terminate() rejects the next() of ${verb}() that waits, and ends the iteration`, async () => {
    const pool = new Pool(1);
    const source = new Source();
    const results = pool[verb](() => new Promise(() => {}), source);
    const next = results.next();
    await eventually(() => source.pulled > 0, "the input is pulled");
    pool.terminate();
    await assertRejects(() => settles(next, "next()"), PoolClosedError);
    assertEquals(await settles(results.next()), { done: true, value: undefined });
    await settles(pool.join());
    assertEquals(source.returned, 1);
  });

  test(`Pool.${verb}() rejects with the reason of an aborted signal, and calls its input's return()`, async () => {
    await using pool = new Pool(1);
    const source = new Source(), reason = new Error("enough"), controller = new AbortController();
    const never = (x: number) => x < 2 ? x : new Promise<number>(() => {});
    const results = pool[verb](never, source, { signal: controller.signal });
    assertEquals([(await results.next()).value, (await results.next()).value], [0, 1]);
    const next = results.next();
    controller.abort(reason);
    assertEquals(await settles(next).catch((e) => e), reason);
    assertEquals(await settles(results.next()), { done: true, value: undefined });
    assertEquals(await settles(pool.apply(square, [3])), 9);
    assertEquals(source.returned, 1);
    const late = pool[verb](square, new Source(), { signal: AbortSignal.abort(reason) });
    assertEquals(await settles(late.next()).catch((e) => e), reason);
  });
}

test("Pool.imap() counts an item's timeout for that item alone", async () => {
  await using pool = new Pool(2);
  const slow = (x: number) => x === 1 ? new Promise<number>(() => {}) : x;
  const results = pool.imap(slow, range(4), { timeout: 150, chunksize: 4 });
  assertEquals((await results.next()).value, 0);
  const error = await settles(results.next()).catch((e) => e);
  assertInstanceOf(error, TimeoutError);
  assertEquals(error.timeout, 150);
  assertEquals(await listen(results), [2, 3, "done"]);
});

test("Pool.imap() tells its progress; the total is known once the input has ended", async () => {
  await using pool = new Pool(1);
  const seen: [number, number | undefined, number][] = [];
  const onProgress = ({ done, total, failed }: { done: number; total: number | undefined; failed: number }) =>
    void seen.push([done, total, failed]);
  await listen(pool.imap(failAt3, new Source(6), { onProgress, buffersize: 2 }));
  assertEquals(seen.map(([done, , failed]) => [done, failed]), range(6).map((i) => [i + 1, i >= 3 ? 1 : 0]));
  assertEquals(seen[0][1], undefined);
  const endless = pool.imap(square, new Source(), {
    onProgress: ({ total }) => assertEquals(total, undefined),
  });
  for (let i = 0; i < 5; i++) await endless.next();
  await endless.return!();
});

test("Pool.imap() runs each item once, however it is consumed", async () => {
  using counts = new Counters(60);
  await using pool = new Pool(2);
  const items = (from: number) => range(20).map((i): [RawArray<"int32">, number] => [counts.array, from + i]);
  const spread = (item: [RawArray<"int32">, number]) => {
    Atomics.add(item[0].view, item[1], 1);
    return item[1];
  };
  const [a, b] = await Promise.all([
    Array.fromAsync(pool.imap(spread, items(0), { chunksize: 3, buffersize: 4 })),
    Array.fromAsync(pool.imapUnordered(spread, items(20), { chunksize: 2, buffersize: 7 })),
    pool.starmap(count, items(40)),
  ]);
  assertEquals(a, range(20));
  assertEquals(b.sort((x, y) => x - y), range(20).map((i) => i + 20));
  assertEquals(counts.list(), Array(60).fill(1));
});
