/**
 * What a line of the instruction tables says, and the value types it speaks of.
 *
 * @module
 */

/** The types of values, as the specification names them. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** The types of values in the binary format. */
export const TYPE_CODES: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

/** What an instruction gives: a value, or nothing. */
export type ResultType = ValueType | "void";

/** What follows an opcode in the code. */
export type Immediate =
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "bytes"
  | "lane"
  | "lanes"
  | "memory"
  | "memory lane"
  | "memory index"
  | "memory indices"
  | "block type"
  | "label"
  | "labels"
  | "function"
  | "local";

/**
 * A line of a table: the opcode (`0xfc..` and `0xfd..` stand for a prefix and the number after it), the types of
 * the operands in stack order, the type of the result, the immediate, and its size in bytes: what a load or store
 * reaches, or how wide a lane is.
 */
export type Entry = readonly [
  opcode: number,
  operands: string,
  result: ResultType | "any",
  immediate?: Immediate,
  size?: number,
];
