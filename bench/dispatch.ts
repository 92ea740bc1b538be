/**
 * What it costs to hand work to a pool of two, as ratios to a bare worker and to Python's pool in the same run:
 * `deno task bench:dispatch`.
 *
 * Every answer is checked before it is timed. Medians of runs in turn; a ratio above 1 is in our favour where it says
 * "times as fast", and a cost where it says "of".
 *
 * @module
 */

import { setKernelBackend } from "@multicore/multicore/kernels";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { BareWorker, KillableWorker } from "./dispatch/bare_worker.ts";
import { inBlocks, inTurns, median, quantile, type Times } from "./dispatch/measure.ts";
import { PythonPool } from "./dispatch/python_pool.ts";
import { transform } from "./dispatch/transform.ts";

const double = (x: number) => 2 * x;
const sizeOf = (x: NDArray) => x.size, lengthOf = (x: Float64Array) => x.length;
const COUNT = 20_000, TASKS = 1000, ELEMENTS = 10_000;
const numbers = Array.from({ length: COUNT }, (_, i) => i);

function say(what: string, figure: string, asked: string): void {
  console.log(`${what.padEnd(58)} ${figure.padEnd(44)} ${asked}`);
}

const us = (milliseconds: number) => `${(milliseconds * 1000).toFixed(1)} µs`;
const ms = (milliseconds: number) => `${milliseconds.toFixed(2)} ms`;

async function oneAfterAnother(pool: Pool, bare: BareWorker): Promise<number> {
  for (let i = 0; i < 1000; i++) {
    if (await pool.apply(double, [i]) !== 2 * i || await bare.call(i) !== 2 * i) throw new Error("wrong");
  }
  const [ours, theirs] = await inBlocks(60, 100, () => pool.apply(double, [1]), () => bare.call(1));
  const ratio = median(ours) / median(theirs), tail = quantile(ours, 0.99) / quantile(theirs, 0.99);
  say(
    "one call after another, median",
    `${us(median(ours))}, ${ratio.toFixed(2)} of a bare one`,
    "at most 0.5",
  );
  say("  99 %", `${us(quantile(ours, 0.99))}, ${tail.toFixed(2)} of a bare one`, "at most 1");
  return median(ours);
}

async function inOneTurn(pool: Pool, bare: BareWorker): Promise<void> {
  const flood = () => Promise.all(numbers.map((x) => pool.apply(double, [x])));
  if ((await flood()).some((value, i) => value !== 2 * i)) throw new Error("wrong");
  await bare.flood(numbers);
  const [ours, theirs] = await inTurns(15, flood, () => bare.flood(numbers));
  const ratio = median(theirs) / median(ours), rate = COUNT / median(ours) * 1000;
  say(`${COUNT} calls in one turn`, `${ms(median(ours))}, ${ratio.toFixed(1)} times as fast`, "at least 5");
  say("  calls a second", rate.toFixed(0), "above 200000");
}

async function map(pool: Pool): Promise<void> {
  const run = () => pool.map(double, numbers);
  if ((await run()).some((value, i) => value !== 2 * i)) throw new Error("wrong");
  const python = await PythonPool.start();
  const [ours, theirs] = await inTurns(25, run, async () => ({ took: await python?.map() ?? 0 }));
  const beside = python ? `, ${(median(theirs) / median(ours)).toFixed(1)} times as fast as Python` : "";
  await python?.end();
  say(`map of ${COUNT} numbers`, ms(median(ours)) + beside, python ? "at least 2" : "Python is not there");
  const before = Deno.memoryUsage().rss, start = performance.now();
  const many = await pool.map(double, Array.from({ length: 1_000_000 }, (_, i) => i));
  if (many[999_999] !== 1_999_998) throw new Error("wrong");
  const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
  say("map of 1000000 numbers", `${ms(performance.now() - start)}, ${grown.toFixed(0)} MB more`, "bounded");
}

async function arrays(pool: Pool, bare: BareWorker): Promise<void> {
  using shared = NDArray.shared([ELEMENTS]);
  const own = new Float64Array(ELEMENTS), tasks = Array.from({ length: TASKS });
  const withShared = () => Promise.all(tasks.map(() => pool.apply(sizeOf, [shared])));
  const withNumber = () => Promise.all(tasks.map(() => pool.apply(double, [1])));
  const withCopy = () => Promise.all(tasks.map(() => pool.apply(lengthOf, [own])));
  if ((await withShared())[0] !== ELEMENTS || (await withCopy())[0] !== ELEMENTS) throw new Error("wrong");
  await withNumber();
  const [sharedTimes, numberTimes] = await inTurns(41, withShared, withNumber);
  const cost = median(sharedTimes) / median(numberTimes);
  say(
    `${TASKS} tasks on a shared array of 80 kB`,
    `${cost.toFixed(2)} of ${TASKS} on a number`,
    "at most 1.2",
  );
  const [ours, theirs] = await inTurns(11, withCopy, () => bare.flood(tasks.map(() => own)));
  const ratio = median(theirs) / median(ours);
  say("  copied", `${ms(median(ours))}, ${ratio.toFixed(2)} times as fast as bare`, "at least 1.5");
}

async function loops(pool: Pool, roundTrip: number): Promise<void> {
  const nothing = () => {};
  for (let i = 0; i < 500; i++) await pool.prange(2, nothing);
  const [empty, single] = await inBlocks(
    20,
    100,
    () => pool.prange(2, nothing),
    () => pool.apply(double, [1]),
  );
  const trips = median(empty) / median(single);
  say("an empty prange", `${us(median(empty))}, ${trips.toFixed(2)} round trips of a call`, "at most 2");
  using images = NDArray.shared([30, 100, 100]), out = NDArray.shared([30, 100, 100], "complex128");
  for (let i = 0; i < images.size; i++) images.data[i] = Math.sin(i * i);
  // For this thread and the pools that it makes from now on.
  setKernelBackend("plain");
  await using plain = new Pool(2);
  const inParallel = () => plain.prange(30, transform, [images, out]);
  const inTurn = () => {
    for (let i = 0; i < 30; i++) transform(i, images, out);
  };
  for (let i = 0; i < 30; i++) {
    await inParallel();
    inTurn();
  }
  const [parallel, sequential] = await inTurns(101, inParallel, inTurn);
  const speedup = median(sequential) / median(parallel);
  say(
    "prange over 30 plain FFTs of 100x100",
    `${ms(median(parallel))}, ${speedup.toFixed(2)} times as fast`,
    "at least 1.5",
  );
  say("  (round trip of a call meanwhile)", us(roundTrip), "");
}

async function cold(): Promise<void> {
  // From the very start until the first result: what the end costs is no part of it.
  const [ours, web, killable] = await inTurns(
    15,
    async () => {
      const began = performance.now();
      await using pool = new Pool(2);
      await pool.apply(double, [1]);
      return { took: performance.now() - began };
    },
    async () => {
      const began = performance.now();
      using bare = new BareWorker();
      await bare.call(1);
      return { took: performance.now() - began };
    },
    async () => {
      const began = performance.now();
      await using bare = new KillableWorker();
      await bare.call(1);
      return { took: performance.now() - began };
    },
  );
  const of = (theirs: Times) => (median(ours) / median(theirs)).toFixed(2);
  say(
    "cold start to the first result",
    `${ms(median(ours))}, ${of(killable)} of a bare killable worker's`,
    "at most 1.3",
  );
  say("  of a bare web worker, whose kill does not stop it", `${ms(median(web))}, ${of(web)} of that`, "");
  say("  of a bare killable worker: node:worker_threads, Web Lock", ms(median(killable)), "");
}

async function idle(pool: Pool): Promise<void> {
  await pool.apply(double, [1]);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const ticks = async () => {
    const command = new Deno.Command("cat", { args: [`/proc/${Deno.pid}/stat`], stderr: "null" });
    const fields = new TextDecoder().decode((await command.output()).stdout).split(") ")[1].split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  try {
    const before = await ticks();
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    say("an idle pool for 10 s", `${((await ticks() - before) / 1000).toFixed(3)} cores`, "0.00");
  } catch {
    say("an idle pool", "not measured: no /proc here", "0.00");
  }
}

if (import.meta.main) {
  await using pool = new Pool(2);
  using bare = new BareWorker();
  const roundTrip = await oneAfterAnother(pool, bare);
  await inOneTurn(pool, bare);
  await map(pool);
  await arrays(pool, bare);
  await loops(pool, roundTrip);
  await cold();
  await idle(pool);
}
