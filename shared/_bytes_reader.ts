/**
 * Reads plain values from bytes; what stands there says `_bytes.ts`.
 *
 * @module
 */

import {
  ARRAY,
  ASCII,
  BIGINT,
  DEEPEST,
  FALSE,
  INTEGER,
  MET,
  NULL,
  NUMBER,
  OBJECT,
  TRUE,
  TYPED,
  TYPES,
  UNDEFINED,
  UTF16,
} from "./_bytes.ts";

/** From this length on the runtime's decoder is faster than a loop. */
const LONG = 64;
/** Strings of two-byte units are made from pieces of this length: arguments of one call. */
const PIECE = 4096;
/** So many keys are remembered, a power of two; none that is longer. */
const KEYS = 512, LONGEST_KEY = 24;

const decoder = new TextDecoder();
const { fromCharCode } = String;

let source = new DataView<ArrayBufferLike>(new ArrayBuffer(0));
let sourceBytes: Uint8Array = new Uint8Array(0);
let position = 0, end = 0;
const found: object[] = [];

/** Reads what {@linkcode writeValue} has written: bytes `start` to `stop` of `from`, which may be shared. */
export function readValue(from: Uint8Array, start: number, stop: number): unknown {
  if (sourceBytes !== from) {
    sourceBytes = from;
    source = new DataView(from.buffer, from.byteOffset, from.byteLength);
  }
  position = start;
  end = stop;
  try {
    const value = read(0);
    if (position !== end) throw damaged();
    return value;
  } finally {
    found.length = 0;
  }
}

function damaged(): TypeError {
  return new TypeError("Cannot read a message: its bytes are damaged");
}

/** Moves on by `length` bytes; gives where they begin. */
function skip(length: number): number {
  const at = position;
  position += length;
  if (position > end) throw damaged();
  return at;
}

function read(depth: number): unknown {
  switch (sourceBytes[skip(1)]) {
    case UNDEFINED:
      return undefined;
    case NULL:
      return null;
    case TRUE:
      return true;
    case FALSE:
      return false;
    case INTEGER:
      return source.getInt32(skip(4), true);
    case NUMBER:
      return source.getFloat64(skip(8), true);
    case ASCII:
    case UTF16:
      position--;
      return readString();
    case BIGINT:
      return readBigint();
    case ARRAY:
      return readArray(depth + 1);
    case OBJECT:
      return readObject(depth + 1);
    case TYPED:
      return readTyped();
    case MET: {
      const object = found[readLength()];
      if (object) return object;
    }
  }
  throw damaged();
}

function readLength(): number {
  return source.getUint32(skip(4), true);
}

function readString(): string {
  const tag = sourceBytes[skip(1)];
  if (tag !== ASCII && tag !== UTF16) throw damaged();
  const length = readLength(), start = skip(tag === ASCII ? length : 2 * length);
  if (tag === ASCII) {
    return length < LONG ? asciiOf(start) : decoder.decode(sourceBytes.subarray(start, position));
  }
  let string = "";
  for (let i = start; i < position; i += 2 * PIECE) {
    const units = sourceBytes.slice(i, Math.min(position, i + 2 * PIECE));
    string += String.fromCharCode(...new Uint16Array(units.buffer));
  }
  return string;
}

/** The characters from `start` to the position, as many in one call as is worth it. */
function asciiOf(start: number): string {
  const b = sourceBytes;
  let i = start, string = "";
  for (; i + 8 <= position; i += 8) {
    string += fromCharCode(b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7]);
  }
  if (i + 4 <= position) {
    string += fromCharCode(b[i], b[i + 1], b[i + 2], b[i + 3]);
    i += 4;
  }
  for (; i < position; i++) string += fromCharCode(b[i]);
  return string;
}

/** Keys that were read, by a hash of their characters: to make a string of them anew each time costs the most. */
const keys: string[] = new Array(KEYS).fill("");

function readKey(): string {
  const at = position, length = position + 5 <= end ? source.getUint32(at + 1, true) : 0;
  if (sourceBytes[at] !== ASCII || length > LONGEST_KEY || at + 5 + length > end) return readString();
  const start = position = at + 5;
  position += length;
  let hash = length;
  for (let i = start; i < position; i++) hash = Math.imul(hash, 31) + sourceBytes[i] | 0;
  const known = keys[hash & KEYS - 1];
  let i = start;
  if (known.length === length) { while (i < position && known.charCodeAt(i - start) === sourceBytes[i]) i++; }
  if (i === position) return known;
  // As the name of a property it is the runtime's one string of these characters.
  return keys[hash & KEYS - 1] = Object.keys({ [asciiOf(start)]: 0 })[0];
}

function readBigint(): bigint {
  const digits = readString();
  if (!/^-?0x[0-9a-f]+$/.test(digits)) throw damaged();
  return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
}

function readArray(depth: number): unknown[] {
  const length = readLength(), items: unknown[] = [];
  if (depth > DEEPEST) throw damaged();
  found.push(items);
  for (let i = 0; i < length; i++) items.push(read(depth));
  return items;
}

function readObject(depth: number): Record<string, unknown> {
  const count = readLength(), object: Record<string, unknown> = {};
  if (depth > DEEPEST) throw damaged();
  found.push(object);
  for (let i = 0; i < count; i++) {
    const key = readKey(), value = read(depth);
    if (key !== "__proto__") object[key] = value;
    else {
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    }
  }
  return object;
}

/** A copy of bytes of the source: to construct an array from another one spares clearing it before. */
function copyOf(from: number, to: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sourceBytes.subarray(from, to));
}

function readTyped(): ArrayBufferView {
  const View = TYPES[sourceBytes[skip(1)]], length = readLength();
  skip(sourceBytes[skip(1)]);
  if (!View || length % View.BYTES_PER_ELEMENT) throw damaged();
  const start = skip(length);
  const array = new View(copyOf(start, position).buffer);
  found.push(array);
  return array;
}
