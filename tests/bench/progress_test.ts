/**
 * Progress, on a terminal and elsewhere.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Progress, type Screen } from "../../bench/compare/progress.ts";

function screen(isTerminal: boolean, width = 80): Screen & { written: string[]; time: number } {
  return {
    isTerminal,
    written: [],
    time: 0,
    width: () => width,
    now() {
      return this.time;
    },
    write(text) {
      this.written.push(text);
    },
  };
}

Deno.test("Progress draws a bar with the time left, and takes it off", () => {
  const terminal = screen(true), progress = new Progress(4, terminal);
  progress.show("one");
  terminal.time = 30_000;
  progress.advance();
  progress.show("two");
  progress.clear();
  assertEquals(terminal.written, [
    `\r\x1b[K${"░".repeat(24)}   0% · one`,
    `\r\x1b[K${"█".repeat(6)}${"░".repeat(18)}  25% · 1 min 30 s left · two`,
    "\r\x1b[K",
  ]);
});

Deno.test("Progress stays within a narrow terminal", () => {
  const terminal = screen(true, 20);
  new Progress(1, terminal).show("a long description");
  assertEquals(terminal.written[0].length, "\r\x1b[K".length + 19);
});

Deno.test("Progress writes plain lines elsewhere, and not many", () => {
  const file = screen(false), progress = new Progress(2, file);
  progress.show("one");
  file.time = 5000;
  progress.show("two");
  progress.advance(5);
  progress.show("three");
  file.time = 10_000;
  progress.show("four");
  progress.clear();
  progress.log("a remark");
  assertEquals(file.written, ["0% · two\n", "100% · 0 s left · four\n", "a remark\n"]);
});
