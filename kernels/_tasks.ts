/**
 * How the parallel kernels deal a job out, and what they have workers do: rebuild the job from its call, and
 * run a range of it.
 */

import type { Pool } from "../pool/pool.ts";
import { task } from "../pool/task.ts";
import { bequeathModule } from "../shared/inheritance.ts";
import { NDArray } from "../shared/ndarray.ts";
import { type BackendChoice, backendOf, withBackend } from "./backend.ts";
import { correlateJob, decided } from "./_correlate.ts";
import type { CorrelateCall } from "./_correlate_call.ts";
import {
  type DeterminantsCall,
  determinantsJob,
  type LogDeterminantsCall,
  logDeterminantsJob,
} from "./_determinants.ts";
import { type FftCall, fftJob } from "./_fft_lines.ts";
import { type Fft2Call, fft2Job } from "./_fft_planes.ts";
import { type FftnCall, fftnPasses } from "./_fftn.ts";
import type { Buffers, Job, StagedJob } from "./_job.ts";
import { overlaps } from "./_overlap.ts";
import { invJob, luJob, solveJob } from "./_linalg.ts";
import type { InvCall, LuCall, SolveCall } from "./_linalg_call.ts";
import { runShares } from "./_shares.ts";
import { shareModules } from "./wasm/compiled.ts";

// The workers of pools that are made from now on load this module, and with it all kernels, when they are idle.
bequeathModule(import.meta.url);

/** A checked call of any kernel, and the kernel's name. */
export type KernelCall =
  | { readonly kernel: "determinants"; readonly call: DeterminantsCall }
  | { readonly kernel: "logDeterminants"; readonly call: LogDeterminantsCall }
  | { readonly kernel: "lu"; readonly call: LuCall }
  | { readonly kernel: "solve"; readonly call: SolveCall }
  | { readonly kernel: "inv"; readonly call: InvCall }
  | { readonly kernel: "fft"; readonly call: FftCall }
  | { readonly kernel: "fft2"; readonly call: Fft2Call }
  | { readonly kernel: "correlate"; readonly call: CorrelateCall };

/**
 * A job whose units workers claim for themselves. Its arrays are arguments of their own: so the call travels in
 * microseconds.
 */
export interface Claims {
  readonly kernel: KernelCall["kernel"];
  /** The call without its arrays. */
  readonly call: Readonly<Record<string, unknown>>;
  /** What the call names the arrays, and which it is of those that come along. */
  readonly arrays: readonly (readonly [name: string, index: number])[];
  /** How many workers there are. */
  readonly workers: number;
  /** The code that was chosen for the pool. */
  readonly backend: BackendChoice;
}

/** Takes the arrays out of a call. */
function withoutArrays(
  given: object,
): Pick<Claims, "call" | "arrays"> & { readonly found: readonly NDArray[] } {
  const found = new Set<NDArray>(), call: Record<string, unknown> = {}, arrays: [string, number][] = [];
  for (const [name, value] of Object.entries(given)) {
    if (!(value instanceof NDArray)) call[name] = value;
    else arrays.push([name, [...found.add(value)].indexOf(value)]);
  }
  return { call, arrays, found: [...found] };
}

/** Puts them in again. */
function withArrays({ kernel, call, arrays }: Claims, found: readonly NDArray[]): KernelCall {
  const given = Object.fromEntries(arrays.map(([name, index]) => [name, found[index]]));
  return { kernel, call: { ...call, ...given } } as unknown as KernelCall;
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
  /** By first part: 1 where a range was begun. Parts that transform in place cannot be run twice. */
  readonly begun: NDArray<"int32">;
  /** The buffers that all threads at work on the unit share, by name. */
  readonly buffers: Readonly<Record<string, NDArray<"float64">>>;
  /** The code that was chosen for the pool. */
  readonly backend: BackendChoice;
}

/** The job of a call; with `buffers`, those of its units are not this thread's own. */
export function jobOf({ kernel, call }: KernelCall, buffers?: Buffers): Job | StagedJob {
  switch (kernel) {
    case "determinants":
      return determinantsJob(call);
    case "logDeterminants":
      return logDeterminantsJob(call);
    case "lu":
      return luJob(call);
    case "solve":
      return solveJob(call);
    case "inv":
      return invJob(call);
    case "fft":
      return fftJob(call);
    case "fft2":
      return fft2Job(call, buffers);
    case "correlate":
      return correlateJob(call, buffers);
  }
}

/** Claims units and runs them until none is left; gives how many. `next` holds the first that nobody has claimed. */
export const runUnits: (claims: Claims, next: NDArray<"int32">, ...arrays: NDArray[]) => number = task(
  import.meta,
  "runUnits",
  (claims: Claims, next: NDArray<"int32">, ...arrays: NDArray[]): number => {
    const { workers, backend } = claims, call = withArrays(claims, arrays);
    return withBackend(backend, () => runShares(jobOf(call), workers, next.data));
  },
);

/** Runs a range of parts, and gives true; not if that was begun before, by a worker that died over it. */
export const runParts: (range: PartRange) => boolean = task(
  import.meta,
  "runParts",
  ({ job, unit, stage, from, to, buffers, begun, backend }: PartRange): boolean => {
    if (Atomics.exchange(begun.data, from, 1) === 1) return false;
    withBackend(backend, () => {
      const staged = jobOf(job, (name) => buffers[name].data) as StagedJob;
      staged.stagesOf(unit)[stage].run(from, to);
    });
    return true;
  },
);

/** Ranges that each worker gets, about: enough for the faster ones to take over from the slower ones. */
const RANGES_PER_WORKER = 4;

/** Elements of a unit's result from which on it is worth while to split it. */
const WORTH_SPLITTING = 1 << 18;

/** What calls name the arrays that are written; the others are read. */
const RESULTS: ReadonlySet<string> = new Set(["out", "sign", "logabsdet", "p", "l", "u", "singular"]);

/** Runs a call in the workers. */
export async function runCall(pool: Pool, { kernel, call }: KernelCall): Promise<void> {
  shareModules(pool);
  await withShared(call, (shared) => runJob(pool, { kernel, call: shared } as KernelCall));
}

/** Runs a transform along any number of axes in the workers, pass by pass. */
export async function runPasses(pool: Pool, call: FftnCall): Promise<void> {
  shareModules(pool);
  await withShared(call, async (shared, borrowed) => {
    const passes = fftnPasses(
      shared,
      (shape, dtype) => borrowed.use(NDArray.shared(shape, dtype)),
    );
    for (const pass of passes) await runJob(pool, pass);
    if (passes.length === 0) shared.out.copyFrom(shared.a);
  });
}

/** Runs `body` with a call whose arrays lie in shared memory, then copies to those that do not what it wrote. */
async function withShared<C extends object>(
  call: C,
  body: (shared: C, borrowed: DisposableStack) => Promise<void>,
): Promise<void> {
  const borrowed = new DisposableStack();
  const copies = new Map<NDArray, NDArray>(), results: [result: NDArray, copy: NDArray][] = [];
  const borrow = ({ shape, dtype }: NDArray) => borrowed.use(NDArray.shared(shape, dtype));
  const intoShared = (name: string, array: NDArray): NDArray => {
    if (array.isShared) return array;
    if (RESULTS.has(name)) {
      const copy = borrow(array);
      results.push([array, copy]);
      return copy;
    }
    let copy = copies.get(array);
    if (!copy) copies.set(array, copy = borrow(array).copyFrom(array));
    return copy;
  };
  const arrays = Object.fromEntries(
    Object.entries(call).filter(([, value]) => value instanceof NDArray)
      .map(([name, value]) => [name, intoShared(name, value)]),
  );
  await body({ ...call, ...arrays }, borrowed);
  for (const [result, copy] of results) result.copyFrom(copy);
  // Not after a failure: then a worker may still be writing, and what was borrowed is left to the collector.
  borrowed.dispose();
}

async function runJob(pool: Pool, job: KernelCall): Promise<void> {
  const { units } = withBackend(backendOf(pool), () => jobOf(job));
  if (units === 0) return;
  const isSplit = (out: NDArray) =>
    units < 2 * pool.size && pool.size > 1 && out.size / units >= WORTH_SPLITTING;
  if ((job.kernel === "fft2" || job.kernel === "correlate") && isSplit(job.call.out)) {
    for (let unit = 0; unit < units; unit++) await runUnit(pool, job, unit);
  } else {
    await runAllUnits(pool, job, units);
  }
}

/** Runs every unit: what a worker does next costs no message. */
async function runAllUnits(pool: Pool, job: KernelCall, units: number): Promise<void> {
  const { call, arrays, found } = withoutArrays(job.call);
  const claims: Claims = { kernel: job.kernel, call, arrays, workers: pool.size, backend: backendOf(pool) };
  for (let round = 1;; round++) {
    const next = NDArray.shared(1, "int32");
    const args: Parameters<typeof runUnits> = [claims, next, ...found];
    const counts = await pool.starmap(runUnits, Array.from({ length: pool.size }, () => args));
    next[Symbol.dispose](); // not after a failure: see withShared
    // Fewer: a worker died over its share, and the pool, told to retry, ran its task but not that share again.
    if (counts.reduce((sum, count) => sum + count, 0) === units) return;
    checkRunAgain(job.call, round);
  }
}

/** Rounds after which a call is given up: what it does seems to be what workers die of. */
const MOST_ROUNDS = 4;

/** Throws if a call, over which a worker died in a round, is not to be run in another one. */
function checkRunAgain(call: object, rounds: number): void {
  if (rounds >= MOST_ROUNDS) {
    throw new Error(`Cannot finish the kernel: workers died over it in each of ${rounds} rounds`);
  }
  const arrays = Object.entries(call).filter(([, value]) => value instanceof NDArray);
  const written = arrays.filter(([name]) => RESULTS.has(name));
  if (arrays.some(([name, read]) => !RESULTS.has(name) && written.some(([, out]) => overlaps(read, out)))) {
    throw new Error(
      "Cannot run the kernel again where a worker died: it has overwritten its input; give an out apart from it",
    );
  }
}

/** Runs one unit in all workers, stage by stage. */
async function runUnit(pool: Pool, given: KernelCall, unit: number): Promise<void> {
  const borrowed = new DisposableStack();
  const buffers: Record<string, NDArray<"float64">> = {};
  const backend = backendOf(pool);
  const { job, stages } = withBackend(backend, () => {
    const job = given.kernel === "correlate" ? { ...given, call: decided(given.call, unit) } : given;
    const staged = jobOf(job, (name, length) => {
      const buffer = buffers[name] ??= borrowed.use(NDArray.shared([length], "float64"));
      return buffer.data;
    }) as StagedJob;
    return { job, stages: staged.stagesOf(unit) };
  });
  for (let stage = 0, rounds = 1; stage < stages.length; stage++) {
    const { parts } = stages[stage], begun = borrowed.use(NDArray.shared(Math.max(1, parts), "int32"));
    const shared = { job, unit, stage, buffers, begun, backend };
    const ran = await pool.map(
      runParts,
      ranges(parts, pool.size).map(([from, to]) => ({ ...shared, from, to })),
    );
    if (ran.every((it) => it)) continue;
    checkRunAgain(given.call, rounds++);
    stage = -1; // from the start
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
