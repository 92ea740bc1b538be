/**
 * Says in the stacks of errors where a function that has travelled stands in the program.
 *
 * A worker knows its text only, by a name. Here the text is looked for in the modules of the program; where the
 * types were that the text lacks, the runtime knows, which is asked by an error at the same place.
 *
 * @module
 */

import process from "node:process";
import { textOfOrigin } from "./_capture.ts";
import { ORIGIN } from "./_function_spec.ts";
import { placesOf } from "./_modules.ts";

/** `at eval (travelled:name.1, <anonymous>:2:8)`, `at name (travelled:name.1:2:8)`. */
const FRAME = new RegExp(`${ORIGIN}([\\w$]+\\.\\d+)(?:, <anonymous>)?:(\\d+):(\\d+)`, "g");

/** The stack with the places of the program in it, as far as they are known. */
export function relocate(stack: string): string {
  if (!stack.includes(ORIGIN)) return stack;
  return stack.replace(FRAME, (frame, origin: string, line: string, column: string) => {
    try {
      return locate(origin, Number(line), Number(column)) ?? frame;
    } catch {
      return frame;
    }
  });
}

function locate(origin: string, line: number, column: number): string | undefined {
  const text = textOfOrigin(origin);
  if (text === undefined) return undefined;
  const [place, another] = placesOf(text);
  if (!place || another) return undefined;
  // The text begins on the second line of what the worker evaluates.
  const down = Math.max(0, line - 2);
  return asWritten(place.url, place.line + down, down ? column - 1 : place.column + column - 1);
}

/** The place in the file as the user wrote it, of a place in the text that runs. */
function asWritten(url: string, line: number, column: number): string | undefined {
  const vm = process.getBuiltinModule("node:vm") as typeof import("node:vm");
  try {
    vm.runInThisContext(" ".repeat(column) + "throw new Error()", { filename: url, lineOffset: line });
  } catch (error) {
    const stack = String((error as Error).stack);
    const start = stack.indexOf(`at ${url}:`);
    return start < 0 ? undefined : /\S+:\d+:\d+/.exec(stack.slice(start + 3))?.[0];
  }
  return undefined;
}
