/**
 * Reads bytes one after another, with the integers and names of the binary format.
 *
 * @module
 */

/** Bytes with a read position. */
export class ByteReader {
  /** The place of the next byte. */
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** Starts at the first of `bytes`. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether all was read. */
  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** The next byte. */
  byte(): number {
    return this.take(1)[0];
  }

  /** The next `count` bytes. */
  take(count: number): Uint8Array {
    if (this.at + count > this.#bytes.length) {
      throw new RangeError(
        `Cannot read ${count} bytes at ${this.at}: there are ${this.#bytes.length} in all`,
      );
    }
    this.at += count;
    return this.#bytes.subarray(this.at - count, this.at);
  }

  /** A reader of the next `count` bytes. */
  part(count: number): ByteReader {
    return new ByteReader(this.take(count));
  }

  /** An unsigned LEB128 number of 32 bits. */
  u32(): number {
    return Number(BigInt.asUintN(32, this.#leb()));
  }

  /** A signed LEB128 number of 32 bits. */
  i32(): number {
    return Number(BigInt.asIntN(32, this.i64()));
  }

  /** A signed LEB128 number of 64 bits. */
  i64(): bigint {
    const start = this.at;
    const bits = this.#leb();
    return BigInt.asIntN(Math.min(64, 7 * (this.at - start)), bits);
  }

  /** A double of 8 bytes. */
  f64(): number {
    this.take(8);
    return this.#view.getFloat64(this.at - 8, true);
  }

  /** A single of 4 bytes. */
  f32(): number {
    this.take(4);
    return this.#view.getFloat32(this.at - 4, true);
  }

  /** A length, and so many bytes of UTF-8. */
  name(): string {
    return new TextDecoder().decode(this.take(this.u32()));
  }

  /** A count, and so many of what `read` reads. */
  list<T>(read: () => T): T[] {
    return Array.from({ length: this.u32() }, read);
  }

  #leb(): bigint {
    let bits = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      bits |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return bits;
    }
    throw new RangeError(`Cannot read the number before byte ${this.at}: it has more than 10 bytes`);
  }
}
