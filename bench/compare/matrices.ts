/**
 * A kernel over many matrices, in four ways: in this thread, in a pool that gets copies, in a pool over shared memory,
 * and as a parallel loop.
 *
 * @module
 */

import type { Pool } from "../../pool/pool.ts";
import type { NDArray } from "../../shared/ndarray.ts";
import type { Case, VariantInfo, Way } from "./comparison.ts";

/** The four ways. */
export const FOUR_WAYS: readonly VariantInfo[] = [
  { id: "sequential", label: "sequential", look: "baseline" },
  { id: "copies", label: "pool, copies", look: "copies", against: "sequential" },
  { id: "shared", label: "shared memory", look: "whole", against: "sequential" },
  { id: "prange", label: "prange", look: "loop", against: "sequential" },
];

/** A kernel, and its input of one size. */
export interface Kernel {
  /** The matrices, in shared memory. */
  readonly stack: NDArray<"float64">;
  /** What holds them. */
  readonly owner: NDArray;
  /** An answer to be written into, in shared memory or not. */
  makeOut(isShared: boolean): NDArray;
  /** All matrices, here. */
  whole(out: NDArray): unknown;
  /** All matrices, in the pool's workers. */
  parallel(pool: Pool, out: NDArray): Promise<unknown>;
  /** A matrix that was copied to a worker; a task. */
  readonly each: (matrix: NDArray) => NDArray | number;
  /** A matrix where it lies; a task. */
  readonly inPlace: (i: number, stack: NDArray, out: NDArray) => void;
}

/** Makes the case of a kernel. */
export function openMatrices(kernel: Kernel, pool: Pool): Case {
  const { stack } = kernel, count = stack.shape[0];
  const borrowed = new DisposableStack();
  borrowed.use(kernel.owner);
  const inShared = () => {
    const out = borrowed.use(kernel.makeOut(true));
    out.data.fill(NaN as never); // nothing may be right because another way left it there
    return out;
  };
  const ways: Record<string, () => Way> = {
    sequential: () => {
      const out = kernel.makeOut(false);
      return { run: () => kernel.whole(out), numbers: () => numbersOf(out) };
    },
    copies: () => {
      const matrices = [...stack].map((matrix) => matrix.copy());
      return {
        run: () => pool.map(kernel.each, matrices),
        numbers: (results) => joined(results as (NDArray | number)[]),
      } satisfies Way;
    },
    shared: () => {
      const out = inShared();
      return { run: () => kernel.parallel(pool, out), numbers: () => numbersOf(out) };
    },
    prange: () => {
      const out = inShared();
      return { run: () => pool.prange(count, kernel.inPlace, [stack, out]), numbers: () => numbersOf(out) };
    },
  };
  return { way: (id) => ways[id](), [Symbol.dispose]: () => borrowed.dispose() };
}

function numbersOf({ data }: NDArray): ArrayLike<number> {
  return data as Float64Array;
}

function joined(parts: readonly (NDArray | number)[]): ArrayLike<number> {
  const pieces = parts.map((part) => typeof part === "number" ? [part] : numbersOf(part));
  const all = new Float64Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
