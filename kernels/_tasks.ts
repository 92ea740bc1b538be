/**
 * How the parallel kernels deal a job out, and what they have workers do: rebuild the job from its call, and
 * run a range of it.
 */

import type { Pool } from "../pool/pool.ts";
import { task } from "../pool/task.ts";
import { NDArray } from "../shared/ndarray.ts";
import { correlateJob, decided } from "./_correlate.ts";
import type { CorrelateCall } from "./_correlate_call.ts";
import { type DeterminantsCall, determinantsJob } from "./_determinants.ts";
import { type FftCall, fftJob } from "./_fft_lines.ts";
import { type Fft2Call, fft2Job } from "./_fft_planes.ts";
import type { Buffers, Job, StagedJob } from "./_job.ts";

/** A checked call of any kernel, and the kernel's name. */
export type KernelCall =
  | { readonly kernel: "determinants"; readonly call: DeterminantsCall }
  | { readonly kernel: "fft"; readonly call: FftCall }
  | { readonly kernel: "fft2"; readonly call: Fft2Call }
  | { readonly kernel: "correlate"; readonly call: CorrelateCall };

/** A job whose units workers claim for themselves, a step at a time. */
export interface Claims {
  /** The job's call, whose arrays lie in shared memory. */
  readonly job: KernelCall;
  /** Its only element: the first unit that nobody has claimed. */
  readonly next: NDArray<"int32">;
  /** Units that are claimed at once. */
  readonly step: number;
}

/** A range of the parts of one stage of one unit of a job. */
export interface PartRange {
  /** The job's call, whose arrays lie in shared memory. */
  readonly job: KernelCall;
  /** The first part. */
  readonly from: number;
  /** The first part that is no longer of the range. */
  readonly to: number;
  /** The unit. */
  readonly unit: number;
  /** Which of its stages. */
  readonly stage: number;
  /** The buffers that all threads at work on the unit share, by name. */
  readonly buffers: Readonly<Record<string, NDArray<"float64">>>;
}

/** The job of a call; with `buffers`, those of its units are not this thread's own. */
export function jobOf({ kernel, call }: KernelCall, buffers?: Buffers): Job | StagedJob {
  switch (kernel) {
    case "determinants":
      return determinantsJob(call);
    case "fft":
      return fftJob(call);
    case "fft2":
      return fft2Job(call, buffers);
    case "correlate":
      return correlateJob(call, buffers);
  }
}

/** Claims units and runs them until none is left; gives how many. */
export const runUnits: (claims: Claims) => number = task(
  import.meta,
  "runUnits",
  ({ job: call, next, step }: Claims): number => {
    const job = jobOf(call), { units } = job;
    let done = 0;
    for (;;) {
      const from = Atomics.add(next.data, 0, step), to = Math.min(from + step, units);
      if (from >= units) return done;
      job.run(from, to);
      done += to - from;
    }
  },
);

/** Runs a range of parts. */
export const runParts: (range: PartRange) => void = task(
  import.meta,
  "runParts",
  ({ job, unit, stage, from, to, buffers }: PartRange): void => {
    const staged = jobOf(job, (name) => buffers[name].data) as StagedJob;
    staged.stagesOf(unit)[stage].run(from, to);
  },
);

/** Steps in which each worker claims its share, about: the faster ones take over from the slower ones. */
const STEPS_PER_WORKER = 16;

/** Ranges that each worker gets, about: enough for the faster ones to take over from the slower ones. */
const RANGES_PER_WORKER = 4;

/** Elements of a unit's result from which on it is worth while to split it. */
const WORTH_SPLITTING = 1 << 18;

/** Runs a call in the workers, and gives its result: `call.out`. */
export async function runCall(pool: Pool, { kernel, call }: KernelCall): Promise<NDArray> {
  const borrowed = new DisposableStack();
  const copies = new Map<NDArray, NDArray>();
  const intoShared = (array: NDArray): NDArray => {
    if (array.isShared) return array;
    let copy = copies.get(array);
    if (!copy) {
      copies.set(array, copy = borrowed.use(NDArray.shared(array.shape, array.dtype)).copyFrom(array));
    }
    return copy;
  };
  const arrays = Object.fromEntries(
    Object.entries(call).filter(([, value]) => value instanceof NDArray)
      .map(([name, value]) => [name, name === "out" ? value : intoShared(value)]),
  );
  const out = call.out.isShared ? call.out : borrowed.use(NDArray.shared(call.out.shape, call.out.dtype));
  await runJob(pool, { kernel, call: { ...call, ...arrays, out } } as KernelCall);
  if (out !== call.out) call.out.copyFrom(out);
  // Not after a failure: then a worker may still be writing, and what was borrowed is left to the collector.
  borrowed.dispose();
  return call.out;
}

async function runJob(pool: Pool, job: KernelCall): Promise<void> {
  const { units } = jobOf(job), { size } = job.call.out;
  if (units === 0) return;
  const isSplit = units < 2 * pool.size && pool.size > 1 && size / units >= WORTH_SPLITTING;
  if (isSplit && (job.kernel === "fft2" || job.kernel === "correlate")) {
    for (let unit = 0; unit < units; unit++) await runUnit(pool, job, unit);
  } else {
    await runAllUnits(pool, job, units);
  }
}

/** Runs every unit: what a worker does next costs no message. */
async function runAllUnits(pool: Pool, job: KernelCall, units: number): Promise<void> {
  const step = Math.ceil(units / (STEPS_PER_WORKER * pool.size));
  for (;;) {
    const next = NDArray.shared(1, "int32");
    const counts = await pool.map(runUnits, Array.from({ length: pool.size }, () => ({ job, next, step })));
    next[Symbol.dispose](); // not after a failure: see runCall
    // Fewer: a worker died over its step, and the pool, told to retry, ran its task but not that step again.
    if (counts.reduce((sum, count) => sum + count, 0) === units) return;
  }
}

/** Runs one unit in all workers, stage by stage. */
async function runUnit(pool: Pool, given: KernelCall, unit: number): Promise<void> {
  const borrowed = new DisposableStack();
  const buffers: Record<string, NDArray<"float64">> = {};
  const job = given.kernel === "correlate" ? { ...given, call: decided(given.call, unit) } : given;
  const staged = jobOf(job, (name, length) => {
    const buffer = buffers[name] ??= borrowed.use(NDArray.shared([length], "float64"));
    return buffer.data;
  }) as StagedJob;
  const stages = staged.stagesOf(unit);
  for (let stage = 0; stage < stages.length; stage++) {
    const parts = ranges(stages[stage].parts, pool.size);
    await pool.map(runParts, parts.map(([from, to]) => ({ job, unit, stage, from, to, buffers })));
  }
  borrowed.dispose();
}

function ranges(count: number, workers: number): [from: number, to: number][] {
  const pieces = Math.min(count, RANGES_PER_WORKER * workers);
  return Array.from({ length: pieces }, (_, i) => [
    Math.floor(i * count / pieces),
    Math.floor((i + 1) * count / pieces),
  ]);
}
