/**
 * From which size on one curve lies below another.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { breakEven } from "../../bench/compare/break_even.ts";

const curve = (...ys: number[]) => ys.map((y, i) => ({ x: 10 ** i, y }));

Deno.test("breakEven() finds the crossing of straight lines over logarithms", () => {
  // 100 a run against 1 an item: they meet at 100 items.
  const runs = [1, 10, 1000, 10_000].map((x) => ({ x, y: 100 / x }));
  const items = [1, 10, 1000, 10_000].map((x) => ({ x, y: 1 }));
  const found = breakEven(runs, items);
  assert(found?.kind === "crossing");
  assertAlmostEquals(found.x, 100, 1e-9);
  assertAlmostEquals(found.y, 1, 1e-12);
});

Deno.test("breakEven() says always and never", () => {
  assertEquals(breakEven(curve(1, 1), curve(2, 2)), { kind: "always", x: 1, y: 1 });
  assertEquals(breakEven(curve(3, 3), curve(2, 2)), { kind: "never" });
  assertEquals(breakEven(curve(2), curve(2)), { kind: "never" }); // equal is not faster
  assertEquals(breakEven(curve(1, 3), curve(2, 2)), { kind: "never" }); // what counts is the end
});

Deno.test("breakEven() takes the last of several crossings", () => {
  const found = breakEven(curve(4, 1, 4, 1), curve(2, 2, 2, 2));
  assert(found?.kind === "crossing");
  assertAlmostEquals(found.x, 10 ** 2.5, 1e-9);
});

Deno.test("breakEven() looks at sizes that both were measured at, in any order", () => {
  const baseline = [{ x: 100, y: 2 }, { x: 1, y: 2 }];
  assertEquals(breakEven([{ x: 10, y: 9 }, { x: 100, y: 1 }, { x: 1, y: 1 }], baseline)?.kind, "always");
  assertEquals(breakEven([{ x: 5, y: 1 }], baseline), undefined);
});
