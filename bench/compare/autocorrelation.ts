/**
 * Full autocorrelations of integer matrices of 100 x 100: SciPy's `correlate2d` of each with itself.
 *
 * @module
 */

import { autocorrelate2d } from "../../kernels/correlate2d.ts";
import * as parallel from "../../kernels/parallel.ts";
import { NDArray } from "../../shared/ndarray.ts";
import type { Comparison } from "./comparison.ts";
import { fillPixels } from "./input.ts";
import { FOUR_WAYS, openMatrices } from "./matrices.ts";
import { autocorrelation as each, autocorrelationAt as inPlace } from "./tasks.ts";

const SIDE = 100, LAGS = 2 * SIDE - 1;

/** The comparison. */
export const autocorrelation: Comparison = {
  name: "autocorrelation",
  title: `Autocorrelations of ${SIDE} x ${SIDE} matrices`,
  size: { label: "number of matrices", unit: "count" },
  time: "time per matrix",
  itemsOf: (size) => size,
  sizes: "1:300",
  here: FOUR_WAYS,
  python: [
    { id: "scipy-loop", label: "SciPy correlate2d", look: "baseline" },
    { id: "numpy-stack", label: "NumPy FFT, stack", look: "whole" },
    { id: "scipy-fft-loop", label: "SciPy correlate, FFT", look: "other" },
    { id: "multiprocessing", label: "multiprocessing.Pool", look: "copies", against: "scipy-loop" },
    { id: "numba", label: "numba prange", look: "loop", against: "scipy-loop" },
  ],
  isSameInPython: true,
  open(size, pool) {
    const images = NDArray.shared([size, SIDE, SIDE]), shape = [size, LAGS, LAGS];
    fillPixels(images.data, 1);
    return openMatrices({
      stack: images,
      owner: images,
      makeOut: (isShared) => isShared ? NDArray.shared(shape) : NDArray.zeros(shape),
      whole: (out) => autocorrelate2d(images, { out }),
      parallel: (pool, out) => parallel.autocorrelate2d(pool, images, { out }),
      each,
      inPlace,
    }, pool);
  },
};
