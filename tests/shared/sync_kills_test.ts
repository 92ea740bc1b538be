/**
 * Threads that die while they hold, take, give back or wait for a lock or one of its kin: whoever goes on finds
 * everything in order, or is told.
 *
 * The victims are killed at seeded random instants, several at once, since a kill takes some tens of milliseconds.
 * `deno test … sync_kills_test.ts -- 1000` kills more of them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { exit, Pool, Process } from "@multicore/multicore/pool";
import { Barrier, BoundedSemaphore, Condition, Event, Lock, RawArray } from "@multicore/multicore/shared";
import { heapWords } from "../../shared/heap.ts";
import { PACK, type Traveller } from "../../shared/travel.ts";
import { BOUND, eventually, settles, test } from "../pool/_tools.ts";
import { failsWith, pause, randomOf } from "./_sync.ts";

type Ints = RawArray<"int32">;
const KILLS = Number(Deno.args[0] ?? 15), AT_ONCE = 3;

/** Starts victims, kills each at a random instant of its work, calls `check` when they are dead; until KILLS are. */
async function massacre(
  seed: number,
  // deno-lint-ignore no-explicit-any -- as for a process, a function of any signature
  target: (...args: any[]) => unknown,
  args: readonly unknown[],
  check: () => unknown,
): Promise<void> {
  const random = randomOf(seed);
  for (let killed = 0; killed < KILLS; killed += AT_ONCE) {
    const victims = Array.from({ length: AT_ONCE }, () => new Process({ target, args }));
    for (const victim of victims) victim.start();
    await pause(60 + random(40));
    await Promise.all(victims.map(async (victim) => {
      await pause(random(30));
      victim.kill();
      assert(await victim.join({ timeout: BOUND }));
    }));
    await check();
  }
}

const LONG = 60_000;

test(
  "Lock is free or abandoned after its users were killed, and what it protects is whole or marked",
  async () => {
    using lock = new Lock();
    using pair = new RawArray("int32", 2); // equal, unless somebody died between
    let abandoned = 0;
    await massacre(
      1,
      async (lock: Lock, { view }: Ints) => {
        for (let i = 0;; i++) {
          try {
            using _guard = i % 2 ? await lock.acquire() : lock.acquireSync();
            view[0]++;
            for (let pauses = 0; pauses < 50; pauses++) Atomics.pause();
            view[1]++;
          } catch {
            using _guard = lock.recoverSync();
            view[1] = view[0];
          }
        }
      },
      [lock, pair],
      async () => {
        if (lock.abandoned) {
          abandoned++;
          await failsWith("AbandonedLockError", () => lock.acquireSync());
          using _guard = lock.recoverSync();
          pair.view[1] = pair.view[0];
        }
        using _guard = lock.acquireSync({ timeout: BOUND });
        assertEquals(pair.view[0], pair.view[1]);
      },
    );
    console.log(`    ${abandoned} times abandoned at the end of ${KILLS / AT_ONCE} rounds`);
  },
  LONG * 10,
);

test("Semaphore gets the permits of killed threads back, while others go on", async () => {
  using semaphore = new BoundedSemaphore(3);
  using stop = new RawArray("int32", 2);
  const survivor = new Process({
    target: (semaphore: BoundedSemaphore, { view }: Ints) => {
      while (!Atomics.load(view, 0)) {
        using _guard = semaphore.acquireSync();
        view[1]++;
      }
    },
    args: [semaphore, stop],
  });
  survivor.start();
  let seen = 0;
  await massacre(
    2,
    async (semaphore: BoundedSemaphore) => {
      for (let i = 0;; i++) {
        using _one = semaphore.acquireSync();
        using _two = i % 2
          ? semaphore.tryAcquire()
          : await semaphore.acquire({ timeout: 1 }).catch(() => undefined);
      }
    },
    [semaphore],
    async () => {
      seen = stop.view[1];
      await eventually(() => stop.view[1] > seen + 10, "the survivor goes on");
    },
  );
  stop.view[0] = 1;
  assert(await survivor.join({ timeout: BOUND }));
  assertEquals(semaphore.value, 3);
}, LONG * 10);

test("Condition loses no notification to a killed waiter", async () => {
  using condition = new Condition(new Lock());
  using lock = condition.lock;
  using counts = new RawArray("int32", 2); // to be taken, taken
  const take = async (condition: Condition, { view }: Ints) => {
    for (let i = 0;; i++) {
      try {
        using _guard = await condition.lock.acquire();
        const some = () => view[0] !== 0;
        if (i % 2) await condition.waitFor(some);
        else condition.waitForSync(some);
        if (view[0] < 0) return;
        view[0]--;
        view[1]++;
      } catch (error) {
        if ((error as Error).name !== "AbandonedLockError") throw error;
        using _guard = condition.lock.recoverSync();
        condition.notifyAll();
      }
    }
  };
  const survivor = new Process({ target: take, args: [condition, counts] });
  survivor.start();
  const locked = async (change: () => void) => {
    using _guard = await condition.lock.recover();
    change();
  };
  let feeding = true;
  const feeder = (async () => {
    while (feeding) {
      await locked(() => {
        counts.view[0]++;
        condition.notify();
      });
      await pause();
    }
  })();
  await massacre(3, take, [condition, counts], async () => {
    // No more notifications: those given so far must suffice for the survivor to take everything.
    feeding = false;
    await eventually(() => Atomics.load(counts.view, 0) === 0 || lock.abandoned, "all is taken");
    feeding = true;
  });
  feeding = false;
  await feeder;
  await locked(() => {
    counts.view[0] = -1;
    condition.notifyAll();
  });
  assert(await survivor.join({ timeout: BOUND }));
}, LONG * 10);

test("Barrier breaks for those who wait when one of them is killed, and is whole after a reset", async () => {
  using barrier = new Barrier(AT_ONCE + 1);
  using stop = new RawArray("int32", 1);
  const survivor = new Process({
    target: async (barrier: Barrier, { view }: Ints) => {
      for (let i = 0; !Atomics.load(view, 0); i++) {
        try {
          if (i % 2) barrier.waitSync();
          else await barrier.wait();
        } catch {
          await new Promise<void>((resolve) => setTimeout(resolve, 1));
        }
      }
    },
    args: [barrier, stop],
  });
  survivor.start();
  await massacre(
    4,
    (barrier: Barrier) => {
      for (;;) {
        try {
          barrier.waitSync();
        } catch {
          Atomics.pause(); // until it is reset
        }
      }
    },
    [barrier],
    async () => {
      await eventually(() => barrier.broken || barrier.waiting <= 1, "nobody waits with the dead");
      barrier.reset();
      assertEquals(barrier.broken, false);
    },
  );
  stop.view[0] = 1;
  barrier.abort();
  assert(await survivor.join({ timeout: BOUND }));
  barrier.reset();
  const last = new Barrier(1);
  assertEquals(last.waitSync(), 0);
  last[Symbol.dispose]();
}, LONG * 10);

test("Event sets and wakes whatever dies around it", async () => {
  using event = new Event();
  await massacre(
    5,
    async (event: Event) => {
      for (;;) {
        event.set();
        await event.wait();
        event.clear();
        event.waitSync({ timeout: 1 });
      }
    },
    [event],
    async () => {
      event.clear();
      const waits = event.wait();
      event.set();
      assertEquals(await settles(waits), true);
    },
  );
}, LONG * 10);

test("Lock.acquireSync() on the main thread ends within 100 ms of its holder's kill", async () => {
  using lock = new Lock();
  using held = new RawArray("int32", 1);
  const hold = (lock: Lock, { view }: Ints) => {
    lock.acquireSync();
    Atomics.store(view, 0, 1);
    for (;;);
  };
  const times: number[] = [];
  for (let round = 0; round < 3; round++) {
    Atomics.store(held.view, 0, 0);
    const holder = new Process({ target: hold, args: [lock, held] });
    holder.start();
    await eventually(() => Atomics.load(held.view, 0) === 1, "it holds the lock");
    await pause(350);
    // The first time that the main thread blocks, it starts a watchdog, which takes a while.
    await failsWith("TimeoutError", () => lock.acquireSync({ timeout: 20 }));
    holder.kill();
    const start = performance.now();
    const error = await failsWith("AbandonedLockError", () => lock.acquireSync());
    times.push(performance.now() - start);
    assertEquals((error as Error & { ownerId?: number }).ownerId, holder.ident);
    await holder.join();
    lock.recoverSync().release();
  }
  console.log(`    ${times.map(Math.round).join(", ")} ms`);
  assert(times.toSorted((a, b) => a - b)[1] < 100, `it took ${times} ms`);
});

test("A blocked main thread hears of deaths at every kind of wait", async () => {
  using lock = new Lock();
  using semaphore = new BoundedSemaphore(1);
  using condition = new Condition();
  using barrier = new Barrier(3);
  using stage = new RawArray("int32", 1);
  const start = async (target: (...args: never[]) => unknown) => {
    Atomics.store(stage.view, 0, 0);
    const child = new Process({ target, args: [{ lock, semaphore, condition, barrier }, stage] });
    child.start();
    await eventually(() => Atomics.load(stage.view, 0) > 0, "the child is there");
    return child;
  };
  type Kit = { lock: Lock; semaphore: BoundedSemaphore; condition: Condition; barrier: Barrier };
  const ways = [
    ["semaphore", ({ semaphore }: Kit, { view }: Ints) => {
      semaphore.acquireSync();
      Atomics.store(view, 0, 1);
      Atomics.wait(view, 0, 1, 60);
      exit(3);
    }],
    ["condition", ({ condition }: Kit, { view }: Ints) => {
      Atomics.store(view, 0, 1);
      while (Atomics.load(view, 0) === 1);
      condition.lock.acquireSync();
      exit(0);
    }],
    ["barrier", async ({ barrier }: Kit, { view }: Ints) => {
      setTimeout(() => exit(0), 60);
      Atomics.store(view, 0, 1);
      await barrier.wait();
    }],
  ] as const;
  for (const [name, way] of ways) {
    const child = await start(way as never);
    if (name === "semaphore") semaphore.acquireSync().release();
    else if (name === "barrier") {
      await failsWith("BrokenBarrierError", () => barrier.waitSync());
      assertEquals(barrier.broken, true);
    } else {
      const guard = condition.lock.acquireSync();
      Atomics.store(stage.view, 0, 2);
      await failsWith("AbandonedLockError", () => condition.waitSync());
      guard.release();
      condition.lock.recoverSync().release();
    }
    await child.join();
  }
  assertEquals([semaphore.value, condition.lock.locked], [1, false]);
});

test("A main thread that must wait within a repair still hears of what it waits for", async () => {
  using lock = new Lock();
  using semaphore = new BoundedSemaphore(1);
  using stage = new RawArray("int32", 1);
  lock.acquireSync();
  type Act = "take" | "nothing" | "release";
  const target = async (act: Act, later: number, lock: Lock, semaphore: BoundedSemaphore, { view }: Ints) => {
    if (act === "take") semaphore.acquireSync();
    const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
    Atomics.add(view, 0, 1);
    while (Atomics.load(view, 0) < 4) await pause(2);
    await pause(later);
    if (act !== "release") return;
    lock.release();
    while (Atomics.load(view, 0) < 5) await pause(5); // its end would ring the main thread, too
  };
  const [, held] = ([["take", 150], ["nothing", 400], ["release", 800]] as const).map((args) => {
    const child = new Process({ target, args: [...args, lock, semaphore, stage] });
    child.start();
    return child;
  });
  await eventually(() => Atomics.load(stage.view, 0) === 3, "all are there");
  // As if the second were killed while it changes the semaphore: its mutex is held until that death is known. The
  // first ends before, so the main thread wants that mutex while it waits for the lock.
  const { offset } = (semaphore as unknown as Traveller)[PACK]().blocks[0];
  Atomics.store(heapWords(), offset >>> 2, held.ident! + 1 << 1);
  Atomics.store(stage.view, 0, 4);
  const start = performance.now();
  lock.acquireSync({ timeout: BOUND });
  assert(performance.now() - start < BOUND / 2, "it was not woken");
  Atomics.store(stage.view, 0, 5);
  await eventually(() => semaphore.value === 1, "the permit of the first is back");
});

test("A task's timeout and an exit leave locks abandoned and permits back, in a pool too", async () => {
  await using pool = new Pool(2);
  using lock = new Lock();
  using semaphore = new BoundedSemaphore(2);
  const hold = (lock: Lock, semaphore: BoundedSemaphore) => {
    semaphore.acquireSync();
    lock.acquireSync();
    for (;;);
  };
  await failsWith("TimeoutError", () => pool.apply(hold, [lock, semaphore], { timeout: 100 }));
  await failsWith("AbandonedLockError", () => settles(lock.acquire()));
  await eventually(() => semaphore.value === 2, "the permit is back");
  (await lock.recover()).release();
  const leave = async (lock: Lock, exit: (code: number) => never) => {
    await lock.acquire();
    exit(4);
  };
  await failsWith("WorkerDiedError", () => pool.apply(leave, [lock, exit]));
  await failsWith("AbandonedLockError", () => settles(lock.acquire()));
  assertEquals(lock.abandoned, true);
});
