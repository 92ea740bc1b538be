/**
 * Sizes as the command line gives them.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseSizes } from "../../bench/compare/sizes.ts";

Deno.test("parseSizes() steps geometrically, twice in a decade", () => {
  assertEquals(parseSizes("10:100000"), [10, 32, 100, 316, 1000, 3162, 10_000, 31_623, 100_000]);
  assertEquals(parseSizes("1:300"), [1, 3, 10, 31, 96, 300]);
  assertEquals(parseSizes("7:7"), [7]);
});

Deno.test("parseSizes() takes the number of steps, lists and both", () => {
  assertEquals(parseSizes("1024:4096:3"), [1024, 2048, 4096]);
  assertEquals(parseSizes("300,1,30"), [1, 30, 300]);
  assertEquals(parseSizes("1:10,3,5"), [1, 3, 5, 10]);
  assertEquals(parseSizes("1e3"), [1000]);
});

Deno.test("parseSizes() includes both ends, ascends and repeats nothing", () => {
  for (const [first, last] of [[1, 2], [3, 17], [1, 1_000_000], [99, 100]]) {
    const sizes = parseSizes(`${first}:${last}`);
    assertEquals([sizes[0], sizes.at(-1)], [first, last]);
    assert(sizes.every((size, i) => i === 0 || size > sizes[i - 1]));
  }
});

Deno.test("parseSizes() refuses what are no sizes", () => {
  for (
    const text of ["", "0", "-1", "1.5", "ten", "1:", ":5", "10:1", "1:2:3:4", "1,,2", "1:100:65", "1e30"]
  ) {
    assertThrows(() => parseSizes(text), RangeError, `Cannot use sizes "${text}"`);
  }
});
