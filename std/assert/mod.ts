/**
 * The names of `@std/assert` over the built-in `node:assert`, for checkouts that cannot reach the JSR registry.
 *
 * One difference: `assertEquals` tells `0` from `-0` and compares prototypes, so it is a little stricter.
 *
 * @module
 */

import nodeAssert from "node:assert/strict";
import { AssertionError } from "node:assert";

export { AssertionError };

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error = Error> = abstract new (...args: any[]) => E;

/** Fails unless `expr` is truthy. */
export function assert(expr: unknown, msg = "Expected a truthy value"): asserts expr {
  nodeAssert.ok(expr, msg);
}

/** Fails unless `expr` is falsy. */
export function assertFalse(expr: unknown, msg = "Expected a falsy value"): void {
  nodeAssert.ok(!expr, msg);
}

/** Fails always. */
export function fail(msg?: string): never {
  nodeAssert.fail(`Failed assertion${msg ? `: ${msg}` : "."}`);
}

/** Fails always: marks code that must not be reached. */
export function unreachable(msg?: string): never {
  nodeAssert.fail(msg ?? "Unreachable.");
}

/** Fails unless both are deeply equal; `NaN` equals `NaN`. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.deepStrictEqual(actual, expected, msg);
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.notDeepStrictEqual(actual, expected, msg);
}

/** Fails unless `Object.is(actual, expected)`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  nodeAssert.strictEqual(actual, expected, msg);
}

/** Fails if `Object.is(actual, expected)`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.notStrictEqual(actual, expected, msg);
}

/** Fails if `actual` is `null` or `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  nodeAssert.ok(actual !== null && actual !== undefined, msg ?? `Expected a value, got ${actual}`);
}

/** Fails unless `actual` is within `tolerance` of `expected`, which is `1e-7` of it by default. */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  nodeAssert.ok(
    Math.abs(expected - actual) <= allowed,
    msg ?? `Expected ${actual} to be within ${allowed} of ${expected}`,
  );
}

/** Fails unless `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T>(
  actual: unknown,
  // deno-lint-ignore no-explicit-any
  expectedType: abstract new (...args: any[]) => T,
  msg?: string,
): asserts actual is T {
  nodeAssert.ok(
    actual instanceof expectedType,
    msg ?? `Expected an instance of ${expectedType.name}, got ${Deno.inspect(actual)}`,
  );
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  nodeAssert.match(actual, expected, msg);
}

/** Fails if `actual` matches `expected`. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  nodeAssert.doesNotMatch(actual, expected, msg);
}

/** Fails unless `actual` includes `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  nodeAssert.ok(actual.includes(expected), msg ?? `Expected "${actual}" to include "${expected}"`);
}

/** Fails unless `actual` holds a deep equal of every element of `expected`. */
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, msg?: string): void {
  const missing = Array.from(expected).filter((wanted) => !Array.from(actual).some((it) => same(it, wanted)));
  nodeAssert.ok(
    missing.length === 0,
    msg ?? `Expected ${Deno.inspect(actual)} to include ${Deno.inspect(missing)}`,
  );
}

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.ok(actual > expected, msg ?? `Expected ${actual} > ${expected}`);
}

/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.ok(actual >= expected, msg ?? `Expected ${actual} >= ${expected}`);
}

/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.ok(actual < expected, msg ?? `Expected ${actual} < ${expected}`);
}

/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.ok(actual <= expected, msg ?? `Expected ${actual} <= ${expected}`);
}

/** Fails unless `error` is an `errorClass` whose message includes `msgIncludes`. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  errorClass?: ErrorClass<E>,
  msgIncludes = "",
  msg?: string,
): asserts error is E {
  assertInstanceOf(error, errorClass ?? Error, msg);
  assertStringIncludes((error as Error).message, msgIncludes, msg);
}

/** Fails unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless `fn` throws an `errorClass` whose message includes `msgIncludes`; returns it. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass | string,
  msgIncludes?: string,
  msg?: string,
): unknown {
  let thrown: unknown;
  const keep = (error: unknown) => (thrown = error, true);
  if (typeof errorClassOrMsg === "string") nodeAssert.throws(fn, keep, errorClassOrMsg);
  else nodeAssert.throws(fn, keep, msg ?? "Expected function to throw.");
  if (typeof errorClassOrMsg === "function") assertIsError(thrown, errorClassOrMsg, msgIncludes, msg);
  return thrown;
}

/** Fails unless the promise that `fn` returns rejects; resolves with the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Fails unless that promise rejects with an `errorClass` whose message includes `msgIncludes`; resolves with it. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass | string,
  msgIncludes?: string,
  msg?: string,
): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (cause) {
    throw Object.assign(new AssertionError({ message: "Function throws when expected to reject." }), {
      cause,
    });
  }
  let reason: unknown;
  const keep = (error: unknown) => (reason = error, true);
  const text = typeof errorClassOrMsg === "string" ? errorClassOrMsg : msg;
  await nodeAssert.rejects(Promise.resolve(promise), keep, text ?? "Expected function to reject.");
  if (typeof errorClassOrMsg === "function") assertIsError(reason, errorClassOrMsg, msgIncludes, msg);
  return reason;
}

function same(a: unknown, b: unknown): boolean {
  try {
    nodeAssert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
