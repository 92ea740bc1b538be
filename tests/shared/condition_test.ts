/**
 * Condition: waits, notifications, what becomes of its lock, and its end.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { exit, Pool, Process } from "@multicore/multicore/pool";
import { Condition, heapStats, Lock, NotHeldError, RawArray, RLock } from "@multicore/multicore/shared";
import { BOUND, eventually, settles, test } from "../pool/_tools.ts";
import { failsWith, pause } from "./_sync.ts";

type Ints = RawArray<"int32">;

/** Notifies with the lock held. */
async function notify(condition: Condition, n?: number): Promise<void> {
  using _guard = await condition.lock.acquire();
  condition.notify(n);
}

test("Condition wants its lock held for every call, and an RLock is its own", async () => {
  using condition = new Condition();
  assert(condition.lock instanceof RLock);
  for (const call of ["notify", "notifyAll", "waitSync"] as const) {
    assertThrows(() => condition[call](), NotHeldError, "does not hold its lock");
  }
  assertThrows(() => condition.waitForSync(() => true), NotHeldError);
  await failsWith("NotHeldError", () => condition.wait());
  await failsWith("NotHeldError", () => condition.waitFor(() => true));
  assertThrows(() => new Condition({} as never), TypeError);
  using _guard = condition.lock.acquireSync();
  for (const n of [-1, 1.5, NaN]) assertThrows(() => condition.notify(n), RangeError);
  for (const n of ["1", null]) assertThrows(() => condition.notify(n as never), TypeError);
  assertThrows(() => condition.waitForSync(1 as never), TypeError, "predicate");
  await failsWith("TypeError", () => condition.waitFor(undefined as never));
  condition.notify(0);
  condition.notifyAll();
  assertEquals(condition.waitSync({ timeout: 5 }), false, "a notification was remembered");
});

test("Condition.wait() ends when the lock is disposed under it", async () => {
  const lock = new Lock();
  using condition = new Condition(lock), other = new Condition();
  using stage = new RawArray("int32", 1);
  await using pool = new Pool(1);
  const there = pool.apply((condition: Condition, { view }: RawArray<"int32">) => {
    condition.lock.acquireSync();
    view[0] = 1;
    return condition.waitSync();
  }, [condition, stage]);
  await eventually(() => stage.view[0] === 1 && !lock.locked, "it waits");
  lock.acquireSync();
  const here = condition.wait();
  other.lock.acquireSync();
  const untouched = other.wait({ timeout: 100 });
  const fail = [there, here].map((wait) => failsWith("ReferenceError", () => settles(wait)));
  lock[Symbol.dispose]();
  await Promise.all(fail);
  assertEquals(await untouched, false);
});

test("Condition.wait() frees the lock at all levels and takes it again", async () => {
  using condition = new Condition();
  await using pool = new Pool(1);
  const free = (condition: Condition) => condition.lock.tryAcquire() === undefined ? "held" : "free";
  using _outer = condition.lock.acquireSync();
  using _inner = condition.lock.acquireSync();
  const waits = condition.wait({ timeout: 5000 });
  await pool.apply(async (condition: Condition) => {
    using _guard = await condition.lock.acquire();
    condition.notify();
  }, [condition]);
  assertEquals(await settles(waits), true);
  assertEquals(await pool.apply(free, [condition]), "held");
  condition.lock.release();
  assertEquals(await pool.apply(free, [condition]), "held");
  condition.lock.release();
  assertEquals(await pool.apply(free, [condition]), "free");
});

test("A guard taken before a wait gives the lock back after it, over a Lock", async () => {
  using lock = new Lock();
  using condition = new Condition(lock);
  {
    using _guard = lock.acquireSync();
    assertEquals(condition.waitSync({ timeout: 5 }), false);
    assertEquals(await condition.wait({ timeout: 5 }), false);
    assert(lock.locked);
  }
  assert(!lock.locked);
});

test("Condition.notify(n) wakes the n who have waited longest", async () => {
  using condition = new Condition(new Lock());
  using lock = condition.lock;
  const woken: number[] = [];
  const waits = [0, 1, 2, 3].map(async (i) => {
    using _guard = await lock.acquire();
    assertEquals(await condition.wait(), true);
    woken.push(i);
  });
  await pause(20);
  await notify(condition, 2);
  await pause(30);
  assertEquals(woken.toSorted(), [0, 1]);
  await notify(condition, Infinity);
  await settles(Promise.all(waits));
});

test("Condition.waitFor() gives what the predicate gave last", async () => {
  using condition = new Condition(new Lock());
  using lock = condition.lock;
  let ready = false;
  using _guard = lock.acquireSync();
  assertEquals(condition.waitForSync(() => true, { timeout: 0 }), true);
  assertEquals(condition.waitForSync(() => false, { timeout: 10 }), false);
  assertEquals(await condition.waitFor(() => false, { timeout: 10 }), false);
  const other = (async () => {
    await notify(condition);
    ready = true;
    await notify(condition);
  })();
  assertEquals(await settles(condition.waitFor(() => ready)), true);
  await other;
});

test("Condition.wait() rejects with the signal's reason, holding the lock, and loses no notification", async () => {
  using condition = new Condition(new Lock());
  using lock = condition.lock;
  const reason = new Error("enough"), abort = new AbortController();
  const guard = lock.acquireSync();
  const rejection = (signal: AbortSignal) => condition.wait({ signal }).catch((error) => error);
  assertStrictEquals(await rejection(AbortSignal.abort(reason)), reason);
  const later = rejection(abort.signal);
  await pause();
  abort.abort(reason);
  assertStrictEquals(await later, reason);
  assert(lock.locked);
  // Notified, then aborted before it could look: the notification counts.
  const again = new AbortController(), waits = condition.wait({ signal: again.signal });
  lock.acquireSync();
  condition.notify();
  again.abort(reason);
  lock.release();
  assertEquals(await settles(waits), true);
  guard.release();
  assert(!lock.locked);
});

test("Those who wait learn that a thread died while it held the lock, and one may recover it", async () => {
  for (const lock of [new Lock(), new RLock()]) {
    using condition = new Condition(lock);
    using _lock = lock;
    const guard = lock.acquireSync();
    const waits = condition.wait();
    waits.catch(() => {});
    const child = new Process({
      target: (condition: Condition, exit: (code: number) => never) => {
        condition.lock.acquireSync();
        exit(0);
      },
      args: [condition, exit],
    });
    child.start();
    await child.join();
    await failsWith("AbandonedLockError", () => settles(waits));
    guard.release();
    assertEquals(lock.abandoned, true);
    (await lock.recover()).release();
    assertEquals(lock.locked, false);
  }
});

test("A notified waiter that dies before it goes on hands the notification to the next", async () => {
  using condition = new Condition(new Lock());
  using lock = condition.lock;
  using ready = new RawArray("int32", 1);
  const victim = new Process({
    target: (condition: Condition, { view }: Ints) => {
      condition.lock.acquireSync();
      Atomics.store(view, 0, 1);
      condition.waitSync();
    },
    args: [condition, ready],
  });
  victim.start();
  await eventually(() => Atomics.load(ready.view, 0) === 1 && !lock.locked, "the first waits");
  const guard = await lock.acquire(), waits = condition.wait();
  lock.acquireSync();
  condition.notify(); // for the victim, which now waits for the lock
  victim.kill();
  await victim.join();
  lock.release();
  assertEquals(await settles(waits), true);
  guard.release();
});

test("Condition travels with its lock, captured too, and they are one there", async () => {
  using condition = new Condition();
  using count = new RawArray("int32", 1);
  await using pool = new Pool(2);
  const done = pool.apply(() => {
    using _guard = condition.lock.acquireSync();
    return condition.waitForSync(() => count.view[0] === 1, { timeout: 10_000 });
  });
  await pool.apply(({ condition }: { condition: Condition }) => {
    using _guard = condition.lock.acquireSync();
    count.view[0] = 1;
    condition.notifyAll();
  }, [{ condition }]);
  assertEquals(await settles(done), true);
});

test("Condition that is disposed wakes who waits with ReferenceError, its lock held if it is another's", async () => {
  const { blocks } = heapStats();
  for (const lock of [undefined, new Lock()]) {
    const condition = new Condition(lock);
    const guard = condition.lock.acquireSync();
    const waits = condition.wait();
    waits.catch(() => {});
    await pause();
    condition[Symbol.dispose]();
    condition[Symbol.dispose]();
    await failsWith("ReferenceError", () => settles(waits));
    assertThrows(() => condition.notify(), ReferenceError, "disposed");
    if (lock) assertEquals(lock.locked, true);
    guard.release();
    if (lock) assertEquals(lock.locked, false);
    lock?.[Symbol.dispose]();
  }
  assertEquals(heapStats().blocks, blocks);
});

test("A notified waiter goes on as soon as the lock is free, though the notifier computes on", async () => {
  const waits = (condition: Condition, flag: RawArray<"int32">) => {
    using _guard = condition.lock.acquireSync();
    Atomics.store(flag.view, 0, 1);
    condition.waitSync();
    Atomics.store(flag.view, 0, 2);
  };
  for (const lock of [new Lock(), new RLock()]) {
    using _lock = lock, condition = new Condition(lock), flag = new RawArray("int32", 1);
    const process = new Process({ target: waits, args: [condition, flag] });
    process.start();
    await eventually(() => Atomics.load(flag.view, 0) === 1, "it is about to wait");
    const guards = [lock.acquireSync()];
    if (lock instanceof RLock) guards.push(lock.acquireSync());
    condition.notify();
    for (const guard of guards) guard.release();
    // No event loop, no wait: it must have been woken already.
    const deadline = performance.now() + BOUND;
    while (Atomics.load(flag.view, 0) !== 2) assert(performance.now() < deadline, "it was not woken");
    await settles(process.join());
  }
});
