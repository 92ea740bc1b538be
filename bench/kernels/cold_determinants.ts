/**
 * Determinants of 100,000 matrices of order 10, in a process of their own: how long does the first result take?
 *
 * @module
 */

import { dets } from "@multicore/multicore/kernels";
import { NDArray } from "@multicore/multicore/shared";
import { fillUniform } from "../compare/input.ts";

if (import.meta.main) {
  const tensor = NDArray.shared([10, 10, 100_000]);
  fillUniform(tensor.data, 3);
  console.log(dets(tensor.transpose(2, 0, 1)).get(0));
}
