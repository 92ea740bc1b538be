/**
 * What the kernels' arguments must be, and what their results are.
 */

import { type DType, isComplex } from "../shared/dtype.ts";
import { NDArray, type NestedItems } from "../shared/ndarray.ts";
import { overlaps } from "./_overlap.ts";

/** An array, or what `NDArray.from` makes one of: nested arrays of numbers. */
export type ArrayInput = NDArray | NestedItems;

/** Real element types of results. */
export type RealDType = "float32" | "float64";
/** Complex element types of results. */
export type ComplexDType = "complex64" | "complex128";

/** The element type of an argument; nested arrays are taken as doubles. */
export type DTypeIn<A> = A extends NDArray<infer D> ? D : "float64";
/** Element types of single precision. */
export type SingleDType = "float32" | "complex64";

/** The real result of a kernel over `A`: single precision where `A` has it. */
export type RealOf<A> = NDArray<
  DTypeIn<A> extends SingleDType ? "float32"
    : Extract<DTypeIn<A>, SingleDType> extends never ? "float64"
    : RealDType
>;

/** The complex result of a kernel over `A`: single precision where `A` has it. */
export type ComplexOf<A> = NDArray<
  DTypeIn<A> extends SingleDType ? "complex64"
    : Extract<DTypeIn<A>, SingleDType> extends never ? "complex128"
    : ComplexDType
>;

/** The result of a kernel over `A` that is complex where `A` is. */
export type ResultOf<A> = A extends NDArray<ComplexDType> ? ComplexOf<A> : RealOf<A>;

/** Makes the array for a result. */
export type Allocate = <D extends DType>(shape: readonly number[], dtype: D) => NDArray<D>;

/** Slots that an array may have at most: positions are 32-bit integers in the kernels. */
const MOST_SLOTS = 2 ** 31 - 1;

/** The argument as an array; nested arrays are copied into one. */
export function toArray(input: ArrayInput): NDArray {
  const array = input instanceof NDArray ? input : NDArray.from(input);
  if (array.data.length > MOST_SLOTS) {
    throw new RangeError(
      `Cannot compute with an array of ${array.data.length} slots: at most ${MOST_SLOTS} are possible`,
    );
  }
  return array;
}

/** The element type of a result: single precision where no operand is more precise. */
export function resultDType(complex: boolean, ...operands: readonly NDArray[]): RealDType | ComplexDType {
  const single = operands.every(({ dtype }) => dtype === "float32" || dtype === "complex64");
  return complex ? (single ? "complex64" : "complex128") : single ? "float32" : "float64";
}

/** Whether any operand is complex. */
export function anyComplex(...operands: readonly NDArray[]): boolean {
  return operands.some(({ dtype }) => isComplex(dtype));
}

/** Checks an option that is one of a few words. */
export function checkWord<W extends string>(name: string, value: W, words: readonly W[]): W {
  if (words.includes(value)) return value;
  const given = typeof value === "string" ? JSON.stringify(value) : String(value);
  throw new TypeError(`Cannot use ${given} as ${name}: it must be one of ${words.join(", ")}`);
}

/** Checks an axis, negative from the end, and gives it from 0 on. */
export function checkAxis(axis: number, rank: number): number {
  if (typeof axis !== "number") throw new TypeError(`Cannot use ${String(axis)} as an axis: give a number`);
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new RangeError(`Cannot work along axis ${axis}: the array has ${rank} axes`);
  }
  return axis < 0 ? axis + rank : axis;
}

/** Checks that an array holds square matrices in its last two axes; `deed` is what it is for. */
export function checkSquare(deed: string, { shape }: NDArray): void {
  if (shape.length < 2) {
    throw new RangeError(`Cannot ${deed} an array of shape ${text(shape)}: it needs at least 2 axes`);
  }
  if (shape.at(-1) !== shape.at(-2)) {
    throw new RangeError(`Cannot ${deed} an array of shape ${text(shape)}: the matrices must be square`);
  }
}

/** The common shape of two lists of leading axes, by NumPy's rule; `deed` is what it is for. */
export function broadcast(deed: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1, y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new RangeError(
        `Cannot ${deed} stacks of shape ${text(a)} and ${text(b)}: their axes do not fit`,
      );
    }
    return x === 1 ? y : x;
  });
}

/** A shape as text. */
export function text(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

/** What a result must look like. */
export interface Wanted {
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its element type. */
  readonly dtype: DType;
  /** The operands it is computed from, which it must not overlap. */
  readonly operands: readonly NDArray[];
  /** Whether it may be an operand itself, element for element. */
  readonly inPlace?: boolean;
}

/** The array that a result goes to: `out` if it is given and fits, else a new one. */
export function resultArray(out: NDArray | undefined, wanted: Wanted, allocate: Allocate): NDArray {
  const { shape, dtype, operands, inPlace = false } = wanted;
  if (out === undefined) return allocate(shape, dtype);
  if (!(out instanceof NDArray)) {
    throw new TypeError(`Cannot store the result in ${String(out)}: out must be an NDArray`);
  }
  if (out.dtype !== dtype) {
    throw new RangeError(`Cannot store the result in an array of ${out.dtype}: out must be of ${dtype}`);
  }
  if (out.shape.length !== shape.length || shape.some((length, axis) => out.shape[axis] !== length)) {
    throw new RangeError(
      `Cannot store the result in an array of shape ${text(out.shape)}: out must be of ${text(shape)}`,
    );
  }
  if (out.strides.some((stride, axis) => stride === 0 && shape[axis] > 1)) {
    throw new RangeError(
      "Cannot store the result in an array that repeats elements: out must have strides other than 0",
    );
  }
  for (const operand of operands) {
    if (overlaps(out, operand) && !(inPlace && isSame(out, operand))) {
      throw new RangeError("Cannot store the result in memory that the input lies in: give another out");
    }
  }
  return out;
}

function isSame(a: NDArray, b: NDArray): boolean {
  return a.dtype === b.dtype && a.data.byteOffset === b.data.byteOffset && a.offset === b.offset &&
    a.shape.every((length, axis) => length === b.shape[axis] && a.strides[axis] === b.strides[axis]) &&
    a.shape.length === b.shape.length;
}
