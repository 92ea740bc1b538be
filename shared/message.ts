/**
 * Messages for queues and pipes: a value as bytes, and back.
 *
 * Plain values are written directly (`_bytes.ts`). Others go through the *carrier*, which takes out what serialisation
 * cannot carry, as for a task's result; floor 1 declares it when it is loaded, and without floor 1 there is no other
 * thread. The first byte says which way was taken.
 *
 * @module
 */

import { deserialise, serialise } from "./serialise.ts";
import { type Inset, writeList, writeValue, writtenBytes, writtenInsets, writtenWords } from "./_bytes.ts";
import { readValue } from "./_bytes_reader.ts";
import { MessagePins, tableOf, takeBackTable, takingBack } from "./_pins.ts";
import { discardUnread } from "./_segments.ts";
import type { Block } from "./block.ts";
import { SerializationError } from "./errors.ts";

/** Takes values apart for the journey and puts them together again. */
export interface Carrier {
  /** What `value` is turned into; throws when it cannot travel. What it pins, `decode` or `discard` unpins. */
  encode(value: unknown, path: string): unknown;
  /** Rebuilds the value, once. */
  decode(wire: unknown): unknown;
  /** Lets go of what a wire that nobody reads has pinned. */
  discard(wire: unknown): void;
}

let carrier: Carrier = { encode: (value) => value, decode: (value) => value, discard: () => {} };

/** Declares how other than plain values travel. */
export function setCarrier(given: Carrier): void {
  carrier = given;
}

/** The first byte: how the value was written. With a head, {@linkcode HEAD} bytes stand before it. */
const PLAIN = 0, CARRIED = 1, HEADED = 2, PINNED = 4;
/** Bytes of a head. */
export const HEAD = 24;
/** Up to this length a loop over words copies faster than the runtime. */
export const WORDWISE = 512;
const noInsets: readonly Inset[] = [];

/** A value as bytes; valid until the next one is made, unless it is kept or in a block of its own. */
export class Message {
  /** The segment that holds this message alone, once it is written there. */
  block: Block | undefined;

  constructor(
    /** The bytes without the insets, from the first on. */
    public bytes: Uint8Array,
    /** How many of them there are. */
    readonly written: number,
    readonly insets: readonly Inset[],
    /** Bytes in all. */
    readonly length: number,
    /** Bytes that it takes in shared memory, copies beside it included. */
    readonly weight: number,
    /** What it has pinned, until it is written; such a message has a segment alone. */
    readonly pins?: MessagePins,
  ) {}

  /** Writes it at a byte offset of the heap, a multiple of 4, of which these are the words and the bytes. */
  write(words: Int32Array, to: Uint8Array, at: number): void {
    let from = 0;
    if (this.length <= WORDWISE && this.bytes === writtenBytes()) {
      const source = writtenWords();
      for (let i = at >>> 2; from < this.length; from += 4) words[i++] = source[from >>> 2];
      return;
    }
    for (const inset of this.insets) {
      to.set(this.bytes.subarray(from, inset.at), at);
      at += inset.at - from;
      to.set(inset.bytes, at);
      at += inset.bytes.length;
      from = inset.at;
    }
    to.set(this.bytes.subarray(from, this.written), at);
  }

  /** Makes it good beyond the next one that is made; for one without insets. */
  keep(): void {
    this.bytes = this.bytes.slice(0, this.written);
  }

  /** Lets go of what it has pinned, its segment included: nobody will read it. */
  discard(): void {
    this.pins?.takeBack();
    if (!this.block) return;
    discardUnread(this.block.offset, true);
    this.block.release();
    this.block = undefined;
  }
}

/** Makes a message of a plain value; undefined when it is not plain. With a head, its bytes are the caller's to fill. */
export function makePlain(value: unknown, hasHead = false): Message | undefined {
  return plainMessage(writeValue(value, hasHead ? 1 + HEAD : 1), hasHead ? PLAIN | HEADED : PLAIN);
}

/** As {@linkcode makePlain}, of a list that is nobody else's: only its items matter. */
export function makeList(list: readonly unknown[]): Message | undefined {
  return plainMessage(writeList(list, 1), PLAIN);
}

function plainMessage(written: number, how: number): Message | undefined {
  if (written < 0) return undefined;
  const bytes = writtenBytes(), given = writtenInsets();
  bytes[0] = how;
  if (!given.length) return new Message(bytes, written, noInsets, written, written);
  let length = written;
  for (const inset of given) length += inset.bytes.length;
  return new Message(bytes, written, given, length, length);
}

/** Makes a message of a value, which errors call `path`. */
export function makeMessage(value: unknown, path: string, hasHead = false): Message {
  const plain = makePlain(value, hasHead);
  if (plain) return plain;
  const pins = new MessagePins(), wire = pins.watch(() => carry(value, path)), start = hasHead ? 1 + HEAD : 1;
  try {
    const body = serialise(wire), bytes = new Uint8Array(body.length + start);
    bytes[0] = CARRIED | (hasHead ? HEADED : 0) | (pins.count ? PINNED : 0);
    bytes.set(body, start);
    const { length } = bytes;
    return new Message(
      bytes,
      length,
      noInsets,
      length,
      length + besides(wire),
      pins.count ? pins : undefined,
    );
  } catch (error) {
    pins.takeBack();
    throw cannot(path, error);
  }
}

function carry(value: unknown, path: string): unknown {
  try {
    return carrier.encode(value, path);
  } catch (error) {
    // Nested too deep to be visited.
    if (error instanceof RangeError && error.message.includes("call stack")) throw cannot(path, error);
    throw error;
  }
}

function cannot(path: string, cause: unknown): SerializationError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new SerializationError(`Cannot put ${path} into shared memory: ${why}`, path, { cause });
}

/** Bytes that a wire has copied into blocks beside the message. */
function besides(wire: unknown): number {
  const { notes } = (wire ?? {}) as { notes?: readonly { kind?: string; byteLength?: number }[] };
  let sum = 0;
  if (Array.isArray(notes)) {
    for (const note of notes) {
      if (note.kind === "copy") sum += note.byteLength ?? 0;
    }
  }
  return sum;
}

/**
 * The value of a message; once, as what was pinned for it is let go. `from` may be shared; it is the heap if the message
 * has pins.
 */
export function readMessage(from: Uint8Array, start: number, length: number): unknown {
  const how = from[start], body = start + (how & HEADED ? 1 + HEAD : 1);
  if (!(how & CARRIED)) return readValue(from, body, start + length);
  // A copy: what is deserialised may keep it.
  const wire = () => carrier.decode(deserialise(from.slice(body, start + length)));
  return how & PINNED ? takingBack(tableOf(start, length), wire) : wire();
}

/** Lets go of what a message has pinned that nobody will read. */
export function discardMessage(from: Uint8Array, start: number, length: number): void {
  if (from[start] & PINNED) takeBackTable(tableOf(start, length));
}
