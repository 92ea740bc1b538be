/**
 * One matrix of real numbers inside an array: a matrix of a stack, or the real or imaginary parts of one.
 */

import { isComplex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import { type Lines, load } from "./_lines.ts";

/** Element `(i, j)` is slot `offset + i * rowStep + j * columnStep` of `data`. */
export interface Plane {
  /** The slots. */
  readonly data: Lines["data"];
  /** Element (0, 0). */
  readonly offset: number;
  /** From one row to the next. */
  readonly rowStep: number;
  /** From one column to the next. */
  readonly columnStep: number;
  /** The number of rows. */
  readonly rows: number;
  /** The number of columns. */
  readonly columns: number;
}

/** The matrix whose element (0, 0) is `position` elements after that of `array`, in its last two axes. */
export function planeOf(array: NDArray, position: number, part: 0 | 1 = 0): Plane {
  const { data, dtype, shape, strides, offset } = array;
  const width = isComplex(dtype) ? 2 : 1, rank = shape.length;
  return {
    data,
    offset: (offset + position) * width + part,
    rowStep: strides[rank - 2] * width,
    columnStep: strides[rank - 1] * width,
    rows: shape[rank - 2],
    columns: shape[rank - 1],
  };
}

/** A contiguous row-major matrix at the start of `data`. */
export function compactPlane(data: Float64Array, rows: number, columns: number): Plane {
  return { data, offset: 0, rowStep: columns, columnStep: 1, rows, columns };
}

/** The same elements, in reverse order along both axes. */
export function flipped({ data, offset, rowStep, columnStep, rows, columns }: Plane): Plane {
  const last = Math.max(0, rows - 1) * rowStep + Math.max(0, columns - 1) * columnStep;
  return { data, offset: offset + last, rowStep: -rowStep, columnStep: -columnStep, rows, columns };
}

/** The rows from `first` on, as lines. */
export function rowsOf({ data, offset, rowStep, columnStep }: Plane, first: number): Lines {
  return { data, offset: offset + first * rowStep, step: columnStep, lineStep: rowStep };
}

/** The columns from `first` on, as lines. */
export function columnsOf({ data, offset, rowStep, columnStep }: Plane, first: number): Lines {
  return { data, offset: offset + first * columnStep, step: rowStep, lineStep: columnStep };
}

/** Copies the elements to `to`, rows `pitch` apart. */
export function loadPlane(plane: Plane, to: Float64Array, at = 0, pitch: number = plane.columns): void {
  load(rowsOf(plane, 0), plane.columns, plane.rows, to, at, pitch);
}
