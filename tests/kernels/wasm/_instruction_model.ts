/**
 * The model of every instruction that computes without touching memory: bytes of the operands to bytes of the
 * result. A NaN among the results may have any payload; `sameBytes` knows.
 *
 * @module
 */

import type { Instruction } from "../../../kernels/wasm/instruction.ts";
import { FLOAT, FLOAT_TESTS, singleOf, truncated } from "./_float_model.ts";
import { bytesOf, INTEGER, INTEGER_TESTS, lanesOf, widthModel } from "./_integer_model.ts";

/** Bytes of the operands, and the immediates, to bytes of the result. */
export type Model = (operands: Uint8Array[], immediate: number[]) => Uint8Array;

const WIDTH: Record<string, number> = {
  i8x16: 8,
  i16x8: 16,
  i32x4: 32,
  i64x2: 64,
  f32x4: 32,
  f64x2: 64,
  i32: 32,
  i64: 64,
  f32: 32,
  f64: 64,
  v128: 128,
};

const TRUTH = { scalar: [0n, 1n], vector: [0n, -1n] };

/** The numbers that `bytes` hold. */
export function numbersOf(bytes: Uint8Array, width: number): number[] {
  const copy = bytes.slice().buffer;
  return [...(width === 32 ? new Float32Array(copy) : new Float64Array(copy))];
}

/** The bytes of `numbers`, rounded to `width` bits each. */
export function bytesOfNumbers(numbers: readonly number[], width: number): Uint8Array {
  return new Uint8Array((width === 32 ? Float32Array.from(numbers) : Float64Array.from(numbers)).buffer);
}

/** The model of `instruction`; it throws where there is none. */
export function modelOf({ name, operands }: Instruction): Model {
  const [shape, op] = name.split(".");
  const width = WIDTH[shape];
  const model = shape === "v128" ? bitwise(op) : lanes(shape, op, width) ?? conversion(op, shape, width) ??
    (shape.startsWith("f") ? float(op, width, operands[0]) : integer(op, width, operands[0]));
  if (model) return model;
  throw new Error(`There is no model of ${name}`);
}

function zip<T, U>(a: T[], b: T[] | undefined, f: (a: T, b: T) => U): U[] {
  return a.map((it, i) => f(it, b?.[i] ?? b?.[0] ?? it));
}

function integer(op: string, width: number, operand: string): Model | undefined {
  const [no, yes] = operand === "v128" ? TRUTH.vector : TRUTH.scalar;
  const compute = INTEGER[op];
  const test = INTEGER_TESTS[op];
  const wide = widthModel(op, width);
  if (wide) return ([a, b]) => wide(a, b);
  if (op === "all_true") return ([a]) => bytesOf([lanesOf(a, width).every((it) => it !== 0n) ? 1n : 0n], 32);
  if (op === "bitmask") return ([a]) => bytesOf([bitmask(lanesOf(a, width), width)], 32);
  // The second operand of a vector's shift is an i32; it counts modulo the width of a lane.
  const second = (b?: Uint8Array) => b && lanesOf(b, operand === "v128" && b.length === 4 ? 32 : width);
  if (compute) {
    return ([a, b]) => bytesOf(zip(lanesOf(a, width), second(b), (x, y) => compute(width, x, y)), width);
  }
  if (!test) return undefined;
  return ([a, b]) => {
    const results = zip(lanesOf(a, width), second(b), (x, y) => test(width, x, y) ? yes : no);
    return bytesOf(results, operand === "v128" ? width : 32);
  };
}

function bitmask(lanes: bigint[], width: number): bigint {
  return lanes.reduce((sum, lane, i) => sum | (lane >> BigInt(width - 1)) << BigInt(i), 0n);
}

function float(op: string, width: number, operand: string): Model | undefined {
  const sign = 1n << BigInt(width - 1);
  const bits = (f: (a: bigint, b: bigint) => bigint): Model => ([a, b]) =>
    bytesOf(zip(lanesOf(a, width), b && lanesOf(b, width), f), width);
  if (op === "abs") return bits((a) => a & ~sign);
  if (op === "neg") return bits((a) => a ^ sign);
  if (op === "copysign") return bits((a, b) => a & ~sign | b & sign);
  const numbers = (bytes?: Uint8Array) => bytes && numbersOf(bytes, width);
  const compute = FLOAT[op];
  if (compute) return ([a, b]) => bytesOfNumbers(zip(numbers(a)!, numbers(b), compute), width);
  const test = FLOAT_TESTS[op];
  if (!test) return undefined;
  const [no, yes] = operand === "v128" ? TRUTH.vector : TRUTH.scalar;
  return ([a, b]) =>
    bytesOf(zip(numbers(a)!, numbers(b), (x, y) => test(x, y) ? yes : no), operand === "v128" ? width : 32);
}

function bitwise(op: string): Model | undefined {
  const bits = (f: (a: bigint, b: bigint, c: bigint) => bigint): Model => (operands) => {
    const [a, b = 0n, c = 0n] = operands.map((it) => lanesOf(it, 128)[0]);
    return bytesOf([f(a, b, c)], 128);
  };
  switch (op) {
    case "not":
      return bits((a) => ~a);
    case "and":
      return bits((a, b) => a & b);
    case "andnot":
      return bits((a, b) => a & ~b);
    case "or":
      return bits((a, b) => a | b);
    case "xor":
      return bits((a, b) => a ^ b);
    case "bitselect":
      return bits((a, b, c) => a & c | b & ~c);
    case "any_true":
      return ([a]) => bytesOf([a.some((it) => it !== 0) ? 1n : 0n], 32);
    default:
      return undefined;
  }
}

/** What moves whole lanes. */
function lanes(shape: string, op: string, width: number): Model | undefined {
  const size = width / 8;
  switch (op) {
    case "splat":
      return ([a]) => Uint8Array.from({ length: 16 }, (_, i) => a[i % size]);
    case "extract_lane":
    case "extract_lane_u":
    case "extract_lane_s":
      return ([a], [lane]) => {
        const bits = lanesOf(a, width)[lane];
        const result = Math.max(width, 32);
        return bytesOf([op.endsWith("_s") ? BigInt.asIntN(width, bits) : bits], result);
      };
    case "replace_lane":
      return ([a, b], [lane]) => {
        const result = a.slice();
        result.set(b.subarray(0, size), lane * size);
        return result;
      };
    case "shuffle":
      return ([a, b], picks) => Uint8Array.from(picks, (pick) => [...a, ...b][pick]);
    case "swizzle":
      return shape === "i8x16" ? ([a, b]) => b.map((pick) => pick < 16 ? a[pick] : 0) : undefined;
    default:
      return undefined;
  }
}

/** What turns numbers of one kind into another. */
function conversion(op: string, shape: string, width: number): Model | undefined {
  const [, verb, from, sign] = op.match(
    /^(wrap|extend|trunc|trunc_sat|convert|convert_low|demote|promote|promote_low|reinterpret)_([if]\d+(?:x\d)?)(?:_([su]))?(?:_zero)?$/,
  ) ?? [];
  if (!verb || shape === "i8x16" || shape === "i16x8" || (verb === "extend" && from.includes("x"))) {
    return undefined;
  }
  const source = WIDTH[from];
  const total = shape.includes("x") ? 16 : width / 8;
  const count = total * 8 / width;
  const isSigned = sign === "s";
  const fit = (bytes: Uint8Array) => {
    const result = new Uint8Array(total);
    result.set(bytes.subarray(0, total));
    return result;
  };
  const integers = (a: Uint8Array) =>
    lanesOf(a, source).slice(0, count).map((it) => isSigned ? BigInt.asIntN(source, it) : it);
  switch (verb) {
    case "reinterpret":
      return ([a]) => a;
    case "wrap":
    case "extend":
      return ([a]) => bytesOf(integers(a), width);
    case "trunc":
    case "trunc_sat":
      return ([a]) => {
        const numbers = numbersOf(a, source).slice(0, count);
        return fit(bytesOf(numbers.map((it) => truncated(it, width, isSigned, verb === "trunc_sat")), width));
      };
    case "convert":
    case "convert_low":
      return ([a]) =>
        bytesOfNumbers(integers(a).map((it) => width === 32 ? singleOf(it) : Number(it)), width);
    default:
      return ([a]) => fit(bytesOfNumbers(numbersOf(a, source).slice(0, count), width));
  }
}

/** Whether two results are the same, whatever the payload of a NaN; `width` 0 says that they are no numbers. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, width: number): boolean {
  if (actual.every((byte, i) => byte === expected[i]) && actual.length === expected.length) return true;
  if (width === 0) return false;
  const size = width / 8;
  const wanted = numbersOf(expected, width);
  return numbersOf(actual, width).every((number, i) =>
    Number.isNaN(number)
      ? Number.isNaN(wanted[i])
      : actual.subarray(i * size, i * size + size).every((byte, j) => byte === expected[i * size + j])
  );
}
