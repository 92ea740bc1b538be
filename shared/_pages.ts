/**
 * Whole pages: claimed and given back by one compare-and-swap a page.
 *
 * A page's owner word says who claimed it. A run becomes a block only with its first page's info word, which is
 * written last; so a thread that is killed at any instruction leaves pages that name it and belong to no run,
 * and `reclaimPages()` finds them. Pages that neighbour each other merge by themselves: there is no list to mend.
 *
 * @module
 */

import {
  BLOCK_OWNER,
  BLOCK_STATE,
  CLASSES,
  FIRST_PAGE,
  INFO_CLEAN,
  INFO_DIRTY,
  INFO_RUN,
  INFO_SLAB,
  INFO_TAIL,
  MAX_PAGES,
  PAGE,
  PAGE_INFO,
  PAGE_OWNER,
  PAGES,
  PHASE_BITS,
  PHASE_LIVE,
  SLAB_OWNER,
} from "./_layout.ts";
import { growHeap, heapWords, pageCount } from "./heap.ts";

const TABLE = PAGES >> 2;
const ownerWord = (page: number) => TABLE + page * 2 + PAGE_OWNER;
const infoWord = (page: number) => TABLE + page * 2 + PAGE_INFO;

/** Claims `count` neighbouring pages for the thread with `tag`; 0 when the heap cannot hold them. */
export function claimPages(count: number, tag: number): number {
  for (;;) {
    const page = claimExisting(count, tag);
    if (page) return page;
    if (!growHeap(count)) return claimExisting(count, tag);
  }
}

function claimExisting(count: number, tag: number): number {
  const words = heapWords();
  const total = pageCount();
  search: for (let first = FIRST_PAGE; first + count <= total;) {
    for (let page = first; page < first + count; page++) {
      if (Atomics.load(words, ownerWord(page)) !== 0) {
        first = page + 1;
        continue search;
      }
    }
    for (let page = first; page < first + count; page++) {
      if (Atomics.compareExchange(words, ownerWord(page), 0, tag) !== 0) {
        for (let mine = first; mine < page; mine++) Atomics.store(words, ownerWord(mine), 0);
        first = page + 1;
        continue search;
      }
    }
    return first;
  }
  return 0;
}

/** Clears the claimed pages from `page` on; those that were never used are zero already. */
export function zeroPages(page: number, count: number): void {
  const words = heapWords((page + count) * PAGE);
  for (let from = page; from < page + count;) {
    const dirty = Atomics.load(words, infoWord(from)) !== INFO_CLEAN;
    let to = from + 1;
    while (to < page + count && (Atomics.load(words, infoWord(to)) !== INFO_CLEAN) === dirty) to++;
    if (dirty) words.fill(0, from * PAGE >>> 2, to * PAGE / 4);
    from = to;
  }
}

/** Makes claimed pages one run; its first page's info is written last. */
export function sealRun(page: number, count: number): void {
  const words = heapWords();
  for (let tail = count - 1; tail > 0; tail--) Atomics.store(words, infoWord(page + tail), INFO_TAIL + tail);
  Atomics.store(words, infoWord(page), INFO_RUN + count);
}

/** Makes a claimed page a slab of size class `size`. */
export function sealSlab(page: number, size: number): void {
  const words = heapWords();
  Atomics.store(words, infoWord(page), INFO_SLAB + size);
  Atomics.store(words, ownerWord(page), SLAB_OWNER);
}

/**
 * Gives the pages of a run back: takes them over from the thread that allocated them, then frees the first one
 * last. So whoever dies on the way, either the run still names all its pages or a page names who was freeing it.
 */
export function freePages(page: number, count: number, from: number, tag: number): void {
  const words = heapWords();
  const mine: number[] = [];
  for (let i = page; i < page + count; i++) {
    if (from === tag || Atomics.compareExchange(words, ownerWord(i), from, tag) === from) mine.push(i);
  }
  for (const i of mine.reverse()) freePage(i);
}

function freePage(page: number): void {
  const words = heapWords();
  Atomics.store(words, infoWord(page), INFO_DIRTY);
  Atomics.store(words, ownerWord(page), 0);
}

/** What a page is: its size class if it is a slab, the run's first page and length if it belongs to a run. */
export function describePage(
  page: number,
): { slab: number } | { first: number; count: number } | undefined {
  const words = heapWords();
  const owner = Atomics.load(words, ownerWord(page)), info = Atomics.load(words, infoWord(page));
  if (owner === SLAB_OWNER) return { slab: info - INFO_SLAB };
  if (owner === 0) return undefined;
  const first = info >= INFO_TAIL ? page - (info - INFO_TAIL) : page;
  const head = Atomics.load(words, infoWord(first));
  return head >= INFO_RUN && head < INFO_TAIL ? { first, count: head - INFO_RUN } : undefined;
}

/** The next slab of size class `size` from `page` on; 0 when there is none. */
export function nextSlab(page: number, size: number): number {
  const words = heapWords(), total = pageCount();
  for (; page < total; page++) {
    if (Atomics.load(words, infoWord(page)) === INFO_SLAB + size && words[ownerWord(page)] === SLAB_OWNER) {
      return page;
    }
  }
  return 0;
}

/** Offsets of all blocks' headers, live or not: one for each run, and each place of each slab. */
export function* everyHeader(): Generator<number> {
  const total = pageCount();
  for (let page = FIRST_PAGE; page < total; page++) {
    const what = describePage(page);
    if (!what) continue;
    if ("slab" in what) {
      const bytes = CLASSES[what.slab];
      for (let at = 0; at + bytes <= PAGE; at += bytes) yield page * PAGE + at;
      // Page by page: the tail of a run that is being freed may belong to the next one already.
    } else if (what.first === page) yield page * PAGE;
  }
}

/** Gives back the pages that the dead thread with `tag` had claimed and not yet made a block, or not yet freed. */
export function reclaimPages(tag: number): void {
  const words = heapWords();
  const total = pageCount();
  for (let page = FIRST_PAGE; page < total; page++) {
    if (Atomics.load(words, ownerWord(page)) !== tag) continue;
    const run = describePage(page) as { first: number; count: number } | undefined;
    if (!run) freePage(page);
    else if (run.first === page) {
      const header = page * PAGE >>> 2;
      const phase = Atomics.load(words, header + BLOCK_STATE) & ((1 << PHASE_BITS) - 1);
      if (phase === PHASE_LIVE) page += run.count - 1;
      else reclaimRun(page, run.count, tag, Atomics.load(words, header + BLOCK_OWNER));
    }
    // A tail whose run stands is freed with its run, or by the thread that is freeing it now.
  }
}

function reclaimRun(first: number, count: number, tag: number, allocator: number): void {
  const words = heapWords();
  for (let tail = count - 1; tail > 0; tail--) {
    const owner = Atomics.load(words, ownerWord(first + tail));
    const isTail = Atomics.load(words, infoWord(first + tail)) === INFO_TAIL + tail;
    if (owner === tag || owner === allocator && isTail) freePage(first + tail);
  }
  freePage(first);
}

/** Bytes of the longest free run, growth included. */
export function longestFreeRun(): number {
  const words = heapWords();
  const total = pageCount();
  let longest = 0, run = 0;
  for (let page = FIRST_PAGE; page < total; page++) {
    run = Atomics.load(words, ownerWord(page)) === 0 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return Math.max(longest, run + MAX_PAGES - total) * PAGE;
}
