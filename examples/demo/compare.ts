/**
 * One workload, both ways: warmed up alike, checked, then timed in alternation.
 *
 * @module
 */

import type { NDArray, Pool } from "@multicore/multicore";
import type { Workload } from "./workloads.ts";

const BUDGET = 4000; // milliseconds for the timed runs of a workload, as far as the least number of runs allows
const BLOCK = 300; // milliseconds of runs of one way in a row, about
const MOST_RUNS = 100; // of each way

/** How the two ways compare. */
export interface Comparison {
  /** How often each way was timed. */
  readonly runs: number;
  /** How many numbers the answer has. */
  readonly elements: number;
  /** Median time of one thread, in milliseconds. */
  readonly sequential: number;
  /** Median time of the pool, in milliseconds. */
  readonly parallel: number;
  /** What the answer was checked against. */
  readonly evidence: string;
}

/**
 * Compares the two ways; `onRun` is told each run's number before it.
 *
 * Warm-up runs come first, as many for each way: both reach the speed of optimised code. Then answers are compared,
 * and only then is anything timed: each run by itself, in short blocks that alternate, so that a machine that is busy
 * for a while slows both ways, and each way finds its processors awake and its caches warm.
 */
export async function compare(
  workload: Workload,
  pool: Pool,
  warmUps: number,
  onRun: (run: number, runs: number) => void,
): Promise<Comparison> {
  let run = 0, planned = 2 * warmUps;
  const time = async (work: () => void | Promise<void>, times: number[], count: number) => {
    for (let i = 0; i < count; i++) {
      onRun(++run, planned);
      const start = performance.now();
      await work();
      times.push(performance.now() - start);
    }
  };
  const both = async (sequential: number[], parallel: number[], count: number) => {
    await time(() => workload.sequential(), sequential, count);
    await time(() => workload.parallel(pool), parallel, count);
  };

  const first: number[] = [], second: number[] = [];
  await both(first, second, warmUps);

  const [one, many] = workload.answers;
  if (!sameBits(one, many)) {
    throw new Error(`${workload.title}: the workers' answer differs from one thread's`);
  }
  const evidence = workload.check();

  const last = first.at(-1)! + second.at(-1)!;
  const inBlock = Math.max(1, Math.min(MOST_RUNS / 4, Math.round(2 * BLOCK / last)));
  const blocks = Math.max(
    3,
    Math.min(Math.floor(MOST_RUNS / inBlock), Math.floor(BUDGET / (inBlock * last))),
  );
  planned += 2 * blocks * inBlock;
  const sequential: number[] = [], parallel: number[] = [];
  for (let i = 0; i < blocks; i++) await both(sequential, parallel, inBlock);
  return {
    runs: sequential.length,
    elements: one.data.length,
    sequential: median(sequential),
    parallel: median(parallel),
    evidence,
  };
}

function sameBits(a: NDArray, b: NDArray): boolean {
  const [x, y] = [a, b].map(({ data }) =>
    new Uint32Array(data.buffer, data.byteOffset, data.byteLength / Uint32Array.BYTES_PER_ELEMENT)
  );
  return x.length === y.length && x.every((word, i) => word === y[i]);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
