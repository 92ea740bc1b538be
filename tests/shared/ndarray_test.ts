/**
 * NDArrays: making them, reading and writing them, copies and travel.
 *
 * @module
 */

import { assertEquals, assertNotEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type DType, NDArray, SharedMemory } from "@multicore/multicore/shared";
import { DTYPES, isBigInt, isComplex, itemSize, lanes } from "../../shared/dtype.ts";
import { PACK, unpack } from "../../shared/travel.ts";

const travel = <D extends DType>(array: NDArray<D>): NDArray<D> => unpack(array[PACK]()) as NDArray<D>;

Deno.test("NDArray.zeros() makes contiguous zeros of every dtype", () => {
  for (const dtype of DTYPES) {
    const a = NDArray.zeros([2, 3], dtype);
    assertEquals([a.shape, a.strides, a.size, a.offset, a.dtype], [[2, 3], [3, 1], 6, 0, dtype]);
    assertEquals(a.data.length, 6 * lanes(dtype));
    assertEquals(a.isShared, false);
  }
});

Deno.test("NDArray.zeros() is float64 by default and takes any shape", () => {
  const a: NDArray<"float64"> = NDArray.zeros([2, 3]);
  assertEquals(a.dtype, "float64");
  assertEquals(NDArray.zeros(3).shape, [3]);
  assertEquals([NDArray.zeros([]).size, NDArray.zeros([]).get()], [1, 0]);
  assertEquals([NDArray.zeros([2, 0, 3]).size, NDArray.zeros([2, 0, 3]).strides], [0, [3, 3, 1]]);
  assertEquals(NDArray.zeros(0).toArray(), []);
});

Deno.test("NDArray.zeros() refuses wrong shapes and dtypes", () => {
  for (const length of [-1, 1.5, NaN, Infinity]) assertThrows(() => NDArray.zeros([2, length]), RangeError);
  assertThrows(() => NDArray.zeros([2 ** 30, 2 ** 30]), RangeError, "too large");
  assertThrows(() => NDArray.zeros("3" as never), TypeError, '"3"');
  assertThrows(() => NDArray.zeros(["3"] as never), TypeError, '"3"');
  assertThrows(() => NDArray.zeros(2, "real" as never), TypeError, '"real"');
});

Deno.test("NDArray.from() infers the dtype from nested values", () => {
  const numbers: NDArray<"float64"> = NDArray.from([[1, 2], [3, 4.5]]);
  assertEquals([numbers.dtype, numbers.shape, [...numbers.data]], ["float64", [2, 2], [1, 2, 3, 4.5]]);
  const bigints: NDArray<"int64"> = NDArray.from([[1n], [-2n]]);
  assertEquals([bigints.dtype, bigints.toArray()], ["int64", [[1n], [-2n]]]);
  const booleans: NDArray<"uint8"> = NDArray.from([true, false]);
  assertEquals([booleans.dtype, booleans.toArray()], ["uint8", [1, 0]]);
  assertEquals(NDArray.from([true, 2] as never).dtype, "float64");
  assertThrows(() => NDArray.from([1n, 2] as never), TypeError, "dtype");
});

Deno.test("NDArray.from() takes single values and empty arrays", () => {
  assertEquals([NDArray.from(5).shape, NDArray.from(5).get()], [[], 5]);
  assertEquals(NDArray.from(5n).dtype, "int64");
  assertEquals([NDArray.from([]).shape, NDArray.from([]).dtype], [[0], "float64"]);
  assertEquals(NDArray.from([[], []]).shape, [2, 0]);
});

Deno.test("NDArray.from() refuses ragged nesting and other values", () => {
  assertThrows(() => NDArray.from([[1, 2], [3]]), RangeError, "ragged");
  assertThrows(() => NDArray.from([[1], 2]), RangeError, "ragged");
  assertThrows(() => NDArray.from([1, [2]]), RangeError, "ragged");
  assertThrows(() => NDArray.from([[1], new Float64Array(2)]), RangeError, "ragged");
  assertThrows(() => NDArray.from([[[1]], new Float64Array(1)] as never), RangeError, "ragged");
  assertThrows(() => NDArray.from([1, "2"] as never), TypeError, '"2"');
  assertThrows(() => NDArray.from([1, undefined] as never), TypeError, "undefined");
  assertThrows(() => NDArray.from(new Map() as never), TypeError, "Map");
});

Deno.test("NDArray.from() keeps the dtype of typed arrays, nested ones too", () => {
  const source = new Int16Array([1, 2, 3, 4]);
  const flat: NDArray<"int16"> = NDArray.from(source);
  assertEquals([flat.dtype, flat.shape], ["int16", [4]]);
  source[0] = 9;
  assertEquals(flat.get(0), 1);
  assertEquals(NDArray.from(source, [2, 2]).toArray(), [[9, 2], [3, 4]]);
  assertEquals(NDArray.from([new Float32Array([1, 2]), new Float32Array([3, 4])]).dtype, "float32");
  assertEquals(NDArray.from([new Int8Array(1), new Int16Array(1)]).dtype, "float64");
  assertEquals(NDArray.from(new Uint8ClampedArray([300])).toArray(), [255]);
  const shared = new Float64Array(new SharedArrayBuffer(8));
  assertEquals(NDArray.from(shared).isShared, false);
});

Deno.test("NDArray.from() fills a given shape and converts to a given dtype", () => {
  assertEquals(NDArray.from([1, 2, 3, 4, 5, 6], [2, 3]).toArray(), [[1, 2, 3], [4, 5, 6]]);
  assertEquals(NDArray.from([[1, 2], [3, 4]], 4).toArray(), [1, 2, 3, 4]);
  const bytes: NDArray<"uint8"> = NDArray.from([1.9, 256, -1, NaN], undefined, "uint8");
  assertEquals(bytes.toArray(), [1, 0, 255, 0]);
  assertEquals(NDArray.from([1.9, -1.9, Infinity], undefined, "int64").toArray(), [1n, -1n, 0n]);
  assertEquals(NDArray.from([2n ** 32n + 5n, 1], undefined, "int32").toArray(), [5, 1]);
  assertEquals(NDArray.from([2n ** 60n + 3n], undefined, "uint16").toArray(), [3]);
  assertEquals(NDArray.from([3n], undefined, "float64").toArray(), [3]);
  assertThrows(() => NDArray.from([1, 2, 3], [2, 2]), RangeError, "3 items");
  assertThrows(() => NDArray.from([1], undefined, "int7" as never), TypeError, '"int7"');
});

Deno.test("NDArray.from() reads complex numbers as pairs, interleaved parts or real parts", () => {
  const pairs = NDArray.from([[[1, 2], [3, 4]]], undefined, "complex128");
  assertEquals([pairs.shape, [...pairs.data]], [[1, 2], [1, 2, 3, 4]]);
  assertEquals(NDArray.from([1, -1], undefined, "complex64").toArray(), [1, -1]);
  assertEquals(NDArray.from([1, 2, 3, 4], [2], "complex128").toArray(), [[1, 2], [3, 4]]);
  assertEquals(NDArray.from([1, 2], [2], "complex128").toArray(), [[1, 0], [2, 0]]);
  assertEquals(NDArray.from(new Float64Array([1, 2, 3, 4]), undefined, "complex64").toArray(), [[1, 2], [
    3,
    4,
  ]]);
  assertEquals(NDArray.from(new Int8Array([1, 2]), [2], "complex128").toArray(), [[1, 0], [2, 0]]);
  assertEquals(NDArray.from(new BigInt64Array([1n, 2n]), [1], "complex128").toArray(), [[1, 2]]);
  assertThrows(() => NDArray.from([1, 2, 3], undefined, "complex128"), RangeError, "[re, im]");
  assertThrows(() => NDArray.from([1, 2, 3], [2], "complex128"), RangeError, "3 items");
  assertThrows(() => NDArray.from(new Float64Array(3), undefined, "complex128"), RangeError, "3 items");
});

Deno.test("NDArray.from() copies and converts another array", () => {
  const a = NDArray.from([[1, 2], [3, 4]], undefined, "float32");
  const b: NDArray<"float32"> = NDArray.from(a.transpose());
  assertEquals([b.toArray(), b.strides, b.dtype], [[[1, 3], [2, 4]], [2, 1], "float32"]);
  b.set(9, 0, 0);
  assertEquals(a.get(0, 0), 1);
  assertEquals(NDArray.from(a, [4], "complex64").get(3), [4, 0]);
  assertEquals(NDArray.from(a, -1).shape, [4]);
  const z = NDArray.zeros(2, "complex128");
  assertThrows(() => NDArray.from(z, undefined, "float64"), TypeError, "imaginary");
  assertEquals(NDArray.from(NDArray.from([2n ** 53n + 1n]), undefined, "uint64").toArray(), [2n ** 53n + 1n]);
});

Deno.test("NDArray.toArray() gives what NDArray.from() takes, for every dtype", () => {
  for (const dtype of DTYPES) {
    const items = isBigInt(dtype) ? [[1n, 2n]] : isComplex(dtype) ? [[[1, 2], [3, 4]]] : [[1, 2]];
    assertEquals(NDArray.from(items as never, undefined, dtype).toArray(), items);
  }
});

Deno.test("NDArray.get() and set() read and write single elements", () => {
  const a = NDArray.zeros([2, 3]);
  a.set(5, 1, 2);
  a.set(6, -2, -1);
  assertEquals([a.get(1, 2), a.get(-1, -1), a.get(0, 2)], [5, 5, 6]);
  assertEquals([...a.data], [0, 0, 6, 0, 0, 5]);
  const z = NDArray.zeros(2, "complex128");
  z.set([1, -1], 1);
  z.set(4, 0);
  assertEquals([z.get(1), z.get(0)], [[1, -1], [4, 0]]);
  const n = NDArray.zeros([], "int64");
  n.set(-3n);
  assertEquals(n.get(), -3n);
});

Deno.test("NDArray.get() and set() refuse wrong indices and values", () => {
  const a = NDArray.zeros([2, 3]);
  for (const index of [[0], [0, 0, 0], [], [2, 0], [0, 3], [-3, 0], [0.5, 0], [NaN, 0]]) {
    assertThrows(() => a.get(...index), RangeError);
    assertThrows(() => a.set(1, ...index), RangeError);
  }
  assertThrows(() => a.get("0" as never, 0), TypeError, '"0"');
  assertThrows(() => a.set(1n as never, 0, 0), TypeError, "1n");
  assertThrows(() => a.set(true as never, 0, 0), TypeError, "true");
  assertThrows(() => NDArray.zeros(1, "int64").set(1 as never, 0), TypeError, "bigint");
  assertThrows(() => NDArray.zeros(1, "complex64").set([1] as never, 0), TypeError, "[re, im]");
  assertThrows(() => NDArray.zeros(1, "complex64").set(["1", 2] as never, 0), TypeError, "[re, im]");
});

Deno.test("NDArray.over() shares the memory of a typed array", () => {
  const samples = new Float32Array(6);
  const a: NDArray<"float32"> = NDArray.over(samples, [2, 3]);
  a.set(1, 1, 0);
  assertEquals([samples[3], a.isShared], [1, false]);
  const z = NDArray.over(new Float64Array([1, 2, 3, 4]), 2, "complex128");
  assertEquals(z.toArray(), [[1, 2], [3, 4]]);
  const bytes = new Uint8Array(24);
  assertEquals(NDArray.over(bytes, 2, "float64", 8).data.byteOffset, 8);
  assertEquals(NDArray.over(bytes.subarray(8), 2, "float64").data.byteOffset, 8);
  assertEquals(NDArray.over(bytes, [0], "float64", 24).size, 0);
});

Deno.test("NDArray.over() checks fit, alignment and kind", () => {
  const bytes = new Uint8Array(24);
  assertThrows(() => NDArray.over(bytes, 4, "float64"), RangeError, "needs 32 bytes, 24 are available");
  assertThrows(() => NDArray.over(bytes, 2, "complex128", 8), RangeError, "needs 32 bytes, 16 are available");
  assertThrows(() => NDArray.over(bytes, 0, "float64", 32), RangeError, "0 are available");
  assertThrows(() => NDArray.over(bytes, 1, "float64", 4), RangeError, "multiple of 8");
  assertThrows(() => NDArray.over(bytes.subarray(2), 1, "int32"), RangeError, "multiple of 4");
  for (const byteOffset of [-8, 0.5, NaN]) {
    assertThrows(() => NDArray.over(bytes, 1, "float64", byteOffset), RangeError, "byteOffset");
  }
  assertThrows(() => NDArray.over([1, 2] as never, 2), TypeError, "Array");
  assertThrows(() => NDArray.over(null as never, 2), TypeError, "null");
  assertThrows(() => NDArray.over(bytes, 2, "byte" as never), TypeError, '"byte"');
});

Deno.test("NDArray.over() lies over shared memory", () => {
  using memory = SharedMemory.create(6 * 8);
  const a: NDArray<"float64"> = NDArray.over(memory, [2, 3]);
  a.set(7, 1, 2);
  assertEquals([a.isShared, memory.view("float64")[5]], [true, 7]);
  assertEquals(NDArray.over(memory, 2, "float64", 32).toArray(), [0, 7]);
  assertThrows(() => NDArray.over(memory, [7]), RangeError, "48 are available");
  memory.close();
  assertThrows(() => NDArray.over(memory, [6]));
});

Deno.test("NDArray.shared() makes zeros of every dtype in shared memory", () => {
  for (const dtype of DTYPES) {
    using a = NDArray.shared([2, 3], dtype);
    assertEquals([a.isShared, a.size, a.data.byteLength], [true, 6, 6 * itemSize(dtype)]);
    assertEquals(a.data.every((value: number | bigint) => value == 0), true);
  }
  using a: NDArray<"float64"> = NDArray.shared(4);
  assertEquals(a.dtype, "float64");
  using none = NDArray.shared([0, 3]);
  assertEquals([none.isShared, none.toArray()], [true, []]);
});

Deno.test("NDArray.shared() can be attached to by its name until it is disposed", () => {
  const a = NDArray.shared([2, 2], "int32", { name: "ndarray_test" });
  using memory = SharedMemory.attach("ndarray_test");
  const b = NDArray.over(memory, [2, 2], "int32");
  b.set(3, 1, 1);
  assertEquals(a.get(1, 1), 3);
  a[Symbol.dispose]();
  a[Symbol.dispose]();
  assertThrows(() => SharedMemory.attach("ndarray_test"));
  assertThrows(() => a.get(1, 1), ReferenceError);
  b.set(4, 1, 1);
  assertEquals(b.get(1, 1), 4);
});

Deno.test("NDArray throws once its memory was disposed, its views too", () => {
  const a = NDArray.shared([2, 2]);
  const row = a.at(0);
  row[Symbol.dispose]();
  assertEquals(a.get(0, 0), 0);
  a[Symbol.dispose]();
  a[Symbol.dispose]();
  for (const array of [a, row]) {
    assertThrows(() => array.data, ReferenceError, "disposed");
    assertThrows(() => array.toArray(), ReferenceError, "disposed");
    assertThrows(() => array.copy(), ReferenceError, "disposed");
    assertThrows(() => array.fill(1), ReferenceError, "disposed");
    assertThrows(() => travel(array), ReferenceError, "disposed");
  }
  const unshared = NDArray.zeros(2);
  unshared[Symbol.dispose]();
  assertEquals(unshared.get(0), 0);
});

Deno.test("NDArray.shared() travels by reference, and so do views on it", () => {
  using a = NDArray.shared([3, 4], "int16");
  const other = travel(a);
  other.set(5, 2, 3);
  assertEquals([a.get(2, 3), other.isShared], [5, true]);
  const corner = travel(a.transpose().slice([null, null, -1], [1, null]));
  assertEquals([corner.shape, corner.strides, corner.get(0, 1)], [[4, 2], [-1, 4], 5]);
  corner.set(6, 3, 0);
  assertEquals(a.get(1, 0), 6);
  corner[Symbol.dispose]();
  assertThrows(() => corner.get(0, 0), ReferenceError);
  assertEquals(a.get(1, 0), 6);
});

Deno.test("NDArray over shared memory travels by reference", () => {
  using memory = SharedMemory.create(64);
  const a = NDArray.over(memory, [2, 2], "float64", 16);
  const other = travel(a);
  other.set(8, 0, 1);
  assertEquals(memory.view("float64")[3], 8);
  const own = NDArray.over(new Float64Array(new SharedArrayBuffer(32)), [2, 2]);
  travel(own.transpose()).set(9, 0, 1);
  assertEquals(own.get(1, 0), 9);
});

Deno.test("NDArray in memory of its own travels as a compact copy", () => {
  const a = NDArray.from([[1, 2, 3], [4, 5, 6]]);
  const packed = a.transpose().slice([1, null])[PACK]();
  assertEquals(packed.blocks, []);
  const other = unpack(structuredClone(packed)) as NDArray;
  assertEquals([other.toArray(), other.data.length, other.isShared], [[[2, 5], [3, 6]], 4, false]);
});

Deno.test("NDArray's elements count in deep equality", () => {
  assertEquals(NDArray.from([1, 2]), NDArray.from([1, 2]));
  assertNotEquals(NDArray.from([1, 2]), NDArray.from([1, 3]));
  using shared = NDArray.shared([2]).copyFrom(NDArray.from([1, 2]));
  assertEquals(shared, NDArray.from([1, 2]));
});

Deno.test("NDArray types follow the dtype", () => {
  const real = NDArray.zeros(2, "float32");
  const whole = NDArray.zeros(2, "int64");
  const complex = NDArray.zeros(2, "complex64");
  const number: number = real.get(0), bigint: bigint = whole.get(0);
  const [re, im]: [number, number] = complex.get(0);
  const data: Float32Array = real.data;
  const any: NDArray = real;
  // @ts-expect-error: a bigint array holds no numbers
  assertThrows(() => whole.set(1, 0), TypeError);
  // @ts-expect-error: a real array holds no pairs
  assertThrows(() => real.set([1, 2], 0), TypeError);
  // @ts-expect-error: float64 is not float32
  const wrong: NDArray<"float64"> = real;
  assertStrictEquals<unknown>(wrong, any);
  assertEquals([number, bigint, re, im, data.length], [0, 0n, 0, 0, 2]);
});
