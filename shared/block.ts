/**
 * Blocks of the shared heap, and who holds them.
 *
 * ```
 * state = generation << 10 | phase
 * phase 0 free          claimed by its owner word, or not at all
 *       1 live          somebody holds it, or it is pinned
 *       2 + s freeing   the thread in slot s gives it back
 * ```
 *
 * Invariants. A live block has a holder's bit or a pin, or somebody is about to see that it has not. Exactly one
 * thread moves a given generation from live to freeing (one compare-and-swap), and only that thread, or the
 * sweep after its death, frees the bytes. A thread sets and clears only its own bit; the main thread clears the
 * bits of a thread that is proved dead. A block that its maker frees outright goes when its last pin goes.
 *
 * @module
 */

import {
  BLOCK_HOLDERS,
  BLOCK_KIND,
  BLOCK_LENGTH,
  BLOCK_OWNER,
  BLOCK_PINS,
  BLOCK_STATE,
  CONDEMNED,
  HEADER,
  HOLDER_WORDS,
  KINDS,
  NEXT_GENERATION,
  PAGE,
  PHASE_BITS,
  PHASE_FREE,
  PHASE_FREEING,
  PHASE_LIVE,
} from "./_layout.ts";
import { CLASSES } from "./_layout.ts";
import { claimPages, describePage, freePages, longestFreeRun, sealRun, zeroPages } from "./_pages.ts";
import { claimPlace, freePlace, sizeClass } from "./_small.ts";
import { type DType, type TypedArrayOf, viewConstructor } from "./dtype.ts";
import { SharedMemoryFullError } from "./errors.ts";
import { heapBuffer, heapWords, membership } from "./heap.ts";
import type { BlockReference } from "./travel.ts";

/** What lives in a block, for `heapStats()`. */
export type BlockKind =
  | "memory"
  | "ndarray"
  | "array"
  | "value"
  | "lock"
  | "rlock"
  | "semaphore"
  | "condition"
  | "event"
  | "barrier"
  | "queue"
  | "pipe"
  | "segment"
  | "node"
  | "message"
  | "ledger"
  | "job"
  | "pool";

/** What this thread knows of one block it holds. */
interface Hold {
  readonly generation: number;
  /** How many objects of this thread rely on it. */
  count: number;
}

const PHASE_MASK = (1 << PHASE_BITS) - 1;
/** The blocks that this thread holds, by header. */
const holds = new Map<number, Hold>();
/** Lets go for objects that were collected without being disposed. */
const collected = new FinalizationRegistry<BlockReference>(letGo);
/** Objects, views above all, that must find their bytes as long as they live. */
const kept = new WeakMap<object, Block>();

const word = (header: number, field: number) => (header >>> 2) + field;

function allocateHeader(byteLength: number, tag: number, isZeroed: boolean): number {
  const size = sizeClass(byteLength);
  if (size >= 0) {
    const header = claimPlace(size, tag);
    if (header) {
      const words = heapWords(header + CLASSES[size]);
      words.fill(0, word(header, BLOCK_KIND), (header + CLASSES[size]) / 4);
      return header;
    }
  } else {
    const count = Math.ceil((byteLength + HEADER) / PAGE);
    const page = claimPages(count, tag);
    if (page) {
      const header = page * PAGE, words = heapWords(header + count * PAGE);
      if (isZeroed) zeroPages(page, count);
      else words.fill(0, word(header, 0), word(header, HEADER / 4));
      words[word(header, BLOCK_OWNER)] = tag;
      sealRun(page, count);
      return header;
    }
  }
  const available = Math.max(0, longestFreeRun() - HEADER);
  throw new SharedMemoryFullError(
    `Cannot allocate ${byteLength} bytes of shared memory: the longest free run is ${available} bytes; ` +
      "dispose what is no longer needed",
    byteLength,
    available,
  );
}

/** Gives the bytes back, if this thread is the one that ends this life of the block. */
function end(header: number, state: number): void {
  const { ident, slot } = membership();
  const tag = ident + 1;
  const words = heapWords(header + HEADER);
  const freeing = state & ~PHASE_MASK | PHASE_FREEING + slot;
  if (Atomics.compareExchange(words, word(header, BLOCK_STATE), state, freeing) === state) {
    giveBack(header, tag);
  }
}

function giveBack(header: number, tag: number): void {
  const words = heapWords(header + HEADER);
  const allocator = Atomics.exchange(words, word(header, BLOCK_OWNER), tag);
  const what = describePage(Math.floor(header / PAGE));
  if (what && "slab" in what) {
    Atomics.and(words, word(header, BLOCK_STATE), ~PHASE_MASK);
    freePlace(header, what.slab, tag);
  } else if (what) {
    // The header must go on naming the allocator: the sweep needs it if this thread dies on the way.
    Atomics.store(words, word(header, BLOCK_OWNER), allocator);
    freePages(what.first, what.count, allocator, tag);
  }
}

/** Ends a block's life when nobody holds it and nothing pins it. */
function endIfUnused(header: number, state: number): void {
  const words = heapWords(header + HEADER);
  if (Atomics.load(words, word(header, BLOCK_PINS)) !== 0) return;
  if (!(Atomics.load(words, word(header, BLOCK_KIND)) & CONDEMNED)) {
    for (let i = 0; i < HOLDER_WORDS; i++) {
      if (Atomics.load(words, word(header, BLOCK_HOLDERS + i)) !== 0) return;
    }
  }
  // Whoever held it may have pinned it, and then let go, since the first look.
  if (Atomics.load(words, word(header, BLOCK_PINS)) !== 0) return;
  end(header, state);
}

const liveState = (generation: number) => generation << PHASE_BITS | PHASE_LIVE;
const isLive = (header: number, generation: number) =>
  Atomics.load(heapWords(header + HEADER), word(header, BLOCK_STATE)) === liveState(generation);

/**
 * One object's hold on one block. Several objects of a thread may hold the same block; the thread's bit in the
 * header stands while one of them does.
 */
export class Block {
  /** Byte offset of the first usable byte; a multiple of 64. */
  readonly offset: number;
  /** Bytes as asked for. */
  readonly byteLength: number;
  /** This life of the block, for another thread to attach to. */
  readonly reference: BlockReference;
  #released = false;

  private constructor(header: number, generation: number, byteLength: number) {
    this.offset = header + HEADER;
    this.byteLength = byteLength;
    this.reference = { offset: this.offset, generation };
    collected.register(this, this.reference, this);
  }

  /** Allocates `byteLength` bytes; zeroed, unless the caller writes all that anybody reads. */
  static allocate(byteLength: number, kind: BlockKind, isZeroed = true): Block {
    const { ident, slot } = membership();
    const header = allocateHeader(byteLength, ident + 1, isZeroed);
    const words = heapWords(header + HEADER);
    const generation = Atomics.add(words, NEXT_GENERATION, 1) & (1 << 31 - PHASE_BITS) - 1;
    words[word(header, BLOCK_KIND)] = KINDS.indexOf(kind);
    words[word(header, BLOCK_LENGTH)] = byteLength;
    words[word(header, BLOCK_HOLDERS + (slot >> 5))] = 1 << (slot & 31);
    Atomics.store(words, word(header, BLOCK_STATE), liveState(generation));
    holds.set(header, { generation, count: 1 });
    return new Block(header, generation, byteLength);
  }

  /** Holds a block that another object holds or pins; throws when that life of it is over. */
  static attach({ offset, generation }: BlockReference): Block {
    const header = offset - HEADER;
    const words = heapWords(offset);
    const byteLength = words[word(header, BLOCK_LENGTH)] >>> 0;
    const held = holds.get(header);
    if (held?.generation === generation && isLive(header, generation)) {
      held.count++;
      return new Block(header, generation, byteLength);
    }
    const { slot } = membership();
    const holders = word(header, BLOCK_HOLDERS + (slot >> 5)), bit = 1 << (slot & 31);
    const alive = isLive(header, generation);
    if (alive) Atomics.or(words, holders, bit);
    if (!alive || !isLive(header, generation)) {
      if (alive && !held) Atomics.and(words, holders, ~bit);
      throw new ReferenceError(
        "Cannot attach to a shared object: it was disposed by the thread that made it",
      );
    }
    holds.set(header, { generation, count: 1 });
    return new Block(header, generation, byteLength);
  }

  /** Whether this object has let go of the block. */
  get released(): boolean {
    return this.#released || !isLive(this.offset - HEADER, this.reference.generation);
  }

  /** All bytes. */
  bytes(): Uint8Array<SharedArrayBuffer> {
    return this.watch(new Uint8Array(heapBuffer(), this.offset, this.byteLength));
  }

  /** A fixed-length view; `length` counts slots of the typed array (two for a complex element). */
  view<D extends DType>(dtype: D, byteOffset = 0, length?: number): TypedArrayOf<D> {
    const View = viewConstructor(dtype);
    const slots = length ?? Math.floor((this.byteLength - byteOffset) / View.BYTES_PER_ELEMENT);
    return this.watch(new View(heapBuffer(), this.offset + byteOffset, slots) as TypedArrayOf<D>);
  }

  /** Keeps this hold as long as `holder` lives, unless it is released before. */
  watch<T extends object>(holder: T): T {
    kept.set(holder, this);
    return holder;
  }

  /** Lets go; the bytes are reused when the last holder in the last thread has done so. Idempotent. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    collected.unregister(this);
    letGo(this.reference);
  }

  /** Gives the block back for everyone, at once or when the last pin goes. Idempotent. */
  free(): void {
    if (this.#released) return;
    this.#released = true;
    collected.unregister(this);
    const header = this.offset - HEADER, { generation } = this.reference;
    holds.delete(header);
    if (!isLive(header, generation)) return;
    Atomics.or(heapWords(this.offset), word(header, BLOCK_KIND), CONDEMNED);
    endIfUnused(header, liveState(generation));
  }
}

/** Takes one object's hold back. */
function letGo({ offset, generation }: BlockReference): void {
  const header = offset - HEADER;
  const held = holds.get(header);
  if (held?.generation !== generation || --held.count > 0) return;
  holds.delete(header);
  if (!isLive(header, generation)) return;
  const { slot } = membership();
  Atomics.and(heapWords(offset), word(header, BLOCK_HOLDERS + (slot >> 5)), ~(1 << (slot & 31)));
  endIfUnused(header, liveState(generation));
}

/**
 * Says where the pins are noted that are made and taken back while it watches: the index of a word of the heap that
 * holds the block's offset while the pin stands, or 0, nowhere.
 */
export interface PinWitness {
  /** Where a pin is to be noted that is about to be made. */
  pinning(reference: BlockReference): number;
  /** Where the pin is noted that is about to be taken back. */
  unpinning(reference: BlockReference): number;
}

let witness: PinWitness | undefined;

/** Runs `body` while `given` watches, or nobody. */
export function watchingPins<R>(given: PinWitness | undefined, body: () => R): R {
  const before = witness;
  witness = given;
  try {
    return body();
  } finally {
    witness = before;
  }
}

/**
 * Keeps a block alive beyond its holders: its name does, and a task under way.
 *
 * A kill stops a thread where it calls a function or goes round a loop, the functions of `Atomics` included, and nowhere
 * else. So between a pin's step and the plain store that notes it there must be neither: then both are done, or none.
 *
 * @param noted Index of the word in which the pin is noted; 0: nowhere, or where the witness says.
 */
export function pin(reference: BlockReference, noted = 0): void {
  const { offset, generation } = reference, header = offset - HEADER;
  if (!isLive(header, generation)) {
    throw new ReferenceError("Cannot use a shared object: it was disposed by the thread that made it");
  }
  const note = noted || (witness?.pinning(reference) ?? 0);
  const words = heapWords(Math.max(offset, note * 4 + 4)), pins = word(header, BLOCK_PINS);
  Atomics.add(words, pins, 1);
  if (note) words[note] = offset;
}

/**
 * Is told when the last pin of a block was taken back; `undone`: what it was pinned for has not come to pass, or absent:
 * that is not known.
 */
export type WhenUnpinned = (offset: number, undone?: boolean) => void;

const whenUnpinned = new Map<number, WhenUnpinned>();

/** Declares what is to be done when the last pin of a block of that kind was taken back. */
export function registerUnpinned(kind: BlockKind, then: WhenUnpinned): void {
  whenUnpinned.set(KINDS.indexOf(kind), then);
}

/** Takes a pin back, and its note; `undone`: see {@linkcode WhenUnpinned}, `noted`: see {@linkcode pin}. */
export function unpin(reference: BlockReference, undone?: boolean, noted = 0): void {
  const { offset, generation } = reference, header = offset - HEADER;
  const note = noted || (witness?.unpinning(reference) ?? 0);
  const words = heapWords(Math.max(offset, note * 4 + 4)), pins = word(header, BLOCK_PINS);
  if (!isLive(header, generation)) {
    if (note) words[note] = 0;
    return;
  }
  const kind = words[word(header, BLOCK_KIND)];
  const before = Atomics.sub(words, pins, 1);
  if (note) words[note] = 0;
  if (before === 1) whenUnpinned.get(kind)?.(offset, undone);
  endIfUnused(header, liveState(generation));
}

/** The live block that the heap's byte at `byteOffset` belongs to. */
export function blockContaining(byteOffset: number): BlockReference | undefined {
  const page = Math.floor(byteOffset / PAGE);
  const what = describePage(page);
  if (!what) return undefined;
  let header = 0;
  if ("slab" in what) {
    const bytes = CLASSES[what.slab];
    header = page * PAGE + Math.floor((byteOffset - page * PAGE) / bytes) * bytes;
  } else header = what.first * PAGE;
  const state = Atomics.load(heapWords(header + HEADER), word(header, BLOCK_STATE));
  if ((state & PHASE_MASK) !== PHASE_LIVE) return undefined;
  return { offset: header + HEADER, generation: state >>> PHASE_BITS };
}

/**
 * Clears a dead thread out of one block: its bit, its half-made claim, its half-done freeing. Only the main
 * thread calls this, and only after the thread's death is proved.
 */
export function sweepBlock(header: number, dead: { readonly tag: number; readonly slot: number }): void {
  const words = heapWords(header + HEADER);
  const state = Atomics.load(words, word(header, BLOCK_STATE));
  const phase = state & PHASE_MASK;
  if (phase === PHASE_LIVE) {
    const bit = 1 << (dead.slot & 31), holders = word(header, BLOCK_HOLDERS + (dead.slot >> 5));
    Atomics.and(words, holders, ~bit);
    // Also without its bit: it may have been about to see that nobody needs the block.
    endIfUnused(header, state);
  } else if (phase === PHASE_FREEING + dead.slot) {
    Atomics.and(words, word(header, BLOCK_STATE), ~PHASE_MASK);
    giveBack(header, membership().ident + 1);
  } else if (phase === PHASE_FREE && words[word(header, BLOCK_OWNER)] === dead.tag) {
    const what = describePage(Math.floor(header / PAGE));
    if (what && "slab" in what) freePlace(header, what.slab, dead.tag);
  }
}

/** Reads what a header says of a live block; undefined when there is none. */
export function readHeader(
  header: number,
): { kind: BlockKind; byteLength: number; owner: number } | undefined {
  const words = heapWords(header + HEADER);
  if ((Atomics.load(words, word(header, BLOCK_STATE)) & PHASE_MASK) !== PHASE_LIVE) return undefined;
  return {
    kind: KINDS[words[word(header, BLOCK_KIND)] & ~CONDEMNED],
    byteLength: words[word(header, BLOCK_LENGTH)] >>> 0,
    owner: words[word(header, BLOCK_OWNER)] - 1,
  };
}
