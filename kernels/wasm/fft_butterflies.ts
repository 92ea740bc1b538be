/**
 * Butterflies: transforms of 2, 3, 4, 5 and 7 numbers, and of any other odd number of them.
 *
 * Those of 3, 5 and 7 are FFTPACK's; that of 5 is Winograd's form of it. All are forward, `e^(-2πi…)`.
 *
 * @module
 */

import { i32, type Local, v128 } from "./assembler.ts";
import { type Address, type Complex, ELEMENT, type Lanes, realBytes, type Vector } from "./fft_lanes.ts";

const SIN_3 = Math.sqrt(3) / 2;
const ROOT_5 = Math.sqrt(5) / 4;
const SIN_5A = Math.sin(2 * Math.PI / 5), SIN_5B = Math.sin(4 * Math.PI / 5);
const COS_7 = [1, 2, 3].map((k) => Math.cos(2 * Math.PI * k / 7));
const SIN_7 = [1, 2, 3].map((k) => Math.sin(2 * Math.PI * k / 7));

const CONSTANTS: Readonly<Record<number, readonly number[]>> = {
  3: [0.5, SIN_3],
  5: [0.25, ROOT_5, SIN_5A, SIN_5B],
  7: [...COS_7, ...SIN_7],
};

/** Whether a butterfly is written out; others go by loops, through memory. */
export function isWrittenOut(radix: number): boolean {
  return radix in BUTTERFLIES;
}

/** The numbers that butterflies of these sizes multiply by. */
export function butterflyConstants(radices: readonly number[]): number[] {
  return radices.flatMap((radix) => CONSTANTS[radix] ?? []);
}

/** Takes a result. */
export type Store = (k: number, value: Complex) => void;

/** Gives a number; each is asked for once. */
export type Load = (k: number) => Complex;

/**
 * The transform of a few numbers. Each is loaded when it is needed, and each result stored when it is known, so that
 * few registers are in use.
 */
export function butterfly(lanes: Lanes, radix: number, load: Load, store: Store): void {
  BUTTERFLIES[radix](lanes, load, store);
}

const BUTTERFLIES: Readonly<Record<number, (lanes: Lanes, load: Load, store: Store) => void>> = {
  1: (_, load, store) => store(0, load(0)),

  2(lanes, load, store) {
    const a = load(0), b = load(1);
    store(0, lanes.cadd(a, b));
    store(1, lanes.csub(a, b));
  },

  3(lanes, load, store) {
    const b = load(1), c = load(2);
    const sum = lanes.cadd(b, c), skew = lanes.ctimes(lanes.csub(b, c), SIN_3);
    const a = load(0);
    store(0, lanes.cadd(a, sum));
    const middle = lanes.csub(a, lanes.ctimes(sum, 0.5));
    store(1, lanes.turned(middle, skew));
    store(2, lanes.turnedBack(middle, skew));
  },

  4(lanes, load, store) {
    const a = load(0), c = load(2), ac = lanes.cadd(a, c), aMinusC = lanes.csub(a, c);
    const b = load(1), d = load(3), bd = lanes.cadd(b, d), bMinusD = lanes.csub(b, d);
    store(0, lanes.cadd(ac, bd));
    store(2, lanes.csub(ac, bd));
    store(1, lanes.turned(aMinusC, bMinusD));
    store(3, lanes.turnedBack(aMinusC, bMinusD));
  },

  5(lanes, load, store) {
    const b = load(1), e = load(4), be = lanes.cadd(b, e), bMinusE = lanes.csub(b, e);
    const c = load(2), d = load(3), cd = lanes.cadd(c, d), cMinusD = lanes.csub(c, d);
    const sum = lanes.cadd(be, cd), skew = lanes.ctimes(lanes.csub(be, cd), ROOT_5);
    const a = load(0);
    store(0, lanes.cadd(a, sum));
    const middle = lanes.csub(a, lanes.ctimes(sum, 0.25));
    const one = lanes.cadd(middle, skew);
    const f = lanes.cadd(lanes.ctimes(bMinusE, SIN_5A), lanes.ctimes(cMinusD, SIN_5B));
    store(1, lanes.turned(one, f));
    store(4, lanes.turnedBack(one, f));
    const two = lanes.csub(middle, skew);
    const g = lanes.csub(lanes.ctimes(bMinusE, SIN_5B), lanes.ctimes(cMinusD, SIN_5A));
    store(2, lanes.turned(two, g));
    store(3, lanes.turnedBack(two, g));
  },

  7(lanes, load, store) {
    const x = [0, 1, 2, 3, 4, 5, 6].map((k) => load(k));
    const sums = [1, 2, 3].map((k) => lanes.cadd(x[k], x[7 - k]));
    const differences = [1, 2, 3].map((k) => lanes.csub(x[k], x[7 - k]));
    store(0, sums.reduce((sum, it) => lanes.cadd(sum, it), x[0]));
    for (let m = 1; m <= 3; m++) {
      let even = x[0], odd: Complex | undefined;
      for (let k = 1; k <= 3; k++) {
        const turn = m * k % 7, fold = Math.min(turn, 7 - turn) - 1;
        even = lanes.cadd(even, lanes.ctimes(sums[k - 1], COS_7[fold]));
        const part = lanes.ctimes(differences[k - 1], SIN_7[fold]);
        odd = !odd ? part : turn > 3 ? lanes.csub(odd, part) : lanes.cadd(odd, part);
      }
      store(m, lanes.turned(even, odd!));
      store(7 - m, lanes.turnedBack(even, odd!));
    }
  },
};

/** What the butterfly of a large odd radix needs. */
export interface OddButterfly {
  /** The radix, `2 h + 1`. */
  readonly radix: number;
  /** Reads one of the numbers. */
  readonly load: (k: number) => Complex;
  /** The address of `h · h` pairs: `cos` and `sin` of `2π m k / radix`, for every `m` from 1 on, in it every `k`. */
  readonly roots: Address;
  /** Room for the radix of numbers; the results are left there, `ELEMENT` bytes each. */
  readonly room: Address;
}

/** Room that {@linkcode oddButterfly} needs. */
export function oddRoom(radix: number): number {
  return (2 * radix + 1) * ELEMENT;
}

/**
 * The transform of an odd number of numbers by its definition, with opposite ones taken together: `h²` steps.
 */
export function oddButterfly(lanes: Lanes, { radix, load, roots, room }: OddButterfly): void {
  const { f } = lanes, half = (radix - 1) >> 1, pair = 2 * ELEMENT;
  // Behind the results lie the sums and differences, pair by pair.
  const pairs = radix;
  const first = keep(lanes, load(0));
  const sum = first.map((part) => f.let(part));
  for (let k = 1; k <= half; k++) {
    f.scope(() => {
      const low = load(k), high = load(radix - k), both = lanes.cadd(low, high);
      lanes.store(room, pairs + 2 * (k - 1), both);
      lanes.store(room, pairs + 2 * (k - 1) + 1, lanes.csub(low, high));
      f.set(sum[0], lanes.vector(lanes.add(sum[0], both.re)));
      f.set(sum[1], lanes.vector(lanes.add(sum[1], both.im)));
    });
  }
  lanes.store(room, 0, { re: sum[0], im: sum[1] });
  const root = f.let(i32.add(roots, 0)), low = lanes.at(room, ELEMENT);
  const high = lanes.at(room, (radix - 1) * ELEMENT), bytes = realBytes(lanes.precision);
  f.forLoop({ to: half }, () => {
    const even = first.map((part) => f.let(part)), odd = first.map(() => f.let(lanes.vector(undefined)));
    const at = lanes.at(room, pairs * ELEMENT);
    f.forLoop({ to: half }, () => {
      const { re: cos, im: sin } = lanes.root(root, 0);
      const both = lanes.load(at, 0), difference = lanes.load(at, 1);
      f.set(even[0], lanes.vector(lanes.add(even[0], lanes.mul(both.re, cos))));
      f.set(even[1], lanes.vector(lanes.add(even[1], lanes.mul(both.im, cos))));
      f.set(odd[0], lanes.vector(lanes.add(odd[0], lanes.mul(difference.re, sin))));
      f.set(odd[1], lanes.vector(lanes.add(odd[1], lanes.mul(difference.im, sin))));
      lanes.move(at, pair);
      lanes.move(root, 2 * bytes);
    });
    const a = { re: even[0], im: even[1] }, b = { re: odd[0], im: odd[1] };
    lanes.store(low, 0, lanes.turned(a, b));
    lanes.store(high, 0, lanes.turnedBack(a, b));
    lanes.move(low, ELEMENT);
    lanes.move(high, -ELEMENT);
  });
}

function keep(lanes: Lanes, { re, im }: Complex): Local<"v128">[] {
  return [re, im].map((part) => lanes.f.let(lanes.vector(part) as Vector));
}

/** One result of {@linkcode oddButterfly}. */
export function oddResult(lanes: Lanes, room: Address, k: number): Complex {
  return {
    re: lanes.f.let(v128.load(room, k * ELEMENT)),
    im: lanes.f.let(v128.load(room, k * ELEMENT + 16)),
  };
}
