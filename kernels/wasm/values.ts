/**
 * Nodes of the expression trees that a function is written in, and the locals among them.
 *
 * A node is a recipe: it says what to compute, and is computed wherever it is placed, each time anew.
 *
 * @module
 */

import type { ResultType, ValueType } from "./entry.ts";
import type { Instruction } from "./instruction.ts";

/** What an instruction carries besides its operands; which kind, its table entry says. */
export type Payload = number | bigint | ArrayLike<number> | Local | Callee | undefined;

/** What a call leads to. */
export interface Callee {
  /** Its place among the functions of its module. */
  readonly index: number;
  /** The module it belongs to. */
  readonly owner: object;
}

/** An instruction with its operands: a tree of them is an expression or, if it gives nothing, a statement. */
export interface Node<T extends ResultType = ResultType> {
  /** The type of what it gives. */
  readonly type: T;
  /** What it does. */
  readonly instruction: Instruction;
  /** What it does it to, in the order of evaluation. */
  readonly operands: readonly Node[];
  /** A constant, a lane, a local or a callee. */
  readonly payload: Payload;
  /** Bytes to add to the address, for loads and stores. */
  readonly offset: number;
  /** The alignment that a load or store promises, as a power of two. */
  readonly alignment: number;
}

/** An expression that gives a value of type `T`. */
export type Value<T extends ValueType> = Node<T>;

/** An expression that gives nothing, to be placed by `FunctionBuilder.emit`. */
export type Statement = Node<"void">;

/** A local variable of a function; as an operand it stands for its value at that point (`local.get`). */
export interface Local<T extends ValueType = ValueType> extends Node<T> {
  /** Its place among the parameters and locals of its function. */
  readonly index: number;
  /** The function it belongs to. */
  readonly owner: object;
  /** Whether the scope that made it has ended. */
  isReleased: boolean;
}

/** The JavaScript value that stands for a constant of type `T`. */
export type Literal<T extends ValueType> = T extends "i32" | "f32" | "f64" ? number
  : T extends "i64" ? bigint
  : never;

/** What may stand where a value of type `T` is wanted: an expression, or a literal for a constant. */
export type Operand<T extends ValueType> = Value<T> | Literal<T>;

const NO_OPERANDS: readonly Node[] = [];

/** A node without operands. */
export function leaf<T extends ResultType>(type: T, instruction: Instruction, payload: Payload): Node<T> {
  return { type, instruction, operands: NO_OPERANDS, payload, offset: 0, alignment: 0 };
}

/** A node of these operands. */
export function node<T extends ResultType>(
  type: T,
  instruction: Instruction,
  operands: readonly Node[],
  payload?: Payload,
): Node<T> {
  return { type, instruction, operands, payload, offset: 0, alignment: 0 };
}
