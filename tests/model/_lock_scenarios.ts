/**
 * Scenarios of what excludes: the small mutex, locks, semaphores.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Modules, Scale } from "./_load.ts";
import type { Grain, Scenario } from "./_scenario.ts";
import { OWN } from "./_stage.ts";
import type { Env, Operation } from "./_thread.ts";
import { atMostInside } from "./_tools.ts";

/** Few blocks, so that there is little to sweep. */
const SCALE: Scale = { classes: [1024], pages: 1, largeMessage: 512 };

/** How much is explored. */
export interface Size {
  readonly workers: number;
  readonly kills: number;
  /** How often each worker does the same. @default 1 */
  readonly rounds?: number;
  readonly grain?: Grain;
}

/** How a size is called. */
export function sizeText({ workers, kills, rounds = 1, grain = "atomic" }: Size): string {
  return `${workers} threads, ${rounds} round${rounds > 1 ? "s" : ""}, ${kills} killed` +
    (grain === "atomic" ? "" : `, stopped before ${grain}`);
}

/** The operations of several rounds. */
export function repeat(count: number, operations: readonly Operation[]): Operation[] {
  return Array.from({ length: count }, () => operations).flat();
}

/** A stay inside, in which another thread can be seen. */
const stay = (env: Env) => () => {
  env.ghost("store", OWN + env.id, 1);
  env.ghost("store", OWN + env.id, 0);
};

/**
 * The mutex, over two words that are equal whenever it is free; who dies may leave them different. With `main` the main
 * thread takes part, and hears of deaths while it blocks.
 */
export function mutexScenario(size: Size & { readonly main?: boolean }): Scenario<number> {
  const { workers, kills, rounds = 1, grain } = size;
  let mutex = 0;
  const change = (library: Modules, env: Env, mutex: number): Operation[] => {
    const { enter, leave } = library["_mutex.ts"], { load, store } = library["_primitive.ts"];
    return [() => enter(mutex), () => {
      env.ghost("store", OWN + env.id, 1);
      store(mutex + 4, load(mutex + 4) + 1);
      store(mutex + 8, load(mutex + 8) + 1);
      env.ghost("store", OWN + env.id, 0);
    }, () => leave(mutex)];
  };
  return {
    name: `mutex, ${size.main ? "the main thread and " : ""}${sizeText(size)}`,
    scale: SCALE,
    workers,
    kills,
    grain,
    main: (library, env) => {
      const block = library["block.ts"].Block.allocate(12, "value"), { offset } = block;
      const { load, store } = library["_primitive.ts"];
      library["_owners.ts"].registerRepair("value", (offset, { tag }) => {
        const wasHeld = library["_mutex.ts"].seize(offset, tag);
        const isEqual = load(offset + 4) === load(offset + 8);
        assert(wasHeld || isEqual, "the mutex was not the dead thread's, and what it guards is half changed");
        if (!isEqual) store(offset + 8, load(offset + 4));
        library["_mutex.ts"].leave(offset);
        library["wait.ts"].wakeAll(offset);
      });
      mutex = offset;
      return {
        shared: offset,
        operations: size.main ? change(library, env, offset) : [],
        end: () => block.free(),
      };
    },
    worker: (library, env, mutex) => repeat(rounds, change(library, env, mutex)),
    always: (view) => {
      atMostInside(1, view, OWN);
      if (view.load(mutex) === 0) assertEquals(view.load(mutex + 4), view.load(mutex + 8), "half changed");
    },
  };
}

/** A lock; whoever finds it abandoned recovers it. */
export function lockScenario(size: Size, kind: "Lock" | "RLock" = "Lock"): Scenario<unknown> {
  const { workers, kills, rounds = 1, grain } = size;
  return {
    name: `${kind}, ${sizeText(size)}`,
    scale: SCALE,
    workers,
    kills,
    grain,
    main: (library) => {
      const lock = new library["lock.ts"][kind]();
      return {
        shared: lock[library["travel.ts"].PACK](),
        check: ({ statuses }) => {
          assert(!lock.locked || statuses.includes("dead"), "the lock is held, and nobody is left");
          assert(!lock.locked || lock.abandoned, "a dead thread holds the lock");
        },
        end: () => lock[Symbol.dispose](),
      };
    },
    worker: (library, env, packed) => {
      const lock = library["travel.ts"].unpack(packed as never) as InstanceType<
        typeof library["lock.ts"]["Lock"]
      >;
      const acquire = () => {
        try {
          lock.acquireSync();
        } catch (error) {
          if ((error as Error).name !== "AbandonedLockError") throw error;
          lock.recoverSync();
        }
      };
      const again = kind === "RLock" ? [() => void lock.acquireSync(), () => lock.release()] : [];
      return repeat(rounds, [acquire, ...again, stay(env), () => lock.release()]);
    },
    always: (view) => atMostInside(1, view, OWN),
  };
}

/** A lock for which one waits with a timeout. */
export function lockTimeoutScenario(size: Size): Scenario<unknown> {
  const scenario = lockScenario(size);
  return {
    ...scenario,
    name: `Lock with timeouts, ${sizeText(size)}`,
    worker: (library, env, packed) => {
      const lock = library["travel.ts"].unpack(packed as never) as InstanceType<
        typeof library["lock.ts"]["Lock"]
      >;
      const inside = stay(env);
      return [() => {
        try {
          using _guard = lock.acquireSync(env.id === 1 ? { timeout: 5 } : undefined);
          inside();
        } catch (error) {
          const { name } = error as Error;
          if (name !== "TimeoutError" && name !== "AbandonedLockError") throw error;
          env.note(name);
        }
      }];
    },
  };
}

/** A semaphore. */
export function semaphoreScenario(size: Size & { readonly permits: number }): Scenario<unknown> {
  const { workers, kills, rounds = 1, permits, grain } = size;
  let at = 0, slots: number[] = [];
  return {
    name: `Semaphore(${permits}), ${sizeText(size)}`,
    scale: SCALE,
    workers,
    kills,
    grain,
    main: (library) => {
      const semaphore = new library["semaphore.ts"].Semaphore(permits);
      const packed = semaphore[library["travel.ts"].PACK]();
      at = packed.blocks[0].offset;
      slots = Array.from({ length: library["_layout.ts"].MAX_THREADS }, (_, slot) => slot);
      return {
        shared: packed,
        check: ({ statuses }) => {
          if (!statuses.includes("asleep")) {
            assertEquals(semaphore.value, permits, "permits were lost or made");
          }
        },
        end: () => semaphore[Symbol.dispose](),
      };
    },
    worker: (library, env, packed) => {
      const semaphore = library["travel.ts"].unpack(packed as never) as InstanceType<
        typeof library["semaphore.ts"]["Semaphore"]
      >;
      return repeat(rounds, [() => void semaphore.acquireSync(), stay(env), () => semaphore.release()]);
    },
    always: (view) => {
      atMostInside(permits, view, OWN);
      // See the invariant in semaphore.ts.
      if (view.load(at) !== 0) return;
      const held = slots.reduce((sum, slot) => sum + view.load(at + 16 + slot * 4), 0);
      assertEquals(view.load(at + 4), view.load(at + 8) - held, "value is not total less what is held");
    },
  };
}
