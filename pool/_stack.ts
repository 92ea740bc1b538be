/**
 * Says in the stacks of errors where a function that has travelled stands in the program.
 *
 * A worker knows its text only, by a name. Here the text is looked for in the modules of the program; where the
 * types were that the text lacks, the runtime knows, which is asked by an error at the same place. It knows that of
 * modules that the thread has loaded, so a worker that dies of an error asks the main thread, and waits, but not
 * for ever: the main thread may be busy.
 *
 * @module
 */

import process from "node:process";
import { textOfOrigin } from "./_routes.ts";
import { ORIGIN, travelledText } from "./_function_spec.ts";
import { placesOf } from "./_modules.ts";

/** `at eval (travelled:name.1, <anonymous>:2:8)`, `at name (travelled:name.1:2:8)`. */
const FRAME = new RegExp(`${ORIGIN}([\\w$]+\\.\\d+)(?:, <anonymous>)?:(\\d+):(\\d+)`, "g");

/** Milliseconds that a worker waits for the answer to a {@linkcode StackQuestion}. */
const PATIENCE = 1000;
/** Bytes of the word that the answer begins with: its length. */
const HEAD = 4;

/** The stack of a worker that waits to be told where its functions stand. */
export interface StackQuestion {
  /** The stack as the worker has it. */
  readonly stack: string;
  /** The texts in it, by the names that it gives them. */
  readonly texts: Readonly<Record<string, string>>;
  /** Takes the answer; the worker waits for its first word. */
  readonly answer: SharedArrayBuffer;
}

/** The stack with the places of the program in it, as far as they are known. */
export function relocate(stack: string, textOf = textOfOrigin): string {
  if (!stack.includes(ORIGIN)) return stack;
  return stack.replace(FRAME, (frame, origin: string, line: string, column: string) => {
    try {
      const text = textOf(origin);
      return text === undefined ? frame : locate(text, Number(line), Number(column)) ?? frame;
    } catch {
      return frame;
    }
  });
}

/** In a worker: what {@linkcode relocate} gives on the main thread, or the stack as it is when that is busy. */
export function askToRelocate(stack: string, ask: (question: StackQuestion) => void): string {
  const texts: Record<string, string> = {};
  for (const [, origin] of stack.matchAll(FRAME)) texts[origin] = travelledText(origin) ?? "";
  if (!Object.keys(texts).length) return stack;
  const answer = new SharedArrayBuffer(HEAD + 4 * stack.length + 16_384);
  ask({ stack, texts, answer });
  const length = new Int32Array(answer, 0, 1);
  if (Atomics.wait(length, 0, 0, PATIENCE) === "timed-out") return stack;
  return new TextDecoder().decode(new Uint8Array(answer, HEAD, length[0]));
}

/** On the main thread: answers a worker that asks. */
export function answerStack({ stack, texts, answer }: StackQuestion): void {
  const told = relocate(stack, (origin) => {
    // The text of a method is not what it was written as; this thread may know that.
    const expression = texts[origin], source = textOfOrigin(origin);
    return source !== undefined && expression.includes(source) ? source : expression;
  });
  const { written } = new TextEncoder().encodeInto(told, new Uint8Array(answer, HEAD));
  const length = new Int32Array(answer, 0, 1);
  Atomics.store(length, 0, written);
  Atomics.notify(length, 0);
}

function locate(text: string, line: number, column: number): string | undefined {
  const [place, another] = placesOf(text);
  if (!place || another) return undefined;
  // The text begins on the second line of what the worker evaluates.
  const down = Math.max(0, line - 2);
  return asWritten(place.url, place.line + down, down ? column - 1 : place.column + column - 1);
}

/** The place in the file as the user wrote it, of a place in the text that runs. */
function asWritten(url: string, line: number, column: number): string | undefined {
  const vm = process.getBuiltinModule("node:vm") as typeof import("node:vm");
  const error = vm.runInThisContext(" ".repeat(column) + "new Error()", { filename: url, lineOffset: line });
  const stack = String((error as Error).stack);
  const start = stack.indexOf(`at ${url}:`);
  return start < 0 ? undefined : /\S+:\d+:\d+/.exec(stack.slice(start + 3))?.[0];
}
