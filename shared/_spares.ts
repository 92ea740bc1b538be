/**
 * The spare segments of a fifo: memory that need not be found and cleared again. All of this runs under its mutex.
 *
 * @module
 */

import { SPARE } from "./_fifo_words.ts";
import { load, store } from "./_primitive.ts";
import { DATA, NEXT, segmentReference, SIZE, WRITTEN } from "./_segments.ts";
import { Block, pin, unpin } from "./block.ts";

/** So many are kept. */
const MOST = 4;

/** Keeps a segment that this thread holds as a spare of the fifo at byte offset `fifo`, if there are not enough. */
export function addSpare(fifo: number, { offset: segment, reference }: Block): void {
  let spares = 0;
  for (let spare = load(fifo + SPARE) >>> 0; spare; spare = load(spare + NEXT) >>> 0) spares++;
  if (spares >= MOST) return;
  store(segment + WRITTEN, 0);
  store(segment + NEXT, load(fifo + SPARE));
  pin(reference);
  store(fifo + SPARE, segment | 0);
}

/** Takes a spare segment of `least` to `most` bytes, for this thread alone. */
export function takeSpare(fifo: number, least: number, most: number): Block | undefined {
  for (let link = fifo + SPARE, spare; (spare = load(link) >>> 0) !== 0; link = spare + NEXT) {
    const length = load(spare + SIZE) + DATA;
    if (length < least || length > most) continue;
    const block = Block.attach(segmentReference(spare));
    store(link, load(spare + NEXT));
    unpin(block.reference);
    store(spare + NEXT, 0);
    return block;
  }
  return undefined;
}
