/**
 * What a comparison is: sizes, variants, and a case for each size, in which the variants can be run.
 *
 * @module
 */

import type { Pool } from "../../pool/pool.ts";
import type { Unit } from "./units.ts";

/** One way to the answer, as figures and tables name it. */
export interface VariantInfo {
  /** Its name in the JSON, and in what Python is told. */
  readonly id: string;
  /** Its name for people. */
  readonly label: string;
  /** What it is drawn as; a way of ours and its like in Python have the same one. */
  readonly look: Look;
  /** The variant, by `id`, that it is to beat; the first size from which on it does is its break-even. */
  readonly against?: string;
}

/** The shapes of lines. */
export type Look = "baseline" | "whole" | "copies" | "loop" | "other" | "single";

/** Whose variant it is. */
export type Side = "here" | "python";

/** A variant that is ready to run. */
export interface Way<R = unknown> {
  /** Computes the answer once. */
  run(): R | Promise<R>;
  /** The answer, as numbers. */
  numbers(result: R): ArrayLike<number>;
}

/** The variants at one size, by their `id`; a way is made when it is first asked for. */
export interface Case extends Disposable {
  /** Makes a way ready. */
  way(id: string): Way;
}

/** A comparison. */
export interface Comparison {
  /** Its subcommand. */
  readonly name: string;
  /** What is compared, in a line. */
  readonly title: string;
  /** What the sizes are. */
  readonly size: { readonly label: string; readonly unit: Unit };
  /** What the times in figures are of. */
  readonly time: string;
  /** By how much a run's time is divided for the figure. */
  itemsOf(size: number): number;
  /** Sizes when none are given, as `--sizes` would have them. */
  readonly sizes: string;
  /** Ours, the baseline first. */
  readonly here: readonly VariantInfo[];
  /** Python's, the baseline first. */
  readonly python: readonly VariantInfo[];
  /** Whether Python has the same input, so that its answers must be ours. */
  readonly isSameInPython: boolean;
  /** Makes the input of a size. */
  open(size: number, pool: Pool): Case;
}
