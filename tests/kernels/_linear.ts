/**
 * What the tests of linear algebra have in common: random matrices, their products, norms and distances.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { NDArray } from "@multicore/multicore/shared";
import { type Complex, filled, randomSource } from "../_oracle.ts";

/** Random matrices. */
export function matrices(seed: number, ...shape: number[]): NDArray<"float64"> {
  return filled(NDArray.zeros(shape), randomSource(seed));
}

/** Random complex matrices. */
export function complexes(seed: number, ...shape: number[]): NDArray<"complex128"> {
  return filled(NDArray.zeros(shape, "complex128"), randomSource(seed));
}

/** An element as a complex number. */
export function at(a: NDArray, ...index: number[]): Complex {
  const element = a.get(...index);
  return Array.isArray(element) ? element as Complex : [Number(element), 0];
}

/** The product of two matrices, real or complex. */
export function product(a: NDArray, b: NDArray): NDArray<"complex128"> {
  const [m, n] = a.shape, k = b.shape[1], result = NDArray.zeros([m, k], "complex128");
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < k; j++) {
      let re = 0, im = 0;
      for (let t = 0; t < n; t++) {
        const [ar, ai] = at(a, i, t), [br, bi] = at(b, t, j);
        re += ar * br - ai * bi, im += ar * bi + ai * br;
      }
      result.set([re, im], i, j);
    }
  }
  return result;
}

/** Root of the sum of the squares of all parts. */
export function norm(a: NDArray): number {
  return Math.hypot(...a.copy().data as Float64Array);
}

/** Norm of the difference of two arrays of one shape, real or complex. */
export function distance(a: NDArray, b: NDArray): number {
  assertEquals(a.shape, b.shape);
  const x = NDArray.from(a, undefined, "complex128").data, y = NDArray.from(b, undefined, "complex128").data;
  return Math.hypot(...x.map((part, i) => part - y[i]));
}
