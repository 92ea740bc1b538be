/**
 * The code of a function as text: an instruction a line, blocks indented, in the text format of the specification.
 *
 * @module
 */

import type { ByteReader } from "./byte_reader.ts";
import { TYPE_CODES, type ValueType } from "./entry.ts";
import { BUILT, type Instruction, STRUCTURAL } from "./instruction.ts";

const NO_RESULT = 0x40;
const OPENING = new Set(["block", "loop", "if"]);
const types = new Map(Object.entries(TYPE_CODES).map(([type, code]) => [code, type as ValueType]));
let opcodes: Map<number, Instruction> | undefined;

/** The value type that `code` stands for. */
export function typeOf(code: number): ValueType {
  const type = types.get(code);
  if (type) return type;
  throw new TypeError(`Cannot disassemble: 0x${code.toString(16)} is no value type`);
}

/** The name of the function at `index`. */
export type FunctionNames = (index: number) => string;

/** The lines of the code that `reader` holds, indented by `indent` at least; the last `end` is left out. */
export function codeLines(reader: ByteReader, nameOf: FunctionNames, indent: string): string[] {
  const lines: string[] = [];
  let depth = 0;
  while (!reader.isAtEnd) {
    const instruction = readInstruction(reader);
    const { name } = instruction;
    if (name === "end" && depth === 0) break;
    if (name === "end") depth--;
    const level = name === "else" ? depth - 1 : depth;
    const text = [name, ...immediates(instruction, reader, nameOf, depth)].join(" ");
    lines.push(indent + "  ".repeat(level) + text + (OPENING.has(name) ? `  ;; label = @${depth + 1}` : ""));
    if (OPENING.has(name)) depth++;
  }
  return lines;
}

function readInstruction(reader: ByteReader): Instruction {
  opcodes ??= new Map([...BUILT.values(), ...STRUCTURAL.values()].map((it) => [it.opcode, it]));
  const { at } = reader;
  const first = reader.byte();
  const opcode = first === 0xfc || first === 0xfd ? first << 8 | reader.u32() : first;
  const instruction = opcodes.get(opcode);
  if (instruction) return instruction;
  throw new TypeError(
    `Cannot disassemble: 0x${opcode.toString(16)} at byte ${at} is no opcode that is known`,
  );
}

function immediates(
  instruction: Instruction,
  reader: ByteReader,
  nameOf: FunctionNames,
  depth: number,
): string[] {
  const label = () => {
    const distance = reader.u32();
    return `${distance} (;@${depth - distance};)`;
  };
  switch (instruction.immediate) {
    case undefined:
      return [];
    case "i32":
      return [`${reader.i32()}`];
    case "i64":
      return [`${reader.i64()}`];
    case "f32":
      return [float(reader, 4)];
    case "f64":
      return [float(reader, 8)];
    case "bytes":
      return ["i32x4", ...words(reader.take(16))];
    case "lane":
      return [`${reader.byte()}`];
    case "lanes":
      return [...reader.take(16)].map(String);
    case "memory":
      return memoryArgument(instruction, reader);
    case "memory lane":
      return [...memoryArgument(instruction, reader), `${reader.byte()}`];
    case "memory index":
      reader.byte();
      return [];
    case "memory indices":
      reader.take(2);
      return [];
    case "block type":
      return blockType(reader.byte());
    case "label":
      return [label()];
    case "labels":
      return Array.from({ length: reader.u32() + 1 }, label);
    case "function":
      return [`$${nameOf(reader.u32())}`];
    case "local":
      return [`${reader.u32()}`];
  }
}

function blockType(code: number): string[] {
  return code === NO_RESULT ? [] : [`(result ${typeOf(code)})`];
}

function memoryArgument({ size }: Instruction, reader: ByteReader): string[] {
  const alignment = 2 ** reader.u32();
  const offset = reader.u32();
  return [...(offset > 0 ? [`offset=${offset}`] : []), ...(alignment < size ? [`align=${alignment}`] : [])];
}

function float(reader: ByteReader, size: 4 | 8): string {
  const value = size === 4 ? reader.f32() : reader.f64();
  if (Object.is(value, -0)) return "-0";
  if (Number.isFinite(value)) return `${value}`;
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

function words(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [0, 4, 8, 12].map((at) => `0x${view.getUint32(at, true).toString(16).padStart(8, "0")}`);
}
