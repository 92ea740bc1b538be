/**
 * The matrices of a stack, as planes of lines in either direction.
 */

import { isComplex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import type { Lines } from "./_lines.ts";
import type { Stack } from "./_stack.ts";

/** Where the matrices of a stack lie, in slots. */
export interface Planes {
  /** The slots. */
  readonly data: Lines["data"];
  /** The first element of a matrix. */
  readonly start: (unit: number) => number;
  /** From one element to the next along the first axis. */
  readonly rowStep: number;
  /** From one element to the next along the second axis. */
  readonly columnStep: number;
}

/** The planes of an array along two axes; the stack numbers the others, as its array `which`. */
export function planes(
  array: NDArray,
  [first, second]: readonly [number, number],
  stack: Stack,
  which: number,
): Planes {
  const { data, dtype, offset, strides } = array, width = isComplex(dtype) ? 2 : 1;
  return {
    data,
    start: (unit) => (offset + stack.position(unit, which)) * width,
    rowStep: strides[first] * width,
    columnStep: strides[second] * width,
  };
}

/** Lines along the first axis of a matrix: its columns. */
export function columns({ data, start, rowStep, columnStep }: Planes, unit: number, first: number): Lines {
  return { data, offset: start(unit) + first * columnStep, step: rowStep, lineStep: columnStep };
}

/** Lines along the second axis of a matrix: its rows. */
export function rows({ data, start, rowStep, columnStep }: Planes, unit: number, first: number): Lines {
  return { data, offset: start(unit) + first * rowStep, step: columnStep, lineStep: rowStep };
}
