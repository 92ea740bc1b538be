/**
 * Elements one at a time: reading, checking and converting values between element types.
 */

import { describe } from "./_describe.ts";
import {
  type DType,
  type ElementOf,
  isBigInt,
  isComplex,
  isInteger,
  itemSize,
  type StorableOf,
  type TypedArrayOf,
  viewConstructor,
} from "./dtype.ts";

/** Reads the element at `index`, counted in elements. */
export function readElement<D extends DType>(data: TypedArrayOf<D>, dtype: D, index: number): ElementOf<D> {
  const slots = data as Float64Array;
  return (isComplex(dtype) ? [slots[2 * index], slots[2 * index + 1]] : slots[index]) as ElementOf<D>;
}

/** Stores `value` at `index`, counted in elements; a TypeError if it is of the wrong kind. */
export function writeElement<D extends DType>(
  data: TypedArrayOf<D>,
  dtype: D,
  index: number,
  value: StorableOf<D>,
): void {
  const slots = data as Float64Array;
  if (isComplex(dtype)) {
    const [re, im] = checkComplex(value, dtype);
    slots[2 * index] = re;
    slots[2 * index + 1] = im;
  } else {
    slots[index] = checkReal(value, dtype) as number;
  }
}

/** Checks that `value` may be stored in a real element of type `dtype`. */
export function checkReal(value: unknown, dtype: DType): number | bigint {
  if (isBigInt(dtype)) {
    if (typeof value === "bigint") return value;
    throw new TypeError(`Cannot store ${describe(value)} in an ${dtype} element: give a bigint, as in 1n`);
  }
  if (typeof value === "number") return value;
  throw new TypeError(`Cannot store ${describe(value)} in an element of type ${dtype}: give a number`);
}

/** Checks that `value` may be stored in a complex element, and gives its parts. */
export function checkComplex(value: unknown, dtype: DType): readonly [re: number, im: number] {
  if (typeof value === "number") return [value, 0];
  if (Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number")) {
    return value as unknown as [number, number];
  }
  throw new TypeError(
    `Cannot store ${describe(value)} in an element of type ${dtype}: give [re, im] or a number`,
  );
}

/** Converts a number or bigint to what a real element of type `dtype` holds, as `astype` does in NumPy. */
export function toReal(value: number | bigint, dtype: DType): number | bigint {
  if (isBigInt(dtype)) {
    if (typeof value === "bigint") return value;
    return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  }
  if (typeof value === "number") return value;
  return Number(isInteger(dtype) ? BigInt.asIntN(8 * itemSize(dtype), value) : value);
}

/**
 * Converts contiguous elements from one type to another: whole numbers wrap around, fractions are cut off,
 * real numbers become complex ones; gives `data` itself where the types agree.
 */
export function convert<D extends DType>(data: TypedArrayOf<DType>, from: DType, to: D): TypedArrayOf<D> {
  if (from === to) return data as TypedArrayOf<D>;
  const View = viewConstructor(to);
  if (isComplex(from)) {
    if (isComplex(to)) return new View(data as Float64Array);
    throw new TypeError(`Cannot convert ${from} to ${to}: the imaginary parts would be lost`);
  }
  if (isComplex(to)) {
    const result = new View(2 * data.length);
    for (let i = 0; i < data.length; i++) result[2 * i] = Number(data[i]);
    return result;
  }
  if (isBigInt(from) === isBigInt(to)) return new View(data as Float64Array);
  const result = new View(data.length);
  for (let i = 0; i < data.length; i++) result[i] = toReal(data[i], to) as number;
  return result;
}
