/**
 * Counts, bytes and times, as people read them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { duration, format } from "../../bench/compare/units.ts";

Deno.test("format() chooses the unit", () => {
  assertEquals(format(0.0005, "milliseconds"), "500 ns");
  assertEquals(format(1.2345, "milliseconds"), "1.23 ms");
  assertEquals(format(12_345, "milliseconds"), "12.3 s");
  assertEquals(format(1500, "nanoseconds"), "1.5 µs");
  assertEquals(format(1e14, "nanoseconds"), "100,000 s");
  assertEquals(format(512, "bytes"), "512 B");
  assertEquals(format(1024, "bytes"), "1 KiB");
  assertEquals(format(3 * 2 ** 20, "bytes"), "3 MiB");
});

Deno.test("format() rounds before it chooses the unit", () => {
  assertEquals(format(0.0009999, "milliseconds"), "1 µs");
  assertEquals(format(999.4, "milliseconds"), "999 ms");
});

Deno.test("format() writes counts in full", () => {
  assertEquals(format(100_000, "count"), "100,000");
  assertEquals(format(2.34, "count"), "2.3");
});

Deno.test("duration() writes seconds, then minutes", () => {
  assertEquals(duration(1499), "1 s");
  assertEquals(duration(65_000), "1 min 05 s");
});
