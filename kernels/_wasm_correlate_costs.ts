/**
 * What generated code takes to correlate, and which of it a thread runs.
 *
 * Constants are nanoseconds, fitted to what `deno run -A bench/kernels/autocorrelation.ts --costs` measures.
 */

import type { KernelBackend } from "./backend.ts";
import type { Decision } from "./_correlate_call.ts";
import {
  type Costs,
  inspect,
  isAutospectral,
  isSymmetric,
  PLAIN_COSTS,
  type Question,
  reachesOutside,
} from "./_decide.ts";
import type { Values } from "./_decide.ts";
import { directProducts } from "./_direct.ts";
import { compactPlane, type Plane } from "./_plane.ts";
import { HeapBuffers, heapPlane, loadRows } from "./_wasm_correlate_memory.ts";
import { pairsOfBins } from "./wasm/correlate_columns.ts";
import { transformPlan } from "./wasm/correlate_transform.ts";
import { valuesCode } from "./wasm/correlate_values.ts";

/** The costs of a kind of code. */
export function costsOf(backend: KernelBackend): Costs {
  return backend === "wasm" ? SIMD_COSTS : PLAIN_COSTS;
}

/** What a pass of each radix takes for a point of two lines. */
const PASS: Readonly<Record<number, number>> = { 2: 1, 3: 1.3, 4: 1.4, 5: 1.8, 8: 2 };

/** What transforms take besides, for a point of two lines: to load and pack it, and to unpack and store it. */
const ENDS = 2;

/** What a sum takes, what a row of its products does, and what a product does. */
const SUM = 1, PRODUCTS = 0.1, PRODUCT = { doubles: 0.12, integers: 0.045 };

/** What a call takes besides; for transforms also what it costs to generate their code, over the calls that use it. */
const DIRECT_CALL = 3000, SPECTRAL_CALL = 10000;

/** Fewer points than it are transformed no faster. */
const LEAST_POINTS = 8;

/** Elements of a matrix that is copied to be surveyed: faster than to look at it where it is. */
const COPIED = 1 << 16;

interface Survey extends Values {
  /** The largest magnitude; not known if it is NaN. */
  readonly largest: number;
}

const surveys = new WeakMap<Plane, Survey>();

/** Looks at a matrix, once for each object that describes it. */
function survey(plane: Plane): Survey {
  let known = surveys.get(plane);
  if (!known) surveys.set(plane, known = look(plane));
  return known;
}

function look(plane: Plane): Survey {
  using buffers = new HeapBuffers();
  const { rows, columns } = plane;
  let here = heapPlane(plane);
  if (!here && plane.data instanceof Float64Array && rows * columns <= COPIED) {
    const copy = buffers.get("columns", rows * columns);
    loadRows(plane, copy);
    here = heapPlane(compactPlane(copy, rows, columns));
  }
  if (!here) return { ...inspect(plane), largest: NaN };
  const result = buffers.get("survey", 3), most = Math.max(1, Math.floor((1 << 18) / Math.max(1, columns)));
  let squares = 0, largest = 0, whole = true;
  for (let row = 0; row < rows; row += most) {
    const count = Math.min(most, rows - row);
    valuesCode().survey(here.address + row * here.pitch, here.pitch, count, columns, result.byteOffset);
    squares += result[0], largest = Math.max(largest, result[1]), whole &&= result[2] === 0;
  }
  return { finite: squares < Infinity, norm: Math.sqrt(squares), whole, largest };
}

/** The largest magnitude of a matrix of whole numbers; infinite where it is none, or not worth a look. */
function largestWhole(plane: Plane, isWorthIt: boolean): number {
  const { data, offset, columnStep, columns } = plane;
  if (data instanceof Int8Array) return 2 ** 7;
  if (data instanceof Uint8Array) return 2 ** 8 - 1;
  if (!isWorthIt) return Infinity;
  for (let j = 0; j < Math.min(8, columns); j++) {
    const x = Number(data[offset + j * columnStep]);
    if (!(Math.abs(x) < 2 ** 15 && Number.isInteger(x))) return Infinity;
  }
  const { finite, whole, largest } = survey(plane);
  if (!finite || !whole) return Infinity;
  return Number.isNaN(largest) ? largestOf(plane) : largest;
}

/** The largest magnitude of a matrix. */
function largestOf({ data, offset, rowStep, columnStep, rows, columns }: Plane): number {
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0, at = offset + i * rowStep; j < columns; j++, at += columnStep) {
      const x = Math.abs(Number(data[at]));
      if (x > largest) largest = x;
    }
  }
  return largest;
}

const chosen = new WeakMap<Question, "doubles" | "integers">();

/** Integers of 16 bits, where they and their sums in 32 bits are exact; else doubles. */
function numbersOf(question: Question): "doubles" | "integers" {
  let numbers = chosen.get(question);
  if (!numbers) chosen.set(question, numbers = chooseNumbers(question));
  return numbers;
}

function chooseNumbers({ a, b, fillvalue, auto }: Question): "doubles" | "integers" {
  const size = b.rows * b.columns, isWorthIt = size >= 16;
  if (size < 4 || !Number.isInteger(fillvalue)) return "doubles";
  const second = largestWhole(auto ? a : b, isWorthIt);
  if (second >= 2 ** 15) return "doubles";
  const first = Math.max(auto ? second : largestWhole(a, isWorthIt), Math.abs(fillvalue));
  return first < 2 ** 15 && first * second * size < 2 ** 31 ? "integers" : "doubles";
}

function direct(question: Question, limit: number): number {
  const { a, b, sums } = question;
  const products = directProducts(sums, a, b, reachesOutside(question)), results = sums.rows * sums.columns;
  const cost = (numbers: "doubles" | "integers") => {
    const all = results * SUM + products * (PRODUCT[numbers] + PRODUCTS / b.columns);
    return DIRECT_CALL + (isSymmetric(question) ? 0.5 : 1) * all;
  };
  // Where even integers would take too long, nobody needs to look whether they are small ones.
  const least = cost("integers");
  return least > limit ? least : cost(numbersOf(question));
}

/** What a line of points takes: two lines, side by side. */
function lineCost(points: number): number {
  return points * transformPlan(points)!.radices.reduce((cost, radix) => cost + PASS[radix], ENDS);
}

function spectral(question: Question, [rows, columns]: readonly [number, number]): number {
  const { a, b, sums } = question,
    pairs = pairsOfBins(rows),
    column = lineCost(rows) / 4,
    row = lineCost(columns);
  if (isAutospectral(question)) return SPECTRAL_CALL + 2 * a.columns * column + 1.5 * pairs * row;
  return SPECTRAL_CALL + (a.columns + b.columns + sums.columns) * column + 3 * pairs * row;
}

/** Periods that were found, by what was asked for. */
const periods = new Map<number, number>();
const MOST_PERIODS = 1024;

/** The period from `least` on that costs least. */
function periodFrom(least: number): number {
  let period = periods.get(least);
  if (period === undefined) {
    if (periods.size >= MOST_PERIODS) periods.clear();
    periods.set(least, period = findPeriod(least));
  }
  return period;
}

function findPeriod(least: number): number {
  let best = 0, bestCost = Infinity;
  const limit = 2 ** Math.ceil(Math.log2(Math.max(LEAST_POINTS, least)));
  for (let fives = 1; fives <= limit; fives *= 5) {
    for (let points = fives; points <= limit; points *= 3) {
      let length = points;
      while (length < Math.max(LEAST_POINTS, least)) length *= 2;
      if (length > limit) continue;
      const cost = lineCost(length);
      if (cost < bestCost) [best, bestCost] = [length, cost];
    }
  }
  return best;
}

function isPeriod({ a, b, sums }: Question): boolean {
  const isGood = (points: number, kernel: number, results: number) =>
    points >= LEAST_POINTS && transformPlan(points) !== undefined && kernel <= points && results <= points;
  return isGood(a.rows, b.rows, sums.rows) && isGood(a.columns, b.columns, sums.columns);
}

const SIMD: Pick<Decision, "simd"> = { simd: "doubles" };

const SIMD_COSTS: Costs = {
  inspect: survey,
  directly: (question) => ({ simd: numbersOf(question) }),
  direct,
  periodFrom,
  isPeriod,
  spectral,
  depth: (points) => transformPlan(points)!.depth,
  spectrally: SIMD,
};
