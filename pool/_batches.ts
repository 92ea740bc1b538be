/**
 * The batches of a pool that are not done, and the memory they lie in.
 *
 * @module
 */

import { Block } from "../shared/block.ts";
import { Batch, type BatchKind, bytesFor } from "./_batch.ts";
import { type Board, ENTRIES } from "./_board.ts";
import { bytesAt, phaseOf, slotOf } from "./_frame.ts";

/** Bytes of an ordinary frame, the largest small block, and its items: the same in each, as they are used again. */
const FRAME_BYTES = 32_704;
/** Items of an ordinary frame. */
export const FRAME_ITEMS = 768;
/** The same of a large frame: 16 pages, with the header that a block has. */
const LARGE_BYTES = 2 ** 20 - 64, LARGE_ITEMS = 64;
/** So many frames of one size wait to be used again, and the largest of those that are made to measure. */
const MOST_SPARES = 8, MOST_SPARE_BYTES = 2 ** 22;
/** Items of more bytes do not lie in ordinary frames, or have a frame of their own. */
const MOST_IN_ORDINARY = 8192, MOST_IN_LARGE = 2 ** 18;
/** The last sequence number, after which they begin again: a word of the board holds it. */
const MOST_SEQUENCE = 2 ** 31 - 1;
/** Bytes of other frames that lie open at once; and if they were copied elsewhere else. */
const MOST_BYTES = 2 ** 24, MOST_COPIED_BYTES = 2 ** 26;

type Size = "ordinary" | "large" | "measured";

/** A pool's batches. */
export class Batches {
  readonly #batches = new Map<number, Batch>();
  /** Frames without a batch. */
  readonly #spares: Record<Size, Block[]> = { ordinary: [], large: [], measured: [] };
  /** The batch to which single calls are added. */
  #open: Batch | undefined;
  #sequence = 0;
  #bytes = 0;
  #over = false;

  constructor(readonly board: Board) {}

  /** Whether another batch has room on the board. `isCopied`: what lies in none must be copied to wait. */
  hasRoom(isCopied: boolean): boolean {
    return this.#batches.size < ENTRIES && this.#bytes < (isCopied ? MOST_COPIED_BYTES : MOST_BYTES);
  }

  /** The batch with that sequence number. */
  find(sequence: number): Batch | undefined {
    return this.#batches.get(sequence);
  }

  /** All of them; they may end meanwhile. */
  all(): Batch[] {
    return [...this.#batches.values()];
  }

  /** The unsettled items that name the worker at `slot`. */
  *ofWorker(slot: number): Generator<readonly [batch: Batch, at: number, phase: number]> {
    for (const batch of this.all()) {
      for (const at of [...batch.unsettled()]) {
        const state = batch.frame.state(at);
        if (slotOf(state) === slot) yield [batch, at, phaseOf(state)];
      }
    }
  }

  /** The open batch, or a new one, that has room for an item of this kind. One with a frame of its own is not open yet. */
  openFor(kind: BatchKind, argumentBytes: number): Batch {
    const open = this.#open;
    if (open && isSame(open.kind, kind) && open.hasRoom(argumentBytes)) return open;
    if (argumentBytes > MOST_IN_LARGE) return this.begin(kind, 1, bytesFor(kind, 1, argumentBytes));
    const capacity = argumentBytes > MOST_IN_ORDINARY ? LARGE_ITEMS : FRAME_ITEMS;
    const batch = this.begin(kind, capacity, bytesFor(kind, capacity, argumentBytes));
    this.publish(batch);
    batch.isSealed = false;
    return this.#open = batch;
  }

  /** Makes a batch, not yet open to the workers. */
  begin(kind: BatchKind, capacity: number, byteLength: number): Batch {
    const size = sizeOf(capacity, byteLength);
    const block = this.#takeSpare(size, byteLength) ??
      Block.allocate(sizes[size].bytes || byteLength, "job", false);
    this.#sequence = this.#sequence % MOST_SEQUENCE + 1;
    const batch = new Batch(block, this.#sequence, kind, sizes[size].items || capacity);
    // The tables of one that is used again stand where they stood.
    batch.isReusable = size !== "measured" || capacity === 1 && block.byteLength <= MOST_SPARE_BYTES;
    batch.size = size;
    if (size !== "ordinary") this.#bytes += block.byteLength;
    this.#batches.set(batch.sequence, batch);
    return batch;
  }

  /** A frame to be used again; one made to measure held a single item, as it will again. */
  #takeSpare(size: Size, byteLength: number): Block | undefined {
    const spares = this.#spares[size];
    if (size !== "measured") return spares.pop();
    const at = spares.findIndex((block) =>
      block.byteLength >= byteLength && block.byteLength < 2 * byteLength
    );
    return at < 0 ? undefined : spares.splice(at, 1)[0];
  }

  /** Opens a batch to the workers. What is called after it stands behind it, in a batch of its own. */
  publish(batch: Batch): void {
    this.seal();
    batch.isSealed = true;
    const { sequence, block: { reference: frame } } = batch;
    batch.entry = this.board.publish({ sequence, frame });
  }

  /** Adds no more to the open batch. */
  seal(): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    open.isSealed = true;
    this.endIfDone(open);
  }

  /** Takes a batch off the board that has nothing left and gets nothing more. */
  endIfDone(batch: Batch): void {
    if (!batch.isSealed || batch.left > 0 || !this.#batches.delete(batch.sequence)) return;
    this.board.retract(batch.entry);
    if (batch.size !== "ordinary") this.#bytes -= batch.block.byteLength;
    const spares = this.#spares[batch.size];
    const isReusable = batch.isReusable && !batch.hasStopped && !this.#over;
    if (isReusable && spares.length < MOST_SPARES) spares.push(batch.block);
    else batch.block.release();
  }

  /** Gives all memory back. Workers that still hold it go on in vain. */
  dispose(): void {
    this.#over = true;
    this.#open = undefined;
    for (const batch of this.#batches.values()) {
      this.board.retract(batch.entry);
      batch.block.release();
    }
    this.#batches.clear();
    for (const spares of Object.values(this.#spares)) for (const spare of spares.splice(0)) spare.release();
  }
}

const sizes: Record<Size, { readonly bytes: number; readonly items: number }> = {
  ordinary: { bytes: FRAME_BYTES, items: FRAME_ITEMS },
  large: { bytes: LARGE_BYTES, items: LARGE_ITEMS },
  measured: { bytes: 0, items: 0 },
};

/** The least size of frame in which a batch has room; many numbers, and one item that is very large, have one made to measure. */
function sizeOf(capacity: number, byteLength: number): Size {
  const rest = byteLength - bytesAt(capacity);
  if (capacity <= FRAME_ITEMS && rest <= FRAME_BYTES - bytesAt(FRAME_ITEMS)) return "ordinary";
  return capacity <= LARGE_ITEMS && rest <= MOST_IN_LARGE + MOST_IN_ORDINARY ? "large" : "measured";
}

function isSame(a: BatchKind, b: BatchKind): boolean {
  return a === b || a.fn.id === b.fn.id && a.flags === b.flags && a.grain === b.grain;
}
