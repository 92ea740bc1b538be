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
import { readValue, writeValue, writtenBytes } from "./_bytes.ts";
import { SerializationError } from "./errors.ts";
import { heapBuffer } from "./heap.ts";

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

/** A value as bytes. */
export class Message {
  constructor(readonly kind: number, readonly body: Uint8Array) {}

  /** Bytes in all. */
  get length(): number {
    return this.body.length + 1;
  }

  /** Writes it at a byte offset of the heap. */
  write(at: number): void {
    const to = new Uint8Array(heapBuffer(), at, this.length);
    to[0] = this.kind;
    to.set(this.body, 1);
  }

  /** The same message, good beyond the next one that is made. */
  keep(): Message {
    return this.kind === PLAIN ? new Message(PLAIN, this.body.slice()) : this;
  }

  /** Lets go of what it has pinned: nobody will read it. */
  discard(): void {
    if (this.kind === CARRIED) carrier.discard(v8.deserialize(this.body));
  }
}

/** Makes a message of a value, which errors call `path`; valid until the next one is made, unless it is kept. */
export function makeMessage(value: unknown, path: string): Message {
  const length = writeValue(value);
  if (length >= 0) return new Message(PLAIN, writtenBytes(length));
  const wire = carrier.encode(value, path);
  try {
    return new Message(CARRIED, v8.serialize(wire));
  } catch (error) {
    carrier.discard(wire);
    const why = error instanceof Error ? error.message : String(error);
    throw new SerializationError(`Cannot put ${path} into shared memory: ${why}`, path, { cause: error });
  }
}

/** Copies a message's bytes out of the heap. */
export function copyMessage(at: number, length: number): Uint8Array {
  return new Uint8Array(heapBuffer(), at, length).slice();
}

/** The value of a message; once, as what was pinned for it is let go. */
export function readMessage(bytes: Uint8Array): unknown {
  const body = bytes.subarray(1);
  return bytes[0] === PLAIN ? readValue(body) : carrier.decode(v8.deserialize(body));
}

/** Lets go of what a message has pinned that nobody will read. */
export function discardMessage(bytes: Uint8Array): void {
  new Message(bytes[0], bytes.subarray(1)).discard();
}
