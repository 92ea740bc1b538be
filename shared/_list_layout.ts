/**
 * The bytes of a `ShareableList`: those that CPython's `multiprocessing.shared_memory.ShareableList` writes,
 * wherever CPython reads back what was written.
 *
 * ```
 * 0           q           n, the number of items
 * 8           (n + 1) q   where each item's slot begins in the data, and where the last one ends
 * 8 (n + 2)   data        slots, multiples of 8 bytes
 *             n 8s        the format of each item, in ASCII, NULs behind it
 *             n b         a code for each item
 *
 * format      code  item
 * q           0     a number, as far as numbers count exactly, else a bigint
 *             4     a bigint
 *             5     a number beyond that
 * d           0     a number
 * xxxxxxx?    0     a boolean, in the last byte
 * xxxxxx?x    3     null
 * 16s         1, 2  text, bytes: the slot's 16 bytes without the NULs at the end
 * 5s          6, 7  text, bytes that end in NUL: the first 5 bytes, exactly
 * ```
 * Codes 4 to 7 are ours: CPython has one kind of integers, and loses NULs at the end. It also sizes the slots
 * of texts by their characters; here the bytes of their UTF-8 count. All numbers are little-endian.
 *
 * Slots and formats begin at multiples of 8, so a number and a format are one store each.
 *
 * @module
 */

import { describe } from "./_describe.ts";

/** What a `ShareableList` can hold. */
export type Shareable = number | bigint | boolean | string | Uint8Array | null;

const NUMBER = 0,
  TEXT = 1,
  BYTES = 2,
  NULL = 3,
  BIGINT = 4,
  LARGE_NUMBER = 5,
  EXACT_TEXT = 6,
  EXACT_BYTES = 7;

/** A format as the word that stands for it. */
function word(format: string): bigint {
  let bits = 0n;
  for (let i = 0; i < format.length; i++) bits |= BigInt(format.charCodeAt(i)) << BigInt(8 * i);
  return bits;
}

const INTEGER = word("q"), DOUBLE = word("d"), BOOLEAN = word("xxxxxxx?"), NOTHING = word("xxxxxx?x");
const FORMATS = new Map([[INTEGER, "q"], [DOUBLE, "d"], [BOOLEAN, "xxxxxxx?"], [NOTHING, "xxxxxx?x"]]);
/** A slot has 8 characters for its format, the last of which is `s`. */
const MOST_BYTES = 9_999_991;

const encoder = new TextEncoder();
// A byte order mark is part of a text like any other character.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const doubles = new Float64Array(1), doubleBits = new BigUint64Array(doubles.buffer);

/** An item as it stands in its slot. */
export interface Encoded {
  /** The format's word; absent for text and bytes, whose format depends on the slot. */
  readonly format?: bigint;
  readonly code: number;
  /** The slot's 8 bytes, of what is neither text nor bytes. */
  readonly bits: bigint;
  /** Text and bytes. */
  readonly bytes?: Uint8Array;
}

/** Checks an item and turns it into what is stored. */
export function encodeItem(item: unknown): Encoded {
  switch (typeof item) {
    case "number":
      return encodeNumber(item);
    case "bigint":
      if (BigInt.asIntN(64, item) === item) {
        return { format: INTEGER, code: BIGINT, bits: BigInt.asUintN(64, item) };
      }
      throw new RangeError(
        `Cannot store ${item}n in a list: bigints from -(2n ** 63n) to 2n ** 63n - 1n fit`,
      );
    case "boolean":
      return { format: BOOLEAN, code: NUMBER, bits: item ? 1n << 56n : 0n };
    case "string":
      if (item.isWellFormed()) return encodeBytes(encoder.encode(item), TEXT);
      throw new RangeError(
        `Cannot store ${describe(item)} in a list: half of a surrogate pair has no UTF-8; use toWellFormed()`,
      );
  }
  if (item === null) return { format: NOTHING, code: NULL, bits: 0n };
  if (item instanceof Uint8Array) return encodeBytes(item, BYTES);
  throw new TypeError(
    `Cannot store ${describe(item)} in a list: give a number, bigint, boolean, string, Uint8Array or null`,
  );
}

function encodeNumber(item: number): Encoded {
  // As an integer, -0 would lose its sign.
  if (Number.isInteger(item) && item >= -(2 ** 63) && item < 2 ** 63 && !Object.is(item, -0)) {
    const code = Number.isSafeInteger(item) ? NUMBER : LARGE_NUMBER;
    return { format: INTEGER, code, bits: BigInt.asUintN(64, BigInt(item)) };
  }
  doubles[0] = item;
  return { format: DOUBLE, code: NUMBER, bits: doubleBits[0] };
}

function encodeBytes(bytes: Uint8Array, kind: typeof TEXT | typeof BYTES): Encoded {
  if (bytes.length > MOST_BYTES) {
    throw new RangeError(
      `Cannot store ${bytes.length} bytes in a list: ${MOST_BYTES} is the most for an item`,
    );
  }
  const exact = kind === TEXT ? EXACT_TEXT : EXACT_BYTES;
  return { code: bytes.at(-1) === 0 ? exact : kind, bits: 0n, bytes };
}

/** Bytes of the slot that is made for an item. */
export function slotBytes({ bytes }: Encoded): number {
  return bytes ? 8 * (Math.floor(bytes.length / 8) + 1) : 8;
}

/** Bytes of a list of `count` items whose slots take `data` bytes. */
export function listBytes(count: number, data: number): number {
  return 8 * (count + 2) + data + 9 * count;
}

/** The list in some bytes. */
export class ListLayout {
  /** The number of items. */
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #words: BigUint64Array;
  /** Halves of words: the low one of an offset is all of it, as the heap ends at 4 GiB. */
  readonly #halves: Uint32Array;
  readonly #formats: number;
  readonly #codes: number;

  private constructor(bytes: Uint8Array, count: number, data: number) {
    const { buffer, byteOffset, length } = bytes;
    this.count = count;
    this.#bytes = bytes;
    this.#words = new BigUint64Array(buffer, byteOffset, Math.floor(length / 8));
    this.#halves = new Uint32Array(buffer, byteOffset, Math.floor(length / 4));
    this.#formats = count + 2 + data / 8;
    this.#codes = 8 * (this.#formats + count);
  }

  /** Lays a new list out in zeroed bytes, as many as {@linkcode listBytes} says. */
  static create(bytes: Uint8Array, items: readonly Encoded[]): ListLayout {
    const count = items.length;
    const layout = new ListLayout(bytes, count, bytes.length - listBytes(count, 0));
    let end = 0;
    layout.#halves[0] = count;
    for (let i = 0; i < count; i++) layout.#halves[2 * (i + 2)] = end += slotBytes(items[i]);
    for (let i = 0; i < count; i++) layout.write(i, items[i]);
    return layout;
  }

  /** Finds the list in bytes that somebody else laid out; undefined when there is none. */
  static find(bytes: Uint8Array): ListLayout | undefined {
    const { buffer, byteOffset, length } = bytes;
    if (length < 16) return undefined;
    const words = new BigUint64Array(buffer, byteOffset, Math.floor(length / 8));
    const count = Number(words[0]);
    if (listBytes(count, 8 * count) > length) return undefined;
    let before = words[1];
    if (before !== 0n) return undefined;
    for (let i = 2; i < count + 2; before = words[i++]) {
      if (words[i] < before + 8n || words[i] % 8n !== 0n) return undefined;
    }
    const data = Number(before);
    return listBytes(count, data) === length ? new ListLayout(bytes, count, data) : undefined;
  }

  /** The word at which an item's slot begins, and that at which it ends. */
  #slot(index: number): [start: number, end: number] {
    const base = this.count + 2, at = 2 * (index + 1);
    return [base + this.#halves[at] / 8, base + this.#halves[at + 2] / 8];
  }

  /** Bytes of an item's slot. */
  capacity(index: number): number {
    const [start, end] = this.#slot(index);
    return 8 * (end - start);
  }

  /** Reads an item. */
  read(index: number): Shareable {
    const format = Atomics.load(this.#words, this.#formats + index);
    const code = Atomics.load(this.#bytes, this.#codes + index);
    const [start, end] = this.#slot(index);
    if (format === NOTHING) return null;
    if (!FORMATS.has(format)) return this.#readBytes(8 * start, 8 * end, format, code);
    const bits = Atomics.load(this.#words, start);
    if (format === BOOLEAN) return bits >> 56n !== 0n;
    if (format === DOUBLE) {
      doubleBits[0] = bits;
      return doubles[0];
    }
    const value = BigInt.asIntN(64, bits), number = Number(value);
    const isNumber = code === NUMBER ? Number.isSafeInteger(number) : code === LARGE_NUMBER;
    return isNumber ? number : value;
  }

  #readBytes(start: number, end: number, format: bigint, code: number): string | Uint8Array {
    const isExact = code === EXACT_TEXT || code === EXACT_BYTES;
    if (isExact) end = Math.min(end, start + digits(format));
    // A copy first: what is read twice might differ.
    let bytes = this.#bytes.slice(start, end);
    if (!isExact) bytes = bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
    return code === BYTES || code === EXACT_BYTES ? bytes.slice() : decoder.decode(bytes);
  }

  /** Writes an item that fits its slot. */
  write(index: number, { format, code, bits, bytes }: Encoded): void {
    const [start, end] = this.#slot(index), capacity = 8 * (end - start);
    if (bytes) {
      this.#bytes.set(bytes, 8 * start);
      this.#bytes.fill(0, 8 * start + bytes.length, 8 * end);
      format = word(`${code === TEXT || code === BYTES ? capacity : bytes.length}s`);
    } else Atomics.store(this.#words, start, bits);
    Atomics.store(this.#words, this.#formats + index, format!);
    Atomics.store(this.#bytes, this.#codes + index, code);
  }

  /** An item's format, as CPython gives it: texts and bytes by their slots. */
  format(index: number): string {
    return FORMATS.get(Atomics.load(this.#words, this.#formats + index)) ?? `${this.capacity(index)}s`;
  }
}

/** The count at the beginning of a format. */
function digits(format: bigint): number {
  let count = 0;
  for (; (format & 0xffn) - 48n < 10n && (format & 0xffn) >= 48n; format >>= 8n) {
    count = 10 * count + Number((format & 0xffn) - 48n);
  }
  return count;
}
