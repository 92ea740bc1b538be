/**
 * Correlations that are sums of several real ones: of complex numbers, and of whole numbers too large for the
 * rounding of one.
 */

import { isComplex } from "../shared/dtype.ts";
import type { CorrelateCall, Decision } from "./_correlate_call.ts";
import { decide, type Question } from "./_decide.ts";
import { type Buffers, runStages, type Stage } from "./_job.ts";
import { store, storePairs } from "./_lines.ts";
import { compactPlane, flipped, loadPlane, type Plane, planeOf, rowsOf } from "./_plane.ts";
import { realStages, type UnitStages } from "./_real_correlation.ts";
import { costsOf } from "./_wasm_correlate_costs.ts";
import { workMemory } from "./_wasm_correlate_memory.ts";
import type { KernelBackend } from "./backend.ts";

/** Elements from matrix 0 to that of a unit, in `a`, `b` and `out`. */
export type Positions = readonly [a: number, b: number, out: number];

/** One real correlation of a unit: of the real (0) or imaginary (1) parts of the operands. */
export function questionOf(call: CorrelateCall, at: Positions, partA: 0 | 1, partB: 0 | 1): Question {
  const { a, b, sums, method, boundary, fillvalue, flipB, auto } = call;
  const kernel = planeOf(b, at[1], partB);
  return {
    method,
    a: planeOf(a, at[0], partA),
    b: flipB ? flipped(kernel) : kernel,
    sums,
    boundary,
    fillvalue: fillvalue[partA],
    auto: auto && partA === partB,
  };
}

/** The stages of a real correlation, in one piece or in several. */
export function answerStages(
  question: Question,
  decision: Decision,
  target: Plane,
  buffers: Buffers,
  kernelKey = "",
): UnitStages {
  if (!decision.split) return realStages(question, decision, target, buffers, kernelKey);
  return { kernel: [], image: [splitStage(question, decision, decision.split, target)], key: "" };
}

/** A sum that real correlations are added to, one after the other. */
class Sum {
  readonly values: Float64Array;
  readonly #part: Float64Array;

  constructor(name: string, readonly rows: number, readonly columns: number, readonly buffers: Buffers) {
    const size = rows * columns;
    this.values = buffers(`sum ${name}`, size).fill(0, 0, size);
    this.#part = buffers(`part of ${name}`, size);
  }

  add(question: Question, decision: Decision, factor: number): void {
    const { values, rows, columns, buffers } = this, part = this.#part;
    const { kernel, image } = answerStages(question, decision, compactPlane(part, rows, columns), buffers);
    runStages([...kernel, ...image]);
    for (let i = 0; i < rows * columns; i++) values[i] += factor * part[i];
  }
}

/**
 * A complex correlation out of the real ones of its parts: with `b` conjugated,
 * `(ar ⋆ br + ai ⋆ bi) + i (ai ⋆ br - ar ⋆ bi)`.
 */
export function complexStage(call: CorrelateCall, at: Positions, backend: KernelBackend): Stage {
  const { a, b, out, sums: { rows, columns }, flipOut } = call;
  const run = () => {
    using memory = workMemory(backend);
    const buffers = memory.get, sign = call.conjugate ? 1 : -1;
    const re = new Sum("re", rows, columns, buffers), im = new Sum("im", rows, columns, buffers);
    const add = (partA: 0 | 1, partB: 0 | 1, sum: Sum, factor: number) => {
      const question = questionOf(call, at, partA, partB);
      sum.add(question, decide(question, costsOf(backend)), factor);
    };
    add(0, 0, re, 1);
    if (isComplex(a.dtype)) add(1, 0, im, 1);
    if (isComplex(b.dtype)) add(0, 1, im, -sign);
    if (isComplex(a.dtype) && isComplex(b.dtype)) add(1, 1, re, sign);
    const plane = planeOf(out, at[2]), to = rowsOf(flipOut ? flipped(plane) : plane, 0);
    storePairs(re.values, im.values, 0, columns, columns, rows, 1, 1, to);
  };
  return { parts: 1, run };
}

/**
 * A correlation of whole numbers by the transforms of their upper and lower halves, `x = high · 2^s + low`,
 * each of which is small enough for rounding to be certain.
 */
function splitStage(
  question: Question,
  decision: Decision,
  [a, b]: readonly [number, number],
  target: Plane,
): Stage {
  const { sums: { rows, columns }, fillvalue, auto } = question;
  const run = () => {
    using memory = workMemory(decision.simd ? "wasm" : "plain");
    const buffers = memory.get, sum = new Sum("halves", rows, columns, buffers);
    const halvesA = halves(question.a, a, "a", buffers),
      halvesB = auto ? halvesA : halves(question.b, b, "b", buffers);
    const fill = Math.round(fillvalue / 2 ** a), fills = [fill, fillvalue - fill * 2 ** a];
    const one: Decision = { points: decision.points, round: true, simd: decision.simd };
    halvesA.forEach((planeA, i) =>
      halvesB.forEach((planeB, j) => {
        const part = { ...question, a: planeA, b: planeB, fillvalue: fills[i], auto: auto && i === j };
        sum.add(part, one, (i === 0 ? 2 ** a : 1) * (j === 0 ? 2 ** b : 1));
      })
    );
    store(sum.values, 0, columns, columns, rows, 1, rowsOf(target, 0));
  };
  return { parts: 1, run };
}

function halves(plane: Plane, shift: number, name: string, buffers: Buffers): [high: Plane, low: Plane] {
  const { rows, columns } = plane, size = rows * columns;
  const high = buffers(`high ${name}`, size), low = buffers(`low ${name}`, size);
  loadPlane(plane, low);
  for (let i = 0; i < size; i++) {
    high[i] = Math.round(low[i] / 2 ** shift);
    low[i] -= high[i] * 2 ** shift;
  }
  return [compactPlane(high, rows, columns), compactPlane(low, rows, columns)];
}
