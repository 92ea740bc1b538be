/**
 * Dividing items among workers.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { arraySplit, NDArray, split } from "@multicore/multicore/shared";

const range = (length: number) => Array.from({ length }, (_, i) => i);

Deno.test("split() deals items out in turn", () => {
  assertEquals(split(range(7), 3), [[0, 3, 6], [1, 4], [2, 5]]);
  assertEquals(split(range(2), 4), [[0], [1], [], []]);
  assertEquals(split([], 2), [[], []]);
});

Deno.test("arraySplit() makes the first parts longer as NumPy does", () => {
  assertEquals(arraySplit(range(8), 3), [[0, 1, 2], [3, 4, 5], [6, 7]]);
  assertEquals(arraySplit(range(2), 4), [[0], [1], [], []]);
  assertEquals(arraySplit([], 2), [[], []]);
});

Deno.test("split() and arraySplit() hold every item once, for any length and count", () => {
  for (let length = 0; length < 12; length++) {
    for (let count = 1; count < 9; count++) {
      const items = range(length);
      assertEquals(split(items, count).length, count);
      assertEquals(split(items, count).flat().toSorted((a, b) => a - b), items);
      assertEquals(arraySplit(items, count).flat(), items);
      const lengths = arraySplit(items, count).map((part) => part.length);
      assertEquals(lengths, lengths.toSorted((a, b) => b - a));
      assertEquals(lengths[0] - lengths[count - 1] <= 1, true);
    }
  }
});

Deno.test("split() copies typed arrays, arraySplit() gives subarrays", () => {
  const items = new Int16Array([1, 2, 3, 4, 5]);
  assertEquals(split(items, 2), [new Int16Array([1, 3, 5]), new Int16Array([2, 4])]);
  assertEquals(split(items, 1)[0].buffer === items.buffer, false);
  const parts: Int16Array[] = arraySplit(items, 2);
  assertEquals(parts, [new Int16Array([1, 2, 3]), new Int16Array([4, 5])]);
  assertStrictEquals(parts[1].buffer, items.buffer);
  assertEquals(split(new BigInt64Array(3), 2).map((part) => part.length), [2, 1]);
});

Deno.test("split() and arraySplit() give views on arrays", () => {
  const a = NDArray.from([[1, 2], [3, 4], [5, 6]]);
  assertEquals(arraySplit(a, 2).map((part) => part.toArray()), [[[1, 2], [3, 4]], [[5, 6]]]);
  assertEquals(arraySplit(a, 4)[3].shape, [0, 2]);
  const dealt: NDArray<"float64">[] = split(a, 2);
  assertEquals(dealt.map((part) => part.toArray()), [[[1, 2], [5, 6]], [[3, 4]]]);
  dealt[0].set(9, 1, 0);
  assertEquals(a.get(2, 0), 9);
  assertThrows(() => split(NDArray.zeros([]), 2), TypeError, "without axes");
});

Deno.test("split() and arraySplit() take any iterable", () => {
  assertEquals(split(new Set("abc"), 2), [["a", "c"], ["b"]]);
  assertEquals(arraySplit("abc", 2), [["a", "b"], ["c"]]);
  assertEquals(arraySplit(range(3).values(), 1), [[0, 1, 2]]);
});

Deno.test("split() and arraySplit() refuse a count that is no positive integer", () => {
  for (const verb of [split, arraySplit] as ((items: Iterable<number>, count: number) => unknown)[]) {
    for (const count of [0, -1, 1.5, NaN, Infinity]) {
      assertThrows(() => verb([1], count), RangeError, `${count}`);
    }
    assertThrows(() => verb([1], "2" as never), TypeError, '"2"');
    assertThrows(() => verb(5 as never, 2), TypeError, "5");
    assertThrows(() => verb(null as never, 2), TypeError, "null");
  }
});
