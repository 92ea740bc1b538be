/**
 * The program: measures what was asked for, draws, prints.
 *
 * @module
 */

import { dirname, join, relative } from "node:path";
import { Pool } from "../../pool/pool.ts";
import { COMPARISONS } from "./catalogue.ts";
import type { Comparison } from "./comparison.ts";
import { replaceSection } from "./document.ts";
import { attemptWithFiles, Failure } from "./failure.ts";
import { drawFigure } from "./figure.ts";
import { findInterpreter, type Interpreter, pythonPrograms } from "./interpreter.ts";
import { describeMachine, type Machine, machineLine } from "./machine.ts";
import { measure, type Measured } from "./measure.ts";
import type { Options } from "./options.ts";
import { Progress } from "./progress.ts";
import { PythonChild, PythonError } from "./python.ts";
import { markdownReport, plainReport } from "./report.ts";
import { figureOf, recordOf, type Result, resultOf } from "./result.ts";
import { parseSizes } from "./sizes.ts";

/** Runs it; `args` is the command line as it was, for people who want to run it again. */
export async function runProgram(options: Options, args: readonly string[]): Promise<void> {
  const chosen = COMPARISONS.filter(({ name }) => options.comparisons.includes(name));
  const sizesOf = (comparison: Comparison) => options.sizes ?? parseSizes(comparison.sizes);
  const document = await readDocument(options.update, chosen);
  await attemptWithFiles(
    `make the folder ${options.out}`,
    () => Deno.mkdir(options.out, { recursive: true }),
  );
  const progress = new Progress(chosen.reduce((sum, it) => sum + sizesOf(it).length, 0));
  const interpreter = options.python === undefined ? undefined : await foundPython(options.python, progress);
  await using programs = interpreter && await pythonPrograms(chosen.map(({ name }) => name));
  const python = interpreter && programs && [interpreter.command, join(programs.folder, "serve.py")] as const;
  const machine = describeMachine(interpreter);
  const command = ["deno task bench:compare", ...args].join(" ");
  progress.log(machineLine(machine));

  const results: Result[] = [];
  for (const comparison of chosen) {
    const measured = await run(comparison, sizesOf(comparison), options, progress, python);
    if (measured.measurements.length === 0) {
      progress.log(`${comparison.title}: nothing was measured; ${measured.notes.join("; ")}`);
      continue;
    }
    const result = resultOf(comparison, measured, options.workers, command);
    progress.clear();
    const path = figurePath(options, result), figure = drawFigure(figureOf(result, machine));
    await attemptWithFiles(`write ${path}`, () => Deno.writeTextFile(path, figure));
    if (options.output === "table") console.log(["", ...plainReport(result)].join("\n"));
    results.push(result);
  }
  if (results.length === 0) throw new Failure("Cannot draw anything: nothing was measured");
  await publish(results, machine, options, document);
}

/** The document that is to be updated, which must have room for what is measured: said before, not after minutes. */
async function readDocument(
  path: string | undefined,
  chosen: readonly Comparison[],
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const document = await attemptWithFiles(`read ${path}`, () => Deno.readTextFile(path));
  for (const { name } of chosen) replaceSection(document, name, []);
  return document;
}

async function run(
  comparison: Comparison,
  sizes: readonly number[],
  { workers, repeats, budget }: Options,
  progress: Progress,
  interpreter?: readonly [command: string, program: string],
): Promise<Measured> {
  progress.show(`${comparison.name}, starting`);
  await using pool = new Pool(workers);
  await pool.map(() => {}, Array(workers).keys(), { chunksize: 1 }); // all have started
  await using python = interpreter &&
    await startPython(interpreter[0], [interpreter[1], comparison.name, `${workers}`], progress);
  return await measure(comparison, sizes, { repeats, budget }, { pool, progress, ...(python && { python }) });
}

async function foundPython(asked: string, progress: Progress): Promise<Interpreter | undefined> {
  const found = await findInterpreter(asked || undefined);
  if (!found) {
    progress.log(`Python is not installed${asked ? ` as ${asked}` : ""}: its side is left out`);
    return undefined;
  }
  const missing = Object.entries(found.packages).filter(([, version]) => version === null);
  for (const [name] of missing) {
    progress.log(`${name} is not installed for ${found.command}: what needs it is left out`);
  }
  return found;
}

async function startPython(
  command: string,
  args: readonly string[],
  progress: Progress,
): Promise<PythonChild | undefined> {
  try {
    return await PythonChild.start(command, args);
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    progress.log(`${error.message}: Python's side is left out`);
    return undefined;
  }
}

/** Prints what is not printed as soon as it is there, and updates the document. */
async function publish(
  results: readonly Result[],
  machine: Machine,
  options: Options,
  document: string | undefined,
): Promise<void> {
  if (options.output === "json") {
    console.log(JSON.stringify({ machine, results: results.map(recordOf) }, null, 2));
  } else if (options.output === "markdown") {
    const parts = results.map((result) => [
      `## ${result.comparison.title}`,
      "",
      ...markdownReport(result, machine, figurePath(options, result)),
    ]);
    console.log(parts.map((lines) => lines.join("\n")).join("\n\n"));
  } else {
    console.log(`\nFigures: ${results.map((result) => figurePath(options, result)).join(", ")}`);
  }
  const { update } = options;
  if (update === undefined || document === undefined) return;
  for (const result of results) {
    const figure = relative(dirname(update), figurePath(options, result)).replaceAll("\\", "/");
    document = replaceSection(document, result.comparison.name, markdownReport(result, machine, figure));
  }
  const updated = document;
  await attemptWithFiles(`write ${update}`, () => Deno.writeTextFile(update, updated));
}

function figurePath({ out }: Options, { comparison }: Result): string {
  return join(out, `${comparison.name}.svg`);
}
