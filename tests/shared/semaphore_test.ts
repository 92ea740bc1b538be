/**
 * Semaphore and BoundedSemaphore: counts, limits, owners, journeys and end.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import { BoundedSemaphore, NotHeldError, Semaphore, TimeoutError } from "@multicore/multicore/shared";
import { settles, test } from "../pool/_tools.ts";
import { failsWith, pause } from "./_sync.ts";

test("Semaphore counts what is taken and given back in every form", async () => {
  using semaphore = new Semaphore(3);
  {
    using _one = semaphore.acquireSync();
    using _two = await semaphore.acquire();
    using three = semaphore.tryAcquire();
    assertEquals([semaphore.value, semaphore.tryAcquire()], [0, undefined]);
    three!.release();
    three!.release();
    assertEquals(semaphore.value, 1);
  }
  assertEquals(semaphore.value, 3);
  semaphore.release(5);
  assertEquals(semaphore.value, 8);
});

test("Semaphore refuses wrong counts", () => {
  for (const value of [-1, 1.5, NaN, 2 ** 31]) assertThrows(() => new Semaphore(value), RangeError);
  assertThrows(() => new Semaphore("1" as never), TypeError);
  using semaphore = new Semaphore(0);
  for (const n of [0, -1, 1.5, NaN]) assertThrows(() => semaphore.release(n), RangeError);
  assertThrows(() => semaphore.release("1" as never), TypeError);
  semaphore.release(2 ** 31 - 1);
  assertThrows(() => semaphore.release(), RangeError, "at most");
  assertEquals(semaphore.value, 2 ** 31 - 1);
});

test("Semaphore gives up at the timeout and rejects with the signal's reason, and takes nothing", async () => {
  using semaphore = new Semaphore(0);
  for (const timeout of [0, 10]) {
    assertEquals(assertThrows(() => semaphore.acquireSync({ timeout }), TimeoutError).timeout, timeout);
    await failsWith("TimeoutError", () => semaphore.acquire({ timeout }));
  }
  await failsWith("RangeError", () => semaphore.acquire({ timeout: -1 }));
  const reason = new Error("enough");
  const now = semaphore.acquire({ signal: AbortSignal.abort(reason) }).catch((error) => error);
  assertStrictEquals(await now, reason);
  const abort = new AbortController();
  const later = semaphore.acquire({ signal: abort.signal }).catch((error) => error);
  await pause();
  abort.abort(reason);
  assertStrictEquals(await later, reason);
  semaphore.release();
  assertEquals(semaphore.value, 1);
});

test("Semaphore.release(n) wakes n who wait", async () => {
  using semaphore = new Semaphore(0);
  const waits = [1, 2, 3].map(() => semaphore.acquire());
  let got = 0;
  for (const wait of waits) wait.then(() => got++);
  await pause(10);
  semaphore.release(2);
  await pause(30);
  assertEquals([got, semaphore.value], [2, 0]);
  semaphore.release();
  await settles(Promise.all(waits));
  semaphore.release(3);
});

test("BoundedSemaphore refuses what would be too much, and then gives nothing back", async () => {
  using semaphore = new BoundedSemaphore(2);
  assertThrows(() => semaphore.release(), NotHeldError, "its 2 permits");
  using _guard = semaphore.acquireSync();
  assertThrows(() => semaphore.release(2), NotHeldError);
  assertEquals(semaphore.value, 1);
  await using pool = new Pool(1);
  using back = await pool.apply((semaphore: BoundedSemaphore) => {
    semaphore.acquireSync().release();
    return semaphore;
  }, [semaphore]);
  assertEquals([back instanceof BoundedSemaphore, back.value], [true, 1]);
  using none = new BoundedSemaphore(0);
  assertThrows(() => none.release(), NotHeldError, "its 0 permits");
});

test("The permits of a thread that ends come back, and wake who waits; others' stay", async () => {
  using semaphore = new BoundedSemaphore(4);
  const mine = semaphore.acquireSync();
  const child = new Process({
    target: () => {
      semaphore.acquireSync();
      semaphore.acquireSync();
      semaphore.acquireSync().release();
    },
  });
  child.start();
  await child.join();
  await settles(semaphore.acquire({ timeout: 5000 }));
  assertEquals(semaphore.value, 2);
  mine.release();
  semaphore.release();
  assertEquals(semaphore.value, 4);
  assertThrows(() => semaphore.release(), NotHeldError);
});

test("What another thread releases counts as that of the thread that took it", async () => {
  using semaphore = new BoundedSemaphore(2);
  semaphore.acquireSync();
  const child = new Process({
    target: (semaphore: BoundedSemaphore) => semaphore.release(),
    args: [semaphore],
  });
  child.start();
  await child.join();
  assertEquals([child.exitCode, semaphore.value], [0, 2]);
});

test("Semaphore that is disposed wakes who waits with ReferenceError", async () => {
  const semaphore = new Semaphore(0);
  await using pool = new Pool(1);
  const theirs = pool.apply((semaphore: Semaphore) => void semaphore.acquireSync(), [semaphore]);
  const mine = semaphore.acquire();
  for (const waits of [theirs, mine]) waits.catch(() => {});
  await pause(200);
  semaphore[Symbol.dispose]();
  semaphore[Symbol.dispose]();
  await failsWith("ReferenceError", () => settles(theirs));
  await failsWith("ReferenceError", () => settles(mine));
  assertThrows(() => semaphore.release(), ReferenceError, "disposed");
  assertThrows(() => semaphore.value, ReferenceError);
});
