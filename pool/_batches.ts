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
const MOST_SPARES = 8, MOST_SPARE_BYTES = 2 ** 21;
/** The last sequence number, after which they begin again: a word of the board holds it. */
const MOST_SEQUENCE = 2 ** 31 - 1;
/** Bytes of other frames that lie open at once. */
const MOST_BYTES = 2 ** 24;

/** A pool's batches. */
export class Batches {
  readonly #batches = new Map<number, Batch>();
  /** Frames without a batch: ordinary ones, and those of single large items. */
  readonly #spares: Block[] = [];
  readonly #large: Block[] = [];
  /** The batch to which single calls are added. */
  #open: Batch | undefined;
  #sequence = 0;
  #bytes = 0;
  #over = false;

  constructor(readonly board: Board) {}

  /** Whether another batch has room on the board. */
  get hasRoom(): boolean {
    return this.#batches.size < ENTRIES && this.#bytes < MOST_BYTES;
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

  /** The open batch, or a new one, that has room for an item of this kind. */
  openFor(kind: BatchKind, argumentBytes: number): Batch {
    const open = this.#open;
    if (open && isSame(open.kind, kind) && open.hasRoom(argumentBytes)) return open;
    const batch = this.begin(kind, FRAME_ITEMS, bytesFor(kind, FRAME_ITEMS, argumentBytes));
    this.publish(batch);
    batch.isSealed = false;
    return this.#open = batch;
  }

  /** Makes a batch, not yet open to the workers. */
  begin(kind: BatchKind, capacity: number, byteLength: number): Batch {
    const isOrdinary = capacity <= FRAME_ITEMS &&
      byteLength - bytesAt(capacity) <= FRAME_BYTES - bytesAt(FRAME_ITEMS);
    const block =
      (isOrdinary ? this.#spares.pop() : capacity === 1 ? this.#takeLarge(byteLength) : undefined) ??
        Block.allocate(isOrdinary ? FRAME_BYTES : byteLength, "job");
    this.#sequence = this.#sequence % MOST_SEQUENCE + 1;
    const batch = new Batch(block, this.#sequence, kind, isOrdinary ? FRAME_ITEMS : capacity);
    batch.isOrdinary = isOrdinary;
    // The tables of one that is used again stand where they stood.
    batch.isReusable = isOrdinary || capacity === 1 && block.byteLength <= MOST_SPARE_BYTES;
    if (!isOrdinary) this.#bytes += block.byteLength;
    this.#batches.set(batch.sequence, batch);
    return batch;
  }

  /** A frame that held a single large item, and has room for another one. */
  #takeLarge(byteLength: number): Block | undefined {
    const at = this.#large.findIndex((block) =>
      block.byteLength >= byteLength && block.byteLength < 2 * byteLength
    );
    return at < 0 ? undefined : this.#large.splice(at, 1)[0];
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
    if (!batch.isOrdinary) this.#bytes -= batch.block.byteLength;
    const spares = batch.isOrdinary ? this.#spares : this.#large;
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
    for (const spare of [...this.#spares.splice(0), ...this.#large.splice(0)]) spare.release();
  }
}

function isSame(a: BatchKind, b: BatchKind): boolean {
  return a.fn.id === b.fn.id && a.flags === b.flags && a.grain === b.grain;
}
