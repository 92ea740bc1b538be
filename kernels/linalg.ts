/**
 * Linear algebra on stacks of matrices: decompositions, equations, inverses, and determinants too large or
 * too small for a number.
 *
 * @module
 */

import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput, ComplexDType, ComplexOf, RealOf, ResultOf } from "./_arguments.ts";
import { checkLogDeterminants, logDeterminantsJob } from "./_determinants.ts";
import { runAll } from "./_job.ts";
import { invJob, luJob, solveJob } from "./_linalg.ts";
import { checkInv, checkLu, checkRegular, checkSolve } from "./_linalg_call.ts";

/** Options of {@linkcode slogdet}. */
export interface SlogdetOptions {
  /**
   * Where the results go: arrays of the leading axes' shape and of the results' dtypes, that share no memory
   * with the matrices or with one another; those that lack are made.
   */
  readonly out?: {
    /** For the signs. */
    readonly sign?: NDArray;
    /** For the logarithms. */
    readonly logabsdet?: NDArray;
  };
}

/** Determinants, their sizes as logarithms. */
export interface SlogdetResult<A> {
  /** 1, -1 or 0; of complex matrices a number of size 1, or 0. */
  readonly sign: ResultOf<A>;
  /** The natural logarithm of the determinant's size; `-Infinity` for 0. */
  readonly logabsdet: RealOf<A>;
}

/** Options of {@linkcode lu}. */
export interface LuOptions<I extends boolean = boolean> {
  /**
   * Whether to give permutations as indices, as SciPy's `p_indices` does, and not as matrices.
   *
   * @default false
   */
  readonly pIndices?: I;
  /**
   * Where the results go: arrays of their shapes and dtypes, that share no memory with the matrices or with
   * one another; those that lack are made.
   */
  readonly out?: {
    /** For the permutations. */
    readonly p?: NDArray;
    /** For the lower triangles. */
    readonly l?: NDArray;
    /** For the upper triangles. */
    readonly u?: NDArray;
  };
}

/** Matrices as products of a permutation, a lower and an upper triangle. */
export interface LuResult<A, I extends boolean = false> {
  /** The permutations: matrices `P` with `A = P L U`, or indices with which row `i` of `A` is row `p[i]` of `L U`. */
  readonly p: I extends true ? NDArray<"int32"> : RealOf<A>;
  /** Lower triangles, with ones on the diagonal. */
  readonly l: ResultOf<A>;
  /** Upper triangles. */
  readonly u: ResultOf<A>;
}

/** Options of {@linkcode solve}. */
export interface SolveOptions {
  /** Where the solutions go: an array of their shape and dtype, that shares no memory with the operands. */
  readonly out?: NDArray;
}

/** Options of {@linkcode inv}. */
export interface InvOptions {
  /** Where the inverses go: an array of their shape and dtype, that shares no memory with the matrices. */
  readonly out?: NDArray;
}

/** Solutions of equations: complex where an operand is, of single precision where both are. */
export type Solution<A, B> = A extends NDArray<ComplexDType> ? ComplexOf<A | B>
  : B extends NDArray<ComplexDType> ? ComplexOf<A | B>
  : RealOf<A | B>;

/**
 * The signs of determinants, and the logarithms of their sizes: for determinants that are out of range.
 *
 * As `numpy.linalg.slogdet`: the determinant is `sign * exp(logabsdet)`; of a singular matrix they are 0 and
 * `-Infinity`. NaN and infinities flow through.
 *
 * Shapes: `(…, n, n)` gives `(…)` twice, arrays without axes of a single matrix. Any strides, read in place.
 * Real integers are taken as doubles; float32 matrices are widened, and the results rounded once.
 *
 * Cost: that of `dets`, and a logarithm a matrix up to order 12, above it one a row.
 *
 * @param a The matrices, in the last two axes, or nested arrays of numbers.
 * @param options Where the results go.
 * @returns Signs and logarithms.
 * @throws {RangeError} If the last two axes are not equally long, or there are fewer than two.
 * @throws {RangeError} If an array of `options.out` has another shape or dtype, or shares memory with another.
 * @throws {TypeError} If `a` is neither an array nor nested arrays of numbers.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { slogdet } from "@multicore/multicore/kernels";
 *
 * const { sign, logabsdet } = slogdet([[0, 1e300], [1e300, 0]]);
 * assertEquals(sign.get(), -1);
 * assertAlmostEquals(logabsdet.get(), 600 * Math.LN10);
 * ```
 */
export function slogdet<A extends ArrayInput>(a: A, options: SlogdetOptions = {}): SlogdetResult<A> {
  const call = checkLogDeterminants(a, options.out ?? {}, NDArray.zeros);
  runAll(logDeterminantsJob(call));
  const { sign, logabsdet } = call;
  return { sign, logabsdet } as unknown as SlogdetResult<A>;
}

/**
 * Decomposes matrices into `P L U`: a permutation of the rows, a lower triangle with ones on its diagonal,
 * and an upper triangle.
 *
 * As `scipy.linalg.lu`: by default `p` holds permutation matrices, and `A` is `P L U`. With `pIndices` it
 * holds what SciPy's `p_indices` gives: int32 indices with which `A` is `L[p] U`, so that row `i` of `A` is
 * row `p[i]` of the product. A singular matrix is no error: `U` has a zero on its diagonal. NaN and infinities
 * flow through.
 *
 * Shapes: `(…, m, n)` gives `p` `(…, m, m)`, or `(…, m)` of indices, `l` `(…, m, k)` and `u` `(…, k, n)` where
 * `k` is the smaller of `m` and `n`. Any strides, read in place. Permutation matrices are real, of the
 * precision of the others.
 *
 * Cost: `n³ / 3` multiplications a square matrix.
 *
 * Source: partial pivoting by the largest element of a column, of complex ones by `|re| + |im|` (LAPACK's
 * `getrf`).
 *
 * @param a The matrices, in the last two axes, or nested arrays of numbers.
 * @param options Form of the permutations, destination.
 * @returns The factors.
 * @throws {RangeError} If `a` has fewer than two axes.
 * @throws {RangeError} If an array of `options.out` has another shape or dtype, or shares memory with another.
 * @throws {TypeError} If `a` is neither an array nor nested arrays of numbers, or `pIndices` no boolean.
 *
 * @example Factors, and the permutation as indices
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { lu } from "@multicore/multicore/kernels";
 *
 * const { p, l, u } = lu([[1, 4], [2, 2]]);
 * assertEquals(p.toArray(), [[0, 1], [1, 0]]);
 * assertEquals(l.toArray(), [[1, 0], [0.5, 1]]);
 * assertEquals(u.toArray(), [[2, 2], [0, 3]]);
 * assertEquals(lu([[1, 4], [2, 2]], { pIndices: true }).p.toArray(), [1, 0]);
 * ```
 */
export function lu<A extends ArrayInput, I extends boolean = false>(
  a: A,
  options: LuOptions<I> = {},
): LuResult<A, I> {
  const call = checkLu(a, options, NDArray.zeros);
  runAll(luJob(call));
  const { p, l, u } = call;
  return { p, l, u } as unknown as LuResult<A, I>;
}

/**
 * Solves linear equations: gives `X` with `A X = B`.
 *
 * As `numpy.linalg.solve` since NumPy 2: `b` is a vector where it has one axis, else it holds matrices, the
 * right sides in their columns. So a stack of vectors, one a matrix, needs a last axis of length 1. Only a
 * pivot that is exactly 0 makes a matrix singular; NaN and infinities flow through.
 *
 * Shapes: `(…, n, n)` and `(n)` give `(…, n)`; `(…, n, n)` and `(…, n, k)` give `(…, n, k)`. Leading axes
 * broadcast. Any strides, read in place. Real integers are taken as doubles; float32 operands are widened,
 * and the solutions rounded once.
 *
 * Cost: `n³ / 3 + k n²` multiplications a matrix. A matrix that serves a whole stack of right sides is
 * decomposed once a block of them.
 *
 * Source: LU decomposition with partial pivoting (LAPACK's `gesv`).
 *
 * @param a The matrices, in the last two axes, or nested arrays of numbers.
 * @param b The right sides.
 * @param options Where the result goes.
 * @returns The solutions; `options.out` itself when given.
 * @throws {LinAlgError} If a matrix is singular; its `index` tells which. `options.out` holds anything then.
 * @throws {RangeError} If the matrices are not square, the right sides have another number of rows, or the
 * stacks do not fit.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with an operand.
 * @throws {TypeError} If an operand is neither an array nor nested arrays of numbers.
 *
 * @example One vector, and two right sides
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { solve } from "@multicore/multicore/kernels";
 *
 * const a = [[2, 1], [0, 4]];
 * assertEquals(solve(a, [4, 8]).toArray(), [1, 2]);
 * assertEquals(solve(a, [[4, 1], [8, 4]]).toArray(), [[1, 0], [2, 1]]);
 * ```
 */
export function solve<A extends ArrayInput, B extends ArrayInput>(
  a: A,
  b: B,
  options: SolveOptions = {},
): Solution<A, B> {
  const call = checkSolve(a, b, options.out, NDArray.zeros);
  runAll(solveJob(call));
  checkRegular("solve equations with", call);
  return call.out as unknown as Solution<A, B>;
}

/**
 * Inverts square matrices.
 *
 * As `numpy.linalg.inv`. Only a pivot that is exactly 0 makes a matrix singular; NaN and infinities flow
 * through. To solve equations call {@linkcode solve}: that is faster, and more accurate.
 *
 * Shapes: `(…, n, n)`, as is the result. Any strides, read in place. Real integers are taken as doubles;
 * float32 matrices are widened, and the inverses rounded once.
 *
 * Cost: `n³` multiplications a matrix.
 *
 * Source: LU decomposition with partial pivoting (LAPACK's `getrf` and `getri`).
 *
 * @param a The matrices, in the last two axes, or nested arrays of numbers.
 * @param options Where the result goes.
 * @returns The inverses; `options.out` itself when given.
 * @throws {LinAlgError} If a matrix is singular; its `index` tells which. `options.out` holds anything then.
 * @throws {RangeError} If the last two axes are not equally long, or there are fewer than two.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with `a`.
 * @throws {TypeError} If `a` is neither an array nor nested arrays of numbers.
 *
 * @example An inverse, and a matrix that has none
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { inv, LinAlgError } from "@multicore/multicore/kernels";
 *
 * assertEquals(inv([[2, 1], [0, 4]]).toArray(), [[0.5, -0.125], [0, 0.25]]);
 * assertThrows(() => inv([[1, 2], [2, 4]]), LinAlgError, "singular");
 * ```
 */
export function inv<A extends ArrayInput>(a: A, options: InvOptions = {}): ResultOf<A> {
  const call = checkInv(a, options.out, NDArray.zeros);
  runAll(invJob(call));
  checkRegular("invert", call);
  return call.out as unknown as ResultOf<A>;
}
