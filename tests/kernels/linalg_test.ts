/**
 * Decompositions, equations, inverses and logarithms of determinants against NumPy, SciPy, and what they are.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { det, dets, inv, LinAlgError, lu, slogdet, solve } from "@multicore/multicore/kernels";
import { NDArray } from "@multicore/multicore/shared";
import { assertSameBits } from "../_oracle.ts";
import { decode, golden, type GoldenArray } from "./_golden.ts";
import { at, complexes, distance, matrices, norm, product } from "./_linear.ts";

const EPSILON = Number.EPSILON;

interface GoldenCase {
  readonly name: string;
  readonly a: GoldenArray;
  readonly b?: GoldenArray;
  readonly sign: GoldenArray;
  readonly logabsdet: GoldenArray;
  readonly inv?: GoldenArray;
  readonly solve?: GoldenArray;
}

interface GoldenLu {
  readonly name: string;
  readonly a: GoldenArray;
  readonly p: GoldenArray;
  readonly l: GoldenArray;
  readonly u: GoldenArray;
}

const { cases, lu: lus }: { cases: GoldenCase[]; lu: GoldenLu[] } = golden("linalg");

/** The matrices of a stack, by NumPy's order. */
function eachMatrix(a: NDArray): NDArray[] {
  return a.shape.length === 2 ? [a] : [...a].flatMap(eachMatrix);
}

Deno.test("slogdet(), lu(), solve() and inv() of matrices worked by hand", () => {
  const a = [[0, 2], [4, 8]];
  const { sign, logabsdet } = slogdet(a);
  assertEquals([sign.get(), logabsdet.get()], [-1, Math.log(8)]);
  const { p, l, u } = lu(a);
  assertEquals([p.toArray(), l.toArray(), u.toArray()], [[[0, 1], [1, 0]], [[1, 0], [0, 1]], [[4, 8], [
    0,
    2,
  ]]]);
  assertEquals(solve(a, [2, 12]).toArray(), [1, 1]);
  assertEquals(solve(a, [[2, 0], [12, 4]]).toArray(), [[1, 1], [1, 0]]);
  assertEquals(inv(a).toArray(), [[-1, 0.25], [0.5, 0]]);
  const z = NDArray.from([[[0, 2], [0, 0]], [[0, 0], [0, -4]]], undefined, "complex128");
  assertEquals(inv(z).toArray(), [[[0, -0.5], [0, 0]], [[0, 0], [0, 0.25]]]);
  assertEquals(slogdet(z).sign.get(), [1, 0]);
  assertEquals(solve(z, [2, 4]).toArray(), [[0, -1], [0, 1]]);
});

Deno.test("slogdet() agrees with NumPy's on the golden data", () => {
  for (const { name, a, sign, logabsdet } of cases) {
    const array = decode(a), actual = slogdet(array), n = array.shape.at(-1)!;
    const ours = NDArray.from(actual.sign, undefined, "complex128").data;
    const theirs = NDArray.from(decode(sign), undefined, "complex128").data;
    const parts = decode(sign).dtype === "complex128" ? 1 : 2; // of real signs, the real parts
    ours.forEach((x, i) => {
      if (i % parts === 0) {
        assert(Object.is(x, theirs[i]) || Math.abs(x - theirs[i]) < 1e-13, `${name}: ${x}, ${theirs[i]}`);
      }
    });
    const logs = decode(logabsdet).data as Float64Array;
    (actual.logabsdet.data as Float64Array).forEach((x, i) => {
      const bound = 20 * n * EPSILON * Math.max(1, Math.abs(logs[i])) + (name === "hilbert_6" ? 1e-9 : 1e-13);
      assert(Object.is(x, logs[i]) || Math.abs(x - logs[i]) < bound, `${name}: ${x}, ${logs[i]}`);
    });
  }
});

Deno.test("inv() and solve() agree with NumPy's on the golden data", () => {
  for (const { name, a, b, inv: inverse, solve: solution } of cases) {
    const left = decode(a), n = left.shape.at(-1)!;
    if (!inverse) {
      assertThrows(() => inv(left), LinAlgError, "singular");
      continue;
    }
    const theirs = eachMatrix(decode(inverse)), mine = eachMatrix(inv(left));
    let condition = 1;
    eachMatrix(left).forEach((matrix, i) => {
      if (!Number.isFinite(norm(matrix))) {
        return assertEquals(mine[i].toArray(), theirs[i].toArray(), name);
      }
      const cond = norm(matrix) * norm(theirs[i]);
      condition = Math.max(condition, cond);
      assert(distance(mine[i], theirs[i]) <= 2 * n * EPSILON * cond * norm(theirs[i]), `inv ${name}`);
    });
    if (!b || !solution) continue;
    const x = solve(left, decode(b)), expected = decode(solution);
    if (!Number.isFinite(norm(left))) assertEquals(x.toArray(), expected.toArray(), name);
    else assert(distance(x, expected) <= 2 * n * EPSILON * condition * norm(expected), `solve ${name}`);
    assertEquals(x.dtype, expected.dtype);
  }
});

Deno.test("lu() agrees with SciPy's on the golden data", () => {
  for (const { name, a, p, l, u } of lus) {
    const array = decode(a), factors = lu(array);
    assertEquals(factors.p.toArray(), decode(p).toArray(), name);
    for (const [ours, theirs] of [[factors.l, decode(l)], [factors.u, decode(u)]]) {
      assertEquals(ours.dtype, theirs.dtype);
      assert(distance(ours, theirs) <= 200 * EPSILON * Math.max(1, norm(theirs)), name);
    }
  }
});

Deno.test("P L U is A, and so is L[p] U with the permutation as indices", () => {
  for (
    const [m, n] of [[1, 1], [2, 2], [3, 7], [7, 3], [12, 12], [13, 13], [16, 15], [33, 40], [40, 33], [
      65,
      65,
    ]]
  ) {
    for (const a of [matrices(m + n, m, n), complexes(m * n, m, n)]) {
      const { p, l, u } = lu(a), { p: order } = lu(a, { pIndices: true });
      const whole = product(l, u), rank = Math.min(m, n);
      assert(distance(product(p, whole), a) <= rank * EPSILON * norm(l) * norm(u), `${m}x${n}`);
      for (let i = 0; i < m; i++) {
        const row = order.get(i);
        assertStrictEquals(p.get(i, row), 1);
        assert(distance(whole.at(row), a.at(i)) <= rank * EPSILON * norm(l) * norm(u));
        for (let j = i; j < rank; j++) assertEquals(at(l, i, j), [i === j ? 1 : 0, 0]);
        for (let j = 0; j < Math.min(i, rank); j++) assert(Math.hypot(...at(l, i, j)) <= Math.SQRT2);
        for (let j = 0; i < rank && j < i && j < n; j++) assertEquals(at(u, i, j), [0, 0]);
      }
    }
  }
});

Deno.test("A inv(A) is the identity within n eps cond(A), below and above the blocks of the loops", () => {
  for (const n of [1, 2, 3, 4, 7, 12, 13, 32, 65, 100]) {
    for (const a of [matrices(n, n, n), complexes(n + 7, n, n)] as NDArray[]) {
      const inverse = inv(a), bound = n * EPSILON * norm(a) * norm(inverse), identity = NDArray.zeros([n, n]);
      for (let i = 0; i < n; i++) identity.set(1, i, i);
      assert(distance(product(a, inverse), identity) <= bound, `${n} ${a.dtype}`);
      assert(distance(product(inverse, a), identity) <= bound, `${n} ${a.dtype}`);
      assert(distance(solve(a, identity), inverse) <= bound * norm(inverse), `${n} ${a.dtype}`);
    }
  }
});

Deno.test("solve() leaves small residuals, for one right side and for many", () => {
  for (const n of [1, 2, 5, 12, 13, 40, 101]) {
    for (const columns of [1, 2, 3, 4, 5, 9]) {
      for (
        const [a, b] of [[matrices(n, n, n), matrices(columns, n, columns)], [
          complexes(n, n, n),
          complexes(columns, n, columns),
        ]] as NDArray[][]
      ) {
        const x = solve(a, b), { l, u } = lu(a);
        // Higham, "Accuracy and Stability of Numerical Algorithms" (2002), theorem 9.4.
        assert(
          distance(product(a, x), b) <= 4 * n * EPSILON * norm(l) * norm(u) * norm(x),
          `${n}, ${columns}`,
        );
      }
    }
    const a = matrices(n, n, n), b = matrices(n, n);
    assertSameBits(solve(a, b), solve(a, b.reshape([n, 1])).reshape([n]));
  }
});

Deno.test("slogdet() is the sign and the logarithm of det(), and goes on where that is out of range", () => {
  for (const n of [1, 2, 5, 12, 13, 30]) {
    const a = matrices(n, n, n), { sign, logabsdet } = slogdet(a), d = det(a);
    assertStrictEquals(sign.get(), Math.sign(d));
    assert(Math.abs(logabsdet.get() - Math.log(Math.abs(d))) < 1e-12);
    for (const factor of [1e150, 1e-150, 1e300]) {
      const scaled = NDArray.from(a.toArray<number[][]>().map((row) => row.map((x) => x * factor)));
      const result = slogdet(scaled), expected = logabsdet.get() + n * Math.log(factor);
      assertStrictEquals(result.sign.get(), sign.get());
      assert(Math.abs(result.logabsdet.get() - expected) < 1e-12 * Math.abs(expected), `${n} ${factor}`);
    }
    const z = complexes(n, n, n), complex = slogdet(z), [re, im] = det(z), size = Math.hypot(re, im);
    const [signRe, signIm] = complex.sign.get();
    assert(Math.hypot(signRe - re / size, signIm - im / size) < 1e-13);
    assert(Math.abs(complex.logabsdet.get() - Math.log(size)) < 1e-12);
  }
});

Deno.test("pivots near the ends of the range do no harm", () => {
  const close = (actual: number, expected: number) =>
    assert(Math.abs(actual - expected) <= 4 * EPSILON * Math.abs(expected), `${actual}, ${expected}`);
  for (const size of [2 ** -1074, 2 ** -1060, 1e-308, 1e308, 1.7e308]) {
    const a = NDArray.from([[size, 0], [-size, size]]), z = NDArray.from(a, undefined, "complex128");
    close(lu(a).l.get(1, 0), -1);
    close(lu(z).l.get(1, 0)[0], -1);
    const sides = [size, -size, 0.5 * size, 0, size];
    const right = [sides, sides.map((side) => -side)], x = solve(a, right), complex = solve(z, right);
    sides.forEach((side, j) => {
      close(x.get(0, j), side / size);
      close(complex.get(0, j)[0], side / size);
    });
    if (size < 1) continue;
    close(inv(a).get(0, 0) * size, 1);
    close(inv(z).get(0, 0)[0] * size, 1);
  }
});

Deno.test("a singular matrix has determinant 0, is decomposed, and makes solve() and inv() throw", () => {
  for (const n of [2, 3, 12, 13, 20]) {
    for (const a of [matrices(n, n, n), complexes(n, n, n)] as NDArray[]) {
      a.slice(null, n - 2).fill(0);
      const { sign, logabsdet } = slogdet(a), { p, l, u } = lu(a);
      assertEquals([at(sign), logabsdet.get() as number], [[0, 0], -Infinity]);
      assert(distance(product(p, product(l, u)), a) <= 10 * n * EPSILON * norm(a));
      assertThrows(() => inv(a), LinAlgError, "Cannot invert the matrix: it is singular");
      assertThrows(() => solve(a, Array(n).fill(1)), LinAlgError, "Cannot solve equations with the matrix");
    }
  }
});

Deno.test("NaN and infinities flow through as in NumPy", () => {
  const log = (a: number[][]) => [slogdet(a).sign.get(), slogdet(a).logabsdet.get()];
  assertEquals(log([[NaN, 1], [1, 1]]), [1, NaN]);
  assertEquals(log([[-2, 0], [0, NaN]]), [-1, NaN]);
  assertEquals(log([[0, -Infinity], [-3, 0]]), [-1, Infinity]);
  assertEquals(log([[0, NaN], [0, NaN]]), [0, -Infinity]);
  assertEquals(inv([[1, 1], [1, NaN]]).toArray(), [[NaN, NaN], [NaN, NaN]]);
  assertEquals(inv([[Infinity, 0], [0, 2]]).toArray(), [[0, 0], [0, 0.5]]);
  assertEquals(solve([[2, 0], [0, 4]], [Infinity, NaN]).toArray(), [NaN, NaN]);
  assertEquals(lu([[NaN, 1], [1, 1]]).u.get(0, 0), NaN);
});

Deno.test("determinants go with the decompositions", () => {
  const stack = matrices(18, 20, 15, 15), { p, u } = lu(stack), determinants = dets(stack);
  [...stack].forEach((_, i) => {
    let expected = det(p.at(i));
    for (let k = 0; k < 15; k++) expected *= u.get(i, k, k);
    assert(Math.abs(determinants.get(i) - expected) <= 1e-14 * Math.abs(expected));
  });
});
