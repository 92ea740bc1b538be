/**
 * The one shared heap: a shared `WebAssembly.Memory` that every thread of the program sees, and who may join it.
 *
 * The main thread makes it on first use; a worker finds it where its bootstrap put it. All shared objects are
 * blocks of it (see `block.ts`), so an address is a number and a handle costs nothing.
 *
 * @module
 */

import { FIRST_PAGE, LAYOUT, MAGIC, MAX_PAGES, NEXT_IDENT, PAGE, THREAD_ALIVE, THREADS } from "./_layout.ts";
import { THREAD_STATE, THREAD_TAG } from "./_layout.ts";

/** What a thread must be given to join the heap. */
export interface HeapMembership {
  /** The memory itself. */
  readonly memory: WebAssembly.Memory;
  /** This thread's ident: 0 on the main thread. */
  readonly ident: number;
  /** This thread's record in the thread table: 0 on the main thread. */
  readonly slot: number;
}

// Several copies of the module may be loaded in one thread (two versions, two addresses): one heap serves all.
const KEY = Symbol.for("@multicore/multicore.heap");
const shelf = globalThis as { [KEY]?: HeapMembership };

let joined: HeapMembership | undefined;
let words: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(0));
let bytes: Uint8Array<SharedArrayBuffer> = new Uint8Array(words.buffer);
const buffers = new WeakSet<ArrayBufferLike>();

function createMemory(): WebAssembly.Memory {
  const initial = FIRST_PAGE + 16;
  for (let maximum = MAX_PAGES;; maximum >>= 1) {
    try {
      return new WebAssembly.Memory({ initial, maximum, shared: true });
    } catch (error) {
      if (!(error instanceof RangeError) || maximum >> 1 <= initial) throw error;
    }
  }
}

/** This thread's membership; the first call on the main thread makes the heap. */
export function membership(): HeapMembership {
  if (joined) return joined;
  joined = shelf[KEY];
  if (!joined) {
    joined = shelf[KEY] = { memory: createMemory(), ident: 0, slot: 0 };
    refresh();
    words[NEXT_IDENT] = 1;
    words[(THREADS >> 2) + THREAD_TAG] = 1;
    words[(THREADS >> 2) + THREAD_STATE] = THREAD_ALIVE;
    words[MAGIC] = LAYOUT;
  }
  refresh();
  if (words[MAGIC] !== LAYOUT) {
    throw new TypeError(
      "Cannot join the shared heap: another version of this module laid it out; use one version",
    );
  }
  return joined;
}

/** Joins the heap of the thread that started this one; its bootstrap calls it before anything else. */
export function joinHeap(given: HeapMembership): void {
  shelf[KEY] ??= given;
}

/** Whether this is the thread that made the heap. */
export function isMainThread(): boolean {
  return membership().ident === 0;
}

function refresh(): void {
  const buffer = joined!.memory.buffer as ArrayBufferLike as SharedArrayBuffer;
  if (buffer.byteLength === words.byteLength) return;
  words = new Int32Array(buffer);
  bytes = new Uint8Array(buffer);
  buffers.add(buffer);
}

/** The heap as words, long enough to reach `end` (a byte offset). */
export function heapWords(end = 0): Int32Array<SharedArrayBuffer> {
  if (!joined) membership();
  if (end > words.byteLength) refresh();
  return words;
}

/** The heap as bytes, long enough to reach `end`. */
export function heapBytes(end = 0): Uint8Array<SharedArrayBuffer> {
  heapWords(end);
  return bytes;
}

/** The heap's current buffer. It is replaced when the heap grows; older ones stay valid for the bytes they show. */
export function heapBuffer(): SharedArrayBuffer {
  membership();
  refresh();
  return words.buffer;
}

/** Whether `buffer` is the heap, as it is now or as it was before it grew. */
export function isHeapBuffer(buffer: ArrayBufferLike): boolean {
  if (buffers.has(buffer)) return true;
  if (!joined) return false;
  refresh();
  return buffers.has(buffer) || buffer === joined.memory.buffer;
}

/** How many pages the heap has now. */
export function pageCount(): number {
  return heapBuffer().byteLength / PAGE;
}

/** Grows the heap by `pages` or, near its maximum, by what is left; false when it cannot grow. */
export function growHeap(pages: number): boolean {
  const { memory } = membership();
  const room = MAX_PAGES - pageCount();
  // A little more than asked for, so that small requests do not grow the heap one page at a time.
  for (const wish of new Set([Math.min(Math.max(pages, 64), room), Math.min(pages, room)])) {
    try {
      if (wish > 0) {
        memory.grow(wish);
        refresh();
        return true;
      }
    } catch {
      // The next wish is smaller; after the last one the heap is full.
    }
  }
  return false;
}
