/**
 * Processes and pools: functions that run on all cores.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * assertEquals(await pool.map((x: number) => x ** 2, [1, 2, 3]), [1, 4, 9]);
 * ```
 *
 * @module
 */

import * as shared from "../shared/mod.ts";
import * as result from "./async_result.ts";
import { inspectorAllowed, openInspector } from "./_inspector.ts";
import { self } from "./_identity.ts";
import { knowModule } from "./_modules.ts";
import * as pool from "./pool.ts";
import * as loops from "./prange.ts";
import * as process from "./process.ts";
import { canStopThreads } from "./_version.ts";
import * as any from "./wait_any.ts";

// Functions that use this library's classes can be sent before the other loaded modules are known.
knowModule(new URL("../shared/mod.ts", import.meta.url).href, shared);
for (
  const [file, namespace] of Object.entries({
    pool,
    process,
    prange: loops,
    async_result: result,
    wait_any: any,
  })
) knowModule(new URL(".", import.meta.url).href + `${file}.ts`, namespace);

// A captured variable is read at the moment of the call, which needs one answer of the inspector beforehand. Without
// --allow-sys there is none, nobody is asked, and functions that capture something are refused.
if (!self().control && canStopThreads() && inspectorAllowed()) await openInspector();

export type { AnyFunction, ProcessOptions } from "./process.ts";
export { activeChildren, cpuCount, currentProcess, exit, parentProcess, Process } from "./process.ts";
export * from "./prange.ts";
export * from "./pool.ts";
export * from "./pool_options.ts";
export { task } from "./task.ts";
export type { Callbacks } from "./async_result.ts";
export { AsyncResult } from "./async_result.ts";
export * from "./wait_any.ts";
export type { PoolStats, SlowItem, WorkerStats } from "./stats.ts";
export type { PoolTrace, TraceEvent } from "./_trace.ts";
export type { Progress } from "./_job.ts";
