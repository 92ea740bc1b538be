/**
 * Matrices of a stack, into the kernels' buffers and out of them: there they are row-major and contiguous,
 * one after the other, real and imaginary parts apart.
 */

import { isComplex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import { type Lines, load, loadPairs, store, storePairs } from "./_lines.ts";
import type { SplitComplex } from "./_roots.ts";
import type { Stack } from "./_stack.ts";
import { scratch } from "./_workspace.ts";

/** How a matrix lies in an array. */
export interface MatrixView {
  /** The number of rows. */
  readonly rows: number;
  /** The number of columns. */
  readonly columns: number;
  /** Elements from one row to the next. */
  readonly rowStep: number;
  /** Elements from one column to the next. */
  readonly columnStep: number;
}

/** The matrices in the last two axes. */
export function matrixView({ shape, strides }: NDArray): MatrixView {
  const axis = shape.length - 2;
  return {
    rows: shape[axis],
    columns: shape[axis + 1],
    rowStep: strides[axis],
    columnStep: strides[axis + 1],
  };
}

/** The vectors in the last axis, as matrices of one column. */
export function vectorView({ shape, strides }: NDArray): MatrixView {
  const axis = shape.length - 1;
  return { rows: shape[axis], columns: 1, rowStep: strides[axis], columnStep: strides[axis] };
}

/** Room for matrices, and a view on each: the compiler knows every index into it. */
export interface MatrixBuffer extends SplitComplex {
  /** The matrices one by one. */
  readonly each: readonly SplitComplex[];
}

const NONE = new Float64Array(0);

/** Scratch room for `count` matrices of `size` elements; without imaginary parts where these are real. */
export function matrixBuffer(name: string, count: number, size: number, complex: boolean): MatrixBuffer {
  const re = scratch(name, count * size), im = complex ? scratch(`${name} im`, count * size) : NONE;
  const each = Array.from({ length: count }, (_, i) => ({
    re: re.subarray(i * size, (i + 1) * size),
    im: complex ? im.subarray(i * size, (i + 1) * size) : NONE,
  }));
  return { re, im, each };
}

/**
 * Matrices that are copied together. Where the last axis numbers the matrices, that many lie in a row: enough
 * for the hardware to fetch ahead, and for strides of a power of two, which collide in the cache, to hurt
 * least.
 */
const BLOCK = 64;
/** Doubles of a block, at most: it should stay in the second-level cache. */
const BLOCK_LENGTH = 1 << 15;

/** How many of `count` matrices to copy together that need `size` doubles each. */
export function matricesAtOnce(count: number, size: number): number {
  return Math.max(1, Math.min(BLOCK, count, Math.floor(BLOCK_LENGTH / Math.max(1, size))));
}

/** The matrices that an array holds of a stack. */
export class Matrices {
  readonly #array: NDArray;
  readonly #stack: Stack;
  readonly #which: number;
  readonly #view: MatrixView;

  /**
   * @param array The array.
   * @param stack What numbers the matrices.
   * @param which The array's number in the stack.
   * @param view How its matrices lie.
   */
  constructor(array: NDArray, stack: Stack, which: number, view: MatrixView) {
    this.#array = array;
    this.#stack = stack;
    this.#which = which;
    this.#view = view;
  }

  /** Loads `count` matrices of a run, to `at` on; imaginary parts too, of real matrices zeros. */
  load(first: number, count: number, { re, im }: SplitComplex, at = 0): void {
    const complex = isComplex(this.#array.dtype);
    this.#forLines(first, count, (from, length, lines, start, pitch) => {
      if (complex) loadPairs(from, length, lines, re, im, at + start, pitch);
      else load(from, length, lines, re, at + start, pitch);
    });
    if (!complex) im.fill(0, at, at + count * this.#view.rows * this.#view.columns);
  }

  /** Stores `count` matrices of a run. */
  store(first: number, count: number, { re, im }: SplitComplex): void {
    const complex = isComplex(this.#array.dtype);
    this.#forLines(first, count, (to, length, lines, start, pitch) => {
      if (complex) storePairs(re, im, start, pitch, length, lines, 1, 1, to);
      else store(re, start, pitch, length, lines, 1, to);
    });
  }

  /**
   * Gives the lines that matrices consist of: one line a matrix where all its elements lie at equal steps,
   * else one a row.
   */
  #forLines(
    first: number,
    count: number,
    visit: (lines: Lines, length: number, count: number, start: number, pitch: number) => void,
  ): void {
    const { data, dtype } = this.#array, width = isComplex(dtype) ? 2 : 1;
    const { rows, columns } = this.#view, size = rows * columns;
    const rowStep = this.#view.rowStep * width, step = this.#view.columnStep * width;
    const offset = (this.#array.offset + this.#stack.position(first, this.#which)) * width;
    const lineStep = this.#stack.step(this.#which) * width;
    if (rowStep === columns * step) {
      visit({ data, offset, step, lineStep }, size, count, 0, size);
    } else if (count === 1) {
      visit({ data, offset, step, lineStep: rowStep }, columns, rows, 0, columns);
    } else {
      for (let row = 0; row < rows; row++) {
        visit({ data, offset: offset + row * rowStep, step, lineStep }, columns, count, row * columns, size);
      }
    }
  }
}
