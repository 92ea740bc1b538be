/**
 * Decompositions, linear equations and inverses of stacks of matrices, as jobs.
 */

import { isComplex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import { decomposeComplex } from "./_complex_lu.ts";
import { invertComplex, substituteComplex } from "./_complex_substitution.ts";
import type { Job } from "./_job.ts";
import { type InvCall, type LuCall, noteSingular, type SolveCall } from "./_linalg_call.ts";
import { decompose } from "./_lu.ts";
import { Matrices, matricesAtOnce, matrixBuffer, matrixView, vectorView } from "./_matrices.ts";
import type { SplitComplex } from "./_roots.ts";
import { leadingStrides, Stack } from "./_stack.ts";
import { invert, substitute } from "./_substitution.ts";

/** What real and complex matrices have in common. */
interface Algebra {
  readonly decompose: (a: SplitComplex, rows: number, columns: number, exchanges: Int32Array) => number;
  readonly substitute: (
    lu: SplitComplex,
    n: number,
    exchanges: Int32Array,
    b: SplitComplex,
    columns: number,
  ) => void;
  readonly invert: (lu: SplitComplex, n: number, exchanges: Int32Array, inverse: SplitComplex) => void;
}

const REAL: Algebra = {
  decompose: ({ re }, rows, columns, exchanges) => decompose(re, rows, columns, exchanges),
  substitute: (lu, n, exchanges, b, columns) => substitute(lu.re, n, exchanges, b.re, columns),
  invert: (lu, n, exchanges, inverse) => invert(lu.re, n, exchanges, inverse.re),
};

const COMPLEX: Algebra = {
  decompose: ({ re, im }, rows, columns, exchanges) => decomposeComplex(re, im, rows, columns, exchanges),
  substitute: substituteComplex,
  invert: invertComplex,
};

/** The job: a unit is a matrix. */
export function luJob({ a, p, l, u }: LuCall): Job {
  const lead = a.shape.length - 2, [rows, columns] = a.shape.slice(lead), rank = Math.min(rows, columns);
  const complex = isComplex(a.dtype), algebra = complex ? COMPLEX : REAL;
  const stack = new Stack(a.shape.slice(0, lead), [a, p, l, u].map(({ strides }) => strides.slice(0, lead)));
  const asIndices = p.shape.length === lead + 1, places = asIndices ? rows : rows * rows;
  const most = matricesAtOnce(stack.count, rows * columns + rows * rank + rank * columns + places);
  const decomposed = matrixBuffer("matrices", most, rows * columns, complex);
  const lower = matrixBuffer("lower", most, rows * rank, complex);
  const upper = matrixBuffer("upper", most, rank * columns, complex);
  const permuted = matrixBuffer("permuted", most, places, false);
  const exchanges = new Int32Array(rank), order = new Int32Array(rows);
  const from = new Matrices(a, stack, 0, matrixView(a));
  const toP = new Matrices(p, stack, 1, asIndices ? vectorView(p) : matrixView(p));
  const toL = new Matrices(l, stack, 2, matrixView(l)), toU = new Matrices(u, stack, 3, matrixView(u));
  const block = (first: number, count: number) => {
    from.load(first, count, decomposed);
    for (let i = 0; i < count; i++) {
      const lu = decomposed.each[i];
      algebra.decompose(lu, rows, columns, exchanges);
      splitTriangles(lu.re, rows, columns, 1, lower.each[i].re, upper.each[i].re);
      if (complex) splitTriangles(lu.im, rows, columns, 0, lower.each[i].im, upper.each[i].im);
      follow(exchanges, order);
      permutation(order, asIndices, permuted.each[i].re);
    }
    toP.store(first, count, permuted);
    toL.store(first, count, lower);
    toU.store(first, count, upper);
  };
  return { units: stack.count, run: (start, end) => stack.forRuns(start, end, most, block) };
}

/** Takes the triangles of a decomposition apart; `diagonal` is what the lower one has there. */
function splitTriangles(
  lu: Float64Array,
  rows: number,
  columns: number,
  diagonal: number,
  lower: Float64Array,
  upper: Float64Array,
): void {
  const rank = Math.min(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rank; j++) {
      lower[i * rank + j] = j < i ? lu[i * columns + j] : j === i ? diagonal : 0;
    }
  }
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < columns; j++) upper[i * columns + j] = j < i ? 0 : lu[i * columns + j];
  }
}

/** Gives in `order[i]` the row that exchanges of rows have brought to row `i`. */
function follow(exchanges: Int32Array, order: Int32Array): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  for (let k = 0; k < exchanges.length; k++) {
    const row = order[k];
    order[k] = order[exchanges[k]];
    order[exchanges[k]] = row;
  }
}

/** Writes down which row of `L U` each row of the matrix is: by its index, or by a 1 in its place. */
function permutation(order: Int32Array, asIndices: boolean, p: Float64Array): void {
  if (!asIndices) p.fill(0, 0, order.length * order.length);
  for (let i = 0; i < order.length; i++) {
    if (asIndices) p[order[i]] = i;
    else p[order[i] * order.length + i] = 1;
  }
}

/** The job: a unit is a matrix of the result, or its vector. */
export function solveJob({ a, b, out, singular }: SolveCall): Job {
  const isVector = b.shape.length === 1, own = isVector ? 1 : 2, viewOf = isVector ? vectorView : matrixView;
  const lead = out.shape.length - own, n = a.shape.at(-1)!, { columns } = viewOf(b);
  const complex = isComplex(out.dtype), algebra = complex ? COMPLEX : REAL;
  const stack = new Stack(out.shape.slice(0, lead), [
    leadingStrides(a, 2, lead),
    leadingStrides(b, own, lead),
    leadingStrides(out, own, lead),
  ]);
  const most = matricesAtOnce(stack.count, n * n + n * columns), repeats = stack.step(0) === 0;
  const matrices = matrixBuffer("matrices", repeats ? 1 : most, n * n, complex);
  const sides = matrixBuffer("sides", most, n * columns, complex), exchanges = new Int32Array(n);
  const fromA = new Matrices(a, stack, 0, matrixView(a)), fromB = new Matrices(b, stack, 1, viewOf(b));
  const to = new Matrices(out, stack, 2, viewOf(out));
  // Where one matrix serves all units of a run, it is decomposed once.
  let known: number | undefined;
  const decomposeOne = (i: number, unit: number) => {
    if (algebra.decompose(matrices.each[i], n, n, exchanges) === 0) noteSingular(singular, unit);
  };
  const block = (first: number, count: number) => {
    const position = stack.position(first);
    fromB.load(first, count, sides);
    if (!repeats) {
      fromA.load(first, count, matrices);
    } else if (known !== position) {
      fromA.load(first, 1, matrices);
      decomposeOne(0, first);
      known = position;
    }
    for (let i = 0; i < count; i++) {
      if (!repeats) decomposeOne(i, first + i);
      algebra.substitute(matrices.each[repeats ? 0 : i], n, exchanges, sides.each[i], columns);
    }
    to.store(first, count, sides);
  };
  const run = (start: number, end: number) => {
    known = undefined; // other jobs may have used the buffers
    stack.forRuns(start, end, most, block);
  };
  return { units: stack.count, run };
}

/** The job: a unit is a matrix. */
export function invJob({ a, out, singular }: InvCall): Job {
  const lead = a.shape.length - 2, n = a.shape[lead];
  const complex = isComplex(a.dtype), algebra = complex ? COMPLEX : REAL;
  const leading = [a, out].map(({ strides }: NDArray) => strides.slice(0, lead));
  const stack = new Stack(a.shape.slice(0, lead), leading), most = matricesAtOnce(stack.count, 2 * n * n);
  const matrices = matrixBuffer("matrices", most, n * n, complex);
  const inverses = matrixBuffer("inverses", most, n * n, complex), exchanges = new Int32Array(n);
  const from = new Matrices(a, stack, 0, matrixView(a)), to = new Matrices(out, stack, 1, matrixView(out));
  const block = (first: number, count: number) => {
    from.load(first, count, matrices);
    for (let i = 0; i < count; i++) {
      const lu = matrices.each[i];
      if (algebra.decompose(lu, n, n, exchanges) === 0) noteSingular(singular, first + i);
      algebra.invert(lu, n, exchanges, inverses.each[i]);
    }
    to.store(first, count, inverses);
  };
  return { units: stack.count, run: (start, end) => stack.forRuns(start, end, most, block) };
}
