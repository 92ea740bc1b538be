/**
 * Plain values as bytes: numbers, strings, bigints, booleans, null, undefined, arrays and plain objects of these.
 *
 * ```
 * value   a tag, then: number 8 bytes · string its length in units, its units · array its length, its values
 *         · object its count of keys, each key as a string without tag, its value
 * ```
 *
 * What is not that simple (`writeValue` answers -1) goes by the runtime's own serialisation. Little-endian; lengths are
 * 32 bits.
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
  OBJECT = 9;
/** Deeper than this it may be a cycle. */
const DEEPEST = 16;
/** From this length on the runtime's decoder is faster than a loop. */
const LONG = 24;

let bytes = new Uint8Array(65536);
let view = new DataView(bytes.buffer);
const text = new TextDecoder();

/** The bytes that {@linkcode writeValue} has written. */
export function writtenBytes(length: number): Uint8Array {
  return bytes.subarray(0, length);
}

function reserve(at: number, more: number): void {
  if (at + more <= bytes.length) return;
  const larger = new Uint8Array(Math.max(bytes.length * 2, at + more));
  larger.set(bytes);
  bytes = larger;
  view = new DataView(bytes.buffer);
}

/** Writes a value from byte 0 of the scratch on; gives its length, or -1 when it is not plain. */
export function writeValue(value: unknown): number {
  return write(value, 0, 0);
}

function write(value: unknown, at: number, depth: number): number {
  reserve(at, 16);
  switch (typeof value) {
    case "number":
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
      if (depth === DEEPEST) return -1;
      if (Array.isArray(value)) return writeArray(value, at, depth + 1);
      return Object.getPrototypeOf(value) === Object.prototype
        ? writeObject(value as Record<string, unknown>, at, depth + 1)
        : -1;
    default:
      return -1;
  }
}

function writeString(value: string, at: number): number {
  const { length } = value;
  reserve(at, 5 + length * 2);
  view.setUint32(at + 1, length, true);
  const start = at + 5;
  for (let i = 0; i < length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 127) return writeUnits(value, at);
    bytes[start + i] = unit;
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
  bytes[at] = ARRAY;
  view.setUint32(at + 1, length, true);
  let to = at + 5;
  for (let i = 0; i < length; i++) {
    // A hole is not undefined.
    if (value[i] === undefined && !(i in value)) return -1;
    to = write(value[i], to, depth);
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
    if (key === "__proto__") return -1;
    to = write(value[key], writeString(key, to), depth);
    if (to < 0) return -1;
  }
  return to;
}

let source = new DataView(new ArrayBuffer(0));
let sourceBytes = new Uint8Array(0);
let position = 0;

/** Reads what {@linkcode writeValue} has written. */
export function readValue(from: Uint8Array): unknown {
  sourceBytes = from as Uint8Array<ArrayBuffer>;
  source = new DataView(from.buffer as ArrayBuffer, from.byteOffset, from.byteLength);
  position = 0;
  return read();
}

function read(): unknown {
  switch (sourceBytes[position++]) {
    case UNDEFINED:
      return undefined;
    case NULL:
      return null;
    case TRUE:
      return true;
    case FALSE:
      return false;
    case NUMBER:
      position += 8;
      return source.getFloat64(position - 8, true);
    case ASCII:
    case UTF16:
      position--;
      return readString();
    case BIGINT:
      return readBigint();
    case ARRAY:
      return readArray();
    case OBJECT:
      return readObject();
    default:
      throw new TypeError("Cannot read a message: its bytes are damaged");
  }
}

function readString(): string {
  const isAscii = sourceBytes[position] === ASCII, length = source.getUint32(position + 1, true);
  const start = position + 5;
  position = start + (isAscii ? length : 2 * length);
  if (position > sourceBytes.length) throw new TypeError("Cannot read a message: its bytes are damaged");
  if (isAscii && length >= LONG) return text.decode(sourceBytes.subarray(start, position));
  let string = "";
  if (isAscii) { for (let i = start; i < position; i++) string += String.fromCharCode(sourceBytes[i]); }
  else for (let i = start; i < position; i += 2) string += String.fromCharCode(source.getUint16(i, true));
  return string;
}

function readBigint(): bigint {
  const digits = readString();
  return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits);
}

function readArray(): unknown[] {
  const length = source.getUint32(position, true);
  position += 4;
  const items: unknown[] = [];
  for (let i = 0; i < length; i++) items.push(read());
  return items;
}

function readObject(): Record<string, unknown> {
  const count = source.getUint32(position, true);
  position += 4;
  const object: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) object[readString()] = read();
  return object;
}
