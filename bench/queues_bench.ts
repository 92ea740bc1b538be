/**
 * Queues and pipes: a round trip against a bare ping-pong, small items against `postMessage`, arrays against two copies.
 *
 * `deno bench --no-prompt --allow-read --allow-sys bench/queues_bench.ts`
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { type Connection, pipe, Queue, RawArray } from "@multicore/multicore/shared";

const pool = new Pool(2);
const TRIPS = 2000, ITEMS = 5000, ARRAYS = 20;

// Round trips, between two workers: nobody's event loop takes part.
const words = new RawArray("int32", 32);
const there = new Queue<number>(), back = new Queue<number>();
const [left, right] = pipe();

const bare = (words: RawArray<"int32">, mine: number, other: number, count: number, first: boolean) => {
  const { view } = words;
  for (let i = 0; i < count; i++) {
    if (!first) { while (Atomics.load(view, mine) === i) Atomics.wait(view, mine, i); }
    Atomics.add(view, other, 1);
    Atomics.notify(view, other, 1);
    if (first) { while (Atomics.load(view, mine) === i) Atomics.wait(view, mine, i); }
  }
};
const askQueue = (there: Queue<number>, back: Queue<number>, count: number) => {
  for (let i = 0; i < count; i++) {
    there.putSync(i);
    back.getSync();
  }
};
const answerQueue = (there: Queue<number>, back: Queue<number>, count: number) => {
  for (let i = 0; i < count; i++) back.putSync(there.getSync());
};
const askPipe = (end: Connection, count: number) => {
  for (let i = 0; i < count; i++) {
    end.sendSync(i);
    end.recvSync();
  }
};
const answerPipe = (end: Connection, count: number) => {
  for (let i = 0; i < count; i++) end.sendSync(end.recvSync());
};

const roundTrips = `${TRIPS} round trips between two workers`;
Deno.bench({
  name: "bare Atomics.wait and notify",
  group: roundTrips,
  baseline: true,
  fn: async () => {
    words.view.fill(0);
    await Promise.all([
      pool.apply(bare, [words, 0, 16, TRIPS, true]),
      pool.apply(bare, [words, 16, 0, TRIPS, false]),
    ]);
  },
});
Deno.bench({
  name: "Queue",
  group: roundTrips,
  fn: async () => {
    await Promise.all([
      pool.apply(askQueue, [there, back, TRIPS]),
      pool.apply(answerQueue, [there, back, TRIPS]),
    ]);
  },
});
Deno.bench({
  name: "pipe",
  group: roundTrips,
  fn: async () => {
    await Promise.all([pool.apply(askPipe, [left, TRIPS]), pool.apply(answerPipe, [right, TRIPS])]);
  },
});

// Small items, from a worker to the main thread.
const item = (i: number) => ({ id: i, name: "an item", at: [i, 2, 3] });
const small = new Queue<ReturnType<typeof item>>();
const fill = (queue: Queue<unknown>, count: number) => {
  for (let i = 0; i < count; i++) queue.putSync({ id: i, name: "an item", at: [i, 2, 3] });
};
const drain = (queue: Queue<{ id: number }>, count: number) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += queue.getSync().id;
  return sum;
};
const poster = new Worker(
  new URL(
    "data:text/javascript," + encodeURIComponent(`
import { parentPort } from "node:worker_threads";
parentPort.on("message", (count) => {
  for (let i = 0; i < count; i++) parentPort.postMessage({ id: i, name: "an item", at: [i, 2, 3] });
});`),
  ),
  { env: {} } as never,
);
const SUM = ITEMS * (ITEMS - 1) / 2;

const smallItems = `${ITEMS} small items`;
Deno.bench({
  name: "postMessage, worker to main",
  group: smallItems,
  baseline: true,
  fn: async () => {
    const sum = await new Promise((resolve) => {
      let sum = 0, count = 0;
      poster.on("message", function listener({ id }: { id: number }) {
        sum += id;
        if (++count < ITEMS) return;
        poster.off("message", listener);
        resolve(sum);
      });
      poster.postMessage(ITEMS);
    });
    assertEquals(sum, SUM);
  },
});
Deno.bench({
  name: "Queue, worker to main",
  group: smallItems,
  fn: async () => {
    const filling = pool.apply(fill, [small, ITEMS]);
    let sum = 0;
    for (let i = 0; i < ITEMS; i++) sum += (await small.get()).id;
    await filling;
    assertEquals(sum, SUM);
  },
});
Deno.bench({
  name: "Queue, worker to worker",
  group: smallItems,
  fn: async () => {
    const [, sum] = await Promise.all([
      pool.apply(fill, [small, ITEMS]),
      pool.apply(drain, [small as never, ITEMS]),
    ]);
    assertEquals(sum, SUM);
  },
});

// Arrays of 1 MB: into shared memory and out again.
const array = new Float64Array(131_072).map((_, i) => i), arrays = new Queue<Float64Array>();
const between = new Float64Array(new SharedArrayBuffer(array.byteLength));
const ready = new Float64Array(array.length);
const megabytes = `${ARRAYS} arrays of 1 MB, in and out in one thread`;
Deno.bench({
  name: "two copies, the second into a new array",
  group: megabytes,
  baseline: true,
  fn: () => {
    for (let i = 0; i < ARRAYS; i++) {
      between.set(array);
      assertEquals(between.slice()[9], 9);
    }
  },
});
Deno.bench({
  name: "two copies, both into memory that is there",
  group: megabytes,
  fn: () => {
    for (let i = 0; i < ARRAYS; i++) {
      between.set(array);
      ready.set(between);
    }
  },
});
Deno.bench({
  name: "Queue",
  group: megabytes,
  fn: () => {
    for (let i = 0; i < ARRAYS; i++) {
      arrays.putSync(array);
      assertEquals(arrays.getSync()[9], 9);
    }
  },
});
Deno.bench({
  name: "pipe",
  group: megabytes,
  fn: () => {
    for (let i = 0; i < ARRAYS; i++) {
      left.sendSync(array);
      assertEquals(right.recvSync<Float64Array>()[9], 9);
    }
  },
});
