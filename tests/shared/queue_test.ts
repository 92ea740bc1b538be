/**
 * Queues: the verbs in all forms, limits, order, items of every kind, the end.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import {
  heapStats,
  NDArray,
  Queue,
  QueueClosedError,
  QueueEmptyError,
  QueueFullError,
  SerializationError,
  SharedMemory,
} from "@multicore/multicore/shared";
import { eventually, settles, test } from "../pool/_tools.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

test("Queue gives items in the order in which they were put, in all forms", async () => {
  using queue = new Queue<number>();
  await queue.put(0);
  queue.putSync(1);
  assert(queue.tryPut(2));
  assertEquals(queue.size, 3);
  assertEquals(await queue.get(), 0);
  assertEquals(queue.getSync(), 1);
  assertEquals(queue.tryGet(), 2);
  assertEquals(queue.tryGet(), undefined);
  assertEquals(queue.size, 0);
});

test("Queue says at the call that an argument is wrong", async () => {
  for (const value of [0, -1, 1.5, NaN, 2 ** 31]) {
    assertThrows(() => new Queue({ capacity: value }), RangeError);
    assertThrows(() => new Queue({ byteCapacity: value }), RangeError);
  }
  assertThrows(() => new Queue({ capacity: "1" as never }), TypeError);
  using queue = new Queue<unknown>();
  for (const timeout of [-1, NaN]) {
    assertThrows(() => queue.putSync(1, { timeout }), RangeError);
    assertThrows(() => queue.getSync({ timeout }), RangeError);
    await assertRejects(() => queue.put(1, { timeout }), RangeError);
    await assertRejects(() => queue.get({ timeout }), RangeError);
  }
  assertThrows(() => queue.putSync(1, { timeout: "1" as never }), TypeError);
  const thrown = new URIError("mine");
  for (const item of [() => {}, Symbol("x"), new Proxy(new Map(), {}), { deep: [() => {}] }]) {
    assertThrows(() => queue.putSync(item), SerializationError);
    assertThrows(() => queue.tryPut(item), SerializationError);
    await assertRejects(() => queue.put(item), SerializationError);
  }
  const hostile = {
    get x() {
      throw thrown;
    },
  };
  assertThrows(() => queue.putSync(hostile), URIError);
  assertEquals(queue.size, 0);
});

test("Queue.put() fails with QueueFullError when its timeout passes, get() with QueueEmptyError", async () => {
  using queue = new Queue<number>({ capacity: 1 });
  assertThrows(() => queue.getSync({ timeout: 0 }), QueueEmptyError, "0 ms");
  await assertRejects(() => queue.get({ timeout: 5 }), QueueEmptyError, "5 ms");
  await queue.put(1, { timeout: 0 });
  assert(!queue.tryPut(2));
  assertThrows(() => queue.putSync(2, { timeout: 0 }), QueueFullError);
  assertThrows(() => queue.putSync(2, { timeout: 5 }), QueueFullError);
  await assertRejects(() => queue.put(2, { timeout: 0 }), QueueFullError);
  await assertRejects(() => queue.put(2, { timeout: 5 }), QueueFullError, "5 ms");
  assertEquals([queue.tryGet(), queue.tryGet()], [1, undefined]);
});

test("Queue.put() and get() reject with the signal's reason, and neither takes nor leaves an item", async () => {
  using queue = new Queue<number>({ capacity: 1 });
  const reason = new Error("enough");
  await assertRejects(() => queue.get({ signal: AbortSignal.abort(reason) }), Error, "enough");
  await assertRejects(() => queue.put(1, { signal: AbortSignal.abort(reason) }), Error, "enough");
  assertEquals(queue.size, 0);
  const getting = new AbortController(), got = queue.get({ signal: getting.signal });
  getting.abort(reason);
  await assertRejects(() => settles(got), Error, "enough");
  queue.putSync(1);
  const putting = new AbortController(), put = queue.put(2, { signal: putting.signal });
  const next = queue.put(3);
  putting.abort(reason);
  await assertRejects(() => settles(put), Error, "enough");
  assertEquals(await queue.get(), 1);
  await settles(next);
  assertEquals(await queue.get(), 3);
  assertEquals(queue.tryGet(), undefined);
});

test("Queue.put() keeps the order of one thread's puts, awaited or not, timed out or not", async () => {
  using queue = new Queue<number>({ capacity: 2 });
  const puts = range(50).map((i) => queue.put(i, i % 10 === 5 ? { timeout: 1 } : {}));
  const settled = Promise.allSettled(puts);
  await assertRejects(() => puts[5], QueueFullError);
  const got = [];
  for (let i = 0; i < 45; i++) got.push(await settles(queue.get()));
  const outcomes = await settles(settled);
  assertEquals(got, range(50).filter((i) => outcomes[i].status === "fulfilled"));
  assertEquals(queue.size, 0);
});

test("Queue takes the item as it is at the call, and gives the memory of what was not put back", async () => {
  using queue = new Queue<{ n: number; data: Uint8Array; map: Map<string, Float64Array> }>({ capacity: 1 });
  const item = { n: 1, data: new Uint8Array(9000), map: new Map([["a", new Float64Array(1000)]]) };
  queue.putSync(item);
  const waiting = queue.put(item), late = queue.put(item, { timeout: 1 });
  item.n = 2;
  item.data.fill(7);
  item.map.get("a")!.fill(7);
  await assertRejects(() => late, QueueFullError);
  assert(!queue.tryPut(item));
  for (let i = 0; i < 2; i++) {
    const { n, data, map } = await queue.get();
    assertEquals([n, data[0], map.get("a")![0]], [1, 0, 0]);
  }
  await waiting;
});

test("Queue with byteCapacity bounds the bytes, copies beside a message included; a larger item goes alone", async () => {
  using queue = new Queue<unknown>({ byteCapacity: 10_000 });
  assert(queue.tryPut(new Uint8Array(20_000)));
  assert(!queue.tryPut(1));
  assertInstanceOf(queue.getSync(), Uint8Array);
  assert(queue.tryPut(1));
  assert(!queue.tryPut(new Uint8Array(20_000)));
  assert(!queue.tryPut(new Map([[1, new Uint8Array(20_000)]])));
  assert(queue.tryPut(new Uint8Array(4000)));
  assert(queue.tryPut(new Uint8Array(4000)));
  assert(!queue.tryPut(new Uint8Array(4000)));
  const small = range(3).map(() => queue.put(new Uint8Array(1500)));
  for (let i = 0; i < 3; i++) queue.getSync();
  await settles(Promise.all(small));
  assertEquals(queue.size, 3);
  for (let i = 0; i < 3; i++) queue.getSync();
  assert(queue.tryPut(new Set([new Float64Array(20_000)])));
  assert(!queue.tryPut(1));
});

test("Queue carries items of every kind", async () => {
  using queue = new Queue<unknown>();
  using array = NDArray.shared([3], "float64");
  using memory = SharedMemory.create(10);
  const error = Object.assign(new RangeError("no", { cause: 5 }), { code: 7 });
  const items = [
    undefined,
    null,
    -0,
    NaN,
    5n,
    "\ud800",
    "é".repeat(100_000),
    "x".repeat(200_000),
    { a: [1, { b: 2 }] },
    new Map([[1, new Set([{}])]]),
    new Date(5),
    /x/g,
    new Float64Array(10).fill(1.5),
    new Int16Array(5000),
    new Uint8Array(100).subarray(3, 7),
    new DataView(new ArrayBuffer(5)),
    new ArrayBuffer(9),
    [1, , 3],
    range(20_000),
    { big: new Float32Array(70_000).fill(2), more: [new Uint8Array(3000).fill(9)] },
  ]; // deno-fmt-ignore
  for (const item of items) queue.putSync(item);
  for (const item of items) assertEquals(await queue.get(), item);
  queue.putSync([array, memory, error]);
  const [same, again, failure] = queue.getSync() as [NDArray, SharedMemory, RangeError & { code: number }];
  array.set(4.5, 2);
  memory.buf[3] = 8;
  assertEquals([same.get(2), again.buf[3]], [4.5, 8]);
  assertInstanceOf(failure, RangeError);
  assertEquals([failure.message, failure.cause, failure.code], ["no", 5, 7]);
  again.close();
  same[Symbol.dispose]();
});

test("Queue keeps what is in it alive, and lets it go unread", () => {
  const before = heapStats().blocks;
  {
    using queue = new Queue<unknown>();
    {
      using array = NDArray.shared([1000], "float64");
      array.fill(3);
      queue.putSync(array);
      queue.putSync(new Map([[1, array]]));
      queue.putSync([array, new Set([new Uint8Array(5000)])]);
    }
    const array = queue.getSync() as NDArray;
    assertEquals(array.get(999), 3);
    array[Symbol.dispose]();
  }
  assertEquals(heapStats().blocks, before);
});

test("Queue carries a 10 MB array, and arrays in number", async () => {
  using queue = new Queue<Float64Array>({ capacity: 3 });
  const array = new Float64Array(1_250_000).map((_, i) => i);
  const echo = (queue: Queue<Float64Array>, out: Queue<Float64Array>) => {
    for (let i = 0; i < 5; i++) {
      const array = queue.getSync();
      array[0] += 1;
      out.putSync(array);
    }
  };
  using out = new Queue<Float64Array>();
  const process = new Process({ target: echo, args: [queue, out] });
  process.start();
  for (let i = 0; i < 5; i++) await queue.put(array);
  await settles(process.join());
  for (let i = 0; i < 5; i++) {
    const back = out.getSync();
    assertEquals([back.length, back[0], back.at(-1)], [array.length, 1, 1_249_999]);
  }
});

test("Queue.close() wakes all who wait; get() drains first; `for await` ends", async () => {
  using queue = new Queue<number>({ capacity: 2 }), empty = new Queue<number>();
  const got = empty.get(), all = Array.fromAsync(empty);
  queue.putSync(1);
  queue.putSync(2);
  const put = queue.put(3);
  empty.close();
  queue.close();
  queue.close();
  await assertRejects(() => settles(got), QueueClosedError);
  assertEquals(await settles(all), []);
  await assertRejects(() => settles(put), QueueClosedError);
  assertThrows(() => queue.putSync(4), QueueClosedError);
  assertThrows(() => queue.tryPut(4), QueueClosedError);
  assertEquals(await Array.fromAsync(queue), [1, 2]);
  assertThrows(() => queue.tryGet(), QueueClosedError);
  assertThrows(() => queue.getSync({ timeout: 0 }), QueueClosedError);
});

test("Queue's dispose ends the waits of all threads", async () => {
  const queue = new Queue<number>({ capacity: 1 }), full = new Queue<number>({ capacity: 1 });
  full.putSync(1);
  using ready = new Queue<number>(), said = new Queue<string>();
  const wait = (
    queue: Queue<number>,
    full: Queue<number>,
    ready: Queue<number>,
    said: Queue<string>,
    how: number,
  ) => {
    ready.putSync(how);
    try {
      how ? queue.getSync() : full.putSync(2);
    } catch (error) {
      said.putSync((error as Error).name);
    }
  };
  await using pool = new Pool(2);
  const waits = [0, 1].map((how) => pool.apply(wait, [queue, full, ready, said, how]));
  const mine: Promise<unknown>[] = [queue.get(), full.put(3)];
  for (let i = 0; i < 2; i++) await settles(ready.get());
  queue[Symbol.dispose]();
  full[Symbol.dispose]();
  queue[Symbol.dispose]();
  for (const one of mine) await assertRejects(() => settles(one), QueueClosedError);
  await settles(Promise.all(waits));
  assertEquals([said.getSync(), said.getSync()], ["QueueClosedError", "QueueClosedError"]);
  assertThrows(() => queue.putSync(1), QueueClosedError);
  assertThrows(() => queue.tryGet(), QueueClosedError);
});

test("Queue shares its items among several `for await` consumers", async () => {
  using queue = new Queue<number>();
  const consume = async () => {
    const got = [];
    for await (const item of queue) got.push(item);
    return got;
  };
  const consumers = [consume(), consume(), consume()];
  for (let i = 0; i < 300; i++) await queue.put(i);
  queue.close();
  const all = (await settles(Promise.all(consumers))).flat();
  assertEquals(all.sort((a, b) => a - b), range(300));
});

interface Item {
  readonly producer: number;
  readonly n: number;
  readonly load?: unknown;
}

const produce = async (queue: Queue<Item>, producer: number, count: number, form: number) => {
  for (let n = 0; n < count; n++) {
    const load = n % 50 === 0
      ? new Uint8Array(6000).fill(n)
      : n % 70 === 0
      ? new Map([[n, "x"]])
      : "s".repeat(n % 40);
    const item = { producer, n, load };
    if (form === 0) queue.putSync(item);
    else if (form === 1) await queue.put(item);
    else while (!queue.tryPut(item)) await new Promise((resolve) => setTimeout(resolve));
  }
};

const consume = async (queue: Queue<Item>, form: number) => {
  const got: number[] = [];
  try {
    for (;;) {
      let item: Item | undefined;
      if (form === 0) item = queue.getSync();
      else if (form === 1) item = await queue.get();
      else if (!(item = queue.tryGet())) {
        await new Promise((resolve) => setTimeout(resolve));
        continue;
      }
      if (item.load instanceof Uint8Array && item.load.some((x) => x !== item.n % 256)) {
        throw new Error("damaged");
      }
      got.push(item.producer * 1e6 + item.n);
    }
  } catch (error) {
    if ((error as Error).name !== "QueueClosedError") throw error;
  }
  return got;
};

for (
  const [producers, consumers, options] of [[3, 3, { capacity: 5 }], [4, 1, {}], [1, 4, {
    byteCapacity: 9000,
  }]] as const
) {
  test(`Queue loses and doubles nothing: ${producers} producers, ${consumers} consumers ${JSON.stringify(options)}`, async () => {
    const COUNT = 1500;
    using queue = new Queue<Item>(options);
    await using pool = new Pool(producers + consumers);
    const eating = range(consumers + 1).map((form) =>
      form < consumers ? pool.apply(consume, [queue, form % 3]) : consume(queue, 1)
    );
    const making = range(producers).map((i) => pool.apply(produce, [queue, i, COUNT, i % 3]));
    making.push(produce(queue, producers, COUNT, 1));
    await settles(Promise.all(making), "producers", 30_000);
    queue.close();
    const lists = await settles(Promise.all(eating), "consumers", 30_000);
    for (const list of lists) {
      const last = new Map<number, number>();
      for (const code of list) {
        const producer = Math.floor(code / 1e6);
        assert(code > (last.get(producer) ?? -1), "the order of one producer");
        last.set(producer, code);
      }
    }
    const all = lists.flat();
    assertEquals([all.length, new Set(all).size], [COUNT * (producers + 1), COUNT * (producers + 1)]);
    const sum = all.reduce((a, b) => a + b % 1e6, 0);
    assertEquals(sum, (producers + 1) * COUNT * (COUNT - 1) / 2);
  });
}

test("python complaint 14: a process that has put much ends before anybody gets it", async () => {
  using queue = new Queue<Uint8Array>();
  const target = (queue: Queue<Uint8Array>) => {
    for (let i = 0; i < 20; i++) queue.putSync(new Uint8Array(100_000).fill(i));
  };
  const process = new Process({ target, args: [queue] });
  process.start();
  assert(await settles(process.join()));
  assertEquals([process.exitCode, queue.size], [0, 20]);
  for (let i = 0; i < 20; i++) assertEquals(queue.getSync()[99_999], i);
});

test("Queue that nobody disposes goes with the thread that made it, and what was in it", async () => {
  const before = heapStats().blocks;
  const target = () => {
    const queue = new Queue<unknown>();
    queue.putSync(new Uint8Array(100_000));
    queue.putSync(new Map([[1, new Uint8Array(10_000)]]));
    queue.putSync(NDArray.shared([5]));
  };
  const process = new Process({ target });
  process.start();
  await settles(process.join());
  await eventually(() => heapStats().blocks === before, Deno.inspect(heapStats().kinds));
});
