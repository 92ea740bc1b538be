/**
 * The demo: determinants, autocorrelations and Fourier transforms of many matrices, in one thread and then by a pool
 * of workers over shared memory, where nothing is copied.
 *
 * Run: deno run --allow-read examples/demo.ts [--workers N] [--scale F], or deno task demo
 *
 * Prints, for each of the three: whether the two ways agree, and with a third that is slow and simple; the time and
 * the matrices per second of each way; how many times as fast the workers are. It throws if any answer is wrong.
 *
 * @module
 */

import { Pool, SharedMemoryFullError } from "@multicore/multicore";
import { compare, type Comparison } from "./demo/compare.ts";
import { HELP, type Options, OptionsError, readOptions } from "./demo/options.ts";
import { Progress } from "./demo/progress.ts";
import { type Workload, WORKLOADS } from "./demo/workloads.ts";

const WARM_UPS = 8;

const integer = new Intl.NumberFormat("en-US");
const throughput = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

function report({ title, count }: Workload, workers: string, comparison: Comparison) {
  const { runs, elements, sequential, parallel, evidence } = comparison;
  const line = (label: string, text: string) => console.log(`  ${label.padEnd(13)}${text}`);
  const speed = (label: string, time: number) =>
    line(
      label,
      `${time.toFixed(2).padStart(9)} ms ${throughput.format(count / time * 1000).padStart(12)} matrices/s`,
    );
  console.log(`\n${title}`);
  line("agreement", `${workers} = one thread, bit for bit, in all ${integer.format(elements)} numbers`);
  line("", evidence);
  speed("one thread", sequential);
  speed(workers, parallel);
  line("speed-up", `${(sequential / parallel).toFixed(2).padStart(9)}    (medians of ${runs} runs each)`);
}

async function main({ workers, scale }: Options) {
  const name = workers === 1 ? "1 worker" : `${workers} workers`;
  const cores = navigator.hardwareConcurrency;
  console.log(
    `Deno ${Deno.version.deno}, ${cores} ${cores === 1 ? "core" : "cores"}, ${name}, scale ${scale}`,
  );

  const progress = new Progress();
  const start = performance.now();
  await using pool = new Pool(workers);
  await pool.map(() => {}, Array(workers).keys(), { chunksize: 1 });
  console.log(`The pool was ready after ${(performance.now() - start).toFixed(0)} ms.`);

  for (const make of WORKLOADS) {
    progress.show("Making random matrices");
    using workload = make(scale);
    const comparison = await compare(workload, pool, WARM_UPS, (step, steps) => {
      progress.show(`Run ${step} of ${steps}: ${workload.title}`);
    });
    progress.clear();
    report(workload, name, comparison);
  }
}

if (import.meta.main) {
  try {
    const options = readOptions(Deno.args);
    if (options === "help") console.log(HELP);
    else await main(options);
  } catch (error) {
    if (error instanceof OptionsError) {
      console.error(`error: ${error.message}\nSee --help for the options.`);
    } else if (error instanceof SharedMemoryFullError) {
      console.error(`error: ${error.message}\nChoose a smaller --scale.`);
    } else throw error;
    Deno.exit(2);
  }
}
