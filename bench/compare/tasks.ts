/**
 * What workers do in the comparisons; here, as workers import the module of a task.
 *
 * @module
 */

import { autocorrelate2d } from "../../kernels/correlate2d.ts";
import { det } from "../../kernels/determinant.ts";
import { fft2 } from "../../kernels/fft2.ts";
import { task } from "../../pool/task.ts";
import type { NDArray } from "../../shared/ndarray.ts";

/** The autocorrelation of a copied matrix. */
export const autocorrelation: (image: NDArray) => NDArray = task(
  import.meta,
  "autocorrelation",
  (image: NDArray): NDArray => autocorrelate2d(image),
);

/** The autocorrelation of a matrix of a stack, in place. */
export const autocorrelationAt: (i: number, images: NDArray, out: NDArray) => void = task(
  import.meta,
  "autocorrelationAt",
  (i: number, images: NDArray, out: NDArray): void => void autocorrelate2d(images.at(i), { out: out.at(i) }),
);

/** The transform of a copied matrix. */
export const transform: (image: NDArray) => NDArray = task(
  import.meta,
  "transform",
  (image: NDArray): NDArray => fft2(image),
);

/** The transform of a matrix of a stack, in place. */
export const transformAt: (i: number, images: NDArray, out: NDArray) => void = task(
  import.meta,
  "transformAt",
  (i: number, images: NDArray, out: NDArray): void => void fft2(images.at(i), { out: out.at(i) }),
);

/** The determinant of a copied matrix. */
export const determinant: (matrix: NDArray) => number = task(
  import.meta,
  "determinant",
  (matrix: NDArray): number => det(matrix) as number,
);

/** The determinant of a matrix of a stack, in place. */
export const determinantAt: (i: number, stack: NDArray, out: NDArray) => void = task(
  import.meta,
  "determinantAt",
  (i: number, stack: NDArray, out: NDArray): void => out.set(det(stack.at(i)) as number, i),
);

/** The last number of an array. */
export const last: (array: Float64Array) => number = task(
  import.meta,
  "last",
  (array: Float64Array): number => array[array.length - 1],
);

/** An array that came, sent back. */
export const back: (array: Float64Array) => Float64Array = task(
  import.meta,
  "back",
  (array: Float64Array): Float64Array => array,
);

/** Work of a known length: steps of a linear generator (Numerical Recipes), from a seed. */
export const spin: (seed: number, steps: number) => number = task(
  import.meta,
  "spin",
  (seed: number, steps: number): number => {
    let state = seed | 0;
    for (let i = 0; i < steps; i++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 0;
  },
);

/** The same, into an array. */
export const spinAt: (i: number, steps: number, out: Float64Array) => void = task(
  import.meta,
  "spinAt",
  (i: number, steps: number, out: Float64Array): void => void (out[i] = spin(i, steps)),
);
