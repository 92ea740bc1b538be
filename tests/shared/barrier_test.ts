/**
 * Barrier: rounds, what breaks them, actions, and its end.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import { Barrier, BrokenBarrierError, RawArray } from "@multicore/multicore/shared";
import { eventually, settles, test } from "../pool/_tools.ts";
import { failsWith } from "./_sync.ts";

test("Barrier gives each arrival of a round its own index, in both forms", async () => {
  using barrier = new Barrier(3);
  assertEquals([barrier.parties, barrier.waiting, barrier.broken], [3, 0, false]);
  await using pool = new Pool(2);
  const meet = (barrier: Barrier) => barrier.waitSync();
  for (let round = 0; round < 5; round++) {
    const arrivals = [pool.apply(meet, [barrier]), pool.apply(() => barrier.wait()), barrier.wait()];
    assertEquals((await settles(Promise.all(arrivals))).toSorted(), [0, 1, 2]);
  }
  assertEquals([barrier.waiting, barrier.broken], [0, false]);
  using alone = new Barrier(1);
  assertEquals([alone.waitSync(), await alone.wait()], [0, 0]);
});

test("Barrier refuses wrong arguments", async () => {
  for (const parties of [0, -1, 1.5, NaN]) assertThrows(() => new Barrier(parties), RangeError);
  assertThrows(() => new Barrier("2" as never), TypeError);
  assertThrows(() => new Barrier(2, { action: 1 as never }), TypeError);
  assertThrows(() => new Barrier(2, { timeout: -1 }), RangeError);
  using barrier = new Barrier(2);
  assertThrows(() => barrier.waitSync({ timeout: -1 }), RangeError);
  await failsWith("RangeError", () => barrier.wait({ timeout: -1 }));
  assertEquals([barrier.waiting, barrier.broken], [0, false]);
});

test("Barrier breaks for all when one gives up, until it is reset", async () => {
  const reason = new Error("enough");
  using barrier = new Barrier(3, { timeout: 40 });
  const ways: [string, () => Promise<unknown>][] = [
    ["BrokenBarrierError", () => Promise.resolve().then(() => barrier.waitSync({ timeout: 10 }))],
    ["BrokenBarrierError", () => barrier.wait({ timeout: 10 })],
    ["BrokenBarrierError", () => barrier.wait({ timeout: undefined })],
    ["Error", () => {
      const abort = new AbortController();
      setTimeout(() => abort.abort(reason), 5);
      return barrier.wait({ signal: abort.signal, timeout: 5000 });
    }],
  ];
  for (const [name, way] of ways) {
    const other = barrier.wait({ timeout: 5000 });
    other.catch(() => {});
    await failsWith(name, way);
    await failsWith("BrokenBarrierError", () => settles(other));
    assertEquals([barrier.broken, barrier.waiting], [true, 0]);
    assertThrows(() => barrier.waitSync(), BrokenBarrierError);
    barrier.reset();
    assertEquals(barrier.broken, false);
  }
  const gone = barrier.wait({ signal: AbortSignal.abort(reason) }).catch((error) => error);
  assertStrictEquals(await gone, reason);
  assertEquals([barrier.broken, barrier.waiting], [false, 0]);
});

test("Barrier.abort() and reset() send those who wait away", async () => {
  using barrier = new Barrier(2);
  for (const end of ["abort", "reset"] as const) {
    const waits = barrier.wait();
    waits.catch(() => {});
    barrier[end]();
    await failsWith("BrokenBarrierError", () => settles(waits));
    assertEquals(barrier.broken, end === "abort");
    barrier.reset();
  }
  const [a, b] = await settles(Promise.all([barrier.wait(), barrier.wait()]));
  assertEquals(a + b, 1);
});

test("Barrier runs its action once a round, before anybody goes on", async () => {
  using counts = new RawArray("int32", 1);
  using barrier = new Barrier(2, { action: () => void counts.view[0]++ });
  await using pool = new Pool(2);
  const meet = (barrier: Barrier, { view }: RawArray<"int32">) => {
    const seen: number[] = [];
    for (let i = 0; i < 20; i++) {
      barrier.waitSync();
      seen.push(view[0]);
      barrier.waitSync();
    }
    return seen;
  };
  const expected = Array.from({ length: 20 }, (_, i) => 2 * i + 1);
  const seen = await Promise.all([1, 2].map(() => pool.apply(meet, [barrier, counts])));
  assertEquals(seen, [expected, expected]);
});

test("A failing action gives its error to the one that ran it, and breaks the barrier", async () => {
  const failure = new Error("no");
  using barrier = new Barrier(2, {
    action: () => {
      throw failure;
    },
  });
  const first = barrier.wait();
  first.catch(() => {});
  assertStrictEquals(assertThrows(() => barrier.waitSync()), failure);
  await failsWith("BrokenBarrierError", () => settles(first));
  assertEquals(barrier.broken, true);
});

test("A thread that ends while it waits breaks the barrier; one that has gone on does not", async () => {
  using barrier = new Barrier(2);
  const meet = async (barrier: Barrier, later: boolean) => {
    if (later) setTimeout(() => Deno.exit(0), 30);
    await barrier.wait();
  };
  const passes = new Process({ target: meet, args: [barrier, false] });
  passes.start();
  await settles(barrier.wait());
  await passes.join();
  assertEquals(barrier.broken, false);
  const dies = new Process({ target: meet, args: [barrier, true] });
  dies.start();
  await dies.join();
  assertEquals(barrier.broken, true);
  await failsWith("BrokenBarrierError", () => barrier.wait());
});

test("A waiter that looks many rounds later learns how its own round ended", async () => {
  using barrier = new Barrier(2);
  const broken = barrier.wait({ timeout: 60_000 });
  broken.catch(() => {});
  barrier.reset();
  const whole = [barrier.wait(), barrier.wait()];
  for (let i = 0; i < 40; i++) {
    const rounds = i % 2 ? [barrier.wait()] : [barrier.wait(), barrier.wait()];
    for (const wait of rounds) wait.catch(() => {});
    if (i % 2) barrier.reset();
  }
  // None of them has looked yet: the event loop has not run since.
  await failsWith("BrokenBarrierError", () => settles(broken));
  assertEquals((await settles(Promise.all(whole))).toSorted(), [0, 1]);
});

test("Barrier that is disposed wakes who waits with ReferenceError", async () => {
  const barrier = new Barrier(3);
  await using pool = new Pool(1);
  const theirs = pool.apply((barrier: Barrier) => barrier.waitSync(), [barrier]), mine = barrier.wait();
  for (const waits of [theirs, mine]) waits.catch(() => {});
  await eventually(() => barrier.waiting === 2, "they wait");
  barrier[Symbol.dispose]();
  barrier[Symbol.dispose]();
  await failsWith("ReferenceError", () => settles(theirs));
  await failsWith("ReferenceError", () => settles(mine));
  assertThrows(() => barrier.waiting, ReferenceError, "disposed");
});
