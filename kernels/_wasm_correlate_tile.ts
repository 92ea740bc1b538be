/**
 * Rectangles of matrices that are continued beyond their edges.
 */

import { type Extension, sourceIndex } from "./_extend.ts";
import { loadRows, partOf } from "./_wasm_correlate_memory.ts";
import { valuesCode } from "./wasm/correlate_values.ts";

/** A rectangle. */
export interface Part {
  /** Its first row. */
  readonly row: number;
  /** Its first column. */
  readonly column: number;
  /** The number of rows. */
  readonly rows: number;
  /** The number of columns. */
  readonly columns: number;
}

/** The parts of a rectangle, row by row, of at most so many rows and columns. */
export function* partsOf(whole: Part, mostRows: number, mostColumns: number): Generator<Part> {
  const bottom = whole.row + whole.rows, right = whole.column + whole.columns;
  for (let row = whole.row; row < bottom; row += mostRows) {
    const rows = Math.min(mostRows, bottom - row);
    for (let column = whole.column; column < right; column += mostColumns) {
      yield { row, column, rows, columns: Math.min(mostColumns, right - column) };
    }
  }
}

/** Whether a rectangle lies in a matrix. */
export function isInside({ row, column, rows, columns }: Part, { plane }: Pick<Extension, "plane">): boolean {
  return row >= 0 && column >= 0 && row + rows <= plane.rows && column + columns <= plane.columns;
}

/** Copies a part of a continued matrix, counted from its element (0, 0), into a buffer of the heap. */
export function fillTile(extension: Extension, part: Part, into: Float64Array, pitch: number): void {
  const { plane, boundary, fillvalue } = extension, { rows, columns } = part;
  const [top, bottom] = overlap(part.row, rows, plane.rows),
    [left, right] = overlap(part.column, columns, plane.columns);
  const loadRow = (to: number, source: number, count: number) => {
    const from = partOf(plane, source, part.column + left, count, right - left);
    loadRows(from, into, to * pitch + left, pitch);
  };
  if (top < bottom && left < right) loadRow(top, part.row + top, bottom - top);
  if (boundary === "fill") {
    const fill = (row: number, column: number, height: number, width: number) => {
      if (height <= 0 || width <= 0) return;
      valuesCode().fill(into.byteOffset + 8 * (row * pitch + column), 8 * pitch, height, width, fillvalue);
    };
    fill(0, 0, top, columns);
    fill(top, 0, bottom - top, left);
    fill(top, right, bottom - top, columns - right);
    fill(bottom, 0, rows - bottom, columns);
    return;
  }
  const { data, offset, rowStep, columnStep } = plane;
  for (let i = 0; i < rows; i++) {
    const source = sourceIndex(part.row + i, plane.rows, boundary);
    if ((i < top || i >= bottom) && left < right) loadRow(i, source, 1);
    const row = offset + source * rowStep;
    for (let j = left > 0 ? 0 : right; j < columns; j = j + 1 === left ? right : j + 1) {
      const column = sourceIndex(part.column + j, plane.columns, boundary);
      into[i * pitch + j] = Number(data[row + column * columnStep]);
    }
  }
}

/** The range of `count` indices from `first` on that lies in `[0, length)`, counted from `first`; empty at its end. */
function overlap(first: number, count: number, length: number): [from: number, to: number] {
  const from = Math.min(count, Math.max(0, -first));
  return [from, Math.max(from, Math.min(count, length - first))];
}
