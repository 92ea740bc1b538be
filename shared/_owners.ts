/**
 * What becomes of the primitives that a dead thread held or waited in.
 *
 * Each kind of primitive declares how one of them is repaired. The main thread repairs all of them when a thread has
 * died: before it sweeps that thread's blocks, and, while it blocks itself, as soon as the thread's code is known to
 * run no more. Repairing twice is fine.
 *
 * @module
 */

import { HEADER } from "./_layout.ts";
import { everyHeader } from "./_pages.ts";
import { type BlockKind, readHeader } from "./block.ts";

/** A thread whose code runs no more. */
export interface Dead {
  /** Its ident + 1, as it stands in words that name their owner. */
  readonly tag: number;
  /** Its record. */
  readonly slot: number;
}

/** Repairs the primitive whose block's bytes begin at `offset`. */
export type Repair = (offset: number, dead: Dead) => void;

const repairs = new Map<BlockKind, Repair>();

/** Declares how primitives of a kind are repaired; called once by the file that defines them. */
export function registerRepair(kind: BlockKind, repair: Repair): void {
  repairs.set(kind, repair);
}

/** Repairs every primitive after a thread's death. */
export function repairAll(dead: Dead): void {
  for (const header of everyHeader()) {
    const kind = readHeader(header)?.kind;
    if (kind) repairs.get(kind)?.(header + HEADER, dead);
  }
}
