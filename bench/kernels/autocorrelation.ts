/**
 * Correlations of matrices of 100 x 100 against SciPy: ratios of times that were taken in turn, in the same seconds.
 *
 * A round runs every variant once; a ratio is taken within a round. The table shows the median over the rounds, and in
 * brackets the ratio of the least times.
 * All variants allocate their results, but for those that say "out". `scipy.signal.correlate2d` of a matrix with itself
 * takes so long that it is run on one of the matrices only.
 *
 * Run: deno run --allow-read --allow-sys --allow-run bench/kernels/autocorrelation.ts [kernels]
 * Options: --python, --rounds 15, --count 30 matrices, --costs for what the cost model is fitted to
 *
 * @module
 */

import { autocorrelate2d, correlate2d, setKernelBackend } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { parseArgs } from "@std/cli";
import { fileURLToPath } from "node:url";
import { fillPixels, fillUniform } from "../compare/input.ts";
import { findInterpreter } from "../compare/interpreter.ts";
import { PythonChild } from "../compare/python.ts";
import { summarize } from "../compare/statistics.ts";

const WORKERS = 2, ORDER = 100;
const KERNELS = [0, 3, 5, 7, 9, 15, 31]; // 0: the matrix itself
const REFERENCES = ["scipy-direct", "scipy-fft"];

/** Milliseconds of one run. */
type Variant = () => Promise<number> | number;

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Runs by the plain kernels. */
function plain(run: () => unknown): number {
  setKernelBackend("plain");
  const time = timed(run);
  setKernelBackend("auto");
  return time;
}

/** Our autocorrelations, warm. */
async function autocorrelations(pool: Pool, count: number): Promise<Map<string, Variant>> {
  const stack = NDArray.shared([count, ORDER, ORDER]);
  fillPixels(stack.data, 1);
  const outside = stack.copy(), width = 2 * ORDER - 1, out = NDArray.shared([count, width, width]);
  const together = async () => {
    const start = performance.now();
    await parallel.autocorrelate2d(pool, stack, { out });
    return performance.now() - start;
  };
  await together();
  const several = out.copy(), direct = autocorrelate2d(stack, { method: "direct" });
  autocorrelate2d(stack, { out });
  for (let i = 0; i < out.size; i++) {
    if (out.data[i] !== several.data[i]) throw new Error(`Element ${i} differs on 2 threads`);
    if (out.data[i] !== direct.data[i]) throw new Error(`Element ${i} is not exact`);
  }
  return new Map<string, Variant>([
    ["1 thread, out", () => timed(() => autocorrelate2d(stack, { out }))],
    ["1 thread", () => timed(() => autocorrelate2d(outside))],
    ["1 thread, one by one", () =>
      timed(() => {
        for (let i = 0; i < count; i++) autocorrelate2d(outside.at(i));
      })],
    ["1 thread, plain", () => plain(() => autocorrelate2d(outside))],
    ["1 thread, plain, out", () => plain(() => autocorrelate2d(stack, { out }))],
    ["2 threads, out", together],
  ]);
}

/** Our correlations with a kernel, warm. */
function correlations(size: number, count: number): Map<string, Variant> {
  const stack = NDArray.shared([count, ORDER, ORDER]), kernel = NDArray.shared([size, size]);
  fillUniform(stack.data, 1);
  fillUniform(kernel.data, 2);
  const outside = stack.copy(), width = ORDER + size - 1, out = NDArray.shared([count, width, width]);
  const bytes = NDArray.from(stack, undefined, "int8"), weights = NDArray.from(kernel, undefined, "int8");
  const each = (images: NDArray) => {
    for (let i = 0; i < count; i++) correlate2d(images.at(i), kernel);
  };
  return new Map<string, Variant>([
    ["1 thread, out", () => timed(() => correlate2d(stack, kernel, { out }))],
    ["1 thread", () => timed(() => correlate2d(outside, kernel))],
    ["1 thread, one by one", () => timed(() => each(outside))],
    ["1 thread, int8, out", () => timed(() => correlate2d(bytes, weights, { out }))],
    ["1 thread, plain", () => plain(() => correlate2d(outside, kernel))],
  ]);
}

/** Times of all variants, round by round. */
async function measure(
  variants: ReadonlyMap<string, Variant>,
  rounds: number,
): Promise<Map<string, number[]>> {
  const times = new Map([...variants.keys()].map((name) => [name, [] as number[]]));
  for (let round = -3; round < rounds; round++) {
    for (const [name, variant] of variants) {
      const time = await variant();
      if (round >= 0) times.get(name)!.push(time);
    }
  }
  return times;
}

function report(title: string, count: number, times: ReadonlyMap<string, number[]>): void {
  const perMatrix = (list: number[]) => {
    const { median, min } = summarize(list.map((time) => time / count * 1e3));
    return `${median.toFixed(1)} [${min.toFixed(1)}] us`;
  };
  console.log(`\n${count} ${title}: median [least] time of one`);
  for (const [name, list] of times) console.log(`  ${name.padEnd(24)} ${perMatrix(list)}`);
  const references = REFERENCES.filter((name) => times.has(name));
  if (references.length === 0) return;
  console.log(`  ratios: ${references.join(", ")} over`);
  for (const [name, list] of times) {
    if (references.includes(name)) continue;
    const least = summarize(list).min;
    const ratios = references.map((reference) => {
      const theirs = times.get(reference)!, paired = theirs.map((time, round) => time / list[round]);
      return `${summarize(paired).median.toFixed(2)} [${(summarize(theirs).min / least).toFixed(2)}]`;
    });
    console.log(`  ${name.padEnd(24)} ${ratios.join("  ")}`);
  }
}

/** Least times of what the cost model speaks of, in microseconds. */
function costs(rounds: number): void {
  const least = (run: () => unknown) => {
    const start = performance.now();
    let time = Infinity;
    for (let round = 0; round < 5 || performance.now() - start < 20 * rounds; round++) {
      time = Math.min(time, timed(run));
    }
    return (time * 1e3).toFixed(1);
  };
  for (const order of [16, 32, 50, 100, 200, 400]) {
    const a = NDArray.shared([order, order]);
    fillUniform(a.data, 1);
    const out = NDArray.shared([2 * order - 1, 2 * order - 1]);
    console.log(`autocorrelation ${order}: fft ${least(() => autocorrelate2d(a, { out, method: "fft" }))}`);
    for (const size of [1, 2, 3, 5, 8, 12, 13, 20, 31, 60].filter((size) => size <= order)) {
      const kernel = NDArray.shared([size, size]), width = order + size - 1;
      fillUniform(kernel.data, 2);
      const into = NDArray.shared([width, width]), bytes = NDArray.from(a, undefined, "int8");
      const weights = NDArray.from(kernel, undefined, "int8");
      const direct = least(() => correlate2d(a, kernel, { out: into, method: "direct" }));
      const integers = least(() => correlate2d(bytes, weights, { out: into, method: "direct" }));
      const fft = least(() => correlate2d(a, kernel, { out: into, method: "fft" }));
      console.log(`correlation ${order}, ${size}: direct ${direct}, int8 ${integers}, fft ${fft}`);
    }
  }
}

async function startPython(count: number): Promise<PythonChild> {
  const interpreter = await findInterpreter();
  if (!interpreter) throw new Error("Cannot compare with Python: there is none");
  const program = fileURLToPath(new URL("./correlation_references.py", import.meta.url));
  return await PythonChild.start(interpreter.command, [program, String(WORKERS), String(count)]);
}

if (import.meta.main) {
  const args = parseArgs(Deno.args, {
    boolean: ["python", "costs"],
    string: ["rounds", "count"],
    default: { rounds: "15", count: "30" },
  });
  const rounds = Number(args.rounds), count = Number(args.count);
  if (args.costs) {
    costs(rounds);
    Deno.exit();
  }
  await using pool = new Pool(WORKERS);
  await using python = args.python ? await startPython(count) : undefined;
  for (const size of args._.length ? args._.map(Number) : KERNELS) {
    const variants = size === 0 ? await autocorrelations(pool, count) : correlations(size, count);
    if (python) {
      await python.prepare(size);
      for (const name of REFERENCES) {
        if (python.greeting.missing[name].length > 0) continue;
        const times = size === 0 && name === "scipy-direct" ? count : 1;
        variants.set(name, async () => times * (await python.run(name, 1))[0]);
      }
    }
    const what = size === 0 ? "autocorrelations" : `correlations with ${size} x ${size}`;
    report(what, count, await measure(variants, rounds));
  }
}
