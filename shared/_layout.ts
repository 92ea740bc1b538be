/**
 * Every offset and state in the shared heap, named. Nothing else in the module knows a number of these.
 *
 * The heap begins with control words, the table of threads, the table of pages and the table of names;
 * blocks follow. All offsets are bytes; a *word* is 32 bits, and a word's index is its offset >> 2. The width of
 * an address is decided here: offsets are unsigned 32-bit numbers, so the heap ends at 4 GiB.
 *
 * ```
 * 0          control words           64 words
 * 1 KiB      thread table            MAX_THREADS records of 64 bytes
 * 64 KiB     page table              2 words a page: owner, info
 * 576 KiB    name table              NAME_SLOTS words
 * 832 KiB    blocks, in pages of 64 KiB
 * ```
 *
 * @module
 */

/** Bytes of a page: WebAssembly's own, and the unit in which large blocks are claimed. */
export const PAGE = 65536;
/** The most pages there can be: 4 GiB. */
export const MAX_PAGES = 65536;

// Control words, by index.
/** Says that this memory is a heap of this layout. */
export const MAGIC = 0;
/** The next thread's ident. */
export const NEXT_IDENT = 1;
/** Counts allocations, so that each life of a block has another generation. */
export const NEXT_GENERATION = 2;
/** Counts generated names. */
export const NEXT_NAME = 3;
/** 0 nobody changes the name table · otherwise the tag of the thread that does. */
export const NAMES_LOCK = 4;
/** How many entries of the name table are in use, the unlinked ones included. */
export const NAMES_USED = 5;
/** Counts enrolments, so that thread records are given out in turn. */
export const NEXT_THREAD_SLOT = 6;
/** First of one word a size class: how many of its blocks were freed since somebody last looked for one. */
export const FREED_SINCE = 16;

/** The value at {@linkcode MAGIC}; changes with the layout. */
export const LAYOUT = 0x6d630001;

// The thread table.
/** How many threads can live at once, the main thread included. */
export const MAX_THREADS = 352;
/** Offset of the first thread record. */
export const THREADS = 1024;
/** Bytes of a thread record. */
export const THREAD_BYTES = 64;
/** Word of a thread record: whose it is, as a tag (ident + 1); 0: nobody's yet. */
export const THREAD_TAG = 0;
/** Word of a thread record: one of the `THREAD_…` states. */
export const THREAD_STATE = 1;
/** Word of a thread record: the exit code, once its state is {@linkcode THREAD_ENDED}. */
export const THREAD_EXIT_CODE = 2;
/** Word of a thread record: its doorbell, which counts up; the thread waits on it when it blocks. */
export const THREAD_BELL = 3;
/** Word of a thread record: the tag of the thread that asked for it. */
export const THREAD_CREATOR = 4;
/** Word of a thread record: its creator's slot. */
export const THREAD_CREATOR_SLOT = 5;
/** Word of a thread record: the number of the item that it runs; see the scheduler of pools. */
export const THREAD_RUNNING = 6;
/** Word of a thread record: items up to this number are not to be begun; see the scheduler of pools. */
export const THREAD_SKIP = 7;
/** Word of the main thread's record: the offset of the word it waits for while it sleeps on its doorbell, or 0. */
export const THREAD_WAITS = 8;
/** Word of a thread record: it blocks until its workers report, so they are to ring. */
export const THREAD_BLOCKED = 9;
/** Word of a thread record: it was killed; should it run on, it takes nothing any more. */
export const THREAD_CONDEMNED = 10;

// States of a thread.
/** The record is free. */
export const THREAD_NONE = 0;
/** Started; its code runs or is about to. */
export const THREAD_ALIVE = 1;
/** Its code is done, or is known to have gone, and the exit code is written; its death is not yet proved. */
export const THREAD_LEAVING = 2;
/** Proved dead and swept. */
export const THREAD_ENDED = 3;
/** Claimed, its words not yet written. */
export const THREAD_ENROLLING = 4;

// The page table: two words a page.
/** Offset of the page table. */
export const PAGES = PAGE;
/** Word of a page: 0 free · the tag of the thread that claimed it · {@linkcode SLAB_OWNER}. */
export const PAGE_OWNER = 0;
/** Word of a page: what it is, see the `INFO_…` values. */
export const PAGE_INFO = 1;
/** Owner of a page that is divided into blocks of one size class. */
export const SLAB_OWNER = -1;
/** Free and never used: its bytes are zero. */
export const INFO_CLEAN = 0;
/** Free, used before. */
export const INFO_DIRTY = 1;
/** `INFO_SLAB + c`: divided into blocks of size class `c`. */
export const INFO_SLAB = 16;
/** `INFO_RUN + n`: the first of `n` pages of a large block. */
export const INFO_RUN = 1 << 20;
/** `INFO_TAIL + d`: a page of a large block that begins `d` pages before. */
export const INFO_TAIL = 1 << 24;

// The name table.
/** Offset of the name table. */
export const NAMES = PAGES + MAX_PAGES * 8;
/** Entries of the name table; a power of two. */
export const NAME_SLOTS = 65536;
/** An entry that was never used. */
export const NAME_EMPTY = 0;
/** An entry whose name was unlinked: a search goes on behind it. */
export const NAME_GONE = 1;

/** The first page that blocks may use. */
export const FIRST_PAGE = (NAMES + NAME_SLOTS * 4) / PAGE;

// The header of a block, before its bytes.
/** Bytes of a block's header, and the alignment of every block. */
export const HEADER = 64;
/** Word: 0 free (in a slab) · the tag of the thread that allocated it. */
export const BLOCK_OWNER = 0;
/** Word: generation << 10 | phase. */
export const BLOCK_STATE = 1;
/** Word: which kind of object lives here, an index into the kinds; {@linkcode CONDEMNED} may be set. */
export const BLOCK_KIND = 2;
/** Word: bytes asked for, unsigned. */
export const BLOCK_LENGTH = 3;
/** Word: a count of reasons to stay beyond the threads that hold it: its name, tasks under way. */
export const BLOCK_PINS = 4;
/** First of {@linkcode HOLDER_WORDS} words: one bit a thread slot that holds the block. */
export const BLOCK_HOLDERS = 5;
/** Words of holders: one bit for each of {@linkcode MAX_THREADS}. */
export const HOLDER_WORDS = MAX_THREADS / 32;

/** Bits of the phase in {@linkcode BLOCK_STATE}. */
export const PHASE_BITS = 10;
/** Phase: not (yet, or no longer) a block. */
export const PHASE_FREE = 0;
/** Phase: in use. */
export const PHASE_LIVE = 1;
/** `PHASE_FREEING + s`: the thread in slot `s` gives it back just now. */
export const PHASE_FREEING = 2;
/** Flag in {@linkcode BLOCK_KIND}: freed by its maker; goes when the last pin goes. */
export const CONDEMNED = 1 << 16;

/** Bytes of the blocks in each size class, header included; larger ones take whole pages. */
export const CLASSES: readonly number[] = [
  128,
  192,
  256,
  384,
  512,
  768,
  1024,
  1536,
  2048,
  3072,
  4096,
  6144,
  8192,
  12288,
  16384,
  21824,
  32768,
];

/** The kinds of object that live in blocks, by the number that stands in a header. */
export const KINDS = [
  "memory",
  "ndarray",
  "array",
  "value",
  "lock",
  "rlock",
  "semaphore",
  "condition",
  "event",
  "barrier",
  "queue",
  "pipe",
  "segment",
  "node",
  "message",
  "ledger",
  "job",
  "pool",
] as const;
