/**
 * What is said about several timings of one thing.
 *
 * @module
 */

/** Median, least and greatest. */
export interface Summary {
  /** The middle one. */
  readonly median: number;
  /** The least. */
  readonly min: number;
  /** The greatest. */
  readonly max: number;
}

/** Sums values up, of which there must be one at least. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b), middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1)! };
}
