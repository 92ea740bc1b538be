/**
 * Every instruction: assembled, validated, run, and compared with a model of it on special and random operands.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as assembler from "../../../kernels/wasm/assembler.ts";
import {
  type Local,
  Module,
  type Node,
  type Value,
  type ValueType,
} from "../../../kernels/wasm/assembler.ts";
import { BUILT, type Instruction, STRUCTURAL } from "../../../kernels/wasm/instruction.ts";
import { randomIntegers } from "../../_oracle.ts";
import { Trap } from "./_integer_model.ts";
import { bytesOfNumbers, type Model, modelOf, sameBytes } from "./_instruction_model.ts";
import { bytesOf } from "./_integer_model.ts";

const SIZE: Record<ValueType, number> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 };
const RESULT = 64;
const UNUSED_OPCODES = [
  154,
  162,
  165,
  166,
  175,
  176,
  178,
  179,
  180,
  187,
  194,
  197,
  198,
  207,
  208,
  210,
  211,
  212,
]
  .concat(226, 238);
const computing = [...BUILT.values()].filter(({ immediate }) =>
  immediate === undefined || immediate === "lane" || immediate === "lanes"
);

type Build = (...values: unknown[]) => Node;

/** The assembler's function for the instruction called `name`. */
function build(name: string): Build {
  const [prefix, op] = name.split(".");
  return (assembler as unknown as Record<string, Record<string, Build>>)[prefix][op];
}

/** Numbers that are at the edges of something. */
const SPECIAL = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, -3.7, NaN, Infinity, -Infinity]
  .concat(
    2 ** 31,
    -(2 ** 31),
    2 ** 31 - 1,
    2 ** 32,
    2 ** 32 - 1,
    2 ** 63,
    -(2 ** 63),
    2 ** 64,
    -1e-310,
    1e-45,
    5e-324,
  )
  .concat(
    2 ** 24 + 1,
    2 ** 52 + 0.5,
    2 ** 53,
    3.4028235677973366e38,
    1.7976931348623157e308,
    -0.9999999999999999,
  );
const EDGES = [
  0n,
  1n,
  -1n,
  1n << 7n,
  1n << 15n,
  1n << 31n,
  1n << 63n,
  0x7fn,
  0x7fffn,
  0x7fff_ffffn,
  (1n << 63n) - 1n,
]
  .concat(0x8080_8080_8080_8080n, 0x8000_8000_8000_8000n, 0x8000_0000_8000_0000n, (1n << 53n) + 1n, 33n, 64n)
  .concat(0x7fff_ffff_ffff_fc00n, 0x4000_0040_0000_0001n, 0x00ff_00ff_00ff_00ffn);

const next = randomIntegers(9, 0, 255);
const pick = <T>(from: readonly T[]) => from[next() % from.length];

/** 16 bytes: special numbers, edges of integers, or noise. */
function operand(): Uint8Array {
  switch (next() % 5) {
    case 0:
      return bytesOfNumbers(Array.from({ length: 4 }, () => pick(SPECIAL)), 32);
    case 1:
      return bytesOfNumbers(Array.from({ length: 2 }, () => pick(SPECIAL)), 64);
    case 2:
      return bytesOf([pick(EDGES), pick(EDGES)], 64);
    case 3:
      return bytesOf(Array.from({ length: 4 }, () => pick(EDGES)), 32);
    default:
      return Uint8Array.from({ length: 16 }, next);
  }
}

interface Case {
  readonly instruction: Instruction;
  readonly name: string;
  readonly immediate: number[];
  readonly model: Model;
}

function cases(instruction: Instruction): Case[] {
  const immediates = instruction.immediate === "lane"
    ? Array.from({ length: 16 / instruction.size }, (_, i) => [i])
    : instruction.immediate === "lanes"
    ? Array.from({ length: 8 }, () => Array.from({ length: 16 }, () => next() % 32))
    : [[]];
  const model = modelOf(instruction);
  return immediates.map((immediate, i) => ({
    instruction,
    name: `${instruction.name}#${i}`,
    immediate,
    model,
  }));
}

/** A module with a function for each case: operands from bytes 0, 16 and 32, the result to byte 64. */
function assemble(all: readonly Case[]): Uint8Array<ArrayBuffer> {
  const m = new Module({ shared: false });
  for (const { instruction, name, immediate } of all) {
    m.exportFunction(name, [], "void", (f) => {
      const operands = instruction.operands.map((type, i) => build(`${type}.load`)(i * 16));
      const given = instruction.immediate === "lanes" ? [immediate] : immediate;
      const value = build(instruction.name)(...operands, ...given) as Value<ValueType>;
      f.emit(build(`${value.type}.store`)(RESULT, value) as Node<"void">);
    });
  }
  return m.encode();
}

function expectation({ model, instruction, immediate }: Case, operands: Uint8Array[]): Uint8Array | "trap" {
  const given = instruction.operands.map((type, i) => operands[i].subarray(0, SIZE[type as ValueType]));
  try {
    return model(given, immediate);
  } catch (error) {
    if (error instanceof Trap) return "trap";
    throw error;
  }
}

function outcome(run: () => void, bytes: Uint8Array, size: number): Uint8Array | "trap" {
  bytes.fill(0xaa, RESULT, RESULT + 32);
  try {
    run();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return "trap";
    throw error;
  }
  assertEquals([...bytes.subarray(RESULT + size, RESULT + 32)], new Array(32 - size).fill(0xaa));
  return bytes.slice(RESULT, RESULT + size);
}

Deno.test("every instruction computes what its model does, on edges and on noise", () => {
  const all = computing.flatMap(cases);
  const encoded = assemble(all);
  assert(WebAssembly.validate(encoded));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(encoded), { env: { memory } });
  const bytes = new Uint8Array(memory.buffer);
  for (const it of all) {
    const { name, instruction: { result } } = it;
    const size = SIZE[result as ValueType];
    const shape = name.split(".")[0];
    const width = /^f(32|64)/.test(shape) ? Number(shape.slice(1, 3)) : 0;
    for (let round = 0; round < 100; round++) {
      const operands = [operand(), operand(), operand()];
      operands.forEach((value, i) => bytes.set(value, i * 16));
      const actual = outcome(exports[name] as () => void, bytes, size);
      const expected = expectation(it, operands);
      const same = actual === "trap" || expected === "trap"
        ? actual === expected
        : sameBytes(actual, expected, result === "i32" ? 0 : width);
      assert(same, `${name} of ${operands.map((it) => `[${it}]`).join(" ")} is ${actual}, not ${expected}`);
    }
  }
});

Deno.test("no instruction of the specification is missing, and no opcode is there twice", () => {
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const expected = [
    ...range(0x28, 0xc4),
    ...range(0xfc00, 0xfc07),
    ...[0xfc0a, 0xfc0b],
    ...range(0xfd00, 0xfdff).filter((opcode) => !UNUSED_OPCODES.includes(opcode & 0xff)),
  ];
  const opcodes = [...BUILT.values()].map(({ opcode }) => opcode).sort((a, b) => a - b);
  assertEquals(opcodes, expected);
  const structural = [...STRUCTURAL.values()].map(({ opcode }) => opcode);
  assertEquals(new Set([...structural, ...opcodes]).size, structural.length + opcodes.length);
});

Deno.test("constants of every type are those that were written", () => {
  const m = new Module({ shared: false });
  const integers = [
    0,
    1,
    -1,
    63,
    64,
    -64,
    -65,
    8191,
    8192,
    -8193,
    2 ** 31 - 1,
    -(2 ** 31),
    2 ** 31,
    2 ** 32 - 1,
  ];
  const longs = [0n, -1n, 63n, 64n, -65n, 1n << 31n, -(1n << 31n), 1n << 32n, -(1n << 62n), (1n << 63n) - 1n]
    .concat(-(1n << 63n), 1n << 63n, (1n << 64n) - 1n);
  const { i32, i64, f32, f64 } = assembler;
  integers.forEach((it, i) => m.exportFunction(`i32 ${i}`, [], "i32", () => i32.const(it)));
  longs.forEach((it, i) => m.exportFunction(`i64 ${i}`, [], "i64", () => i64.const(it)));
  SPECIAL.forEach((it, i) => m.exportFunction(`f32 ${i}`, [], "f32", () => f32.const(it)));
  SPECIAL.forEach((it, i) => m.exportFunction(`f64 ${i}`, [], "f64", () => f64.const(it)));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(m.compile(), { env: { memory } });
  const got = (type: string, i: number) => (exports[`${type} ${i}`] as () => number | bigint)();
  assertEquals(integers.map((_, i) => got("i32", i)), integers.map((it) => it | 0));
  assertEquals(longs.map((_, i) => got("i64", i)), longs.map((it) => BigInt.asIntN(64, it)));
  assertEquals(SPECIAL.map((_, i) => got("f32", i)), SPECIAL.map(Math.fround));
  assertEquals(SPECIAL.map((_, i) => got("f64", i)), SPECIAL);
});

Deno.test("constant vectors and shuffles go by lanes", () => {
  const { v128, i8x16, i16x8, i32x4, i64x2, f32x4, f64x2 } = assembler;
  const m = new Module({ shared: false });
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i * 15);
  const vectors: [Value<"v128">, ArrayBufferView][] = [
    [v128.const(bytes), bytes],
    [i8x16.const(-3), new Int8Array(16).fill(-3)],
    [i16x8.const(1, 2, 3, 4, -5, 6, 7, 8), Int16Array.of(1, 2, 3, 4, -5, 6, 7, 8)],
    [i32x4.const(1, -2, 3, 4), Int32Array.of(1, -2, 3, 4)],
    [i64x2.const(1n, -(1n << 63n)), BigInt64Array.of(1n, -(1n << 63n))],
    [f32x4.const(1.5, -0, NaN, 2), Float32Array.of(1.5, -0, NaN, 2)],
    [f64x2.const(0.1), Float64Array.of(0.1, 0.1)],
    [f64x2.shuffle(f64x2.const(1, 2), f64x2.const(3, 4), [3, 0]), Float64Array.of(4, 1)],
    [i64x2.shuffle(i64x2.const(1n, 2n), i64x2.const(3n), [1, 2]), BigInt64Array.of(2n, 3n)],
    [f32x4.shuffle(f32x4.const(1), f32x4.const(2, 3, 4, 5), [7, 0, 4, 6]), Float32Array.of(5, 1, 2, 4)],
    [i32x4.shuffle(i32x4.const(1), i32x4.const(2), [0, 1, 4, 5]), Int32Array.of(1, 1, 2, 2)],
    [
      i16x8.shuffle(i16x8.const(1), i16x8.const(1, 2, 3, 4, 5, 6, 7, 8), [15, 14, 13, 12, 11, 10, 9, 0]),
      Int16Array.of(8, 7, 6, 5, 4, 3, 2, 1),
    ],
  ];
  m.exportFunction("all", [], "void", (f) => {
    vectors.forEach(([value], i) => f.emit(v128.store(0, value, i * 16)));
  });
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(m.compile(), { env: { memory } });
  (exports.all as () => void)();
  vectors.forEach(([, { buffer }], i) =>
    assertEquals(
      new Uint8Array(memory.buffer, i * 16, 16).join(),
      new Uint8Array(buffer).join(),
      `vector ${i}`,
    )
  );
});

Deno.test("select takes the first where the condition is not 0, for every type", () => {
  const { select, drop } = assembler;
  const m = new Module({ shared: false });
  const types = ["i32", "i64", "f32", "f64", "v128"] as const;
  for (const type of types) {
    m.exportFunction(type, ["i32"], "void", (f, condition) => {
      const value = (at: number): Value<ValueType> => build(`${type}.load`)(at) as Value<ValueType>;
      const chosen: Local = f.let(select(value(0), value(16), condition));
      f.emit(drop(chosen), build(`${type}.store`)(RESULT, chosen) as Node<"void">);
    });
  }
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(m.compile(), { env: { memory } });
  const bytes = new Uint8Array(memory.buffer);
  bytes.fill(1, 0, 16).fill(2, 16, 32);
  for (const type of types) {
    for (const condition of [1, 0, -7]) {
      (exports[type] as (condition: number) => void)(condition);
      assertEquals(
        [...bytes.subarray(RESULT, RESULT + SIZE[type])],
        new Array(SIZE[type]).fill(condition ? 1 : 2),
      );
    }
  }
});
