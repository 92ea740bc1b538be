/**
 * What the floating-point instructions compute, number by number, and the conversions: written from the
 * specification's definitions, to compare the assembled code with.
 *
 * @module
 */

import { Trap } from "./_integer_model.ts";

/** One result from one number of each operand; the caller rounds it to the width at hand. */
export type NumberModel = (a: number, b: number) => number;

function nearest(a: number): number {
  if (!Number.isFinite(a) || Math.abs(a) >= 2 ** 52) return a;
  const floor = Math.floor(a);
  const rest = a - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  // A zero keeps the sign of what was rounded.
  return (up ? floor + 1 : floor) || (a < 0 || Object.is(a, -0) ? -0 : 0);
}

/** Models of what computes with numbers; abs, neg and copysign are about bits, and models of their own. */
export const FLOAT: Record<string, NumberModel> = {
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest,
  // Double rounding is harmless here: a double has more than twice the digits of a single.
  sqrt: Math.sqrt,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  pmin: (a, b) => b < a ? b : a,
  pmax: (a, b) => a < b ? b : a,
};

/** Comparisons of numbers. */
export const FLOAT_TESTS: Record<string, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
};

/** `value` towards zero as an integer of `width` bits: out of range it traps, or saturates. */
export function truncated(value: number, width: number, isSigned: boolean, saturates: boolean): bigint {
  const low = isSigned ? -(1n << BigInt(width - 1)) : 0n;
  const high = (1n << BigInt(isSigned ? width - 1 : width)) - 1n;
  if (Number.isNaN(value)) {
    if (saturates) return 0n;
    throw new Trap();
  }
  const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : value > 0 ? high + 1n : low - 1n;
  if (whole >= low && whole <= high) return whole;
  if (saturates) return whole < low ? low : high;
  throw new Trap();
}

/** The single nearest to an integer; through a double it would be rounded twice. */
export function singleOf(value: bigint): number {
  const size = value < 0n ? -value : value;
  const extra = BigInt(Math.max(0, size.toString(2).length - 40));
  const rest = size & ((1n << extra) - 1n);
  const kept = size >> extra | (rest === 0n ? 0n : 1n);
  return Math.fround(Number(kept)) * 2 ** Number(extra) * (value < 0n ? -1 : 1);
}
