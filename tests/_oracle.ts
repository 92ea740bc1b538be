/**
 * What kernels are compared with: the definitions themselves, written down as they stand, and seeded numbers
 * to feed both.
 *
 * @module
 */

import type { NDArray } from "@multicore/multicore/shared";

/** A complex number. */
export type Complex = [re: number, im: number];

/**
 * A source of numbers in [-0.5, 0.5), the same ones for the same seed (Numerical Recipes' linear generator).
 */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

/** A function that gives integers in [low, high], the same ones for the same seed. */
export function randomIntegers(seed: number, low: number, high: number): () => number {
  const random = randomSource(seed);
  return () => low + Math.floor((random() + 0.5) * (high - low + 1));
}

/** Fills an array with what `next` gives, slot by slot; returns it. */
export function filled<A extends NDArray>(array: A, next: () => number): A {
  const { data } = array;
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < data.length; i++) data[i] = (isBig ? BigInt(Math.round(next())) : next()) as never;
  return array;
}

/** The determinant by expansion along the first row. */
export function cofactorDeterminant(a: readonly (readonly number[])[]): number {
  if (a.length === 0) return 1;
  let sum = 0;
  for (let j = 0; j < a.length; j++) {
    const minor = a.slice(1).map((row) => row.toSpliced(j, 1));
    sum += (j % 2 === 0 ? 1 : -1) * a[0][j] * cofactorDeterminant(minor);
  }
  return sum;
}

/** The discrete Fourier transform by its definition; `sign` 1 is the inverse one without its factor. */
export function naiveDft(x: readonly Complex[], sign: 1 | -1 = -1): Complex[] {
  const n = x.length;
  return x.map((_, k) => {
    let re = 0, im = 0;
    for (let j = 0; j < n; j++) {
      const angle = sign * 2 * Math.PI * ((j * k) % n) / n, cos = Math.cos(angle), sin = Math.sin(angle);
      re += x[j][0] * cos - x[j][1] * sin;
      im += x[j][0] * sin + x[j][1] * cos;
    }
    return [re, im];
  });
}

/** The two-dimensional transform, as naive transforms of the rows and then of the columns. */
export function naiveDft2(x: readonly (readonly Complex[])[], sign: 1 | -1 = -1): Complex[][] {
  const rows = x.map((row) => naiveDft(row, sign));
  const columns = (rows[0] ?? []).map((_, j) => naiveDft(rows.map((row) => row[j]), sign));
  return rows.map((row, i) => row.map((_, j) => columns[j][i]));
}

/** What lies at `i` of an axis of length `n` continued in both directions; undefined for the fill value. */
function continued(i: number, n: number, boundary: string): number | undefined {
  if (i >= 0 && i < n) return i;
  if (boundary === "fill") return undefined;
  if (boundary === "wrap") return ((i % n) + n) % n;
  const k = ((i % (2 * n)) + 2 * n) % (2 * n);
  return k < n ? k : 2 * n - 1 - k;
}

/** Options of {@linkcode naiveCorrelate}. */
export interface NaiveOptions {
  /** Which part. */
  readonly mode: "full" | "same" | "valid";
  /** What lies outside. */
  readonly boundary: "fill" | "wrap" | "symm";
  /** The value there. */
  readonly fillvalue?: number;
}

/** Correlation in four loops; `b` is conjugated. In `"valid"` mode `a` must contain `b`. */
export function naiveCorrelate(
  a: readonly (readonly Complex[])[],
  b: readonly (readonly Complex[])[],
  { mode, boundary, fillvalue = 0 }: NaiveOptions,
): Complex[][] {
  const m = a.length, n = a[0].length, p = b.length, q = b[0].length;
  const [rows, top] = mode === "full"
    ? [m + p - 1, p - 1]
    : mode === "same"
    ? [m, (p - 1) >> 1]
    : [m - p + 1, 0];
  const [columns, left] = mode === "full"
    ? [n + q - 1, q - 1]
    : mode === "same"
    ? [n, (q - 1) >> 1]
    : [n - q + 1, 0];
  const out: Complex[][] = [];
  for (let u = 0; u < rows; u++) {
    out.push([]);
    for (let v = 0; v < columns; v++) {
      let re = 0, im = 0;
      for (let k = 0; k < p; k++) {
        for (let l = 0; l < q; l++) {
          const i = continued(u + k - top, m, boundary), j = continued(v + l - left, n, boundary);
          const [ar, ai] = i === undefined || j === undefined ? [fillvalue, 0] : a[i][j];
          const [br, bi] = b[k][l];
          re += ar * br + ai * bi;
          im += ai * br - ar * bi;
        }
      }
      out[u].push([re, im]);
    }
  }
  return out;
}

/**
 * The largest difference of two lists of numbers, divided by the root of the sum of the squares of the
 * second.
 */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new RangeError(`Lengths differ: ${actual.length}, ${expected.length}`);
  }
  let worst = 0, squares = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
    squares += expected[i] ** 2;
    if (Number.isNaN(actual[i]) !== Number.isNaN(expected[i])) return Infinity;
  }
  return worst / (Math.sqrt(squares) || 1);
}

/**
 * Fails unless two arrays have the same shape, type and bits; of long arrays only the first difference is
 * told.
 */
export function assertSameBits(actual: NDArray, expected: NDArray, message = ""): void {
  const kind = ({ dtype, shape }: NDArray) => `${dtype} [${shape.join(", ")}]`;
  if (kind(actual) !== kind(expected)) {
    throw new Error(`${message}: ${kind(actual)}, expected ${kind(expected)}`);
  }
  const x = actual.copy().data, y = expected.copy().data;
  for (let i = 0; i < y.length; i++) {
    if (!Object.is(x[i], y[i])) throw new Error(`${message}: ${x[i]} in slot ${i}, expected ${y[i]}`);
  }
}
