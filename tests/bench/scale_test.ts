/**
 * Logarithmic scales and their ticks.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { LogScale } from "../../bench/compare/scale.ts";
import { randomSource } from "../../bench/_random.ts";

const labelsOf = (scale: LogScale, unit: Parameters<LogScale["ticks"]>[0], room: number) =>
  scale.ticks(unit, () => room).filter(({ label }) => label !== undefined).map(({ label }) => label);

Deno.test("LogScale.at() begins and ends where the domain does, and is even in decades", () => {
  const scale = new LogScale([10, 1000], [100, 0]);
  assertEquals([scale.at(10), scale.at(1000)], [100, 0]);
  assertAlmostEquals(scale.at(100), 50);
  assertEquals(new LogScale([5, 5], [0, 10]).at(5), 5); // one value: the middle
});

Deno.test("LogScale.ticks() labels as many round values as there is room for", () => {
  const scale = new LogScale([1, 100_000], [0, 400]);
  assertEquals(labelsOf(scale, "count", 60), ["1", "10", "100", "1,000", "10,000", "100,000"]);
  assertEquals(labelsOf(scale, "count", 100), ["1", "100", "10,000"]);
  assertEquals(labelsOf(new LogScale([1, 9], [0, 400]), "count", 20), "123456789".split(""));
});

Deno.test("LogScale.ticks() labels times with units and bytes by powers of two", () => {
  assertEquals(labelsOf(new LogScale([0.0005, 0.02], [0, 90]), "milliseconds", 20), [
    "1 µs",
    "3 µs",
    "10 µs",
  ]);
  assertEquals(labelsOf(new LogScale([1024, 2 ** 26], [0, 300]), "bytes", 60), [
    "1 KiB",
    "32 KiB",
    "1 MiB",
    "32 MiB",
  ]);
});

Deno.test("LogScale.ticks() labels the ends where there are no round values", () => {
  assertEquals(labelsOf(new LogScale([110, 190], [0, 300]), "count", 250), ["110", "190"]);
  assertEquals(labelsOf(new LogScale([42, 42], [0, 300]), "count", 20), ["42"]);
});

Deno.test("LogScale.ticks() lie within the domain, ascend, and their labels do not touch", () => {
  const random = randomSource(1);
  for (let trial = 0; trial < 500; trial++) {
    const low = 10 ** (8 * random()), high = low * 10 ** (4.5 + 8 * random());
    const scale = new LogScale([low, high], [0, 300]), room = 20 + 80 * (random() + 0.5);
    const ticks = scale.ticks("count", () => room);
    assert(ticks.every(({ value }) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)));
    assert(ticks.every(({ value }, i) => i === 0 || value > ticks[i - 1].value));
    const labelled = ticks.filter(({ label }) => label !== undefined).map(({ value }) => scale.at(value));
    const isEnds = labelled.length === 2; // the fallback, where nothing fits
    assert(isEnds || labelled.every((at, i) => i === 0 || at - labelled[i - 1] >= room));
  }
});
