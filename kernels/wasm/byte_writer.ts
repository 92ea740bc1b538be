/**
 * Bytes written one after another into an array that grows.
 *
 * @module
 */

import { putU32 } from "./leb128.ts";

/**
 * A growing array of bytes with a write position at its end.
 *
 * Its fields are open, so that hot loops write into the array themselves: `reserve`, then write, then move `length`.
 */
export class ByteWriter {
  /** What was written, and room for more behind it. */
  buffer: Uint8Array<ArrayBuffer>;
  /** How many bytes were written. */
  length = 0;

  /** Makes an empty writer with room for `capacity` bytes before it has to grow. */
  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  /** What was written so far, as a view that holds until the next write. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length);
  }

  /** Makes room for `count` bytes more. */
  reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count));
    grown.set(this.buffer);
    this.buffer = grown;
  }

  /** Writes the low 8 bits of `value`. */
  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** Writes `values` as they are. */
  append(values: ArrayLike<number>): void {
    this.reserve(values.length);
    this.buffer.set(values, this.length);
    this.length += values.length;
  }

  /** Writes the low 32 bits of `value` as an unsigned LEB128 number. */
  u32(value: number): void {
    this.reserve(5);
    this.length = putU32(this.buffer, this.length, value);
  }

  /** Writes the length of `text` in UTF-8, then its bytes. */
  name(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.u32(bytes.length);
    this.append(bytes);
  }
}
