/**
 * Lock: its forms, limits, guards, errors, journeys and end.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import {
  type AbandonedLockError,
  heapStats,
  Lock,
  LockGuard,
  NotHeldError,
  RawArray,
  TimeoutError,
} from "@multicore/multicore/shared";
import { growHeap } from "../../shared/heap.ts";
import { eventually, settles, test } from "../pool/_tools.ts";
import { abandon, failsWith, pause } from "./_sync.ts";

type Ints = RawArray<"int32">;

test("Lock takes and gives back in every form", async () => {
  using lock = new Lock();
  const ways = [() => lock.acquire(), () => lock.acquireSync(), () => lock.tryAcquire()!];
  for (const way of [...ways, () => lock.recover(), () => lock.recoverSync()]) {
    assertEquals([lock.locked, lock.abandoned], [false, false]);
    const guard = await way();
    assert(guard instanceof LockGuard);
    assertEquals([lock.locked, lock.tryAcquire()], [true, undefined]);
    guard.release();
    guard.release();
  }
  {
    using _guard = lock.acquireSync();
    assert(lock.locked);
  }
  assert(!lock.locked);
});

test("Lock.acquire() and acquireSync() give up at the timeout, and the lock is not held by them", async () => {
  using lock = new Lock();
  const guard = lock.acquireSync({ timeout: 0 });
  for (const timeout of [0, 1, 20]) {
    const error = assertThrows(() => lock.acquireSync({ timeout }), TimeoutError);
    assertEquals(error.timeout, timeout);
    const other = await failsWith("TimeoutError", () => lock.acquire({ timeout }));
    assertEquals((other as TimeoutError).timeout, timeout);
  }
  guard.release();
  assert(!lock.locked);
  lock.acquireSync({ timeout: 0 }).release();
  (await lock.acquire({ timeout: 0 })).release();
});

test("Lock refuses wrong timeouts, free or held", async () => {
  using lock = new Lock();
  for (let round = 0; round < 2; round++) {
    for (const timeout of [-1, NaN]) {
      assertThrows(() => lock.acquireSync({ timeout }), RangeError);
      await failsWith("RangeError", () => lock.acquire({ timeout }));
    }
    assertThrows(() => lock.acquireSync({ timeout: "1" as never }), TypeError);
    assertEquals(lock.locked, round === 1);
    if (round === 0) lock.acquireSync();
  }
});

test("Lock.acquire() rejects with the signal's reason, before and while it waits", async () => {
  using lock = new Lock();
  const reason = new Error("enough");
  for (const verb of ["acquire", "recover"] as const) {
    const rejection = await lock[verb]({ signal: AbortSignal.abort(reason) }).catch((error) => error);
    assertStrictEquals(rejection, reason);
  }
  const guard = lock.acquireSync(), abort = new AbortController();
  const waits = lock.acquire({ signal: abort.signal });
  await pause();
  abort.abort(reason);
  assertStrictEquals(await waits.catch((error) => error), reason);
  guard.release();
  assert(!lock.locked);
});

test("An aborted waiter passes the wake on, one of many", async () => {
  using lock = new Lock();
  lock.acquireSync();
  const aborts = Array.from({ length: 40 }, () => new AbortController());
  const given = aborts.map(({ signal }) => lock.acquire({ signal }).catch(() => "aborted"));
  const last = lock.acquire();
  for (const abort of aborts) abort.abort();
  lock.release();
  (await settles(last)).release();
  assertEquals(new Set(await Promise.all(given)), new Set(["aborted"]));
});

test("A thread that blocks does not swallow the wakes of its own asynchronous waiters", async () => {
  using lock = new Lock();
  using stage = new RawArray("int32", 1);
  lock.acquireSync();
  const mine = lock.acquire(); // stands first in the line
  const other = new Process({
    target: (lock: Lock, { view }: Ints) => {
      Atomics.store(view, 0, 1);
      lock.acquireSync().release();
      Atomics.store(view, 0, 2);
      Atomics.notify(view, 0);
    },
    args: [lock, stage],
  });
  other.start();
  await eventually(() => Atomics.load(stage.view, 0) === 1, "it asks");
  await pause(30);
  using second = new Lock();
  second.acquireSync();
  lock.release();
  assertThrows(() => second.acquireSync({ timeout: 100 }), TimeoutError);
  assertEquals(Atomics.load(stage.view, 0), 2);
  (await settles(mine)).release();
  await other.join();
});

test("Lock.release() frees it whoever holds it, and tells what nobody holds", async () => {
  using lock = new Lock();
  assertThrows(() => lock.release(), NotHeldError);
  const guard = lock.acquireSync();
  await using pool = new Pool(1);
  await pool.apply((lock: Lock) => lock.release(), [lock]);
  assert(!lock.locked);
  await failsWith("NotHeldError", () => pool.apply((lock: Lock) => lock.release(), [lock]));
  // The guard has nothing to give back: its turn was ended by hand, even when there is another.
  const next = lock.acquireSync();
  guard.release();
  assert(lock.locked);
  next.release();
  assert(!lock.locked);
});

test("Lock is abandoned when its holder ends, until one recovers it", async () => {
  using lock = new Lock();
  const ident = await abandon(lock);
  assertEquals([lock.locked, lock.abandoned], [true, true]);
  for (const way of [() => lock.acquire(), () => lock.acquireSync(), () => lock.tryAcquire()]) {
    const error = await failsWith("AbandonedLockError", way) as AbandonedLockError;
    assertEquals(error.ownerId, ident);
  }
  assertThrows(() => lock.release(), NotHeldError);
  const recoveries = [lock.recover(), lock.recover()];
  const first = await Promise.race(recoveries);
  assertEquals([lock.locked, lock.abandoned], [true, false]);
  first.release();
  for (const guard of await settles(Promise.all(recoveries))) guard.release();
  assertEquals([lock.locked, lock.abandoned], [false, false]);
});

test("A death wakes all who wait, in both forms, and those who recover wait for each other", async () => {
  using lock = new Lock();
  await using pool = new Pool(2);
  const holder = new Process({
    target: (lock: Lock) => {
      lock.acquireSync();
      return new Promise(() => setInterval(() => {}, 1000));
    },
    args: [lock],
  });
  holder.start();
  await eventually(() => lock.locked, "it is held");
  const wait = (lock: Lock, verb: "acquireSync" | "recoverSync") => {
    lock[verb]().release();
    return "got it";
  };
  const waits = [pool.apply(wait, [lock, "acquireSync"]), pool.apply(wait, [lock, "recoverSync"])];
  const mine = [lock.acquire(), lock.recover()].map((guard) => guard.then((guard) => guard.release()));
  await pause(60);
  holder.kill();
  // Whoever waits gets the error, unless another has recovered it before.
  for (const result of await settles(Promise.allSettled([...waits, ...mine]))) {
    if (result.status === "rejected") assertEquals(result.reason.name, "AbandonedLockError");
  }
  await holder.join();
  assertEquals([lock.locked, lock.abandoned], [false, false]);
});

test("Lock travels: as argument, captured, in data, in a Map, through initializers, and back", async () => {
  using lock = new Lock();
  using count = new RawArray("int32", 1);
  const seen = (lock: Lock) => lock.tryAcquire() === undefined;
  await using pool = new Pool(2, {
    initializer: (lock: Lock) => void Object.assign(globalThis, { given: lock }),
    initargs: [lock],
  });
  {
    using _guard = lock.acquireSync();
    assert(await pool.apply(seen, [lock]));
    assert(await pool.apply(() => lock.tryAcquire() === undefined));
    const data = { deep: [{ lock }], map: new Map([["lock", lock]]) };
    assert(
      await pool.apply(({ deep, map }: typeof data) => {
        return deep[0].lock.tryAcquire() === undefined && map.get("lock")!.tryAcquire() === undefined;
      }, [data]),
    );
    assert(
      await pool.apply(() => (globalThis as unknown as { given: Lock }).given.tryAcquire() === undefined),
    );
    using back = await pool.apply((lock: Lock) => lock, [lock]);
    assertEquals([back instanceof Lock, back.locked], [true, true]);
  }
  await Promise.all(Array.from({ length: 8 }, () =>
    pool.apply(() => {
      using _guard = lock.acquireSync();
      count.view[0]++;
    })));
  assertEquals(count.view[0], 8);
  assert(!lock.locked, "an object that let go took the lock with it");
});

test("Lock that is disposed wakes who waits with ReferenceError, and leaves nothing", async () => {
  const { blocks } = heapStats();
  const lock = new Lock(), guard = lock.acquireSync();
  await using pool = new Pool(1);
  using ready = new RawArray("int32", 1);
  const wait = (lock: Lock, { view }: Ints) => {
    Atomics.store(view, 0, 1);
    lock.acquireSync();
  };
  const theirs = pool.apply(wait, [lock, ready]), mine = lock.acquire();
  for (const waits of [theirs, mine]) waits.catch(() => {});
  await eventually(() => Atomics.load(ready.view, 0) === 1, "it waits");
  await pause(20);
  lock[Symbol.dispose]();
  lock[Symbol.dispose]();
  await failsWith("ReferenceError", () => settles(theirs));
  await failsWith("ReferenceError", () => settles(mine));
  for (const use of [() => lock.acquireSync(), () => lock.locked, () => lock.release()]) {
    assertThrows(use, ReferenceError, "disposed");
  }
  await failsWith("ReferenceError", () => lock.acquire());
  guard.release(); // nothing to give back
  assertEquals(heapStats().blocks, blocks + 1);
});

test("A waiter is woken although the heap has grown meanwhile", async () => {
  using lock = new Lock();
  lock.acquireSync();
  const waits = lock.acquire();
  assert(growHeap(1));
  await pause();
  lock.release();
  (await settles(waits)).release();
});
