/**
 * A main thread that blocks in a primitive, and not in a verb of its pool, while the pool has work: it hands out, hears,
 * replaces and stops all the same.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { Event, Lock, Queue, RawArray, TimeoutError, WorkerDiedError } from "@multicore/multicore/shared";
import { BOUND, settles, test } from "../pool/_tools.ts";

const put = (queue: Queue<number>, x: number) => queue.putSync(x);
const pairs = (queue: Queue<number>, count: number) =>
  Array.from({ length: count }, (_, x): [Queue<number>, number] => [queue, x]);

test("A pool goes on to the last of 100,000 items while the main thread blocks on a queue", async () => {
  await using pool = new Pool(2);
  using queue = new Queue<number>();
  const done = pool.starmapAsync(put, pairs(queue, 100_000));
  let sum = 0;
  for (let i = 0; i < 100_000; i++) sum += queue.getSync({ timeout: BOUND });
  assertEquals(sum, 100_000 * 99_999 / 2);
  await settles(done);
});

test("A pool replaces its workers while the main thread blocks on a queue", async () => {
  await using pool = new Pool(2);
  using queue = new Queue<number>();
  const end = (queue: Queue<number>, x: number) => x % 50 === 49 ? globalThis.close() : queue.putSync(x);
  const done = pool.starmap(end, pairs(queue, 200), { settle: true, chunksize: 5 });
  const got = Array.from({ length: 196 }, () => queue.getSync({ timeout: BOUND }));
  assertEquals(new Set(got).size, 196);
  const died = (await settles(done)).flatMap((it) => it.status === "rejected" ? [it.reason] : []);
  assertEquals(died.map((it) => it instanceof WorkerDiedError), Array(4).fill(true));
});

test("A pool stops what runs too long while the main thread waits for an event, and hands its lock on", async () => {
  await using pool = new Pool(1);
  using lock = new Lock(), event = new Event(), flag = new RawArray("int32", 1);
  const hold = (lock: Lock, flag: RawArray<"int32">) => {
    lock.acquireSync();
    for (Atomics.store(flag.view, 0, 1);;);
  };
  const held = pool.apply(hold, [lock, flag], { timeout: 200 });
  const next = pool.apply((event: Event) => event.set(), [event]);
  assertEquals(event.waitSync({ timeout: BOUND }), true);
  assertEquals([flag.view[0], lock.abandoned], [1, true]);
  lock.recoverSync().release();
  await assertRejects(() => settles(held), TimeoutError);
  await settles(next);
});

test("A pool pulls from the input of an imap while the main thread blocks on a queue", async () => {
  await using pool = new Pool(2);
  using queue = new Queue<number>();
  const results = pool.imap(([queue, x]: [Queue<number>, number]) => (queue.putSync(x), x), pairs(queue, 8), {
    buffersize: 8,
  });
  const got = Array.from({ length: 8 }, () => queue.getSync({ timeout: BOUND }));
  assertEquals(got.sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
  const all: number[] = [];
  for await (const x of results) all.push(x);
  assertEquals(all, [0, 1, 2, 3, 4, 5, 6, 7]);
});
