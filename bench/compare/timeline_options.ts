/**
 * The command line of `timeline`.
 *
 * @module
 */

import { integer, OptionsError, split } from "./options.ts";

/** What is to be drawn. */
export interface TimelineOptions {
  /** A trace file; without one, work is run and traced. */
  readonly file: string | undefined;
  /** How many workers that work has. */
  readonly workers: number;
  /** Where the drawing goes. */
  readonly out: string;
  /** What is printed. */
  readonly output: "table" | "markdown" | "json";
}

const KNOWN = ["workers", "out", "json", "markdown"];

/** Reads the command line; undefined when `timeline` is not what it asks for. */
export function readTimelineOptions(args: readonly string[]): TimelineOptions | undefined {
  const { named: [command, file, ...more], values } = split(args);
  if (values.has("help")) return undefined;
  if (command !== "timeline") {
    if (file === "timeline" || more.includes("timeline")) {
      throw new OptionsError("Give timeline alone: it is no comparison");
    }
    return undefined;
  }
  if (more.length) throw new OptionsError("Give timeline one trace file, or none");
  const foreign = [...values.keys()].find((name) => !KNOWN.includes(name));
  if (foreign !== undefined) throw new OptionsError(`Option --${foreign} does not go with timeline`);
  if (values.has("json") && values.has("markdown")) {
    throw new OptionsError("Choose one of --json and --markdown");
  }
  if (file !== undefined && values.has("workers")) {
    throw new OptionsError("Option --workers does not go with a trace file: it has its workers");
  }
  return {
    file,
    workers: integer(values, "workers", 256) ?? Math.min(256, navigator.hardwareConcurrency),
    out: values.get("out") ?? "bench-figures",
    output: values.has("json") ? "json" : values.has("markdown") ? "markdown" : "table",
  };
}
