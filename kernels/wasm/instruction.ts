/**
 * The instructions by name: the tables, joined and parsed.
 *
 * @module
 */

import { CONTROL } from "./control_table.ts";
import type { Entry, Immediate, ResultType, ValueType } from "./entry.ts";
import { FLOAT_LANES } from "./float_lanes_table.ts";
import { MEMORY, NUMERIC } from "./scalar_table.ts";
import { BITWISE, INTEGER_LANES, VECTOR_MEMORY } from "./vector_table.ts";

/** The instructions that a function of the assembler stands for. */
export type BuiltTable =
  & typeof NUMERIC
  & typeof MEMORY
  & typeof VECTOR_MEMORY
  & typeof BITWISE
  & typeof INTEGER_LANES
  & typeof FLOAT_LANES;

/** An instruction, as its table entry describes it. */
export interface Instruction {
  /** Its name in the specification. */
  readonly name: string;
  /** Its opcode; `0xfc..` and `0xfd..` stand for a prefix and the number after it. */
  readonly opcode: number;
  /** The types of its operands, in stack order. */
  readonly operands: readonly (ValueType | "any")[];
  /** The type of its result. */
  readonly result: ResultType | "any";
  /** What follows the opcode. */
  readonly immediate: Immediate | undefined;
  /** Bytes that a load or store reaches, or the width of a lane. */
  readonly size: number;
}

const NO_OPERANDS: readonly ValueType[] = [];
// One array for each signature: there are a few dozen, for some 400 instructions.
const signatures = new Map<string, readonly ValueType[]>([["", NO_OPERANDS]]);

function operandsOf(text: string): readonly ValueType[] {
  let operands = signatures.get(text);
  if (!operands) signatures.set(text, operands = text.split(" ") as ValueType[]);
  return operands;
}

function parse(table: Record<string, Entry>, into: Map<string, Instruction>): void {
  for (const name in table) {
    const [opcode, operands, result, immediate, size = 0] = table[name];
    into.set(name, { name, opcode, operands: operandsOf(operands), result, immediate, size });
  }
}

/** Every instruction that a function of the assembler stands for, by name. */
export const BUILT: ReadonlyMap<string, Instruction> = (() => {
  const all = new Map<string, Instruction>();
  for (const table of [NUMERIC, MEMORY, VECTOR_MEMORY, BITWISE, INTEGER_LANES, FLOAT_LANES]) {
    parse(table, all);
  }
  return all;
})();

const structural: Map<string, Instruction> = new Map();
parse(CONTROL, structural);

/** The instructions of control, of locals and of the stack, by name. */
export const STRUCTURAL: ReadonlyMap<string, Instruction> = structural;

/** The instruction of control, of locals or of the stack that is called `name`. */
export function structure(name: keyof typeof CONTROL): Instruction {
  return structural.get(name)!;
}
