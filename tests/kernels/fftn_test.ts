/**
 * Transforms along any axes against NumPy and against those along one axis.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  fft,
  fft2,
  fftn,
  type FftnOptions,
  type FftNorm,
  ifft,
  ifftn,
  irfft,
  irfft2,
  irfftn,
  rfft,
  rfft2,
  rfftn,
} from "@multicore/multicore/kernels";
import { NDArray } from "@multicore/multicore/shared";
import { assertType, type IsExact } from "@std/testing/types";
import { assertSameBits, filled, randomIntegers, randomSource, relativeError } from "../_oracle.ts";
import { decode, golden, type GoldenArray } from "./_golden.ts";

interface GoldenCase {
  readonly name: string;
  readonly a: GoldenArray;
  readonly axes?: number[];
  readonly s?: number[];
  readonly norm?: FftNorm;
  readonly fftn?: GoldenArray;
  readonly ifftn?: GoldenArray;
  readonly rfftn?: GoldenArray;
  readonly irfftn?: GoldenArray;
}

const cases: GoldenCase[] = golden("fftn").cases;

/** An error that a good transform of a few hundred points stays below, relative to the norm of the result. */
const BOUND = 2e-15;

/** Random complex numbers. */
function complex(seed: number, ...shape: number[]): NDArray<"complex128"> {
  return filled(NDArray.zeros(shape, "complex128"), randomSource(seed));
}

/** Random real numbers. */
function real(seed: number, ...shape: number[]): NDArray<"float64"> {
  return filled(NDArray.zeros(shape), randomSource(seed));
}

/** Fails unless two arrays are the same up to rounding. */
function assertClose(actual: NDArray, expected: NDArray, message = ""): void {
  assertEquals([actual.shape, actual.dtype], [expected.shape, expected.dtype], message);
  const error = relativeError(
    actual.copy().data as Float64Array,
    expected.copy().data as Float64Array,
  );
  assert(error < BOUND, `${message}: ${error}`);
}

Deno.test("fftn(), ifftn(), rfftn() and irfftn() agree with NumPy's on the golden data", () => {
  let checked = 0;
  for (const { name, a, axes, s, norm, ...expected } of cases) {
    const array = decode(a);
    const options = { ...(axes && { axes }), ...(s && { s }), ...(norm && { norm }) };
    for (const [kernel, f] of Object.entries({ fftn, ifftn, rfftn, irfftn })) {
      const values = expected[kernel as "fftn"];
      if (!values) continue;
      // Along no axis, NumPy leaves real numbers real.
      const theirs = decode(values), wanted = kernel === "irfftn" ? theirs.dtype : "complex128";
      assertClose(f(array, options), NDArray.from(theirs, undefined, wanted), `${kernel} ${name}`);
      checked++;
    }
  }
  assert(checked > 80);
});

Deno.test("along one and two axes they are fft() and fft2(), to the last bit", () => {
  const z = complex(1, 3, 8, 7), r = real(2, 3, 8, 7);
  for (const axis of [0, 1, 2]) {
    assertSameBits(fftn(z, { axes: [axis] }), fft(z, { axis }));
    assertSameBits(fftn(r, { axes: [axis], s: [5], norm: "ortho" }), fft(r, { axis, n: 5, norm: "ortho" }));
    assertSameBits(ifftn(r, { axes: [axis] }), ifft(r, { axis }));
    assertSameBits(rfftn(r, { axes: [axis] }), rfft(r, { axis }));
    assertSameBits(irfftn(z, { axes: [axis], s: [9] }), irfft(z, { axis, n: 9 }));
  }
  for (const axes of [[1, 2], [2, 0]] as const) {
    assertSameBits(fftn(z, { axes }), fft2(z, { axes }));
    assertSameBits(rfftn(r, { axes, s: [4, 9] }), rfft2(r, { axes, s: [4, 9] }));
    assertSameBits(irfftn(z, { axes, s: [4, 9] }), irfft2(z, { axes, s: [4, 9] }));
  }
  assertSameBits(fftn(z.at(0)), fft2(z.at(0)));
});

Deno.test("they are the transforms along one axis after the other", () => {
  const z = complex(3, 2, 3, 4, 5), r = real(4, 2, 3, 4, 5);
  for (const axes of [[0, 1, 2, 3], [3, 1, 0], [1, 2, 3], [2, 0, 1, 3]]) {
    for (
      const s of [
        axes.map((axis) => z.shape[axis]),
        axes.map((_, i) => 2 + i),
        axes.map((_, i) => 6 - i),
      ]
    ) {
      const others = axes.slice(0, -1), axis = axes.at(-1)!, n = s.at(-1)!;
      const along = (f: typeof fft, a: NDArray): NDArray =>
        others.reduce((result: NDArray, other, i) => f(result, { axis: other, n: s[i] }), a);
      assertClose(fftn(z, { axes, s }), along(fft, fft(z, { axis, n })));
      assertClose(fftn(r, { axes, s }), along(fft, fft(r, { axis, n })));
      assertClose(ifftn(z, { axes, s }), along(ifft, ifft(z, { axis, n })));
      assertClose(rfftn(r, { axes, s }), along(fft, rfft(r, { axis, n })));
      assertClose(irfftn(z, { axes, s }), irfft(along(ifft, z), { axis, n }));
    }
  }
});

Deno.test("there and back is where one was, for every norm", () => {
  const z = complex(5, 4, 3, 2, 6), r = real(6, 5, 4, 7);
  for (const norm of ["backward", "ortho", "forward"] as const) {
    assertClose(ifftn(fftn(z, { norm }), { norm }), z);
    assertClose(irfftn(rfftn(r, { norm }), { norm, s: r.shape }), r);
    assertClose(irfftn(rfftn(r, { axes: [2, 1, 0], norm }), { axes: [2, 1, 0], s: [7, 4, 5], norm }), r);
  }
  const squares = (a: NDArray) => (a.data as Float64Array).reduce((sum, part) => sum + part * part, 0);
  assert(Math.abs(squares(fftn(z, { norm: "ortho" })) / squares(z) - 1) < 1e-14);
});

Deno.test("axes that are not transformed are a stack", () => {
  const z = complex(7, 3, 2, 4, 3, 2), bins = fftn(z, { axes: [0, 2, 4] });
  assertSameBits(bins.slice(null, 1, null, 2), fftn(z.slice(null, 1, null, 2)));
  assertEquals(fftn(NDArray.zeros([0, 2, 3, 4]), { axes: [1, 2, 3] }).shape, [0, 2, 3, 4]);
  assertEquals(irfftn(NDArray.zeros([0, 2, 3, 4]), { axes: [1, 2, 3] }).shape, [0, 2, 3, 6]);
});

Deno.test("any strides are read as a copy would give them", () => {
  const z = complex(8, 6, 5, 4, 3), r = real(8, 6, 5, 4, 3);
  const views = (a: NDArray): NDArray[] => [
    a.transpose(),
    a.slice([null, null, -1], 2, null, [null, null, 2]),
    a.transpose(2, 0, 3, 1).slice([null, null, 2], null, [2, 0, -1]),
  ];
  const s = { s: [3, 5, 4] };
  for (const view of [...views(z), ...views(r)]) {
    assertSameBits(fftn(view), fftn(view.copy()));
    assertSameBits(fftn(view, s), fftn(view.copy(), s));
    assertSameBits(irfftn(view, s), irfftn(view.copy(), s));
  }
  for (const view of views(r)) assertSameBits(rfftn(view, s), rfftn(view.copy(), s));
});

Deno.test("results are complex128, complex64 for single precision, and integers are read exactly", () => {
  const whole = filled(NDArray.zeros([2, 3, 5], "int16"), randomIntegers(9, -99, 99));
  for (const dtype of ["int8", "int32", "int64"] as const) {
    const a = NDArray.from(NDArray.from(whole, undefined, "float64").toArray(), undefined, dtype as "int8");
    assertSameBits(fftn(a), fftn(NDArray.from(whole, undefined, "float64")));
    assertSameBits(irfftn(a), irfftn(NDArray.from(whole, undefined, "float64")));
    assertSameBits(fftn(a, { axes: [] }), NDArray.from(whole, undefined, "complex128"));
  }
  const single = NDArray.from(real(10, 4, 6, 5), undefined, "float32"), bins = fftn(single);
  assertType<IsExact<typeof bins, NDArray<"complex64">>>(true);
  assertEquals([bins.dtype, rfftn(single).dtype, irfftn(bins).dtype], ["complex64", "complex64", "float32"]);
  assert(relativeError(bins.data, fftn(NDArray.from(single, undefined, "float64")).data) < 3e-7);
  assertEquals(irfftn([[[1, 2, 3]]]).dtype, "float64");
});

Deno.test("without axes the elements stay what they are", () => {
  assertEquals(fftn(NDArray.from(5, [])).toArray(), [5, 0]);
  assertEquals(ifftn([[1, 2]], { axes: [] }).toArray(), [[[1, 0], [2, 0]]]);
  const z = complex(11, 2, 2);
  assertSameBits(fftn(z, { axes: [], out: z }), z.copy());
});

Deno.test("out gets the result and nothing else is written; the input itself will do", () => {
  const z = complex(12, 3, 4, 5), r = real(13, 3, 4, 5);
  const board = NDArray.zeros([8, 9, 14], "complex128").fill([99, 98]);
  const untouched = (size: number) =>
    assertEquals((board.data as Float64Array).filter((part) => part === 99 || part === 98).length, 2 * size);
  for (const s of [[3, 4, 5], [5, 3, 7], [2, 6, 4]]) {
    board.fill([99, 98]);
    const out = board.slice([1, 1 + s[0]], [2, 2 + s[1]], [null, 2 * s[2], 2]), options: FftnOptions = { s };
    assertStrictEquals(fftn(z, { ...options, out }) as unknown, out);
    assertSameBits(out, fftn(z, options));
    untouched(8 * 9 * 14 - s[0] * s[1] * s[2]);
    const reals = NDArray.zeros(s);
    assertStrictEquals(irfftn(z, { ...options, out: reals }) as unknown, reals);
    assertSameBits(reals, irfftn(z, options));
  }
  const half = NDArray.zeros([3, 4, 3], "complex128");
  assertStrictEquals(rfftn(r, { out: half }) as unknown, half);
  assertSameBits(half, rfftn(r));
  const input = z.copy(), expected = fftn(z);
  for (const operand of [fftn, irfftn]) operand(z);
  assertSameBits(z, input, "the input stays what it was");
  assertSameBits(fftn(z, { out: z }), expected);
});

Deno.test("what cannot be transformed is refused", () => {
  const z = complex(14, 2, 3, 4);
  assertThrows(() => fftn(z, { axes: [0, 1, 0] }), RangeError, "axis 0 twice");
  assertThrows(() => fftn(z, { axes: [2, -1] }), RangeError, "axis 2 twice");
  assertThrows(() => fftn(z, { axes: [3] }), RangeError, "axis 3");
  assertThrows(() => fftn(z, { axes: [0, 1], s: [1] }), RangeError, "2 axes");
  assertThrows(() => fftn(z, { s: [1, 2, 3, 4] }), RangeError, "axis -4");
  assertThrows(() => fftn(z, { s: [2, 0] }), RangeError, "0 points");
  assertThrows(() => fftn(z, { s: [2, 1.5] }), RangeError, "1.5 points");
  assertThrows(() => fftn(z, { s: 2 as unknown as number[] }), TypeError, "list");
  assertThrows(() => fftn(z, { axes: 1 as unknown as number[] }), TypeError, "list");
  assertThrows(() => fftn(z, { axes: ["1"] as unknown as number[] }), TypeError, "axis");
  assertThrows(() => fftn(z, { norm: "none" as FftNorm }), TypeError, "none");
  assertThrows(() => rfftn(z), TypeError, "complex128");
  assertThrows(() => rfftn(5), RangeError, "no axis");
  assertThrows(() => irfftn(z, { axes: [] }), RangeError, "no axis");
  assertThrows(() => irfftn([[[1]]]), RangeError, "0 points");
  assertThrows(() => fftn(NDArray.zeros([2, 0])), RangeError, "0 points");
  assertThrows(() => fftn(z, { out: NDArray.zeros([2, 3, 5], "complex128") }), RangeError, "shape [2, 3, 5]");
  assertThrows(() => irfftn(z, { out: z }), RangeError, "float64");
  assertThrows(() => fftn(z, { out: z.slice([null, null, -1]) }), RangeError, "memory");
});
