/**
 * Loops and reductions on the workers of a pool.
 *
 * @module
 */

import { Block } from "../shared/block.ts";
import { heapWords } from "../shared/heap.ts";
import { checkArgs, checkCount, checkFunction } from "./_options.ts";
import { indexed, type ReduceOrder, reduceParts, type Share, type ShareEnd } from "./_range.ts";
import type { Submissions } from "./_submissions.ts";
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
  const workers = Math.min(size, Math.ceil(end / grain)), block = makeCounter();
  const { offset, generation } = block.reference;
  const shareOf = (from: number, to: number) => {
    const share: Share = [offset, generation, end, grain, workers, from, to];
    return [share, ...given];
  };
  const bound = (k: number) => Math.floor(end * k / workers);
  const shares = schedule === "static"
    ? Array.from({ length: workers }, (_, k) => shareOf(bound(k), bound(k + 1)))
    : new Array<unknown[]>(workers).fill(shareOf(0, 0));
  return { shares, block };
}

function makeCounter(): Block {
  const block = Block.allocate(16, "value"), word = (block.offset >>> 2) + 2;
  heapWords(block.offset + 16).fill(-1, word, word + 2);
  return block;
}

/** Runs a loop; resolves when all indices are done, or rejects with the failure of lowest index. */
export async function runLoop(
  calls: Submissions,
  n: unknown,
  body: unknown,
  args: unknown,
  options: LoopOptions,
): Promise<void> {
  const { shares, block } = planLoop(calls.processes, n, body, args, options);
  try {
    if (shares.length) throwLowest(await calls.shares(body, shares));
  } finally {
    block.free();
  }
}

/** As {@linkcode runLoop}, blocking. */
export function runLoopSync(
  calls: Submissions,
  n: unknown,
  body: unknown,
  args: unknown,
  options: LoopOptions,
): void {
  const { shares, block } = planLoop(calls.processes, n, body, args, options);
  try {
    if (shares.length) throwLowest(calls.sharesSync(body, shares));
  } finally {
    block.free();
  }
}

function throwLowest(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  let lowest: ShareEnd | null = null;
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw outcome.reason;
    const value = outcome.value as ShareEnd | 0;
    if (value !== 0 && (!lowest || value.index < lowest.index)) lowest = value;
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
  const block = makeCounter(), counter = block.view("int64") as BigInt64Array;
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
