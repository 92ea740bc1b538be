/**
 * The stages over columns of correlations by generated transforms: into bins, and back.
 */

import type { Stage } from "./_job.ts";
import { store } from "./_lines.ts";
import { type Plane, rowsOf } from "./_plane.ts";
import {
  addressOf,
  HeapBuffers,
  type HeapPlane,
  heapPlane,
  loadRows,
  partOf,
  tablesOf,
} from "./_wasm_correlate_memory.ts";
import { forwardColumns, GROUP, inverseColumns, pairsOfBins, type Rows } from "./wasm/correlate_columns.ts";
import { POINT, transformPlan } from "./wasm/correlate_transform.ts";
import { CACHE_LINE, valuesCode } from "./wasm/correlate_values.ts";

/** Points that are transformed in one call, about: well within a millisecond, even by code that is not optimised. */
const POINTS_PER_CALL = 1 << 15;

/** Bytes that a matrix may span for its columns to be read where they lie: they stay in the cache. */
const NEAR = 1 << 18;

/** Lines that the cache has room for beside the bins. */
const MOST_TOUCHED = 6144;

/** Columns that are staged together. */
const STRIP = 16;

/** Calls `body` for ranges that cover `[from, to)`, of as many items of so many points as make a call. */
export function forCalls(
  from: number,
  to: number,
  points: number,
  body: (first: number, count: number) => void,
): void {
  const most = Math.max(1, Math.floor(POINTS_PER_CALL / points));
  for (let first = from; first < to; first += most) body(first, Math.min(most, to - first));
}

/** Columns of bins as the code over columns leaves them, in pairs of rows. */
export interface Bins {
  /** The bins. */
  readonly data: Float64Array;
  /** Columns: a multiple of four. */
  readonly width: number;
}

/** Doubles of the bins of columns of `points` points. */
export function binsLength(points: number, width: number): number {
  return pairsOfBins(points) * width * POINT / 8;
}

/** Columns of a matrix, rounded up to groups. */
export function paddedWidth(columns: number): number {
  return Math.ceil(columns / GROUP) * GROUP;
}

/** Transforms the columns of a matrix into twice their bins; a part is a group of columns. */
export function binsStage(plane: Plane, points: number, { data, width }: Bins): Stage {
  const run = forwardColumns(points, plane.rows), work = transformPlan(points)!.workBytes / 8;
  const pairStep = width * POINT, groups = width / GROUP, into = addressOf(data);
  const near = heapPlane(plane);
  const isNear = near !== undefined && Math.abs(near.pitch) * plane.rows <= NEAR;
  return {
    parts: groups,
    run(from, to) {
      using buffers = new HeapBuffers();
      const tables = tablesOf(points), space = buffers.get("work", work).byteOffset;
      const transform = (source: HeapPlane, column: number, first: number, end: number) => {
        forCalls(first, end, 2 * points, (group, count) => {
          const at = source.address + 8 * (GROUP * group - column),
            bins = into + POINT * GROUP * group;
          run(at, source.pitch, bins, pairStep, count, tables, space);
        });
      };
      const whole = isNear ? Math.min(to, Math.floor(plane.columns / GROUP)) : from;
      if (isNear) transform(near, 0, from, whole);
      const most = !isNear && plane.rows * width <= 1 << 16 ? width : STRIP;
      for (let group = Math.max(from, whole); group < to; group += most / GROUP) {
        const end = Math.min(to, group + most / GROUP), columns = GROUP * (end - group);
        const strip = stagedColumns(plane, GROUP * group, columns, buffers);
        transform(strip, GROUP * group, group, end);
      }
    },
  };
}

/** A copy of so many columns, zeros beyond the last one. */
function stagedColumns(plane: Plane, column: number, columns: number, buffers: HeapBuffers): HeapPlane {
  const { rows } = plane, real = Math.min(columns, plane.columns - column);
  const copy = buffers.get("columns", rows * columns);
  if (real < columns) copy.fill(0, 0, rows * columns);
  loadRows(partOf(plane, 0, column, rows, real), copy, 0, columns);
  return { address: copy.byteOffset, pitch: 8 * columns, rows, columns };
}

/** Which columns of bins go where. */
export interface Delivery {
  /** Which rows of the circle. */
  readonly rows: Rows;
  /** Rows of columns of bins, in pairs of columns. */
  readonly data: Float64Array;
  /** Doubles from one row of bins to the next. */
  readonly rowStep: number;
  /** Columns of bins. */
  readonly width: number;
  /** The column of the result that column 0 goes to, and the others after it; mirrored, also before it. */
  readonly left: number;
  /** The result. */
  readonly target: Plane;
  /** Whether the results are whole numbers, and near enough for rounding to find them. */
  readonly round: boolean;
}

// Added to a number of less than 2^51, it leaves no room for digits after the point.
const ROUNDER = 1.5 * 2 ** 52;

/** Transforms columns of bins back and stores them; a part is a group of columns. */
export function deliveryStage({ rows, data, rowStep, width, left, target, round }: Delivery): Stage {
  const { points, top, height, mirrored } = rows;
  const code = inverseColumns(rows), work = transformPlan(points)!.workBytes / 8;
  const there = heapPlane(target), bins = addressOf(data);
  /** Of `span` columns from that of a group on, those that the result has, forwards and backwards. */
  const within = (columns: number, span: number) => Math.max(0, Math.min(span, columns));
  const forwards = (group: number, span: number) => within(target.columns - left - GROUP * group, span);
  const backwards = (group: number, span: number) => mirrored ? within(left + 1 - GROUP * group, span) : span;
  const groups = Math.ceil(width / GROUP);
  return {
    parts: groups,
    run(from, to) {
      using buffers = new HeapBuffers();
      const tables = tablesOf(points), space = buffers.get("work", work).byteOffset;
      const transform = (group: number, groups: number, at: number, pitch: number, mirror: number) => {
        const first = bins + 16 * GROUP * group, rounder = round ? ROUNDER : 0;
        code(first, 8 * rowStep, groups, at, pitch, mirror, pitch, tables, space, rounder);
      };
      const inPlace = (first: number, end: number, { address, pitch }: HeapPlane) => {
        forCalls(first, end, 2 * points, (group, count) => {
          const at = address + top * pitch + 8 * (left + GROUP * group);
          transform(group, count, at, pitch, at - 8 * (2 * GROUP * group + GROUP - 1));
        });
      };
      const byTile = (group: number, count: number) => {
        const span = GROUP * count, column = left + GROUP * group, mirror = span * height;
        const tile = buffers.get("strip", 2 * mirror), at = tile.byteOffset + 8 * span * top;
        const deliver = (from: number, column: number, columns: number) => {
          const lines = rowsOf(partOf(target, 0, column, height, columns), 0);
          store(tile, from, span, columns, height, 1, lines);
        };
        transform(group, count, at, 8 * span, at + 8 * (mirror + span - GROUP));
        deliver(0, column, forwards(group, span));
        if (!mirrored) return;
        // Column 0 is its own mirror image: it is stored forwards alone, as rounding makes a difference.
        const before = group === 0 ? 1 : 0, kept = backwards(group, span) - before;
        const last = left - GROUP * group - before;
        if (kept > 0) deliver(mirror + span - before - kept, last - kept + 1, kept);
      };
      let group = from;
      if (there) {
        if (mirrored && from === 0 && to === groups) touch(there);
        if (group === 0 && mirrored && group < to) byTile(group++, 1);
        const first = group;
        while (group < to && forwards(group, GROUP) === GROUP && backwards(group, GROUP) === GROUP) group++;
        inPlace(first, group, there);
      }
      const most = Math.max(1, Math.min(STRIP / GROUP, Math.floor(POINTS_PER_CALL / (2 * points))));
      for (; group < to; group += most) byTile(group, Math.min(most, to - group));
    },
  };
}

/** Brings a matrix into the cache row by row: stores column by column would wait for one line after the other. */
function touch({ address, pitch, rows, columns }: HeapPlane): void {
  const lines = Math.floor(8 * rows * columns / CACHE_LINE);
  if (pitch === 8 * columns && lines <= MOST_TOUCHED) valuesCode().touch(address, lines);
}
