/**
 * A WebAssembly assembler: functions written as expression trees in TypeScript, to a module in the binary format.
 *
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const m = new Module(); // imports "env" "memory", shared, up to 4 GiB: the shared heap fits
 * const half = m.function("half", ["f64"], "f64", (_, x) => f64.mul(x, 0.5));
 * m.exportFunction("saxpy", ["i32", "i32", "i32", "f64"], "f64", (f, y, x, n, a) => {
 *   const scale = f.let(f64x2.splat(a)); // a new local, set here
 *   const sum = f.let(f64x2.const(0)); // one lane given: both are set
 *   f.forLoop({ to: n, step: 2 }, (i) => {
 *     const at = f.let(i32.shl(i, 3));
 *     const target = f.let(i32.add(y, at));
 *     const value = f.let(f64x2.add(v128.load(target), f64x2.mul(scale, v128.load(i32.add(x, at)))));
 *     f.emit(v128.store(target, value)); // a store is a statement: it counts where it is emitted
 *     f.set(sum, f64x2.add(sum, value));
 *   });
 *   return call(half, f64.add(f64x2.extract_lane(sum, 0), f64x2.extract_lane(sum, 1)));
 * });
 *
 * const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
 * new Float64Array(memory.buffer).set([1, 2, 3, 4]);
 * const { exports } = new WebAssembly.Instance(m.compile(), { env: { memory } });
 * const saxpy = exports.saxpy as (y: number, x: number, n: number, a: number) => number;
 * assertEquals(saxpy(0, 16, 2, 10), (31 + 42) / 2);
 * ```
 *
 * **Values.** `i32`, `i64`, `f32`, `f64`, `v128`, `i8x16`, `i16x8`, `i32x4`, `i64x2`, `f32x4`, `f64x2` and
 * `memory` hold one function for each instruction of the specification, under its name there; also `select`,
 * `drop` and `call`. Arguments: the operands in stack order, then the immediates in the order lane, offset,
 * alignment (bytes): `f64.load(p, 16)`, `f64x2.replace_lane(v, x, 1)`, `v128.load64_lane(p, v, 1, 8)`. A number
 * (for i64 a bigint) stands for a constant. Offsets are unsigned, up to 4 GiB. Two names are ours:
 * `f64x2.const(1, 2)` and `f64x2.shuffle(a, b, [0, 2])` (lanes of `b` are numbered on from those of `a`), so for
 * every shape.
 *
 * A value is a recipe, not a result: it is computed where it is placed, each time anew, from what locals and
 * memory hold then. Use `f.let` for what is used twice. Locals are values.
 *
 * **Statements**, in order: `f.emit(store, ...)`, `f.set(local, value)`, `f.let(value)`, `f.local(type)`,
 * `f.locals(type, count)`, `f.tee(local, value)` (a value), `f.return(value)`, `f.unreachable()`,
 * `f.scope(() => {})`. Locals made in a body (of a scope, block, loop, `if`) end with it, and others take their place.
 *
 * **Control**: `f.block((label) => {})`, `f.loop((label) => {})`, `f.if(condition, () => {}, () => {})`,
 * `f.br(label)`, `f.br_if(label, condition)`, `f.br_table(labels, fallback, index)`,
 * `f.while(condition, (labels) => {})`, `f.forLoop({ from, to, step, unsigned, counter }, (i, labels) => {})`;
 * `labels.break` and `labels.continue` are where a branch inside of a loop leads.
 *
 * **Modules**: `new Module({ shared, initial, maximum })`, `importFunction`, `function`, `exportFunction`, `declare`
 * and `define` (for functions that call each other), `export`, `encode()`, `compile()`. `disassemble` (in a file of
 * its own) gives the text of an encoded module.
 *
 * A wrong type fails to compile; where the compiler cannot see it, the call throws a TypeError or a RangeError that
 * names the instruction. Relaxed SIMD is left out: its results differ between machines.
 *
 * @module
 */

export { call, FunctionHandle } from "./function_handle.ts";
export { FunctionBuilder, type LoopRange } from "./function_builder.ts";
export { Label, type LoopLabels } from "./control.ts";
export { type Body, type MemoryImport, Module } from "./module.ts";
export type { ResultType, ValueType } from "./entry.ts";
export type { Local, Node, Operand, Statement, Value } from "./values.ts";
export {
  drop,
  f32,
  f32x4,
  f64,
  f64x2,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  i8x16,
  memory,
  select,
  v128,
} from "./instructions.ts";
