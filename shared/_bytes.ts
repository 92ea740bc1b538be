/**
 * Plain values as bytes: numbers, strings, bigints, booleans, null, undefined, unshared typed arrays, and arrays and
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

const UNDEFINED = 0,
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
const DEEPEST = 200;
/** From this length on the runtime's coders are faster than a loop. */
const LONG = 24;
/** From this many bytes on a typed array is an inset. */
const INSET = 512;
/** From so many objects on they are looked up in a table. */
const MANY = 8;
/** Bytes of the scratch at first, and those from which on it is not kept. */
const SCRATCH = 65536, MOST_SCRATCH = 2 ** 22;
/** Strings of two-byte units are made from pieces of this length: arguments of one call. */
const PIECE = 4096;

const TYPES = [
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
let insets: Inset[] = [];
const met: object[] = [];
const numbers = new Map<object, number>();
/** The buffers behind the typed arrays that were met: two views of one buffer go by the runtime's serialisation. */
const buffers = new Set<ArrayBufferLike>();
let writing = false;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What {@linkcode writeValue} writes into; valid until the next call. */
export function writtenBytes(): Uint8Array<ArrayBuffer> {
  return bytes;
}

/** The large typed arrays that the last {@linkcode writeValue} has left out. */
export function writtenInsets(): readonly Inset[] {
  return insets;
}

function reserve(at: number, more: number): void {
  if (at + more <= bytes.length) return;
  const larger = new Uint8Array(Math.max(bytes.length * 2, at + more));
  larger.set(bytes);
  bytes = larger;
  view = new DataView(bytes.buffer);
}

/**
 * Writes a value from byte `start` of the scratch on; gives where it ends, or -1 when it is not plain. A getter in it is
 * the user's code and may come here again: that value is not plain then.
 */
export function writeValue(value: unknown, start: number): number {
  if (writing) return -1;
  insets = [];
  if (bytes.length > MOST_SCRATCH) {
    bytes = new Uint8Array(SCRATCH);
    view = new DataView(bytes.buffer);
  }
  if (typeof value !== "object" || value === null) return write(value, start, 0);
  writing = true;
  try {
    return write(value, start, 0);
  } finally {
    writing = false;
    met.length = 0;
    if (numbers.size) numbers.clear();
    if (buffers.size) buffers.clear();
  }
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
  const { length } = value;
  // Holes and named properties are keys too few or too many.
  if (Object.keys(value).length !== length) return -1;
  bytes[at] = ARRAY;
  view.setUint32(at + 1, length, true);
  let to = at + 5;
  for (let i = 0; i < length; i++) {
    const item = value[i];
    if (item === undefined && !(i in value)) return -1;
    to = write(item, to, depth);
    if (to < 0) return -1;
  }
  return to;
}

function writeObject(value: Record<string, unknown>, at: number, depth: number): number {
  const keys = Object.keys(value);
  bytes[at] = OBJECT;
  view.setUint32(at + 1, keys.length, true);
  let to = at + 5;
  for (const key of keys) {
    to = write(value[key], writeString(key, to), depth);
    if (to < 0) return -1;
  }
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
  if (tag === ASCII && length >= LONG) return decoder.decode(sourceBytes.slice(start, position));
  let string = "";
  if (tag === ASCII) {
    for (let i = start; i < position; i++) string += String.fromCharCode(sourceBytes[i]);
    return string;
  }
  for (let i = start; i < position; i += 2 * PIECE) {
    const units = sourceBytes.slice(i, Math.min(position, i + 2 * PIECE));
    string += String.fromCharCode(...new Uint16Array(units.buffer));
  }
  return string;
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
    const key = readString(), value = read(depth);
    if (key !== "__proto__") object[key] = value;
    else {
      Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
    }
  }
  return object;
}

function readTyped(): ArrayBufferView {
  const View = TYPES[sourceBytes[skip(1)]], length = readLength();
  skip(sourceBytes[skip(1)]);
  if (!View || length % View.BYTES_PER_ELEMENT) throw damaged();
  const start = skip(length);
  const array = new View(sourceBytes.slice(start, position).buffer as ArrayBuffer);
  found.push(array);
  return array;
}
