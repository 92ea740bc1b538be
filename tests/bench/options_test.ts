/**
 * The command line of the comparisons.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { help, type Options, OptionsError, readOptions } from "../../bench/compare/options.ts";
import { readTimelineOptions } from "../../bench/compare/timeline_options.ts";

const KNOWN = ["fft2", "determinants", "sharing"];

function read(...args: string[]): Options {
  const options = readOptions(args, KNOWN);
  assert(options !== "help");
  return options;
}

Deno.test("readOptions() has defaults for all but the comparison", () => {
  const options = read("fft2");
  assertEquals(options.comparisons, ["fft2"]);
  assert(options.workers >= 1);
  assertEquals([options.sizes, options.python, options.update], [undefined, undefined, undefined]);
  assertEquals([options.repeats, options.budget, options.output], [15, 700, "table"]);
});

Deno.test("readOptions() takes options before and after, with = and without", () => {
  const options = read(
    "--workers",
    "3",
    "determinants",
    "--sizes=1:100",
    "--budget=2",
    "--repeats",
    "5",
    "--json",
  );
  assertEquals(options.comparisons, ["determinants"]);
  assertEquals(options.sizes, [1, 3, 10, 32, 100]);
  assertEquals([options.workers, options.repeats, options.budget, options.output], [3, 5, 2000, "json"]);
});

Deno.test("readOptions() takes all, and comparisons in the order of the catalogue", () => {
  assertEquals(read("all").comparisons, KNOWN);
  assertEquals(read("sharing", "fft2", "sharing").comparisons, ["fft2", "sharing"]);
});

Deno.test("readOptions() takes --python with a path only after =", () => {
  const options = read("--python", "fft2");
  assertEquals([options.python, options.comparisons], ["", ["fft2"]]);
  assertEquals(read("fft2", "--python=my/python").python, "my/python");
});

Deno.test("readOptions() says what is wrong", () => {
  const refusals: [string[], string][] = [
    [[], "No comparison"],
    [["fft3"], 'Unknown comparison "fft3"'],
    [["fft2", "--fast"], 'Unknown option "--fast"'],
    [["fft2", "-x"], 'Unknown option "-x"'],
    [["fft2", "--json=1"], 'Unknown option "--json=1"'],
    [["fft2", "--workers"], "Option --workers needs a value"],
    [["fft2", "--workers", "0"], 'Cannot use --workers "0"'],
    [["fft2", "--workers", "257"], "from 1 to 256"],
    [["fft2", "--budget", "-1"], 'Cannot use --budget "-1"'],
    [["fft2", "--sizes", "many"], 'Cannot use sizes "many"'],
    [["fft2", "--json", "--markdown"], "Choose one"],
  ];
  for (const [args, message] of refusals) {
    assertThrows(() => readOptions(args, KNOWN), OptionsError, message);
  }
});

Deno.test("--help lists every option that is read", () => {
  assertEquals(readOptions(["-h"], KNOWN), "help");
  const text = help(KNOWN);
  for (
    const name of ["workers", "sizes", "repeats", "budget", "python", "out", "markdown", "json", "update"]
  ) {
    assertStringIncludes(text, `--${name}`);
  }
  assertStringIncludes(text, "fft2, determinants, sharing, all");
});

Deno.test("readTimelineOptions() takes a file or none, and leaves the comparisons alone", () => {
  assertEquals(readTimelineOptions(["fft2", "--workers", "2"]), undefined);
  assertEquals(readTimelineOptions(["timeline", "--help"]), undefined);
  const { file, workers, out, output } = readTimelineOptions(["timeline"])!;
  assertEquals([file, out, output], [undefined, "bench-figures", "table"]);
  assert(workers >= 1);
  const given = readTimelineOptions(["--out=x", "timeline", "a.json", "--markdown"])!;
  assertEquals([given.file, given.out, given.output], ["a.json", "x", "markdown"]);
  assertEquals(readTimelineOptions(["timeline", "--workers", "3", "--json"])!.workers, 3);
});

Deno.test("readTimelineOptions() says what is wrong", () => {
  const wrong: [args: string, message: string][] = [
    ["timeline a.json b.json", "Give timeline one trace file, or none"],
    ["timeline --sizes 1,2", "Option --sizes does not go with timeline"],
    ["timeline --python", "Option --python does not go with timeline"],
    ["timeline a.json --workers 2", "Option --workers does not go with a trace file"],
    ["timeline --workers 0", "give an integer from 1 to 256"],
    ["timeline --json --markdown", "Choose one of"],
    ["fft2 timeline", "Give timeline alone"],
  ];
  for (const [args, message] of wrong) {
    assertThrows(() => readTimelineOptions(args.split(" ")), OptionsError, message);
  }
});
