/**
 * Pins that end with the thread that made them: those of the arguments it has handed to others.
 *
 * A worker that dies cannot take its pins back, so it writes them down where the main thread finds them.
 *
 * ```
 * ledger   a block of the thread's: pairs of words, a block's offset (0: free entry) and its generation
 * ```
 *
 * A pin and its entry are made and taken back in one go, which no kill can interrupt (`pin` in `block.ts`); the
 * generation is written before, and means nothing as long as there is no offset.
 *
 * @module
 */

import { HEADER } from "./_layout.ts";
import { registerRepair } from "./_owners.ts";
import { Block, pin, readHeader, unpin } from "./block.ts";
import { heapWords } from "./heap.ts";
import type { BlockReference } from "./travel.ts";

const ENTRIES = 500, ENTRY_BYTES = 8;

const ledgers: Block[] = [];
/** Offsets of free entries. */
const free: number[] = [];

/** Sees to it that there is a free entry, so that the next pin is written down at once. */
export function reserveEntry(): void {
  if (free.length) return;
  const ledger = Block.allocate(ENTRIES * ENTRY_BYTES, "ledger");
  ledgers.push(ledger);
  for (let i = ENTRIES - 1; i >= 0; i--) free.push(ledger.offset + i * ENTRY_BYTES);
}

/** An entry for a pin that is about to be made; gives the index of its word. */
export function takeEntry({ generation }: BlockReference): number {
  reserveEntry();
  const entry = free.pop()!;
  heapWords(entry + ENTRY_BYTES)[(entry >>> 2) + 1] = generation;
  return entry >>> 2;
}

/** Gives an entry back in which nothing is written, or about to be crossed out; see {@linkcode freeIdle}. */
export function giveEntry(word: number): void {
  free.push(word * 4);
}

/** Pins a block until the returned function is called, or this thread dies; calling it twice is fine. */
export function pinWhileAlive(reference: BlockReference): () => void {
  const entry = takeEntry(reference);
  try {
    pin(reference, entry);
  } catch (error) {
    giveEntry(entry);
    freeIdle();
    throw error;
  }
  let pinned = true;
  return () => {
    if (!pinned) return;
    pinned = false;
    unpin(reference, undefined, entry);
    giveEntry(entry);
    freeIdle();
  };
}

/** Without entries in use the ledgers go, so that an idle thread holds nothing. */
export function freeIdle(): void {
  if (free.length < ledgers.length * ENTRIES) return;
  for (const ledger of ledgers.splice(0)) ledger.free();
  free.length = 0;
}

registerRepair("ledger", (ledger, { tag }) => {
  if (readHeader(ledger - HEADER)?.owner !== tag - 1) return;
  for (let i = 0; i < ENTRIES; i++) {
    const word = (ledger + i * ENTRY_BYTES) >>> 2, words = heapWords();
    const offset = Atomics.exchange(words, word, 0) >>> 0;
    if (offset) unpin({ offset, generation: words[word + 1] });
  }
});
