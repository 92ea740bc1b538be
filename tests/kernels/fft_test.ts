/**
 * Transforms along one axis against the definition, NumPy, and identities.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { fft, type FftNorm, ifft, irfft, rfft } from "@multicore/multicore/kernels";
import { type DType, NDArray } from "@multicore/multicore/shared";
import { assertType, type IsExact } from "@std/testing/types";
import { checkFft, fftJob } from "../../kernels/_fft_lines.ts";
import {
  assertSameBits,
  type Complex,
  filled,
  naiveDft,
  randomIntegers,
  randomSource,
  relativeError,
} from "../_oracle.ts";
import { doubles, golden } from "./_golden.ts";

/** Every length up to 130, and some with large factors, of primes and of powers. */
const LENGTHS = [
  ...Array.from({ length: 130 }, (_, i) => i + 1),
  ...[137, 143, 169, 199, 211, 243, 256, 289, 343, 360, 397, 500, 512, 529, 625, 729, 997, 1000, 1009, 1024],
];

/** Random complex numbers. */
function complex(seed: number, ...shape: number[]): NDArray<"complex128"> {
  return filled(NDArray.zeros(shape, "complex128"), randomSource(seed));
}

/** Random real numbers. */
function real(seed: number, ...shape: number[]): NDArray<"float64"> {
  return filled(NDArray.zeros(shape), randomSource(seed));
}

/** An error that a good transform of that length stays below, relative to the norm of the result. */
function bound(length: number): number {
  return 4e-16 * Math.log2(length + 1) + 4e-16;
}

Deno.test("fft() of lines worked by hand", () => {
  assertEquals(fft([5]).toArray(), [[5, 0]]);
  assertEquals(fft([1, 2]).toArray(), [[3, 0], [-1, 0]]);
  assertEquals(fft([0, 1, 0, 0]).toArray(), [[1, 0], [0, -1], [-1, 0], [0, 1]]);
  assertEquals(fft(NDArray.from([[1, 2], [3, 4]], undefined, "complex128")).toArray(), [[4, 6], [-2, -2]]);
  assertEquals(rfft([1, 2, 3]).shape, [2]);
  assertEquals(irfft([1, 1, 1]).toArray(), [1, 0, 0, 0]);
});

Deno.test("fft() agrees with NumPy's on the golden data", () => {
  for (const [length, expected] of Object.entries<string>(golden("fft2").fft1d)) {
    const n = Number(length);
    const x = NDArray.zeros([n], "complex128");
    for (let k = 0; k < n; k++) x.set([Math.cos(k), Math.sin(k / 2)], k);
    const error = relativeError(fft(x).data, doubles(expected));
    assert(error <= 4e-16 * Math.log2(n) + 1e-16, `${n}: ${error}`);
  }
});

Deno.test("fft() and ifft() agree with the definition, for every length", () => {
  for (const n of LENGTHS) {
    const x = complex(n, n), items = x.toArray<Complex[]>();
    const forward = relativeError(fft(x).data, naiveDft(items).flat());
    const inverse = relativeError(ifft(x, { norm: "forward" }).data, naiveDft(items, 1).flat());
    // The definition itself is off by more than the fast transform.
    assert(Math.max(forward, inverse) < 1e-14, `${n}: ${forward}, ${inverse}`);
  }
});

Deno.test("ifft(fft(x)) is x, for every length", () => {
  for (const n of [...LENGTHS, 4099, 10007, 16384, 30030]) {
    const x = complex(n, n);
    assert(relativeError(ifft(fft(x)).data, x.data) < bound(n), `${n}`);
  }
});

Deno.test("fft() of real lines is that of complex ones", () => {
  for (const n of LENGTHS) {
    const x = real(n, n), z = NDArray.from(x, undefined, "complex128");
    assert(relativeError(fft(x).data, fft(z).data) < bound(n), `fft ${n}`);
    assert(relativeError(ifft(x).data, ifft(z).data) < bound(n), `ifft ${n}`);
    const half = rfft(x), whole = fft(z).slice([0, (n >> 1) + 1]);
    assertEquals(half.shape, whole.shape);
    assert(relativeError(half.data, NDArray.from(whole).data) < bound(n), `rfft ${n}`);
  }
});

Deno.test("irfft(rfft(x)) is x, for every length", () => {
  for (const n of [...LENGTHS, 4099, 10007, 16384]) {
    const x = real(n, n);
    assert(relativeError(irfft(rfft(x), { n }).data, x.data) < bound(n), `${n}`);
  }
});

Deno.test("irfft() ignores the imaginary parts of bins that are real by nature", () => {
  for (const n of [4, 5, 6, 9]) {
    const bins = complex(n, (n >> 1) + 1), plain = bins.copy();
    plain.set([plain.get(0)[0], 0], 0);
    if (n % 2 === 0) plain.set([plain.get(-1)[0], 0], -1);
    assertSameBits(irfft(bins, { n }), irfft(plain, { n }));
  }
});

Deno.test("fft() keeps the sum of the squares (Parseval), and its first bin is the sum", () => {
  for (const n of [7, 60, 97, 128, 1001]) {
    const x = complex(n, n), bins = fft(x, { norm: "ortho" });
    const squares = (array: NDArray) =>
      (array.data as Float64Array).reduce((sum, part) => sum + part * part, 0);
    assert(Math.abs(squares(bins) / squares(x) - 1) < 1e-14);
    let sum = 0;
    for (let j = 0; j < n; j++) sum += x.get(j)[0];
    assert(Math.abs(fft(x).get(0)[0] - sum) < 1e-13);
  }
});

Deno.test("fft() of a shifted impulse is a root of unity in every bin, to the last place or nearly", () => {
  for (const n of [12, 100, 101, 1024, 4099, 65536]) {
    const x = NDArray.zeros([n]);
    x.set(1, 1);
    const bins = fft(x);
    let worst = 0;
    for (let k = 0; k < n; k++) {
      const [re, im] = bins.get(k), angle = 2 * Math.PI * (k / n);
      worst = Math.max(worst, Math.hypot(re - Math.cos(angle), im + Math.sin(angle)));
    }
    // The sines and cosines here are off by nearly as much themselves.
    assert(worst < (n === 4099 ? 4e-15 : 1.5e-15), `${n}: ${worst}`);
  }
});

Deno.test("n cuts lines off and continues them by zeros", () => {
  const x = real(1, 3, 10), z = complex(2, 3, 10);
  for (const n of [1, 2, 3, 7, 10, 11, 16, 25, 40]) {
    const padded = (a: NDArray): NDArray => {
      const result = NDArray.zeros([3, n], a.dtype), kept = Math.min(n, 10);
      result.slice(null, [0, kept]).copyFrom(a.slice(null, [0, kept]));
      return result;
    };
    assert(relativeError(fft(x, { n }).data, fft(padded(x)).data) < 1e-15);
    assert(relativeError(fft(z, { n }).data, fft(padded(z)).data) < 1e-15);
    assert(relativeError(rfft(x, { n }).data, rfft(padded(x)).data) < 1e-15);
  }
  // Of half spectra as many bins are read as real lines of n points have; missing ones are zero.
  const bins = complex(3, 6);
  assertSameBits(irfft(bins, { n: 4 }), irfft(bins.slice([0, 3]), { n: 4 }));
  const longer = NDArray.zeros([9], "complex128");
  longer.slice([0, 6]).copyFrom(bins);
  assert(relativeError(irfft(bins, { n: 16 }).data, irfft(longer, { n: 16 }).data) < 1e-15);
  assertEquals(fft(NDArray.zeros([2, 0]), { n: 3 }).shape, [2, 3]);
});

Deno.test("axis chooses the lines, for every number of axes", () => {
  const x = complex(4, 3, 4, 5), r = real(4, 3, 4, 5);
  for (const axis of [0, 1, 2, -1, -2, -3]) {
    const last = (a: NDArray) =>
      NDArray.from(a.transpose(...[0, 1, 2].toSorted((i, j) => order(i) - order(j))));
    const order = (i: number) => i === (axis + 3) % 3 ? 9 : i;
    assertSameBits(last(fft(x, { axis })), fft(last(x)));
    assertSameBits(last(rfft(r, { axis })), rfft(last(r)));
    assertSameBits(last(irfft(x, { axis, n: 7 })), irfft(last(x), { n: 7 }));
  }
});

Deno.test("norm says where the factor goes", () => {
  const x = complex(5, 12);
  const scaled = (a: NDArray, factor: number) => (a.data as Float64Array).map((part) => part * factor);
  const check = (norm: FftNorm, forward: number, inverse: number) => {
    assert(relativeError(fft(x, { norm }).data, scaled(fft(x), forward)) < 1e-15);
    assert(relativeError(ifft(x, { norm }).data, scaled(ifft(x), inverse)) < 1e-15);
    assert(relativeError(irfft(rfft(real(1, 9), { norm }), { norm, n: 9 }).data, real(1, 9).data) < 1e-15);
  };
  check("backward", 1, 1);
  check("ortho", 1 / Math.sqrt(12), Math.sqrt(12));
  check("forward", 1 / 12, 12);
});

Deno.test("any strides are read as a copy would give them", () => {
  const x = real(6, 12, 10, 9), z = complex(6, 12, 10, 9);
  const views = (a: NDArray): NDArray[] => [
    a.transpose(),
    a.slice([null, null, -1], null, [null, null, 2]),
    a.transpose(1, 2, 0).slice(3),
    a.slice(null, [8, null, -3], [7, 1, -1]),
  ];
  for (const view of [...views(x), ...views(z)]) {
    for (const axis of [0, -1]) {
      assertSameBits(fft(view, { axis }), fft(NDArray.from(view), { axis }));
    }
  }
});

Deno.test("results are complex128, complex64 for single precision, and integers are read exactly", () => {
  const whole = filled(NDArray.zeros([4, 15], "int16"), randomIntegers(7, -99, 99));
  const expected = fft(NDArray.from(whole, undefined, "float64"));
  for (const dtype of ["int8", "int32", "int64"] as const) {
    const bins = fft(NDArray.from(whole, undefined, dtype as DType));
    assertEquals(bins.dtype, "complex128");
    assertSameBits(bins, expected);
  }
  const single = NDArray.from(real(8, 30), undefined, "float32");
  const bins = fft(single);
  assertType<IsExact<typeof bins, NDArray<"complex64">>>(true);
  assertEquals([bins.dtype, rfft(single).dtype, irfft(bins).dtype], ["complex64", "complex64", "float32"]);
  assert(relativeError(bins.data, fft(NDArray.from(single, undefined, "float64")).data) < 1e-7);
  assertEquals(irfft([1, 2, 3]).dtype, "float64");
});

Deno.test("NaN stays in its line", () => {
  for (const n of [6, 7, 16]) {
    const x = real(9, 4, n);
    x.set(NaN, 1, 2);
    const bins = rfft(x),
      clean = rfft(NDArray.from([x.at(0), x.at(2), x.at(3)].map((line) => line.toArray())));
    assert(Number.isNaN(bins.get(1, 1)[0]));
    assertEquals([0, 2, 3].map((line) => bins.at(line).toArray()), clean.toArray());
  }
});

Deno.test("out gets the result and nothing else is written; the input itself will do", () => {
  const x = complex(10, 5, 6), expected = fft(x);
  const board = NDArray.zeros([7, 16], "complex128").fill([99, 98]);
  const out = board.slice([1, 6], [2, 14, 2]);
  assertStrictEquals(fft(x, { out }) as unknown, out);
  assertEquals(out.toArray(), expected.toArray());
  assertEquals(
    (board.data as Float64Array).filter((part) => part === 99 || part === 98).length,
    2 * (7 * 16 - 30),
  );
  const axis0 = fft(x, { axis: 0 });
  assertSameBits(fft(x, { axis: 0, out: x }), axis0);
});

Deno.test("out that does not fit is refused", () => {
  const x = complex(11, 5, 6), r = real(11, 5, 6);
  assertThrows(() => fft(x, { out: NDArray.zeros([5, 5], "complex128") }), RangeError, "shape [5, 5]");
  assertThrows(() => fft(x, { out: NDArray.zeros([5, 6], "complex64") }), RangeError, "complex64");
  assertThrows(() => irfft(x, { out: NDArray.zeros([5, 10], "complex128") }), RangeError, "float64");
  assertThrows(() => fft(x, { out: x.slice([null, null, -1]) }), RangeError, "memory");
  assertThrows(() => fft(x.slice([0, 4]), { out: x.slice([1, 5]) }), RangeError, "memory");
  const bytes = new ArrayBuffer(5 * 6 * 16);
  const input = NDArray.over(new Float64Array(bytes, 0, 30), [5, 6]);
  assertThrows(
    () => fft(input, { out: NDArray.over(new Float64Array(bytes), [5, 6], "complex128") }),
    RangeError,
  );
  assertEquals(fft(r, { out: NDArray.shared([5, 6], "complex128") }).isShared, true);
});

Deno.test("every split of the lines gives the same bits", () => {
  for (
    const [a, axis] of [[real(12, 40, 30), 1], [real(12, 40, 30), 0], [complex(12, 3, 50, 7), 1]] as const
  ) {
    const whole = fft(a, { axis }), parts = NDArray.zeros(whole.shape, "complex128");
    const job = fftJob(checkFft(a, { axis, out: parts }, "complex", false, NDArray.zeros));
    for (const [from, to] of [[11, job.units], [0, 1], [1, 4], [4, 11]]) job.run(from, to);
    assertSameBits(parts, whole);
  }
});

Deno.test("what cannot be transformed is refused", () => {
  assertThrows(() => fft([]), RangeError, "0 points");
  assertThrows(() => irfft([1]), RangeError, "0 points");
  assertThrows(() => fft([1, 2], { n: 0 }), RangeError, "0 points");
  assertThrows(() => fft([1, 2], { n: 2.5 }), RangeError, "2.5 points");
  assertThrows(() => fft([1, 2], { n: "2" as unknown as number }), TypeError);
  assertThrows(() => fft([1, 2], { axis: 1 }), RangeError, "axis 1");
  assertThrows(() => fft([1, 2], { axis: -2 }), RangeError, "axis -2");
  assertThrows(() => fft([1, 2], { norm: "backwards" as FftNorm }), TypeError, "backward, ortho, forward");
  assertThrows(() => fft(3), RangeError, "no axis");
  assertThrows(() => rfft(complex(1, 4)), TypeError, "complex128");
});
