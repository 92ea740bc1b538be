/**
 * What decompositions, linear equations and inverses are asked for, and what is wrong with the question.
 */

import type { NDArray } from "../shared/ndarray.ts";
import {
  type Allocate,
  anyComplex,
  type ArrayInput,
  broadcast,
  checkSquare,
  resultArray,
  resultDType,
  text,
  toArray,
} from "./_arguments.ts";
import { LinAlgError } from "./linalg_error.ts";

/** A checked call of `lu`. */
export interface LuCall {
  /** The matrices. */
  readonly a: NDArray;
  /** Where the permutations go: as matrices, or as indices where it has an axis less than `a`. */
  readonly p: NDArray;
  /** Where the lower triangles go. */
  readonly l: NDArray;
  /** Where the upper triangles go. */
  readonly u: NDArray;
}

/** A checked call of `solve`. */
export interface SolveCall {
  /** The matrices. */
  readonly a: NDArray;
  /** The right sides: matrices, or one vector. */
  readonly b: NDArray;
  /** Where the solutions go. */
  readonly out: NDArray;
  /** Its only element: 1 more than the first unit whose matrix is singular, or 0. */
  readonly singular: NDArray<"int32">;
}

/** A checked call of `inv`. */
export interface InvCall {
  /** The matrices. */
  readonly a: NDArray;
  /** Where the inverses go. */
  readonly out: NDArray;
  /** Its only element: 1 more than the first unit whose matrix is singular, or 0. */
  readonly singular: NDArray<"int32">;
}

/** Options of `lu`, those of its type left away. */
export interface LuRequest {
  /** Whether to give the permutations as indices. */
  readonly pIndices?: boolean;
  /** Where the results go. */
  readonly out?: { readonly p?: NDArray; readonly l?: NDArray; readonly u?: NDArray };
}

/** Checks the arguments of `lu`. */
export function checkLu(input: ArrayInput, options: LuRequest, allocate: Allocate): LuCall {
  const { pIndices = false, out = {} } = options, a = toArray(input), { shape } = a;
  if (typeof pIndices !== "boolean") {
    throw new TypeError(`Cannot use ${String(pIndices)} as pIndices: give true or false`);
  }
  if (shape.length < 2) {
    throw new RangeError(`Cannot decompose an array of shape ${text(shape)}: it needs at least 2 axes`);
  }
  const lead = shape.slice(0, -2), [rows, columns] = shape.slice(-2), rank = Math.min(rows, columns);
  const dtype = resultDType(anyComplex(a), a), real = resultDType(false, a);
  const order = pIndices
    ? { shape: [...lead, rows], dtype: "int32" as const, operands: [a] }
    : { shape: [...lead, rows, rows], dtype: real, operands: [a] };
  const p = resultArray(out.p, order, allocate);
  const l = resultArray(out.l, { shape: [...lead, rows, rank], dtype, operands: [a, p] }, allocate);
  const u = resultArray(out.u, { shape: [...lead, rank, columns], dtype, operands: [a, p, l] }, allocate);
  return { a, p, l, u };
}

/** Checks the arguments of `solve`. */
export function checkSolve(
  left: ArrayInput,
  right: ArrayInput,
  out: NDArray | undefined,
  allocate: Allocate,
): SolveCall {
  const a = toArray(left), b = toArray(right), own = b.shape.length === 1 ? 1 : 2;
  checkSquare("solve equations with", a);
  if (b.shape.length === 0) throw new RangeError("Cannot solve for a number: give a vector or matrices");
  if (b.shape.at(-own) !== a.shape.at(-1)) {
    throw new RangeError(
      `Cannot solve equations with arrays of shape ${text(a.shape)} and ${text(b.shape)}: the right sides ` +
        `need ${a.shape.at(-1)} rows; a stack of vectors needs a last axis of length 1`,
    );
  }
  const lead = broadcast("solve equations with", a.shape.slice(0, -2), b.shape.slice(0, -own));
  const shape = [...lead, ...b.shape.slice(-own)], dtype = resultDType(anyComplex(a, b), a, b);
  const target = resultArray(out, { shape, dtype, operands: [a, b] }, allocate);
  return { a, b, out: target, singular: allocate([1], "int32") };
}

/** Checks the arguments of `inv`. */
export function checkInv(input: ArrayInput, out: NDArray | undefined, allocate: Allocate): InvCall {
  const a = toArray(input), dtype = resultDType(anyComplex(a), a);
  checkSquare("invert", a);
  const target = resultArray(out, { shape: a.shape, dtype, operands: [a] }, allocate);
  return { a, out: target, singular: allocate([1], "int32") };
}

/** Notes that the matrix of a unit is singular; the first one of all threads' is kept. */
export function noteSingular({ data }: NDArray<"int32">, unit: number): void {
  const found = unit + 1;
  for (let seen = Atomics.load(data, 0); seen === 0 || seen > found;) {
    const met = Atomics.compareExchange(data, 0, seen, found);
    if (met === seen) return;
    seen = met;
  }
}

/** Throws if a unit of a call that is done had a singular matrix. */
export function checkRegular(deed: string, call: SolveCall | InvCall): void {
  const { a, out, singular } = call, unit = singular.data[0] - 1;
  if (unit < 0) return;
  const own = "b" in call && call.b.shape.length === 1 ? 1 : 2, lead = a.shape.length - 2;
  const units = indexOf(unit, out.shape.slice(0, out.shape.length - own));
  // Where the matrices are broadcast, they have fewer places than the results.
  const index = units.slice(units.length - lead).map((i, axis) => a.shape[axis] === 1 ? 0 : i);
  const which = lead === 0 ? "the matrix" : `matrix ${text(index)} of the stack`;
  throw new LinAlgError(`Cannot ${deed} ${which}: it is singular; slogdet gives such a matrix sign 0`, index);
}

/** The index of an item by its number in row-major order. */
function indexOf(item: number, shape: readonly number[]): number[] {
  let rest = item;
  return shape.map((_, axis) => {
    const size = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
    const i = Math.floor(rest / size);
    rest %= size;
    return i;
  });
}
