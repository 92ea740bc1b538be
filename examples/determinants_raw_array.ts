/**
 * Determinants of the slices of a (5, 5, 12) tensor that lies in a `RawArray`, handed to the workers' initializer.
 *
 * Each worker gets the array once, when it starts, and not a copy of it; the calls carry slice numbers only. Slice k
 * is the unit matrix plus k everywhere, so its determinant is 1 + 5 k.
 *
 * Run: deno run --allow-read examples/determinants_raw_array.ts
 *
 * Prints:
 *
 *     1 6 11 16 21 26 31 36 41 46 51 56
 *
 * @module
 */

import { NDArray, Pool, RawArray, task } from "@multicore/multicore";
import { det } from "@multicore/multicore/kernels";

const SHAPE = [5, 5, 12];

let tensor: NDArray; // in each worker its own variable, over the same memory

/** Runs in each worker before its first task. */
export const setTensor = task(import.meta, "setTensor", (elements: RawArray<"float64">) => {
  tensor = NDArray.over(elements.view, SHAPE);
});

/** The determinant of slice `k`. */
export const determinant = task(
  import.meta,
  "determinant",
  (k: number) => det(tensor.slice(null, null, k)),
);

// The workers import this file too, for its tasks; what follows is for the main thread alone.
if (import.meta.main) {
  using elements = new RawArray("float64", 5 * 5 * 12);
  const made = NDArray.over(elements.view, SHAPE);
  for (let k = 0; k < 12; k++) {
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) made.set(i === j ? k + 1 : k, i, j, k);
    }
  }

  await using pool = new Pool({ initializer: setTensor, initargs: [elements] });
  const determinants = await pool.map(determinant, Array(12).keys());

  console.log(determinants.map(Math.round).join(" "));
  const isRight = Array(12).keys().every((k) => Math.abs(determinants[k] - (1 + 5 * k)) < 1e-9);
  if (!isRight) throw new Error(`Wrong determinants: ${determinants.join(", ")}`);
}
