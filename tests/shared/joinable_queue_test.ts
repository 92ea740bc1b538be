/**
 * Queues that can be joined.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { JoinableQueue, QueueClosedError } from "@multicore/multicore/shared";
import { settles, test } from "../pool/_tools.ts";

test("JoinableQueue.join() waits until taskDone() was called for every item", async () => {
  using queue = new JoinableQueue<number>();
  assert(await queue.join());
  assert(queue.joinSync({ timeout: 0 }));
  await queue.put(1);
  queue.putSync(2);
  assert(queue.tryPut(3));
  assertEquals(await queue.join({ timeout: 5 }), false);
  assertEquals(queue.joinSync({ timeout: 5 }), false);
  const joined = queue.join();
  for (let i = 0; i < 3; i++) {
    queue.getSync();
    queue.taskDone();
  }
  assert(await settles(joined));
  assertThrows(() => queue.taskDone(), RangeError, "once too often");
  const reason = new Error("enough");
  await assertRejects(() => queue.join({ signal: AbortSignal.abort(reason) }), Error, "enough");
  await assertRejects(() => queue.join({ timeout: -1 }), RangeError);
  assertThrows(() => queue.joinSync({ timeout: -1 }), RangeError);
});

test("JoinableQueue counts no item that was not put", async () => {
  using queue = new JoinableQueue<unknown>({ capacity: 1 });
  queue.putSync(1);
  assert(!queue.tryPut(2));
  await assertRejects(() => queue.put(2, { timeout: 1 }));
  assertThrows(() => queue.putSync(() => {}));
  queue.getSync();
  queue.taskDone();
  assert(queue.joinSync({ timeout: 0 }));
});

test("JoinableQueue.join() goes on after close(), and ends with QueueClosedError at the dispose", async () => {
  const queue = new JoinableQueue<number>();
  queue.putSync(1);
  queue.putSync(2);
  const joined = queue.join();
  queue.close();
  assertEquals(queue.getSync(), 1);
  queue.taskDone();
  assertEquals(await queue.join({ timeout: 5 }), false);
  queue[Symbol.dispose]();
  await assertRejects(() => settles(joined), QueueClosedError);
  await assertRejects(() => queue.join(), ReferenceError);
});

test("JoinableQueue joins the work of many threads", async () => {
  using queue = new JoinableQueue<number>({ capacity: 10 }), sums = new JoinableQueue<number>();
  await using pool = new Pool(3);
  const work = (queue: JoinableQueue<number>, sums: JoinableQueue<number>) => {
    let sum = 0;
    try {
      for (;;) {
        sum += queue.getSync();
        queue.taskDone();
      }
    } catch (error) {
      if ((error as Error).name !== "QueueClosedError") throw error;
    }
    sums.putSync(sum);
  };
  const workers = [0, 1, 2].map(() => pool.apply(work, [queue, sums]));
  for (let i = 0; i < 2000; i++) await queue.put(i);
  assert(await settles(queue.join()));
  assertEquals(queue.size, 0);
  queue.close();
  await settles(Promise.all(workers));
  assertEquals(sums.getSync() + sums.getSync() + sums.getSync(), 2000 * 1999 / 2);
});
