/**
 * What correlations and convolutions have in common: their options, and which sums they are.
 */

import type { Complex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import {
  type Allocate,
  anyComplex,
  type ArrayInput,
  broadcast,
  checkWord,
  resultArray,
  resultDType,
  text,
  toArray,
} from "./_arguments.ts";

/** Which part of the correlation. */
export type CorrelateMode = "full" | "same" | "valid";

/** What lies outside the first operand. */
export type CorrelateBoundary = "fill" | "wrap" | "symm";

/** How sums are computed. */
export type CorrelateMethod = "auto" | "direct" | "fft";

/** Options of the two-dimensional correlations and convolutions. */
export interface CorrelateOptions {
  /**
   * `"full"`: wherever the operands overlap; `"same"`: as large as the first operand, centred; `"valid"`:
   * where one lies wholly inside the other.
   *
   * @default "full"
   */
  readonly mode?: CorrelateMode;
  /**
   * What lies outside the first operand: `fillvalue`; its own elements, periodically; its own elements,
   * mirrored.
   *
   * @default "fill"
   */
  readonly boundary?: CorrelateBoundary;
  /**
   * The value outside with `boundary: "fill"`; `[re, im]` with complex operands.
   *
   * @default 0
   */
  readonly fillvalue?: number | Complex;
  /**
   * `"direct"`: sum by sum; `"fft"`: by Fourier transforms, whose rounding errors depend on the largest
   * values; `"auto"`: the faster one, but `"direct"` wherever only that keeps whole numbers exact, or NaN and
   * infinities where they belong.
   *
   * @default "auto"
   */
  readonly method?: CorrelateMethod;
  /** Where the result goes: an array of its shape and dtype, that shares no memory with the operands. */
  readonly out?: NDArray;
}

/**
 * Which sums: `out[u, v] = Σ_k Σ_l A[u + k - top, v + l - left] b[k, l]`, where `A` is the first operand
 * continued beyond its edges.
 */
export interface Sums {
  /** Rows of the result. */
  readonly rows: number;
  /** Columns of the result. */
  readonly columns: number;
  /** Rows that the result reaches beyond the first operand at its start. */
  readonly top: number;
  /** Columns that it reaches beyond it there. */
  readonly left: number;
}

/** A checked call: a correlation, which a convolution is with the second operand flipped. */
export interface CorrelateCall {
  /** The operand that is continued beyond its edges. */
  readonly a: NDArray;
  /** The operand that moves over it. */
  readonly b: NDArray;
  /** Where the result goes. */
  readonly out: NDArray;
  /** Which sums. */
  readonly sums: Sums;
  /** Whether `b` is read backwards along both axes. */
  readonly flipB: boolean;
  /** Whether `b` is conjugated. */
  readonly conjugate: boolean;
  /** Whether the result is stored backwards along both axes. */
  readonly flipOut: boolean;
  /** Whether `a` and `b` are the same matrices. */
  readonly auto: boolean;
  /** What lies outside. */
  readonly boundary: CorrelateBoundary;
  /** The value outside. */
  readonly fillvalue: Complex;
  /** How to compute. */
  readonly method: CorrelateMethod;
  /** What has been decided already, for calls about a single unit. */
  readonly decision?: Decision;
}

/** How a real correlation is computed. */
export interface Decision {
  /** The periods of the Fourier transforms; undefined for sum by sum. */
  readonly points: readonly [rows: number, columns: number] | undefined;
  /** Whether to round their results to whole numbers. */
  readonly round: boolean;
  /** The powers of two at which the elements of either operand are split, where rounding takes that. */
  readonly split?: readonly [a: number, b: number];
  /** The numbers that generated code computes with; undefined for the plain kernels. */
  readonly simd?: "doubles" | "integers";
}

/** Checks the arguments; `b` is left out in an autocorrelation. */
export function checkCorrelate(
  first: ArrayInput,
  second: ArrayInput | undefined,
  options: CorrelateOptions,
  convolve: boolean,
  allocate: Allocate,
): CorrelateCall {
  const mode = checkWord("mode", options.mode ?? "full", ["full", "same", "valid"]);
  const boundary = checkWord("boundary", options.boundary ?? "fill", ["fill", "wrap", "symm"]);
  const method = checkWord("method", options.method ?? "auto", ["auto", "direct", "fft"]);
  let a = toArray(first), b = second === undefined ? a : toArray(second);
  for (const { shape } of [a, b]) {
    if (shape.length < 2) {
      throw new RangeError(`Cannot correlate an array of shape ${text(shape)}: give a matrix`);
    }
  }
  const complex = anyComplex(a, b);
  const fillvalue = checkFill(options.fillvalue ?? 0, complex);
  // As SciPy has it: in "valid" mode the larger operand is the first one, and the result comes out backwards.
  const swap = mode === "valid" && isSmaller(a, b);
  if (swap) [a, b] = [b, a];
  const [m, n] = a.shape.slice(-2), [p, q] = b.shape.slice(-2);
  const [rows, top] = alongAxis(mode, convolve, m, p), [columns, left] = alongAxis(mode, convolve, n, q);
  if (rows < 0 || columns < 0) {
    throw new RangeError(
      `Cannot correlate arrays of shape ${text(a.shape)} and ${text(b.shape)}: nothing is left`,
    );
  }
  if (boundary !== "fill" && (m === 0 || n === 0) && rows * columns * p * q > 0) {
    throw new RangeError(
      `Cannot continue an array of shape ${text(a.shape)} by "${boundary}": it has no element`,
    );
  }
  const lead = broadcast("correlate", a.shape.slice(0, -2), b.shape.slice(0, -2));
  const wanted = { shape: [...lead, rows, columns], dtype: resultDType(complex, a, b), operands: [a, b] };
  return {
    a,
    b,
    out: resultArray(options.out, wanted, allocate),
    sums: { rows, columns, top, left },
    flipB: convolve,
    conjugate: !convolve,
    flipOut: swap && !convolve,
    auto: a === b && !convolve && mode !== "valid",
    boundary,
    fillvalue,
    method,
  };
}

function checkFill(fillvalue: number | Complex, complex: boolean): Complex {
  const parts: unknown[] = Array.isArray(fillvalue) ? fillvalue : [fillvalue, 0];
  if (parts.length !== 2 || parts.some((part) => typeof part !== "number")) {
    throw new TypeError(`Cannot use ${String(fillvalue)} as fillvalue: give a number or [re, im]`);
  }
  const [re, im] = parts as Complex;
  if (im !== 0 && !complex) {
    throw new TypeError(`Cannot use [${re}, ${im}] as fillvalue of real operands: give a number`);
  }
  return [re, im];
}

/** Whether `b` contains `a`; throws where neither contains the other. */
function isSmaller(a: NDArray, b: NDArray): boolean {
  const [m, n] = a.shape.slice(-2), [p, q] = b.shape.slice(-2);
  if (m >= p && n >= q) return false;
  if (p >= m && q >= n) return true;
  throw new RangeError(
    `Cannot take the valid part of arrays of shape ${text(a.shape)} and ${text(b.shape)}: ` +
      "one must be at least as large as the other along both axes",
  );
}

/** Length of the result along an axis, and how far it reaches beyond the first operand at its start. */
function alongAxis(
  mode: CorrelateMode,
  convolve: boolean,
  n: number,
  k: number,
): [length: number, reach: number] {
  if (mode === "full") return [n + k - 1, k - 1];
  if (mode === "valid") return [n - k + 1, 0];
  const centre = (k - 1) >> 1;
  return [n, convolve ? k - 1 - centre : centre];
}
