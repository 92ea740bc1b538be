/**
 * The body of a parallel loop, exported: so it travels by reference, and nothing need be read of its surroundings.
 *
 * @module
 */

import { fft2 } from "@multicore/multicore/kernels";
import type { NDArray } from "@multicore/multicore/shared";

/** Transforms one image of a stack. */
export function transform(i: number, images: NDArray, out: NDArray<"complex128">): void {
  fft2(images.at(i), { out: out.at(i) });
}
