/**
 * A frame: a batch of items as it lies in the heap, for all workers of a pool to claim from.
 *
 * ```
 * header    16 words, see below
 * states    a word an item: sequence number of the batch << 12 | thread slot << 3 | phase
 * slots     8 bytes an item: its argument, a number; or where its arguments' bytes are, and how many; then, if the
 *           value is a number, the value
 * bytes     the function, and the items' arguments
 *
 * phase     OPEN ──▶ KEPT (for the worker in the slot: of its chunk, or its arguments were posted to it)
 *                      └──▶ RUNNING ──▶ ENDED (its report is posted) or NUMBER (its value stands in its slot)
 *                              └──creator──▶ STOPPED (its worker is killed)
 *           OPEN, KEPT ──creator──▶ VOID (never to be run)
 * ```
 *
 * Every step is one compare-and-swap on the item's own word. So an item is claimed by one worker, whose slot stands in
 * the word from then on, and whoever is killed at any instruction leaves words that tell what it had begun. A worker
 * takes a chunk by moving `NEXT` over it, then keeps its items one by one; if it is killed in between, the creator
 * finds items that are OPEN and were passed. No item becomes OPEN twice. The sequence number in these words keeps a
 * worker that is late from taking a chunk or an item of a batch that has come after, and as the tables of a block stand
 * where they stood, it touches nothing else.
 *
 * @module
 */

import { heapBuffer, heapBytes, heapWords } from "../shared/heap.ts";

// Words of the header.
/** Sequence number of the batch. */
export const SEQUENCE = 0;
/** Items so far; the creator may add more. */
export const COUNT = 1;
/** Sequence number of the batch << 14 | the first item that has not been taken. */
export const NEXT = 2;
/** Items that a worker takes at once. */
export const GRAIN = 3;
/** What is special, see the flags. */
export const FLAGS = 4;
/** Not 0: no further item is to be begun. */
export const HALT = 5;
/** Number of the function. */
export const FUNCTION = 6;
/** Byte offset in the frame of the function. */
export const FUNCTION_AT = 7;
/** Bytes of the function. */
export const FUNCTION_LENGTH = 8;
/** Room for so many items. */
export const CAPACITY = 9;
const HEADER_WORDS = 16;

// Flags.
/** Each item has one argument, a number, which stands in its slot. */
export const NUMBERS = 1;
/** The creator is told when an item begins. */
export const TIMED = 2;
/** After a failure no further item is begun. */
export const FAIL_FAST = 4;
/** The function comes by message. */
export const FUNCTION_POSTED = 8;
/** The creator blocks, and may not hear messages. */
export const BLOCKING = 16;
/** Each item is a share of a parallel loop, of which the function is the body. */
export const LOOP = 32;

/** Nobody asks how single items ended: the creator is woken when there is no more to claim. */
export const QUIET = 64;

// Phases of an item.
/** To be claimed. */
export const OPEN = 1;
/** Claimed by the thread whose slot stands beside. */
export const RUNNING = 2;
/** Over; its outcome is posted. */
export const ENDED = 3;
/** Over; its value is a number in its slot. */
export const NUMBER = 4;
/** Never to be run. */
export const VOID = 5;
/** Stopped while it ran. */
export const STOPPED = 6;
/** To be claimed by the thread whose slot stands beside. */
export const KEPT = 7;

/** An item's word. */
export function stateOf(phase: number, slot: number, sequence: number): number {
  return sequence << 12 | slot << 3 | phase;
}

/** So many items a batch has at most. */
export const MOST_ITEMS = 2 ** 14 - 1;

/** The word at {@linkcode NEXT}: only who means this batch can move it on. */
export function nextOf(item: number, sequence: number): number {
  return sequence << 14 | item;
}

/** The item that stands in the word at {@linkcode NEXT}. */
export function itemIn(next: number): number {
  return next & MOST_ITEMS;
}

/** The phase that stands in an item's word. */
export function phaseOf(state: number): number {
  return state & 7;
}

/** The thread slot that stands in an item's word. */
export function slotOf(state: number): number {
  return state >>> 3 & 511;
}

const align = (bytes: number) => Math.ceil(bytes / 8) * 8;

/** Byte offset in a frame of the slots. */
function slotsAt(capacity: number): number {
  return align((HEADER_WORDS + capacity) * 4);
}

/** Byte offset in a frame of the bytes behind the tables. */
export function bytesAt(capacity: number): number {
  return slotsAt(capacity) + capacity * 8;
}

/** A frame as a thread sees it, while the batch in it is the one with its sequence number. */
export class Frame {
  /** The heap, as far as the frame reaches. */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** Index of its first word. */
  readonly base: number;
  /** Index of the first item's state. */
  readonly states: number;
  /** The items' numbers. */
  readonly numbers: Float64Array<SharedArrayBuffer>;
  /** Index of the first item's slot, as two words. */
  readonly slots: number;

  constructor(readonly offset: number, byteLength: number, readonly sequence: number, capacity: number) {
    this.words = heapWords(offset + byteLength);
    this.base = offset >>> 2;
    this.states = this.base + HEADER_WORDS;
    this.slots = (offset + slotsAt(capacity)) >>> 2;
    this.numbers = new Float64Array(heapBuffer(), offset + slotsAt(capacity), capacity);
  }

  /** Items so far. */
  get count(): number {
    return Atomics.load(this.words, this.base + COUNT);
  }

  /** A word of the header. */
  header(word: number): number {
    return Atomics.load(this.words, this.base + word);
  }

  /** A copy of bytes of the frame, from a byte offset in it on. */
  bytes(at: number, length: number): Uint8Array<ArrayBuffer> {
    const from = this.offset + at;
    return new Uint8Array(heapBytes(from + length).subarray(from, from + length));
  }

  /** An item's word. */
  state(item: number): number {
    return Atomics.load(this.words, this.states + item);
  }

  /** Moves an item on; false when it was not in that state. */
  move(item: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.words, this.states + item, from, to) === from;
  }
}
