/**
 * Determinants of a stack of matrices, as a job.
 */

import { isComplex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import {
  type Allocate,
  anyComplex,
  type ArrayInput,
  resultArray,
  resultDType,
  text,
  toArray,
} from "./_arguments.ts";
import { complexDeterminant } from "./_complex_lu.ts";
import type { Job } from "./_job.ts";
import { type Lines, load, loadPairs } from "./_lines.ts";
import { carefulDeterminant, determinantFor, isDoubtful } from "./_lu.ts";
import { Stack } from "./_stack.ts";
import { scratch } from "./_workspace.ts";

/** A checked call. */
export interface DeterminantsCall {
  /** The matrices. */
  readonly stack: NDArray;
  /** Where their determinants go. */
  readonly out: NDArray;
}

/** Checks the arguments of `det` (`rank` 2) and `dets`. */
export function checkDeterminants(
  input: ArrayInput,
  out: NDArray | undefined,
  allocate: Allocate,
  rank?: 2,
): DeterminantsCall {
  const stack = toArray(input);
  const { shape } = stack;
  if (shape.length < 2 || (rank !== undefined && shape.length !== rank)) {
    const wanted = rank ? "give a matrix, or call dets for a stack of them" : "it needs at least 2 axes";
    throw new RangeError(`Cannot take the determinant of an array of shape ${text(shape)}: ${wanted}`);
  }
  if (shape.at(-1) !== shape.at(-2)) {
    throw new RangeError(
      `Cannot take determinants of an array of shape ${text(shape)}: the matrices must be square`,
    );
  }
  const dtype = resultDType(anyComplex(stack), stack);
  return { stack, out: resultArray(out, { shape: shape.slice(0, -2), dtype, operands: [stack] }, allocate) };
}

/**
 * Matrices that are copied together. Where the last axis numbers the matrices, that many lie in a row: enough
 * for the hardware to fetch ahead, and for strides of a power of two, which collide in the cache, to hurt
 * least.
 */
const BLOCK = 64;
/** Doubles of a block, at most: it should stay in the second-level cache. */
const BLOCK_LENGTH = 1 << 15;

/** The job: a unit is a matrix. */
export function determinantsJob({ stack: a, out }: DeterminantsCall): Job {
  const lead = a.shape.length - 2, n = a.shape[lead];
  const stack = new Stack(a.shape.slice(0, lead), [a.strides.slice(0, lead), out.strides]);
  const most = Math.max(1, Math.min(BLOCK, stack.count, Math.floor(BLOCK_LENGTH / Math.max(1, n * n))));
  const block = isComplex(a.dtype) ? complexBlock(a, out, stack, n, most) : realBlock(a, out, stack, n, most);
  return { units: stack.count, run: (from, to) => stack.forRuns(from, to, most, block) };
}

type Block = (first: number, count: number) => void;

function realBlock(a: NDArray, out: NDArray, stack: Stack, n: number, most: number): Block {
  const size = n * n, matrices = scratch("matrices", most * size);
  const into = out.data as Float64Array, outStep = stack.step(1);
  if (n === 0) {
    return (first, count) => {
      for (let i = 0; i < count; i++) into[out.offset + stack.position(first, 1) + i * outStep] = 1;
    };
  }
  const views = viewsOn(matrices, size, most), determinant = determinantFor(n);
  const gather = gatherer(a, stack, n);
  return (first, count) => {
    const position = out.offset + stack.position(first, 1);
    gather(first, count, (lines, row, length) => load(lines, length, count, matrices, row * n, size));
    for (let i = 0; i < count; i++) {
      let det = determinant(views[i]);
      if (isDoubtful(det)) {
        gather(
          first + i,
          1,
          (lines, row, length) => load(lines, length, 1, matrices, i * size + row * n, size),
        );
        det = carefulDeterminant(views[i], n);
      }
      into[position + i * outStep] = det;
    }
  };
}

function complexBlock(a: NDArray, out: NDArray, stack: Stack, n: number, most: number): Block {
  const size = n * n, re = scratch("matrices", most * size), im = scratch("matrices im", most * size);
  const reals = viewsOn(re, size, most), imaginaries = viewsOn(im, size, most);
  const into = out.data as Float64Array, gather = gatherer(a, stack, n);
  return (first, count) => {
    const position = out.offset + stack.position(first, 1);
    gather(first, count, (lines, row, length) => loadPairs(lines, length, count, re, im, row * n, size));
    for (let i = 0; i < count; i++) {
      const slot = 2 * (position + i * stack.step(1));
      [into[slot], into[slot + 1]] = complexDeterminant(reals[i], imaginaries[i], n);
    }
  };
}

type Gather = (
  first: number,
  count: number,
  loadRows: (lines: Lines, row: number, length: number) => void,
) => void;

/**
 * Gives the lines to load for a run of matrices: one line a matrix where its rows, or its columns (the
 * transpose has the same determinant), follow one another at equal steps, else one a row.
 */
function gatherer(a: NDArray, stack: Stack, n: number): Gather {
  const width = isComplex(a.dtype) ? 2 : 1;
  const rowStep = a.strides[a.strides.length - 2] * width,
    columnStep = a.strides[a.strides.length - 1] * width;
  const lineStep = stack.step() * width, { data } = a;
  const step = rowStep === n * columnStep ? columnStep : columnStep === n * rowStep ? rowStep : undefined;
  return (first, count, loadRows) => {
    const offset = (a.offset + stack.position(first)) * width;
    if (step !== undefined) {
      if (count > 0) loadRows({ data, offset, step, lineStep }, 0, n * n);
      return;
    }
    for (let row = 0; row < n; row++) {
      loadRows({ data, offset: offset + row * rowStep, step: columnStep, lineStep }, row, n);
    }
  };
}

/** One view a matrix: the compiler knows every index into it. */
function viewsOn(matrices: Float64Array, size: number, count: number): Float64Array[] {
  return Array.from({ length: count }, (_, i) => matrices.subarray(i * size, (i + 1) * size));
}
