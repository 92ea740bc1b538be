/**
 * Inside a worker: finds what lies open on the pool's board, and claims item after item of it.
 *
 * @module
 */

import { Block } from "../shared/block.ts";
import { membership } from "../shared/heap.ts";
import type { Board, Entry } from "./_board.ts";
import {
  CAPACITY,
  Frame,
  GRAIN,
  HALT,
  itemIn,
  KEPT,
  NEXT,
  nextOf,
  OPEN,
  RUNNING,
  SEQUENCE,
  stateOf,
} from "./_frame.ts";

/** So many frames a worker keeps hold of after it has been through them. */
const MOST_HELD = 8;

/** One batch, as far as this worker has been through it. */
export class Claims {
  /** Items before this one have been taken. */
  #seen = 0;
  /** The chunk that this worker has taken and not run yet. */
  #at = 0;
  #end = 0;
  /** An item's word while this worker runs it. */
  readonly running: number;
  readonly #open: number;
  readonly #kept: number;

  constructor(readonly frame: Frame) {
    const { slot } = membership(), { sequence } = frame;
    this.#open = stateOf(OPEN, 0, sequence);
    this.#kept = stateOf(KEPT, slot, sequence);
    this.running = stateOf(RUNNING, slot, sequence);
  }

  /** Whether there may be something in it for this worker. */
  get isNew(): boolean {
    return this.#at < this.#end || this.#seen < this.frame.count;
  }

  /** Whether the batch still is the one in its frame. */
  get isCurrent(): boolean {
    return this.frame.header(SEQUENCE) === this.frame.sequence;
  }

  /** Claims an item that the creator has kept for this worker. */
  claimKept(item: number): boolean {
    return this.frame.move(item, this.#kept, this.running);
  }

  /** Claims the next item, out of a chunk of `most` at most; -1 when there is none. */
  next(most: number): number {
    const { words, base } = this.frame;
    do {
      while (this.#at < this.#end) {
        const item = this.#at++;
        if (words[base + HALT]) return this.#leave();
        if (this.claimKept(item)) return item;
      }
    } while (this.#takeChunk(most));
    return -1;
  }

  /** Takes the next chunk for this worker. Killed in the midst of it, it leaves items that are OPEN and were passed. */
  #takeChunk(most: number): boolean {
    const { frame } = this, { words, base } = frame;
    for (;;) {
      if (!this.isCurrent || words[base + HALT]) return this.#leave() >= 0;
      const { count, sequence } = frame, from = itemIn(Atomics.load(words, base + NEXT));
      this.#seen = count;
      if (from >= count) return false;
      const to = Math.min(count, from + Math.min(words[base + GRAIN], most));
      // Another batch may have come since: its word is another one.
      const before = nextOf(from, sequence);
      if (Atomics.compareExchange(words, base + NEXT, before, nextOf(to, sequence)) !== before) continue;
      if (to < count) this.#seen = to;
      for (let item = from; item < to; item++) frame.move(item, this.#open, this.#kept);
      this.#at = from;
      this.#end = to;
      return true;
    }
  }

  #leave(): number {
    this.#at = this.#end;
    this.#seen = Infinity;
    return -1;
  }
}

interface Held {
  readonly block: Block;
  readonly claims: Claims;
}

/** What this worker knows of the batches on the board. */
export class Finder implements Disposable {
  readonly #held = new Map<number, Held>();

  constructor(readonly board: Board) {}

  /** The oldest batch in which there may be something to claim. */
  find(): Claims | undefined {
    for (;;) {
      const entry = this.board.oldest((sequence) => this.#held.get(sequence)?.claims.isNew === false);
      if (!entry) return undefined;
      const claims = this.open(entry);
      if (claims) return claims;
    }
  }

  /** Takes hold of a batch's frame; undefined when it has gone. */
  open({ sequence, frame }: Entry): Claims | undefined {
    const known = this.#held.get(sequence);
    if (known) return known.claims;
    let block;
    try {
      block = Block.attach(frame);
    } catch {
      return undefined;
    }
    const { offset, byteLength } = block;
    const capacity = new Frame(offset, byteLength, sequence, 0).header(CAPACITY);
    const claims = new Claims(new Frame(offset, byteLength, sequence, capacity));
    this.#held.set(sequence, { block, claims });
    for (const [old, { block }] of this.#held) {
      if (this.#held.size <= MOST_HELD) break;
      if (old === sequence || this.board.has(old)) continue;
      block.release();
      this.#held.delete(old);
    }
    return claims;
  }

  /** Lets go of all frames. */
  [Symbol.dispose](): void {
    for (const { block } of this.#held.values()) block.release();
    this.#held.clear();
  }
}
