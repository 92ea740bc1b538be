/**
 * How to correlate: sum by sum, or by Fourier transforms. Depends on the sizes and on the values.
 */

import type { CorrelateBoundary, CorrelateMethod, Decision, Sums } from "./_correlate_call.ts";
import { directProducts } from "./_direct.ts";
import { bluesteinCost, costOf, goodLength } from "./_lengths.ts";
import { survey } from "./_lines.ts";
import { type Plane, rowsOf } from "./_plane.ts";
import { planFor } from "./_plan.ts";

/** What is known about the values of a matrix. */
export interface Values {
  /** Whether all are finite. */
  readonly finite: boolean;
  /** Whether all are whole numbers. */
  readonly whole: boolean;
  /** The root of the sum of their squares. */
  readonly norm: number;
}

/** Looks at all values of a matrix. */
export function inspect(plane: Plane): Values {
  const { squares, whole } = survey(rowsOf(plane, 0), plane.columns, plane.rows);
  // An overflow here counts as not finite: transforms would overflow as well.
  return { finite: squares < Infinity, whole, norm: Math.sqrt(squares) };
}

/** What a decision depends on. */
export interface Question {
  /** How the caller wants it. */
  readonly method: CorrelateMethod;
  /** The first operand. */
  readonly a: Plane;
  /** The second operand. */
  readonly b: Plane;
  /** Which sums. */
  readonly sums: Sums;
  /** What lies outside the first operand. */
  readonly boundary: CorrelateBoundary;
  /** The value there, with `"fill"`. */
  readonly fillvalue: number;
  /** Whether both operands are the same matrix. */
  readonly auto: boolean;
}

/** What the code that computes is able to, and what it takes: the two kinds of code differ in this. */
export interface Costs {
  /** Looks at all values of a matrix. */
  inspect(plane: Plane): Values;
  /** What a decision for sums one by one holds besides. */
  directly(question: Question): Pick<Decision, "simd">;
  /** Nanoseconds, about, sum by sum; anything above `limit` if they are above it in any case. */
  direct(question: Question, limit: number): number;
  /** A good period of transforms, of at least so many points. */
  periodFrom(least: number): number;
  /** Whether transforms of exactly these periods are good ones, for what is circular by nature. */
  isPeriod(question: Question): boolean;
  /** Nanoseconds, about, by transforms. */
  spectral(question: Question, points: readonly [number, number]): number;
  /** Additions that a result of a transform goes through one after the other. */
  depth(points: number): number;
  /** What a decision for transforms holds besides. */
  readonly spectrally: Pick<Decision, "simd">;
}

/** Whether elements beyond the edges of the first operand count. */
export function reachesOutside({ boundary, fillvalue }: Question): boolean {
  return boundary !== "fill" || fillvalue !== 0;
}

/** Whether the transform of the result is a power spectrum. */
export function isAutospectral(question: Question): boolean {
  return question.auto && !reachesOutside(question);
}

/** Whether the result mirrors itself. */
export function isSymmetric(question: Question): boolean {
  const { a, sums } = question;
  return isAutospectral(question) && sums.rows === 2 * a.rows - 1 && sums.columns === 2 * a.columns - 1;
}

/** Decides. */
export function decide(question: Question, costs: Costs = PLAIN_COSTS): Decision {
  const { method, a, b, sums, fillvalue, auto } = question;
  const empty = sums.rows * sums.columns * a.rows * a.columns * b.rows * b.columns === 0;
  if (empty) return { points: undefined, round: false };
  const direct = (): Decision => ({ points: undefined, round: false, ...costs.directly(question) });
  if (method === "direct") return direct();
  const points = periods(question, costs), byTransforms = costs.spectral(question, points);
  if (method === "auto" && costs.direct(question, byTransforms) <= byTransforms) return direct();
  const first = costs.inspect(a), second = auto ? first : costs.inspect(b);
  const whole = first.whole && second.whole && Number.isInteger(fillvalue);
  const finite = first.finite && second.finite && Number.isFinite(fillvalue);
  const reached = reachedNorm(question, first.norm), limit = 0.25 / errorFactor(points, costs);
  const isNear = whole && reached * second.norm < Math.min(limit, LARGEST_EXACT / 4);
  const spectral: Decision = { points, round: isNear, ...costs.spectrally };
  if (method === "fft" || (finite && (!whole || isNear))) return spectral;
  const split = finite ? splitting(question, reached, second.norm, limit) : undefined;
  const inParts = 4 * byTransforms + 20 * sums.rows * sums.columns;
  if (!split || costs.direct(question, inParts) <= inParts) return direct();
  return { ...spectral, round: true, split };
}

/** Whole numbers beyond it have gaps. */
const LARGEST_EXACT = 2 ** 53;

/**
 * The powers of two at which to split the elements of both operands, so that the correlations of the parts
 * can be rounded with certainty; undefined if that does not do it, or sums might not be exact.
 */
function splitting(
  question: Question,
  normA: number,
  normB: number,
  limit: number,
): [a: number, b: number] | undefined {
  if (normA * normB >= LARGEST_EXACT) return undefined;
  const { a, b, sums } = question;
  const continued = (sums.rows + b.rows - 1) * (sums.columns + b.columns - 1);
  const rootA = Math.sqrt(reachesOutside(question) ? continued : a.rows * a.columns);
  const rootB = Math.sqrt(b.rows * b.columns);
  // At half of the bits of a typical element: the norms of both parts are about the same then.
  const shift = (norm: number, root: number) => Math.max(0, Math.round(Math.log2(norm / root) / 2));
  const shiftA = shift(normA, rootA), shiftB = question.auto ? shiftA : shift(normB, rootB);
  const worst = (norm: number, root: number, shift: number) =>
    Math.max(norm / 2 ** shift + root / 2, 2 ** (shift - 1) * root);
  return worst(normA, rootA, shiftA) * worst(normB, rootB, shiftB) < limit ? [shiftA, shiftB] : undefined;
}

/** The norm of the first operand, continued as far as the sums reach. */
function reachedNorm({ a, b, sums, boundary, fillvalue }: Question, norm: number): number {
  const rows = sums.rows + b.rows - 1, columns = sums.columns + b.columns - 1;
  if (boundary === "fill") {
    return fillvalue === 0 ? norm : Math.hypot(norm, fillvalue * Math.sqrt(rows * columns));
  }
  return norm * Math.sqrt(Math.ceil(rows / a.rows) + 1) * Math.sqrt(Math.ceil(columns / a.columns) + 1);
}

/**
 * A bound of the rounding error of a circular correlation, in units of the product of both operands' norms.
 * Every result is a sum of products with at most `depth` roundings on the way, in each of three transforms; a
 * factor of 4 stands for the complex arithmetic (Higham, "Accuracy and Stability of Numerical Algorithms",
 * section 24.1).
 */
function errorFactor([rows, columns]: readonly [number, number], costs: Costs): number {
  return 3 * 4 * (costs.depth(rows) + costs.depth(columns)) * 2 ** -53;
}

/** The periods of the transforms: all of the result that is wanted must be free of what is wound around. */
function periods(question: Question, costs: Costs): [rows: number, columns: number] {
  const { a, b, sums, boundary, auto } = question, good = (least: number) => costs.periodFrom(least);
  if (boundary === "wrap" && costs.isPeriod(question)) return [a.rows, a.columns];
  if (reachesOutside(question)) return [good(sums.rows + b.rows - 1), good(sums.columns + b.columns - 1)];
  if (auto) return [good(2 * a.rows - 1), good(2 * a.columns - 1)];
  const along = (n: number, k: number, length: number, reach: number) =>
    good(Math.max(n + Math.max(0, reach), length - reach + k - 1, n, k));
  return [
    along(a.rows, b.rows, sums.rows, sums.top),
    along(a.columns, b.columns, sums.columns, sums.left),
  ];
}

/** The plain kernels' costs. */
export const PLAIN_COSTS: Costs = {
  inspect,
  directly: () => ({}),
  direct: directCost,
  periodFrom: goodLength,
  isPeriod: () => true,
  spectral: spectralCost,
  depth: (points) => planFor(points).depth,
  spectrally: {},
};

/**
 * Nanoseconds, about: a block of four sums has a price for each row of the second operand, and each product.
 */
function directCost(question: Question): number {
  const { a, b, sums } = question;
  const products = directProducts(sums, a, b, reachesOutside(question));
  return (isSymmetric(question) ? 0.5 : 1) * products * (0.4 + 1.3 / b.columns);
}

/** Nanoseconds, about. */
function spectralCost(question: Question, [rows, columns]: readonly [number, number]): number {
  // Loading, packing and storing cost about as much as a pass or two.
  const cost = (length: number) => Math.min(costOf(length), bluesteinCost(length)) + 4 * length;
  const column = cost(rows), row = cost(columns);
  const { a, b, sums } = question, bins = rows / 2 + 1;
  if (isAutospectral(question)) return a.columns * column + bins * 1.5 * row;
  const kept = Math.min(sums.columns, columns);
  return (a.columns + b.columns + kept) / 2 * column + bins * 3 * row;
}
