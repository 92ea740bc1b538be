/**
 * The element types of shared arrays: their names, sizes and typed arrays.
 *
 * @module
 */

import { describe } from "./_describe.ts";

/** A complex number: real part, imaginary part. */
export type Complex = [re: number, im: number];

/** The typed array that stores each element type; complex numbers lie interleaved, `re, im`. */
export interface TypedArrays {
  /** Integers from -128 to 127. */
  int8: Int8Array;
  /** Integers from 0 to 255. */
  uint8: Uint8Array;
  /** Integers of 16 bits. */
  int16: Int16Array;
  /** Integers of 16 bits from 0 on. */
  uint16: Uint16Array;
  /** Integers of 32 bits. */
  int32: Int32Array;
  /** Integers of 32 bits from 0 on. */
  uint32: Uint32Array;
  /** Integers of 64 bits, as bigints. */
  int64: BigInt64Array;
  /** Integers of 64 bits from 0 on, as bigints. */
  uint64: BigUint64Array;
  /** Numbers of single precision. */
  float32: Float32Array;
  /** Numbers of double precision. */
  float64: Float64Array;
  /** Complex numbers of single precision, 8 bytes each. */
  complex64: Float32Array;
  /** Complex numbers of double precision, 16 bytes each. */
  complex128: Float64Array;
}

/** The name of an element type, as NumPy spells it. */
export type DType = keyof TypedArrays;

/** The typed array that stores elements of type `D`. */
export type TypedArrayOf<D extends DType> = TypedArrays[D];

/** Any typed array that stores elements of a {@linkcode DType}. */
export type TypedArray = TypedArrays[DType];

/** What an element of type `D` is in JavaScript: a number, a bigint, or `[re, im]`. */
export type ElementOf<D extends DType> = D extends "int64" | "uint64" ? bigint
  : D extends "complex64" | "complex128" ? Complex
  : number;

/** What may be stored in an element of type `D`; a number in a complex element is its real part. */
export type StorableOf<D extends DType> = D extends "int64" | "uint64" ? bigint
  : D extends "complex64" | "complex128" ? number | readonly [re: number, im: number]
  : number;

/** The element type of a typed array: `"float64"` for `Float64Array`. */
export type DTypeOf<A> = A extends Int8Array ? "int8"
  : A extends Uint8Array | Uint8ClampedArray ? "uint8"
  : A extends Int16Array ? "int16"
  : A extends Uint16Array ? "uint16"
  : A extends Int32Array ? "int32"
  : A extends Uint32Array ? "uint32"
  : A extends BigInt64Array ? "int64"
  : A extends BigUint64Array ? "uint64"
  : A extends Float32Array ? "float32"
  : A extends Float64Array ? "float64"
  : never;

/** The constructor of the typed array that stores elements of type `D`. */
export interface ViewConstructor<D extends DType> {
  /** Makes zeroed storage of its own. */
  new (length: number): TypedArrayOf<D>;
  /** Makes a fixed-length view over `buffer`; `byteOffset` is in bytes, `length` in typed-array slots. */
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArrayOf<D>;
  /** Copies `items`, converting each as an assignment does. */
  new (items: ArrayLike<number> | ArrayLike<bigint>): TypedArrayOf<D>;
  /** Bytes of one slot; half an element for complex numbers. */
  readonly BYTES_PER_ELEMENT: number;
}

const CONSTRUCTORS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
} as const;

const BY_TAG: ReadonlyMap<string, DType> = new Map<string, DType>([
  ["Int8Array", "int8"],
  ["Uint8Array", "uint8"],
  ["Uint8ClampedArray", "uint8"],
  ["Int16Array", "int16"],
  ["Uint16Array", "uint16"],
  ["Int32Array", "int32"],
  ["Uint32Array", "uint32"],
  ["BigInt64Array", "int64"],
  ["BigUint64Array", "uint64"],
  ["Float32Array", "float32"],
  ["Float64Array", "float64"],
]);

/** The names of all element types, smallest integers first. */
export const DTYPES: readonly DType[] = Object.freeze(Object.keys(CONSTRUCTORS) as DType[]);

/**
 * Checks that `value` names an element type.
 *
 * @param value What was given.
 * @returns `value`.
 * @throws {TypeError} If it is no {@linkcode DType}; the message lists those there are.
 */
export function checkDType<D extends DType>(value: D): D {
  if (typeof value !== "string" || !Object.hasOwn(CONSTRUCTORS, value)) {
    const given = describe(value);
    throw new TypeError(`Cannot use ${given} as a dtype: it must be one of ${DTYPES.join(", ")}`);
  }
  return value;
}

/** Whether elements of type `dtype` are complex numbers. */
export function isComplex(dtype: DType): dtype is "complex64" | "complex128" {
  return dtype === "complex128" || dtype === "complex64";
}

/** Whether elements of type `dtype` are bigints. */
export function isBigInt(dtype: DType): dtype is "int64" | "uint64" {
  return dtype === "int64" || dtype === "uint64";
}

/** Whether elements of type `dtype` are whole numbers, those of 64 bits included. */
export function isInteger(dtype: DType): boolean {
  return dtype.startsWith("int") || dtype.startsWith("uint");
}

/** Typed-array slots that an element takes: 2 for complex numbers, else 1. */
export function lanes(dtype: DType): 1 | 2 {
  return isComplex(dtype) ? 2 : 1;
}

/** Bytes that an element takes: 16 for `"complex128"`. */
export function itemSize(dtype: DType): number {
  return CONSTRUCTORS[dtype].BYTES_PER_ELEMENT * lanes(dtype);
}

/** The constructor of the typed array that stores elements of type `dtype`. */
export function viewConstructor<D extends DType>(dtype: D): ViewConstructor<D> {
  return CONSTRUCTORS[dtype] as unknown as ViewConstructor<D>;
}

/**
 * The element type of a typed array; a clamped one counts as `"uint8"`.
 *
 * @param array The typed array.
 * @returns Its element type, never a complex one.
 * @throws {TypeError} If `array` is not a typed array, or one of 16-bit floats.
 */
export function dtypeOf<A extends TypedArray | Uint8ClampedArray>(array: A): DTypeOf<A> {
  const dtype = ArrayBuffer.isView(array) ? BY_TAG.get((array as A)[Symbol.toStringTag]) : undefined;
  if (dtype === undefined) {
    throw new TypeError(
      `Cannot tell the dtype of ${describe(array)}: it is not a typed array that arrays can use`,
    );
  }
  return dtype as DTypeOf<A>;
}
