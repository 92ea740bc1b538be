/**
 * Where names are written: none over another, none over a line.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type Box, crosses, firstFree, overlap, spread } from "../../bench/compare/labels.ts";
import { randomSource } from "../../bench/_random.ts";

Deno.test("spread() leaves alone what is apart, and moves apart what is not, around its middle", () => {
  assertEquals(spread([10, 50], 20, 0, 100), [10, 50]);
  assertEquals(spread([50, 50], 20, 0, 100), [40, 60]);
  assertEquals(spread([60, 50], 20, 0, 100), [65, 45]);
  assertEquals(spread([50, 52, 90], 20, 0, 100), [41, 61, 90]);
  assertEquals(spread([], 20, 0, 100), []);
});

Deno.test("spread() stays within its bounds, and spreads evenly where there is no room", () => {
  assertEquals(spread([0, 0, 0], 20, 0, 100), [0, 20, 40]);
  assertEquals(spread([100, 100], 20, 0, 100), [80, 100]);
  assertEquals(spread([5, 6, 7], 80, 0, 100), [0, 50, 100]);
});

Deno.test("spread() gives no overlap, keeps the order, and moves nothing without need", () => {
  const random = randomSource(2);
  for (let trial = 0; trial < 1000; trial++) {
    const count = 1 + Math.floor(10 * (random() + 0.5));
    const wanted = Array.from({ length: count }, () => 400 * (random() + 0.5));
    const given = spread(wanted, 20, 0, 400);
    const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b] || a - b);
    for (const [rank, index] of order.entries()) {
      assert(given[index] >= -1e-9 && given[index] <= 400 + 1e-9);
      if (rank > 0) assert(given[index] - given[order[rank - 1]] >= 20 - 1e-9);
      const isFree = wanted.every((other, i) => i === index || Math.abs(other - wanted[index]) > 20 * count);
      const isInside = wanted[index] >= 20 * count && wanted[index] <= 400 - 20 * count;
      if (isFree && isInside) assertAlmostEquals(given[index], wanted[index]);
    }
  }
});

Deno.test("overlap() is about areas, not about touching", () => {
  const box: Box = { left: 0, right: 10, top: 0, bottom: 10 };
  assert(overlap(box, { left: 9, right: 20, top: 9, bottom: 20 }));
  assert(!overlap(box, { left: 10, right: 20, top: 0, bottom: 10 }));
  assert(!overlap(box, { left: 0, right: 10, top: 11, bottom: 20 }));
});

Deno.test("crosses() sees lines that pass through, begin or end within", () => {
  const box: Box = { left: 10, right: 20, top: 10, bottom: 20 };
  assert(crosses([0, 0, 30, 30], box));
  assert(crosses([15, 15, 16, 16], box));
  assert(crosses([15, 0, 15, 12], box));
  assert(crosses([0, 12, 30, 12], box));
  assert(!crosses([0, 0, 30, 9], box));
  assert(!crosses([0, 25, 9, 0], box));
  assert(!crosses([15, 0, 15, 9], box));
});

Deno.test("crosses() agrees with a walk along the line", () => {
  const random = randomSource(3), box: Box = { left: -0.2, right: 0.2, top: -0.1, bottom: 0.1 };
  for (let trial = 0; trial < 1000; trial++) {
    const [x1, y1, x2, y2] = [random(), random(), random(), random()];
    let isInside = false;
    for (let i = 0; i <= 1000; i++) {
      const x = x1 + (x2 - x1) * i / 1000, y = y1 + (y2 - y1) * i / 1000;
      isInside ||= x > box.left && x < box.right && y > box.top && y < box.bottom;
    }
    if (isInside) assert(crosses([x1, y1, x2, y2], box)); // a walk may step over a corner, but sees nothing that is not
    else assert(!crosses([x1, y1, x2, y2], { left: -0.19, right: 0.19, top: -0.09, bottom: 0.09 }));
  }
});

Deno.test("firstFree() takes the first place within the frame that is free", () => {
  const frame: Box = { left: 0, right: 100, top: 0, bottom: 100 };
  const at = (left: number, top: number): Box => ({ left, right: left + 20, top, bottom: top + 10 });
  const places = [at(90, 0), at(0, 0), at(40, 40), at(40, 60)];
  assertEquals(firstFree(places, frame, [at(5, 5)], []), places[2]);
  assertEquals(firstFree(places, frame, [at(5, 5)], [[0, 45, 100, 45]]), places[3]);
  assertEquals(firstFree(places, frame, [frame], []), undefined);
});
