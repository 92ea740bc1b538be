/**
 * One function for each instruction, under its name in the specification: `f64x2.add(a, b)`, `i32.load8_u(p, 4)`.
 *
 * The functions and their types come from the tables. Arguments are the operands in stack order, then the
 * immediates in the order lane, offset, alignment.
 *
 * @module
 */

import { type AnyBuilder, builder, checked } from "./builder.ts";
import { type Entry, type ResultType, TYPE_CODES, type ValueType } from "./entry.ts";
import { BUILT, type BuiltTable, structure } from "./instruction.ts";
import { addShapeHelpers, type ShapeHelpers } from "./shapes.ts";
import { type Node, node, type Operand, type Statement, type Value } from "./values.ts";

type OperandsOf<S extends string> = S extends "" ? []
  : S extends `${infer A extends ValueType} ${infer B extends ValueType} ${infer C extends ValueType}`
    ? [first: Operand<A>, second: Operand<B>, third: Operand<C>]
  : S extends `${infer A extends ValueType} ${infer B extends ValueType}`
    ? [first: Operand<A>, second: Operand<B>]
  : S extends ValueType ? [operand: Operand<S>]
  : never;

type ImmediatesOf<I> = I extends "i32" | "f32" | "f64" ? [value: number]
  : I extends "i64" ? [value: bigint]
  : I extends "bytes" ? [bytes: ArrayLike<number>]
  : I extends "lane" ? [lane: number]
  : I extends "lanes" ? [lanes: ArrayLike<number>]
  : I extends "memory" ? [offset?: number, alignment?: number]
  : I extends "memory lane" ? [lane: number, offset?: number, alignment?: number]
  : [];

/** The function that stands for the instruction of a table entry. */
export type Builder<E extends Entry> = (
  ...operands: [...OperandsOf<E[1]>, ...ImmediatesOf<E[3]>]
) => E[2] extends ResultType ? Node<E[2]> : never;

/** The functions for all instructions whose names begin with `S` and a dot. */
export type Namespace<S extends string> = {
  readonly [K in keyof BuiltTable as K extends `${S}.${infer N}` ? N : never]: Builder<BuiltTable[K]>;
};

const namespaces = new Map<string, Record<string, AnyBuilder>>();
for (const instruction of BUILT.values()) {
  const [prefix, name] = instruction.name.split(".");
  let namespace = namespaces.get(prefix);
  if (!namespace) namespaces.set(prefix, namespace = {});
  namespace[name] = builder(instruction);
}

addShapeHelpers(namespaces);

function namespace<N>(prefix: string): N {
  return namespaces.get(prefix) as unknown as N;
}

/** 32-bit integers; also the addresses of memory. */
export const i32: Namespace<"i32"> = namespace("i32");
/** 64-bit integers; literals are bigints. */
export const i64: Namespace<"i64"> = namespace("i64");
/** Single-precision numbers. */
export const f32: Namespace<"f32"> = namespace("f32");
/** Double-precision numbers. */
export const f64: Namespace<"f64"> = namespace("f64");
/** Vectors as 128 bits: loads, stores, bitwise operations. */
export const v128: Namespace<"v128"> = namespace("v128");
/** Vectors of 16 integers of 8 bits. */
export const i8x16: Namespace<"i8x16"> & ShapeHelpers<number> = namespace("i8x16");
/** Vectors of 8 integers of 16 bits. */
export const i16x8: Namespace<"i16x8"> & ShapeHelpers<number> = namespace("i16x8");
/** Vectors of 4 integers of 32 bits. */
export const i32x4: Namespace<"i32x4"> & ShapeHelpers<number> = namespace("i32x4");
/** Vectors of 2 integers of 64 bits. */
export const i64x2: Namespace<"i64x2"> & ShapeHelpers<bigint> = namespace("i64x2");
/** Vectors of 4 single-precision numbers. */
export const f32x4: Namespace<"f32x4"> & ShapeHelpers<number> = namespace("f32x4");
/** Vectors of 2 double-precision numbers. */
export const f64x2: Namespace<"f64x2"> & ShapeHelpers<number> = namespace("f64x2");
/** The memory as a whole: its size in pages, growing, copying, filling. */
export const memory: Namespace<"memory"> = namespace("memory");

/** `first` where `condition` is not 0, else `second`; both are computed. */
export function select<T extends ValueType>(
  first: Value<T>,
  second: Operand<NoInfer<T>>,
  condition: Operand<"i32">,
): Value<T> {
  const { type } = first;
  const instruction = structure("select");
  return node(type, instruction, [
    checked(first, type, instruction, 0),
    checked(second, type, instruction, 1),
    checked(condition, "i32", instruction, 2),
  ]);
}

/** Computes `value` and forgets it: for calls that are made for their effect. */
export function drop(value: Value<ValueType>): Statement {
  if (value?.type in TYPE_CODES) return node("void", structure("drop"), [value]);
  throw new TypeError("Cannot build drop: the operand is no value");
}
