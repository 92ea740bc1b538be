/**
 * Scenarios of the heap: no place is given twice, and whatever a killed thread had is free when it is buried.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Scale } from "./_load.ts";
import { type Size, sizeText } from "./_lock_scenarios.ts";
import type { Scenario } from "./_scenario.ts";
import { OWN } from "./_stage.ts";
import type { BlockReference } from "../../shared/travel.ts";

/**
 * Each worker allocates a block, uses and frees it, some rounds. `places` is how many of them find one surely; `behind`:
 * the main thread has taken the first place.
 */
export function allocateScenario(
  size: Size & {
    readonly byteLength: number;
    readonly scale: Scale;
    readonly places: number;
    readonly behind?: boolean;
  },
): Scenario<undefined> {
  const { workers, kills, rounds = 1, grain, byteLength, scale, places, behind = false } = size;
  return {
    name:
      `allocate ${byteLength} bytes, ${sizeText(size)}, ${scale.pages} page${scale.pages > 1 ? "s" : ""}` +
      (behind ? ", the first taken" : ""),
    scale,
    workers,
    kills,
    grain,
    main: (library) => {
      const block = behind ? library["block.ts"].Block.allocate(byteLength, "value") : undefined;
      return { shared: undefined, end: () => block?.free() };
    },
    worker: (library, env) => {
      const { Block } = library["block.ts"], { load, store } = library["_primitive.ts"];
      const use = () => {
        let block;
        try {
          block = Block.allocate(byteLength, "value");
        } catch (error) {
          if ((error as Error).name !== "SharedMemoryFullError") throw error;
          assert(places < workers, "there is a place for everyone, and it was said to be full");
          return;
        }
        assert(load(block.offset) === 0, "a new block is not zeroed");
        env.ghost("store", OWN + env.id, block.offset);
        store(block.offset, env.id);
        assert(load(block.offset) === env.id, "somebody else writes into the block");
        env.ghost("store", OWN + env.id, 0);
        block.free();
      };
      return Array.from({ length: rounds }, () => use);
    },
    always: ({ statuses, ghost }) => {
      const used = statuses.flatMap((status, i) =>
        status !== "dead" && ghost(OWN + i) ? [ghost(OWN + i)] : []
      );
      assert(new Set(used).size === used.length, "a block was given twice");
    },
  };
}

/** A block that the main thread has pinned for each worker; they attach, unpin and let go, as with an argument. */
export function attachScenario(size: Size & { readonly scale: Scale; readonly byteLength: number }): Scenario<
  BlockReference
> {
  const { workers, kills, grain, scale, byteLength } = size;
  return {
    name: `attach to ${byteLength} bytes, ${sizeText(size)}`,
    scale,
    workers,
    kills,
    grain,
    main: (library) => {
      const { Block, pin, readHeader } = library["block.ts"];
      const { reference } = Block.allocate(byteLength, "value"), header = reference.offset - 64;
      const mine = Block.attach(reference);
      // A pin for each that stands for a hand-over; the dead do not take theirs back.
      for (let i = 0; i < workers; i++) pin(reference);
      return {
        shared: reference,
        operations: [() => mine.release(), () => library["block.ts"].unpin(reference)],
        check: ({ statuses }) => {
          if (!statuses.includes("dead")) assert(readHeader(header), "the main thread's own hold has gone");
        },
      };
    },
    worker: (library, env, reference) => {
      const { Block, unpin } = library["block.ts"];
      return [() => {
        const block = Block.attach(reference);
        if (env.id !== 1) unpin(reference);
        assert(!block.released, "the block went while it was held");
        block.release();
      }];
    },
  };
}

/** One hands a block that it holds to nobody in particular: pins it, lets go; others attach and let go meanwhile. */
export function handOverScenario(size: Size): Scenario<BlockReference> {
  const { workers, kills, grain } = size;
  return {
    name: `pin and let go, ${sizeText(size)}`,
    scale: PLACES.scale,
    workers,
    kills,
    victims: Array.from({ length: workers - 1 }, (_, i) => i + 2),
    grain,
    main: (library) => {
      const block = library["block.ts"].Block.allocate(8, "value");
      return { shared: block.reference, operations: [() => block.release()], end: () => {} };
    },
    worker: (library, env, reference) => {
      const { Block, pin, readHeader, unpin } = library["block.ts"];
      if (env.id === 1) {
        const block = Block.attach(reference);
        return [
          () => pin(reference),
          () => block.release(),
          () => assert(readHeader(reference.offset - 64), "the block went while it was pinned"),
          () => unpin(reference),
        ];
      }
      return [() => {
        try {
          Block.attach(reference).release();
        } catch (error) {
          if ((error as Error).name !== "ReferenceError") throw error;
        }
      }];
    },
  };
}

/** Four pages of two places each. */
export const PLACES = { scale: { classes: [2048], pages: 4, largeMessage: 128 }, places: 8 } as const;
