/**
 * Determinants of a stack of matrices, and their logarithms, as jobs.
 */

import { isComplex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import {
  type Allocate,
  anyComplex,
  type ArrayInput,
  checkSquare,
  resultArray,
  resultDType,
  text,
  toArray,
} from "./_arguments.ts";
import { complexDeterminant, complexLogDeterminant } from "./_complex_lu.ts";
import type { Job } from "./_job.ts";
import { carefulDeterminant, determinantFor, isDoubtful, logDeterminant } from "./_lu.ts";
import { Matrices, matricesAtOnce, matrixBuffer, type MatrixView, matrixView } from "./_matrices.ts";
import { Stack } from "./_stack.ts";
import { LARGEST_UNROLLED } from "./_unrolled.ts";
import { determinantsTogether, isWorthCode, runDeterminants } from "./_wasm_determinants.ts";

/** A checked call. */
export interface DeterminantsCall {
  /** The matrices. */
  readonly stack: NDArray;
  /** Where their determinants go. */
  readonly out: NDArray;
}

/** A checked call for logarithms of determinants. */
export interface LogDeterminantsCall {
  /** The matrices. */
  readonly stack: NDArray;
  /** Where the determinants' signs go. */
  readonly sign: NDArray;
  /** Where the logarithms of their sizes go. */
  readonly logabsdet: NDArray;
}

/** Checks the arguments of `det` (`rank` 2) and `dets`. */
export function checkDeterminants(
  input: ArrayInput,
  out: NDArray | undefined,
  allocate: Allocate,
  rank?: 2,
): DeterminantsCall {
  const stack = toArray(input), { shape } = stack;
  if (rank !== undefined && shape.length > rank) {
    throw new RangeError(
      `Cannot take the determinant of an array of shape ${
        text(shape)
      }: give a matrix, or call dets for a stack of them`,
    );
  }
  checkSquare("take determinants of", stack);
  const dtype = resultDType(anyComplex(stack), stack);
  return { stack, out: resultArray(out, { shape: shape.slice(0, -2), dtype, operands: [stack] }, allocate) };
}

/** Checks the arguments of `slogdet`. */
export function checkLogDeterminants(
  input: ArrayInput,
  out: { readonly sign?: NDArray; readonly logabsdet?: NDArray },
  allocate: Allocate,
): LogDeterminantsCall {
  const stack = toArray(input), shape = stack.shape.slice(0, -2);
  checkSquare("take determinants of", stack);
  const dtype = resultDType(anyComplex(stack), stack);
  const sign = resultArray(out.sign, { shape, dtype, operands: [stack] }, allocate);
  const real = { shape, dtype: resultDType(false, stack), operands: [stack, sign] };
  return { stack, sign, logabsdet: resultArray(out.logabsdet, real, allocate) };
}

/** The job: a unit is a matrix. */
export function determinantsJob({ stack: a, out }: DeterminantsCall): Job {
  const lead = a.shape.length - 2, n = a.shape[lead];
  const stack = new Stack(a.shape.slice(0, lead), [a.strides.slice(0, lead), out.strides]);
  if (!isComplex(a.dtype) && isWorthCode(stack.count, n)) {
    const plain = realBlock(a, out, stack, n, 1),
      wanted = { matrices: a, view: eitherWay(a), out, stack, plain };
    return {
      units: stack.count,
      grain: determinantsTogether(wanted),
      run: (from, to) => runDeterminants(wanted, from, to),
    };
  }
  const most = matricesAtOnce(stack.count, n * n);
  const block = isComplex(a.dtype) ? complexBlock(a, out, stack, n, most) : realBlock(a, out, stack, n, most);
  return { units: stack.count, run: (from, to) => stack.forRuns(from, to, most, block) };
}

/** The job: a unit is a matrix. */
export function logDeterminantsJob({ stack: a, sign, logabsdet }: LogDeterminantsCall): Job {
  const lead = a.shape.length - 2, n = a.shape[lead];
  const leading = [a, sign, logabsdet].map(({ strides }) => strides.slice(0, lead));
  const stack = new Stack(a.shape.slice(0, lead), leading), most = matricesAtOnce(stack.count, n * n);
  const block = (isComplex(a.dtype) ? complexLogBlock : realLogBlock)(a, sign, logabsdet, stack, n, most);
  return { units: stack.count, run: (from, to) => stack.forRuns(from, to, most, block) };
}

type Block = (first: number, count: number) => void;

function realBlock(a: NDArray, out: NDArray, stack: Stack, n: number, most: number): Block {
  const into = out.data as Float64Array, outStep = stack.step(1);
  if (n === 0) {
    return (first, count) => {
      for (let i = 0; i < count; i++) into[out.offset + stack.position(first, 1) + i * outStep] = 1;
    };
  }
  const size = n * n, buffer = matrixBuffer("matrices", most, size, false), determinant = determinantFor(n);
  const views = buffer.each.map(({ re }) => re), matrices = new Matrices(a, stack, 0, eitherWay(a));
  return (first, count) => {
    const position = out.offset + stack.position(first, 1);
    matrices.load(first, count, buffer);
    for (let i = 0; i < count; i++) {
      let det = determinant(views[i]);
      if (isDoubtful(det)) {
        matrices.load(first + i, 1, buffer, i * size);
        det = carefulDeterminant(views[i], n);
      }
      into[position + i * outStep] = det;
    }
  };
}

function complexBlock(a: NDArray, out: NDArray, stack: Stack, n: number, most: number): Block {
  const buffer = matrixBuffer("matrices", most, n * n, true), into = out.data as Float64Array;
  const exchanges = new Int32Array(n), matrices = new Matrices(a, stack, 0, eitherWay(a));
  return (first, count) => {
    const position = out.offset + stack.position(first, 1);
    matrices.load(first, count, buffer);
    for (let i = 0; i < count; i++) {
      const slot = 2 * (position + i * stack.step(1)), { re, im } = buffer.each[i];
      [into[slot], into[slot + 1]] = complexDeterminant(re, im, n, exchanges);
    }
  };
}

function realLogBlock(
  a: NDArray,
  sign: NDArray,
  logabsdet: NDArray,
  stack: Stack,
  n: number,
  most: number,
): Block {
  const size = n * n, buffer = matrixBuffer("matrices", most, size, false);
  const matrices = new Matrices(a, stack, 0, eitherWay(a));
  const signs = sign.data as Float64Array, logs = logabsdet.data as Float64Array;
  // The written-out code is the faster, even if it is in vain where a determinant is out of range.
  const determinant = n > 0 && n <= LARGEST_UNROLLED ? determinantFor(n) : undefined;
  return (first, count) => {
    const signAt = sign.offset + stack.position(first, 1),
      logAt = logabsdet.offset + stack.position(first, 2);
    matrices.load(first, count, buffer);
    for (let i = 0; i < count; i++) {
      const { re } = buffer.each[i], det = determinant?.(re) ?? NaN;
      let found: [sign: number, log: number] = [Math.sign(det), Math.log(Math.abs(det))];
      if (isDoubtful(det)) {
        if (determinant) matrices.load(first + i, 1, buffer, i * size);
        found = logDeterminant(re, n);
      }
      [signs[signAt + i * stack.step(1)], logs[logAt + i * stack.step(2)]] = found;
    }
  };
}

function complexLogBlock(
  a: NDArray,
  sign: NDArray,
  logabsdet: NDArray,
  stack: Stack,
  n: number,
  most: number,
): Block {
  const buffer = matrixBuffer("matrices", most, n * n, true),
    matrices = new Matrices(a, stack, 0, eitherWay(a));
  const signs = sign.data as Float64Array,
    logs = logabsdet.data as Float64Array,
    exchanges = new Int32Array(n);
  return (first, count) => {
    const signAt = sign.offset + stack.position(first, 1),
      logAt = logabsdet.offset + stack.position(first, 2);
    matrices.load(first, count, buffer);
    for (let i = 0; i < count; i++) {
      const { re, im } = buffer.each[i], slot = 2 * (signAt + i * stack.step(1));
      [signs[slot], signs[slot + 1], logs[logAt + i * stack.step(2)]] = complexLogDeterminant(
        re,
        im,
        n,
        exchanges,
      );
    }
  };
}

/** The matrices, or their transposes, which have the same determinants, where those can be read in one go. */
function eitherWay(a: NDArray): MatrixView {
  const view = matrixView(a), { rows, rowStep, columnStep } = view;
  return columnStep === rows * rowStep ? { ...view, rowStep: columnStep, columnStep: rowStep } : view;
}
