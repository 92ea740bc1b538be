/**
 * Determinants of the slices of a (5, 5, 12) tensor, without sharing: each slice is copied to the worker that gets it.
 *
 * The plainest way, and good enough where the work on a slice costs far more than to copy it. Slice k is the unit
 * matrix plus k everywhere, so its determinant is 1 + 5 k.
 *
 * Run: deno run --allow-read examples/determinants_copies.ts
 *
 * Prints:
 *
 *     1 6 11 16 21 26 31 36 41 46 51 56
 *
 * @module
 */

import { NDArray, Pool, task } from "@multicore/multicore";
import { det } from "@multicore/multicore/kernels";

/** The determinant of a matrix, which arrives as a copy. */
export const determinant = task(import.meta, "determinant", (matrix: NDArray) => det(matrix));

// The workers import this file too, for its task; what follows is for the main thread alone.
if (import.meta.main) {
  const tensor = NDArray.zeros([5, 5, 12]);
  for (let k = 0; k < 12; k++) {
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) tensor.set(i === j ? k + 1 : k, i, j, k);
    }
  }

  await using pool = new Pool();
  const determinants = await pool.map(determinant, tensor.transpose(2, 0, 1)); // goes over the slices

  console.log(determinants.map(Math.round).join(" "));
  const isRight = Array(12).keys().every((k) => Math.abs(determinants[k] - (1 + 5 * k)) < 1e-9);
  if (!isRight) throw new Error(`Wrong determinants: ${determinants.join(", ")}`);
}
