/**
 * Views of NDArrays: slices, transposes, reshapes, strides.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type DType, NDArray, type SliceRange } from "@multicore/multicore/shared";
import { DTYPES, isBigInt, isComplex } from "../../shared/dtype.ts";

const count = (...shape: number[]) =>
  NDArray.from(Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i), shape);

/** Python's `range(length)[start:stop:step]`, by walking. */
function walk(length: number, [start, stop, step]: SliceRange): number[] {
  const by = step ?? 1, result = [];
  const place = (bound: number) => bound < 0 ? bound + length : bound;
  const end = stop === null || stop === undefined ? (by > 0 ? length : -1) : Math.max(place(stop), -1);
  let i = start === null || start === undefined ? (by > 0 ? 0 : length - 1) : place(start);
  i = by > 0 ? Math.max(i, 0) : Math.min(i, length - 1);
  for (; by > 0 ? i < Math.min(end, length) : i > end && i >= 0; i += by) result.push(i);
  return result;
}

Deno.test("NDArray.slice() clips ranges as Python does", () => {
  const bounds = [null, undefined, -9, -5, -4, -1, 0, 1, 3, 4, 5, 9];
  for (const length of [0, 1, 4, 5]) {
    const a = count(length);
    for (const start of bounds) {
      for (const stop of bounds) {
        for (const step of [1, 2, 3, 9, -1, -2, -9]) {
          assertEquals(a.slice([start, stop, step]).toArray(), walk(length, [start, stop, step]));
        }
      }
    }
  }
  assertEquals(count(4).slice([1, Infinity]).toArray(), [1, 2, 3]);
  assertEquals(count(4).slice([-Infinity, 2]).toArray(), [0, 1]);
});

Deno.test("NDArray.slice() takes ranges, indices and null, axis by axis", () => {
  const a = count(2, 3, 4);
  assertEquals(a.slice(1, 2).toArray(), [20, 21, 22, 23]);
  assertEquals(a.slice(null, -1, [1, 3]).toArray(), [[9, 10], [21, 22]]);
  assertEquals(a.slice(0, [null, null, -1], 0).toArray(), [8, 4, 0]);
  assertEquals(a.slice().shape, [2, 3, 4]);
  assertEquals(a.slice([], [1]).shape, [2, 2, 4]);
  assertEquals([a.slice(1, 2, 3).shape, a.slice(1, 2, 3).get()], [[], 23]);
});

Deno.test("NDArray.slice() gives views on the same elements, views on views too", () => {
  const a = count(3, 3);
  const part = a.slice([null, null, -1], [1, null]).slice(null, [null, null, -1]);
  assertEquals(part.toArray(), [[8, 7], [5, 4], [2, 1]]);
  part.set(50, 1, 0);
  assertStrictEquals(part.data, a.data);
  assertEquals(a.get(1, 2), 50);
  assertEquals(part.data[part.offset], 8);
});

Deno.test("NDArray.slice() refuses what is out of range", () => {
  const a = count(2, 3);
  for (const ranges of [[2], [-3], [0, 3], [null, null, null], [[0, 1, 0]], [[0.5]], [1.5], [[0, 1, 0.5]]]) {
    assertThrows(() => a.slice(...ranges as (SliceRange | number | null)[]), RangeError);
  }
  assertThrows(() => a.slice("0" as never), TypeError, '"0"');
  assertThrows(() => a.slice(["0"] as never), TypeError, '"0"');
  assertThrows(() => a.slice([0, 1, "1"] as never), TypeError, '"1"');
});

Deno.test("NDArray.at() gives one item of the first axis", () => {
  const a = count(2, 3);
  assertEquals(a.at(-1).toArray(), [3, 4, 5]);
  assertEquals(a.at(0).at(2).get(), 2);
  assertThrows(() => a.at(2), RangeError);
  assertThrows(() => a.at(-3), RangeError);
  assertThrows(() => a.at(0).at(0).at(0), RangeError);
});

Deno.test("NDArray[Symbol.iterator]() goes over the first axis", () => {
  const rows: NDArray<"float64">[] = [...count(2, 2)];
  assertEquals(rows.map((row) => row.toArray()), [[0, 1], [2, 3]]);
  assertEquals([...count(3)].map((item) => item.get()), [0, 1, 2]);
  assertEquals([...NDArray.zeros([0, 2])], []);
  assertThrows(() => [...NDArray.zeros([])], TypeError, "without axes");
});

Deno.test("NDArray.transpose() reverses or permutes the axes", () => {
  const a = count(2, 3, 4);
  assertEquals([a.transpose().shape, a.transpose().strides], [[4, 3, 2], [1, 4, 12]]);
  assertEquals(a.transpose(2, 0, 1).shape, [4, 2, 3]);
  assertEquals(a.transpose(2, 0, 1).get(3, 1, 2), a.get(1, 2, 3));
  assertEquals(a.transpose(-1, 0, -2).shape, [4, 2, 3]);
  assertEquals(NDArray.zeros([]).transpose().shape, []);
  for (const axes of [[0, 1], [0, 1, 1], [0, 1, 3], [0, 1, -4], [0, 1, 0.5], [0, 1, 2, 0]]) {
    assertThrows(() => a.transpose(...axes), RangeError, "name each axis once");
  }
});

Deno.test("NDArray.reshape() gives a view where strides allow it", () => {
  const a = count(2, 3, 4);
  for (const shape of [[24], [6, 4], [2, 12], [4, 3, 2], [1, 24, 1], [2, 1, 3, 2, 2]]) {
    const b = a.reshape(shape);
    assertStrictEquals(b.data, a.data);
    assertEquals(b.reshape(24).toArray(), a.reshape(24).toArray());
  }
  assertEquals(a.reshape([3, -1]).shape, [3, 8]);
  assertEquals(a.reshape(-1).shape, [24]);
  assertEquals(count(1).reshape([]).shape, []);
  assertEquals(NDArray.zeros([0, 3]).reshape([3, 0, 2]).shape, [3, 0, 2]);
  assertEquals(NDArray.zeros([0, 3]).reshape([3, -1]).shape, [3, 0]);
});

Deno.test("NDArray.reshape() of strided views agrees with reshaping a copy", () => {
  const views = [
    count(4, 6).transpose(),
    count(4, 6).slice([null, null, 2]),
    count(4, 6).slice(null, [null, null, 2]),
    count(4, 6).slice([null, null, -1], [null, null, -1]),
    count(2, 3, 4).transpose(1, 0, 2),
    count(2, 1, 12).transpose(1, 2, 0),
    count(5, 24).slice(3),
    count(24, 5).slice(null, 3),
  ];
  for (const view of views) {
    const { size } = view;
    for (
      const shape of [[size], [2, size / 2], [size / 2, 2], [2, 2, size / 4], [size / 4, 1, 4], [3, size / 3]]
    ) {
      assertEquals(view.reshape(shape).toArray(), view.copy().reshape(shape).toArray());
    }
  }
});

Deno.test("NDArray.reshape() shares memory exactly where NumPy does", () => {
  const a = count(4, 6);
  const shares = (b: NDArray) => b.data === a.data;
  assertEquals(shares(a.transpose().reshape([2, 3, 4])), true);
  assertEquals(shares(a.transpose().reshape(24)), false);
  assertEquals(shares(a.slice([null, null, 2]).reshape([2, 2, 3])), true);
  assertEquals(shares(a.slice(null, [null, null, 2]).reshape(12)), true);
  assertEquals(shares(a.slice(null, [0, 4]).reshape(16)), false);
  assertEquals(shares(a.slice([null, null, -1], [null, null, -1]).reshape(24)), true);
});

Deno.test("NDArray.reshape() refuses shapes that do not fit", () => {
  const a = count(2, 3);
  for (const shape of [[5], [2, 2], [-1, 4], [-1, -1], [-2, -3], [0, -1], [], [1.5, 4]]) {
    assertThrows(() => a.reshape(shape), RangeError);
  }
  assertThrows(() => NDArray.zeros(0).reshape([0, -1]), RangeError);
  assertThrows(() => a.reshape("6" as never), TypeError, '"6"');
});

Deno.test("NDArray.copy() is contiguous and shares nothing, for every dtype and stride", () => {
  for (const dtype of DTYPES) {
    const a = NDArray.from(count(3, 40, 2), undefined, dtype);
    for (
      const view of [a, a.transpose(), a.slice(null, [null, null, -2]), a.transpose(1, 0, 2), a.slice(1)]
    ) {
      const copy = view.copy();
      assertEquals(copy.toArray(), view.toArray());
      assertEquals([copy.offset, copy.isShared, copy.shape], [0, false, view.shape]);
      assertEquals(copy.strides, NDArray.zeros(view.shape).strides);
      assertEquals(copy.data.buffer === a.data.buffer, false);
    }
  }
  using shared = NDArray.shared([2, 2]);
  assertEquals(shared.copy().isShared, false);
});

Deno.test("NDArray.copy() keeps the bits of 64-bit integers", () => {
  const signalling = 0x7ff0_0000_0000_0001n;
  const a = NDArray.from([[signalling, -1n], [2n, signalling]]);
  assertEquals(a.transpose().copy().toArray(), [[signalling, 2n], [-1n, signalling]]);
});

Deno.test("NDArray.fill() fills the view and nothing else", () => {
  const a = count(3, 3);
  assertStrictEquals(a.slice([1, null], [null, null, 2]).fill(-1).shape.length, 2);
  assertEquals(a.toArray(), [[0, 1, 2], [-1, 4, -1], [-1, 7, -1]]);
  a.at(0).fill(9);
  assertEquals(a.slice(0).toArray(), [9, 9, 9]);
  const z = NDArray.zeros([2, 2], "complex64").fill([1, 2]);
  assertEquals(z.toArray(), [[[1, 2], [1, 2]], [[1, 2], [1, 2]]]);
  assertEquals(NDArray.zeros(2, "uint64").fill(7n).toArray(), [7n, 7n]);
  assertEquals(NDArray.zeros([0, 2]).fill(1).toArray(), []);
  assertThrows(() => NDArray.zeros(2, "uint64").fill(7 as never), TypeError, "bigint");
  assertThrows(() => NDArray.zeros([0]).fill("7" as never), TypeError, '"7"');
});

Deno.test("NDArray.copyFrom() broadcasts as a NumPy assignment", () => {
  const into = () => NDArray.zeros([2, 3]);
  assertEquals(into().copyFrom(count(2, 3)).toArray(), [[0, 1, 2], [3, 4, 5]]);
  assertEquals(into().copyFrom(count(3)).toArray(), [[0, 1, 2], [0, 1, 2]]);
  assertEquals(into().copyFrom(NDArray.from([[1], [2]])).toArray(), [[1, 1, 1], [2, 2, 2]]);
  assertEquals(into().copyFrom(NDArray.from(7)).toArray(), [[7, 7, 7], [7, 7, 7]]);
  assertEquals(into().copyFrom(count(1, 1, 2, 3)).toArray(), [[0, 1, 2], [3, 4, 5]]);
  assertEquals(into().copyFrom(count(1, 1, 3)).toArray(), [[0, 1, 2], [0, 1, 2]]);
  for (const shape of [[2], [3, 2], [2, 2, 3], [0]]) {
    assertThrows(() => into().copyFrom(NDArray.zeros(shape)), RangeError, "they do not fit");
  }
  assertThrows(() => into().copyFrom([1, 2, 3] as never), TypeError, "NDArray");
  assertEquals(NDArray.zeros([0, 3]).copyFrom(count(3)).toArray(), []);
});

Deno.test("NDArray.copyFrom() converts between all dtypes", () => {
  for (const from of DTYPES) {
    for (const to of DTYPES) {
      const source = NDArray.from([1, 2, 3, 4, 5, 6], [2, 3], from).transpose();
      const target = NDArray.zeros([6, 2], to).slice([null, null, -2]);
      if (isComplex(from) && !isComplex(to)) {
        assertThrows(() => target.copyFrom(source), TypeError, "imaginary");
        continue;
      }
      target.copyFrom(source);
      const lift = (n: number) => isBigInt(to) ? BigInt(n) : isComplex(to) ? [n, 0] : n;
      assertEquals(target.toArray(), [[1, 4], [2, 5], [3, 6]].map((row) => row.map(lift)));
    }
  }
});

Deno.test("NDArray.copyFrom() wraps whole numbers around and cuts fractions off", () => {
  const into = (dtype: DType, source: NDArray) =>
    NDArray.zeros(source.shape, dtype).copyFrom(source).toArray();
  assertEquals(into("int8", NDArray.from([1.9, -1.9, 128, NaN])), [1, -1, -128, 0]);
  assertEquals(into("int64", NDArray.from([1.9, -1.9, NaN, -Infinity])), [1n, -1n, 0n, 0n]);
  assertEquals(into("int32", NDArray.from([2n ** 53n + 1n, -1n])), [1, -1]);
  assertEquals(into("uint64", NDArray.from([-1n])), [2n ** 64n - 1n]);
  assertEquals(into("complex64", NDArray.from([[1, 2]], undefined, "complex128")), [[1, 2]]);
});

Deno.test("NDArray.copyFrom() reads what was there before where the two overlap", () => {
  for (const length of [5, 200]) {
    const forward = count(length), backward = count(length), reversed = count(length);
    forward.slice([1, null]).copyFrom(forward.slice([0, -1]));
    backward.slice([0, -1]).copyFrom(backward.slice([1, null]));
    reversed.copyFrom(reversed.slice([null, null, -1]));
    const items = count(length).toArray<number[]>();
    assertEquals(forward.toArray(), [0, ...items.slice(0, -1)]);
    assertEquals(backward.toArray(), [...items.slice(1), length - 1]);
    assertEquals(reversed.toArray(), items.toReversed());
  }
  const square = count(3, 3);
  square.copyFrom(square.transpose());
  assertEquals(square.toArray(), count(3, 3).transpose().toArray());
  using shared = NDArray.shared([100]);
  shared.copyFrom(count(100));
  shared.slice([1, null]).copyFrom(shared.slice([0, -1]));
  assertEquals(shared.slice([0, 4]).toArray(), [0, 0, 1, 2]);
});

Deno.test("NDArray.copyFrom() writes nothing outside the view", () => {
  const frame = NDArray.zeros([5, 7], "int16").fill(-1);
  frame.slice([1, 4], [1, 6, 2]).copyFrom(count(3, 3));
  const rows = frame.toArray<number[][]>();
  assertEquals(rows[0], Array(7).fill(-1));
  assertEquals(rows[2], [-1, 3, -1, 4, -1, 5, -1]);
  assertEquals(rows[4], Array(7).fill(-1));
});
