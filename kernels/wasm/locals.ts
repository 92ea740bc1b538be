/**
 * The parameters and locals of one function, with those that an ended scope left for others to use.
 *
 * @module
 */

import type { ByteWriter } from "./byte_writer.ts";
import { TYPE_CODES, type ValueType } from "./entry.ts";
import { structure } from "./instruction.ts";
import { leaf, type Local } from "./values.ts";

/** Gives out the locals of a function, by type. */
export class Locals {
  readonly #owner: object;
  readonly #types: ValueType[] = [];
  readonly #parameterCount: number;
  readonly #free: Record<ValueType, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  readonly #scopes: Local[][] = [];

  /** Starts with the parameters of the function `owner`. */
  constructor(owner: object, params: readonly ValueType[]) {
    this.#owner = owner;
    this.#types.push(...params);
    this.#parameterCount = params.length;
  }

  /** The locals that hold the parameters. */
  parameters(): Local[] {
    return this.#types.slice(0, this.#parameterCount).map((type, i) => this.#local(type, i));
  }

  /** A local of `type`, new or left by an ended scope. */
  take<T extends ValueType>(type: T): Local<T> {
    if (!(type in TYPE_CODES)) {
      throw new TypeError(`Cannot make a local of type ${type}: there is no such type`);
    }
    const index = this.#free[type].pop() ?? this.#types.push(type) - 1;
    const local = this.#local(type, index);
    this.#scopes.at(-1)?.push(local);
    return local;
  }

  #local<T extends ValueType>(type: T, index: number): Local<T> {
    return { ...leaf(type, structure("local.get"), undefined), index, owner: this.#owner, isReleased: false };
  }

  /** Begins a scope. */
  enter(): void {
    this.#scopes.push([]);
  }

  /** Ends the innermost scope: what was taken in it may be taken again. */
  leave(): void {
    for (const local of this.#scopes.pop()!.reverse()) {
      local.isReleased = true;
      this.#free[local.type].push(local.index);
    }
  }

  /** Writes the declarations: runs of locals of one type. */
  declare(code: ByteWriter): void {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#types.slice(this.#parameterCount)) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    code.u32(runs.length);
    for (const { type, count } of runs) {
      code.u32(count);
      code.byte(TYPE_CODES[type]);
    }
  }
}
