/**
 * Queues and pipes whose users are killed at random instants: they go on, at most the item in hand is lost, nothing is
 * doubled, and no memory stays behind.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Process } from "@multicore/multicore/pool";
import {
  type Connection,
  JoinableQueue,
  NDArray,
  pipe,
  Queue,
  QueueClosedError,
  RawArray,
} from "@multicore/multicore/shared";
import { BLOCK_PINS, HEADER } from "../../shared/_layout.ts";
import { heapWords } from "../../shared/heap.ts";
import { PACK } from "../../shared/travel.ts";
import { settles, test } from "../pool/_tools.ts";

type Words = RawArray<"int32">;
/** Items of one producer at most. */
const MOST = 60_000;

interface Item {
  readonly producer: number;
  readonly n: number;
  readonly load: unknown;
}

/** Puts as long as it lives, and says how much it has put. */
const produce = (queue: Queue<Item>, put: Words, producer: number, large: boolean) => {
  for (let n = 0; n < 60_000; n++) {
    const load = large ? new Uint8Array(n % 3 ? 5000 : 100_000).fill(n) : n % 20 ? n : "x".repeat(n % 300);
    queue.putSync({ producer, n, load });
    Atomics.store(put.view, producer, n + 1);
  }
  for (;;) Atomics.wait(put.view, producer, -1, 1000), Atomics.wait(put.view, producer, 60_000, 1000);
};

/** Gets as long as it lives, and counts each item. */
const consume = (queue: Queue<Item>, seen: Words) => {
  try {
    for (;;) {
      const { producer, n, load } = queue.getSync();
      if (load instanceof Uint8Array && (load[0] !== n % 256 || load.at(-1) !== n % 256)) {
        throw new Error("damaged");
      }
      Atomics.add(seen.view, producer * 60_000 + n, 1);
    }
  } catch (error) {
    if ((error as Error).name !== "QueueClosedError") throw error;
  }
};

/** Kills all of them, each at a random instant, and waits for their ends. */
async function killAll(victims: readonly Process[], exitCodes = [-9]): Promise<void> {
  await settles(Promise.all(victims.map(async (victim) => {
    await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 150));
    victim.kill();
    await victim.join();
    assert(exitCodes.includes(victim.exitCode!), `exit code ${victim.exitCode}`);
  })));
}

function start(target: (...args: never[]) => unknown, args: unknown[]): Process {
  const process = new Process({ target: target as (...args: unknown[]) => unknown, args });
  process.start();
  return process;
}

const ROUNDS = 2, PRODUCERS = 3, CONSUMERS = 3;

for (
  const [what, large, options] of [
    ["small items, bounded", false, { capacity: 20 }],
    ["small items, unbounded", false, {}],
    ["large items, bounded in bytes", true, { byteCapacity: 1_000_000 }],
  ] as const
) {
  test(`Queue outlives its users, killed at random: ${what}`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      using queue = new Queue<Item>(options);
      using put = new RawArray("int32", PRODUCERS), seen = new RawArray("int32", PRODUCERS * MOST);
      const consumers = Array.from({ length: CONSUMERS }, () => start(consume, [queue, seen]));
      const producers = Array.from({ length: PRODUCERS }, (_, i) => start(produce, [queue, put, i, large]));
      await killAll([...producers, ...consumers.slice(1)]);
      queue.close();
      assert(await settles(consumers[0].join(), "the consumer that was spared"));
      assertEquals(consumers[0].exitCode, 0);
      let lost = 0, total = 0;
      for (let producer = 0; producer < PRODUCERS; producer++) {
        for (let n = 0; n < MOST; n++) {
          const times = seen.view[producer * MOST + n];
          total += times;
          assert(times <= 1, `item ${n} of producer ${producer} was got ${times} times`);
          if (n < put.view[producer]) lost += 1 - times;
          else if (n > put.view[producer]) assertEquals(times, 0);
        }
      }
      assert(total > 0, "something was got");
      assert(lost < CONSUMERS, `${lost} items were lost, ${CONSUMERS - 1} consumers were killed`);
    }
  });
}

const work = (queue: JoinableQueue<number>, done: Words) => {
  try {
    for (;;) {
      queue.getSync();
      Atomics.add(done.view, 0, 1);
      queue.taskDone();
    }
  } catch (error) {
    if ((error as Error).name !== "QueueClosedError") throw error;
  }
};

const order = (queue: JoinableQueue<number>) => {
  for (let n = 0;; n++) queue.putSync(n);
};

test("JoinableQueue.join() ends although producers and consumers were killed", async () => {
  for (let round = 0; round < 3; round++) {
    using queue = new JoinableQueue<number>({ capacity: 10 });
    using done = new RawArray("int32", 1);
    const workers = Array.from({ length: 4 }, () => start(work, [queue, done]));
    const makers = Array.from({ length: 3 }, () => start(order, [queue]));
    await killAll([...makers, ...workers.slice(1)]);
    assert(await settles(queue.join(), "join()"));
    assertEquals(queue.size, 0);
    queue.close();
    assert(await settles(workers[0].join()));
  }
});

test("JoinableQueue.join() does not wait for what a dead thread had taken", async () => {
  using queue = new JoinableQueue<number>(), taken = new Queue<number>();
  for (let i = 0; i < 5; i++) queue.putSync(i);
  const take = (queue: JoinableQueue<number>, taken: Queue<number>) => {
    for (let i = 0; i < 3; i++) taken.putSync(queue.getSync());
    queue.taskDone();
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  };
  const process = start(take, [queue, taken]);
  for (let i = 0; i < 3; i++) assertEquals(await settles(taken.get()), i);
  assertEquals(await queue.join({ timeout: 5 }), false);
  process.kill();
  await settles(process.join());
  assertEquals([queue.getSync(), queue.getSync()], [3, 4]);
  assertEquals(await queue.join({ timeout: 5 }), false);
  queue.taskDone();
  const joined = queue.join();
  queue.taskDone();
  assert(await settles(joined));
});

/** Sends as long as it lives, never more than forty messages ahead. */
const talk = (end: Connection) => {
  for (let n = 0;; n++) {
    end.sendSync([n, new Uint8Array(n % 7 ? 10 : 9000)]);
    if (n % 20 === 0 && n > 20) end.recvSync();
  }
};

test("Connection.recv() drains, then says that the thread at the other end was killed", async () => {
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 4 }, async () => {
      const [mine, theirs] = pipe(), numbers: number[] = [];
      const process = start(talk, [theirs]);
      const listen = async () => {
        for (;;) {
          numbers.push((await settles(mine.recv<[number, unknown]>()))[0]);
          if (numbers.length % 20 === 0 && !theirs.closed) await mine.send("go on").catch(() => {});
        }
      };
      numbers.push((await settles(mine.recv<[number, unknown]>()))[0]);
      const listening = assertRejects(listen, QueueClosedError);
      await killAll([process]);
      await listening;
      assertEquals(numbers, numbers.map((_, i) => i));
      mine.close();
      theirs.close();
    }));
  }
});

test("Connection.recv() hears of the death of a thread that has not used its end yet", async () => {
  const [mine, theirs] = pipe();
  using ready = new Queue<number>();
  const wait = (_end: Connection, ready: Queue<number>) => {
    ready.putSync(1);
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  };
  const process = start(wait, [theirs, ready]);
  await settles(ready.get());
  const received = mine.recv();
  await killAll([process]);
  await assertRejects(() => settles(received), QueueClosedError);
  mine.close();
  theirs.close();
});

test("Queue wakes a getter although the one that was woken before it is killed", async () => {
  using queue = new Queue<number>(), out = new Queue<number>();
  const relay = (queue: Queue<number>, out: Queue<number>) => {
    out.putSync(-1);
    out.putSync(queue.getSync());
  };
  const waiters = Array.from({ length: 4 }, () => start(relay, [queue, out]));
  for (let i = 0; i < 4; i++) assertEquals(await settles(out.get()), -1);
  const killed = killAll(waiters.slice(0, 2), [-9, 0]);
  for (let i = 0; i < 2; i++) queue.putSync(i);
  await killed;
  // Two of four are dead, perhaps with an item each: the others go on.
  for (let i = 2; i < 4; i++) queue.putSync(i);
  for (const waiter of waiters.slice(2)) assert(await settles(waiter.join()));
});

test("Queue lets go of the arrays in it when its last user was killed", async () => {
  using ready = new Queue<number>();
  using array = NDArray.shared([100]);
  const fill = (array: NDArray, ready: Queue<number>) => {
    const queue = new Queue<unknown>();
    queue.putSync([array, new Map([[1, new Float64Array(10_000)]])]);
    queue.putSync(new Float64Array(100_000));
    ready.putSync(1);
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  };
  const process = start(fill, [array, ready]);
  await settles(ready.get());
  await killAll([process]);
});

interface Pinning {
  readonly array: NDArray;
  readonly map: Map<number, unknown>;
}

const pinning = (queue: Queue<Pinning>, array: NDArray) => {
  for (let n = 0;; n++) {
    queue.putSync({ array, map: new Map<number, unknown>([[n, n % 2 ? array : new Uint8Array(3000)]]) });
  }
};

const reading = (queue: Queue<Pinning>) => {
  try {
    for (;;) queue.getSync().array[Symbol.dispose]();
  } catch (error) {
    if ((error as Error).name !== "QueueClosedError") throw error;
  }
};

test("Queue lets go of what items have pinned whose producers and consumers were killed", async () => {
  for (let round = 0; round < 3; round++) {
    using queue = new Queue<Pinning>({ capacity: 10 });
    using array = NDArray.shared([100]);
    const readers = Array.from({ length: 3 }, () => start(reading, [queue]));
    const makers = Array.from({ length: 3 }, () => start(pinning, [queue, array]));
    await killAll([...makers, ...readers.slice(1)]);
    queue.close();
    assert(await settles(readers[0].join()));
    assertEquals(readers[0].exitCode, 0);
    const [reference] = array[PACK]().blocks;
    const left = Atomics.load(heapWords(), (reference.offset - HEADER >>> 2) + BLOCK_PINS);
    assertEquals(left, 0, `${left} pins are left of ${readers.length + makers.length - 1} that were killed`);
  }
});
