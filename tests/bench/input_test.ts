/**
 * Random numbers that Python's side makes too.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fillPixels, fillUniform, hash } from "../../bench/compare/input.ts";

// These were printed by bench/python/inputs.py.
Deno.test("hash(), fillPixels() and fillUniform() give what Python's side gives", () => {
  assertEquals([0, 1, 2, 3, 4].map((i) => hash(i, 1)), [
    33350994,
    2672842292,
    127880910,
    260803382,
    1795018525,
  ]);
  assertEquals([0, 1, 2].map((i) => hash(i, 7)), [2440275426, 2932275085, 621123178]);
  const pixels = new Float64Array(4), uniform = new Float64Array(2);
  fillPixels(pixels, 1);
  fillUniform(uniform, 3);
  assertEquals(Array.from(pixels), [94, 92, 10, 82]);
  assertEquals(Array.from(uniform), [-0.43926824699155986, 0.4483341278973967]);
});
