/**
 * The demo's command line.
 *
 * @module
 */

import { cpuCount } from "@multicore/multicore";
import { parseArgs } from "@std/cli";

/** What the demo is to do. */
export interface Options {
  /** How many workers. */
  readonly workers: number;
  /** Factor on the numbers of matrices. */
  readonly scale: number;
}

/** What `--help` prints. */
export const HELP =
  `Determinants, autocorrelations and FFTs of many matrices: in one thread, then by a pool of workers.

Usage: deno task demo [options]

  --workers N   how many workers (default: as many as there are cores)
  --scale F     factor on the numbers of matrices: 100,000, 30 and 500 (default: 1)
  -h, --help    print this`;

/** A command line that makes no sense; its message says why. */
export class OptionsError extends Error {}

/** Reads the command line. */
export function readOptions(args: readonly string[]): Options | "help" {
  const unknown: string[] = [];
  const { help, workers, scale } = parseArgs([...args], {
    boolean: ["help"],
    string: ["workers", "scale"],
    alias: { help: "h" },
    unknown: (arg) => {
      unknown.push(arg);
      return false;
    },
  });
  if (help) return "help";
  if (unknown.length > 0) throw new OptionsError(`Unknown argument "${unknown[0]}"`);
  return { workers: readWorkers(workers), scale: readScale(scale) };
}

function readWorkers(text: string | undefined): number {
  if (text === undefined) return cpuCount();
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 256) return Number(text);
  throw new OptionsError(`Cannot use --workers "${text}": give an integer from 1 to 256`);
}

function readScale(text: string | undefined): number {
  if (text === undefined) return 1;
  const scale = text.trim() === "" ? NaN : Number(text);
  if (scale > 0 && scale <= 1000) return scale;
  throw new OptionsError(`Cannot use --scale "${text}": give a number above 0, at most 1000`);
}
