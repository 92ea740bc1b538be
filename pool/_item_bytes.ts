/**
 * An item's arguments as bytes, and back.
 *
 * Plain values are written directly, objects of this module beside them by what they pack. What else there is goes as a
 * wire (`_codec.ts`), serialised; and what serialisation would refuse or lose, as a shared buffer of the user's own or
 * a `Blob`, is posted, for only structured clone carries it.
 *
 * @module
 */

import { deserialise, serialise } from "../shared/serialise.ts";
import { makePlain, Message, readMessage } from "../shared/message.ts";
import { canUnpack, isTraveller, PACK, type Packed, unpack } from "../shared/travel.ts";
import { attempt } from "./_cloneable.ts";
import "./_carrier.ts";
import { loadClasses } from "./_classes.ts";
import { decode, encode, type Note, pinFor, prepare, type Wire } from "./_codec.ts";
import { shortenArgs } from "./_shorten.ts";

/** Arguments on their way. */
export interface ItemBytes {
  /** Their bytes, good until the next are made; undefined when the wire must be posted. */
  readonly message: Message | undefined;
  /** How to read them. */
  readonly how: number;
  /** The wire to be posted. */
  readonly wire?: Wire;
  /** Undoes the pins. */
  readonly release: () => void;
}

/** How bytes are to be read: a plain list, a list and what stands in it by reference, a wire. */
const PLAIN = 0, PACKED = 1, SERIALISED = 2;
const OPTIONS = { functions: true, handOver: false };
const noRelease = () => {};

/** Encodes a list of arguments. */
export function encodeArgs(args: readonly unknown[]): ItemBytes {
  if (args.some(isTraveller)) return encodePacked(args) ?? encodeWire(args);
  const plain = makePlain(args);
  return plain ? { message: plain, how: PLAIN, release: noRelease } : encodeWire(args);
}

/** Arguments that are objects of this module, or plain. */
function encodePacked(args: readonly unknown[]): ItemBytes | undefined {
  const list = args.slice(), packs: unknown[] = [], blocks: Packed["blocks"][number][] = [];
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    if (!isTraveller(value)) continue;
    // One object twice is one object there, too: wires keep that.
    if (args.indexOf(value) !== i) return undefined;
    const packed = attempt(`args[${i}]`, () => value[PACK]());
    list[i] = null;
    packs.push([
      i,
      packed.tag,
      packed.blocks.flatMap(({ offset, generation }) => [offset, generation]),
      packed.data,
    ]);
    blocks.push(...packed.blocks);
  }
  const message = makePlain([list, packs]);
  if (!message) return undefined;
  const unpins: (() => void)[] = [];
  const release = () => {
    for (const unpin of unpins.splice(0)) unpin();
  };
  try {
    for (const block of blocks) attempt("args", () => unpins.push(pinFor(block)));
  } catch (error) {
    release();
    throw error;
  }
  return { message, how: PACKED, release };
}

function encodeWire(args: readonly unknown[]): ItemBytes {
  const { wire, release, onlyPosted } = encode(args, "args", OPTIONS);
  if (onlyPosted) return { message: undefined, how: SERIALISED, wire, release };
  try {
    return { message: makePlain(new Uint8Array(serialise(wire))), how: SERIALISED, release };
  } catch {
    return { message: undefined, how: SERIALISED, wire, release };
  }
}

/** Makes them good beyond the next that are made. */
export function keepBytes(item: ItemBytes): ItemBytes {
  const { message, wire } = item;
  if (!message) return { ...item, wire: structuredClone(wire!) };
  const words = new Int32Array(Math.ceil(message.length / 4)), bytes = new Uint8Array(words.buffer);
  message.write(words, bytes, 0);
  return { ...item, message: new Message(bytes, message.length, [], message.length, message.length) };
}

/** Decodes; gives a promise when modules must be loaded first. `bytes` may be shared. */
export function decodeArgs(
  bytes: Uint8Array,
  at: number,
  length: number,
  how: number,
): unknown[] | Promise<unknown[]> {
  const value = readMessage(bytes, at, length);
  if (how === PLAIN) return value as unknown[];
  if (how === SERIALISED) return decodeWire(deserialise(value as Uint8Array) as Wire);
  const [list, packs] = value as [unknown[], Packs];
  return packs.every(([, tag]) => canUnpack(tag))
    ? putIn(list, packs)
    : loadClasses().then(() => putIn(list, packs));
}

/** Objects of this module that stand in a list: where, and what they pack. */
type Packs = [at: number, tag: string, blocks: number[], data: unknown][];

function putIn(list: unknown[], packs: Packs): unknown[] {
  for (const [i, tag, words, data] of packs) {
    const blocks = [];
    for (let k = 0; k < words.length; k += 2) blocks.push({ offset: words[k], generation: words[k + 1] });
    list[i] = unpack({ tag, blocks, data });
  }
  return list;
}

/** Decodes a wire of arguments. */
export function decodeWire(wire: Wire): unknown[] | Promise<unknown[]> {
  const load = prepare(wire);
  return load ? load.then(() => decode(wire) as unknown[]) : decode(wire) as unknown[];
}

/** Bytes that are read only to be shown. */
const MOST_SHOWN = 2 ** 16;

/** What kept arguments are, in a few words. */
export function bytesText({ message, how, wire }: ItemBytes): string {
  if (message && message.length > MOST_SHOWN) return `${message.length} bytes`;
  const value = message && readMessage(message.bytes, 0, message.length);
  if (how === PLAIN) return shortenArgs(value as unknown[]);
  if (how === PACKED) {
    const [list, packs] = value as [unknown[], [number, string, number[], unknown][]];
    const stands = new Map<object, string>();
    for (const [i, tag, , data] of packs) stands.set(list[i] = {}, packedText(tag, data));
    return shortenArgs(list, stands);
  }
  const { value: args, notes = [] } = wire ?? deserialise(value as Uint8Array) as Wire;
  return shortenArgs(args as unknown[], new Map(notes.map((note) => [note.at, noteText(note)])));
}

function packedText(tag: string, data: unknown): string {
  const { shape } = (data ?? {}) as { shape?: unknown };
  return Array.isArray(shape) ? `${tag}(${shape.join(", ")})` : tag;
}

function noteText(note: Note): string {
  switch (note.kind) {
    case "object":
      return packedText(note.packed.tag, note.packed.data);
    case "view":
      return `${note.type}(${note.length})`;
    case "copy":
      return `${note.type}, ${note.byteLength} bytes`;
    default:
      return note.kind;
  }
}
