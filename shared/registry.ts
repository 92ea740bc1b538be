/**
 * The names of shared memory: a table in the heap, from name to block.
 *
 * An entry is one word, the block's header as a multiple of 64; the name itself stands in the block, behind
 * its bytes, so an entry is complete the moment it is written. Look-ups take no lock. Whoever changes the table holds
 * `NAMES_LOCK`, which names its holder; every change is one store, so the main thread may simply break the lock of a
 * dead thread. Open addressing: an unlinked entry stays as a mark until its neighbour is empty.
 *
 * @module
 */

import { stopIfCondemned } from "./_condemned.ts";
import {
  HEADER,
  NAME_EMPTY,
  NAME_GONE,
  NAME_SLOTS,
  NAMES,
  NAMES_LOCK,
  NAMES_USED,
  NEXT_NAME,
} from "./_layout.ts";
import { BLOCK_LENGTH } from "./_layout.ts";
import { SharedMemoryExistsError, SharedMemoryFullError } from "./errors.ts";
import { blockContaining, readHeader } from "./block.ts";
import { heapWords, membership } from "./heap.ts";
import type { BlockReference } from "./travel.ts";
import { sleepSync } from "./wait.ts";

const TABLE = NAMES >> 2;
const MOST_NAMES = NAME_SLOTS * 3 / 4;

/** Bytes that a name of this length takes behind its block's own: a count and UTF-16 units. */
export function nameBytes(name: string): number {
  return 4 + Math.ceil(name.length / 2) * 4;
}

/** Checks a name: 1 to 255 characters, no NUL. */
export function checkName(name: unknown): string {
  if (typeof name !== "string") {
    throw new TypeError(`Cannot name shared memory: the name must be a string, got ${typeof name}`);
  }
  if (name.length < 1 || name.length > 255) {
    throw new RangeError(`Cannot name shared memory: a name has 1 to 255 characters, got ${name.length}`);
  }
  if (name.includes("\0")) throw new RangeError("Cannot name shared memory: a name has no NUL character");
  return name;
}

/** A name that nobody has used. */
export function generateName(): string {
  const count = Atomics.add(heapWords(), NEXT_NAME, 1) >>> 0;
  return `mc_${count.toString(36)}_${crypto.randomUUID().slice(0, 8)}`;
}

function hash(name: string): number {
  // FNV-1a over UTF-16 units (Fowler, Noll, Vo, 1991).
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return (h ^ h >>> 15) & NAME_SLOTS - 1;
}

/** Where a block of `byteLength` bytes keeps its name. */
function nameOffset(blockOffset: number, byteLength: number): number {
  return blockOffset + Math.ceil(byteLength / 4) * 4;
}

/** Bytes to allocate for a block of `byteLength` bytes that bears a name. */
export function namedLength(byteLength: number, name: string): number {
  return nameOffset(0, byteLength) + nameBytes(name) + 4;
}

/** Writes the name and its block's true length into a block that was allocated with {@linkcode namedLength}. */
export function writeName(
  { offset }: BlockReference,
  allocated: number,
  byteLength: number,
  name: string,
): void {
  const words = heapWords(offset + allocated);
  const units = new Uint16Array(words.buffer);
  // The last word of the block says where the name begins.
  words[lastWord(offset, allocated)] = byteLength;
  const at = nameOffset(offset, byteLength);
  words[at >>> 2] = name.length;
  for (let i = 0; i < name.length; i++) units[(at >>> 1) + 2 + i] = name.charCodeAt(i);
}

const lastWord = (offset: number, allocated: number) => (offset >>> 2) + (allocated >>> 2) - 1;

/** The length that a named block's maker asked for. */
export function namedByteLength({ offset }: BlockReference): number {
  const allocated = heapWords(offset)[(offset - HEADER >>> 2) + BLOCK_LENGTH] >>> 0;
  return heapWords(offset + allocated)[lastWord(offset, allocated)] >>> 0;
}

function hasName(reference: BlockReference, name: string): boolean {
  const at = nameOffset(reference.offset, namedByteLength(reference));
  const words = heapWords(at + nameBytes(name));
  if (words[at >>> 2] !== name.length) return false;
  const units = new Uint16Array(words.buffer, at + 4, name.length);
  for (let i = 0; i < name.length; i++) if (units[i] !== name.charCodeAt(i)) return false;
  return true;
}

/** Goes through the entries where `name` may stand; returns its index, or where it may be put, as -1 - index. */
function find(name: string): number {
  const words = heapWords();
  let room = -1;
  for (let i = 0, at = hash(name); i < NAME_SLOTS; i++, at = at + 1 & NAME_SLOTS - 1) {
    const entry = Atomics.load(words, TABLE + at) >>> 0;
    if (entry === NAME_EMPTY) return -1 - (room >= 0 ? room : at);
    if (entry === NAME_GONE) {
      if (room < 0) room = at;
      continue;
    }
    const reference = entryBlock(entry);
    if (reference && hasName(reference, name)) return at;
  }
  return room >= 0 ? -1 - room : -1 - NAME_SLOTS;
}

/** The block that an entry means; its maker may have died between naming it and keeping it. */
function entryBlock(entry: number): BlockReference | undefined {
  const reference = blockContaining(entry * HEADER);
  return reference && readHeader(reference.offset - HEADER)?.kind === "memory" ? reference : undefined;
}

/** The block with that name. */
export function lookUp(name: string): BlockReference | undefined {
  const at = find(name);
  return at < 0 ? undefined : entryBlock(Atomics.load(heapWords(), TABLE + at) >>> 0);
}

/** Gives the block its name; throws when another has it. */
export function register(name: string, { offset }: BlockReference): void {
  withNamesLock(() => {
    const at = find(name), words = heapWords();
    if (at >= 0) {
      throw new SharedMemoryExistsError(
        `Cannot create shared memory "${name}": a block has that name; attach to it, or choose another name`,
        name,
      );
    }
    const slot = -1 - at;
    if (slot === NAME_SLOTS || Atomics.load(words, NAMES_USED) >= MOST_NAMES) {
      throw new SharedMemoryFullError(
        `Cannot create shared memory "${name}": ${MOST_NAMES} names are in use; unlink some`,
        1,
        0,
      );
    }
    if (words[TABLE + slot] === NAME_EMPTY) Atomics.add(words, NAMES_USED, 1);
    Atomics.store(words, TABLE + slot, offset / HEADER);
  });
}

/** Takes the name away from its block; false when no block, or another one, has it. */
export function unregister(name: string, expected: BlockReference): boolean {
  return withNamesLock(() => {
    const at = find(name), words = heapWords();
    if (at < 0) return false;
    const block = entryBlock(words[TABLE + at] >>> 0);
    if (block?.offset !== expected.offset || block.generation !== expected.generation) return false;
    const after = at + 1 & NAME_SLOTS - 1;
    if (words[TABLE + after] === NAME_EMPTY) {
      let gone = at;
      do {
        Atomics.store(words, TABLE + gone, NAME_EMPTY);
        Atomics.sub(words, NAMES_USED, 1);
        gone = gone - 1 & NAME_SLOTS - 1;
      } while (words[TABLE + gone] === NAME_GONE);
    } else Atomics.store(words, TABLE + at, NAME_GONE);
    return true;
  });
}

/**
 * Runs `change` alone. Its steps allocate nothing and call nothing of the user's; should the holder be killed in them
 * all the same, the main thread breaks the lock when it learns of the death, also while it waits here itself. A
 * waiter looks again every few milliseconds and needs no wake.
 */
function withNamesLock<R>(change: () => R): R {
  const words = heapWords(), tag = membership().ident + 1;
  stopIfCondemned(words);
  for (let holder; (holder = Atomics.compareExchange(words, NAMES_LOCK, 0, tag)) !== 0;) {
    sleepSync(NAMES_LOCK * 4, holder, performance.now() + 2, true);
  }
  try {
    return change();
  } finally {
    Atomics.store(words, NAMES_LOCK, 0);
    Atomics.notify(words, NAMES_LOCK, 1);
  }
}

/** Releases the table's lock if the dead thread with `tag` held it. */
export function breakNamesLock(tag: number): void {
  const words = heapWords();
  if (Atomics.compareExchange(words, NAMES_LOCK, tag, 0) === tag) Atomics.notify(words, NAMES_LOCK);
}
