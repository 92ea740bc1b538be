/**
 * Locks and their kin under load: totals that can be told beforehand, wake-ups back and forth, timeouts and aborts that
 * race with grants, and random histories against a sequential model.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  RawArray,
  RLock,
  Semaphore,
} from "@multicore/multicore/shared";
import { test } from "../pool/_tools.ts";
import { inWorkers, pause, randomOf } from "./_sync.ts";

const K = 4000, WORKERS = 3;
type Ints = RawArray<"int32">;

test("Lock.acquireSync() keeps WORKERS x K additions apart, the main thread's among them", async () => {
  using lock = new Lock();
  using total = new RawArray("int32", 1);
  const add = (_: number, lock: Lock, { view }: Ints, k: number) => {
    for (let i = 0; i < k; i++) {
      using _guard = lock.acquireSync();
      view[0]++;
    }
  };
  const others = inWorkers(WORKERS, add, [lock, total, K]);
  await pause(150);
  add(0, lock, total, K);
  await others;
  assertEquals(total.view[0], (WORKERS + 1) * K);
});

test("Lock.acquire() keeps tasks of several threads apart, awaits inside included", async () => {
  using lock = new Lock();
  using total = new RawArray("int32", 1);
  const add = async (_: number, lock: Lock, { view }: Ints, k: number) => {
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let i = 0; i < k; i++) {
        using _guard = await lock.acquire();
        const before = view[0];
        if (i % 8 === 0) await Promise.resolve();
        view[0] = before + 1;
      }
    }));
  };
  const k = 200;
  await Promise.all([inWorkers(2, add, [lock, total, k]), add(0, lock, total, k)]);
  assertEquals(total.view[0], 3 * 4 * k);
});

test("RLock counts its levels under load", async () => {
  using lock = new RLock();
  using total = new RawArray("int32", 1);
  await inWorkers(WORKERS, (worker: number, lock: RLock, { view }: Ints, k: number) => {
    const deeper = (levels: number): void => {
      using _guard = lock.acquireSync();
      view[0]++;
      if (levels > 1) deeper(levels - 1);
    };
    for (let i = 0; i < k; i++) deeper(1 + (i + worker) % 3);
  }, [lock, total, 1500]);
  assertEquals(total.view[0], WORKERS * 500 * (1 + 2 + 3));
});

test("Semaphore never has more holders than permits, and gets all back", async () => {
  using semaphore = new BoundedSemaphore(2);
  using counts = new RawArray("int32", 2);
  await inWorkers(WORKERS, (_: number, semaphore: Semaphore, { view }: Ints, k: number) => {
    for (let i = 0; i < k; i++) {
      using _guard = semaphore.acquireSync();
      if (Atomics.add(view, 0, 1) >= 2) Atomics.add(view, 1, 1);
      Atomics.sub(view, 0, 1);
    }
  }, [semaphore, counts, K]);
  assertEquals([...counts.view, semaphore.value], [0, 0, 2]);
});

test("Condition hands K items through a bounded buffer without losing a wake-up", async () => {
  using condition = new Condition(new Lock());
  using buffer = new RawArray("int32", 3); // filled, taken, sum
  using lock = condition.lock;
  await inWorkers(4, async (worker: number, condition: Condition, { view }: Ints, k: number) => {
    for (let i = 0; i < k; i++) {
      using _guard = await condition.lock.acquire();
      const can = () => worker % 2 ? view[0] > 0 : view[0] < 3;
      if (i % 3) condition.waitForSync(can);
      else await condition.waitFor(can);
      if (worker % 2) {
        view[0]--;
        view[2] += ++view[1];
      } else view[0]++;
      condition.notify(4);
    }
  }, [condition, buffer, 700]);
  assertEquals([...buffer.view], [0, 1400, 1400 * 1401 / 2]);
  assertEquals(lock.locked, false);
});

test("Barrier gives every round's indices once, and lets nobody into the next one early", async () => {
  using barrier = new Barrier(WORKERS);
  using counts = new RawArray("int32", 3); // in this phase, index sum, faults
  await inWorkers(WORKERS, (_: number, barrier: Barrier, { view }: Ints, k: number) => {
    for (let i = 0; i < k; i++) {
      Atomics.add(view, 0, 1);
      Atomics.add(view, 1, barrier.waitSync());
      if (Atomics.load(view, 0) !== 3 * (i + 1)) Atomics.add(view, 2, 1);
      barrier.waitSync();
    }
  }, [barrier, counts, 1500]);
  assertEquals([...counts.view], [3 * 1500, 1500 * (0 + 1 + 2), 0]);
  assertEquals([barrier.waiting, barrier.broken], [0, false]);
});

test("Barrier takes more threads than it has parties", async () => {
  using barrier = new Barrier(2, { action: () => Atomics.pause() });
  using tickets = new RawArray("int32", 1);
  const passed = await inWorkers(4, async (worker: number, barrier: Barrier, { view }: Ints, k: number) => {
    let sum = 0;
    while (Atomics.add(view, 0, 1) < k) sum += worker % 2 ? barrier.waitSync() : await barrier.wait();
    return sum;
  }, [barrier, tickets, 2000]);
  assertEquals(passed.reduce((a, b) => a + b), 1000);
});

test("Event and Semaphore wake two threads back and forth", async () => {
  using ping = new Event();
  using pong = new Event();
  using left = new Semaphore(0);
  using right = new Semaphore(0);
  await inWorkers(
    2,
    async (worker: number, events: Event[], semaphores: Semaphore[], k: number) => {
      const [mine, theirs] = worker ? events : events.toReversed();
      const [give, take] = worker ? semaphores : semaphores.toReversed();
      for (let i = 0; i < k; i++) {
        if (worker) theirs.set();
        if (i % 2) mine.waitSync();
        else await mine.wait();
        mine.clear();
        if (!worker) theirs.set();
      }
      for (let i = 0; i < k; i++) {
        if (worker) give.release();
        if (i % 2) take.acquireSync();
        else await take.acquire();
        if (!worker) give.release();
      }
    },
    [[ping, pong], [left, right], 3000],
    () => assertEquals([left.value, right.value], [0, 0]),
  );
});

test("The main thread, blocked, is woken thousands of times by each primitive", async () => {
  using lock = new Lock();
  using semaphore = new Semaphore(0);
  using event = new Event();
  using barrier = new Barrier(2);
  using condition = new Condition();
  using turn = new RawArray("int32", 2);
  const k = 1000;
  const other = inWorkers(
    1,
    (_: number, { lock, semaphore, event, barrier, condition }, { view }: Ints, k: number) => {
      for (Atomics.store(view, 1, 1); Atomics.load(view, 1) < 2;);
      for (let i = 0; i < k; i++) {
        lock.release(); // taken by the main thread: any thread may release a Lock
        semaphore.release();
        event.set();
        barrier.waitSync();
        using _guard = condition.lock.acquireSync();
        view[0] = i + 1;
        condition.notify();
        condition.waitForSync(() => view[0] === -i - 1);
      }
    },
    [{ lock, semaphore, event, barrier, condition }, turn, k],
  );
  lock.acquireSync();
  while (Atomics.load(turn.view, 1) < 1) await pause(1);
  Atomics.store(turn.view, 1, 2);
  for (let i = 0; i < k; i++) {
    lock.acquireSync();
    semaphore.acquireSync();
    event.waitSync();
    event.clear();
    barrier.waitSync();
    using _guard = condition.lock.acquireSync();
    condition.waitForSync(() => turn.view[0] === i + 1);
    turn.view[0] = -i - 1;
    condition.notify();
  }
  await other;
  assertEquals([lock.locked, semaphore.value, event.isSet], [true, 0, false]);
});

/** Waits for permits with limits of some microseconds, each of one of three kinds, while another thread grants. */
async function race(rounds: number, seed: number): Promise<void> {
  using semaphore = new Semaphore(0);
  using lock = new Lock();
  using counts = new RawArray("int32", 4); // granted, taken, stop, inside
  const limits = async (worker: number, semaphore: Semaphore, lock: Lock, { view }: Ints, k: number) => {
    let state = worker + 1;
    const random = (below: number) => (state = Math.imul(state, 1664525) + 1013904223 >>> 0) % below;
    const attempt = async (what: Semaphore | Lock) => {
      const how = random(3);
      try {
        if (how === 0) return what.acquireSync({ timeout: random(100) / 500 });
        if (how === 1) return await what.acquire({ timeout: random(100) / 500 });
        const abort = new AbortController();
        const wait = what.acquire({ signal: abort.signal });
        for (let turns = random(3); turns--;) await Promise.resolve();
        if (random(2)) await new Promise<void>((resolve) => setTimeout(resolve));
        abort.abort(new RangeError("given up"));
        return await wait;
      } catch (error) {
        if ((error as Error).name !== "TimeoutError" && (error as Error).name !== "RangeError") throw error;
        return undefined;
      }
    };
    for (let i = 0; i < k; i++) {
      if (i % 2) {
        if (await attempt(semaphore)) Atomics.add(view, 1, 1); // kept: its giver counts it
        continue;
      }
      using guard = await attempt(lock);
      if (!guard) continue;
      if (Atomics.add(view, 3, 1) !== 0) throw new Error("two hold the lock");
      Atomics.sub(view, 3, 1);
    }
    Atomics.add(view, 2, 1);
    while (Atomics.load(view, 2) < 3) await new Promise<void>((resolve) => setTimeout(resolve, 1));
  };
  const workers = inWorkers(2, limits, [semaphore, lock, counts, rounds], () => {
    // The permits of a thread come back with its end, so look before.
    const [granted, taken] = counts.view;
    assertEquals(semaphore.value, granted - taken);
  });
  const give = inWorkers(1, (_: number, semaphore: Semaphore, lock: Lock, { view }: Ints) => {
    while (Atomics.load(view, 2) < 2) {
      using _guard = lock.acquireSync();
      if (Atomics.load(view, 0) - Atomics.load(view, 1) < 3) {
        Atomics.add(view, 0, 1);
        semaphore.release();
      }
      const until = performance.now() + 0.05;
      while (performance.now() < until);
    }
    Atomics.add(view, 2, 1);
  }, [semaphore, lock, counts]);
  await Promise.all([workers, give]);
  const [, taken, , inside] = counts.view;
  assert(taken > rounds / 50, `only ${taken} of ${rounds} were granted: seed ${seed}`);
  assertEquals([inside, lock.locked], [0, false]);
}

const RACES = Number(Deno.args[0] ?? 12_000);

test("No permit is lost or doubled when timeouts and aborts race with grants", () => race(RACES, 1), 600_000);

test("Small programs give only answers that some sequential order of their steps gives", async () => {
  await using pool = new Pool(2);
  // Each program: two threads, three steps each; the answers of both must fit one of the 20 interleavings.
  type Step = "take" | "give" | "set" | "clear" | "look" | "value" | "lock" | "unlock";
  const steps: readonly Step[] = ["take", "give", "set", "clear", "look", "value", "lock", "unlock"];
  const run = (steps: readonly Step[], semaphore: Semaphore, event: Event, lock: Lock, start: Barrier) => {
    const answer = (step: Step) => {
      switch (step) {
        case "take":
          return semaphore.tryAcquire() !== undefined;
        case "give":
          return semaphore.release();
        case "set":
          return event.set();
        case "clear":
          return event.clear();
        case "look":
          return event.isSet;
        case "value":
          return semaphore.value;
        case "lock":
          return lock.tryAcquire() !== undefined;
        case "unlock":
          try {
            lock.release();
            return true;
          } catch {
            return false;
          }
      }
    };
    start.waitSync();
    return steps.map(answer).map((given) => given ?? null);
  };
  const model = () => {
    let permits = 1, set = false, locked = false;
    return (step: Step): unknown => {
      switch (step) {
        case "take":
          return permits > 0 && permits-- > 0;
        case "give":
          permits++;
          return null;
        case "set":
        case "clear":
          set = step === "set";
          return null;
        case "look":
          return set;
        case "value":
          return permits;
        case "lock":
          return !locked && (locked = true);
        case "unlock":
          return locked && !(locked = false);
      }
    };
  };
  const orders = Array.from({ length: 64 }, (_, bits) => [...bits.toString(2).padStart(6, "0")].map(Number))
    .filter((order) => order.reduce((a, b) => a + b) === 3);
  const random = randomOf(20260101);
  using start = new Barrier(2);
  for (let program = 0; program < 400; program++) {
    using semaphore = new Semaphore(1);
    using event = new Event();
    using lock = new Lock();
    const programs = [0, 1].map(() => Array.from({ length: 3 }, () => steps[random(steps.length)]));
    const given = await Promise.all(programs.map((p) => pool.apply(run, [p, semaphore, event, lock, start])));
    const fits = orders.some((order) => {
      const at = [0, 0], answer = model();
      return order.every((thread) => {
        const i = at[thread]++;
        return answer(programs[thread][i]) === given[thread][i];
      });
    });
    assert(fits, `program ${program}: ${Deno.inspect({ programs, given })}`);
  }
});
