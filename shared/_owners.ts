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
  /** It was given up: it may still run, and what is its own is left to it. */
  readonly survives?: boolean;
}

/** Its mutex was waited for, and the primitive disposed meanwhile: there is nothing left to repair, or to use. */
export class DisposedMeanwhileError extends ReferenceError {
  constructor() {
    super("Cannot use a shared object: it was disposed while this thread waited for it");
    this.name = "ReferenceError";
  }
}

/** Repairs the primitive whose block's bytes begin at `offset`. */
export type Repair = (offset: number, dead: Dead) => void;

const repairs = new Map<BlockKind, Repair>();

/** Declares how primitives of a kind are repaired; called once by the file that defines them. */
export function registerRepair(kind: BlockKind, repair: Repair): void {
  repairs.set(kind, repair);
}

/** Threads of which this one knows that they are dead, and has not mended all that they left; by tag. */
const known = new Map<number, Dead>();

/** Says that a thread's code runs no more: what it holds need not be waited for. Main thread only. */
export function declareDead(dead: Dead): void {
  known.set(dead.tag, dead);
}

/** Says that nothing in shared memory names the dead thread any longer. */
export function forgetDead({ tag }: Dead): void {
  known.delete(tag);
}

/**
 * If the thread with that tag is known to be dead: mends what it left, instead of a wait for it. The main thread may
 * learn of several deaths at once, and come upon a mutex of one while it repairs after another.
 */
export function mendAfter(tag: number): boolean {
  const dead = known.get(tag);
  if (dead) repairAll(dead);
  return dead !== undefined;
}

/** What belongs to one thread at a time: a survivor may be reading it. */
const OWN: ReadonlySet<BlockKind> = new Set(["segment", "ledger", "message"]);

/** Repairs every primitive after a thread's death. */
export function repairAll(dead: Dead): void {
  for (const header of everyHeader()) {
    const kind = readHeader(header)?.kind;
    try {
      if (kind && !(dead.survives && OWN.has(kind))) repairs.get(kind)?.(header + HEADER, dead);
    } catch (error) {
      if (!(error instanceof DisposedMeanwhileError)) throw error;
    }
  }
}
