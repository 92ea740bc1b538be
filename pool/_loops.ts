/**
 * Loops and reductions on the workers of a pool.
 *
 * @module
 */

import { Block } from "../shared/block.ts";
import { checkArgs, checkCount, checkFunction } from "./_options.ts";
import {
  indexed,
  type RangeEnd,
  type RangeOrder,
  type ReduceOrder,
  reduceParts,
  runRange,
} from "./_range.ts";
import type { LoopOptions } from "./pool_options.ts";
import type { Pool } from "./pool.ts";
import type { AnyFunction } from "./process.ts";

/** Checks the end of a loop. */
function checkN(n: unknown): number {
  if (typeof n !== "number") throw new TypeError(`Cannot run the loop: n must be a number, got ${typeof n}`);
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new RangeError(`Cannot run the loop: n must be an integer from 0 on, got ${n}`);
  }
  return n;
}

/** What each worker is to do, and the block with the counter that they share. */
function planLoop(size: number, n: unknown, body: unknown, args: unknown, options: LoopOptions) {
  const end = checkN(n), grain = checkCount(options.grain, "grain", 1), given = checkArgs(args);
  checkFunction(body, "body");
  const { schedule = "dynamic" } = options;
  if (schedule !== "dynamic" && schedule !== "static") {
    throw new TypeError(
      `Cannot run the loop: schedule must be "dynamic" or "static", got ${String(schedule)}`,
    );
  }
  const workers = Math.min(size, Math.ceil(end / grain));
  const { block, counter } = makeCounter();
  const orders = Array.from({ length: workers }, (_, k): RangeOrder => ({
    body: body as AnyFunction,
    args: given,
    counter,
    n: end,
    grain,
    workers,
    ...(schedule === "static" && {
      part: [Math.floor(end * k / workers), Math.floor(end * (k + 1) / workers)] as const,
    }),
  }));
  return { orders, block };
}

function makeCounter(): { readonly block: Block; readonly counter: BigInt64Array } {
  const block = Block.allocate(16, "value"), counter = block.view("int64") as BigInt64Array;
  counter[1] = -1n;
  return { block, counter };
}

/** Runs a loop; resolves when all indices are done, or rejects with the failure of lowest index. */
export async function runLoop(
  pool: Pool,
  n: unknown,
  body: unknown,
  args: unknown,
  options: LoopOptions,
): Promise<void> {
  const { orders, block } = planLoop(pool.size, n, body, args, options);
  try {
    throwLowest(await Promise.allSettled(orders.map((order) => pool.apply(runRange, [order]))));
  } finally {
    block.free();
  }
}

/** As {@linkcode runLoop}, blocking. */
export function runLoopSync(
  pool: Pool,
  n: unknown,
  body: unknown,
  args: unknown,
  options: LoopOptions,
): void {
  const { orders, block } = planLoop(pool.size, n, body, args, options);
  try {
    throwLowest(
      pool.mapSync(runRange, orders, { chunksize: 1 }).map((value) => ({ status: "fulfilled", value })),
    );
  } finally {
    block.free();
  }
}

function throwLowest(outcomes: readonly PromiseSettledResult<RangeEnd | null>[]): void {
  let lowest: RangeEnd | null = null;
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw outcome.reason;
    const { value } = outcome;
    if (value && (!lowest || value.index < lowest.index)) lowest = value;
  }
  if (lowest) throw indexed(lowest.error, lowest.index);
}

/** Parts of a reduction; fixed, so that the result does not depend on the number of workers. */
const PARTS = 256;

/** Reduces over a fixed partition. */
export async function runReduction(
  pool: Pool,
  n: unknown,
  body: unknown,
  combine: unknown,
  initial: unknown,
  args: unknown,
): Promise<unknown> {
  const end = checkN(n), given = checkArgs(args), parts = Math.min(end, PARTS);
  checkFunction(body, "body");
  checkFunction(combine, "combine");
  const { block, counter } = makeCounter();
  const order: ReduceOrder = {
    body: body as AnyFunction,
    combine: combine as AnyFunction,
    args: given,
    counter,
    n: end,
    parts,
  };
  try {
    const workers = Array.from(
      { length: Math.min(pool.size, parts) },
      () => pool.apply(reduceParts, [order]),
    );
    const values: unknown[] = [];
    for (const outcome of await Promise.allSettled(workers)) {
      if (outcome.status === "rejected") throw outcome.reason;
      for (const [part, value] of outcome.value) values[part] = value;
    }
    let result = initial;
    for (const value of values) result = await (combine as AnyFunction)(result, value);
    return result;
  } finally {
    block.free();
  }
}
