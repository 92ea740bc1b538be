/**
 * Pins that end with the thread that made them: those of the arguments it has handed to others.
 *
 * A worker that dies cannot take its pins back, so it writes them down where the main thread finds them.
 *
 * ```
 * ledger   a block of the thread's: pairs of words, a block's offset (0: free entry) and its generation
 * ```
 *
 * The pin is made before it is written, and crossed out before it is taken back: a thread that is killed in between
 * leaves a pin too many, never one too few.
 *
 * @module
 */

import { HEADER } from "./_layout.ts";
import { registerRepair } from "./_owners.ts";
import { Block, pin, readHeader, unpin, watchingPins } from "./block.ts";
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

/** Writes a pin down that this thread has made; gives the entry. */
export function writeDown({ offset, generation }: BlockReference): number {
  reserveEntry();
  const entry = free.pop()!, word = entry >>> 2, words = heapWords(entry + ENTRY_BYTES);
  words[word + 1] = generation;
  Atomics.store(words, word, offset | 0);
  return entry;
}

/** Crosses a pin out that is taken back, or is somebody else's to take back. */
export function crossOut(entry: number): void {
  Atomics.store(heapWords(entry + ENTRY_BYTES), entry >>> 2, 0);
  free.push(entry);
  freeIdle();
}

/** Pins a block until the returned function is called, or this thread dies; calling it twice is fine. */
export function pinWhileAlive(reference: BlockReference): () => void {
  reserveEntry();
  // Whoever watches pins that are handed over has nothing to do with this one.
  watchingPins(undefined, () => pin(reference));
  const entry = writeDown(reference);
  let pinned = true;
  return () => {
    if (!pinned) return;
    pinned = false;
    crossOut(entry);
    unpin(reference);
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
