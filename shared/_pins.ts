/**
 * What a message has pinned, written down from the moment it is pinned until it is taken back: so no death in between
 * leaves a pin.
 *
 * While a message is made, its pins stand in this thread's ledger (`ledger.ts`). With the message they go to a *table* in
 * the segment that it has alone, behind its bytes; then they are taken back by whoever reads the message, or, if the
 * thread dies that has the segment, by the repair.
 *
 * ```
 * table   word 0 how many entries · word 1 unused · entries: a block's offset (0: taken back) and its generation
 * ```
 *
 * As in a ledger, each is crossed out in one place before it is written in the next, or taken back: a thread that is killed
 * in between leaves one pin too many, never one too few.
 *
 * @module
 */

import { load, store, wordsTo } from "./_primitive.ts";
import { type PinWitness, unpin, watchingPins } from "./block.ts";
import { isMainThread } from "./heap.ts";
import { crossOut, freeIdle, reserveEntry, writeDown } from "./ledger.ts";
import type { BlockReference } from "./travel.ts";

const HEAD = 8, ENTRY = 8;

interface Pin {
  readonly reference: BlockReference;
  /** Where the ledger names it; 0: the main thread's, whose death is the end of all. */
  readonly entry: number;
}

/** Where the table of a message begins whose bytes begin at byte offset `start`. */
export function tableOf(start: number, length: number): number {
  return start + Math.ceil(length / 8) * 8;
}

/** The pins of a message that is being made. */
export class MessagePins implements PinWitness {
  #pins: Pin[] = [];

  /** Runs `body`, which pins what the message needs. */
  watch<R>(body: () => R): R {
    if (isMainThread()) return watchingPins(this, body);
    reserveEntry();
    try {
      return watchingPins(this, body);
    } finally {
      if (!this.count) freeIdle();
    }
  }

  pinned(reference: BlockReference): void {
    this.#pins.push({ reference, entry: isMainThread() ? 0 : writeDown(reference) });
  }

  unpinning({ offset, generation }: BlockReference): void {
    const i = this.#pins.findIndex(({ reference }) =>
      reference.offset === offset && reference.generation === generation
    );
    if (i >= 0) cross(this.#pins.splice(i, 1)[0]);
  }

  /** How many there are. */
  get count(): number {
    return this.#pins.length;
  }

  /** Bytes of the table for them. */
  get tableBytes(): number {
    return HEAD + this.#pins.length * ENTRY;
  }

  /** Makes an empty table at byte offset `table`. */
  beginTable(table: number): void {
    const first = table >>> 2;
    wordsTo(table + this.tableBytes).fill(0, first, first + this.tableBytes / 4);
    store(table, this.#pins.length);
  }

  /** Moves them into the table, whose segment has them from now on. */
  moveTo(table: number): void {
    this.#pins.forEach((pin, i) => {
      const entry = table + HEAD + i * ENTRY;
      store(entry + 4, pin.reference.generation);
      cross(pin);
      store(entry, pin.reference.offset | 0);
    });
    this.#pins = [];
  }

  /** Takes them back: there will be no message. */
  takeBack(): void {
    for (const pin of this.#pins.splice(0)) {
      cross(pin);
      unpin(pin.reference, true);
    }
  }
}

function cross({ entry }: Pin): void {
  if (entry) crossOut(entry);
}

/** Takes all pins of a table back that are left in it; `undone`: the message was not put. */
export function takeBackTable(table: number, undone = false): void {
  const count = load(table);
  for (let i = 0; i < count; i++) {
    const entry = table + HEAD + i * ENTRY;
    const offset = Atomics.exchange(wordsTo(entry + ENTRY), entry >>> 2, 0) >>> 0;
    if (offset) unpin({ offset, generation: load(entry + 4) }, undone);
  }
  store(table, 0);
}

/** Runs `body`, which reads the message of that table and so takes its pins back; those that it leaves are, too. */
export function takingBack<R>(table: number, body: () => R): R {
  const unpinning = ({ offset, generation }: BlockReference) => {
    for (let i = load(table) - 1; i >= 0; i--) {
      const entry = table + HEAD + i * ENTRY;
      if (load(entry) >>> 0 !== offset || load(entry + 4) !== generation) continue;
      return store(entry, 0);
    }
  };
  try {
    return watchingPins({ pinned: () => {}, unpinning }, body);
  } finally {
    takeBackTable(table);
  }
}
