/**
 * The functions behind the instructions' names: they check operands and immediates and join them to a node.
 *
 * Assembling is mostly done once, by code that has never run before; so each shape of instruction has a small
 * function of its own, without rest parameters or loops, and the common case is checked first.
 *
 * @module
 */

import type { Immediate, ResultType, ValueType } from "./entry.ts";
import { BUILT, type Instruction } from "./instruction.ts";
import { leaf, type Literal, type Node, node, type Payload, type Value } from "./values.ts";

/** A builder as the run time sees it; its type says what it takes. */
export type AnyBuilder = (...values: unknown[]) => Node;

/** The function that checks and joins the operands and immediates of `instruction`. */
export function builder(instruction: Instruction): AnyBuilder {
  switch (instruction.immediate) {
    case undefined:
    case "memory index":
    case "memory indices":
      return plain(instruction);
    case "memory":
      return instruction.operands.length === 1 ? load(instruction) : store(instruction);
    case "memory lane":
      return laneAccess(instruction);
    default:
      return withImmediate(instruction);
  }
}

function plain(instruction: Instruction): AnyBuilder {
  const [first, second, third] = instruction.operands as ValueType[];
  const result = instruction.result as ResultType;
  switch (instruction.operands.length) {
    case 0:
      return () => leaf(result, instruction, undefined);
    case 1:
      return (a) => node(result, instruction, [checked(a, first, instruction, 0)]);
    case 2:
      return (a, b) =>
        node(result, instruction, [checked(a, first, instruction, 0), checked(b, second, instruction, 1)]);
    default:
      return (a, b, c) =>
        node(result, instruction, [
          checked(a, first, instruction, 0),
          checked(b, second, instruction, 1),
          checked(c, third, instruction, 2),
        ]);
  }
}

function load(instruction: Instruction): AnyBuilder {
  const type = instruction.result as ValueType;
  const natural = Math.log2(instruction.size);
  return (address, offset, alignment) => ({
    type,
    instruction,
    operands: [checked(address, "i32", instruction, 0)],
    payload: undefined,
    offset: offset === undefined ? 0 : checkedOffset(offset, instruction),
    alignment: alignment === undefined ? natural : checkedAlignment(alignment, natural, instruction),
  });
}

function store(instruction: Instruction): AnyBuilder {
  const value = instruction.operands[1] as ValueType;
  const natural = Math.log2(instruction.size);
  return (address, stored, offset, alignment) => ({
    type: "void",
    instruction,
    operands: [checked(address, "i32", instruction, 0), checked(stored, value, instruction, 1)],
    payload: undefined,
    offset: offset === undefined ? 0 : checkedOffset(offset, instruction),
    alignment: alignment === undefined ? natural : checkedAlignment(alignment, natural, instruction),
  });
}

function laneAccess(instruction: Instruction): AnyBuilder {
  const type = instruction.result as ResultType;
  const natural = Math.log2(instruction.size);
  return (address, vector, lane, offset, alignment) => ({
    type,
    instruction,
    operands: [checked(address, "i32", instruction, 0), checked(vector, "v128", instruction, 1)],
    payload: checkedPayload(lane, instruction),
    offset: offset === undefined ? 0 : checkedOffset(offset, instruction),
    alignment: alignment === undefined ? natural : checkedAlignment(alignment, natural, instruction),
  });
}

function withImmediate(instruction: Instruction): AnyBuilder {
  const [first, second] = instruction.operands as ValueType[];
  const result = instruction.result as ResultType;
  switch (instruction.operands.length) {
    case 0:
      return (immediate) => leaf(result, instruction, checkedPayload(immediate, instruction));
    case 1:
      return (a, immediate) => {
        const payload = checkedPayload(immediate, instruction);
        return node(result, instruction, [checked(a, first, instruction, 0)], payload);
      };
    default:
      return (a, b, immediate) => {
        const payload = checkedPayload(immediate, instruction);
        const operands = [checked(a, first, instruction, 0), checked(b, second, instruction, 1)];
        return node(result, instruction, operands, payload);
      };
  }
}

/** `value` as a node of type `type`, or a TypeError that names the instruction and the operand. */
export function checked<T extends ValueType>(
  value: unknown,
  type: T,
  instruction: Instruction,
  position: number,
): Value<T> {
  const found = (value as Node | undefined)?.type;
  if (found === type) return value as Value<T>;
  if (found === undefined && isLiteral(value, type)) {
    const constant = BUILT.get(`${type}.const`)!;
    return leaf(type, constant, checkedPayload(value, constant));
  }
  const what = found ?? (value === undefined || value === null ? "missing" : `a ${typeof value}`);
  throw new TypeError(`Cannot build ${instruction.name}: operand ${position + 1} is ${what}, not ${type}`);
}

function isLiteral<T extends ValueType>(value: unknown, type: T): value is Literal<T> {
  return typeof value === (type === "i64" ? "bigint" : "number") && type !== "v128";
}

function isInteger(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function checkedOffset(offset: unknown, { name }: Instruction): number {
  if (isInteger(offset, 0, 0xffff_ffff)) return offset;
  throw new RangeError(`Cannot build ${name}: the offset ${offset} is not an integer from 0 to 4294967295`);
}

function checkedAlignment(alignment: unknown, natural: number, { name, size }: Instruction): number {
  const power = Math.log2(alignment as number);
  if (isInteger(power, 0, natural)) return power;
  throw new RangeError(
    `Cannot build ${name}: the alignment ${alignment} is not a power of two from 1 to ${size}`,
  );
}

/** The lane, constant or lane numbers of an instruction, or an error that says what it should be. */
function checkedPayload(value: unknown, { name, immediate, size }: Instruction): Payload {
  switch (immediate) {
    case "i32":
      if (isInteger(value, -0x8000_0000, 0xffff_ffff)) return value;
      throw new RangeError(`Cannot build ${name}: ${value} is not an integer of 32 bits`);
    case "i64":
      if (typeof value !== "bigint") break;
      if (value >= -(1n << 63n) && value < 1n << 64n) return BigInt.asIntN(64, value);
      throw new RangeError(`Cannot build ${name}: ${value} is not an integer of 64 bits`);
    case "f32":
    case "f64":
      if (typeof value === "number") return value;
      break;
    case "lane":
    case "memory lane":
      if (isInteger(value, 0, 16 / size - 1)) return value;
      throw new RangeError(
        `Cannot build ${name}: lane ${value} is not an integer from 0 to ${16 / size - 1}`,
      );
    default:
      return checkedBytes(value as ArrayLike<number>, immediate, name);
  }
  throw new TypeError(`Cannot build ${name}: ${String(value)} is no ${immediate} literal`);
}

function checkedBytes(bytes: ArrayLike<number>, immediate: Immediate | undefined, name: string): Uint8Array {
  const most = immediate === "lanes" ? 31 : 255;
  const copy = Uint8Array.from(bytes ?? []);
  if (copy.length === 16 && copy.every((byte, i) => byte === bytes[i] && byte <= most)) return copy;
  throw new RangeError(`Cannot build ${name}: it takes 16 integers from 0 to ${most}`);
}
