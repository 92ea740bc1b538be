/**
 * Numeric kernels: linear algebra, correlations, Fourier transforms, in this thread. The same over a pool of
 * workers are in `@multicore/multicore/kernels/parallel`.
 *
 * All take arrays of any number of axes: those that a kernel does not work along are a stack. All read arrays
 * with any strides in place, write into `out` if one is given, and return an unshared array if none is.
 * Semantics, shapes and edge cases are those of NumPy and SciPy.
 *
 * @example Determinants, a correlation, a transform
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { autocorrelate2d, det, fft2 } from "@multicore/multicore/kernels";
 *
 * const a = [[2, 1], [0, 3]];
 * assertEquals(det(a), 6);
 * assertEquals(autocorrelate2d(a).get(1, 1), 14);
 * assertEquals(fft2(a).get(0, 0), [6, 0]);
 * ```
 *
 * @module
 */

export * from "./determinant.ts";
export * from "./linalg.ts";
export * from "./linalg_error.ts";
export * from "./correlate2d.ts";
export * from "./fft.ts";
export * from "./fft2.ts";
export * from "./fftn.ts";
export * from "./fft_bins.ts";
export { type KernelBackend, kernelBackend, setKernelBackend } from "./backend.ts";
export type {
  ArrayInput,
  ComplexDType,
  ComplexOf,
  DTypeIn,
  RealDType,
  RealOf,
  ResultOf,
  SingleDType,
} from "./_arguments.ts";
