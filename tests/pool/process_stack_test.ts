/**
 * What a process prints when it ends with an uncaught error: where in the user's file that was, though the function
 * travelled by value.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runProgram } from "./_tools.ts";

const PROGRAM = "tests/pool/_stack_program.ts";
const lines = Deno.readTextFileSync(new URL("_stack_program.ts", import.meta.url)).split("\n");

/** Where `text` stands in the program, as stacks say it; it must stand there once. */
function place(text: string): string {
  const found = lines.flatMap((line, i) => line.includes(text) ? [[i + 1, line.indexOf(text) + 1]] : []);
  assertEquals(found.length, 1, text);
  return `${PROGRAM}:${found[0].join(":")}`;
}

/** The frames that the program has printed, innermost first, from the project's folder on. */
async function framesOf(target: string, how: string, message: string): Promise<string[]> {
  const { code, stdout, stderr } = await runProgram(PROGRAM, [target, how]);
  assertEquals([code, stdout], [0, target === "nested" ? "0\n" : "1\n"], stderr);
  const [first, ...rest] = stderr.trimEnd().split("\n");
  assertMatch(first, /^Ada(?::1)?: \w*Error: /);
  assert(first.endsWith(message), stderr);
  assert(rest.every((line) => line.startsWith("    at ")), stderr);
  return rest.map((line) => line.replace(/^.*(?=tests\/pool\/_stack_program)/, "").replace(/\)$/, ""));
}

Deno.test("A process's uncaught error points at the line and column of the user's file", async () => {
  const frames = await framesOf("at once", "join", "at once 7");
  assertEquals(frames, [place('new TypeError("at once')]);
});

Deno.test("A process's uncaught error has the frames of captured functions, and none of this library", async () => {
  const frames = await framesOf("captured", "join", "captured function");
  assertEquals(frames, [
    place("new RangeError("),
    place("check(reading), // the caller"),
  ]);
});

Deno.test("A process's uncaught error points into a method", async () => {
  const [frame] = await framesOf("method", "join", "method");
  assertEquals(frame, place('new Error("method")'));
});

Deno.test("A process's uncaught error in a timer, and an unhandled rejection, point at their lines", async () => {
  const [timer] = await framesOf("timer", "join", "timer");
  assertEquals(timer, place('new Error("timer")'));
  const [rejection] = await framesOf("rejection", "join", "rejection");
  assertEquals(rejection, place('new Error("rejection")'));
});

Deno.test("A process's uncaught error points at its line while the main thread blocks", async () => {
  assertEquals(await framesOf("at once", "block", "at once 7"), [place('new TypeError("at once')]);
});

Deno.test("The uncaught error of a process's process points at its line", async () => {
  const [frame] = await framesOf("nested", "join", "nested m");
  assertEquals(frame, place("new Error(`nested"));
});

Deno.test("A process's uncaught error is reported while the main thread is busy and cannot say where", async () => {
  const frames = await framesOf("at once", "spin", "at once 7");
  assertEquals(frames.length, 1);
  assertMatch(frames[0], /travelled:/);
});
