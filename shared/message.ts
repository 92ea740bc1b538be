/**
 * Messages for queues and pipes: a value as bytes, and back.
 *
 * Plain values are written directly (`_bytes.ts`). Others go through the *carrier*, which takes out what serialisation
 * cannot carry, as for a task's result; floor 1 declares it when it is loaded, and without floor 1 there is no other
 * thread. The first byte says which way was taken.
 *
 * @module
 */

import v8 from "node:v8";
import { type Inset, readValue, writeValue, writtenBytes, writtenInsets } from "./_bytes.ts";
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

const PLAIN = 0, CARRIED = 1;
/** Up to this length a loop copies faster than the runtime. */
export const SHORT = 64;
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
  ) {}

  /** Writes it at a byte offset of the heap's bytes. */
  write(to: Uint8Array, at: number): void {
    let from = 0;
    if (this.length <= SHORT) {
      const { bytes, written } = this;
      for (; from < written; from++) to[at + from] = bytes[from];
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

  /** Lets go of what it has pinned: nobody will read it. */
  discard(): void {
    this.block?.release();
    this.block = undefined;
    if (this.bytes[0] === CARRIED) discardMessage(this.bytes.subarray(0, this.written));
  }
}

/** Makes a message of a value, which errors call `path`. */
export function makeMessage(value: unknown, path: string): Message {
  const written = writeValue(value, 1);
  if (written >= 0) {
    const bytes = writtenBytes(), insets = writtenInsets();
    bytes[0] = PLAIN;
    let length = written;
    for (const inset of insets) length += inset.bytes.length;
    return new Message(bytes, written, insets, length, length);
  }
  const wire = carry(value, path);
  try {
    const body = v8.serialize(wire), bytes = new Uint8Array(body.length + 1);
    bytes[0] = CARRIED;
    bytes.set(body, 1);
    return new Message(bytes, bytes.length, noInsets, bytes.length, bytes.length + besides(wire));
  } catch (error) {
    carrier.discard(wire);
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

/** The value of a message; once, as what was pinned for it is let go. `from` may be shared. */
export function readMessage(from: Uint8Array, start: number, length: number): unknown {
  if (from[start] === PLAIN) return readValue(from, start + 1, start + length);
  // A copy: what is deserialised may keep it.
  return carrier.decode(v8.deserialize(from.slice(start + 1, start + length)));
}

/** Lets go of what a message has pinned that nobody will read. */
export function discardMessage(bytes: Uint8Array): void {
  if (bytes[0] === CARRIED) carrier.discard(v8.deserialize(bytes.slice(1)));
}
