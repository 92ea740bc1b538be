/**
 * What the integer instructions compute, lane by lane over bigints: written from the specification's definitions,
 * to compare the assembled code with. A lane is its bit pattern, `width` bits, unsigned.
 *
 * @module
 */

/** One result lane from one lane of each operand. */
export type LaneModel = (width: number, a: bigint, b: bigint) => bigint;

const mask = (width: number) => (1n << BigInt(width)) - 1n;
const signed = (width: number, a: bigint) => BigInt.asIntN(width, a);
const clamp = (value: bigint, low: bigint, high: bigint) => value < low ? low : value > high ? high : value;
const clampSigned = (width: number, value: bigint) =>
  clamp(value, -(1n << BigInt(width - 1)), (1n << BigInt(width - 1)) - 1n);
const abs = (value: bigint) => value < 0n ? -value : value;
const bits = (width: number, a: bigint) => [...a.toString(2).padStart(width, "0")];

/** Thrown by a model where the instruction traps. */
export class Trap extends Error {}

function divisor(b: bigint): bigint {
  if (b === 0n) throw new Trap();
  return b;
}

function quotient(width: number, a: bigint, b: bigint): bigint {
  const value = signed(width, a) / divisor(signed(width, b));
  if (value !== signed(width, value)) throw new Trap();
  return value;
}

function shift(width: number, b: bigint): bigint {
  return b % BigInt(width);
}

/** Models of what takes and gives lanes of one width; the caller cuts results to it. */
export const INTEGER: Record<string, LaneModel> = {
  clz: (w, a) => BigInt(bits(w, a).concat("1").indexOf("1")),
  ctz: (w, a) => BigInt(bits(w, a).reverse().concat("1").indexOf("1")),
  popcnt: (w, a) => BigInt(bits(w, a).filter((it) => it === "1").length),
  abs: (w, a) => abs(signed(w, a)),
  neg: (_, a) => -a,
  extend8_s: (_, a) => signed(8, a),
  extend16_s: (_, a) => signed(16, a),
  extend32_s: (_, a) => signed(32, a),
  add: (_, a, b) => a + b,
  sub: (_, a, b) => a - b,
  mul: (_, a, b) => a * b,
  div_s: quotient,
  div_u: (_, a, b) => a / divisor(b),
  rem_s: (w, a, b) => signed(w, a) % divisor(signed(w, b)),
  rem_u: (_, a, b) => a % divisor(b),
  and: (_, a, b) => a & b,
  or: (_, a, b) => a | b,
  xor: (_, a, b) => a ^ b,
  shl: (w, a, b) => a << shift(w, b),
  shr_s: (w, a, b) => signed(w, a) >> shift(w, b),
  shr_u: (w, a, b) => a >> shift(w, b),
  rotl: (w, a, b) => a << shift(w, b) | a >> BigInt(w) - shift(w, b),
  rotr: (w, a, b) => a >> shift(w, b) | a << BigInt(w) - shift(w, b),
  add_sat_s: (w, a, b) => clampSigned(w, signed(w, a) + signed(w, b)),
  add_sat_u: (w, a, b) => clamp(a + b, 0n, mask(w)),
  sub_sat_s: (w, a, b) => clampSigned(w, signed(w, a) - signed(w, b)),
  sub_sat_u: (w, a, b) => clamp(a - b, 0n, mask(w)),
  min_s: (w, a, b) => signed(w, a) < signed(w, b) ? a : b,
  min_u: (_, a, b) => a < b ? a : b,
  max_s: (w, a, b) => signed(w, a) > signed(w, b) ? a : b,
  max_u: (_, a, b) => a > b ? a : b,
  avgr_u: (_, a, b) => (a + b + 1n) / 2n,
  q15mulr_sat_s: (w, a, b) => clampSigned(w, (signed(w, a) * signed(w, b) + 0x4000n) >> 15n),
};

/** Comparisons of lanes. */
export const INTEGER_TESTS: Record<string, (width: number, a: bigint, b: bigint) => boolean> = {
  eqz: (_, a) => a === 0n,
  eq: (_, a, b) => a === b,
  ne: (_, a, b) => a !== b,
  lt_s: (w, a, b) => signed(w, a) < signed(w, b),
  lt_u: (_, a, b) => a < b,
  gt_s: (w, a, b) => signed(w, a) > signed(w, b),
  gt_u: (_, a, b) => a > b,
  le_s: (w, a, b) => signed(w, a) <= signed(w, b),
  le_u: (_, a, b) => a <= b,
  ge_s: (w, a, b) => signed(w, a) >= signed(w, b),
  ge_u: (_, a, b) => a >= b,
};

/** The lanes of `bytes`, `width` bits each. */
export function lanesOf(bytes: Uint8Array, width: number): bigint[] {
  const size = width / 8;
  return Array.from({ length: bytes.length / size }, (_, i) => {
    let lane = 0n;
    for (let j = size - 1; j >= 0; j--) lane = lane << 8n | BigInt(bytes[i * size + j]);
    return lane;
  });
}

/** The bytes of `lanes`, each cut to `width` bits. */
export function bytesOf(lanes: readonly bigint[], width: number): Uint8Array {
  return Uint8Array.from(lanes.flatMap((lane) => {
    const bits = BigInt.asUintN(width, lane);
    return Array.from({ length: width / 8 }, (_, i) => Number(bits >> BigInt(8 * i) & 0xffn));
  }));
}

/** `extend_low_i8x16_s` and its like: what changes the width of lanes, from 16 bytes to 16 bytes. */
export function widthModel(
  op: string,
  width: number,
): ((a: Uint8Array, b: Uint8Array) => Uint8Array) | undefined {
  const match = op.match(/^(extend|extmul|extadd|narrow|dot)_(?:(low|high|pairwise)_)?i(\d+)x\d+_([su])$/);
  if (!match) return undefined;
  const [, kind, which, from, sign] = match;
  const read = (bytes: Uint8Array) =>
    lanesOf(bytes, Number(from)).map((lane) => sign === "s" ? signed(Number(from), lane) : lane);
  const half = <T>(lanes: T[]) =>
    which === "low" ? lanes.slice(0, lanes.length / 2) : lanes.slice(lanes.length / 2);
  const pairs = (lanes: bigint[]) => lanes.flatMap((it, i) => i % 2 === 0 ? [it + lanes[i + 1]] : []);
  const products = (a: bigint[], b: bigint[]) => a.map((it, i) => it * b[i]);
  const narrow = (bytes: Uint8Array) =>
    lanesOf(bytes, Number(from)).map((lane) => {
      const value = signed(Number(from), lane);
      return sign === "s" ? clampSigned(width, value) : clamp(value, 0n, mask(width));
    });
  switch (kind) {
    case "extend":
      return (a) => bytesOf(half(read(a)), width);
    case "extmul":
      return (a, b) => bytesOf(products(half(read(a)), half(read(b))), width);
    case "extadd":
      return (a) => bytesOf(pairs(read(a)), width);
    case "dot":
      return (a, b) => bytesOf(pairs(products(read(a), read(b))), width);
    default:
      return (a, b) => bytesOf([...narrow(a), ...narrow(b)], width);
  }
}
