/**
 * Determinants of the slices of a (5, 5, 12) tensor in a `SharedMemory`, written into a second `SharedMemory`.
 *
 * Nothing but names and slice numbers travels, and nothing comes back: the workers read from one memory and write to
 * the other, each in places of its own, so that no lock is needed. Slice k is the unit matrix plus k everywhere, so its
 * determinant is 1 + 5 k.
 *
 * Run: deno run --allow-read examples/determinants_in_place.ts
 *
 * Prints:
 *
 *     1 6 11 16 21 26 31 36 41 46 51 56
 *
 * @module
 */

import { NDArray, Pool, SharedMemory, split, task } from "@multicore/multicore";
import { det } from "@multicore/multicore/kernels";

const SHAPE = [5, 5, 12];

/** Writes the determinants of some slices of `tensor` to the same places of `results`; both are names of memories. */
export const writeDeterminants = task(
  import.meta,
  "writeDeterminants",
  (tensor: string, results: string, slices: number[]) => {
    using input = SharedMemory.attach(tensor);
    using output = SharedMemory.attach(results);
    const matrices = NDArray.over(input, SHAPE), determinants = NDArray.over(output, 12);
    for (const k of slices) determinants.set(det(matrices.slice(null, null, k)), k);
  },
);

// The workers import this file too, for its task; what follows is for the main thread alone.
if (import.meta.main) {
  using input = SharedMemory.create(5 * 5 * 12 * Float64Array.BYTES_PER_ELEMENT, { name: "tensor" });
  using output = SharedMemory.create(12 * Float64Array.BYTES_PER_ELEMENT, { name: "determinants" });
  const tensor = NDArray.over(input, SHAPE);
  for (let k = 0; k < 12; k++) {
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) tensor.set(i === j ? k + 1 : k, i, j, k);
    }
  }

  await using pool = new Pool();
  const parts = split(Array(12).keys(), pool.size);
  await pool.starmap(
    writeDeterminants,
    parts.map((slices) => ["tensor", "determinants", slices] as const),
  );

  const determinants = [...output.view("float64")];
  console.log(determinants.map(Math.round).join(" "));
  const isRight = Array(12).keys().every((k) => Math.abs(determinants[k] - (1 + 5 * k)) < 1e-9);
  if (!isRight) throw new Error(`Wrong determinants: ${determinants.join(", ")}`);
}
