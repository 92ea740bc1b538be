/**
 * Results in words, tables and JSON.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Comparison } from "../../bench/compare/comparison.ts";
import type { Machine } from "../../bench/compare/machine.ts";
import { machineLine } from "../../bench/compare/machine.ts";
import type { Measurement } from "../../bench/compare/measure.ts";
import { markdownReport, plainReport } from "../../bench/compare/report.ts";
import { figureOf, recordOf, type Result, resultOf } from "../../bench/compare/result.ts";

const COMPARISON: Comparison = {
  name: "squares",
  title: "Squares of numbers",
  size: { label: "how many", unit: "count" },
  time: "time per number",
  itemsOf: (size) => size,
  sizes: "1:100",
  here: [
    { id: "one", label: "sequential", look: "baseline" },
    { id: "pool", label: "pool", look: "whole", against: "one" },
  ],
  python: [{ id: "loop", label: "Python", look: "baseline" }],
  isSameInPython: true,
  open: () => {
    throw new Error("Nothing is measured here");
  },
};

const MACHINE: Machine = {
  cpu: "Some CPU",
  cores: 2,
  system: "linux x86_64",
  deno: "2.9.6",
  v8: "15.0",
  python: { python: "3.11", numpy: "1.24", scipy: "1.10", numba: null },
};

function result(): Result {
  const time = (side: "here" | "python", variant: string, size: number, median: number): Measurement => ({
    ...{ side, variant, size, median, min: median / 2, max: 2 * median, batches: 3, runs: 1 },
  });
  const measurements = [
    ...[time("here", "one", 1, 1), time("here", "pool", 1, 4), time("python", "loop", 1, 1234)],
    ...[time("here", "one", 100, 100), time("here", "pool", 100, 25)],
  ];
  const variants = [
    ...COMPARISON.here.map((it) => ({ ...it, side: "here" as const })),
    ...COMPARISON.python.map((it) => ({ ...it, side: "python" as const })),
  ];
  const notes = ["Python: left out from 100 on, where a run would take about 1 s"];
  return resultOf(COMPARISON, { variants, measurements, notes }, 2, "deno task bench:compare squares");
}

Deno.test("resultOf() finds where a way begins to be worth its while", () => {
  const { gains } = result();
  assertEquals(gains.map(({ words }) => words), ["pool beats sequential from 10 on"]); // 1/4 to 4, log by log
  assertEquals(gains[0].at.kind, "crossing");
});

Deno.test("plainReport() has a row for each size and way", () => {
  assertEquals(plainReport(result()), [
    "Squares of numbers",
    "",
    "how many  variant     median      min     max  speed-up",
    "────────  ──────────  ──────  ───────  ──────  ────────",
    "       1  sequential    1 ms   500 µs    2 ms        1x",
    "          pool          4 ms     2 ms    8 ms     0.25x",
    "          Python      1.23 s   617 ms  2.47 s   1/1,200",
    "     100  sequential  100 ms    50 ms  200 ms        1x",
    "          pool         25 ms  12.5 ms   50 ms        4x",
    "",
    "pool beats sequential from 10 on",
    "Python: left out from 100 on, where a run would take about 1 s",
  ]);
});

Deno.test("markdownReport() has the figure, the findings, the tables and the command", () => {
  const text = markdownReport(result(), MACHINE, "figures/squares.svg").join("\n");
  const parts = [
    "![Squares of numbers: time per number over how many](figures/squares.svg)\n",
    "\n- pool beats sequential from 10 on.\n- Python: left out from 100 on",
    "| how many | sequential |  pool | Python |\n| -------: | ---------: | ----: | -----: |",
    "|        1 |       1 ms |  4 ms | 1.23 s |\n|      100 |     100 ms | 25 ms |        |",
    "<details>",
    "```sh\ndeno task bench:compare squares\n```\n\n2 workers. Some CPU, 2 cores, linux x86_64 · Deno 2.9.6, V8 15.0",
    "Python 3.11, NumPy 1.24, SciPy 1.10.",
  ];
  for (const part of parts) assert(text.includes(part), part);
});

Deno.test("markdownReport() breaks lines as a formatter does", () => {
  const machine = { ...MACHINE, cpu: "A processor with a name that is long enough" };
  const lines = markdownReport(result(), machine, "squares.svg");
  assertEquals(lines.slice(-2), [
    "2 workers. A processor with a name that is long enough, 2 cores, linux x86_64 · Deno 2.9.6, V8 15.0 · Python",
    "3.11, NumPy 1.24, SciPy 1.10.",
  ]);
});

Deno.test("figureOf() shows the time of an item, and what is gained", () => {
  const { series, note } = figureOf(result(), MACHINE);
  assertEquals(series.map(({ label, points }) => [label, points.length]), [
    ...[["sequential", 2], ["pool", 2], ["Python", 1]],
  ]);
  assertEquals(series[1].points[1], { x: 100, y: 0.25, low: 0.125, high: 0.5 });
  assertEquals(series.map(({ gain }) => gain?.at.kind), [undefined, "crossing", undefined]);
  assert(note.startsWith("2 workers. Some CPU"));
});

Deno.test("recordOf() holds everything, as JSON can", () => {
  const record = JSON.parse(JSON.stringify(recordOf(result())));
  assertEquals([record.comparison, record.workers, record.measurements.length], ["squares", 2, 5]);
  assertEquals(record.breakEven[0].against, "one");
  assertEquals(record.variants[2], { side: "python", id: "loop", label: "Python" });
});

Deno.test("machineLine() leaves out what is not there", () => {
  assertEquals(
    machineLine({ ...MACHINE, cores: 1, python: null }),
    "Some CPU, 1 core, linux x86_64 · Deno 2.9.6, V8 15.0",
  );
});
