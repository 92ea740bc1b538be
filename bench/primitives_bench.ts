/**
 * What a lock costs: uncontended beside a bare compare-and-swap pair, handed over beside bare `Atomics.wait` and
 * `notify`. Each bench does many operations inside `fn`; divide by the number in its name.
 *
 * Run: `deno bench --allow-read --allow-sys bench/primitives_bench.ts`
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { Barrier, Condition, Event, Lock, RawArray, RLock, Semaphore } from "@multicore/multicore/shared";

const OPERATIONS = 10_000, HAND_OVERS = 2000;

const words = new Int32Array(new SharedArrayBuffer(8));
const lock = new Lock(), rlock = new RLock(), semaphore = new Semaphore(1), event = new Event();

const group = `uncontended, ${OPERATIONS} times`;
Deno.bench({
  name: "bare compare-and-swap pair",
  group,
  baseline: true,
  fn: () => {
    for (let i = 0; i < OPERATIONS; i++) {
      Atomics.compareExchange(words, 0, 0, 1);
      Atomics.compareExchange(words, 0, 1, 0);
    }
  },
});
Deno.bench({
  name: "Lock: acquireSync, guard.release",
  group,
  fn: () => {
    for (let i = 0; i < OPERATIONS; i++) lock.acquireSync().release();
  },
});
Deno.bench({
  name: "Lock: using",
  group,
  fn: () => {
    for (let i = 0; i < OPERATIONS; i++) {
      using _guard = lock.acquireSync();
    }
  },
});
const disposable = { [Symbol.dispose]() {} };
Deno.bench({
  name: "using alone, of an object that does nothing",
  group,
  fn: () => {
    for (let i = 0; i < OPERATIONS; i++) {
      using _nothing = disposable;
    }
  },
});
Deno.bench({
  name: "RLock: acquireSync, guard.release",
  group,
  fn: () => {
    for (let i = 0; i < OPERATIONS; i++) rlock.acquireSync().release();
  },
});
Deno.bench({
  name: "Semaphore: acquireSync, guard.release",
  group,
  fn: () => {
    for (let i = 0; i < OPERATIONS; i++) semaphore.acquireSync().release();
  },
});
Deno.bench({
  name: "Event: set, clear",
  group,
  fn: () => {
    for (let i = 0; i < OPERATIONS; i++) {
      event.set();
      event.clear();
    }
  },
});
Deno.bench({
  name: "Lock: await acquire, guard.release",
  group,
  fn: async () => {
    for (let i = 0; i < OPERATIONS; i++) (await lock.acquire()).release();
  },
});

/** Two workers that wake each other in turn; each returns when it has done so HAND_OVERS times. */
const pool = new Pool(2);
const ball = new RawArray("int32", 1);
const locks = [new Lock(), new Lock()], semaphores = [new Semaphore(0), new Semaphore(0)];
const events = [new Event(), new Event()], barrier = new Barrier(2);
const conditions = { RLock: new Condition(), Lock: new Condition(new Lock()) };

// Right before fast: of two that add at the same time, neither's additions are lost.
type Locking = Lock | RLock | Semaphore;
const addLocked = (lock: Locking, { view }: RawArray<"int32">, n: number) => {
  for (let i = 0; i < n; i++) {
    using _guard = lock.acquireSync();
    view[0] += 1;
  }
};
for (const lock of [new Lock(), new RLock(), new Semaphore(1)]) {
  const total = new RawArray("int32", 1);
  await Promise.all([0, 1].map(() => pool.apply(addLocked, [lock, total, HAND_OVERS])));
  assertEquals(total.view[0], 2 * HAND_OVERS);
}

function rally(name: string, play: (player: number, n: number) => unknown, baseline = false): void {
  Deno.bench({
    name,
    group: `hand-over between two workers, ${HAND_OVERS} times there and back`,
    baseline,
    fn: async () => {
      await Promise.all([0, 1].map((player) => pool.apply(play, [player, HAND_OVERS])));
    },
  });
}

rally("bare Atomics.wait and notify", (player, n) => {
  const { view } = ball, mine = player, theirs = 1 - player;
  for (let i = 0; i < n; i++) {
    while (Atomics.load(view, 0) !== mine) Atomics.wait(view, 0, theirs);
    Atomics.store(view, 0, theirs);
    Atomics.notify(view, 0);
  }
}, true);
rally("Semaphore: release, acquireSync", (player, n) => {
  for (let i = 0; i < n; i++) {
    if (player) semaphores[1].acquireSync();
    semaphores[1 - player].release();
    if (!player) semaphores[0].acquireSync();
  }
});
for (const lock of locks) lock.acquireSync();
rally("Lock: release by the other, acquireSync", (player, n) => {
  for (let i = 0; i < n; i++) {
    if (player) locks[1].acquireSync();
    locks[1 - player].release();
    if (!player) locks[0].acquireSync();
  }
});
rally("Event: set, waitSync, clear", (player, n) => {
  for (let i = 0; i < n; i++) {
    if (player) {
      events[1].waitSync();
      events[1].clear();
    }
    events[1 - player].set();
    if (!player) {
      events[0].waitSync();
      events[0].clear();
    }
  }
});
for (const kind of ["RLock", "Lock"] as const) {
  const condition = conditions[kind];
  rally(`Condition over ${kind}: notify, waitSync`, (player, n) => {
    const { view } = ball;
    using _guard = condition.lock.acquireSync();
    for (let i = 0; i < n; i++) {
      while (view[0] !== player) condition.waitSync();
      view[0] = 1 - player;
      condition.notify();
    }
  });
}
rally("Barrier of two: waitSync", (_player, n) => {
  for (let i = 0; i < n; i++) barrier.waitSync();
});
