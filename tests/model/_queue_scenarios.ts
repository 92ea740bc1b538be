/**
 * Scenarios of queues: every item arrives once, in order; who is killed takes at most the one that it had in hand.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Modules, Scale } from "./_load.ts";
import { type Size, sizeText } from "./_lock_scenarios.ts";
import type { Scenario, View } from "./_scenario.ts";
import type { Operation } from "./_thread.ts";

/** How a queue is used: the first worker puts so many, the others get so many each. */
export interface QueueUse extends Size {
  readonly puts: number;
  readonly gets: number;
  readonly capacity?: number;
  /** Bytes of a text that an item is: 0, it is a number. */
  readonly itemBytes?: number;
  /** Whether the putter closes it at the end; else the getters may wait for more. */
  readonly closes?: boolean;
  readonly victims?: readonly number[];
}

type AnyQueue = InstanceType<Modules["queue.ts"]["Queue"]>;

/** Blocks are a little larger than the words of a queue, so that few messages fill a segment. */
const scaleFor = (kind: string): Scale => ({
  classes: [kind === "JoinableQueue" ? 512 : 256],
  pages: 1,
  largeMessage: 120,
});

const isClosedError = (error: unknown) => (error as Error).name === "QueueClosedError";

/** A queue with one who puts and others who get. */
export function queueScenario(use: QueueUse): Scenario<unknown> {
  const { workers, kills, victims, grain, puts, gets, capacity, closes = false, itemBytes = 0 } = use;
  const itemOf = (n: number): unknown => itemBytes ? String(n).repeat(itemBytes) : n;
  const numberOf = (item: unknown) => Number(itemBytes ? String(item)[0] : item);
  return {
    name: `Queue, ${sizeText(use)}${victims ? ` of ${victims}` : ""}, ${puts} put, ${gets} got` +
      `${capacity ? `, capacity ${capacity}` : ""}${closes ? ", closed" : ""}` +
      (itemBytes ? `, ${itemBytes} bytes each` : ""),
    scale: scaleFor("Queue"),
    workers,
    kills,
    victims,
    grain,
    main: (library) => {
      const queue = new library["queue.ts"].Queue(capacity ? { capacity } : {});
      return {
        shared: queue[library["travel.ts"].PACK](),
        check: (view) => {
          const left: number[] = [];
          try {
            for (let item; (item = queue.tryGet()) !== undefined;) left.push(numberOf(item));
          } catch (error) {
            if (!isClosedError(error)) throw error;
          }
          assertEquals(queue.size, 0, "it counts more than is in it");
          account(view, left, capacity ?? Infinity, puts);
          if (!closes) {
            assert(queue.tryPut(itemOf(9)), "an empty queue is full");
            assertEquals(
              numberOf(queue.tryGet()),
              9,
              "something else was in the queue, which it did not count",
            );
          }
        },
        end: () => queue[Symbol.dispose](),
      };
    },
    worker: (library, env, packed) => {
      const queue = library["travel.ts"].unpack(packed as never) as AnyQueue;
      if (env.id === 1) {
        const operations: Operation[] = [];
        for (let n = 1; n <= puts; n++) {
          operations.push(() => {
            queue.putSync(itemOf(n));
            env.note(n);
          });
        }
        return closes ? [...operations, () => queue.close()] : operations;
      }
      return Array.from({ length: gets }, () => () => {
        try {
          env.note(numberOf(queue.getSync()));
        } catch (error) {
          if (!isClosedError(error)) throw error;
          env.note("closed");
        }
      });
    },
    atEnd: () => {},
  };
}

/** Compares what was put, got, and is left. */
function account({ statuses, logs }: View, left: readonly number[], capacity: number, puts: number): void {
  const put = logs[1] as number[], dead = statuses.map((status) => status === "dead");
  const got = logs.slice(2).map((log) => log.filter((item) => typeof item === "number") as number[]);
  const all = [...got.flat(), ...left].sort((a, b) => a - b);
  assertEquals(new Set(all).size, all.length, `an item came twice: ${all}`);
  for (const items of [...got, left]) assertEquals(items, [...items].sort((a, b) => a - b), "not in order");
  // A putter that was killed may have put one more than it has noted.
  const lost = put.filter((item) => !all.includes(item)), more = all.filter((item) => !put.includes(item));
  const deadGetters = dead.slice(2).filter(Boolean).length;
  assert(lost.length <= deadGetters, `lost: ${lost}, with ${deadGetters} dead who got`);
  assert(more.length <= (dead[1] ? 1 : 0), `got more than was put: ${more}`);
  // What is left was put behind what was got, but for what the dead had in hand.
  const last = Math.max(0, ...got.flat());
  assert(left.every((item) => item > last), `${left} was put before ${last}, and got later`);
  const getterSleeps = statuses.slice(2).includes("asleep"), putterSleeps = statuses[1] === "asleep";
  if (getterSleeps) {
    assertEquals(left, [], "somebody waits for an item, and there is one");
    assert(dead[1] || put.length === puts, "a getter and the putter wait for each other");
    assert(!logs.flat().includes("closed"), "somebody waits at a closed queue");
  }
  if (putterSleeps) assertEquals(left.length, capacity, "the putter waits for room, and there is some");
}

/** One puts, one gets and says that it is done, one waits until all are. */
export function joinableQueueScenario(
  size: Size & { readonly victims?: readonly number[] },
): Scenario<unknown> {
  const { kills, victims, grain } = size;
  return {
    name: `JoinableQueue, ${sizeText(size)}${victims ? ` of ${victims}` : ""}`,
    scale: scaleFor("JoinableQueue"),
    workers: 2,
    kills,
    victims,
    grain,
    main: (library) => {
      const queue = new library["queue.ts"].JoinableQueue<number>();
      return {
        shared: queue[library["travel.ts"].PACK](),
        check: ({ statuses, logs }) => {
          const left = queue.size;
          if (statuses[2] === "asleep") assert(left === 0, "somebody waits for an item, and there is one");
          if (statuses[1] === "asleep") {
            assert(left > 0, "all tasks are done or lost, and somebody waits for them");
          }
          if (logs[1].includes("joined") && statuses[2] === "done") assertEquals(logs[2], ["done"]);
        },
        end: () => queue[Symbol.dispose](),
      };
    },
    worker: (library, env, packed) => {
      const queue = library["travel.ts"].unpack(packed as never) as InstanceType<
        typeof library["queue.ts"]["JoinableQueue"]
      >;
      if (env.id === 1) {
        return [() => queue.putSync(1), () => {
          assert(queue.joinSync(), "the wait gave up");
          env.note("joined");
        }];
      }
      return [() => void queue.getSync(), () => {
        queue.taskDone();
        env.note("done");
      }];
    },
    atEnd: () => {},
  };
}
