/**
 * The linear algebra of `@multicore/multicore/kernels/parallel`.
 */

import type { Pool } from "../pool/pool.ts";
import { NDArray } from "../shared/ndarray.ts";
import type { ArrayInput, ResultOf } from "./_arguments.ts";
import { checkLogDeterminants } from "./_determinants.ts";
import { checkInv, checkLu, checkRegular, checkSolve } from "./_linalg_call.ts";
import { type KernelCall, runCall } from "./_tasks.ts";
import type {
  InvOptions,
  LuOptions,
  LuResult,
  SlogdetOptions,
  SlogdetResult,
  Solution,
  SolveOptions,
} from "./linalg.ts";

/**
 * The signs of determinants and the logarithms of their sizes, as `slogdet` of `@multicore/multicore/kernels`
 * gives them.
 *
 * @param pool The workers.
 * @param a The matrices, in the last two axes, or nested arrays of numbers.
 * @param options Where the results go.
 * @returns Signs and logarithms, in shared memory; the arrays of `options.out` when given.
 * @throws {RangeError} If the last two axes are not equally long, or there are fewer than two.
 * @throws {RangeError} If an array of `options.out` has another shape or dtype, or shares memory with another.
 * @throws {TypeError} If `a` is neither an array nor nested arrays of numbers.
 *
 * @example Decompositions, equations and inverses on two cores
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inv, lu, slogdet, solve } from "@multicore/multicore/kernels/parallel";
 * import { Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(2);
 * const stack = [[[2, 0], [0, 4]], [[0, 1], [1, 0]]];
 * const { sign, logabsdet } = await slogdet(pool, stack);
 * assertEquals([sign.toArray(), logabsdet.toArray()], [[1, -1], [Math.log(8), 0]]);
 * const { p } = await lu(pool, stack, { pIndices: true });
 * assertEquals(p.toArray(), [[0, 1], [1, 0]]);
 * using solutions = await solve(pool, stack, [2, 8]);
 * assertEquals(solutions.toArray(), [[1, 2], [8, 2]]);
 * using inverses = await inv(pool, stack);
 * assertEquals(inverses.at(0).toArray(), [[0.5, 0], [0, 0.25]]);
 * for (const array of [sign, logabsdet, p]) array[Symbol.dispose]();
 * ```
 */
export async function slogdet<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: SlogdetOptions = {},
): Promise<SlogdetResult<A>> {
  const call = checkLogDeterminants(a, options.out ?? {}, NDArray.shared);
  await runCall(pool, { kernel: "logDeterminants", call });
  const { sign, logabsdet } = call;
  return { sign, logabsdet } as unknown as SlogdetResult<A>;
}

/**
 * Decomposes matrices into a permutation and two triangles, as `lu` of `@multicore/multicore/kernels` does.
 *
 * @param pool The workers.
 * @param a The matrices, in the last two axes, or nested arrays of numbers.
 * @param options Form of the permutations, destination.
 * @returns The factors, in shared memory; the arrays of `options.out` when given.
 * @throws {RangeError} If `a` has fewer than two axes.
 * @throws {RangeError} If an array of `options.out` has another shape or dtype, or shares memory with another.
 * @throws {TypeError} If `a` is neither an array nor nested arrays of numbers, or `pIndices` no boolean.
 */
export async function lu<A extends ArrayInput, I extends boolean = false>(
  pool: Pool,
  a: A,
  options: LuOptions<I> = {},
): Promise<LuResult<A, I>> {
  const call = checkLu(a, options, NDArray.shared);
  await runCall(pool, { kernel: "lu", call });
  const { p, l, u } = call;
  return { p, l, u } as unknown as LuResult<A, I>;
}

/**
 * Solves linear equations, as `solve` of `@multicore/multicore/kernels` does: each matrix in one worker.
 *
 * @param pool The workers.
 * @param a The matrices, in the last two axes, or nested arrays of numbers.
 * @param b The right sides: a vector, or matrices.
 * @param options Where the result goes.
 * @returns The solutions, in shared memory; `options.out` itself when given.
 * @throws {LinAlgError} If a matrix is singular; its `index` tells which. `options.out` holds anything then.
 * @throws {RangeError} If the matrices are not square, the right sides have another number of rows, or the
 * stacks do not fit.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with an operand.
 * @throws {TypeError} If an operand is neither an array nor nested arrays of numbers.
 */
export async function solve<A extends ArrayInput, B extends ArrayInput>(
  pool: Pool,
  a: A,
  b: B,
  options: SolveOptions = {},
): Promise<Solution<A, B>> {
  const call = checkSolve(a, b, options.out, NDArray.shared);
  await runRegular(pool, { kernel: "solve", call }, "solve equations with", options.out);
  return call.out as unknown as Solution<A, B>;
}

/**
 * Inverts square matrices, as `inv` of `@multicore/multicore/kernels` does: each in one worker.
 *
 * @param pool The workers.
 * @param a The matrices, in the last two axes, or nested arrays of numbers.
 * @param options Where the result goes.
 * @returns The inverses, in shared memory; `options.out` itself when given.
 * @throws {LinAlgError} If a matrix is singular; its `index` tells which. `options.out` holds anything then.
 * @throws {RangeError} If the last two axes are not equally long, or there are fewer than two.
 * @throws {RangeError} If `options.out` has another shape or dtype, or shares memory with `a`.
 * @throws {TypeError} If `a` is neither an array nor nested arrays of numbers.
 */
export async function inv<A extends ArrayInput>(
  pool: Pool,
  a: A,
  options: InvOptions = {},
): Promise<ResultOf<A>> {
  const call = checkInv(a, options.out, NDArray.shared);
  await runRegular(pool, { kernel: "inv", call }, "invert", options.out);
  return call.out as unknown as ResultOf<A>;
}

/** Runs a call that a singular matrix makes fail: its memory is given back then, `given` not. */
async function runRegular(
  pool: Pool,
  job: Extract<KernelCall, { readonly kernel: "solve" | "inv" }>,
  deed: string,
  given: NDArray | undefined,
): Promise<void> {
  await runCall(pool, job);
  const { out, singular } = job.call;
  try {
    checkRegular(deed, job.call);
  } catch (error) {
    if (out !== given) out[Symbol.dispose]();
    throw error;
  } finally {
    singular[Symbol.dispose]();
  }
}
