/**
 * Threads that were killed and live on: they stop before they take anything that others could wait for, and what they
 * had taken is put in order when they are given up.
 *
 * The runtime loses a kill in few places and not every time; so these threads are condemned and given up by hand, as the
 * host of threads does, and killed at the end.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Process } from "@multicore/multicore/pool";
import {
  Barrier,
  Condition,
  type Connection,
  Lock,
  pipe,
  Queue,
  RawArray,
  Semaphore,
} from "@multicore/multicore/shared";
import { MAX_THREADS, THREAD_BYTES, THREADS } from "../../shared/_layout.ts";
import { heapWords } from "../../shared/heap.ts";
import { PACK, type Traveller } from "../../shared/travel.ts";
import { condemnThread, giveUpThread } from "../../shared/threads.ts";
import { BOUND, eventually, settles, test } from "../pool/_tools.ts";
import { failsWith, pause } from "./_sync.ts";

type Ints = RawArray<"int32">;

/** The record of a process that runs. */
function recordOf({ ident }: Process): { ident: number; slot: number } {
  const words = heapWords();
  for (let slot = 0; slot < MAX_THREADS; slot++) {
    if (words[THREADS + slot * THREAD_BYTES >> 2] === ident! + 1) return { ident: ident!, slot };
  }
  throw new Error("it has no record");
}

async function end(process: Process): Promise<void> {
  process.kill();
  assert(await settles(process.join()));
}

type Kit = readonly [lock: Lock, semaphore: Semaphore, queue: Queue<number>];
const users = {
  lock: ([lock]: Kit) => lock.acquireSync().release(),
  semaphore: ([, semaphore]: Kit) => semaphore.acquireSync().release(),
  queue: ([, , queue]: Kit) => {
    queue.putSync(1);
    queue.getSync();
  },
};

for (const [name, use] of Object.entries(users)) {
  test(`A condemned thread stops before it takes a ${name}, and leaves it to others`, async () => {
    using lock = new Lock(), semaphore = new Semaphore(1), queue = new Queue<number>();
    using turns = new RawArray("int32", 1);
    const kit: Kit = [lock, semaphore, queue];
    const target = (use: (kit: Kit) => void, kit: Kit, { view }: Ints) => {
      for (;;) {
        use(kit);
        Atomics.add(view, 0, 1);
      }
    };
    const process = new Process({ target, args: [use, kit, turns] });
    process.start();
    await eventually(() => Atomics.load(turns.view, 0) > 100, "it runs");
    const record = recordOf(process);
    condemnThread(record);
    const seen = Atomics.load(turns.view, 0);
    await pause(100);
    // What it had begun it may have brought to its end.
    assert(Atomics.load(turns.view, 0) <= seen + 1, "it goes on");
    // It may have stopped as it was about to give a permit back: that comes back now.
    giveUpThread(record, -9);
    while (queue.tryGet() !== undefined);
    semaphore.acquireSync({ timeout: BOUND }).release();
    lock.acquireSync({ timeout: BOUND }).release();
    queue.putSync(1, { timeout: BOUND });
    assertEquals(queue.getSync({ timeout: BOUND }), 1);
    await end(process);
  });
}

test("A thread that is given up leaves its locks abandoned, its permits and ends back, its barriers broken", async () => {
  using lock = new Lock(), semaphore = new Semaphore(1), barrier = new Barrier(3);
  using stage = new RawArray("int32", 1);
  const [mine, theirs] = pipe();
  const target = (
    lock: Lock,
    semaphore: Semaphore,
    barrier: Barrier,
    end: Connection,
    { view }: Ints,
  ) => {
    lock.acquireSync();
    semaphore.acquireSync();
    end.sendSync("here");
    void barrier.wait();
    for (Atomics.store(view, 0, 1);;);
  };
  const process = new Process({ target, args: [lock, semaphore, barrier, theirs, stage] });
  process.start();
  await eventually(() => Atomics.load(stage.view, 0) === 1, "it has taken everything");
  const waits = [lock.acquire(), semaphore.acquire(), barrier.wait()] as const;
  for (const one of waits) one.catch(() => {});
  assertEquals(await mine.recv(), "here");
  const received = mine.recv();
  received.catch(() => {});
  const record = recordOf(process);
  condemnThread(record);
  giveUpThread(record, -9);
  await failsWith("AbandonedLockError", () => settles(waits[0]));
  (await settles(waits[1])).release();
  await failsWith("BrokenBarrierError", () => settles(waits[2]));
  await failsWith("QueueClosedError", () => settles(received));
  assertEquals(process.exitCode, -9);
  lock.recoverSync().release();
  await end(process);
  assertEquals([lock.locked, semaphore.value], [false, 1]);
  mine.close();
  theirs.close();
});

test("A mutex in which a thread that is given up has stopped is free, for those who wait and for those who come", async () => {
  using semaphore = new Semaphore(1), queue = new Queue<number>(), condition = new Condition();
  using stage = new RawArray("int32", 2);
  const idle = ({ view }: Ints) => {
    for (Atomics.store(view, 0, 1);;) Atomics.wait(view, 1, 0, 1000);
  };
  const stopped = new Process({ target: idle, args: [stage] });
  stopped.start();
  await eventually(() => Atomics.load(stage.view, 0) === 1, "it runs");
  const record = recordOf(stopped);
  for (const one of [semaphore, queue, condition] as unknown as Traveller[]) {
    Atomics.store(heapWords(), one[PACK]().blocks[0].offset >>> 2, record.ident + 1 << 1);
  }
  const target = (semaphore: Semaphore, queue: Queue<number>, { view }: Ints) => {
    Atomics.add(view, 0, 1);
    semaphore.acquireSync().release();
    queue.putSync(1);
  };
  const waits = new Process({ target, args: [semaphore, queue, stage] });
  waits.start();
  await eventually(() => Atomics.load(stage.view, 0) === 2, "another wants them");
  await pause(20);
  condemnThread(record);
  giveUpThread(record, -9);
  assert(await settles(waits.join({ timeout: BOUND })));
  assertEquals([queue.getSync(), semaphore.value], [1, 1]);
  using _guard = condition.lock.acquireSync();
  assertEquals(condition.waitSync({ timeout: 1 }), false);
  await end(stopped);
});
