/**
 * Transforms along two axes against the definition, NumPy, and those along one axis.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { fft, fft2, type FftNorm, ifft2, irfft2, rfft2 } from "@multicore/multicore/kernels";
import { NDArray } from "@multicore/multicore/shared";
import { checkFft2, fft2Job } from "../../kernels/_fft_planes.ts";
import {
  assertSameBits,
  type Complex,
  filled,
  naiveDft2,
  randomIntegers,
  randomSource,
  relativeError,
} from "../_oracle.ts";
import { decode, doubles, golden, type GoldenArray, type GoldenSample } from "./_golden.ts";

interface GoldenCase {
  readonly name: string;
  readonly real: GoldenArray;
  readonly s?: [number, number];
  readonly fft2: GoldenArray | GoldenSample;
  readonly rfft2?: GoldenArray | GoldenSample;
  readonly ortho?: GoldenArray;
  readonly forward?: GoldenArray;
  readonly cplx_re?: GoldenArray;
  readonly cplx_im?: GoldenArray;
  readonly cplx_fft2: GoldenArray | GoldenSample;
  readonly cplx_ifft2: GoldenArray | GoldenSample;
}

const SIZES = [[1, 1], [1, 6], [6, 1], [2, 2], [3, 5], [4, 4], [8, 6], [7, 11], [16, 9], [25, 12], [13, 31], [
  34,
  53,
]];

/** Random complex numbers. */
function complex(seed: number, ...shape: number[]): NDArray<"complex128"> {
  return filled(NDArray.zeros(shape, "complex128"), randomSource(seed));
}

/** Random real numbers. */
function real(seed: number, ...shape: number[]): NDArray<"float64"> {
  return filled(NDArray.zeros(shape), randomSource(seed));
}

/** Fails unless a result agrees with whole or sampled golden data, within the tolerance of their README. */
function assertGolden(actual: NDArray, expected: GoldenArray | GoldenSample, what: string): void {
  const points = actual.shape.at(-1)! * actual.shape.at(-2)!;
  assertEquals(actual.shape, expected.shape, what);
  const slots = actual.data as Float64Array;
  if ("b64" in expected) {
    const error = relativeError(slots, doubles(expected.b64));
    assert(error <= 4e-16 * Math.log2(points) + 1e-300, `${what}: ${error}`);
  } else {
    const values = doubles(expected.values);
    const worst = Math.max(
      ...expected.index.map((at, i) =>
        Math.hypot(slots[2 * at] - values[2 * i], slots[2 * at + 1] - values[2 * i + 1])
      ),
    );
    assert(worst <= 4e-16 * Math.log2(points) * expected.norm, `${what}: ${worst / expected.norm}`);
  }
}

Deno.test("fft2() of matrices worked by hand", () => {
  assertEquals(fft2([[5]]).toArray(), [[[5, 0]]]);
  assertEquals(fft2([[1, 2], [3, 4]]).toArray(), [[[10, 0], [-2, 0]], [[-4, 0], [0, 0]]]);
  assertEquals(rfft2([[1, 2], [3, 4]]).toArray(), [[[10, 0], [-2, 0]], [[-4, 0], [0, 0]]]);
  assertEquals(irfft2([[4, 0], [0, 0]]).toArray(), [[1, 1], [1, 1]]);
});

Deno.test("the transforms agree with NumPy's on the golden data", () => {
  for (const it of golden("fft2").cases as GoldenCase[]) {
    const image = decode(it.real);
    const s = it.s && { s: it.s };
    assertGolden(fft2(image, s), it.fft2, `fft2 ${it.name}`);
    if (it.rfft2) {
      const half = rfft2(image), [rows, columns] = image.shape;
      assertGolden(half, it.rfft2, `rfft2 ${it.name}`);
      const back = irfft2(half, { s: [rows, columns] }),
        pixels = Array.from(image.data as Float64Array, Number);
      assert(relativeError(back.data, pixels) < 1e-15, `irfft2 ${it.name}`);
    }

    if (it.cplx_re && it.cplx_im) {
      const re = decode(it.cplx_re), im = decode(it.cplx_im), z = NDArray.zeros(re.shape, "complex128");
      for (let i = 0; i < re.size; i++) {
        z.data[2 * i] = Number(re.data[i]);
        z.data[2 * i + 1] = Number(im.data[i]);
      }
      assertGolden(fft2(z), it.cplx_fft2, `complex fft2 ${it.name}`);
      assertGolden(ifft2(z), it.cplx_ifft2, `complex ifft2 ${it.name}`);
      if (it.ortho) assertGolden(fft2(z, { norm: "ortho" }), it.ortho, `ortho ${it.name}`);
      if (it.forward) assertGolden(fft2(z, { norm: "forward" }), it.forward, `forward ${it.name}`);
    }
  }
});

Deno.test("fft2() agrees with the definition, for real and for complex matrices", () => {
  for (const [m, n] of SIZES) {
    const z = complex(m + n, m, n), x = real(m + n, m, n);
    const flat = (items: Complex[][]) => items.flat(2);
    const asComplex = NDArray.from(x, undefined, "complex128").toArray<Complex[][]>();
    assert(relativeError(fft2(z).data, flat(naiveDft2(z.toArray()))) < 1e-14, `complex ${m}x${n}`);
    assert(relativeError(fft2(x).data, flat(naiveDft2(asComplex))) < 1e-14, `real ${m}x${n}`);
    const inverse = ifft2(x, { norm: "forward" });
    assert(relativeError(inverse.data, flat(naiveDft2(asComplex, 1))) < 1e-14, `inverse ${m}x${n}`);
    const half = naiveDft2(asComplex).map((row) => row.slice(0, (n >> 1) + 1));
    assert(relativeError(rfft2(x).data, flat(half)) < 1e-14, `half ${m}x${n}`);
  }
});

Deno.test("the inverse transforms give the matrix back", () => {
  for (const [m, n] of [...SIZES, [100, 100], [128, 64], [97, 101], [30, 211]]) {
    const z = complex(m * n, m, n), x = real(m * n, m, n);
    assert(relativeError(ifft2(fft2(z)).data, z.data) < 4e-15, `complex ${m}x${n}`);
    assert(relativeError(irfft2(rfft2(x), { s: [m, n] }).data, x.data) < 4e-15, `real ${m}x${n}`);
    const there = fft2(x), sum = (x.data as Float64Array).reduce((total, pixel) => total + pixel, 0);
    assert(Math.abs(there.get(0, 0)[0] - sum) < 1e-12);
  }
});

Deno.test("fft2() is fft() along one axis and then along the other", () => {
  const z = complex(3, 4, 9, 10), x = real(3, 4, 9, 10);
  for (const axes of [[-2, -1], [0, 1], [2, 0], [1, -3], [-1, -2]] as [number, number][]) {
    for (const s of [undefined, [5, 12], [12, 3], [1, 1]] as ([number, number] | undefined)[]) {
      for (const a of [z, x]) {
        const second = fft(a, { axis: axes[1], ...(s && { n: s[1] }) });
        const expected = fft(second, { axis: axes[0], ...(s && { n: s[0] }) });
        const actual = fft2(a, { axes, ...(s && { s }) });
        assertEquals(actual.shape, expected.shape);
        assert(relativeError(actual.data, expected.data) < 1e-15, `${axes} ${s}`);
      }
      const half = rfft2(x, { axes, ...(s && { s }) }), whole = fft2(x, { axes, ...(s && { s }) });
      const last = (axes[1] + 3) % 3;
      const kept = whole.slice(
        ...[0, 1, 2].map((axis) => axis === last ? [0, half.shape[last]] as const : null),
      );
      assert(relativeError(half.data, NDArray.from(kept).data) < 1e-15, `half ${axes} ${s}`);
    }
  }
});

Deno.test("irfft2() reads as many bins as its result has, and takes missing ones as zeros", () => {
  const z = complex(4, 5, 6);
  for (const s of [[5, 10], [5, 11], [3, 6], [8, 7], [5, 15], [1, 1], [2, 2]] as [number, number][]) {
    const bins = (s[1] >> 1) + 1, padded = NDArray.zeros([s[0], bins], "complex128");
    const kept: [number, number][] = [[0, Math.min(5, s[0])], [0, Math.min(6, bins)]];
    padded.slice(...kept).copyFrom(z.slice(...kept));
    const actual = irfft2(z, { s });
    assertEquals(actual.shape, s);
    assert(relativeError(actual.data, irfft2(padded, { s }).data) < 1e-15, `${s}`);
  }
});

Deno.test("every matrix of a stack is transformed by itself, to the bits of a single one", () => {
  for (const a of [real(5, 2, 3, 12, 10), complex(5, 2, 3, 12, 10), real(5, 2, 3, 7, 9)]) {
    const stack = fft2(a as NDArray);
    assertSameBits(stack.at(1).at(2), fft2(a.at(1).at(2) as NDArray));
    const inverse = irfft2(a as NDArray);
    assertSameBits(inverse.at(1).at(2), irfft2(a.at(1).at(2) as NDArray));
  }
  assertEquals(fft2(NDArray.zeros([0, 4, 4])).shape, [0, 4, 4]);
});

Deno.test("any strides are read as a copy would give them", () => {
  const x = real(6, 6, 8, 9), z = complex(6, 6, 8, 9);
  for (const a of [x, z] as NDArray[]) {
    for (const view of [a.transpose(), a.transpose(1, 0, 2), a.slice(null, [null, null, -1], [7, 1, -2])]) {
      assertSameBits(fft2(view), fft2(NDArray.from(view)));
      assertSameBits(irfft2(view), irfft2(NDArray.from(view)));
    }
  }
});

Deno.test("the result of a real matrix mirrors itself exactly", () => {
  for (const [m, n] of [[8, 6], [7, 9], [10, 11]]) {
    const bins = fft2(real(m, m, n));
    for (let k = 1; k < m; k++) {
      if (2 * k === m) continue; // this row is computed as it stands, like row 0
      for (let l = 0; l < n; l++) {
        const [re, im] = bins.get(k, l), [mirrorRe, mirrorIm] = bins.get(m - k, (n - l) % n);
        assertEquals([re, im + 0], [mirrorRe, -mirrorIm + 0]);
      }
    }
  }
});

Deno.test("single precision stays single, integers become doubles", () => {
  const whole = filled(NDArray.zeros([3, 10, 12], "uint8"), randomIntegers(7, 0, 255));
  assertEquals(fft2(whole).dtype, "complex128");
  assertSameBits(fft2(whole), fft2(NDArray.from(whole, undefined, "float64")));
  const single = NDArray.from(whole, undefined, "float32"), bins = fft2(single);
  assertEquals([bins.dtype, rfft2(single).dtype, irfft2(bins).dtype], ["complex64", "complex64", "float32"]);
  assert(relativeError(bins.data, fft2(whole).data) < 1e-7);
  assert(relativeError(ifft2(bins).data, NDArray.from(single, undefined, "complex64").data) < 1e-6);
});

Deno.test("norm says where the factor goes", () => {
  const z = complex(8, 6, 5);
  const times = (a: NDArray, factor: number) => (a.data as Float64Array).map((part) => part * factor);
  for (
    const [norm, forward] of [["backward", 1], ["ortho", 1 / Math.sqrt(30)], ["forward", 1 / 30]] as const
  ) {
    assert(relativeError(fft2(z, { norm }).data, times(fft2(z), forward)) < 1e-15);
    assert(relativeError(ifft2(z, { norm }).data, times(ifft2(z), 1 / forward)) < 1e-15);
  }
});

Deno.test("out gets the result and nothing else is written; the input itself will do", () => {
  for (const a of [real(9, 2, 6, 7), complex(9, 2, 6, 7)] as NDArray[]) {
    const board = NDArray.zeros([4, 8, 16], "complex128").fill([99, 98]);
    const out = board.slice([1, 3], [7, 1, -1], [1, 15, 2]);
    assertStrictEquals(fft2(a, { out }) as unknown, out);
    assertEquals(out.toArray(), fft2(a).toArray());
    assertEquals(
      (board.data as Float64Array).filter((part) => part === 99 || part === 98).length,
      2 * (512 - 84),
    );
    const plane = NDArray.zeros([3, 8, 8]).fill(99), part = plane.slice([0, 2], [1, 7], [0, 7]);
    assertStrictEquals(irfft2(a, { s: [6, 7], out: part }) as unknown, part);
    assertEquals(part.toArray(), irfft2(a, { s: [6, 7] }).toArray());
    assertEquals((plane.data as Float64Array).filter((pixel) => pixel === 99).length, 3 * 64 - 84);
  }
  const z = complex(9, 2, 6, 7), expected = ifft2(z);
  assertSameBits(ifft2(z, { out: z }), expected);
  assertThrows(
    () => fft2(z, { out: z.transpose(0, 2, 1).transpose(0, 2, 1).slice([null, null, -1]) }),
    RangeError,
  );
  assertThrows(
    () => rfft2(real(1, 4, 6), { out: NDArray.zeros([4, 6], "complex128") }),
    RangeError,
    "[4, 4]",
  );
  assertThrows(() => fft2(real(1, 4, 6), { out: NDArray.zeros([4, 6]) }), RangeError, "complex128");
});

Deno.test("every split of the stages gives the same bits", () => {
  const kinds = [["complex", false], ["complex", true], ["real", false], ["hermitian", true]] as const;
  for (const [kind, inverse] of kinds) {
    for (const a of [real(10, 37, 60), complex(10, 36, 35)] as NDArray[]) {
      if (kind === "real" && a.dtype === "complex128") continue;
      const call = checkFft2(a, {}, kind, inverse, NDArray.zeros);
      fft2Job(call).run(0, 1);
      const again = { ...call, out: NDArray.zeros(call.out.shape, call.out.dtype) };
      const buffers = new Map<string, Float64Array>();
      const job = fft2Job(again, (name, length) => {
        if (!buffers.has(name)) buffers.set(name, new Float64Array(length));
        return buffers.get(name)!;
      });
      for (const { parts, run } of job.stagesOf(0)) {
        for (const [from, to] of [[parts - 3, parts], [0, 5], [6, parts - 3], [5, 6]]) run(from, to);
      }
      assertSameBits(again.out, call.out, `${kind} ${a.dtype}`);
    }
  }
});

Deno.test("what cannot be transformed is refused", () => {
  const x = real(1, 3, 4);
  assertThrows(() => fft2([1, 2]), RangeError, "two axes");
  assertThrows(() => fft2(x, { axes: [1, -1] }), RangeError, "twice");
  assertThrows(() => fft2(x, { axes: [0, 2] }), RangeError, "axis 2");
  assertThrows(() => fft2(x, { axes: [0] as unknown as [number, number] }), RangeError, "two numbers");
  assertThrows(() => fft2(x, { s: 4 as unknown as [number, number] }), TypeError, "two numbers");
  assertThrows(() => fft2(x, { s: [0, 4] }), RangeError, "0 points");
  assertThrows(() => fft2(NDArray.zeros([0, 4])), RangeError, "0 points");
  assertThrows(() => irfft2(NDArray.zeros([4, 1])), RangeError, "0 points");
  assertThrows(() => fft2(x, { norm: "none" as FftNorm }), TypeError, "none");
  assertThrows(() => rfft2(complex(1, 3, 4)), TypeError, "complex128");
});
