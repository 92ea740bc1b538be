/**
 * The integers of the binary format: 7 bits a byte, low ones first, the highest bit set on all but the last byte
 * (LEB128). Each function puts one at `at` in `bytes` and gives the place behind it.
 *
 * @module
 */

const INT32_END = 0x8000_0000n;

/** Puts the low 32 bits of `value` as an unsigned number: 1 to 5 bytes. */
export function putU32(bytes: Uint8Array, at: number, value: number): number {
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes[at++] = rest & 0x7f | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** Puts the low 32 bits of `value` as a signed number: 1 to 5 bytes. */
export function putI32(bytes: Uint8Array, at: number, value: number): number {
  let rest = value | 0;
  while (rest < -0x40 || rest > 0x3f) {
    bytes[at++] = rest & 0x7f | 0x80;
    rest >>= 7;
  }
  bytes[at++] = rest & 0x7f;
  return at;
}

/** Puts the low 64 bits of `value` as a signed number: 1 to 10 bytes. */
export function putI64(bytes: Uint8Array, at: number, value: bigint): number {
  let rest = BigInt.asIntN(64, value);
  while (rest < -INT32_END || rest >= INT32_END) {
    bytes[at++] = Number(rest & 0x7fn) | 0x80;
    rest >>= 7n;
  }
  return putI32(bytes, at, Number(rest));
}
