/**
 * The segments of fifos: blocks that hold messages one behind the other, or one large message alone.
 *
 * ```
 * segment  word 0 next segment · 1 where the next message is written · 2 where the next is read · 3 size
 *          4 offset of its fifo's block · 5 that block's generation · 6 whether it holds one large message alone
 *          7 where in that block its fifo is
 * message  its length, its weight (bytes in shared memory, copies beside it included), its bytes; padded to 8
 * ```
 *
 * A segment that is in a fifo's list, of messages or of spares, has a pin and no holder: the thread that made it may
 * die. It is pinned, linked, unlinked and unpinned under the fifo's mutex only. So for whoever has the mutex, a
 * segment that is pinned and in neither list was left behind by a dead thread. One that is not pinned belongs to the
 * thread that holds it: a large message is written before it is linked, and read after it was unlinked.
 *
 * @module
 */

import { BLOCK_PINS, BLOCK_STATE, HEADER, PHASE_BITS, PHASE_LIVE } from "./_layout.ts";
import { discardMessage } from "./message.ts";
import { everyHeader } from "./_pages.ts";
import { change, load, myTag, store } from "./_primitive.ts";
import { Block, blockContaining, readHeader, unpin } from "./block.ts";
import { heapBuffer } from "./heap.ts";
import type { BlockReference } from "./travel.ts";

/** Byte offset in a segment: the next segment. */
export const NEXT = 0;
/** Byte offset in a segment: where the next message is written, from {@linkcode DATA} on. */
export const WRITTEN = 4;
/** Byte offset in a segment: where the next message is read. */
export const READ = 8;
/** Byte offset in a segment: bytes for messages. */
export const SIZE = 12;
/** Byte offset in a segment: whether it holds one large message alone. */
export const ALONE = 24;
/** Byte offset in a segment of its messages. */
export const DATA = 32;
const FIFO = 16, GENERATION = 20, AT = 28;

/** Byte offset in a message of its weight. */
export const WEIGHT = 4;
/** Byte offset in a message of its bytes. */
export const BODY = 8;

/** Bytes that a message of `length` bytes takes in a segment. */
export function padded(length: number): number {
  return BODY + Math.ceil(length / 8) * 8;
}

let bytes = new Uint8Array(new SharedArrayBuffer(0));

/** The heap's bytes, as far as `end` at least. */
export function heapBytes(end: number): Uint8Array<SharedArrayBuffer> {
  if (end > bytes.length) bytes = new Uint8Array(heapBuffer());
  return bytes;
}

/** Makes a segment for a fifo, held by this thread and not yet in its list. */
export function makeSegment(fifo: BlockReference, at: number, byteLength: number): Block {
  const block = Block.allocate(byteLength, "segment"), { offset } = block;
  store(offset + SIZE, byteLength - DATA);
  store(offset + GENERATION, fifo.generation);
  store(offset + AT, at);
  store(offset + FIFO, fifo.offset | 0);
  return block;
}

/** The reference to the segment at `offset`, which is known to live. */
export function segmentReference(offset: number): BlockReference {
  return { offset, generation: load(offset - HEADER + BLOCK_STATE * 4) >>> PHASE_BITS };
}

/** Unpins a segment that was unlinked; it goes when nobody holds it. */
export function dropSegment(offset: number): void {
  unpin(segmentReference(offset));
}

/** Lets go of what the unread messages of a segment have pinned; each is taken before, so that none is let go twice. */
export function discardUnread(segment: number): void {
  for (let at; (at = load(segment + READ)) < load(segment + WRITTEN);) {
    const message = segment + DATA + at, length = load(message) >>> 0;
    store(segment + READ, at + padded(length));
    discardMessage(heapBytes(message + BODY + length).subarray(message + BODY, message + BODY + length));
  }
}

/** Whether this life of a block goes on. */
export function isLiving({ offset, generation }: BlockReference): boolean {
  return load(offset - HEADER + BLOCK_STATE * 4) === (generation << PHASE_BITS | PHASE_LIVE);
}

/** Whether a block has a pin. */
export function isPinned(offset: number): boolean {
  return load(offset - HEADER + BLOCK_PINS * 4) > 0;
}

/** The block of the fifo that a segment belongs to, and where it is there; undefined while it is being made. */
export function fifoOf(segment: number): { readonly block: BlockReference; readonly at: number } | undefined {
  const offset = load(segment + FIFO) >>> 0;
  return offset
    ? { block: { offset, generation: load(segment + GENERATION) }, at: load(segment + AT) }
    : undefined;
}

/** Frees a segment that a dead thread has left pinned. Nobody else may do so at the same time. */
export function freeOrphan(segment: number): void {
  if (isPinned(segment)) {
    discardUnread(segment);
    dropSegment(segment);
  }
  endUnheld(segment);
}

/** Ends a block that has neither pin nor holder: the thread that was to see that was killed before it did. */
function endUnheld(segment: number): void {
  const reference = blockContaining(segment);
  if (!reference || isPinned(segment)) return;
  try {
    Block.attach(reference).release();
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Frees the segments whose fifo has ended without being disposed: its last object was collected, or its last thread
 * died. `dead` is the tag of a thread whose work on that is to be finished.
 */
export function reapSegments(dead = 0): void {
  for (const header of everyHeader()) if (readHeader(header)?.kind === "segment") reap(header + HEADER, dead);
}

/** Frees one segment if its fifo has ended. True when it has. */
export function reap(segment: number, dead: number): boolean {
  const reference = blockContaining(segment);
  if (!reference) return true;
  let block;
  try {
    block = Block.attach(reference); // so that it stays what it is
  } catch {
    return true;
  }
  try {
    const fifo = fifoOf(segment)?.block;
    if (!fifo || fifo.generation >= 0 && isLiving(fifo)) return false;
    if (!isPinned(segment)) return true;
    // One thread does it: the generation's place names it.
    const { generation } = fifo;
    if (generation >= 0 || generation === -dead) {
      if (change(segment + GENERATION, generation, -myTag())) freeOrphan(segment);
    }
    return true;
  } finally {
    block.release();
  }
}

let due = false;
const collected = new FinalizationRegistry((rounds: number) => {
  // Its block may be let go only after this; then the next collection is time enough.
  if (rounds > 1) collected.register({}, rounds - 1);
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    reapSegments();
  });
});

/** Looks for segments to be freed once `user`, an object over a fifo's block, was collected undisposed. */
export function reapAfter(user: object): void {
  collected.register(user, 2, user);
}

/** Takes {@linkcode reapAfter} back. */
export function reapNoMore(user: object): void {
  collected.unregister(user);
}
