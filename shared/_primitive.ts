/**
 * What all primitives have in common: a block, views of no state, travel by reference, an end.
 *
 * @module
 */

import { BLOCK_STATE, HEADER, PHASE_BITS, PHASE_LIVE } from "./_layout.ts";
import { Block, type BlockKind } from "./block.ts";
import { heapWords, membership } from "./heap.ts";
import { type BlockReference, PACK, type Packed } from "./travel.ts";

/** A block's state, in words before its first. */
const STATE = BLOCK_STATE - HEADER / 4;

/** The block over which the primitive that is being constructed stands; undefined: it makes its own. */
let arriving: BlockReference | undefined;

/** Constructs a primitive over a block that travelled here. */
export function rebuild<T, A extends unknown[]>(
  Class: new (...args: A) => T,
  reference: BlockReference,
  ...args: A
): T {
  arriving = reference;
  try {
    return new Class(...args);
  } finally {
    arriving = undefined;
  }
}

/** No state of a live block. */
const GONE = -1;

/**
 * An object that is nothing but a place in the heap; any number of objects over one place are the same thing.
 *
 * Its end: the thread that made it disposes it, for everyone. Nobody may hang then, so the end is written into the
 * words that are waited on (`retire`) before the memory goes, and all waiters are woken after it went (`rouse`);
 * each looks whether the primitive lives before it does anything else.
 */
export abstract class Primitive {
  readonly #block: Block;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #index: number;
  /** What stands in the block's state as long as this life of it lasts; {@linkcode GONE} once this object let go. */
  #live: number;
  /** Whether this object made its block, and so is to fill it. */
  protected readonly isNew: boolean;

  /** Makes a new one of `byteLength` zeroed bytes, or one over a block that travelled here. */
  protected constructor(kind: BlockKind, byteLength: number) {
    const reference = arriving;
    arriving = undefined;
    this.isNew = reference === undefined;
    const block = reference ? Block.attach(reference) : Block.allocate(byteLength, kind);
    this.#block = block;
    this.#words = heapWords(block.offset + byteLength);
    this.#index = block.offset >>> 2;
    this.#live = block.reference.generation << PHASE_BITS | PHASE_LIVE;
  }

  /** The heap, at least as far as this block reaches; it stays valid when the heap grows. */
  protected get words(): Int32Array<SharedArrayBuffer> {
    return this.#words;
  }

  /** Index of its first word; throws when it was disposed. */
  protected get index(): number {
    if (this.isDisposed) throw this.disposedError();
    return this.#index;
  }

  /** Byte offset of its words; throws when it was disposed. */
  protected get offset(): number {
    if (this.isDisposed) throw this.disposedError();
    return this.#block.offset;
  }

  /** Whether it was disposed, here or by the thread that made it. */
  protected get isDisposed(): boolean {
    return Atomics.load(this.#words, this.#index + STATE) !== this.#live;
  }

  /** Says that it was disposed. */
  protected disposedError(): ReferenceError {
    return new ReferenceError(`Cannot use the ${this.constructor.name}: it was disposed; make a new one`);
  }

  /** What it packs beyond its place. */
  protected packed(): unknown {
    return null;
  }

  /** Writes into the words that are waited on that this is the end, for everyone or for this object's waiters only. */
  protected retire(_forAll: boolean): void {}

  /** Wakes all waiters of the primitive that was at `_offset`; its memory must not be touched. */
  protected rouse(_offset: number): void {}

  /** Gives the memory back, for everyone if this object made it: who waits gets `ReferenceError`. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#live === GONE) return;
    const lived = !this.isDisposed;
    if (lived) this.retire(this.isNew);
    this.#live = GONE;
    if (this.isNew) this.#block.free();
    else this.#block.release();
    if (lived) this.rouse(this.#block.offset);
  }

  /** @ignore Travels by reference. */
  [PACK](): Packed {
    void this.offset;
    return { tag: this.constructor.name, blocks: [this.#block.reference], data: this.packed() };
  }
}

/** This thread's tag: how words name it as their owner. */
export function myTag(): number {
  return membership().ident + 1;
}

let known: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(0)), reach = 0;

/** The heap's words, at least up to the byte offset `end`; faster than to ask the heap each time. */
export function wordsTo(end: number): Int32Array<SharedArrayBuffer> {
  if (end > reach) {
    known = heapWords(end);
    reach = known.byteLength;
  }
  return known;
}

/** Reads a word at a byte offset. */
export function load(offset: number): number {
  return Atomics.load(wordsTo(offset + 4), offset >>> 2);
}

/** Writes a word at a byte offset. */
export function store(offset: number, value: number): void {
  Atomics.store(wordsTo(offset + 4), offset >>> 2, value);
}

/** Changes the word from `before` to `after`; false when it was something else. */
export function change(offset: number, before: number, after: number): boolean {
  return Atomics.compareExchange(wordsTo(offset + 4), offset >>> 2, before, after) === before;
}
