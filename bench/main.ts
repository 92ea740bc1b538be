/**
 * The comparisons: autocorrelations, Fourier transforms and determinants of many matrices, what sharing saves and what
 * handing out costs. Each in this thread, in a pool that gets copies, over shared memory, as a parallel loop, and
 * with `--python` by NumPy, SciPy, numba and Python's `multiprocessing`, in the same run. Gives tables and figures.
 * `timeline` draws what each worker of a pool did when.
 *
 * Run: deno task bench:compare all, or, without a checkout,
 * deno run --allow-read --allow-write --allow-sys --allow-run jsr:@multicore/multicore/bench all
 *
 * `--allow-run` is for Python only, which without a checkout needs `--allow-net` too, for its programs. `--help` lists
 * the options.
 *
 * @module
 */

import { COMPARISONS } from "./compare/catalogue.ts";
import { Failure } from "./compare/failure.ts";
import { help, OptionsError, readOptions } from "./compare/options.ts";
import { runProgram } from "./compare/program.ts";
import { readTimelineOptions } from "./compare/timeline_options.ts";
import { runTimeline } from "./compare/timeline_program.ts";

if (import.meta.main) {
  const names = COMPARISONS.map(({ name }) => name);
  try {
    const timeline = readTimelineOptions(Deno.args);
    const options = timeline ?? readOptions(Deno.args, names);
    if (options === "help") console.log(help(names));
    else if ("comparisons" in options) await runProgram(options, Deno.args);
    else await runTimeline(options);
  } catch (error) {
    if (error instanceof Failure) {
      console.error(`error: ${error.message}`);
      Deno.exit(1);
    }
    if (!(error instanceof OptionsError)) throw error;
    console.error(`error: ${error.message}\nSee --help for the options.`);
    Deno.exit(2);
  }
}
