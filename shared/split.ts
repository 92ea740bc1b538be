/**
 * Dividing work into parts.
 *
 * @module
 */

import { describe } from "./_describe.ts";
import type { TypedArray } from "./dtype.ts";
import { NDArray } from "./ndarray.ts";

/**
 * Deals items out like cards: part `k` is `items[k]`, `items[k + count]`, `items[k + 2 * count]`, …
 *
 * Good where the cost of an item grows along the list, since every part gets some of each. Of an `NDArray` the
 * parts are views along the first axis; of a typed array they are unshared copies.
 *
 * @param items What to divide.
 * @param count How many parts; those beyond the number of items are empty.
 * @returns `count` parts.
 * @throws {RangeError} If `count` is not a positive integer.
 * @throws {TypeError} If `items` cannot be gone over.
 *
 * @example
 * ```ts
 * import { split } from "@multicore/multicore/shared";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(split([0, 1, 2, 3, 4], 2), [[0, 2, 4], [1, 3]]);
 * ```
 */
export function split<A extends NDArray>(items: A, count: number): A[];
/** Typed arrays are divided into typed arrays. */
export function split<A extends TypedArray>(items: A, count: number): A[];
/** Anything else is divided into arrays. */
export function split<T>(items: Iterable<T>, count: number): T[][];
export function split(items: NDArray | TypedArray | Iterable<unknown>, count: number): unknown[] {
  return divide(items, count, (length, index) => ({ start: index, stop: length, step: count, dealt: true }));
}

/**
 * Cuts items into runs of neighbours of nearly equal length, as `numpy.array_split`: the first
 * `length % count` parts have one more item.
 *
 * Of an `NDArray` the parts are views along the first axis, of a typed array subarrays: both share its memory.
 *
 * @param items What to divide.
 * @param count How many parts; those beyond the number of items are empty.
 * @returns `count` parts.
 * @throws {RangeError} If `count` is not a positive integer.
 * @throws {TypeError} If `items` cannot be gone over.
 *
 * @example
 * ```ts
 * import { arraySplit } from "@multicore/multicore/shared";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(arraySplit([0, 1, 2, 3, 4], 2), [[0, 1, 2], [3, 4]]);
 * ```
 */
export function arraySplit<A extends NDArray>(items: A, count: number): A[];
/** Typed arrays are divided into subarrays. */
export function arraySplit<A extends TypedArray>(items: A, count: number): A[];
/** Anything else is divided into arrays. */
export function arraySplit<T>(items: Iterable<T>, count: number): T[][];
export function arraySplit(items: NDArray | TypedArray | Iterable<unknown>, count: number): unknown[] {
  return divide(items, count, (length, index) => {
    const least = Math.floor(length / count), longer = length % count;
    const start = index * least + Math.min(index, longer);
    return { start, stop: start + least + (index < longer ? 1 : 0), step: 1, dealt: false };
  });
}

/** The indices of a part; `dealt` where they are `step` apart by design, so that typed arrays are copied even for 1. */
interface Part {
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly dealt: boolean;
}

function divide(
  items: NDArray | TypedArray | Iterable<unknown>,
  count: number,
  partOf: (length: number, index: number) => Part,
): unknown[] {
  if (typeof count !== "number") {
    throw new TypeError(`Cannot divide into ${describe(count)} parts: give a number`);
  }
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new RangeError(`Cannot divide into ${count} parts: give a positive integer`);
  }
  const iterable =
    typeof (items as Partial<Iterable<unknown>> | null | undefined)?.[Symbol.iterator] === "function";
  if (!iterable) throw new TypeError(`Cannot divide ${describe(items)}: give an array or another iterable`);
  const source = items instanceof NDArray || ArrayBuffer.isView(items) || Array.isArray(items)
    ? items
    : [...items];
  const length = source instanceof NDArray ? source.shape[0] : source.length;
  if (length === undefined) throw new TypeError("Cannot divide an array without axes");
  return Array.from({ length: count }, (_, index) => take(source, partOf(length, index)));
}

function take(
  source: NDArray | TypedArray | readonly unknown[],
  { start, stop, step, dealt }: Part,
): unknown {
  if (source instanceof NDArray) return source.slice([start, stop, step]);
  if (!dealt) return ArrayBuffer.isView(source) ? source.subarray(start, stop) : source.slice(start, stop);
  const part: unknown[] = [];
  for (let i = start; i < stop; i += step) part.push(source[i]);
  return ArrayBuffer.isView(source)
    ? new (source.constructor as Float64ArrayConstructor)(part as number[])
    : part;
}
