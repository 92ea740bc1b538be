/**
 * Determinants of the slices of a (10, 10, count) tensor: NumPy's `linalg.det` of each.
 *
 * @module
 */

import { dets } from "../../kernels/determinant.ts";
import * as parallel from "../../kernels/parallel.ts";
import { NDArray } from "../../shared/ndarray.ts";
import type { Comparison } from "./comparison.ts";
import { fillUniform } from "./input.ts";
import { FOUR_WAYS, openMatrices } from "./matrices.ts";
import { determinant as each, determinantAt as inPlace } from "./tasks.ts";

const ORDER = 10;

/** The comparison. */
export const determinants: Comparison = {
  name: "determinants",
  title: `Determinants of ${ORDER} x ${ORDER} matrices`,
  size: { label: "number of matrices", unit: "count" },
  time: "time per matrix",
  itemsOf: (size) => size,
  sizes: "10:100000",
  here: FOUR_WAYS,
  python: [
    { id: "numpy-loop", label: "NumPy det, loop", look: "baseline" },
    { id: "numpy-stack", label: "NumPy det, stack", look: "whole" },
    { id: "multiprocessing", label: "multiprocessing.Pool", look: "copies", against: "numpy-loop" },
    { id: "numba", label: "numba prange", look: "loop", against: "numpy-stack" },
  ],
  isSameInPython: true,
  open(size, pool) {
    const tensor = NDArray.shared([ORDER, ORDER, size]);
    fillUniform(tensor.data, 3);
    const stack = tensor.transpose(2, 0, 1); // the slices of the tensor, where they lie
    return openMatrices({
      stack,
      owner: tensor,
      makeOut: (isShared) => isShared ? NDArray.shared([size]) : NDArray.zeros([size]),
      whole: (out) => dets(stack, { out }),
      parallel: (pool, out) => parallel.dets(pool, stack, { out }),
      each,
      inPlace,
    }, pool);
  },
};
