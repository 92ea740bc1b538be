/**
 * An item's arguments as bytes, and back.
 *
 * Plain values are written directly, objects of this module beside them by what they pack. What else there is goes as a
 * wire (`_codec.ts`), serialised; and what serialisation would refuse or lose, as a shared buffer of the user's own or
 * a `Blob`, is posted, for only structured clone carries it.
 *
 * @module
 */

import { heapBytes, heapWords } from "../shared/heap.ts";
import { makeList, makePlain, Message, readMessage } from "../shared/message.ts";
import { deserialise, serialise } from "../shared/serialise.ts";
import { isTraveller } from "../shared/travel.ts";
import { attempt } from "./_cloneable.ts";
import "./_carrier.ts";
import { loadClasses } from "./_classes.ts";
import { decode, encode, type Encoded, type Note, prepare, type Wire } from "./_codec.ts";
import { packedText, type Part, partOf, PartReader } from "./_parts.ts";
import { shortenArgs } from "./_shorten.ts";

/** How bytes are to be read: a plain list, a list and the parts that belong in it, a wire. */
const PLAIN = 0, WITH_PARTS = 1, SERIALISED = 2;
/** Flag of a part's index: its object may be made of the same bytes again. */
const STEADY = 2 ** 30;
/** Words for each part, and before the first: their number. */
const PART_WORDS = 3;
/** Bytes before the list when so many parts belong in it: a multiple of 8, as typed arrays in it are copied faster then. */
const headOf = (parts: number) => parts && 4 + parts * 4 * PART_WORDS + 7 & ~7;
const OPTIONS = { functions: true, handOver: false };

/** An object of this module among the arguments. */
interface Argument {
  readonly index: number;
  readonly part: Part;
}

const noParts: readonly Argument[] = [], noBytes = new Uint8Array(0);

/** Arguments on their way. */
export class ItemBytes {
  /** Where they were laid out last: a byte offset of the heap, good as long as the item's batch is. */
  #place = 0;
  #isKept = false;
  #uses = 1;
  /** The wire to be posted. */
  wire: Wire | undefined;

  constructor(
    /** The bytes of a list, good until the next are made, unless they are kept; undefined when the wire must be posted. */
    public message: Message | undefined,
    /** How to read them. */
    readonly how: number,
    /** What belongs in the list, pinned. */
    readonly parts: readonly Argument[] = noParts,
    /** The wire. */
    private encoded?: Encoded,
  ) {
    this.wire = message ? undefined : encoded?.wire;
  }

  /** Whether there is something to be let go of. */
  get hasPins(): boolean {
    return this.parts.length > 0 || this.encoded !== undefined;
  }

  /** Bytes of it in a frame, without the parts. */
  get length(): number {
    return this.#head + this.message!.length;
  }

  /** Bytes of it in a frame that has none of its parts yet. */
  get room(): number {
    let room = this.length;
    for (const { part } of this.parts) room += part.message.length + 16;
    return room;
  }

  get #head(): number {
    return headOf(this.parts.length);
  }

  /** Writes them at a byte offset of the heap, of which these are the words and the bytes. `placeOf`: where a part lies. */
  write(words: Int32Array, bytes: Uint8Array, at: number, placeOf: (part: Part) => number): void {
    let word = at >>> 2;
    if (this.parts.length) words[word++] = this.parts.length;
    this.#place = at + this.#head;
    for (const { index, part } of this.parts) {
      words[word++] = index | (part.isSteady ? STEADY : 0);
      words[word++] = placeOf(part) | 0;
      words[word++] = part.message.length;
    }
    const message = this.message!, { length } = message;
    message.write(words, bytes, this.#place);
    // Neither the user's arrays nor the bytes they were written from are held for longer.
    if (!this.#isKept) this.message = new Message(noBytes, 0, [], length, length);
  }

  /** Makes them good beyond the next that are made. */
  keep(): void {
    const { message, wire } = this;
    if (this.#isKept) return;
    this.#isKept = true;
    if (!message) {
      this.wire = structuredClone(wire!);
      return;
    }
    const { length } = message,
      words = new Int32Array(length + 3 >>> 2),
      bytes = new Uint8Array(words.buffer);
    const place = this.#place;
    if (place) bytes.set(heapBytes(place + length).subarray(place, place + length));
    else message.write(words, bytes, 0);
    this.message = new Message(bytes, length, [], length, length);
  }

  /** Reads the list, of which these are still the bytes. */
  read(): unknown {
    const { length, bytes } = this.message!, place = this.#place;
    if (this.#isKept) return readMessage(bytes, 0, length);
    return readMessage(heapBytes(place + length), place, length);
  }

  /** The same for another item. */
  share(): this {
    this.keep();
    this.#uses++;
    return this;
  }

  /** Whether an item still needs them. */
  get isInUse(): boolean {
    return this.#uses > 0;
  }

  /** An item needs them no more. */
  release(): void {
    if (--this.#uses > 0) return;
    for (const { part } of this.parts) part.release();
    this.encoded?.release();
  }
}

/** Encodes a list of arguments. */
export function encodeArgs(args: readonly unknown[]): ItemBytes {
  if (args.some(isTraveller)) return encodeParts(args) ?? encodeWire(args);
  const plain = makeList(args);
  return plain ? new ItemBytes(plain, PLAIN) : encodeWire(args);
}

/** Whether the bytes of a list of arguments are the same each time: there are shared arrays in it, and else primitives. */
export function areSteady(args: readonly unknown[], { parts }: ItemBytes): boolean {
  if (!parts.length || !parts.every(({ part }) => part.isSteady && !part.isAsked)) return false;
  let objects = 0;
  for (const value of args) {
    if (typeof value === "function" || typeof value === "symbol") return false;
    if (typeof value === "object" && value !== null) objects++;
  }
  return objects === parts.length;
}

/** Arguments that are objects of this module, or plain. */
function encodeParts(args: readonly unknown[]): ItemBytes | undefined {
  const list = args.slice(), parts: Argument[] = [];
  for (let index = 0; index < list.length; index++) {
    const value = list[index];
    if (!isTraveller(value)) continue;
    // One object twice is one object there, too: wires keep that.
    if (args.indexOf(value) !== index) return undefined;
    const part = partOf(value, `args[${index}]`);
    if (!part) return undefined;
    list[index] = null;
    parts.push({ index, part });
  }
  const message = makeList(list);
  if (!message) return undefined;
  retainAll(parts);
  return new ItemBytes(message, WITH_PARTS, parts);
}

/** Pins what the arguments need: all of it, or nothing. */
function retainAll(parts: readonly Argument[]): void {
  let count = 0;
  try {
    for (; count < parts.length; count++) parts[count].part.retain();
  } catch (error) {
    while (count > 0) parts[--count].part.release();
    throw attempt("args", () => {
      throw error;
    });
  }
}

function encodeWire(args: readonly unknown[]): ItemBytes {
  const encoded = encode(args, "args", OPTIONS);
  if (encoded.onlyPosted) return new ItemBytes(undefined, SERIALISED, noParts, encoded);
  try {
    const message = makePlain(new Uint8Array(serialise(encoded.wire)));
    if (message) return new ItemBytes(message, SERIALISED, noParts, encoded);
  } catch {
    // What serialisation refuses is posted.
  }
  return new ItemBytes(undefined, SERIALISED, noParts, encoded);
}

/** Reads the arguments of the items of one frame. */
export class ArgumentsReader {
  /** The parts that were read and may be read again, by where they lie. */
  #parts: Map<number, PartReader> | undefined;
  /** Where the list stands that was read last, and the list, if nobody can change what is in it. */
  #lastAt = -1;
  #last: unknown[] = [];

  /** Arguments at a byte offset of the heap; a promise when modules must be loaded first. */
  read(at: number, length: number, how: number): unknown[] | Promise<unknown[]> {
    const bytes = heapBytes(at + length);
    if (how === PLAIN) return readMessage(bytes, at, length) as unknown[];
    if (how === WITH_PARTS) return this.#readParts(at, length);
    return decodeWire(deserialise(readMessage(bytes, at, length) as Uint8Array) as Wire);
  }

  #readParts(at: number, length: number): unknown[] | Promise<unknown[]> {
    const words = heapWords(at + length), first = at >>> 2, count = words[first], head = headOf(count);
    if (at !== this.#lastAt) {
      this.#last = readMessage(heapBytes(at + length), at + head, length - head) as unknown[];
      this.#lastAt = this.#last.every((value) => typeof value !== "object" || value === null) ? at : -1;
    }
    const list = this.#last.slice();
    if (this.#lastAt < 0) this.#last = [];
    let later: [index: number, part: PartReader][] | undefined;
    for (let word = first + 1; word < first + 1 + count * PART_WORDS; word += PART_WORDS) {
      const index = words[word] & ~STEADY;
      const part = this.#part(words[word], words[word + 1] >>> 0, words[word + 2]);
      if (part.isKnown) list[index] = part.make();
      else (later ??= []).push([index, part]);
    }
    return later ? makeLater(list, later) : list;
  }

  #part(index: number, at: number, length: number): PartReader {
    const known = this.#parts?.get(at);
    if (known) return known;
    const part = new PartReader(heapBytes(at + length), at, length);
    if (index & STEADY) (this.#parts ??= new Map()).set(at, part);
    return part;
  }
}

async function makeLater(list: unknown[], parts: readonly [number, PartReader][]): Promise<unknown[]> {
  await loadClasses();
  for (const [index, part] of parts) list[index] = part.make();
  return list;
}

/** Decodes a wire of arguments. */
export function decodeWire(wire: Wire): unknown[] | Promise<unknown[]> {
  const load = prepare(wire);
  return load ? load.then(() => decode(wire) as unknown[]) : decode(wire) as unknown[];
}

/** Bytes that are read only to be shown. */
const MOST_SHOWN = 2 ** 16;

/** What arguments that have not been let go of are, in a few words. */
export function bytesText(given: ItemBytes): string {
  const { message, how, wire, parts } = given;
  if (message && message.length > MOST_SHOWN) return `${message.length} bytes`;
  const value = message && given.read();
  if (how !== SERIALISED) {
    const list = value as unknown[], stands = new Map<object, string>();
    for (const { index, part } of parts) stands.set((list[index] = {}) as object, part.text);
    return shortenArgs(list, stands);
  }
  const { value: args, notes = [] } = wire ?? deserialise(value as Uint8Array) as Wire;
  return shortenArgs(args as unknown[], new Map(notes.map((note) => [note.at, noteText(note)])));
}

function noteText(note: Note): string {
  switch (note.kind) {
    case "object":
      return packedText(note.packed);
    case "view":
      return `${note.type}(${note.length})`;
    case "copy":
      return `${note.type}, ${note.byteLength} bytes`;
    default:
      return note.kind;
  }
}
