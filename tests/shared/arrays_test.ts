/**
 * Raw arrays and values in shared memory.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type DType, RawArray, RawValue } from "@multicore/multicore/shared";
import { DTYPES, isBigInt, isComplex, lanes } from "../../shared/dtype.ts";
import { PACK, type Traveller, unpack } from "../../shared/travel.ts";

const travel = <T>(value: T): T => unpack((value as unknown as Traveller)[PACK]()) as T;

Deno.test("new RawArray() makes zeros of every dtype in shared memory", () => {
  for (const dtype of DTYPES) {
    using array = new RawArray(dtype, 5);
    assertEquals(array.length, 5);
    assertEquals(array.view.length, 5 * lanes(dtype));
    assertEquals(array.view.every((value: number | bigint) => value == 0), true);
    assertEquals(array.view.buffer instanceof SharedArrayBuffer, true);
  }
});

Deno.test("new RawArray() copies items from arrays, typed arrays and other iterables", () => {
  using a = new RawArray("int32", [1, -2, 3]);
  assertEquals([...a.view], [1, -2, 3]);
  using b = new RawArray("uint8", new Float64Array([1.9, 257, -1]));
  assertEquals([...b.view], [1, 1, 255]);
  using c = new RawArray("float32", new Set([0.5, 2]));
  assertEquals([...c.view], [0.5, 2]);
  using d = new RawArray("int64", [1n, 2n ** 63n]);
  assertEquals([...d.view], [1n, -(2n ** 63n)]);
  using empty = new RawArray("float64", []);
  assertEquals([empty.length, empty.view.length], [0, 0]);
});

Deno.test("new RawArray() reads complex items as pairs, real parts or interleaved slots", () => {
  using pairs = new RawArray("complex128", [[1, 2], 3]);
  assertEquals([pairs.length, ...pairs.view], [2, 1, 2, 3, 0]);
  using slots = new RawArray("complex64", new Float32Array([1, 2, 3, 4]) as never);
  assertEquals([slots.length, ...slots.view], [2, 1, 2, 3, 4]);
  assertThrows(() => new RawArray("complex64", new Float32Array(3) as never), RangeError, "imaginary");
});

Deno.test("new RawArray() refuses wrong lengths, items and dtypes", () => {
  for (const length of [-1, 1.5, NaN, Infinity]) assertThrows(() => new RawArray("int8", length), RangeError);
  assertThrows(() => new RawArray("float64", ["1"] as never), TypeError, '"1"');
  assertThrows(() => new RawArray("int64", [1] as never), TypeError, "bigint");
  assertThrows(() => new RawArray("int32", [1n] as never), TypeError, "1n");
  assertThrows(() => new RawArray("int32", new BigInt64Array(1) as never), TypeError, "0n");
  assertThrows(() => new RawArray("float64", { length: 3 } as never), TypeError, "an object");
  assertThrows(() => new RawArray("float64", "123" as never), TypeError, '"123"');
  assertThrows(() => new RawArray("double" as DType, 3), TypeError, '"double"');
});

Deno.test("RawArray travels by reference", () => {
  using array = new RawArray("float64", [1, 2]);
  using other = travel(array);
  other.view[1] = 7;
  assertEquals(array.view[1], 7);
  assertEquals([other.dtype, other.length], ["float64", 2]);
});

Deno.test("RawArray throws once it is disposed, and disposing twice is fine", () => {
  const array = new RawArray("float64", 2);
  const other = travel(array);
  array[Symbol.dispose]();
  array[Symbol.dispose]();
  assertThrows(() => array.view, ReferenceError, "disposed");
  assertThrows(() => travel(array), ReferenceError, "disposed");
  other[Symbol.dispose]();
});

Deno.test("RawArray that came from elsewhere gives back only its own hold", () => {
  using array = new RawArray("float64", [5]);
  const other = travel(array);
  other[Symbol.dispose]();
  assertThrows(() => other.view, ReferenceError);
  using another = new RawArray("float64", [6]);
  assertEquals([array.view[0], another.view[0]], [5, 6]);
});

Deno.test("RawValue holds one value of every dtype", () => {
  for (const dtype of DTYPES) {
    const three = (isBigInt(dtype) ? 3n : isComplex(dtype) ? [3, -1] : 3) as never;
    using value = new RawValue(dtype, three);
    assertEquals(value.value, three);
    using zero = new RawValue(dtype);
    assertEquals<unknown>(zero.value, isBigInt(dtype) ? 0n : isComplex(dtype) ? [0, 0] : 0);
  }
});

Deno.test("RawValue wraps integers around as typed arrays do", () => {
  using small = new RawValue("int8", 127);
  small.value += 1;
  assertEquals(small.value, -128);
  using large = new RawValue("uint64", 2n ** 64n + 5n);
  assertEquals(large.value, 5n);
  large.value -= 6n;
  assertEquals(large.value, 2n ** 64n - 1n);
});

Deno.test("RawValue takes a number for a complex value and refuses other kinds", () => {
  using z = new RawValue("complex128", 2);
  assertEquals(z.value, [2, 0]);
  z.value = [1, -1];
  assertEquals(z.value, [1, -1]);
  assertThrows(() => z.value = [1] as never, TypeError, "[re, im]");
  assertThrows(() => new RawValue("int64", 1 as never), TypeError, "bigint");
  assertThrows(() => new RawValue("float64", null as never), TypeError, "null");
  using x = new RawValue("float64", NaN);
  assertThrows(() => x.value = "1" as never, TypeError);
  assertEquals(x.value, NaN);
});

Deno.test("RawValue travels by reference and throws once it is disposed", () => {
  const value = new RawValue("int32", 4);
  const other = travel(value);
  other.value = -4;
  assertEquals(value.value, -4);
  value[Symbol.dispose]();
  value[Symbol.dispose]();
  assertThrows(() => value.value, ReferenceError, "disposed");
  assertThrows(() => value.value = 1, ReferenceError, "disposed");
  assertThrows(() => travel(value), ReferenceError, "disposed");
  other[Symbol.dispose]();
});

Deno.test("RawArray's view outlives the object that made it", () => {
  const { view } = new RawArray("int32", [1, 2, 3]);
  assertStrictEquals(view[2], 3);
});
