/**
 * Memory that all threads share, and what stands in it: blocks by name, arrays, values, errors.
 *
 * @example Bytes that every thread can find by name
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { NDArray, SharedMemory } from "@multicore/multicore/shared";
 *
 * using memory = SharedMemory.create(6 * 8, { name: "grid" });
 * const grid = NDArray.over(memory, [2, 3]);
 * grid.set(7, 1, 2);
 * assertEquals(SharedMemory.attach("grid").view("float64")[5], 7);
 * ```
 *
 * @module
 */

export * from "./errors.ts";
export type {
  Complex,
  DType,
  DTypeOf,
  ElementOf,
  StorableOf,
  TypedArray,
  TypedArrayOf,
  TypedArrays,
} from "./dtype.ts";
export * from "./ndarray.ts";
export * from "./arrays.ts";
export * from "./values.ts";
export * from "./shared_array.ts";
export * from "./shareable_list.ts";
export * from "./shared_memory.ts";
export * from "./manager.ts";
export { Primitive } from "./_primitive.ts";
export * from "./lock_guard.ts";
export * from "./lock.ts";
export * from "./semaphore.ts";
export * from "./condition.ts";
export * from "./event.ts";
export * from "./barrier.ts";
export * from "./pipe.ts";
export * from "./queue.ts";
export * from "./split.ts";
export type { BlockCount, HeapStats } from "./stats.ts";
export { heapStats } from "./stats.ts";
export type { BlockKind } from "./block.ts";
export type { WaitOptions } from "./wait.ts";
export { CHANGE, READY, type Waitable } from "./waitable.ts";
import "./ledger.ts"; // repairs what a dead thread had pinned
