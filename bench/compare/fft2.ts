/**
 * Fourier transforms of integer matrices of 100 x 100: NumPy's `fft2` of each.
 *
 * @module
 */

import { fft2 as kernel } from "../../kernels/fft2.ts";
import * as parallel from "../../kernels/parallel.ts";
import { NDArray } from "../../shared/ndarray.ts";
import type { Comparison } from "./comparison.ts";
import { fillPixels } from "./input.ts";
import { FOUR_WAYS, openMatrices } from "./matrices.ts";
import { transform as each, transformAt as inPlace } from "./tasks.ts";

const SIDE = 100;

/** The comparison. */
export const fft2: Comparison = {
  name: "fft2",
  title: `Fourier transforms of ${SIDE} x ${SIDE} matrices`,
  size: { label: "number of matrices", unit: "count" },
  time: "time per matrix",
  itemsOf: (size) => size,
  sizes: "1:1000",
  here: FOUR_WAYS,
  python: [
    { id: "numpy-loop", label: "NumPy fft2, loop", look: "baseline" },
    { id: "scipy-stack", label: "SciPy fft2, stack", look: "whole" },
    { id: "scipy-workers", label: "SciPy fft2, threads", look: "other", against: "scipy-stack" },
    { id: "multiprocessing", label: "multiprocessing.Pool", look: "copies", against: "numpy-loop" },
  ],
  isSameInPython: true,
  open(size, pool) {
    const images = NDArray.shared([size, SIDE, SIDE]), { shape } = images;
    fillPixels(images.data, 2);
    return openMatrices({
      stack: images,
      owner: images,
      makeOut: (isShared) =>
        isShared ? NDArray.shared(shape, "complex128") : NDArray.zeros(shape, "complex128"),
      whole: (out) => kernel(images, { out: out as NDArray<"complex128"> }),
      parallel: (pool, out) => parallel.fft2(pool, images, { out: out as NDArray<"complex128"> }),
      each,
      inPlace,
    }, pool);
  },
};
