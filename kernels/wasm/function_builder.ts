/**
 * The body of one function: its locals, its statements in order, and its structured control.
 *
 * @module
 */

import { checked } from "./builder.ts";
import { ByteWriter } from "./byte_writer.ts";
import { type Label, Labels, type LoopLabels } from "./control.ts";
import type { ResultType, ValueType } from "./entry.ts";
import { structure } from "./instruction.ts";
import { i32 } from "./instructions.ts";
import { Locals } from "./locals.ts";
import { NodeWriter } from "./node_writer.ts";
import { type Local, type Node, node, type Operand, type Statement, type Value } from "./values.ts";

const NO_RESULT = 0x40;

/** What `FunctionBuilder.forLoop` counts through. */
export interface LoopRange {
  /** The first value; 0 unless given. */
  readonly from?: Operand<"i32">;
  /** Where to stop: the body never runs with it. It is computed anew before every round. */
  readonly to: Operand<"i32">;
  /** What is added after a round, 1 unless given; with a negative number the loop counts down. */
  readonly step?: Operand<"i32">;
  /** Compares as unsigned, as addresses above 2 GiB need it. */
  readonly unsigned?: boolean;
  /** The local that counts; unless given, one of the loop's own. It ends with the first value not run. */
  readonly counter?: Local<"i32">;
}

/**
 * Builds the body of a function, statement by statement; `Module.function` makes it.
 *
 * Locals made in the body of a block, a loop, an `if` or a `scope` end with it: others take their place.
 */
export class FunctionBuilder<R extends ResultType = ResultType> {
  readonly #result: R;
  readonly #code = new ByteWriter(1024);
  readonly #locals: Locals;
  readonly #labels = new Labels();
  readonly #writer: NodeWriter;

  /** Starts the body of a function with parameters `params` and a result `result` in `module`. */
  constructor(module: object, params: readonly ValueType[], result: R) {
    this.#result = result;
    this.#locals = new Locals(this, params);
    this.#writer = new NodeWriter(this.#code, this, module);
  }

  /** The locals that hold the parameters. */
  get parameters(): Local[] {
    return this.#locals.parameters();
  }

  /** A local of `type`. It starts as 0, or as whatever a body that has ended left in it: set it before you read it. */
  local<T extends ValueType>(type: T): Local<T> {
    return this.#locals.take(type);
  }

  /** `count` locals of `type`. */
  locals<T extends ValueType>(type: T, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  /** A local that is set to `value` here: for a value that is used more than once. */
  let<T extends ValueType>(value: Value<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value as Operand<NoInfer<T>>);
    return local;
  }

  /** Sets `local` to `value`. */
  set<T extends ValueType>(local: Local<T>, value: Operand<NoInfer<T>>): void {
    this.#place("local.set", [checked(value, local.type, structure("local.set"), 0)], local);
  }

  /** `value`, which is also put into `local` when it is computed. */
  tee<T extends ValueType>(local: Local<T>, value: Operand<NoInfer<T>>): Value<T> {
    const instruction = structure("local.tee");
    return node(local.type, instruction, [checked(value, local.type, instruction, 0)], local as Local);
  }

  /** Places statements here: stores, calls that give nothing, `memory.fill`. */
  emit(...statements: Statement[]): void {
    for (const statement of statements) {
      if (statement.type !== "void") {
        throw new TypeError(
          `Cannot emit ${statement.instruction.name}: it gives a value; use it, or drop it`,
        );
      }
      this.#writer.write(statement);
    }
  }

  /** Runs `body`; the locals that are made in it end with it. */
  scope(body: () => void): void {
    this.#locals.enter();
    body();
    this.#locals.leave();
  }

  /** Places a block; a branch to its label leaves it. */
  block(body: (label: Label) => void): void {
    this.#structure("block", body);
  }

  /** Places a loop; a branch to its label starts it again, and without one it ends. */
  loop(body: (label: Label) => void): void {
    this.#structure("loop", body);
  }

  /** Runs `then` if `condition` is not 0, else `otherwise`. */
  if(condition: Operand<"i32">, then: (label: Label) => void, otherwise?: (label: Label) => void): void {
    this.#writer.write(checked(condition, "i32", structure("if"), 0));
    this.#structure("if", (label) => {
      this.scope(() => then(label));
      if (otherwise) {
        this.#writer.opcode(structure("else"));
        this.scope(() => otherwise(label));
      }
    });
  }

  /** Branches to `label`. */
  br(label: Label): void {
    this.#branch("br", label);
  }

  /** Branches to `label` if `condition` is not 0. */
  br_if(label: Label, condition: Operand<"i32">): void {
    this.#writer.write(checked(condition, "i32", structure("br_if"), 0));
    this.#branch("br_if", label);
  }

  /** Branches to the label at `index`, counted unsigned, or to `fallback` if there is none. */
  br_table(labels: readonly Label[], fallback: Label, index: Operand<"i32">): void {
    this.#writer.write(checked(index, "i32", structure("br_table"), 0));
    this.#writer.opcode(structure("br_table"));
    this.#code.u32(labels.length);
    for (const label of [...labels, fallback]) this.#code.u32(this.#labels.distance(label));
  }

  /** Ends the function, with `value` if it has a result. */
  return(...value: R extends ValueType ? [value: Operand<R>] : []): void {
    const [given] = value as [Operand<ValueType>?];
    if (this.#result !== "void") {
      this.#place("return", [checked(given, this.#result, structure("return"), 0)]);
    } else if (given === undefined) this.#place("return", []);
    else throw new TypeError("Cannot return a value: the function has no result");
  }

  /** Traps: for what must never be reached. */
  unreachable(): void {
    this.#place("unreachable", []);
  }

  /** Runs `body` as long as `condition` is not 0; it is computed anew before every round. */
  while(condition: Value<"i32">, body: (labels: LoopLabels) => void): void {
    this.block((end) =>
      this.loop((start) => {
        this.br_if(end, i32.eqz(condition));
        body({ break: end, continue: start });
        this.br(start);
      })
    );
  }

  /**
   * Runs `body` with an i32 local that counts from `from` up to, but without, `to`.
   *
   * The test is at the end of the round, and before the first one unless both ends are literals. `to` plus `step`
   * must not overflow, nor `to` plus a negative step.
   */
  forLoop(range: LoopRange, body: (counter: Local<"i32">, labels: LoopLabels) => void): void {
    const { from = 0, to, step = 1 } = range;
    const comparison = comparisonOf(range);
    this.scope(() => {
      const counter = range.counter ?? this.local("i32");
      const goesOn = comparison.build(counter, to);
      this.set(counter, from);
      this.block((end) => {
        if (!comparison.isKnown(from, to)) this.br_if(end, i32.eqz(goesOn));
        this.loop((start) => {
          this.block((next) => body(counter, { break: end, continue: next }));
          this.set(counter, i32.add(counter, step));
          this.br_if(start, goesOn);
        });
      });
    });
  }

  /** Ends the body, with `result` if it is given, and writes all to `out`; `Module.define` calls this. */
  finish(out: ByteWriter, result?: Operand<ValueType>): void {
    if (this.#result !== "void") {
      // A body that gives no value here has returned before, or traps.
      if (result === undefined) this.unreachable();
      else this.#writer.write(checked(result, this.#result, structure("return"), 0));
    } else if (result !== undefined) {
      throw new TypeError("Cannot return a value: the function has no result");
    }
    this.#writer.opcode(structure("end"));
    const head = new ByteWriter();
    this.#locals.declare(head);
    out.u32(head.length + this.#code.length);
    out.append(head.bytes);
    out.append(this.#code.bytes);
  }

  #place(name: Parameters<typeof structure>[0], operands: readonly Node[], payload?: Local): void {
    this.#writer.write(node("void", structure(name), operands, payload));
  }

  #structure(name: "block" | "loop" | "if", body: (label: Label) => void): void {
    this.#writer.opcode(structure(name));
    this.#code.byte(NO_RESULT);
    const label = this.#labels.open();
    this.scope(() => body(label));
    this.#labels.close();
    this.#writer.opcode(structure("end"));
  }

  #branch(name: "br" | "br_if", label: Label): void {
    this.#writer.opcode(structure(name));
    this.#code.u32(this.#labels.distance(label));
  }
}

interface Comparison {
  /** Whether the counter has not reached the end. */
  readonly build: (counter: Local<"i32">, to: Operand<"i32">) => Value<"i32">;
  /** Whether a first round is certain. */
  readonly isKnown: (from: Operand<"i32">, to: Operand<"i32">) => boolean;
}

function comparisonOf({ step = 1, unsigned = false }: LoopRange): Comparison {
  const isDown = typeof step === "number" && step < 0;
  const bits = (literal: number) => unsigned ? literal >>> 0 : literal | 0;
  return {
    build: isDown ? (unsigned ? i32.gt_u : i32.gt_s) : (unsigned ? i32.lt_u : i32.lt_s),
    isKnown: (from, to) =>
      typeof from === "number" && typeof to === "number" &&
      (isDown ? bits(from) > bits(to) : bits(from) < bits(to)),
  };
}
