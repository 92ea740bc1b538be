/**
 * RLock: its levels, its holder, its end.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { NotHeldError, RLock, type TimeoutError } from "@multicore/multicore/shared";
import { test } from "../pool/_tools.ts";
import { abandon, failsWith } from "./_sync.ts";

test("RLock is free when it was released as often as it was taken, in any form and order", async () => {
  using lock = new RLock();
  const guards = [lock.acquireSync(), await lock.acquire(), lock.tryAcquire()!, lock.recoverSync()];
  for (const guard of guards) {
    assert(lock.locked);
    guard.release();
    guard.release();
  }
  assert(!lock.locked);
  for (let i = 0; i < 3; i++) lock.acquireSync();
  for (let i = 0; i < 3; i++) lock.release();
  assertThrows(() => lock.release(), NotHeldError, "nobody");
});

test("RLock lets no other thread in, nor release it", async () => {
  using lock = new RLock();
  await using pool = new Pool(1);
  using _outer = lock.acquireSync();
  {
    using _inner = lock.acquireSync();
  }
  assertEquals(await pool.apply((lock: RLock) => lock.tryAcquire() === undefined, [lock]), true);
  await failsWith("NotHeldError", () => pool.apply((lock: RLock) => lock.release(), [lock]));
  const error = await failsWith("TimeoutError", () => {
    return pool.apply((lock: RLock) => void lock.acquireSync({ timeout: 20 }), [lock]);
  });
  assertEquals((error as TimeoutError).timeout, 20);
  assert(lock.locked);
});

test("RLock that is abandoned at several levels is recovered at one", async () => {
  using lock = new RLock();
  await abandon(lock);
  await failsWith("AbandonedLockError", () => lock.acquire());
  const guard = await lock.recover();
  lock.acquireSync().release();
  guard.release();
  assertEquals([lock.locked, lock.abandoned], [false, false]);
});

test("A guard of an earlier turn of an RLock gives nothing back", () => {
  using lock = new RLock();
  const early = lock.acquireSync();
  lock.release();
  using _now = lock.acquireSync();
  early.release();
  assert(lock.locked);
});

test("RLock that was disposed throws, and its guards give nothing back", () => {
  const lock = new RLock(), guard = lock.acquireSync();
  lock[Symbol.dispose]();
  lock[Symbol.dispose]();
  guard.release();
  assertThrows(() => lock.acquireSync(), ReferenceError);
});
