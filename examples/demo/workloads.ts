/**
 * The demo's three workloads: random input in shared memory, and two ways from it to the answer.
 *
 * @module
 */

import { NDArray, type Pool } from "@multicore/multicore";
import { autocorrelate2d, dets, fft2 } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { checkAutocorrelations, checkDeterminants, checkTransforms } from "./checks.ts";

/** Matrices, and what is computed of each. */
export interface Workload extends Disposable {
  /** What it is, in a line. */
  readonly title: string;
  /** How many matrices. */
  readonly count: number;
  /** Where one thread, and where the pool, writes its answer. */
  readonly answers: readonly [NDArray, NDArray];
  /** Computes the answer in this thread. */
  sequential(): void;
  /** Computes the answer by a pool. */
  parallel(pool: Pool): Promise<void>;
  /** Holds this thread's answer against a slow and simple way, on samples; says what it found. */
  check(): string;
}

/** What makes the workloads, for a factor on the number of matrices. */
export const WORKLOADS: readonly ((scale: number) => Workload)[] = [
  determinants,
  autocorrelations,
  transforms,
];

function determinants(scale: number): Workload {
  const count = scaled(100_000, scale);
  const tensor = randomIntegers(NDArray.shared([10, 10, count]), 1);
  const stack = tensor.transpose(2, 0, 1); // the slices of the tensor, where they lie
  const one = NDArray.zeros(count), many = NDArray.shared(count);
  return {
    title: `Determinants of ${matrices(count)} of 10 x 10, the slices of a (10, 10, ${count}) tensor`,
    count,
    answers: [one, many],
    sequential: () => void dets(stack, { out: one }),
    parallel: async (pool) => void await parallel.dets(pool, stack, { out: many }),
    check: () => checkDeterminants(stack, one),
    [Symbol.dispose]: () => dispose(tensor, many),
  };
}

function autocorrelations(scale: number): Workload {
  const count = scaled(30, scale);
  const images = randomIntegers(NDArray.shared([count, 100, 100], "int32"), 2);
  const one = NDArray.zeros([count, 199, 199]), many = NDArray.shared([count, 199, 199]);
  return {
    title: `Autocorrelation of ${matrices(count, "integer ")} of 100 x 100, at all 199 x 199 lags`,
    count,
    answers: [one, many],
    sequential: () => void autocorrelate2d(images, { out: one }),
    parallel: async (pool) => void await parallel.autocorrelate2d(pool, images, { out: many }),
    check: () => checkAutocorrelations(images, one),
    [Symbol.dispose]: () => dispose(images, many),
  };
}

function transforms(scale: number): Workload {
  const count = scaled(500, scale);
  const images = randomIntegers(NDArray.shared([count, 100, 100], "int32"), 3);
  const one = NDArray.zeros([count, 100, 100], "complex128");
  const many = NDArray.shared([count, 100, 100], "complex128");
  return {
    title: `Fourier transform of ${matrices(count, "integer ")} of 100 x 100`,
    count,
    answers: [one, many],
    sequential: () => void fft2(images, { out: one }),
    parallel: async (pool) => void await parallel.fft2(pool, images, { out: many }),
    check: () => checkTransforms(images, one),
    [Symbol.dispose]: () => dispose(images, many),
  };
}

function scaled(count: number, scale: number): number {
  return Math.max(1, Math.round(count * scale));
}

function matrices(count: number, kind = ""): string {
  return `${count.toLocaleString("en-US")} ${kind}${count === 1 ? "matrix" : "matrices"}`;
}

function dispose(...arrays: NDArray[]): void {
  for (const array of arrays) array[Symbol.dispose]();
}

/** Fills an array with integers from 0 to 99, the same for the same seed. */
function randomIntegers<A extends NDArray<"float64"> | NDArray<"int32">>(array: A, seed: number): A {
  const { data } = array;
  let state = seed;
  for (let i = 0; i < data.length; i++) {
    // Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014), in 32 bits: mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    data[i] = Math.floor(((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32 * 100);
  }
  return array;
}
