/**
 * Checks what users hand to a pool; says what was wrong and what is right.
 *
 * @module
 */

import { SerializationError } from "../shared/errors.ts";
import type { PoolOptions } from "./pool_options.ts";
import { checkHeapLimit, cpuCount } from "./process.ts";

/** A positive integer, or the default. */
export function checkCount(value: unknown, name: string, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use ${name}: it must be a number, got ${typeof value}`);
  }
  if (value === Infinity && fallback === Infinity) return value;
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`Cannot use ${name}: it must be a positive integer, got ${value}`);
  }
  return value;
}

/** A function. */
export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== "function") {
    throw new TypeError(
      `Cannot call ${name}: it must be a function, got ${value === null ? "null" : typeof value}`,
    );
  }
}

/** A function, or nothing. */
export function checkOptionalFunction(value: unknown, name: string): void {
  if (value !== undefined) checkFunction(value, name);
}

/** An array of arguments. */
export function checkArgs(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw new TypeError("Cannot call the function: args must be an array of its arguments");
  }
  return value;
}

/** An input as a list; what its iterator throws is thrown here. */
export function checkList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.slice();
  if (
    value === null || value === undefined ||
    typeof (value as Iterable<unknown>)[Symbol.iterator] !== "function"
  ) {
    throw new TypeError(
      `Cannot map: the input must be iterable, got ${value === null ? "null" : typeof value}`,
    );
  }
  return [...value as Iterable<unknown>];
}

/** An input that may be asynchronous. */
export function checkInput(value: unknown): Iterable<unknown> | AsyncIterable<unknown> {
  const input = value as AsyncIterable<unknown> & Iterable<unknown>;
  if (
    value === null || value === undefined ||
    typeof input[Symbol.asyncIterator] !== "function" && typeof input[Symbol.iterator] !== "function"
  ) {
    throw new TypeError(
      `Cannot map: the input must be iterable, got ${value === null ? "null" : typeof value}`,
    );
  }
  return input;
}

/** A signal that has not been aborted; throws its reason when it has. */
export function checkSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined;
  if (!(value instanceof AbortSignal)) throw new TypeError("Cannot wait: signal must be an AbortSignal");
  return value;
}

/** A pool's options, with the defaults filled in. */
export function checkPoolOptions(processes: number | PoolOptions | undefined, options: PoolOptions) {
  const given: PoolOptions = typeof processes === "object" && processes !== null ? processes : options;
  const count = typeof processes === "object" ? given.processes : processes ?? given.processes;
  const { initializer, initargs, maxTasksPerChild, onWorkerDeath = "fail", retries = 1, heapLimitMb } = given;
  const { trace = false } = given;
  if (typeof trace !== "boolean") throw new TypeError("Cannot create a pool: trace must be true or false");
  checkOptionalFunction(initializer, "initializer");
  checkHeapLimit(heapLimitMb);
  if (onWorkerDeath !== "fail" && onWorkerDeath !== "retry") {
    throw new TypeError(
      `Cannot create a pool: onWorkerDeath must be "fail" or "retry", got ${String(onWorkerDeath)}`,
    );
  }
  if (!Number.isSafeInteger(retries) || retries < 0) {
    throw new RangeError(`Cannot create a pool: retries must be an integer from 0 on, got ${retries}`);
  }
  return {
    processes: checkCount(count, "processes", cpuCount()),
    initializer,
    initargs: checkArgs(initargs),
    maxTasksPerChild: checkCount(maxTasksPerChild, "maxTasksPerChild", Infinity),
    onWorkerDeath,
    retries,
    heapLimitMb,
    trace,
  };
}

/** What a blocking call gives that captures functions before the loaded modules are known. */
export function tooEarly(): SerializationError {
  return new SerializationError(
    "Cannot send fn to another thread: what it captures cannot be read while this thread blocks for the first time; " +
      "make one call without Sync before, or export the function from a module of its own",
    "fn",
  );
}
