/**
 * Small blocks: places in slabs, each claimed by one compare-and-swap on its owner word.
 *
 * The claim names the claimer in the same step, so a thread that is killed at any instruction leaves at most one
 * place that names it and is not live; the sweep gives it back. There is no list of free places that could
 * break; each thread only remembers where it freed last, as a hint.
 *
 * @module
 */

import { BLOCK_OWNER, BLOCK_STATE, CLASSES, FIRST_PAGE, FREED_SINCE, HEADER, PAGE } from "./_layout.ts";
import { heapWords } from "./heap.ts";
import { claimPages, nextSlab, sealSlab } from "./_pages.ts";

/** Places that this thread freed lately, by size class: likely, never surely, free. */
const hints: number[][] = CLASSES.map(() => []);
const MOST_HINTS = 256;
/** Where this thread's search goes on, by size class: a page and a byte offset in it. */
const cursors = CLASSES.map(() => ({ page: 0, at: 0 }));

/** The size class for `byteLength` bytes; -1 when they need pages of their own. */
export function sizeClass(byteLength: number): number {
  const need = byteLength + HEADER;
  if (need > CLASSES[CLASSES.length - 1]) return -1;
  let size = 0;
  while (CLASSES[size] < need) size++;
  return size;
}

/** Claims a place of size class `size` for the thread with `tag`: the offset of its header, or 0. */
export function claimPlace(size: number, tag: number): number {
  const words = heapWords();
  for (const hint = hints[size]; hint.length;) {
    const at = hint.pop()!;
    if (Atomics.compareExchange(words, (at >>> 2) + BLOCK_OWNER, 0, tag) === 0) return at;
  }
  return claimOnward(size, tag) || claimFreed(size, tag) || claimFresh(size, tag);
}

/** Takes the next free place from the cursor to the end of its slab. */
function claimOnward(size: number, tag: number): number {
  const cursor = cursors[size], bytes = CLASSES[size];
  if (!cursor.page) return 0;
  const words = heapWords((cursor.page + 1) * PAGE);
  while (cursor.at + bytes <= PAGE) {
    const header = cursor.page * PAGE + cursor.at;
    cursor.at += bytes;
    const word = (header >>> 2) + BLOCK_OWNER;
    if (Atomics.load(words, word) === 0 && Atomics.compareExchange(words, word, 0, tag) === 0) return header;
  }
  return 0;
}

/** Goes through all slabs of the class, if anything was freed there since somebody last did. */
function claimFreed(size: number, tag: number): number {
  return Atomics.exchange(heapWords(), FREED_SINCE + size, 0) === 0 ? 0 : claimAnywhere(size, tag);
}

function claimAnywhere(size: number, tag: number): number {
  const words = heapWords(), cursor = cursors[size];
  for (let page = FIRST_PAGE; (page = nextSlab(page, size)); page++) {
    cursor.page = page;
    cursor.at = 0;
    const header = claimOnward(size, tag);
    if (header) {
      // There may be more behind it: the next search must look again.
      Atomics.add(words, FREED_SINCE + size, 1);
      return header;
    }
  }
  return 0;
}

/** Divides a new page. */
function claimFresh(size: number, tag: number): number {
  const page = claimPages(1, tag), bytes = CLASSES[size];
  // The slabs that others divided may have places left that nobody ever had, and so nobody freed.
  if (!page) return claimAnywhere(size, tag);
  const words = heapWords((page + 1) * PAGE);
  for (let at = 0; at + bytes <= PAGE; at += bytes) {
    const word = (page * PAGE + at) >>> 2;
    words[word + BLOCK_STATE] = 0;
    Atomics.store(words, word + BLOCK_OWNER, 0);
  }
  cursors[size] = { page, at: bytes };
  Atomics.store(words, (page * PAGE >>> 2) + BLOCK_OWNER, tag);
  sealSlab(page, size);
  return page * PAGE;
}

/** Gives a place back that the thread with `tag` has taken over. */
export function freePlace(header: number, size: number, tag: number): void {
  const words = heapWords();
  Atomics.compareExchange(words, (header >>> 2) + BLOCK_OWNER, tag, 0);
  Atomics.add(words, FREED_SINCE + size, 1);
  if (hints[size].length < MOST_HINTS) hints[size].push(header);
}
