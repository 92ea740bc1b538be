/**
 * Tables, for a terminal and in Markdown.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Column, markdownTable, plainTable } from "../../bench/compare/table.ts";

const COLUMNS: Column[] = [{ title: "way", align: "left" }, { title: "time", align: "right" }];
const ROWS = [["a | b", "1 µs"], ["c", "1,000 s"]];

Deno.test("plainTable() aligns, and leaves no space at the ends of lines", () => {
  assertEquals(plainTable(COLUMNS, ROWS), [
    "way       time",
    "─────  ───────",
    "a | b     1 µs",
    "c      1,000 s",
  ]);
});

Deno.test("markdownTable() pads as a formatter does, and escapes bars", () => {
  assertEquals(markdownTable(COLUMNS, ROWS), [
    "| way    |    time |",
    "| ------ | ------: |",
    "| a \\| b |    1 µs |",
    "| c      | 1,000 s |",
  ]);
});
