/**
 * Two-dimensional transforms against NumPy and SciPy: ratios of times that were taken in turn, in the same seconds.
 *
 * A round runs every variant once; a ratio is taken within a round. The tables show the median over the rounds, and in
 * brackets the ratio of the least times. SciPy allocates its results and gives the memory back at once, so that the
 * next ones get it; ours are written into `out` or, where it says so, allocated anew, zeroed by the system and left to
 * the collector.
 *
 * Run: deno run --allow-read --allow-sys --allow-run bench/kernels/fft2.ts [cases, such as 100x30]
 * Options: --python, --rounds 21, --cpu (the processor's time instead of the clock's, on a machine that has other things
 * to do; variants of one thread only)
 *
 * @module
 */

import { fft2, setKernelBackend } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { parseArgs } from "@std/cli";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { fillPixels } from "../compare/input.ts";
import { findInterpreter } from "../compare/interpreter.ts";
import { PythonChild } from "../compare/python.ts";
import { summarize } from "../compare/statistics.ts";

const WORKERS = 2;
/** Orders whose geometric mean is taken, as many matrices of each as have this many elements. */
const ORDERS = [64, 97, 128, 200, 243, 360, 512, 1000], ELEMENTS = 300_000;
const REFERENCES = ["scipy-stack", "scipy-workers", "numpy-loop"];
const INTO_OUT = "1 thread, into out";
/** As in the references. */
const MOST = 1000;

/** Matrices of an order, and how many. */
interface Case {
  readonly order: number;
  readonly count: number;
}

/** Milliseconds of one run. */
type Variant = () => Promise<number> | number;

const args = parseArgs(Deno.args, {
  boolean: ["python", "cpu"],
  string: ["rounds"],
  default: { rounds: "21" },
});
const references = args.cpu ? REFERENCES.filter((name) => name !== "scipy-workers") : REFERENCES;

/** Milliseconds by the clock, or of the processor. */
function now(): number {
  if (!args.cpu) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timed(run: () => unknown): number {
  const start = now();
  run();
  return now() - start;
}

/** Our variants for one case, and what to dispose afterwards. */
async function ours(
  { order, count }: Case,
  pool: Pool,
  owned: DisposableStack,
): Promise<Map<string, Variant>> {
  const shape = [count, order, order], a = owned.use(NDArray.shared(shape)), outside = NDArray.zeros(shape);
  const out = owned.use(NDArray.shared(shape, "complex128")),
    again = owned.use(NDArray.shared(shape, "complex128"));
  fillPixels(a.data, 2);
  outside.copyFrom(a);
  const plain = () => {
    setKernelBackend("plain");
    const time = timed(() => fft2(a, { out }));
    setKernelBackend("auto");
    return time;
  };
  fft2(a, { out });
  await parallel.fft2(pool, a, { out: again });
  for (let i = 0; i < out.data.length; i++) {
    if (out.data[i] !== again.data[i]) throw new Error(`Slot ${i} differs between the variants`);
  }
  const variants = new Map<string, Variant>([
    [INTO_OUT, () => timed(() => fft2(a, { out }))],
    ["1 thread, allocates", () => timed(() => fft2(outside))],
    ["1 thread, plain", plain],
  ]);
  if (args.cpu) return variants;
  return variants.set(`${WORKERS} threads, into out`, async () => {
    const start = now();
    await parallel.fft2(pool, a, { out });
    return now() - start;
  });
}

/** Times of all variants, round by round. */
async function measure(variants: ReadonlyMap<string, Variant>): Promise<Map<string, number[]>> {
  const times = new Map([...variants.keys()].map((name) => [name, [] as number[]]));
  for (let round = -5; round < Number(args.rounds); round++) {
    for (const [name, variant] of variants) {
      const time = await variant();
      if (round >= 0) times.get(name)!.push(time);
    }
  }
  return times;
}

/** The median of the ratios within a round, and the ratio of the least times. */
function ratio(theirs: readonly number[], own: readonly number[]): [median: number, least: number] {
  const { median } = summarize(theirs.map((time, round) => time / own[round]));
  return [median, summarize(theirs).min / summarize(own).min];
}

function report({ order, count }: Case, times: ReadonlyMap<string, number[]>): void {
  console.log(`\n${count} of ${order}x${order}: median [least] microseconds of one`);
  for (const [name, list] of times) {
    const { median, min } = summarize(list.map((time) => time / count * 1000));
    console.log(`  ${name.padEnd(24)} ${median.toFixed(1)} [${min.toFixed(1)}]`);
  }
  const rivals = [...REFERENCES, INTO_OUT].filter((name) => times.has(name));
  console.log(`  ratios: ${rivals.join(", ")} over`);
  for (const [name, list] of times) {
    if (REFERENCES.includes(name)) continue;
    const ratios = rivals.map((rival) => ratio(times.get(rival)!, list).map((it) => it.toFixed(2)));
    console.log(`  ${name.padEnd(24)} ${ratios.map(([median, least]) => `${median} [${least}]`).join("  ")}`);
  }
}

async function startPython(): Promise<PythonChild> {
  const interpreter = await findInterpreter();
  if (!interpreter) throw new Error("Cannot compare with Python: there is none");
  const program = fileURLToPath(new URL("./fft2_references.py", import.meta.url));
  return await PythonChild.start(interpreter.command, [program, String(WORKERS), args.cpu ? "cpu" : "clock"]);
}

function casesOf(given: readonly (string | number)[]): Case[] {
  if (given.length > 0) {
    return given.map((text) => {
      const [order, count] = String(text).split("x").map(Number);
      return { order, count };
    });
  }
  const stacks = ORDERS.map((order) => ({ order, count: Math.max(1, Math.floor(ELEMENTS / order ** 2)) }));
  return [{ order: 100, count: 30 }, { order: 100, count: 500 }, ...stacks];
}

if (import.meta.main) {
  await using pool = new Pool(WORKERS);
  await using python = args.python ? await startPython() : undefined;
  const means = new Map<string, number[]>();
  for (const it of casesOf(args._)) {
    using owned = new DisposableStack();
    const variants = await ours(it, pool, owned);
    if (python) {
      await python.prepare(it.order * MOST + it.count);
      for (const name of references) {
        if (python.greeting.missing[name].length > 0) continue;
        variants.set(name, async () => (await python.run(name, 1))[0]);
      }
    }
    const times = await measure(variants);
    report(it, times);
    const theirs = times.get("scipy-stack");
    if (!theirs || !ORDERS.includes(it.order)) continue;
    for (const name of [INTO_OUT, "1 thread, allocates"]) {
      means.set(name, [...means.get(name) ?? [], ratio(theirs, times.get(name)!)[0]]);
    }
  }
  for (const [name, ratios] of means) {
    const mean = Math.exp(ratios.reduce((sum, it) => sum + Math.log(it), 0) / ratios.length);
    console.log(
      `\nscipy-stack over ${name}, other orders: geometric mean ${mean.toFixed(2)}, least ${
        Math.min(...ratios).toFixed(2)
      }`,
    );
  }
}
