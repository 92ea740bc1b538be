/**
 * `waitAny` over queues, connections, processes and results.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Pool, Process, waitAny } from "@multicore/multicore/pool";
import { pipe, Queue } from "@multicore/multicore/shared";
import { settles, test } from "./_tools.ts";

test("waitAny() gives those that are ready, in the order given", async () => {
  using first = new Queue<number>(), second = new Queue<number>(), third = new Queue<number>();
  assertEquals(await waitAny([first, second], { timeout: 0 }), []);
  assertEquals(await waitAny([first, second], { timeout: 5 }), []);
  assertEquals(await waitAny([], { timeout: 5 }), []);
  const waited = waitAny([first, second, third]);
  third.putSync(1);
  assertEquals(await settles(waited), [third]);
  first.putSync(1);
  assertEquals(await waitAny([third, second, first]), [third, first]);
  assertEquals(await waitAny([first, first]), [first, first]);
  second.close();
  assertEquals(await waitAny([second]), [second]);
});

test("waitAny() says what is wrong, and rejects with the signal's reason", async () => {
  using queue = new Queue<number>();
  await assertRejects(() => waitAny([{} as never]), TypeError);
  await assertRejects(() => waitAny([null as never]), TypeError);
  await assertRejects(() => waitAny([queue], { timeout: -1 }), RangeError);
  assertEquals(await settles(waitAny([])), []);
  await assertRejects(
    () => waitAny([queue], { signal: AbortSignal.abort(new Error("enough")) }),
    Error,
    "enough",
  );
  const controller = new AbortController();
  const waited = waitAny([queue], { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => settles(waited), Error, "enough");
});

test("waitAny() waits for queues, connections, processes and results together", async () => {
  using queue = new Queue<number>();
  const [mine, theirs] = pipe();
  await using pool = new Pool(1);
  const blocked = pool.applyAsync((queue: Queue<number>) => queue.getSync(), [queue]);
  const process = new Process({ target: () => {} });
  process.start();
  const things = [mine, process, blocked];
  assertEquals(await settles(waitAny(things)), [process]);
  const waited = waitAny([mine, blocked]);
  queue.putSync(5);
  assertEquals(await settles(waited), [blocked]);
  assertEquals(await blocked, 5);
  const last = waitAny([mine]);
  theirs.close();
  assertEquals(await settles(last), [mine]);
  mine.close();
  assertEquals(await waitAny([mine]), [mine]);
  await settles(process.join());
});

test("waitAny() takes no wake away from those who get", async () => {
  using queue = new Queue<number>();
  for (let i = 0; i < 50; i++) {
    const looking = waitAny([queue]), getting = queue.get(), again = waitAny([queue]);
    queue.putSync(i);
    assertEquals(await settles(getting), i);
    queue.putSync(-1);
    assertEquals(await settles(looking), [queue]);
    assertEquals(await settles(again), [queue]);
    assertEquals(queue.getSync(), -1);
  }
});

test("waitAny() over a hundred queues ends as each gets something, or is disposed", async () => {
  const queues = Array.from({ length: 100 }, () => new Queue<number>());
  for (const queue of queues) {
    const waited = waitAny(queues);
    queue.putSync(1);
    assertEquals(await settles(waited), [queue]);
    queue.getSync();
  }
  const waited = waitAny(queues);
  queues[50][Symbol.dispose]();
  assertEquals(await settles(waited), [queues[50]]);
  for (const queue of queues) queue[Symbol.dispose]();
  assert(true);
});
