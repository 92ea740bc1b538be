/**
 * The integers of the binary format at their edges, and the arrays of bytes that hold them.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { ByteReader } from "../../../kernels/wasm/byte_reader.ts";
import { ByteWriter } from "../../../kernels/wasm/byte_writer.ts";
import { putI32, putI64, putU32 } from "../../../kernels/wasm/leb128.ts";

function bytesOf<T>(put: (bytes: Uint8Array, at: number, value: T) => number, value: T): Uint8Array {
  const bytes = new Uint8Array(16);
  return bytes.subarray(0, put(bytes, 0, value));
}

Deno.test("unsigned numbers take 7 bits a byte, up to 2^32 - 1", () => {
  const known: [number, number[]][] = [
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [624485, [0xe5, 0x8e, 0x26]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 8]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ];
  for (const [value, bytes] of known) {
    assertEquals([...bytesOf(putU32, value)], bytes);
    assertEquals(new ByteReader(Uint8Array.from(bytes)).u32(), value);
  }
});

Deno.test("signed numbers take as few bytes as their sign allows", () => {
  const known: [number, number[]][] = [
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 7]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  ];
  for (const [value, bytes] of known) {
    assertEquals([...bytesOf(putI32, value)], bytes);
    assertEquals([...bytesOf(putI64, BigInt(value))], bytes);
    assertEquals(new ByteReader(Uint8Array.from(bytes)).i32(), value);
  }
});

Deno.test("numbers of 64 bits come back as they were, at every power of two and beside it", () => {
  for (let power = 0n; power <= 63n; power++) {
    for (const near of [-1n, 0n, 1n]) {
      for (const value of [(1n << power) + near, -(1n << power) + near]) {
        const bytes = bytesOf(putI64, value);
        assertEquals(new ByteReader(bytes).i64(), BigInt.asIntN(64, value));
        assertEquals(bytes.length <= 10, true);
      }
    }
  }
  assertEquals([...bytesOf(putI64, -(1n << 63n))], [...new Array(9).fill(0x80), 0x7f]);
  assertEquals([...bytesOf(putI64, (1n << 63n) - 1n)], [...new Array(9).fill(0xff), 0]);
});

Deno.test("a writer grows, and keeps what was written", () => {
  const writer = new ByteWriter(1);
  for (let i = 0; i < 1000; i++) writer.byte(i);
  writer.append([1, 2, 3]);
  writer.u32(300);
  writer.name("Zürich");
  assertEquals(writer.length, 1000 + 3 + 2 + 8);
  const reader = new ByteReader(writer.bytes);
  assertEquals([...reader.take(1000)], Array.from({ length: 1000 }, (_, i) => i & 0xff));
  assertEquals([...reader.take(3)], [1, 2, 3]);
  assertEquals([reader.u32(), reader.name(), reader.isAtEnd], [300, "Zürich", true]);
});

Deno.test("a reader refuses to read past the end, and numbers without an end", () => {
  assertThrows(() => new ByteReader(Uint8Array.of(1)).take(2), RangeError, "Cannot read 2 bytes at 0");
  assertThrows(() => new ByteReader(new Uint8Array(20).fill(0x80)).i64(), RangeError, "more than 10 bytes");
  assertThrows(() => new ByteReader(Uint8Array.of(0x80)).u32(), RangeError, "Cannot read 1 bytes at 1");
});
