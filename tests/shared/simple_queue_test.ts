/**
 * The simplest queue: putting, getting and travelling, without limits.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Process } from "@multicore/multicore/pool";
import { QueueEmptyError, SerializationError, SimpleQueue } from "@multicore/multicore/shared";
import { settles, test } from "../pool/_tools.ts";

test("SimpleQueue puts, gets and says whether it is empty", async () => {
  using queue = new SimpleQueue<unknown>();
  assert(queue.empty);
  await queue.put(1);
  queue.putSync({ a: 2 });
  assert(!queue.empty);
  assertEquals(await queue.get(), 1);
  assertEquals(queue.getSync(), { a: 2 });
  assertThrows(() => queue.getSync({ timeout: 1 }), QueueEmptyError);
  await assertRejects(() => queue.get({ timeout: 1 }), QueueEmptyError);
  await assertRejects(() => queue.put(() => {}), SerializationError);
  assert(queue.empty);
});

test("SimpleQueue works between threads, nested in data", async () => {
  using queue = new SimpleQueue<number>();
  const target = ({ queue }: { queue: SimpleQueue<number> }) => {
    for (let i = 0; i < 500; i++) queue.putSync(i);
  };
  const process = new Process({ target, args: [{ queue }] });
  process.start();
  for (let i = 0; i < 500; i++) assertEquals(await settles(queue.get()), i);
  await settles(process.join());
});
