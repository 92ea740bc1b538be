/**
 * Errors keep what they were: they cross as records of name, message, stack, cause, errors and own fields, and are
 * rebuilt as objects of their own class where it is built in or ours.
 *
 * @module
 */

import * as ours from "../shared/errors.ts";
import type { CallSite } from "./_call_site.ts";

/** An error on its way. Parts are encoded by the codec, each on its own. */
export interface ErrorRecord {
  /** The class to rebuild: the nearest one that the other side has. */
  readonly className: string;
  /** The error's own name. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
  /** Where it was thrown. */
  readonly stack: string;
  /** Names of the fields that `parts` holds. */
  readonly fields: readonly string[];
  /** Encoded values of the fields. */
  readonly parts: readonly unknown[];
}

type ErrorClass = new (...args: never[]) => Error;

const classes = new Map<string, ErrorClass>();
for (
  const known of [
    Error,
    TypeError,
    RangeError,
    SyntaxError,
    ReferenceError,
    EvalError,
    URIError,
    AggregateError,
  ]
) {
  classes.set(known.name, known as ErrorClass);
}
for (const [name, known] of Object.entries(ours)) classes.set(name, known as ErrorClass);
for (const [name, known] of Object.entries(Deno.errors)) {
  classes.set(`Deno.errors.${name}`, known as ErrorClass);
}

/** The nearest class of `error` that every thread knows. */
function knownClass(error: Error): string {
  for (let proto = Object.getPrototypeOf(error); proto; proto = Object.getPrototypeOf(proto)) {
    for (const [name, known] of classes) if (known.prototype === proto) return name;
  }
  return "Error";
}

/** Writes an error down; `encode` gives undefined for a part that cannot travel, which is then left out. */
export function writeErrorRecord(error: Error, encode: (part: unknown) => unknown): ErrorRecord {
  const fields: string[] = [], parts: unknown[] = [];
  const keep = (field: string) => {
    const part = encode(read(error, field));
    if (part === undefined) return;
    fields.push(field);
    parts.push(part);
  };
  if (error instanceof DOMException) {
    const { name, message } = error;
    return { className: "DOMException", name, message, stack: String(error.stack ?? ""), fields, parts };
  }
  const own = Object.getOwnPropertyNames(error);
  for (const field of own) if (!["name", "message", "stack"].includes(field)) keep(field);
  return {
    className: knownClass(error),
    name: String(read(error, "name")),
    message: String(read(error, "message")),
    stack: String(read(error, "stack") ?? ""),
    fields,
    parts,
  };
}

function read(error: Error, field: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[field];
  } catch {
    return undefined;
  }
}

/** Rebuilds an error. */
export function readErrorRecord(record: ErrorRecord, decode: (part: unknown) => unknown): Error {
  const { className, name, message, stack, fields, parts } = record;
  const define = (field: string, value: unknown, enumerable = false) =>
    Object.defineProperty(error, field, { value, enumerable, writable: true, configurable: true });
  if (className === "DOMException") {
    const error = new DOMException(message, name);
    Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
    return error;
  }
  // A real error object without running the class's constructor, whose arguments nobody knows.
  const error: Error = Reflect.construct(Error, [message], classes.get(className) ?? Error);
  define("stack", stack);
  fields.forEach((field, i) => define(field, decode(parts[i]), field !== "cause" && field !== "errors"));
  if (error.name !== name) define("name", name);
  return error;
}

const HERE = new URL(".", import.meta.url).href;
const isFrame = (line: string) => line.startsWith("    at ");

/** The stack without the frames of this folder's files, which say nothing to users. */
export function withoutOurFrames(stack: string): string {
  return stack.split("\n").filter((line) => !(isFrame(line) && line.includes(HERE))).join("\n");
}

const EARLIER = "submitted, like many calls in one turn, after one at";

/** Appends the frames of the call that submitted the task to a rebuilt error's stack. */
export function appendCaller(error: unknown, caller: CallSite): void {
  if (!(error instanceof Error) || !caller.stack) return;
  const frames = withoutOurFrames(caller.stack).split("\n").filter(isFrame).join("\n");
  const stack = error.stack ?? "";
  if (!frames || stack.endsWith(frames)) return;
  Object.defineProperty(error, "stack", {
    value: `${withoutOurFrames(stack)}\n    --- ${caller.isEarlier ? EARLIER : "submitted"} ---\n${frames}`,
    writable: true,
    configurable: true,
  });
}
