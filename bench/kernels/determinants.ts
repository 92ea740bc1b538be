/**
 * Determinants against NumPy and numba: ratios of times that were taken in turn, in the same seconds.
 *
 * A round runs every variant once; a ratio is taken within a round. The table shows the median over the rounds, and in
 * brackets the ratio of the least times.
 * All variants allocate their results. NumPy and numba get the matrices one after the other, which suits them best;
 * ours get them as (n, n, count) and as (count, n, n).
 *
 * Run: deno run --allow-read --allow-sys --allow-run bench/kernels/determinants.ts [orders]
 * Options: --python, --rounds 15, --most 100000 matrices at most, fewer where the machine has other things to do
 *
 * @module
 */

import { dets, setKernelBackend } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { parseArgs } from "@std/cli";
import { fileURLToPath } from "node:url";
import { fillUniform } from "../compare/input.ts";
import { findInterpreter } from "../compare/interpreter.ts";
import { PythonChild } from "../compare/python.ts";
import { summarize } from "../compare/statistics.ts";

const WORKERS = 2;
const ORDERS = [3, 8, 10, 32, 100];
const REFERENCES = ["numpy-stack", "numpy-loop", "numba-prange", "numba-lu"];

/** Milliseconds of one run. */
type Variant = () => Promise<number> | number;

const args = parseArgs(Deno.args, {
  boolean: ["python"],
  string: ["rounds", "most"],
  default: { rounds: "15", most: "100000" },
});
const most = Number(args.most);

function countOf(order: number): number {
  return Math.max(Math.ceil(most / 1000), Math.min(most, Math.floor(1e3 * most / order ** 3)));
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** Our variants for one order, warm, and all with the same results. */
async function ours(order: number, pool: Pool): Promise<Map<string, Variant>> {
  const count = countOf(order), tensor = NDArray.shared([order, order, count]);
  fillUniform(tensor.data, 3);
  const last = tensor.transpose(2, 0, 1), first = NDArray.shared([count, order, order]).copyFrom(last);
  const outside = first.copy();
  const plain = () => {
    setKernelBackend("plain");
    const time = timed(() => dets(first));
    setKernelBackend("auto");
    return time;
  };
  const together = (stack: NDArray) => async () => {
    const start = performance.now();
    using _result = await parallel.dets(pool, stack);
    return performance.now() - start;
  };
  using sample = await parallel.dets(pool, last);
  const expected = dets(first);
  for (let i = 0; i < count; i++) {
    if (sample.data[i] !== expected.data[i]) throw new Error(`Determinant ${i} differs between the variants`);
  }
  return new Map<string, Variant>([
    ["1 thread, (n, n, count)", () => timed(() => dets(last))],
    ["1 thread, (count, n, n)", () => timed(() => dets(first))],
    ["1 thread, not in the heap", () => timed(() => dets(outside))],
    ["1 thread, plain", plain],
    ["2 threads, (n, n, count)", together(last)],
    ["2 threads, (count, n, n)", together(first)],
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

function report(order: number, times: ReadonlyMap<string, number[]>): void {
  const perMatrix = (list: number[]) => {
    const { median, min } = summarize(list.map((time) => time / countOf(order) * 1e6));
    return `${median.toFixed(0)} [${min.toFixed(0)}] ns`;
  };
  console.log(`\n${countOf(order)} determinants of order ${order}: median [least] time of one`);
  for (const [name, list] of times) console.log(`  ${name.padEnd(28)} ${perMatrix(list)}`);
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
    console.log(`  ${name.padEnd(28)} ${ratios.join("  ")}`);
  }
}

/** Milliseconds from the start of a process to its first result. */
async function cold(): Promise<number> {
  const program = fileURLToPath(new URL("./cold_determinants.ts", import.meta.url));
  const start = performance.now();
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--allow-read", "--allow-sys", program],
  }).output();
  if (!success) throw new Error("The process that starts cold failed");
  return performance.now() - start;
}

async function startPython(): Promise<PythonChild> {
  const interpreter = await findInterpreter();
  if (!interpreter) throw new Error("Cannot compare with Python: there is none");
  const program = fileURLToPath(new URL("./determinant_references.py", import.meta.url));
  return await PythonChild.start(interpreter.command, [program, String(WORKERS), String(most)]);
}

if (import.meta.main) {
  const orders = args._.length ? args._.map(Number) : ORDERS;
  await using pool = new Pool(WORKERS);
  await using python = args.python ? await startPython() : undefined;
  for (const order of orders) {
    const variants = await ours(order, pool);
    if (python) {
      await python.prepare(order);
      for (const name of REFERENCES) {
        if (python.greeting.missing[name].length > 0) continue;
        variants.set(name, async () => (await python.run(name, 1))[0]);
      }
    }
    report(order, await measure(variants, Number(args.rounds)));
  }
  const starts = [];
  for (let i = 0; i < 5; i++) starts.push(await cold());
  const { median, min } = summarize(starts);
  console.log(
    `\ncold: 100,000 determinants of order 10 in a process of their own: ${median.toFixed(0)} [${
      min.toFixed(0)
    }] ms`,
  );
}
