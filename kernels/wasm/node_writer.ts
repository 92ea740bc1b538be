/**
 * Expression trees to code: operands first, then the opcode, then its immediates.
 *
 * @module
 */

import type { ByteWriter } from "./byte_writer.ts";
import type { Instruction } from "./instruction.ts";
import { putI32, putI64, putU32 } from "./leb128.ts";
import type { Callee, Local, Node } from "./values.ts";

// No instruction with its immediates is longer, but for `br_table`, which is no node.
const LONGEST = 24;

/** Writes the nodes of one function, and refuses what belongs to another. */
export class NodeWriter {
  readonly #code: ByteWriter;
  readonly #owner: object;
  readonly #module: object;

  /** Writes to `code` for the function `owner` of `module`. */
  constructor(code: ByteWriter, owner: object, module: object) {
    this.#code = code;
    this.#owner = owner;
    this.#module = module;
  }

  /** Writes an opcode alone. */
  opcode({ opcode }: Instruction): void {
    this.#code.reserve(LONGEST);
    this.#code.length = putOpcode(this.#code.buffer, this.#code.length, opcode);
  }

  /** Writes all of the tree under `node`. */
  write(node: Node): void {
    const { operands, instruction, instruction: { immediate } } = node;
    for (let i = 0; i < operands.length; i++) this.write(operands[i]);
    const code = this.#code;
    if (code.length + LONGEST > code.buffer.length) code.reserve(LONGEST);
    const at = putOpcode(code.buffer, code.length, instruction.opcode);
    code.length = immediate === undefined ? at : this.#immediate(node, code.buffer, at);
  }

  #immediate(node: Node, bytes: Uint8Array<ArrayBuffer>, at: number): number {
    const { payload, instruction: { immediate } } = node;
    switch (immediate) {
      case "local":
        return putU32(bytes, at, this.#local((payload ?? node) as Local).index);
      case "memory":
        bytes[at] = node.alignment;
        return putU32(bytes, at + 1, node.offset);
      case "i32":
        return putI32(bytes, at, payload as number);
      case "bytes":
      case "lanes":
        bytes.set(payload as Uint8Array, at);
        return at + 16;
      case "lane":
        bytes[at] = payload as number;
        return at + 1;
      case "memory lane":
        bytes[at] = node.alignment;
        at = putU32(bytes, at + 1, node.offset);
        bytes[at] = payload as number;
        return at + 1;
      case "i64":
        return putI64(bytes, at, payload as bigint);
      case "f32":
        new DataView(bytes.buffer).setFloat32(at, payload as number, true);
        return at + 4;
      case "f64":
        new DataView(bytes.buffer).setFloat64(at, payload as number, true);
        return at + 8;
      case "function":
        return putU32(bytes, at, this.#callee(payload as Callee).index);
      case "memory index":
        bytes[at] = 0;
        return at + 1;
      case "memory indices":
        bytes.fill(0, at, at + 2);
        return at + 2;
      default:
        throw new TypeError(`Cannot write ${node.instruction.name}: it is no expression`);
    }
  }

  #local(local: Local): Local {
    if (local.owner !== this.#owner) {
      throw new TypeError(`Cannot use local ${local.index} of another function`);
    }
    if (!local.isReleased) return local;
    throw new TypeError(`Cannot use local ${local.index}: the scope that made it has ended`);
  }

  #callee(callee: Callee): Callee {
    if (callee.owner === this.#module) return callee;
    throw new TypeError("Cannot call a function of another module");
  }
}

function putOpcode(bytes: Uint8Array, at: number, opcode: number): number {
  if (opcode > 0xff) {
    bytes[at++] = opcode >> 8;
    const number = opcode & 0xff;
    bytes[at++] = number;
    if (number > 0x7f) bytes[at++] = 1;
    return at;
  }
  bytes[at] = opcode;
  return at + 1;
}
