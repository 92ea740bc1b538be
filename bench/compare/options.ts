/**
 * The command line of the comparisons.
 *
 * @module
 */

import { parseSizes } from "./sizes.ts";

/** What the program is to do. */
export interface Options {
  /** Names of the comparisons. */
  readonly comparisons: readonly string[];
  /** How many workers. */
  readonly workers: number;
  /** Sizes; each comparison has its own otherwise. */
  readonly sizes?: readonly number[];
  /** Batches of each variant at each size, at most. */
  readonly repeats: number;
  /** Milliseconds for each variant at each size. */
  readonly budget: number;
  /** Whether Python takes part, and which: `""` for the one that is found. */
  readonly python?: string;
  /** Where figures go. */
  readonly out: string;
  /** What is printed. */
  readonly output: "table" | "markdown" | "json";
  /** A document whose marked parts are written anew. */
  readonly update?: string;
}

/** What `--help` prints. */
export function help(comparisons: readonly string[]): string {
  return `Compares: sequential, a pool with copies, shared memory, parallel loops, and Python's.

Usage: deno task bench:compare [options] COMPARISON...
       deno task bench:compare timeline [TRACE.json] [--workers N] [--out DIR]

Comparisons: ${comparisons.join(", ")}, all
timeline: draws what each worker did when, of a file with the JSON of pool.trace(), or
of the comparisons' work, whose trace it leaves beside the figure

  --workers N     how many workers (default: as many as there are cores)
  --sizes SIZES   10:100000 in geometric steps, 10:1000:5 in 5 of them, or 10,30,100
                  (matrices; for sharing bytes, for dispatch nanoseconds of work)
  --repeats N     batches of each variant at each size, at most (default: 15)
  --budget S      seconds for each variant at each size, about (default: 0.7)
  --python[=PATH] measure Python's side in the same run, with NumPy, SciPy and numba
                  as far as they are installed
  --out DIR       where the figures go (default: bench-figures)
  --markdown      print Markdown instead of a table
  --json          print JSON
  --update FILE   write the parts of a Markdown file that are marked for results anew
  -h, --help      print this`;
}

/** A command line that makes no sense; its message says why. */
export class OptionsError extends Error {}

const FLAGS = ["help", "markdown", "json"],
  WITH_VALUE = ["workers", "sizes", "repeats", "budget", "out", "update"];

/** Reads the command line; `known` are the names of the comparisons. */
export function readOptions(args: readonly string[], known: readonly string[]): Options | "help" {
  const { named, values } = split(args);
  if (values.has("help")) return "help";
  if (named.length === 0) throw new OptionsError("No comparison is named");
  const unknown = named.find((name) => name !== "all" && !known.includes(name));
  if (unknown !== undefined) throw new OptionsError(`Unknown comparison "${unknown}"`);
  if (values.has("json") && values.has("markdown")) {
    throw new OptionsError("Choose one of --json and --markdown");
  }
  return {
    comparisons: named.includes("all") ? known : known.filter((name) => named.includes(name)),
    workers: integer(values, "workers", 256) ?? Math.min(256, navigator.hardwareConcurrency),
    sizes: sizesOf(values.get("sizes")),
    repeats: integer(values, "repeats", 10_000) ?? 15,
    budget: 1000 * (seconds(values.get("budget")) ?? 0.7),
    python: values.get("python"),
    out: values.get("out") ?? "bench-figures",
    output: values.has("json") ? "json" : values.has("markdown") ? "markdown" : "table",
    update: values.get("update"),
  };
}

/** Takes arguments apart: names, and options with their values. */
export function split(args: readonly string[]): { named: string[]; values: Map<string, string> } {
  const named: string[] = [], values = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] === "-h" ? "--help" : args[i];
    if (!arg.startsWith("-")) {
      named.push(arg);
      continue;
    }
    const [, name, given] = arg.match(/^--([a-z]+)(?:=(.*))?$/) ?? [];
    if (name === "python") values.set(name, given ?? "");
    else if (FLAGS.includes(name) && given === undefined) values.set(name, "");
    else if (WITH_VALUE.includes(name)) {
      const value = given ?? args[++i];
      if (!value) throw new OptionsError(`Option --${name} needs a value`);
      values.set(name, value);
    } else throw new OptionsError(`Unknown option "${arg}"`);
  }
  return { named, values };
}

/** An option's value, if it is given: an integer from 1 to `most`. */
export function integer(values: Map<string, string>, name: string, most: number): number | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw new OptionsError(`Cannot use --${name} "${text}": give an integer from 1 to ${most}`);
}

function seconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? NaN : Number(text);
  if (value > 0 && value <= 600) return value;
  throw new OptionsError(`Cannot use --budget "${text}": give seconds above 0, at most 600`);
}

function sizesOf(text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  try {
    return parseSizes(text);
  } catch (error) {
    if (error instanceof RangeError) throw new OptionsError(error.message);
    throw error;
  }
}
