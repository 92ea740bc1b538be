/**
 * Results in words and tables: for a terminal, and as Markdown.
 *
 * @module
 */

import { type Machine, machineLine } from "./machine.ts";
import { type Result, timesOf } from "./result.ts";
import { type Column, markdownTable, plainTable } from "./table.ts";
import { format } from "./units.ts";

/** A result as lines for a terminal: each size, each variant, its median, least and greatest time. */
export function plainReport(result: Result): string[] {
  const { comparison, gains, notes } = result;
  const columns: Column[] = [
    { title: comparison.size.label, align: "right" },
    { title: "variant", align: "left" },
    { title: "median", align: "right" },
    { title: "min", align: "right" },
    { title: "max", align: "right" },
    { title: "speed-up", align: "right" },
  ];
  return [
    comparison.title,
    "",
    ...plainTable(columns, rowsOf(result)),
    "",
    ...gains.map(({ words }) => words),
    ...notes,
  ];
}

/** A result as Markdown: the figure, what follows from it, and the medians; the rest is folded away. */
export function markdownReport(result: Result, machine: Machine, figure: string): string[] {
  const { comparison, variants, workers, command, gains, notes } = result;
  const sizes = [...new Set(result.measurements.map(({ size }) => size))];
  const columns: Column[] = [
    { title: comparison.size.label, align: "right" },
    ...variants.map(({ label }): Column => ({ title: label, align: "right" })),
  ];
  const rows = sizes.map((size) => [
    format(size, comparison.size.unit),
    ...variants.map((variant) => {
      const found = timesOf(variant, result).find((it) => it.size === size);
      return found ? format(found.median, "milliseconds") : "";
    }),
  ]);
  const all: Column[] = [
    { title: comparison.size.label, align: "right" },
    { title: "variant", align: "left" },
    ...["median", "min", "max", "speed-up"].map((title): Column => ({ title, align: "right" })),
  ];
  return [
    `![${comparison.title}: ${comparison.time} over ${comparison.size.label}](${figure})`,
    "",
    ...gains.flatMap(({ words }) => paragraph(`- ${words}.`, "  ")),
    ...notes.flatMap((note) => paragraph(`- ${note}.`, "  ")),
    ...(gains.length + notes.length > 0 ? [""] : []),
    "Medians of a whole run:",
    "",
    ...markdownTable(columns, rows),
    "",
    "<details>",
    "<summary>All figures: median, least and greatest time, speed-up over the first variant</summary>",
    "",
    ...markdownTable(all, rowsOf(result, true)),
    "",
    "</details>",
    "",
    "```sh",
    command,
    "```",
    "",
    ...paragraph(`${workers} ${workers === 1 ? "worker" : "workers"}. ${machineLine(machine)}.`),
  ];
}

/** How many times as fast. */
function ratio(value: number): string {
  const rounded = (x: number) => Number(x.toPrecision(2));
  return value >= 0.1 ? `${rounded(value)}x` : `1/${format(rounded(1 / value), "count")}`;
}

const LINE_WIDTH = 110;

/** A text as a formatter of Markdown breaks it into lines. */
function paragraph(text: string, indent = ""): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && longer.length <= LINE_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(lines.length > 0 ? indent + word : word);
  }
  return lines;
}

/** A row a size and variant; the size stands in the first of its rows, or in each. */
function rowsOf(result: Result, isSizeRepeated = false): string[][] {
  const { comparison, variants, measurements } = result;
  const rows: string[][] = [];
  for (const size of new Set(measurements.map((it) => it.size))) {
    const times = variants.flatMap((variant) =>
      timesOf(variant, result).filter((it) => it.size === size).map((time) => ({ variant, time }))
    );
    for (const [i, { variant, time: { median, min, max } }] of times.entries()) {
      rows.push([
        i === 0 || isSizeRepeated ? format(size, comparison.size.unit) : "",
        variant.label,
        ...[median, min, max].map((time) => format(time, "milliseconds")),
        ratio(times[0].time.median / median),
      ]);
    }
  }
  return rows;
}
