/**
 * Scenarios of what is waited for: events, conditions, barriers.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Modules, Scale } from "./_load.ts";
import { repeat, type Size, sizeText } from "./_lock_scenarios.ts";
import type { Scenario } from "./_scenario.ts";
import { OWN } from "./_stage.ts";

const SCALE: Scale = { classes: [1024], pages: 2, largeMessage: 512 };

const load = <T>(library: Modules, packed: unknown) => library["travel.ts"].unpack(packed as never) as T;

/** One waits for an event that the others set, clear and set. */
export function eventScenario(size: Size): Scenario<unknown> {
  const { workers, kills, grain } = size;
  return {
    name: `Event, ${sizeText(size)}`,
    scale: SCALE,
    workers,
    kills,
    grain,
    main: (library) => {
      const event = new library["event.ts"].Event();
      return {
        shared: event[library["travel.ts"].PACK](),
        check: ({ statuses }) => {
          if (!statuses.includes("asleep")) return;
          assert(!event.isSet, "the event is set, and somebody waits for it");
          assert(statuses.includes("dead"), "the event was set while somebody waited, who sleeps on");
        },
        end: () => event[Symbol.dispose](),
      };
    },
    worker: (library, env, packed) => {
      const event = load<InstanceType<typeof library["event.ts"]["Event"]>>(library, packed);
      if (env.id === 1) return [() => assert(event.waitSync(), "the wait gave up")];
      return [() => event.set(), () => event.clear(), () => event.set()];
    },
    atEnd: () => {},
  };
}

/**
 * Some wait under a condition's lock until there is a token, and take it; one brings them one by one. `victims` may be
 * killed: worker 1 brings, the others take.
 */
export function conditionScenario(
  size: Size & {
    readonly victims?: readonly number[];
    readonly all?: boolean;
    /** The tokens are brought in one stay inside, each with its notification. */
    readonly atOnce?: boolean;
    readonly tokens?: number;
  },
): Scenario<unknown> {
  const { workers, kills, victims, all = false, atOnce = false, grain, tokens = workers - 1 } = size;
  const TOKENS = OWN;
  return {
    name: `Condition, ${sizeText(size)}${victims ? ` of ${victims}` : ""}, ${tokens} tokens` +
      (all ? ", notifyAll" : "") + (atOnce ? " at once" : ""),
    scale: SCALE,
    workers,
    kills,
    victims,
    grain,
    main: (library) => {
      const lock = new library["lock.ts"].Lock(), condition = new library["condition.ts"].Condition(lock);
      return {
        shared: [condition[library["travel.ts"].PACK](), lock[library["travel.ts"].PACK]()],
        check: ({ statuses, ghost }) => {
          assert(!lock.locked || lock.abandoned, "somebody who is done or dead holds the lock");
          if (!statuses.includes("asleep")) return;
          assert(!lock.abandoned, "the lock is abandoned, and somebody waits on");
          assertEquals(ghost(TOKENS), 0, "there is a token, and somebody waits for one");
          assert(
            tokens < workers - 1 || statuses.includes("dead"),
            "somebody waits, and all tokens were brought",
          );
        },
        end: () => {
          condition[Symbol.dispose]();
          lock[Symbol.dispose]();
        },
      };
    },
    worker: (library, env, packed) => {
      const [condition_, lock_] = packed as [never, never], { unpack } = library["travel.ts"];
      const lock = unpack(lock_) as InstanceType<typeof library["lock.ts"]["Lock"]>;
      const { blocks } = condition_ as { blocks: readonly [never] };
      const condition = library["_primitive.ts"].rebuild(library["condition.ts"].Condition, blocks[0], lock);
      const guardedBy = (body: () => void) => () => {
        try {
          using _guard = lock.acquireSync();
          body();
        } catch (error) {
          if ((error as Error).name !== "AbandonedLockError") throw error;
          env.note("abandoned");
        }
      };
      const bringOne = () => {
        env.ghost("add", TOKENS, 1);
        if (all) condition.notifyAll();
        else condition.notify();
      };
      const bring = guardedBy(() => {
        for (let token = 0; token < (atOnce ? tokens : 1); token++) bringOne();
      });
      const take = guardedBy(() => {
        while (env.ghost("load", TOKENS) === 0) assert(condition.waitSync(), "the wait gave up");
        env.ghost("sub", TOKENS, 1);
      });
      return env.id === 1 ? repeat(atOnce ? 1 : tokens, [bring]) : [take];
    },
    always: ({ ghost }) => assert(ghost(TOKENS) >= 0, "a token was taken twice"),
    atEnd: () => {},
  };
}

/** One notifies, another waits, and a third releases the lock while the first is at it: as any thread may a `Lock`. */
export function strangerScenario(): Scenario<unknown> {
  const TOKENS = OWN;
  return {
    name: "Condition, whose lock another thread releases",
    scale: SCALE,
    workers: 3,
    main: (library) => {
      const lock = new library["lock.ts"].Lock(), condition = new library["condition.ts"].Condition(lock);
      const event = new library["event.ts"].Event(), all = [condition, lock, event];
      return {
        shared: all.map((one) => one[library["travel.ts"].PACK]()),
        check: ({ statuses, logs, ghost }) => {
          if (!statuses.includes("asleep")) return;
          assert(logs[1].includes("refused"), "it was notified, and sleeps on");
          assertEquals(ghost(TOKENS), 1, "it has the token, and sleeps");
        },
        end: () => {
          for (const one of all) one[Symbol.dispose]();
        },
      };
    },
    worker: (library, env, packed) => {
      const [condition_, lock_, event_] = packed as [{ blocks: readonly [never] }, unknown, unknown];
      const lock = load<InstanceType<typeof library["lock.ts"]["Lock"]>>(library, lock_);
      const event = load<InstanceType<typeof library["event.ts"]["Event"]>>(library, event_);
      const condition = library["_primitive.ts"].rebuild(
        library["condition.ts"].Condition,
        condition_.blocks[0],
        lock,
      );
      if (env.id === 1) {
        return [() => {
          lock.acquireSync();
          env.ghost("add", TOKENS, 1);
          event.set();
          try {
            condition.notify();
          } catch (error) {
            if ((error as Error).name !== "NotHeldError") throw error;
            env.note("refused");
          }
        }];
      }
      if (env.id === 3) return [() => void event.waitSync(), () => lock.release()];
      return [() => {
        using _guard = lock.acquireSync();
        while (env.ghost("load", TOKENS) === 0) assert(condition.waitSync(), "the wait gave up");
        env.ghost("sub", TOKENS, 1);
      }];
    },
    atEnd: () => {},
  };
}

/** Threads that meet, some rounds. */
export function barrierScenario(size: Size): Scenario<unknown> {
  const { workers, kills, rounds = 1, grain } = size;
  let at = 0;
  return {
    name: `Barrier, ${sizeText(size)}`,
    scale: SCALE,
    workers,
    kills,
    grain,
    main: (library) => {
      const barrier = new library["barrier.ts"].Barrier(workers);
      const packed = barrier[library["travel.ts"].PACK]();
      at = packed.blocks[0].offset;
      return {
        shared: packed,
        check: ({ statuses, logs }) => {
          const asleep = statuses.filter((status) => status === "asleep").length;
          if (asleep) {
            assert(statuses.includes("dead"), "all are there, and somebody waits");
            assertEquals(
              barrier.waiting,
              asleep,
              "somebody waits in a round that is over, or with one who is dead",
            );
          }
          for (let round = 0; round < rounds; round++) {
            const indices = logs.slice(1).map((log) => log[round]).filter((index) =>
              typeof index === "number"
            );
            assertEquals(new Set(indices).size, indices.length, "an index was given twice");
            if (!kills) assertEquals(indices.length, workers, "the barrier broke of itself");
          }
        },
        end: () => barrier[Symbol.dispose](),
      };
    },
    worker: (library, env, packed) => {
      const barrier = load<InstanceType<typeof library["barrier.ts"]["Barrier"]>>(library, packed);
      return repeat(rounds, [() => {
        try {
          env.note(barrier.waitSync());
        } catch (error) {
          if ((error as Error).name !== "BrokenBarrierError") throw error;
          env.note("broken");
        }
      }]);
    },
    always: (view) => {
      if (view.load(at) !== 0) return;
      let arrived = 0;
      for (let slot = 0; slot < 32; slot++) arrived += view.load(at + 20 + 32 * 4 + slot * 4);
      assertEquals(view.load(at + 12), arrived, "the count of arrivals is not their sum");
    },
    atEnd: () => {},
  };
}
