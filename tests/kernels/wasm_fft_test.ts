/**
 * Transforms by generated code against the plain kernels: in double precision the same bits, in single precision as
 * many digits as it has; and nothing but the arrays is read or written.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  fft,
  fft2,
  ifft,
  ifft2,
  irfft,
  irfft2,
  rfft,
  rfft2,
  setKernelBackend,
} from "@multicore/multicore/kernels";
import { type DType, heapStats, NDArray } from "@multicore/multicore/shared";
import { checkFft, type FftCall, fftJob } from "../../kernels/_fft_lines.ts";
import { checkFft2, type Fft2Call, fft2Job } from "../../kernels/_fft_planes.ts";
import { generatedFftJob } from "../../kernels/_wasm_fft_lines.ts";
import { generatedFft2Job } from "../../kernels/_wasm_fft_planes.ts";
import type { Job, StagedJob } from "../../kernels/_job.ts";
import { withRoom } from "../../kernels/_wasm_room.ts";
import { assertSameBits, filled, randomIntegers, randomSource, relativeError } from "../_oracle.ts";

/** Powers of all radices, products of several, primes with and without Bluestein's detour, and one point. */
const LENGTHS = [
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  11,
  12,
  13,
  15,
  16,
  21,
  22,
  25,
  34,
  35,
  49,
  53,
  64,
  97,
  100,
  101,
  143,
  243,
];

/** Lines that are worth code, and fill no last group. */
const LINES = 401;

function random(dtype: DType, shape: readonly number[], isShared: boolean, seed = 1): NDArray {
  const array = isShared ? NDArray.shared(shape, dtype) : NDArray.zeros(shape, dtype);
  return filled(array, dtype.includes("int") ? randomIntegers(seed, -99, 99) : randomSource(seed));
}

function plain<T>(run: () => T): T {
  setKernelBackend("plain");
  try {
    return run();
  } finally {
    setKernelBackend("auto");
  }
}

/** Fails unless a call gives the plain kernels' numbers; zeros may have either sign. */
function assertAsPlain(run: () => NDArray, what: string): void {
  const actual = run(), expected = plain(run);
  assertEquals(actual.shape, expected.shape, what);
  if (actual.dtype === "float32" || actual.dtype === "complex64") {
    const points = Math.max(2, ...actual.shape);
    const error = relativeError(actual.data as Float32Array, expected.data as Float32Array);
    assert(error < 1e-7 * Math.log2(points), `${what}: ${error}`);
    return;
  }
  const x = actual.data as Float64Array, y = expected.data as Float64Array;
  for (let i = 0; i < x.length; i++) {
    if (x[i] !== y[i]) throw new Error(`${what}: ${x[i]} in slot ${i}, expected ${y[i]}`);
  }
}

Deno.test("transforms along one axis give the plain kernels' bits, whatever the length", () => {
  for (const isShared of [true, false]) {
    for (const n of LENGTHS) {
      const z = random("complex128", [LINES, n], isShared), x = random("float64", [LINES, n], isShared);
      const what = `${n} points, ${isShared ? "shared" : "not shared"}`;
      assertAsPlain(() => fft(z), `fft of ${what}`);
      assertAsPlain(() => ifft(z), `ifft of ${what}`);
      assertAsPlain(() => fft(x), `real fft of ${what}`);
      assertAsPlain(() => ifft(x, { norm: "ortho" }), `real ifft of ${what}`);
      assertAsPlain(() => rfft(x), `rfft of ${what}`);
      assertAsPlain(() => irfft(z, { n }), `irfft of ${what}`);
      assertAsPlain(() => irfft(z, { n: 2 * n }), `irfft of twice ${what}`);
      if (isShared) z[Symbol.dispose](), x[Symbol.dispose]();
    }
  }
});

Deno.test("lines that are cut off or continued by zeros give the plain kernels' numbers", () => {
  for (const n of [2, 5, 7, 12, 33, 100]) {
    const z = random("complex128", [LINES, n], false), x = random("float64", [LINES, n], false);
    for (const length of [n - 1, n + 1, 2 * n, 2 * n + 3, 4 * n]) {
      assertAsPlain(() => fft(z, { n: length }), `fft ${n} -> ${length}`);
      assertAsPlain(() => fft(x, { n: length }), `real fft ${n} -> ${length}`);
      assertAsPlain(() => rfft(x, { n: length }), `rfft ${n} -> ${length}`);
      assertAsPlain(() => irfft(z, { n: length }), `irfft ${n} -> ${length}`);
    }
  }
});

Deno.test("transforms along two axes give the plain kernels' bits, for whole matrices and for halves", () => {
  const sizes = [[1, 100], [100, 1], [2, 50], [3, 40], [16, 16], [7, 33], [36, 25], [64, 97], [97, 64], [
    100,
    100,
  ]];
  for (const isShared of [true, false]) {
    for (const [m, n] of sizes) {
      const shape = [Math.ceil(9000 / (m * n)), m, n],
        what = `${m}x${n}, ${isShared ? "shared" : "not shared"}`;
      const z = random("complex128", shape, isShared), x = random("float64", shape, isShared);
      const whole = random("int16", shape, isShared);
      assertAsPlain(() => fft2(z), `fft2 of ${what}`);
      assertAsPlain(() => ifft2(z), `ifft2 of ${what}`);
      assertAsPlain(() => fft2(x), `real fft2 of ${what}`);
      assertAsPlain(() => ifft2(x), `real ifft2 of ${what}`);
      assertAsPlain(() => fft2(whole), `integer fft2 of ${what}`);
      assertAsPlain(() => rfft2(x), `rfft2 of ${what}`);
      assertAsPlain(() => irfft2(z, { s: [m, n] }), `irfft2 of ${what}`);
      assertAsPlain(() => irfft2(z, { s: [m + 3, 2 * n] }), `irfft2 of more than ${what}`);
      assertAsPlain(() => fft2(x, { s: [2 * m, n + 1] }), `padded fft2 of ${what}`);
      assertAsPlain(() => fft2(x, { axes: [2, 0] }), `fft2 along other axes of ${what}`);
      if (isShared) { for (const array of [z, x, whole]) array[Symbol.dispose](); }
    }
  }
});

Deno.test("large matrices are staged in tiles, or not at all, with the same bits", () => {
  for (const isShared of [true, false]) {
    const x = random("float64", [700, 800], isShared), z = random("complex128", [500, 640], isShared);
    assertAsPlain(() => fft2(x), "real fft2");
    assertAsPlain(() => fft2(x.transpose()), "real fft2 across");
    assertAsPlain(() => rfft2(x.slice(null, [null, null, -1])), "rfft2 backwards");
    assertAsPlain(() => ifft2(z), "ifft2");
    assertAsPlain(() => irfft2(z), "irfft2");
    if (isShared) x[Symbol.dispose](), z[Symbol.dispose]();
  }
  const wide = random("complex128", [600, 1000], false); // too much between the axes for a plane of its own
  assertAsPlain(() => fft2(wide), "fft2");
  assertAsPlain(() => irfft2(wide), "wide irfft2");
});

Deno.test("single precision is computed in single precision, to its last digits", () => {
  for (const n of [2, 3, 5, 8, 30, 49, 97, 128, 143]) {
    for (const isShared of [true, false]) {
      const z = random("complex64", [LINES, n], isShared), x = random("float32", [LINES, n], isShared);
      assertAsPlain(() => fft(z), `fft ${n}`);
      assertAsPlain(() => ifft(z, { axis: 0 }), `ifft across ${n}`);
      assertAsPlain(() => fft(x), `real fft ${n}`);
      assertAsPlain(() => rfft(x), `rfft ${n}`);
      assertAsPlain(() => rfft(x, { axis: 0 }), `rfft across ${n}`);
      assertAsPlain(() => irfft(z, { n }), `irfft ${n}`);
      assertAsPlain(() => irfft(z, { n: 2 * n, axis: 0 }), `irfft across ${n}`);
      for (const run of [fft2, ifft2, rfft2]) assertAsPlain(() => run(x), `${run.name} ${n}`);
      assertAsPlain(() => irfft2(z, { s: [LINES, n] }), `irfft2 ${n}`);
      if (isShared) z[Symbol.dispose](), x[Symbol.dispose]();
    }
  }
});

/** The job of a call by generated code, however small it is. */
function generated(call: FftCall | Fft2Call): Job | StagedJob {
  const never = () => {
    throw new Error("The heap is full");
  };
  if ("axis" in call) return generatedFftJob(call, never);
  const buffers = new Map<string, Float64Array>();
  const buffer = (name: string, length: number) => {
    if (!buffers.has(name)) buffers.set(name, new Float64Array(length));
    return buffers.get(name)!;
  };
  return generatedFft2Job(call, buffer, never);
}

const KINDS = ["complex", "hermitian", "real"] as const;
const FLOATS = ["complex128", "complex64", "float64", "float32"] as const;

Deno.test("lines and tiles have no influence on the bits", () => {
  for (const dtype of FLOATS) {
    for (const n of [12, 35, 97]) {
      using a = random(dtype, [203, n], true);
      for (const kind of KINDS) {
        if (kind === "real" && dtype.startsWith("complex")) continue;
        const whole = checkFft(a, {}, kind, kind === "hermitian", NDArray.zeros);
        const call = checkFft(a, {}, kind, kind === "hermitian", NDArray.shared);
        generated(whole).run(0, 203);
        const job = generated(call);
        for (const [from, to] of [[150, 203], [0, 1], [4, 150], [1, 4]]) job.run(from, to);
        assertSameBits(call.out, whole.out, `${kind} ${dtype} ${n}`);
        call.out[Symbol.dispose]();
      }
    }
  }
});

Deno.test("the stages of a matrix, split among threads, give the bits of the whole", () => {
  for (const dtype of FLOATS) {
    for (const [m, n] of [[61, 90], [90, 61], [64, 64], [2, 9], [1, 5]]) {
      using a = random(dtype, [m, n], true);
      for (const kind of KINDS) {
        if (kind === "real" && dtype.startsWith("complex")) continue;
        const call = checkFft2(a, {}, kind, kind === "hermitian", NDArray.zeros);
        generated(call).run(0, 1);
        for (const isShared of [true, false]) {
          const { shape, dtype } = call.out, make = isShared ? NDArray.shared : NDArray.zeros;
          using out = make(shape, dtype) as NDArray;
          for (const { parts, run } of (generated({ ...call, out }) as StagedJob).stagesOf(0)) {
            const half = Math.ceil(parts / 2);
            for (const [from, to] of [[half, parts], [0, 1], [1, half]]) run(from, to);
          }
          assertSameBits(out, call.out, `${kind} ${dtype} ${m}x${n}`);
        }
      }
    }
  }
});

Deno.test("NaN and infinities stay in their line", () => {
  for (const n of [8, 15, 34, 97]) {
    const x = random("float64", [LINES, n], true), z = random("complex128", [LINES, n], true);
    const lines = [0, 1, 200, LINES - 1];
    for (const run of [fft, rfft]) {
      const before = run(x);
      const saved = x.copy();
      for (const line of lines) x.set(line === 200 ? Infinity : NaN, line, n - 1);
      const after = run(x);
      for (let line = 0; line < LINES; line++) {
        if (!lines.includes(line)) {
          assertSameBits(after.at(line), before.at(line), `${run.name} ${n} ${line}`);
        } else assert(after.at(line).toArray().flat().some(Number.isNaN), `${run.name} ${n} ${line}`);
      }
      x.copyFrom(saved);
    }
    const before = irfft(z);
    for (const line of lines) z.set([NaN, 0], line, 1);
    const after = irfft(z);
    for (let line = 0; line < LINES; line++) {
      if (!lines.includes(line)) assertSameBits(after.at(line), before.at(line), `irfft ${n} ${line}`);
    }
    x[Symbol.dispose](), z[Symbol.dispose]();
  }
});

/** A view of random strides into the middle of a shared block of canaries, and what must stay canaries. */
function viewAmongCanaries(shape: number[], dtype: DType, canary: number, next: (most: number) => number) {
  const order = shape.map((_, axis) => axis).sort(() => next(3) - 1);
  const steps = shape.map(() => 1 + next(2)),
    lengths = order.map((axis) => shape[axis] * steps[axis] + next(3));
  const size = lengths.reduce((product, length) => product * length, 1), margin = 40;
  const block = NDArray.shared([size + 2 * margin], dtype);
  (block.data as Float64Array).fill(canary);
  const ranges = order.map((axis): [number | null, number | null, number] => {
    const start = next(lengths[order.indexOf(axis)] - shape[axis] * steps[axis]);
    const stop = start + shape[axis] * steps[axis];
    return next(1) === 0
      ? [start, stop, steps[axis]]
      : [stop - 1, start === 0 ? null : start - 1, -steps[axis]];
  });
  const inner = block.slice([margin, margin + size]).reshape(lengths).slice(...ranges);
  const view = inner.transpose(...shape.map((_, axis) => order.indexOf(axis)));
  return { block, view };
}

Deno.test("nothing but the arrays is read or written, for any shape, axis, stride and length", () => {
  const next = (() => {
    const random = randomSource(2024);
    return (most: number) => Math.floor((random() + 0.5) * (most + 1));
  })();
  for (let round = 0; round < 150; round++) {
    const isSingle = next(2) === 0, isComplex = next(1) === 0;
    const dtype = isComplex ? (isSingle ? "complex64" : "complex128") : isSingle ? "float32" : "float64";
    const axes = next(1) === 0 ? [next(2)] : [[0, 1], [2, 0], [1, 2], [2, 1]][next(3)];
    const shape = [1 + next(12), 1 + next(12), 1 + next(12)];
    for (const axis of axes) shape[axis] = [2, 3, 5, 7, 8, 11, 12, 13, 20, 30, 34, 37, 53][next(12)];
    const kind = (["complex", "hermitian", isComplex ? "complex" : "real"] as const)[next(2)];
    // Whatever is read outside of the input is NaN in the result.
    const { block, view } = viewAmongCanaries(shape, dtype, NaN, next);
    const given = random(dtype === "complex64" ? "complex64" : dtype, shape, false, round);
    view.copyFrom(given);
    const lengths = axes.map((axis) => Math.max(2, shape[axis] + next(4) - 2));
    const what = `round ${round}: ${kind} ${dtype} ${shape} along ${axes} to ${lengths}`;
    const isInverse = kind === "hermitian";
    const call = axes.length === 1
      ? checkFft(view, { axis: axes[0], n: lengths[0] }, kind, isInverse, NDArray.zeros)
      : checkFft2(
        view,
        { axes: axes as [number, number], s: lengths as [number, number] },
        kind,
        isInverse,
        NDArray.zeros,
      );
    const target = viewAmongCanaries(call.out.shape.slice(), call.out.dtype, 12345, next);
    const job = generated({ ...call, out: target.view });
    const expected = plain(() => "axis" in call ? fftJob(call) : fft2Job(call));
    job.run(0, job.units);
    expected.run(0, expected.units);
    const actual = target.view.copy().data as Float64Array;
    assert(relativeError(actual, call.out.data as Float64Array) < (isSingle ? 1e-6 : 1e-15), what);
    target.view.fill((kind === "hermitian" ? 12345 : [12345, 12345]) as never);
    assert((target.block.data as Float64Array).every((slot) => slot === 12345), `${what}: written outside`);
    if (call.a !== view) call.a[Symbol.dispose]();
    for (const array of [block, target.block]) array[Symbol.dispose]();
  }
});

Deno.test("however many lengths were transformed, one block of room stays in the heap", () => {
  const x = random("float64", [200, 512], false);
  fft(x);
  // Room is counted with what pools work with.
  const { pools: { blocks, bytes } } = heapStats();
  for (let n = 100; n < 200; n++) fft(x, { n });
  const { pools: after } = heapStats();
  assert(after.blocks <= blocks, `${after.blocks - blocks} more blocks`);
  assert(after.bytes <= bytes + (1 << 22), `${after.bytes - bytes} more bytes`);
});

Deno.test("where the heap has no room the plain kernels take over", () => {
  let done = "";
  withRoom(2 ** 33, () => done = "generated", () => done = "plain");
  assertEquals(done, "plain");
});
