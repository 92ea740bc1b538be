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
 * As in a ledger, each is crossed out in one place and written in the next, or taken back, in one go: two plain stores in
 * a row, or the pin's step and a store, between which no kill can come (`pin` in `block.ts`).
 *
 * @module
 */

import { load, store, wordsTo } from "./_primitive.ts";
import { type PinWitness, unpin, watchingPins } from "./block.ts";
import { isMainThread } from "./heap.ts";
import { freeIdle, giveEntry, takeEntry } from "./ledger.ts";
import type { BlockReference } from "./travel.ts";

const HEAD = 8, ENTRY = 8;

interface Pin {
  readonly reference: BlockReference;
  /** Index of the word where the ledger names it; 0: the main thread's, whose death is the end of all. */
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
    try {
      return watchingPins(this, body);
    } finally {
      if (!this.count && !isMainThread()) freeIdle();
    }
  }

  pinning(reference: BlockReference): number {
    const entry = isMainThread() ? 0 : takeEntry(reference);
    this.#pins.push({ reference, entry });
    return entry;
  }

  unpinning({ offset, generation }: BlockReference): number {
    const i = this.#pins.findIndex(({ reference }) =>
      reference.offset === offset && reference.generation === generation
    );
    if (i < 0) return 0;
    const [{ entry }] = this.#pins.splice(i, 1);
    if (entry) giveEntry(entry);
    return entry;
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
    const pins = this.#pins;
    let end = table + this.tableBytes;
    for (const { entry } of pins) end = Math.max(end, entry * 4 + 4);
    const words = wordsTo(end);
    let noted = table + HEAD >>> 2;
    for (const { reference: { offset, generation }, entry } of pins) {
      words[noted + 1] = generation;
      if (entry) words[entry] = 0;
      words[noted] = offset;
      noted += ENTRY / 4;
    }
    this.#pins = [];
    giveBack(pins);
  }

  /** Takes them back: there will be no message. */
  takeBack(): void {
    const pins = this.#pins.splice(0);
    for (const { reference, entry } of pins) unpin(reference, true, entry);
    giveBack(pins);
  }
}

/** Gives the ledger's entries back. */
function giveBack(pins: readonly Pin[]): void {
  for (const { entry } of pins) if (entry) giveEntry(entry);
  if (!isMainThread()) freeIdle();
}

/** Takes all pins of a table back that are left in it; `undone`: the message was not put. */
export function takeBackTable(table: number, undone = false): void {
  const count = load(table);
  for (let i = 0; i < count; i++) {
    const entry = table + HEAD + i * ENTRY;
    const offset = load(entry) >>> 0;
    if (offset) unpin({ offset, generation: load(entry + 4) }, undone, entry >>> 2);
  }
  store(table, 0);
}

/** Runs `body`, which reads the message of that table and so takes its pins back; those that it leaves are, too. */
export function takingBack<R>(table: number, body: () => R): R {
  const unpinning = ({ offset, generation }: BlockReference) => {
    for (let i = load(table) - 1; i >= 0; i--) {
      const entry = table + HEAD + i * ENTRY;
      if (load(entry) >>> 0 === offset && load(entry + 4) === generation) return entry >>> 2;
    }
    return 0;
  };
  try {
    return watchingPins({ pinning: () => 0, unpinning }, body);
  } finally {
    takeBackTable(table);
  }
}
