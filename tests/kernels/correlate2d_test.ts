/**
 * Correlations against the definition and SciPy, by every method.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  autocorrelate2d,
  convolve2d,
  correlate2d,
  type CorrelateOptions,
} from "@multicore/multicore/kernels";
import { NDArray } from "@multicore/multicore/shared";
import { questionOf } from "../../kernels/_composed.ts";
import { correlateJob, decided } from "../../kernels/_correlate.ts";
import { checkCorrelate } from "../../kernels/_correlate_call.ts";
import { decide } from "../../kernels/_decide.ts";
import {
  assertSameBits,
  type Complex,
  filled,
  naiveCorrelate,
  randomIntegers,
  randomSource,
  relativeError,
} from "../_oracle.ts";
import { decode, golden, type GoldenArray } from "./_golden.ts";

interface GoldenCase extends Omit<CorrelateOptions, "out"> {
  readonly name: string;
  readonly a: GoldenArray;
  readonly b: GoldenArray | "same as a";
  readonly out: GoldenArray;
  readonly error?: string;
}

const METHODS = ["auto", "direct", "fft"] as const;
const MODES = ["full", "same", "valid"] as const;
const BOUNDARIES = ["fill", "wrap", "symm"] as const;
const SIZES = [[[6, 7], [3, 2]], [[5, 5], [5, 5]], [[9, 4], [4, 1]], [[1, 8], [1, 3]], [[17, 19], [8, 6]]];

/** Random numbers. */
function real(seed: number, ...shape: number[]): NDArray<"float64"> {
  return filled(NDArray.zeros(shape), randomSource(seed));
}

/** Random complex numbers. */
function complex(seed: number, ...shape: number[]): NDArray<"complex128"> {
  return filled(NDArray.zeros(shape, "complex128"), randomSource(seed));
}

/** Random whole numbers. */
function whole(seed: number, most: number, ...shape: number[]): NDArray<"int32"> {
  return filled(NDArray.zeros(shape, "int32"), randomIntegers(seed, -most, most));
}

/** The elements of a matrix as complex numbers. */
function items(a: NDArray): Complex[][] {
  return NDArray.from(a, undefined, "complex128").toArray();
}

/** The definition's result, as the data of an array like `like`. */
function expected(a: NDArray, b: NDArray, options: CorrelateOptions, isComplex: boolean): number[] {
  const { mode = "full", boundary = "fill", fillvalue = 0 } = options;
  const sums = naiveCorrelate(items(a), items(b), { mode, boundary, fillvalue: fillvalue as number }).flat();
  return isComplex ? sums.flat() : sums.map(([re]) => re);
}

Deno.test("correlate2d() of matrices worked by hand", () => {
  assertEquals(correlate2d([[1, 2], [3, 4]], [[1]]).toArray(), [[1, 2], [3, 4]]);
  assertEquals(correlate2d([[1, 2, 3]], [[1, 10]]).toArray(), [[10, 21, 32, 3]]);
  assertEquals(correlate2d([[1, 2, 3]], [[1, 10]], { mode: "same" }).toArray(), [[21, 32, 3]]);
  assertEquals(correlate2d([[1, 2, 3]], [[1, 10]], { mode: "valid" }).toArray(), [[21, 32]]);
  assertEquals(correlate2d([[1, 2, 3]], [[1, 10]], { boundary: "wrap" }).toArray(), [[13, 21, 32, 13]]);
  assertEquals(correlate2d([[1, 2, 3]], [[1, 10]], { boundary: "symm" }).toArray(), [[11, 21, 32, 33]]);
  assertEquals(correlate2d([[1, 2, 3]], [[1, 10]], { fillvalue: 7 }).toArray(), [[17, 21, 32, 73]]);
  assertEquals(convolve2d([[1, 2, 3]], [[1, 10]]).toArray(), [[1, 12, 23, 30]]);
});

Deno.test("correlate2d() agrees with SciPy's on the golden data, by every method", () => {
  for (const { name, a, b, out, error, ...options } of golden("correlate2d").cases as GoldenCase[]) {
    const first = decode(a), second = b === "same as a" ? first : decode(b);
    for (const method of METHODS) {
      const run = () => correlate2d(first, second, { ...options, method });
      if (error) {
        assertThrows(run, RangeError, "", name);
        continue;
      }
      const result = run(), wanted = Array.from(decode(out).data, Number);
      assertEquals(result.shape, out.shape, name);
      if (out.dtype === "i32") assertEquals(Array.from(result.data), wanted, `${name} ${method}`);
      else assert(relativeError(result.data, wanted) < 4e-15, `${name} ${method}`);
    }
  }
});

Deno.test("correlate2d() agrees with the definition, for every mode, boundary and method", () => {
  for (const [shapeA, shapeB] of SIZES) {
    for (const mode of MODES) {
      for (const boundary of BOUNDARIES) {
        for (const method of METHODS) {
          const options = { mode, boundary, method },
            what = `${shapeA} ${shapeB} ${mode} ${boundary} ${method}`;
          const a = real(1, ...shapeA), b = real(2, ...shapeB);
          const error = relativeError(correlate2d(a, b, options).data, expected(a, b, options, false));
          assert(error < 2e-15, `${what}: ${error}`);
          const z = complex(3, ...shapeA), w = complex(4, ...shapeB);
          for (const [x, y] of [[z, w], [z, b], [a, w]] as [NDArray, NDArray][]) {
            const error = relativeError(correlate2d(x, y, options).data, expected(x, y, options, true));
            assert(error < 2e-15, `complex ${what}: ${error}`);
          }
        }
      }
    }
  }
});

Deno.test("correlate2d() takes any fillvalue", () => {
  const a = real(5, 6, 7), b = real(6, 4, 3);
  for (const method of METHODS) {
    for (const fillvalue of [1, -2.5, 1e3]) {
      for (const mode of MODES) {
        const options = { mode, method, fillvalue };
        assert(relativeError(correlate2d(a, b, options).data, expected(a, b, options, false)) < 4e-15);
      }
    }
    const z = NDArray.from(a, undefined, "complex128"),
      framed = NDArray.zeros([12, 11], "complex128").fill([2, -3]);
    framed.slice([3, 9], [2, 9]).copyFrom(z);
    const valid = correlate2d(framed, b, { mode: "valid", method });
    assert(relativeError(correlate2d(z, b, { fillvalue: [2, -3], method }).data, valid.data) < 4e-15);
  }
});

Deno.test("correlate2d() in valid mode lets a larger second operand change roles, as SciPy does", () => {
  const a = complex(7, 3, 4), b = complex(8, 6, 5);
  const swapped = naiveCorrelate(items(b), items(a), { mode: "valid", boundary: "fill" });
  const backwards = swapped.toReversed().map((row) => row.toReversed());
  for (const method of METHODS) {
    const result = correlate2d(a, b, { mode: "valid", method });
    assertEquals(result.shape, [4, 2]);
    assert(relativeError(result.data, backwards.flat(2)) < 2e-15);
  }
  assert(
    relativeError(convolve2d(a, b, { mode: "valid" }).data, convolve2d(b, a, { mode: "valid" }).data) < 1e-15,
  );
});

Deno.test("convolve2d() is correlate2d() with the second operand turned around and not conjugated", () => {
  for (const method of METHODS) {
    for (const boundary of BOUNDARIES) {
      const a = complex(9, 7, 6),
        b = complex(10, 3, 5),
        c = b.slice([null, null, -1], [null, null, -1]).copy();
      for (let i = 0; i < c.size; i++) c.data[2 * i + 1] *= -1;
      for (const mode of MODES) {
        // Both sides are odd, where correlation and convolution have the same centre.
        const options = { mode, boundary, method };
        assert(relativeError(convolve2d(a, b, options).data, correlate2d(a, c, options).data) < 2e-15);
      }
    }
  }
  const even = convolve2d(real(1, 5, 5), real(2, 2, 4)), centre = even.slice([0, 5], [1, 6]);
  const same = convolve2d(real(1, 5, 5), real(2, 2, 4), { mode: "same" });
  assert(relativeError(same.data, centre.copy().data) < 1e-15);
});

Deno.test("convolve2d() changes the operands' roles without changing the full result", () => {
  const a = real(11, 9, 14), b = real(12, 5, 20);
  assert(relativeError(convolve2d(a, b).data, convolve2d(b, a).data) < 1e-15);
});

Deno.test("autocorrelate2d() is correlate2d() with itself, for every mode, boundary and method", () => {
  for (const shape of [[1, 1], [1, 9], [9, 1], [4, 4], [5, 8], [13, 12], [31, 26]]) {
    const a = real(13, ...shape), z = complex(14, ...shape);
    for (const mode of MODES) {
      for (const boundary of BOUNDARIES) {
        for (const method of METHODS) {
          const options = { mode, boundary, method }, what = `${shape} ${mode} ${boundary} ${method}`;
          assert(
            relativeError(autocorrelate2d(a, options).data, expected(a, a, options, false)) < 4e-15,
            what,
          );
          assert(
            relativeError(autocorrelate2d(z, options).data, expected(z, z, options, true)) < 4e-15,
            what,
          );
        }
      }
    }
  }
});

Deno.test("autocorrelate2d() mirrors itself around the sum of the squares", () => {
  const a = real(15, 30, 41),
    result = autocorrelate2d(a),
    squares = (a.data as Float64Array).map((x) => x * x);
  assertEquals(result.shape, [59, 81]);
  assert(Math.abs(result.get(29, 40) - squares.reduce((sum, x) => sum + x)) < 1e-12);
  const mirrored = result.slice([null, null, -1], [null, null, -1]).copy();
  assert(relativeError(mirrored.data, result.data) < 1e-15);
});

Deno.test("whole numbers give whole numbers, exactly", () => {
  for (const [m, n, p, q, most] of [[60, 50, 55, 45, 1000], [90, 90, 3, 3, 1e6], [64, 64, 64, 64, 50]]) {
    const a = whole(16, most, m, n), b = whole(17, most, p, q);
    for (const boundary of BOUNDARIES) {
      for (const mode of ["full", "same"] as const) {
        const direct = correlate2d(a, b, { mode, boundary, method: "direct" });
        assertSameBits(correlate2d(a, b, { mode, boundary }), direct);
        assert((direct.data as Float64Array).every(Number.isInteger));
      }
    }
    assertSameBits(autocorrelate2d(a), correlate2d(a, a.copy(), { method: "direct" }));
    const doubles = NDArray.from(a, undefined, "float64"); // whole numbers need not be integers by type
    assertSameBits(autocorrelate2d(doubles), autocorrelate2d(a));
  }
});

Deno.test("auto stays exact where the rounding of one transform would not be certain", () => {
  const far = (boundary: "fill" | "wrap" | "symm", most: number) => {
    const a = whole(18, most, 60, 64),
      b = whole(19, most, 60, 60),
      options = { boundary, mode: "same" } as const;
    const exact = correlate2d(a, b, { ...options, method: "direct" });
    assertSameBits(correlate2d(a, b, options), exact, `${boundary} ${most}`);
    assertSameBits(autocorrelate2d(a), autocorrelate2d(a, { method: "direct" }), `${most}`);
  };
  for (const boundary of BOUNDARIES) {
    for (const most of [2 ** 12, 2 ** 15, 2 ** 18, 2 ** 20]) far(boundary, most);
  }
  const a = whole(18, 2 ** 18, 60, 64), b = whole(19, 2 ** 18, 60, 60), fillvalue = 123456;
  assertSameBits(correlate2d(a, b, { fillvalue }), correlate2d(a, b, { fillvalue, method: "direct" }));
  // In halves, as 16-bit images need it; sums that might exceed 2^53 are left to the direct method.
  const decision = (most: number) =>
    decide(
      questionOf(
        checkCorrelate(whole(1, most, 60, 60), undefined, {}, false, NDArray.zeros),
        [0, 0, 0],
        0,
        0,
      ),
    );
  assert(decision(100).points !== undefined && decision(100).split === undefined);
  assertEquals(decision(2 ** 18).split?.length, 2);
  assertEquals(decision(2 ** 24).points, undefined);
});

Deno.test("NaN and infinities stay where they belong, except by transforms", () => {
  const a = real(19, 40, 40), b = real(20, 35, 35);
  a.set(NaN, 0, 0);
  const result = correlate2d(a, b);
  assert(Number.isNaN(result.get(0, 0)) && Number.isNaN(result.get(34, 34)));
  assert(Number.isFinite(result.get(35, 35)) && Number.isFinite(result.get(73, 73)));
  assert((correlate2d(a, b, { method: "fft" }).data as Float64Array).every(Number.isNaN));
  assert(Number.isNaN(autocorrelate2d(a).get(39, 39)));
  // An infinite weight times the zero outside is NaN, as in SciPy.
  assertEquals(correlate2d([[1, 2]], [[1, Infinity]]).toArray(), [[Infinity, Infinity, NaN]]);
});

Deno.test("empty operands give sums of nothing", () => {
  const none = NDArray.zeros([0, 3]);
  for (const method of METHODS) {
    assertEquals(correlate2d(none, [[1, 2], [3, 4]], { method }).toArray(), [[0, 0, 0, 0]]);
    assertEquals(correlate2d([[1, 2]], NDArray.zeros([0, 0]), { mode: "valid", method }).toArray(), [[
      0,
      0,
      0,
    ], [0, 0, 0]]);
    assertEquals(correlate2d(none, [[1]], { method }).shape, [0, 3]);
  }
  assertEquals(correlate2d(none, [[1, 2], [3, 4]], { fillvalue: 2 }).get(0, 0), 20);
  assertThrows(() => correlate2d(none, NDArray.zeros([0, 3])), RangeError, "nothing is left");
  assertThrows(() => correlate2d(none, [[1, 2], [3, 4]], { boundary: "wrap" }), RangeError, "no element");
});

Deno.test("leading axes are stacks, and broadcast", () => {
  const a = real(21, 4, 20, 18), b = real(22, 15, 9), many = real(23, 2, 1, 15, 9);
  for (const method of METHODS) {
    const result = correlate2d(a, b, { method });
    assertEquals(result.shape, [4, 34, 26]);
    for (let i = 0; i < 4; i++) {
      assertSameBits(result.at(i), correlate2d(a.at(i), b, { method }));
    }
    const both = correlate2d(a, many, { method, mode: "valid" });
    assertEquals(both.shape, [2, 4, 6, 10]);
    assertSameBits(both.slice(1, 2), correlate2d(a.at(2), many.slice(1, 0), { method, mode: "valid" }));
    const own = autocorrelate2d(a, { method });
    for (let i = 0; i < 4; i++) {
      assertSameBits(own.at(i), autocorrelate2d(a.at(i), { method }));
    }
  }
  assertEquals(correlate2d(NDArray.zeros([0, 5, 5]), b).shape, [0, 19, 13]);
  assertThrows(() => correlate2d(a, real(1, 3, 2, 2)), RangeError, "stacks");
});

Deno.test("any strides are read as a copy would give them", () => {
  const a = real(24, 3, 25, 20), b = real(25, 12, 10);
  for (
    const view of [a.transpose(), a.slice(null, [null, null, -1], [null, null, 2]), a.transpose(1, 0, 2)]
  ) {
    for (const method of METHODS) {
      for (const boundary of BOUNDARIES) {
        const options = { method, boundary };
        assertSameBits(
          correlate2d(view, b.transpose(), options),
          correlate2d(NDArray.from(view), NDArray.from(b.transpose()), options),
        );
      }
    }
  }
});

Deno.test("the result is of single precision where both operands are, and rounded once", () => {
  const a = NDArray.from(real(26, 30, 30), undefined, "float32"),
    b = NDArray.from(real(27, 9, 9), undefined, "float32");
  for (const method of METHODS) {
    const single = correlate2d(a, b, { method });
    assertEquals(single.dtype, "float32");
    const double = correlate2d(NDArray.from(a, undefined, "float64"), b, { method });
    assertEquals(double.dtype, "float64");
    assertEquals(single.data, new Float32Array(double.data));
  }
  assertEquals(correlate2d(a, whole(1, 5, 3, 3)).dtype, "float64");
  assertEquals(correlate2d(a, NDArray.zeros([2, 2], "complex64")).dtype, "complex64");
  assertEquals(correlate2d([[1]], NDArray.zeros([2, 2], "complex64")).dtype, "complex128");
});

Deno.test("out gets the result and nothing else is written", () => {
  const a = real(28, 2, 12, 10), b = real(29, 7, 9);
  for (const method of METHODS) {
    for (const mode of MODES) {
      for (const second of [b, a.at(0)]) {
        if (mode === "valid" && second !== b) continue;
        const wanted = correlate2d(a, second, { mode, method });
        const board = NDArray.zeros([4, 30, 45]).fill(1234);
        const [rows, columns] = wanted.shape.slice(1);
        const out = board.slice([1, 3], [rows, 0, -1], [2, 2 + 2 * columns, 2]);
        assertStrictEquals(correlate2d(a, second, { mode, method, out }) as unknown, out);
        assertEquals(out.toArray(), wanted.toArray());
        assertEquals((board.data as Float64Array).filter((x) => x === 1234).length, board.size - out.size);
      }
    }
  }
});

Deno.test("every split of the stages gives the same bits, for every way to compute", () => {
  const a = real(30, 33, 29), b = real(31, 20, 40), c = real(31, 5, 4);
  const calls: [NDArray, NDArray | undefined, CorrelateOptions][] = [[a, undefined, {}], [a, b, {}], [
    a,
    c,
    {},
  ]];
  for (const [first, second, more] of calls) {
    for (const boundary of BOUNDARIES) {
      for (const method of ["direct", "fft"] as const) {
        const call = checkCorrelate(first, second, { ...more, boundary, method }, false, NDArray.zeros);
        correlateJob(call).run(0, 1);
        const again = decided({ ...call, out: NDArray.zeros(call.out.shape) }, 0),
          buffers = new Map<string, Float64Array>();
        const stagesOf = () =>
          correlateJob(again, (name, length) => {
            if (!buffers.has(name)) buffers.set(name, NDArray.shared([length]).data);
            return buffers.get(name)!;
          }).stagesOf(0);
        stagesOf().forEach(({ parts }, stage) => {
          const cuts = [0, parts >> 2, parts >> 1, parts];
          for (const i of [2, 0, 1]) stagesOf()[stage].run(cuts[i], cuts[i + 1]);
        });
        assertSameBits(again.out, call.out, `${boundary} ${method}`);
      }
    }
  }
});

Deno.test("what cannot be correlated is refused", () => {
  const a = real(32, 4, 5), b = real(33, 2, 2);
  assertThrows(() => correlate2d([1, 2], b), RangeError, "matrix");
  assertThrows(
    () => correlate2d(real(1, 2, 9), real(1, 3, 3), { mode: "valid" }),
    RangeError,
    "at least as large",
  );
  assertThrows(() => correlate2d(a, b, { mode: "all" as "full" }), TypeError, "full, same, valid");
  assertThrows(() => correlate2d(a, b, { boundary: "zero" as "fill" }), TypeError, "fill, wrap, symm");
  assertThrows(() => correlate2d(a, b, { method: "fast" as "fft" }), TypeError, "auto, direct, fft");
  assertThrows(() => correlate2d(a, b, { fillvalue: "0" as unknown as number }), TypeError, "fillvalue");
  assertThrows(() => correlate2d(a, b, { fillvalue: [1, 2] }), TypeError, "real operands");
  assertThrows(() => correlate2d(a, b, { out: NDArray.zeros([4, 5]) }), RangeError, "[5, 6]");
  assertThrows(() => correlate2d(a, b, { out: NDArray.zeros([5, 6], "int32") }), RangeError, "float64");
  assertThrows(() => correlate2d(a, b, { mode: "same", out: a }), RangeError, "memory");
  assertThrows(
    () => correlate2d(a, b, { mode: "same", out: b.reshape(4).slice([0, 1]) as NDArray }),
    RangeError,
  );
});
