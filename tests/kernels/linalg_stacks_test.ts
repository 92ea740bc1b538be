/**
 * Linear algebra on stacks: axes, strides, dtypes, destinations, and what is refused.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { inv, LinAlgError, lu, slogdet, solve } from "@multicore/multicore/kernels";
import { type DType, NDArray } from "@multicore/multicore/shared";
import { assertType, type IsExact } from "@std/testing/types";
import { checkLogDeterminants, logDeterminantsJob } from "../../kernels/_determinants.ts";
import { invJob, luJob, solveJob } from "../../kernels/_linalg.ts";
import { checkInv, checkLu, checkSolve } from "../../kernels/_linalg_call.ts";
import { assertSameBits, filled, randomIntegers } from "../_oracle.ts";
import { complexes, matrices } from "./_linear.ts";

Deno.test("LinAlgError names the first singular matrix of the stack", () => {
  const stack = matrices(4, 3, 200, 2, 2);
  for (const [i, j] of [[2, 5], [1, 199], [1, 198]]) stack.slice(i, j, 0).fill(0);
  const error = assertThrows(() => inv(stack), LinAlgError, "matrix [1, 198] of the stack");
  assertEquals([error.name, error.index], ["LinAlgError", [1, 198]]);
  assert(error instanceof Error);
  assertEquals(assertThrows(() => solve(stack, [1, 1]), LinAlgError).index, [1, 198]);
  // Of a matrix that is broadcast, its own place is told.
  const sides = matrices(5, 4, 3, 200, 2, 1);
  assertEquals(assertThrows(() => solve(stack, sides), LinAlgError).index, [1, 198]);
  const column = stack.slice(null, [198, 199]);
  assertEquals(assertThrows(() => solve(column, sides), LinAlgError).index, [1, 0]);
  assertEquals(assertThrows(() => solve(NDArray.zeros([2, 2]), sides), LinAlgError).index, []);
});

Deno.test("leading axes are stacks, those of solve() broadcast", () => {
  const stack = matrices(6, 3, 2, 5, 5), sides = matrices(7, 2, 5, 4);
  assertSameBits(inv(stack).slice(2, 1), inv(stack.slice(2, 1)));
  assertSameBits(slogdet(stack).logabsdet.slice(1, 0), slogdet(stack.slice(1, 0)).logabsdet);
  assertSameBits(lu(stack).u.slice(0, 1), lu(stack.slice(0, 1)).u);
  assertSameBits(lu(stack, { pIndices: true }).p.slice(0, 1), lu(stack.slice(0, 1), { pIndices: true }).p);
  const x = solve(stack, sides);
  assertEquals(x.shape, [3, 2, 5, 4]);
  assertSameBits(x.slice(2, 1), solve(stack.slice(2, 1), sides.at(1)));
  const many = solve(stack.slice(null, [0, 1]), matrices(8, 100, 1, 70, 5, 1));
  assertEquals(many.shape, [100, 3, 70, 5, 1]);
  assertSameBits(
    many.slice(99, 2, 69),
    solve(stack.slice(2, 0), matrices(8, 100, 1, 70, 5, 1).slice(99, 0, 69)),
  );
  const vector = solve(stack, [1, 2, 3, 4, 5]);
  assertEquals(vector.shape, [3, 2, 5]);
  assertSameBits(vector.slice(1, 1), solve(stack.slice(1, 1), [1, 2, 3, 4, 5]));
});

Deno.test("empty stacks and matrices of order 0 are as in NumPy", () => {
  assertEquals(inv(NDArray.zeros([0, 3, 3])).shape, [0, 3, 3]);
  assertEquals(inv(NDArray.zeros([2, 0, 0])).shape, [2, 0, 0]);
  const { sign, logabsdet } = slogdet(NDArray.zeros([2, 0, 0]));
  assertEquals([sign.toArray(), logabsdet.toArray()], [[1, 1], [0, 0]]);
  assertEquals(slogdet(NDArray.zeros([0, 0], "complex64")).sign.get(), [1, 0]);
  assertEquals(slogdet(NDArray.zeros([0, 4, 4])).sign.shape, [0]);
  assertEquals(solve(NDArray.zeros([0, 0]), NDArray.zeros([0, 3])).shape, [0, 3]);
  assertEquals(solve(NDArray.zeros([0, 2, 2]), NDArray.zeros([1, 2, 3])).shape, [0, 2, 3]);
  assertEquals(solve([[1]], NDArray.zeros([1, 0])).shape, [1, 0]);
  const { p, l, u } = lu(NDArray.zeros([2, 0]));
  assertEquals([p.toArray(), l.shape, u.shape], [[[1, 0], [0, 1]], [2, 0], [0, 0]]);
  assertEquals(lu(NDArray.zeros([0, 2])).u.shape, [0, 2]);
});

Deno.test("any strides are read as a copy would give them", () => {
  const cube = matrices(9, 9, 8, 9, 10), wide = complexes(10, 6, 5, 5, 6);
  const views = [
    cube.slice(0, null, null, [0, 9]),
    cube.slice(null, [null, null, -1], null, [9, 0, -1]),
    cube.slice(null, null, null, [0, 9]).transpose(1, 2, 0, 3).slice([null, null, 2], [0, 9, 1]),
    cube.transpose(3, 1, 2, 0).slice(null, null, null, [0, 9]),
    cube.slice([null, null, -2], 0, [null, null, 2], [0, 5]).transpose(1, 0, 2).slice(null, [0, 5]),
    wide.transpose(0, 3, 1, 2),
    wide.slice(null, 2, null, [null, null, -1]).slice(null, null, [0, 5]),
    wide.transpose(3, 2, 1, 0).slice(null, null, null, [5, 0, -1]),
  ] as NDArray[];
  for (const view of views) {
    const copy = view.copy(), n = view.shape.at(-1)!;
    assertSameBits(inv(view), inv(copy));
    assertSameBits(slogdet(view).sign, slogdet(copy).sign);
    for (const name of ["p", "l", "u"] as const) assertSameBits(lu(view)[name], lu(copy)[name]);
    const sides = matrices(11, 3, n + 1, n).transpose(1, 0, 2).slice([null, null, -1], [2, 0, -1]).transpose(
      2,
      0,
      1,
    );
    const right = sides.slice(null, [0, n]).slice(null, null, 1);
    assertSameBits(solve(view, right), solve(copy, right.copy()));
    const vector = sides.slice(null, 1, 1);
    assertSameBits(solve(view, vector), solve(copy, vector.copy()));
  }
  assertSameBits(
    slogdet(cube.slice(null, null, null, [0, 9])).logabsdet,
    slogdet(cube.slice(null, null, null, [0, 9]).copy()).logabsdet,
  );
});

Deno.test("every split of the units gives the same bits", () => {
  const stack = matrices(12, 7, 30, 6, 6), sides = matrices(13, 30, 6, 2), total = 210;
  const splits = [[150, total], [0, 1], [1, 17], [17, 150]];
  const check = (job: { units: number; run(from: number, to: number): void }, pairs: NDArray[][]) => {
    assertEquals(job.units, total);
    for (const [from, to] of splits) job.run(from, to);
    for (const [parts, whole] of pairs) assertSameBits(parts, whole);
  };
  const inverses = checkInv(stack, undefined, NDArray.zeros);
  check(invJob(inverses), [[inverses.out, inv(stack)]]);
  for (const [a, b] of [[stack, sides], [stack.slice(null, [0, 1]), sides]]) {
    const call = checkSolve(a, b, undefined, NDArray.zeros);
    check(solveJob(call), [[call.out, solve(a, b)]]);
  }
  const logs = checkLogDeterminants(stack, {}, NDArray.zeros);
  check(logDeterminantsJob(logs), [[logs.sign, slogdet(stack).sign], [
    logs.logabsdet,
    slogdet(stack).logabsdet,
  ]]);
  const factors = checkLu(stack, {}, NDArray.zeros), whole = lu(stack);
  check(luJob(factors), [[factors.p, whole.p], [factors.l, whole.l], [factors.u, whole.u]]);
});

Deno.test("results have the precision of the operands, and are rounded once", () => {
  const single = NDArray.from(matrices(14, 4, 7, 7), undefined, "float32");
  const double = NDArray.from(single, undefined, "float64");
  const rounded = (a: NDArray) => NDArray.from(a, undefined, "float32");
  const inverse = inv(single);
  assertType<IsExact<typeof inverse, NDArray<"float32">>>(true);
  assertSameBits(inverse, rounded(inv(double)));
  assertSameBits(slogdet(single).logabsdet, rounded(slogdet(double).logabsdet));
  assertSameBits(lu(single).u, rounded(lu(double).u));
  assertEquals([lu(single).p.dtype, lu(single, { pIndices: true }).p.dtype], ["float32", "int32"]);
  assertSameBits(solve(single, single), rounded(solve(double, double)));
  assertEquals(solve(single, [1, 2, 3, 4, 5, 6, 7]).dtype, "float64");
  const z = NDArray.zeros([2, 3, 3], "complex64");
  for (let i = 0; i < 3; i++) z.slice(null, i, i).fill([0, 2]);
  const logs = slogdet(z);
  assertType<IsExact<typeof logs.sign, NDArray<"complex64">>>(true);
  assertType<IsExact<typeof logs.logabsdet, NDArray<"float32">>>(true);
  assertEquals([logs.sign.dtype, logs.logabsdet.dtype, inv(z).dtype], ["complex64", "float32", "complex64"]);
  assertEquals([lu(z).p.dtype, lu(z).l.dtype], ["float32", "complex64"]);
  const mixed = solve(z, double.slice([0, 2], [0, 3]));
  assertType<IsExact<typeof mixed, NDArray<"complex64" | "complex128">>>(true);
  assertEquals(mixed.dtype, "complex128");
  const order = lu([[1]], { pIndices: true }).p;
  assertType<IsExact<typeof order, NDArray<"int32">>>(true);
});

Deno.test("integers of every type are read exactly", () => {
  const rows = filled(NDArray.zeros([3, 4, 4], "int32"), randomIntegers(15, 1, 99));
  const expected = inv(NDArray.from(rows, undefined, "float64"));
  for (const dtype of ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const) {
    const a = NDArray.from(rows.toArray(), undefined, dtype as DType);
    assertSameBits(inv(a), expected);
    assertSameBits(solve(a, a.at(0)), solve(NDArray.from(rows, undefined, "float64"), rows.at(0)));
  }
});

Deno.test("out gets the results and nothing else is written", () => {
  const stack = matrices(16, 5, 3, 3), board = NDArray.zeros([7, 5, 8]).fill(1234);
  const out = board.slice([1, 6], [0, 3], [1, 7, 2]);
  assertStrictEquals(inv(stack, { out }) as unknown, out);
  assertEquals(out.toArray(), inv(stack).toArray());
  assertStrictEquals(solve(stack, stack.at(1), { out }) as unknown, out);
  assertEquals(out.toArray(), solve(stack, stack.at(1)).toArray());
  assertEquals((board.data as Float64Array).filter((x) => x === 1234).length, 7 * 5 * 8 - 45);
  const sign = NDArray.shared([5]), signs = slogdet(stack, { out: { sign } });
  assertStrictEquals(signs.sign, sign);
  assertEquals(signs.sign.toArray(), slogdet(stack).sign.toArray());
  const p = NDArray.zeros([5, 3], "int32"), l = NDArray.zeros([5, 3, 3]), u = NDArray.zeros([5, 3, 3]);
  const factors = lu(stack, { pIndices: true, out: { p, l, u } });
  assert(factors.p === p && factors.l === l && factors.u === u);
  assertSameBits(u, lu(stack).u);
  sign[Symbol.dispose]();
});

Deno.test("out that does not fit is refused", () => {
  const stack = matrices(17, 5, 3, 3), zeros = NDArray.zeros;
  assertThrows(() => inv(stack, { out: zeros([5, 3]) }), RangeError, "shape [5, 3]");
  assertThrows(() => inv(stack, { out: zeros([5, 3, 3], "float32") }), RangeError, "float32");
  assertThrows(() => inv(stack, { out: stack }), RangeError, "memory");
  assertThrows(() => solve(stack, stack, { out: zeros([5, 3]) }), RangeError, "shape [5, 3]");
  assertThrows(() => solve(matrices(1, 5, 3, 3), stack, { out: stack }), RangeError, "memory");
  assertThrows(() => slogdet(stack, { out: { sign: zeros([4]) } }), RangeError, "shape [4]");
  const both = zeros([5]);
  assertThrows(() => slogdet(stack, { out: { sign: both, logabsdet: both } }), RangeError, "memory");
  assertThrows(() => lu(stack, { out: { p: zeros([5, 3], "int32") } }), RangeError, "int32");
  assertThrows(() => lu(stack, { pIndices: true, out: { p: zeros([5, 3, 3]) } }), RangeError, "float64");
  const triangle = zeros([5, 3, 3]);
  assertThrows(() => lu(stack, { out: { l: triangle, u: triangle } }), RangeError, "memory");
});

Deno.test("what is no matrix, or does not fit, is refused", () => {
  assertThrows(() => inv([[1, 2, 3], [4, 5, 6]]), RangeError, "square");
  assertThrows(() => inv([1, 2]), RangeError, "at least 2 axes");
  assertThrows(() => slogdet([[1, 2]]), RangeError, "square");
  assertThrows(() => slogdet(5), RangeError, "at least 2 axes");
  assertThrows(() => lu([1, 2]), RangeError, "at least 2 axes");
  assertThrows(() => lu([[1]], { pIndices: 1 as unknown as boolean }), TypeError, "pIndices");
  assertThrows(() => solve([[1, 2]], [1]), RangeError, "square");
  assertThrows(() => solve([[1]], 5), RangeError, "number");
  assertThrows(() => solve([[1, 0], [0, 1]], [1, 2, 3]), RangeError, "need 2 rows");
  // As in NumPy 2, several vectors are no stack of them.
  assertThrows(() => solve(matrices(1, 5, 2, 2), matrices(2, 5, 2)), RangeError, "last axis of length 1");
  assertThrows(() => solve(matrices(1, 5, 2, 2), matrices(2, 4, 2, 1)), RangeError, "[5] and [4]");
  assertThrows(() => inv("matrix" as unknown as number), TypeError);
});
