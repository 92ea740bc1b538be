/**
 * What stands for a function of a module, defined or imported, and how to call it.
 *
 * @module
 */

import { checked } from "./builder.ts";
import type { ResultType, ValueType } from "./entry.ts";
import { structure } from "./instruction.ts";
import { type Callee, type Local, type Node, node, type Operand } from "./values.ts";

/** The operands of a call, one for each parameter. */
export type Operands<P extends readonly ValueType[]> = { [K in keyof P]: Operand<P[K]> };

/** The locals that hold the parameters. */
export type Parameters<P extends readonly ValueType[]> = { [K in keyof P]: Local<P[K]> };

/** A function of a module: its name and type, and its place among the functions. */
export class FunctionHandle<
  P extends readonly ValueType[] = readonly ValueType[],
  R extends ResultType = ResultType,
> implements Callee {
  /** The name in the module and, if it is exported, outside. */
  readonly name: string;
  /** The types of the parameters. */
  readonly params: P;
  /** The type of the result. */
  readonly result: R;
  /** Its place among the functions of its module, imported ones first. */
  readonly index: number;
  /** The module it belongs to. */
  readonly owner: object;

  /** Names the function at `index` of the module `owner`; `Module` calls this. */
  constructor(name: string, params: P, result: R, index: number, owner: object) {
    this.name = name;
    this.params = params;
    this.result = result;
    this.index = index;
    this.owner = owner;
  }
}

/** Calls `callee`: a value if it gives one, else a statement. */
export function call<P extends readonly ValueType[], R extends ResultType>(
  callee: FunctionHandle<P, R>,
  ...operands: Operands<P>
): Node<R> {
  const { name, params, result } = callee;
  if (operands.length !== params.length) {
    throw new TypeError(
      `Cannot call "${name}": it takes ${params.length} arguments, not ${operands.length}`,
    );
  }
  const instruction = structure("call");
  const nodes = params.map((type, i) => checked(operands[i], type, instruction, i) as Node);
  return node(result, instruction, nodes, callee);
}
