/**
 * Which objects of the runtime structured clone carries, and the words for those that it does not.
 *
 * @module
 */

import { SerializationError } from "../shared/errors.ts";
import { isHosted } from "./_captured.ts";

/** What structured clone carries for certain. */
const CLONED = new Set([
  "ArrayBuffer",
  "SharedArrayBuffer",
  "Date",
  "RegExp",
  "Boolean",
  "Number",
  "String",
  "BigInt",
  "Blob",
  "File",
  "DOMException",
  "WebAssembly.Module",
  "WebAssembly.Memory",
]);
/** What serialisation carries, too. */
const SERIALISED = new Set(["ArrayBuffer", "Date", "RegExp", "Boolean", "Number", "String", "BigInt"]);
/** What structured clone would turn into an empty object without a word. */
const REFUSED = new Set([
  "AbortSignal",
  "AbortController",
  "ImageData",
  "WeakMap",
  "WeakSet",
  "Promise",
  "Generator",
  "AsyncGenerator",
]);

/** The refusal of `what`, which errors call `path`. */
export function cannot(path: string, what: string, advice: string, cause?: unknown): SerializationError {
  return new SerializationError(
    `Cannot send ${path} to another thread: it is ${what}; ${advice}`,
    path,
    cause === undefined ? undefined : { cause },
  );
}

/** Runs what may refuse, or fail in its own words. */
export function attempt<R>(path: string, run: () => R): R {
  try {
    return run();
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SerializationError(`Cannot send ${path} to another thread: ${why}`, path, { cause: error });
  }
}

/** Whether serialisation carries an object that structured clone carries: it would refuse or empty others. */
export function isSerialisable(value: object): boolean {
  return SERIALISED.has(Object.prototype.toString.call(value).slice(8, -1));
}

/** Refuses an object that structured clone would refuse, or turn into an empty one without a word. */
export function checkCloneable(value: object, path: string): void {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (CLONED.has(name)) return;
  const refuse = (cause?: unknown) =>
    cannot(path, `an object of class ${name}`, "pass plain data, and make the object there", cause);
  if (REFUSED.has(name)) throw refuse();
  let clone: unknown;
  try {
    clone = structuredClone(value);
  } catch (error) {
    throw refuse(error);
  }
  const { constructor } = value;
  if (isHosted(constructor) && !(clone instanceof constructor)) throw refuse();
}
