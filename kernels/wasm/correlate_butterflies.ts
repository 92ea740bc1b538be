/**
 * Forward transforms of 2, 3, 4, 5 and 8 complex numbers, `X[k] = Σ x[j] e^(-2πi j k / radix)`, as generated code.
 *
 * @module
 */

import type { Complex, Lanes } from "./correlate_lanes.ts";

const SIN_3 = Math.sin(2 * Math.PI / 3);
const SIN_5 = Math.sin(2 * Math.PI / 5);
const RATIO_5 = Math.sin(4 * Math.PI / 5) / SIN_5;
const ROOT_5 = Math.sqrt(5) / 4;

/** The factors that the butterfly of a radix multiplies by. */
export const CONSTANTS: Readonly<Record<number, readonly number[]>> = {
  2: [],
  3: [0.5, SIN_3],
  4: [],
  5: [0.25, ROOT_5, RATIO_5, SIN_5],
  8: [Math.SQRT1_2],
};

/** Transforms as many numbers as there are, one of the radices above. */
export function butterfly(lanes: Lanes, x: readonly Complex[]): Complex[] {
  switch (x.length) {
    case 2:
      return [lanes.complexAdd(x[0], x[1]), lanes.complexSubtract(x[0], x[1])];
    case 3:
      return three(lanes, x);
    case 4:
      return four(lanes, x);
    case 5:
      return five(lanes, x);
    case 8:
      return eight(lanes, x);
    default:
      throw new RangeError(`Cannot generate a butterfly of ${x.length} points: there is none`);
  }
}

function three(lanes: Lanes, [a, b, c]: readonly Complex[]): Complex[] {
  const sum = lanes.complexAdd(b, c), difference = lanes.complexSubtract(b, c);
  const middle: Complex = [lanes.subtractTimes(a[0], sum[0], 0.5), lanes.subtractTimes(a[1], sum[1], 0.5)];
  return [lanes.complexAdd(a, sum), ...turnedPair(lanes, middle, difference, SIN_3)];
}

function four(lanes: Lanes, [a, b, c, d]: readonly Complex[]): Complex[] {
  const even = lanes.complexAdd(a, c), evenDifference = lanes.complexSubtract(a, c);
  const odd = lanes.complexAdd(b, d), oddDifference = lanes.complexSubtract(b, d);
  return [
    lanes.complexAdd(even, odd),
    lanes.minusTurned(evenDifference, oddDifference),
    lanes.complexSubtract(even, odd),
    lanes.plusTurned(evenDifference, oddDifference),
  ];
}

// With sin(4π/5) taken out as a multiple of sin(2π/5), and the cosines as -1/4 ± √5/4.
function five(lanes: Lanes, [a, b, c, d, e]: readonly Complex[]): Complex[] {
  const sum1 = lanes.complexAdd(b, e), difference1 = lanes.complexSubtract(b, e);
  const sum2 = lanes.complexAdd(c, d), difference2 = lanes.complexSubtract(c, d);
  const sum = lanes.complexAdd(sum1, sum2), between = lanes.complexSubtract(sum1, sum2);
  const each = (compute: (part: 0 | 1) => Complex[0]): Complex => [compute(0), compute(1)];
  const middle = each((part) => lanes.subtractTimes(a[part], sum[part], 0.25));
  const apart = each((part) => lanes.times(between[part], ROOT_5));
  const near = lanes.complexAdd(middle, apart), far = lanes.complexSubtract(middle, apart);
  const nearTurn = each((part) => lanes.addTimes(difference1[part], difference2[part], RATIO_5));
  const farTurn = each((part) => lanes.subtract(lanes.times(difference1[part], RATIO_5), difference2[part]));
  const [x1, x4] = turnedPair(lanes, near, nearTurn, SIN_5);
  const [x2, x3] = turnedPair(lanes, far, farTurn, SIN_5);
  return [lanes.complexAdd(a, sum), x1, x2, x3, x4];
}

function eight(lanes: Lanes, x: readonly Complex[]): Complex[] {
  const even = four(lanes, [x[0], x[2], x[4], x[6]]), odd = four(lanes, [x[1], x[3], x[5], x[7]]);
  const scaled = (a: Complex): Complex => [lanes.times(a[0], Math.SQRT1_2), lanes.times(a[1], Math.SQRT1_2)];
  // odd[1] e^(-πi/4), and odd[3] e^(-3πi/4) times -1
  const first = scaled(lanes.minusTurned(odd[1], odd[1])), third = scaled(lanes.plusTurned(odd[3], odd[3]));
  return [
    lanes.complexAdd(even[0], odd[0]),
    lanes.complexAdd(even[1], first),
    lanes.minusTurned(even[2], odd[2]),
    lanes.complexSubtract(even[3], third),
    lanes.complexSubtract(even[0], odd[0]),
    lanes.complexSubtract(even[1], first),
    lanes.plusTurned(even[2], odd[2]),
    lanes.complexAdd(even[3], third),
  ];
}

/** `a - i b sin` and `a + i b sin`. */
function turnedPair(lanes: Lanes, a: Complex, b: Complex, sin: number): [Complex, Complex] {
  const scaled: Complex = [lanes.times(b[0], sin), lanes.times(b[1], sin)];
  return [lanes.minusTurned(a, scaled), lanes.plusTurned(a, scaled)];
}
