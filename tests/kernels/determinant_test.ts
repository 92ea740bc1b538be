/**
 * Determinants against exact ones, the cofactor expansion, and identities.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { det, dets } from "@multicore/multicore/kernels";
import { type DType, NDArray } from "@multicore/multicore/shared";
import { assertType, type IsExact } from "@std/testing/types";
import { checkDeterminants, determinantsJob } from "../../kernels/_determinants.ts";
import {
  assertSameBits,
  cofactorDeterminant,
  filled,
  randomIntegers,
  randomSource,
  relativeError,
} from "../_oracle.ts";
import { decode, doubles, golden, type GoldenArray } from "./_golden.ts";

const EPSILON = Number.EPSILON;

interface GoldenCase {
  readonly name: string;
  readonly n: number;
  readonly count: number;
  readonly stack: GoldenArray;
  readonly numpy: GoldenArray;
  readonly exact: GoldenArray;
  readonly hadamard: GoldenArray;
}

const cases: GoldenCase[] = golden("dets").cases;

/** Random matrices. */
function matrices(seed: number, ...shape: number[]): NDArray<"float64"> {
  return filled(NDArray.zeros(shape), randomSource(seed));
}

/** The product of two matrices. */
function product(a: NDArray<"float64">, b: NDArray<"float64">): NDArray<"float64"> {
  const n = a.shape[0], result = NDArray.zeros([n, n]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a.get(i, k) * b.get(k, j);
      result.set(sum, i, j);
    }
  }
  return result;
}

Deno.test("det() of matrices worked by hand", () => {
  assertStrictEquals(det([[7]]), 7);
  assertStrictEquals(det([[2, 1], [0, 3]]), 6);
  assertStrictEquals(det([[0, 1], [1, 0]]), -1);
  assertStrictEquals(det([[2, 0, 0], [0, 0, 3], [0, 4, 0]]), -24);
  assertStrictEquals(det([[1, 2], [2, 4]]), 0);
  assertStrictEquals(det(NDArray.zeros([0, 0])), 1);
  assertStrictEquals(det(NDArray.zeros([3, 3])), 0);
});

Deno.test("dets() agrees with the exact determinants of the golden data, and with NumPy", () => {
  for (const { name, n, stack, numpy, exact, hadamard } of cases) {
    const result = dets(decode(stack)).data as Float64Array;
    const exactly = doubles(exact.b64), numpys = doubles(numpy.b64), scale = doubles(hadamard.b64);
    result.forEach((d, i) => {
      const where = `${name}[${i}]: ${d}, exactly ${exactly[i]}, NumPy ${numpys[i]}`;
      if (!Number.isFinite(exactly[i])) return assert(Object.is(d, numpys[i]), where);
      const bound = Number.isFinite(scale[i]) && scale[i] > 0 ? scale[i] : Math.abs(exactly[i]);
      assert(
        Math.abs(d - exactly[i]) <= Math.max(8 * n * EPSILON * bound, 4 * EPSILON * Math.abs(exactly[i])),
        where,
      );
      if (name.startsWith("normal")) assert(Math.abs(d - numpys[i]) <= 1e-11 * Math.abs(numpys[i]), where);
      if (name.startsWith("permutation")) assertStrictEquals(d, exactly[i], where);
    });
  }
});

Deno.test("dets() reads the (n, n, count) layout in place, to the same bits", () => {
  for (const { stack } of cases) {
    const first = decode(stack), last = NDArray.from(first.transpose(1, 2, 0));
    assertSameBits(dets(last.transpose(2, 0, 1)), dets(first));
  }
});

Deno.test("det() agrees with the cofactor expansion", () => {
  for (let n = 0; n <= 6; n++) {
    const a = matrices(n + 1, n, n);
    assert(Math.abs(det(a) - cofactorDeterminant(a.toArray())) < 1e-15);
  }
});

Deno.test("det() of whole numbers is whole up to rounding, for every integer type", () => {
  const rows = [[3, 1, 2], [1, 4, 1], [5, 0, 6]];
  for (const dtype of ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const) {
    const a = NDArray.from(rows, undefined, dtype as DType);
    assertEquals(Math.round(det(a) as number), cofactorDeterminant(rows));
    assertEquals(dets(a).dtype, "float64");
  }
});

Deno.test("det(A B) is det(A) det(B), for orders below and above the written-out ones", () => {
  for (const n of [1, 2, 5, 11, 12, 13, 14, 17, 32, 33, 65]) {
    const a = matrices(n, n, n), b = matrices(n + 100, n, n);
    const expected = det(a) * det(b), actual = det(product(a, b));
    assert(Math.abs(actual - expected) <= 1e-10 * Math.abs(expected), `order ${n}: ${actual}, ${expected}`);
  }
});

Deno.test("det() is exactly 0 for a zero column, and exactly the sign for a permutation", () => {
  for (const n of [2, 7, 12, 13, 40]) {
    const a = matrices(n, n, n);
    a.slice(null, n >> 1).fill(0);
    assertStrictEquals(det(a), 0);
    // A cycle of n: its sign is (-1)^(n - 1).
    const cycle = NDArray.zeros([n, n]);
    for (let i = 0; i < n; i++) cycle.set(1, i, (i + 1) % n);
    assertStrictEquals(det(cycle), n % 2 === 0 ? -1 : 1);
  }
});

Deno.test("det() neither overflows nor underflows on the way", () => {
  const diagonal = (...items: number[]) => {
    const a = NDArray.zeros([items.length, items.length]);
    items.forEach((x, i) => a.set(x, i, i));
    return a;
  };
  const close = (actual: number, expected: number) =>
    assert(Math.abs(actual - expected) <= 4 * EPSILON * Math.abs(expected), `${actual}, ${expected}`);
  close(det(diagonal(1e200, 1e200, 1e-200, 1e-200)), 1);
  close(det(diagonal(1e-200, 1e-200, 1e200, 1e200)), 1);
  // The partial product is a subnormal number, which has lost digits.
  close(det(diagonal(1.2345e-160, 1e-160, 1e200)), 1.2345e-120);
  assertStrictEquals(det(diagonal(...Array(20).fill(2 ** -170), ...Array(20).fill(2 ** 170))), 1);
  close(det(diagonal(5e-324, 1e300, 1e20)), 5e-324 * 1e300 * 1e20);
  // Here already the elimination would overflow.
  const large = [[1.5e308, -1.5e308, 0, 0], [1.5e308, 1.5e308, 0, 0], [0, 0, 1e-200, 0], [0, 0, 0, 1e-200]];
  close(det(large), 4.5e216);
  assertStrictEquals(det(diagonal(1e200, 1e200)), Infinity);
  assertStrictEquals(det(diagonal(1e-200, 1e-200)), 0);
});

Deno.test("det() lets NaN and infinities flow through", () => {
  assert(Number.isNaN(det([[NaN, 1], [1, 1]])));
  assert(Number.isNaN(det([[1, 1], [1, NaN]])));
  assertStrictEquals(det([[Infinity, 0], [0, 2]]), Infinity);
  const large = matrices(3, 20, 20);
  large.set(NaN, 7, 9);
  assert(Number.isNaN(det(large)));
});

Deno.test("dets() takes any number of leading axes", () => {
  const stack = matrices(5, 3, 2, 4, 5, 5), result = dets(stack);
  assertEquals(result.shape, [3, 2, 4]);
  assertStrictEquals(result.get(2, 1, 3), det(stack.slice(2, 1, 3)));
  assertEquals(dets(matrices(1, 4, 4)).shape, []);
  assertEquals(dets(NDArray.zeros([0, 3, 3])).shape, [0]);
  assertEquals(dets(NDArray.zeros([2, 0, 0])).toArray(), [1, 1]);
});

Deno.test("dets() reads any strides as a copy would give them", () => {
  const cube = matrices(6, 9, 8, 9, 10);
  const views = [
    cube.slice(0, null, null, [0, 9]).transpose(0, 1, 2),
    cube.slice(null, [null, null, -1], null, [9, 0, -1]),
    cube.slice(null, null, null, [0, 9]).transpose(1, 2, 0, 3).slice([null, null, 2], [0, 9, 1]),
    cube.transpose(3, 1, 2, 0),
    cube.transpose(1, 3, 0, 2),
    cube.slice([null, null, -2], 0, [null, null, 2], [0, 5]).transpose(1, 0, 2).slice(null, [0, 5]),
  ];
  for (const view of views) {
    assertSameBits(dets(view), dets(NDArray.from(view)));
  }
});

Deno.test("dets() gives the same bits for every split of its units", () => {
  for (const shape of [[100, 10, 10], [7, 9, 30, 30]]) {
    const stack = matrices(7, ...shape), whole = dets(stack);
    const parts = NDArray.zeros(whole.shape);
    const job = determinantsJob(checkDeterminants(stack, parts, NDArray.zeros));
    for (const [from, to] of [[50, job.units], [0, 1], [1, 17], [17, 50]]) job.run(from, to);
    assertSameBits(parts, whole);
  }
});

Deno.test("dets() keeps the precision of its input", () => {
  const single = NDArray.from(matrices(8, 6, 7, 7), undefined, "float32");
  const result = dets(single);
  assertType<IsExact<typeof result, NDArray<"float32">>>(true);
  assertEquals(result.dtype, "float32");
  assertEquals(result.data, new Float32Array(dets(NDArray.from(single, undefined, "float64")).data));
});

Deno.test("det() of complex matrices", () => {
  const a = NDArray.from([[[1, 1], [2, 0]], [[0, 3], [1, -1]]], undefined, "complex128");
  assertType<IsExact<ReturnType<typeof det<typeof a>>, [re: number, im: number]>>(true);
  const [re, im] = det(a); // (1 + i)(1 - i) - 2 · 3i
  assert(Math.hypot(re - 2, im + 6) < 1e-15);
  assertEquals(det(NDArray.zeros([2, 2], "complex128")), [0, 0]);
  assertEquals(det(NDArray.zeros([0, 0], "complex64")), [1, 0]);
  assertEquals(dets(NDArray.zeros([4, 2, 2], "complex64")).dtype, "complex64");
});

Deno.test("det() of a complex matrix is the root of the determinant of its real form, up to its phase", () => {
  // The real matrix [[re, -im], [im, re]] has determinant |det|².
  for (const n of [1, 2, 3, 8, 15]) {
    const z = filled(NDArray.zeros([n, n], "complex128"), randomSource(n)),
      real = NDArray.zeros([2 * n, 2 * n]);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const [re, im] = z.get(i, j);
        real.set(re, i, j), real.set(re, n + i, n + j), real.set(-im, i, n + j), real.set(im, n + i, j);
      }
    }
    const [re, im] = det(z), square = det(real);
    assert(Math.abs(re * re + im * im - square) <= 1e-12 * square);
    const conjugate = det(filled(NDArray.zeros([n, n], "complex128"), randomSource(n)).transpose());
    assert(Math.hypot(conjugate[0] - re, conjugate[1] - im) <= 1e-13 * Math.hypot(re, im));
  }
});

Deno.test("dets() writes into out and nowhere else", () => {
  const stack = matrices(9, 5, 3, 3), expected = dets(stack);
  const board = NDArray.zeros([7, 3]).fill(1234);
  const out = board.slice([1, 6], 1);
  assertStrictEquals(dets(stack, { out }) as unknown, out);
  assertEquals(out.toArray(), expected.toArray());
  assertEquals((board.data as Float64Array).filter((x) => x === 1234).length, 7 * 3 - 5);
});

Deno.test("dets() refuses an out that does not fit", () => {
  const stack = NDArray.zeros([5, 3, 3]);
  assertThrows(() => dets(stack, { out: NDArray.zeros([4]) }), RangeError, "shape [4]");
  assertThrows(() => dets(stack, { out: NDArray.zeros([5, 1]) }), RangeError, "shape [5, 1]");
  assertThrows(() => dets(stack, { out: NDArray.zeros([5], "float32") }), RangeError, "float32");
  assertThrows(() => dets(stack, { out: stack.slice(null, 0, 0) }), RangeError, "memory");
  assertThrows(() => dets(stack, { out: [0] as unknown as NDArray }), TypeError);
  // Interleaved, but apart.
  const board = matrices(3, 5, 3, 4);
  dets(board.slice(null, null, [0, 3]), { out: board.slice(null, 0, 3) });
});

Deno.test("det() and dets() refuse what has no determinant", () => {
  assertThrows(() => det([[1, 2, 3], [4, 5, 6]]), RangeError, "square");
  assertThrows(() => det([1, 2]), RangeError, "shape [2]");
  assertThrows(() => det(NDArray.zeros([2, 2, 2])), RangeError, "dets");
  assertThrows(() => dets(NDArray.zeros([2, 3])), RangeError, "square");
  assertThrows(() => dets(5), RangeError);
  assertThrows(() => det("matrix" as unknown as number), TypeError);
});

Deno.test("dets() of random whole numbers agrees with the cofactor expansion", () => {
  const stack = filled(NDArray.zeros([40, 5, 5], "int32"), randomIntegers(11, -20, 20));
  const expected = [...stack].map((a) => cofactorDeterminant(a.toArray()));
  assert(relativeError(dets(stack).data, expected) < 1e-15);
});
