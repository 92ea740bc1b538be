/**
 * Plain values as bytes (read again by `_bytes_reader.ts`): numbers, strings, bigints, booleans, null, undefined, unshared typed arrays, and arrays and
 * plain objects of these.
 *
 * ```
 * value   a tag, then: integer 4 bytes · number 8 bytes · string its length in units, its units
 *         · bigint the string of its digits · array its length, its values
 *         · object its count of keys, each key as a string, its value
 *         · typed array its type, its length in bytes, a count of bytes that align the next, these, its bytes
 *         · what was met before: its number, counting arrays, objects and typed arrays from 0 on
 * ```
 *
 * Identity and cycles survive, as in structured clone. What is not that simple (`writeValue` answers -1) goes by the
 * runtime's own serialisation. Little-endian; lengths are 32 bits. Large typed arrays are not written, only their
 * places noted ({@linkcode Inset}): they are copied once, to where the message goes.
 *
 * @module
 */

/** The tags. */
export const UNDEFINED = 0,
  NULL = 1,
  TRUE = 2,
  FALSE = 3,
  NUMBER = 4,
  ASCII = 5,
  UTF16 = 6,
  BIGINT = 7,
  ARRAY = 8,
  OBJECT = 9,
  INTEGER = 10,
  TYPED = 11,
  MET = 12;
/** Nested deeper than this it is not plain. */
export const DEEPEST = 200;
/** From this length on the runtime's coder is faster than a loop. */
const LONG = 48;
/** From this many bytes on a typed array is an inset. */
const INSET = 512;
/** From so many objects on they are looked up in a table. */
const MANY = 8;
/** Bytes of the scratch at first, and those from which on it is not kept. */
const SCRATCH = 65536, MOST_SCRATCH = 2 ** 22;

/** The types of typed arrays, by their number. */
export const TYPES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
] as const;
const TYPE_NAMES = TYPES.map(({ name }) => name);
const { hasOwnProperty: hasOwn } = Object.prototype;
const typeName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!;

/** The bytes of a large typed array, and where in the written bytes they belong. */
export interface Inset {
  /** So many of the written bytes stand before it. */
  readonly at: number;
  /** The bytes, still the user's own. */
  readonly bytes: Uint8Array;
}

let bytes = new Uint8Array(SCRATCH);
let view = new DataView(bytes.buffer);
let words = new Int32Array(bytes.buffer);
let insets: Inset[] = [];
const met: object[] = [];
const numbers = new Map<object, number>();
/** The buffers behind the typed arrays that were met: two views of one buffer go by the runtime's serialisation. */
const buffers = new Set<ArrayBufferLike>();
let writing = false;
const encoder = new TextEncoder();

/** What {@linkcode writeValue} writes into; valid until the next call. */
export function writtenBytes(): Uint8Array<ArrayBuffer> {
  return bytes;
}

/** The same, as words. */
export function writtenWords(): Int32Array<ArrayBuffer> {
  return words;
}

/** The large typed arrays that the last {@linkcode writeValue} has left out. */
export function writtenInsets(): readonly Inset[] {
  return insets;
}

function reserve(at: number, more: number): void {
  if (at + more <= bytes.length) return;
  const before = bytes;
  useScratch(Math.max(bytes.length * 2, Math.ceil((at + more) / 8) * 8));
  bytes.set(before);
}

function useScratch(length: number): void {
  bytes = new Uint8Array(length);
  view = new DataView(bytes.buffer);
  words = new Int32Array(bytes.buffer);
}

/**
 * Writes a value from byte `start` of the scratch on; gives where it ends, or -1 when it is not plain. A getter in it is
 * the user's code and may come here again: that value is not plain then.
 */
export function writeValue(value: unknown, start: number): number {
  if (!begin()) return -1;
  if (typeof value !== "object" || value === null) return write(value, start, 0);
  writing = true;
  try {
    return write(value, start, 0);
  } finally {
    end();
  }
}

/** As {@linkcode writeValue}, of a list that is nobody else's: only its items matter. Holes are `undefined`. */
export function writeList(list: readonly unknown[], start: number): number {
  if (!begin()) return -1;
  writing = true;
  met.push(list);
  try {
    return writeItems(list, start, 1);
  } finally {
    end();
  }
}

function begin(): boolean {
  if (writing) return false;
  if (insets.length) insets = [];
  if (bytes.length > MOST_SCRATCH) useScratch(SCRATCH);
  return true;
}

function end(): void {
  writing = false;
  met.length = 0;
  if (numbers.size) numbers.clear();
  if (buffers.size) buffers.clear();
}

function write(value: unknown, at: number, depth: number): number {
  if (at + 16 > bytes.length) reserve(at, 16);
  switch (typeof value) {
    case "number":
      if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
        bytes[at] = INTEGER;
        view.setInt32(at + 1, value, true);
        return at + 5;
      }
      bytes[at] = NUMBER;
      view.setFloat64(at + 1, value, true);
      return at + 9;
    case "string":
      return writeString(value, at);
    case "undefined":
      bytes[at] = UNDEFINED;
      return at + 1;
    case "boolean":
      bytes[at] = value ? TRUE : FALSE;
      return at + 1;
    case "bigint":
      bytes[at] = BIGINT;
      return writeString(value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`, at + 1);
    case "object":
      if (value === null) {
        bytes[at] = NULL;
        return at + 1;
      }
      return writeReference(value, at, depth);
    default:
      return -1;
  }
}

function writeReference(value: object, at: number, depth: number): number {
  const before = numberOf(value);
  if (before >= 0) {
    bytes[at] = MET;
    view.setUint32(at + 1, before, true);
    return at + 5;
  }
  if (depth === DEEPEST) return -1;
  if (Array.isArray(value)) return writeArray(value, at, depth + 1);
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return writeObject(value as Record<string, unknown>, at, depth + 1);
  }
  return ArrayBuffer.isView(value) ? writeTyped(value as Uint8Array, at) : -1;
}

/** The number of an object that was met before, or -1; then it has one from now on. */
function numberOf(value: object): number {
  const { length } = met;
  if (length < MANY) {
    for (let i = 0; i < length; i++) if (met[i] === value) return i;
  } else {
    if (length === MANY) met.forEach((object, i) => numbers.set(object, i));
    const number = numbers.get(value);
    if (number !== undefined) return number;
    numbers.set(value, length);
  }
  met.push(value);
  return -1;
}

function writeString(value: string, at: number): number {
  const { length } = value;
  reserve(at, 5 + length * 2);
  view.setUint32(at + 1, length, true);
  const start = at + 5;
  if (length >= LONG) {
    // All of it in one byte a unit: only ASCII fits.
    if (encoder.encodeInto(value, bytes.subarray(start, start + length)).read !== length) {
      return writeUnits(value, at);
    }
  } else {
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 127) return writeUnits(value, at);
      bytes[start + i] = unit;
    }
  }
  bytes[at] = ASCII;
  return start + length;
}

function writeUnits(value: string, at: number): number {
  bytes[at] = UTF16;
  for (let i = 0, to = at + 5; i < value.length; i++, to += 2) view.setUint16(to, value.charCodeAt(i), true);
  return at + 5 + value.length * 2;
}

function writeArray(value: unknown[], at: number, depth: number): number {
  // Holes and named properties are keys too few or too many.
  if (Object.keys(value).length !== value.length) return -1;
  for (let i = 0; i < value.length; i++) if (value[i] === undefined && !(i in value)) return -1;
  return writeItems(value, at, depth);
}

function writeItems(value: readonly unknown[], at: number, depth: number): number {
  const { length } = value;
  reserve(at, 5);
  bytes[at] = ARRAY;
  view.setUint32(at + 1, length, true);
  let to = at + 5;
  for (let i = 0; i < length; i++) {
    to = write(value[i], to, depth);
    if (to < 0) return -1;
  }
  return to;
}

function writeObject(value: Record<string, unknown>, at: number, depth: number): number {
  bytes[at] = OBJECT;
  let to = at + 5, count = 0;
  // Not of Object.keys(): it is in such a loop that the runtime finds an object's properties fastest.
  for (const key in value) {
    if (!hasOwn.call(value, key)) continue;
    to = write(value[key], writeString(key, to), depth);
    if (to < 0) return -1;
    count++;
  }
  view.setUint32(at + 1, count, true);
  return to;
}

function writeTyped(value: Uint8Array, at: number): number {
  const type = TYPE_NAMES.indexOf(typeName.call(value)), { buffer, byteOffset, byteLength } = value;
  if (type < 0 || !(buffer instanceof ArrayBuffer) || buffer.detached || buffers.has(buffer)) return -1;
  if (byteLength >= 2 ** 31) return -1;
  buffers.add(buffer);
  bytes[at] = TYPED;
  bytes[at + 1] = type;
  view.setUint32(at + 2, byteLength, true);
  const content = new Uint8Array(buffer, byteOffset, byteLength);
  if (byteLength >= INSET) {
    // Shared memory is copied in words only where both sides are aligned.
    let to = at + 7;
    for (const inset of insets) to += inset.bytes.length;
    const align = -to & 7, begin = at + 7 + align;
    bytes.fill(0, at + 6, begin);
    bytes[at + 6] = align;
    insets.push({ at: begin, bytes: content });
    return begin;
  }
  reserve(at + 7, byteLength);
  bytes[at + 6] = 0;
  bytes.set(content, at + 7);
  return at + 7 + byteLength;
}
