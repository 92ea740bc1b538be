/**
 * How an object of this module crosses to another thread: it packs itself into plain data and block
 * references, and the class that bears the same tag unpacks it on the other side.
 *
 * Floor 0 declares the rule; the codec on floor 1 applies it, so neither imports the other's classes.
 *
 * @module
 */

/** A block of the heap, named so that another thread can find it and see whether it still lives. */
export interface BlockReference {
  /** Byte offset of the block's first usable byte in the heap. */
  readonly offset: number;
  /** Which life of these bytes is meant; a block that was freed since has another. */
  readonly generation: number;
}

/** What an object is turned into for the journey. */
export interface Packed {
  /** Names the class, as given to {@linkcode registerUnpacker}. */
  readonly tag: string;
  /** The blocks that must stay alive until the object is rebuilt. */
  readonly blocks: readonly BlockReference[];
  /** Anything structured-cloneable, and again objects that can travel. */
  readonly data: unknown;
}

/** The method's name by which an object that travels by reference packs itself. */
export const PACK: unique symbol = Symbol.for("@multicore/multicore.pack") as never;

/** An object that travels by reference. */
export interface Traveller {
  /** Packs this object; throws when it has been closed. */
  [PACK](): Packed;
}

/** Rebuilds an object from what it packed. */
export type Unpacker = (blocks: readonly BlockReference[], data: unknown) => unknown;

const unpackers = new Map<string, Unpacker>();

/** Declares how objects with `tag` are rebuilt; called once by the file that defines the class. */
export function registerUnpacker(tag: string, unpacker: Unpacker): void {
  unpackers.set(tag, unpacker);
}

/** Whether the class of objects with `tag` is known in this thread. */
export function canUnpack(tag: string): boolean {
  return unpackers.has(tag);
}

/** Rebuilds a packed object in this thread. */
export function unpack({ tag, blocks, data }: Packed): unknown {
  const unpacker = unpackers.get(tag);
  if (!unpacker) {
    throw new TypeError(`Cannot rebuild a travelled object: no class in this thread is known as "${tag}"`);
  }
  return unpacker(blocks, data);
}

/** Whether `value` packs itself for the journey. */
export function isTraveller(value: unknown): value is Traveller {
  return typeof value === "object" && value !== null && typeof (value as Traveller)[PACK] === "function";
}
