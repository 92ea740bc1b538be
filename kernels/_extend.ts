/**
 * Matrices continued beyond their edges.
 */

import type { CorrelateBoundary } from "./_correlate_call.ts";
import { load } from "./_lines.ts";
import { type Plane, rowsOf } from "./_plane.ts";

/** How a matrix is continued. */
export interface Extension {
  /** The matrix. */
  readonly plane: Plane;
  /** Rows before its first one. */
  readonly top: number;
  /** Columns before its first one. */
  readonly left: number;
  /** Rows in all. */
  readonly rows: number;
  /** Columns in all. */
  readonly columns: number;
  /** What lies outside. */
  readonly boundary: CorrelateBoundary;
  /** The value outside, with `"fill"`. */
  readonly fillvalue: number;
}

/**
 * Where element `i` of an axis of `length`, continued in both directions, comes from; -1 for the fill value.
 */
export function sourceIndex(i: number, length: number, boundary: CorrelateBoundary): number {
  if (i >= 0 && i < length) return i;
  if (boundary === "fill") return -1;
  const period = boundary === "wrap" ? length : 2 * length;
  const k = ((i % period) + period) % period;
  return k < length ? k : 2 * length - 1 - k;
}

/** Writes rows `from` to `to - 1` of the continued matrix, `pitch` apart, to `into`. */
export function extendRows(
  { plane, top, left, columns, boundary, fillvalue }: Extension,
  into: Float64Array,
  pitch: number,
  from: number,
  to: number,
): void {
  const outside: number[] = [], sources: number[] = [];
  for (let j = 0; j < columns; j++) {
    if (j >= left && j < left + plane.columns) continue;
    outside.push(j);
    sources.push(sourceIndex(j - left, plane.columns, boundary));
  }
  for (let i = from; i < to; i++) {
    const row = i * pitch, source = sourceIndex(i - top, plane.rows, boundary);
    if (source < 0) {
      into.fill(fillvalue, row, row + columns);
      continue;
    }
    load(rowsOf(plane, source), plane.columns, 1, into, row + left, pitch);
    for (let k = 0; k < outside.length; k++) {
      into[row + outside[k]] = sources[k] < 0 ? fillvalue : into[row + left + sources[k]];
    }
  }
}

/**
 * Adds up the elements of a matrix that coincide when both axes are wound up to a period: what a circular
 * correlation takes for a matrix larger than its period.
 */
export function windUp(plane: Plane, rows: number, columns: number, into: Float64Array): void {
  const row = new Float64Array(plane.columns);
  into.fill(0, 0, rows * columns);
  for (let i = 0; i < plane.rows; i++) {
    load(rowsOf(plane, i), plane.columns, 1, row, 0, 0);
    const at = (i % rows) * columns;
    for (let j = 0; j < row.length; j++) into[at + j % columns] += row[j];
  }
}
