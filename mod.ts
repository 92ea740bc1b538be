/**
 * Python's `multiprocessing` for Deno: real functions run on all cores, over memory that every thread sees.
 *
 * This module holds everything of `./pool` (processes, pools, tasks) and of `./shared` (memory, arrays, locks,
 * queues, errors). The numeric kernels are in `./kernels`, and `./kernels/parallel` runs them over a pool.
 *
 * @example Square the numbers on all cores
 * ```ts
 * import { Pool } from "@multicore/multicore";
 * import { assertEquals } from "@std/assert";
 *
 * await using pool = new Pool();
 * const squares = await pool.map((x: number) => x * x, [1, 2, 3, 4]);
 * assertEquals(squares, [1, 4, 9, 16]);
 * ```
 *
 * @module
 */

export * from "./pool/mod.ts";
export * from "./shared/mod.ts";
