/**
 * What all primitives have in common: a block, views of no state, travel by reference, an end.
 *
 * @module
 */

import { Block, type BlockKind } from "./block.ts";
import { heapWords, membership } from "./heap.ts";
import { type BlockReference, PACK, type Packed } from "./travel.ts";

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

/** An object that is nothing but a place in the heap; any number of objects over one place are the same thing. */
export abstract class Primitive {
  readonly #block: Block;
  /** Whether this object made its block, and so is to fill it. */
  protected readonly isNew: boolean;

  /** Makes a new one of `byteLength` zeroed bytes, or one over a block that travelled here. */
  protected constructor(kind: BlockKind, byteLength: number) {
    const reference = arriving;
    arriving = undefined;
    this.isNew = reference === undefined;
    this.#block = reference ? Block.attach(reference) : Block.allocate(byteLength, kind);
  }

  /** Byte offset of its words; throws when it was disposed. */
  protected get offset(): number {
    if (this.#block.released) {
      throw new ReferenceError(`Cannot use the ${this.constructor.name}: it was disposed; make a new one`);
    }
    return this.#block.offset;
  }

  /** Whether it was disposed, here or by the thread that made it. */
  protected get isDisposed(): boolean {
    return this.#block.released;
  }

  /** What it packs beyond its place. */
  protected packed(): unknown {
    return null;
  }

  /** Gives the memory back, for everyone if this object made it. Idempotent. */
  [Symbol.dispose](): void {
    if (this.isNew) this.#block.free();
    else this.#block.release();
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

/** Reads a word at a byte offset. */
export function load(offset: number): number {
  return Atomics.load(heapWords(offset + 4), offset >>> 2);
}

/** Writes a word at a byte offset. */
export function store(offset: number, value: number): void {
  Atomics.store(heapWords(offset + 4), offset >>> 2, value);
}

/** Changes the word from `before` to `after`; false when it was something else. */
export function change(offset: number, before: number, after: number): boolean {
  return Atomics.compareExchange(heapWords(offset + 4), offset >>> 2, before, after) === before;
}
