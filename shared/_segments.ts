/**
 * The segments of fifos: blocks that hold messages one behind the other, or one large message alone.
 *
 * ```
 * segment  word 0 next segment · 1 where the next message is written · 2 where the next is read · 3 size
 *          4 offset of its fifo's block · 5 that block's generation · 7 where in that block its fifo is
 *          6 what it holds: SMALL messages · one ALONE, as large ones are · one ALONE with a table of its PINS
 * message  its length, its weight (bytes in shared memory, copies beside it included), its bytes; padded to 8
 *          alone, if it has pinned something: the table of that (`_pins.ts`)
 * ```
 *
 * A segment that is in a fifo's list, of messages or of spares, has a pin and no holder: the thread that made it may
 * die. It is pinned, linked, unlinked and unpinned under the fifo's mutex only. So for whoever has the mutex, a
 * segment that is pinned and in neither list was left behind by a dead thread. One that is not pinned belongs to the
 * thread that holds it: a message alone is written before it is linked, and read after it was unlinked. If that thread
 * dies, the repair takes the message's pins back.
 *
 * @module
 */

import { BLOCK_PINS, BLOCK_STATE, HEADER, PHASE_BITS, PHASE_LIVE } from "./_layout.ts";
import { type MessagePins, tableOf, takeBackTable } from "./_pins.ts";
import { everyHeader } from "./_pages.ts";
import { change, load, myTag, store, wordsTo } from "./_primitive.ts";
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
/** Byte offset in a segment: what it holds, {@linkcode SMALL}, {@linkcode ALONE} or {@linkcode PINS}. */
export const HOLDS = 24;
/** Byte offset in a segment of its messages. */
export const DATA = 32;
const FIFO = 16, GENERATION = 20, AT = 28;

/** Messages one behind the other. */
export const SMALL = 0;
/** One message alone. */
export const ALONE = 1;
/** One message alone, and a table of what it has pinned. */
export const PINS = 2;

/** Byte offset in a message of its weight. */
export const WEIGHT = 4;
/** Byte offset in a message of its bytes. */
export const BODY = 8;

/** Bytes that a message of `length` bytes takes in a segment. */
export function padded(length: number): number {
  return BODY + Math.ceil(length / 8) * 8;
}

/** A message, as far as a segment knows of it. */
interface Writable {
  readonly length: number;
  readonly weight: number;
  readonly pins?: MessagePins | undefined;
  write(words: Int32Array, bytes: Uint8Array, at: number): void;
}

/** Bytes of the segment that a message needs alone. */
export function sizeAlone({ length, pins }: Writable): number {
  return DATA + padded(length) + (pins?.tableBytes ?? 0);
}

/** Writes a message into a segment that this thread holds, and with it what it has pinned. */
export function writeAlone(segment: number, message: Writable): void {
  const { pins, length } = message, at = segment + DATA, end = segment + sizeAlone(message);
  store(segment + HOLDS, ALONE);
  store(at, length);
  store(at + WEIGHT, message.weight | 0);
  message.write(wordsTo(end), heapBytes(end), at + BODY);
  store(segment + READ, 0);
  store(segment + WRITTEN, padded(length));
  if (!pins) return;
  const table = tableOf(at + BODY, length);
  pins.beginTable(table);
  store(segment + HOLDS, PINS);
  pins.moveTo(table);
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

/** Lets go of what the message in a segment has pinned and nobody has read; `undone`: it was not put. */
export function discardUnread(segment: number, undone = false): void {
  if (load(segment + HOLDS) !== PINS) return;
  const message = segment + DATA;
  takeBackTable(tableOf(message + BODY, load(message) >>> 0), undone);
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
export function endUnheld(segment: number): void {
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
