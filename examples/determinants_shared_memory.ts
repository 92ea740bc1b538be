/**
 * Determinants of the slices of a (5, 5, 12) tensor in a `SharedMemory`, which the workers attach to by its name.
 *
 * A call carries the name and the numbers of some slices, dealt by `split`; no element is copied. Slice k is the unit
 * matrix plus k everywhere, so its determinant is 1 + 5 k.
 *
 * Run: deno run --allow-read examples/determinants_shared_memory.ts
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

/** The determinants of some slices of the tensor in the memory of that name. */
export const determinants = task(import.meta, "determinants", (name: string, slices: number[]) => {
  using memory = SharedMemory.attach(name);
  const tensor = NDArray.over(memory, SHAPE);
  return slices.map((k) => det(tensor.slice(null, null, k)));
});

// The workers import this file too, for its task; what follows is for the main thread alone.
if (import.meta.main) {
  using memory = SharedMemory.create(5 * 5 * 12 * Float64Array.BYTES_PER_ELEMENT, { name: "tensor" });
  const tensor = NDArray.over(memory, SHAPE);
  for (let k = 0; k < 12; k++) {
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) tensor.set(i === j ? k + 1 : k, i, j, k);
    }
  }

  await using pool = new Pool();
  const parts = split(Array(12).keys(), pool.size);
  const results = await pool.starmap(determinants, parts.map((slices) => ["tensor", slices] as const));

  const found: number[] = [];
  parts.forEach((slices, part) => slices.forEach((k, i) => found[k] = results[part][i]));
  console.log(found.map(Math.round).join(" "));
  const isRight = Array(12).keys().every((k) => Math.abs(found[k] - (1 + 5 * k)) < 1e-9);
  if (!isRight) throw new Error(`Wrong determinants: ${found.join(", ")}`);
}
