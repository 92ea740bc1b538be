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
import { Block, pin, readHeader, unpin } from "./block.ts";
import { heapWords } from "./heap.ts";
import type { BlockReference } from "./travel.ts";

const ENTRIES = 500, ENTRY_BYTES = 8;

const ledgers: Block[] = [];
/** Offsets of free entries. */
const free: number[] = [];

function freeEntry(): number {
  if (!free.length) {
    const ledger = Block.allocate(ENTRIES * ENTRY_BYTES, "ledger");
    ledgers.push(ledger);
    for (let i = ENTRIES - 1; i >= 0; i--) free.push(ledger.offset + i * ENTRY_BYTES);
  }
  return free.pop()!;
}

/** Pins a block until the returned function is called, or this thread dies; calling it twice is fine. */
export function pinWhileAlive(reference: BlockReference): () => void {
  pin(reference);
  const entry = freeEntry(), word = entry >>> 2;
  heapWords(entry + ENTRY_BYTES)[word + 1] = reference.generation;
  Atomics.store(heapWords(), word, reference.offset | 0);
  let pinned = true;
  return () => {
    if (!pinned) return;
    pinned = false;
    Atomics.store(heapWords(), word, 0);
    unpin(reference);
    release(entry);
  };
}

/** Frees an entry; without entries in use the ledgers go, so that an idle thread holds nothing. */
function release(entry: number): void {
  free.push(entry);
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
