/**
 * Correlations by generated WebAssembly: right for every shape, mode, boundary and layout, exact for whole numbers, the
 * same bits however the work is split, and no byte touched that is not theirs.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  autocorrelate2d,
  convolve2d,
  correlate2d,
  type CorrelateMode,
  type CorrelateOptions,
  setKernelBackend,
} from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { type DType, heapStats, NDArray, SharedMemoryFullError } from "@multicore/multicore/shared";
import { questionOf } from "../../kernels/_composed.ts";
import { correlateJob, decided } from "../../kernels/_correlate.ts";
import { checkCorrelate, type Decision } from "../../kernels/_correlate_call.ts";
import { decide } from "../../kernels/_decide.ts";
import { costsOf } from "../../kernels/_wasm_correlate_costs.ts";
import { addressOf, HeapBuffers } from "../../kernels/_wasm_correlate_memory.ts";
import { transformPlan } from "../../kernels/wasm/correlate_transform.ts";
import { Block } from "../../shared/block.ts";
import {
  assertSameBits,
  filled,
  naiveCorrelate,
  randomIntegers,
  randomSource,
  relativeError,
} from "../_oracle.ts";
import { test } from "../pool/_tools.ts";

const MODES = ["full", "same", "valid"] as const;
const BOUNDARIES = ["fill", "wrap", "symm"] as const;

/** Random numbers. */
function real(seed: number, ...shape: number[]): NDArray<"float64"> {
  return filled(NDArray.zeros(shape), randomSource(seed));
}

/** Random whole numbers of any type. */
function whole<D extends DType>(
  seed: number,
  low: number,
  high: number,
  dtype: D,
  ...shape: number[]
): NDArray<D> {
  return NDArray.from(filled(NDArray.zeros(shape), randomIntegers(seed, low, high)), undefined, dtype);
}

/** What the plain kernels give. */
function plainly<T>(run: () => T): T {
  setKernelBackend("plain");
  try {
    return run();
  } finally {
    setKernelBackend("auto");
  }
}

/** How a correlation would be computed. */
function decisionOf(a: NDArray, b: NDArray | undefined, options: CorrelateOptions): Decision {
  const call = checkCorrelate(a, b, options, false, NDArray.zeros);
  return decide(questionOf(call, [0, 0, 0], 0, 0), costsOf("wasm"));
}

/** The definition's result. */
function expected(a: NDArray, b: NDArray, options: CorrelateOptions): number[] {
  const items = (array: NDArray) => NDArray.from(array, undefined, "complex128").toArray();
  const { mode = "full", boundary = "fill", fillvalue = 0 } = options;
  return naiveCorrelate(items(a), items(b), { mode, boundary, fillvalue: fillvalue as number })
    .flat().map(([re]) => re);
}

/** An array of that shape somewhere in a shared one, with `around` everywhere else, and a check that it stays there. */
function guarded(
  [rows, columns]: readonly number[],
  layout: number,
  around: number,
  stack: DisposableStack,
): [array: NDArray<"float64">, check: (what: string) => void] {
  const step = layout === 1 ? 2 : 1;
  const board = stack.use(NDArray.shared([rows + 4, step * columns + 4]));
  board.data.fill(around);
  const inner = board.slice([2, rows + 2], [2, step * columns + 2, step]);
  const array = (layout === 2 ? inner.slice([null, null, -1], [null, null, -1]) : inner) as NDArray<
    "float64"
  >;
  const check = (what: string) => {
    const copy = board.copy(), places = copy.slice([2, rows + 2], [2, step * columns + 2, step]);
    places.fill(around);
    assert((copy.data as Float64Array).every((x) => Object.is(x, around)), `${what}: written beside`);
  };
  return [array, check];
}

test("generated correlations agree with the definition in any layout, and touch nothing beside", () => {
  const next = randomIntegers(77, 0, 1 << 20), below = (count: number) => next() % count;
  for (let round = 0; round < 260; round++) {
    using stack = new DisposableStack();
    const most = round % 13 === 0 ? 40 : 17;
    const shapeA = [1 + below(most), 1 + below(most)], shapeB = [1 + below(most), 1 + below(most)];
    let mode: CorrelateMode = MODES[below(3)];
    if (mode === "valid" && (shapeA[0] < shapeB[0] || shapeA[1] < shapeB[1])) mode = "full";
    const boundary = BOUNDARIES[below(3)], method = (["auto", "direct", "fft"] as const)[below(3)];
    const options: CorrelateOptions = { mode, boundary, method, fillvalue: below(4) === 0 ? 2.5 : 0 };
    const what = `${round}: ${shapeA} ${shapeB} ${JSON.stringify(options)}`;
    const [a, checkA] = guarded(shapeA, below(3), NaN, stack),
      [b, checkB] = guarded(shapeB, below(3), NaN, stack);
    a.copyFrom(real(round, ...shapeA));
    b.copyFrom(real(round + 1000, ...shapeB));
    const { shape } = plainly(() => correlate2d(a, b, options));
    const [out, check] = guarded(shape, below(3), 1234, stack);
    correlate2d(a, b, { ...options, out });
    assert(relativeError(out.copy().data, expected(a.copy(), b.copy(), options)) < 4e-15, what);
    const outside = correlate2d(a.copy(), b.copy(), options);
    assertSameBits(outside, out.copy(), `${what}, not in the heap`);
    const itself = autocorrelate2d(a, options);
    assert(relativeError(itself.data, expected(a.copy(), a.copy(), options)) < 4e-15, `${what}, with itself`);
    [checkA, checkB, check].forEach((guard) => guard(what));
  }
});

test("transforms of every length agree with the definition", () => {
  for (let length = 8; length <= 130; length++) {
    if (!transformPlan(length)) continue;
    const a = real(length, 3, length), b = real(length + 1, 3, length);
    const options = { mode: "same", boundary: "wrap", method: "fft" } as const;
    for (const [x, y] of [[a, b], [a.transpose(), b.transpose()]] as NDArray[][]) {
      const [m, n] = x.shape, tall = NDArray.zeros([Math.max(8, m), Math.max(8, n)]), small = tall.copy();
      tall.slice([0, m], [0, n]).copyFrom(x);
      small.slice([0, m], [0, n]).copyFrom(y);
      assertEquals(decisionOf(tall, small, options).points, tall.shape as [number, number]);
      const result = correlate2d(tall, small, options),
        direct = correlate2d(tall, small, { ...options, method: "direct" });
      assert(relativeError(result.data, direct.data) < 4e-15, `${tall.shape}`);
    }
  }
});

test("lengths that are no products of 2, 3 and 5 are correlated circularly all the same", () => {
  for (const [m, n] of [[7, 11], [13, 14], [22, 49], [97, 8]]) {
    const a = real(m, m, n),
      b = real(n, 5, 6),
      options = { mode: "same", boundary: "wrap", method: "fft" } as const;
    assertEquals(decisionOf(a, b, options).simd, "doubles");
    assert(relativeError(correlate2d(a, b, options).data, expected(a, b, options)) < 4e-15, `${m} ${n}`);
  }
});

test("whole numbers are exact by every kind of code", () => {
  const kinds: [DType, number, number][] = [
    ["int8", -128, 127],
    ["uint8", 0, 255],
    ["int16", -32768, 32767],
    ["uint16", 0, 65535],
    ["int32", -(2 ** 31), 2 ** 31 - 1],
    ["int64", -(2 ** 40), 2 ** 40],
    ["float64", -100, 100],
  ];
  for (const [dtype, low, high] of kinds) {
    for (const [m, n, p, q] of [[20, 30, 3, 3], [33, 25, 7, 6], [40, 40, 40, 40], [9, 70, 2, 41]]) {
      const a = whole(m, low, high, dtype, m, n), b = whole(n, -9, 9, "int8", p, q);
      for (const mode of ["full", "same"] as const) {
        const wanted = plainly(() => correlate2d(a, b, { mode, method: "direct" }));
        for (const method of ["auto", "direct"] as const) {
          assertSameBits(
            correlate2d(a, b, { mode, method }),
            wanted,
            `${dtype} ${m} ${n} ${p} ${q} ${mode} ${method}`,
          );
        }
      }
    }
  }
});

test("integers of 16 bits are used where their sums fit, and only there", () => {
  const a = whole(1, -128, 127, "int8", 30, 30), b = whole(2, -128, 127, "int8", 5, 5);
  const numbers = (x: NDArray, y: NDArray, more: CorrelateOptions = {}) =>
    decisionOf(x, y, { method: "direct", ...more }).simd;
  assertEquals(numbers(a, b), "integers");
  assertEquals(numbers(a, b, { fillvalue: 1000 }), "integers");
  assertEquals(numbers(a, b, { fillvalue: 0.5 }), "doubles");
  assertEquals(numbers(a, b, { fillvalue: 1e9 }), "doubles");
  assertEquals(
    numbers(NDArray.from(a, undefined, "float64"), NDArray.from(b, undefined, "float64")),
    "integers",
  );
  assertEquals(numbers(real(3, 30, 30), b), "doubles");
  const least = NDArray.from(new Int16Array(400).fill(-32768), [20, 20]),
    wide = whole(4, -32768, -32768, "int16", 2, 2);
  assertEquals(numbers(least, wide), "doubles"); // -32768 is not below 2^15, and two products are 2^31
  assertSameBits(correlate2d(least, wide), plainly(() => correlate2d(least, wide)), "the largest products");
  const edge = NDArray.from(new Int16Array(900).fill(-32767), [30, 30]),
    weights = whole(5, 2340, 2340, "int16", 5, 5);
  assertEquals(numbers(edge, weights), "integers");
  assertSameBits(
    correlate2d(edge, weights),
    plainly(() => correlate2d(edge, weights)),
    "sums just below 2^31",
  );
});

test("auto rounds only where rounding is certain, and stays exact where it is not", () => {
  const a = whole(6, -1000, 1000, "int32", 60, 50), huge = whole(7, -(2 ** 25), 2 ** 25, "int32", 60, 50);
  const near = decisionOf(a, undefined, {}), far = decisionOf(huge, undefined, {});
  assertEquals([near.round, near.split], [true, undefined]);
  assert(near.points !== undefined && (far.points === undefined || far.split !== undefined));
  for (const x of [a, huge]) {
    assertSameBits(
      autocorrelate2d(x),
      plainly(() => autocorrelate2d(x, { method: "direct" })),
      "whole numbers",
    );
  }
  assert(!decisionOf(real(8, 60, 50), undefined, {}).round);
});

test("NaN and infinities stay where they belong, sum by sum", () => {
  const a = real(9, 40, 50), b = real(10, 3, 4);
  a.set(NaN, 0, 0);
  a.set(Infinity, 39, 49);
  a.set(-Infinity, 20, 25);
  for (const boundary of BOUNDARIES) {
    for (const mode of MODES) {
      const options = { boundary, mode, method: "direct" } as const;
      const actual = correlate2d(a, b, options), wanted = plainly(() => correlate2d(a, b, options));
      actual.data.forEach((x, i) => {
        const y = wanted.data[i];
        assert(
          Number.isFinite(y) ? Math.abs(x - y) < 1e-13 : Object.is(x, y),
          `${boundary} ${mode} ${i}: ${x} ${y}`,
        );
      });
    }
  }
  b.set(NaN, 1, 1);
  assert(correlate2d(a, b).data.some(Number.isNaN));
  assertEquals(
    Array.from(correlate2d(a, b).data, Number.isNaN),
    Array.from(plainly(() => correlate2d(a, b)).data, Number.isNaN),
  );
});

test("large kernels and images are computed tile by tile, to the bits of any other split", () => {
  const a = real(11, 150, 300), b = real(12, 140, 270);
  for (const mode of ["full", "valid"] as const) {
    const options = { mode, method: "direct" } as const;
    const result = correlate2d(a, b, options), fft = correlate2d(a, b, { mode, method: "fft" });
    assert(relativeError(result.data, fft.data) < 1e-14, mode);
    assertSplitsAgree(a, b, options);
  }
});

/** Asserts that runs of units and parts of stages, in any order, give the bits of one run. */
function assertSplitsAgree(a: NDArray, b: NDArray | undefined, options: CorrelateOptions): void {
  const what = `${a.shape} ${b?.shape} ${JSON.stringify(options)}`;
  const call = checkCorrelate(a, b, options, false, NDArray.zeros);
  correlateJob(call).run(0, 1);
  const { dtype, shape } = call.out;
  for (const out of [NDArray.zeros(shape, dtype), NDArray.shared(shape, dtype)]) {
    using stack = new DisposableStack();
    stack.use(out);
    const again = decided({ ...call, out }, 0), buffers = new Map<string, NDArray<"float64">>();
    const stagesOf = () =>
      correlateJob(again, (name, length) => {
        if (!buffers.has(name)) buffers.set(name, stack.use(NDArray.shared([length])));
        return buffers.get(name)!.data;
      }).stagesOf(0);
    stagesOf().forEach(({ parts }, stage) => {
      const cuts = [0, parts >> 3, (parts >> 1) + 1, parts].map((cut) => Math.min(cut, parts));
      for (const i of [2, 0, 1]) stagesOf()[stage].run(cuts[i], cuts[i + 1]);
    });
    assertSameBits(out.copy(), call.out, what);
  }
}

test("every split of the stages gives the same bits", () => {
  const a = real(13, 37, 45), b = real(14, 20, 18), c = real(15, 5, 4);
  const bytes = whole(16, -128, 127, "int8", 37, 45), weights = whole(17, -9, 9, "int8", 5, 5);
  for (const boundary of BOUNDARIES) {
    for (const method of ["direct", "fft"] as const) {
      for (const mode of MODES) {
        for (const second of [undefined, b, c]) assertSplitsAgree(a, second, { boundary, method, mode });
        assertSplitsAgree(bytes, weights, { boundary, method, mode });
      }
      const single = NDArray.from(a, undefined, "float32"), other = NDArray.from(b, undefined, "float32");
      assertSplitsAgree(single, other, { boundary, method });
    }
  }
});

test("a pool gives the serial bits, of stacks and of one large matrix", async () => {
  await using pool = new Pool(2);
  using stack = filled(NDArray.shared([9, 40, 37]), randomSource(18));
  using large = filled(NDArray.shared([400, 410]), randomSource(19)); // the result is copied in pieces
  const kernel = real(20, 6, 7), wide = real(21, 40, 45);
  for (const a of [stack, large]) {
    const check = async (actual: Promise<NDArray>, wanted: NDArray, what: string) => {
      using result = await actual;
      assertSameBits(result, wanted, `${what} of ${a.shape}`);
    };
    await check(parallel.autocorrelate2d(pool, a), autocorrelate2d(a), "autocorrelate2d");
    await check(parallel.correlate2d(pool, a, kernel), correlate2d(a, kernel), "correlate2d");
    await check(parallel.convolve2d(pool, a, wide), convolve2d(a, wide), "convolve2d");
  }
});

test("single precision is computed in double, and rounded once", () => {
  const a = NDArray.from(real(22, 50, 60), undefined, "float32"),
    b = NDArray.from(real(23, 9, 8), undefined, "float32");
  for (const method of ["direct", "fft"] as const) {
    const wide = correlate2d(NDArray.from(a, undefined, "float64"), NDArray.from(b, undefined, "float64"), {
      method,
    });
    assertEquals(correlate2d(a, b, { method }).data, Float32Array.from(wide.data), method);
  }
});

test("where the heap is full the plain kernels compute", () => {
  const a = real(24, 300, 300), wanted = plainly(() => autocorrelate2d(a));
  const { allocate } = Block;
  Block.allocate = () => {
    throw new SharedMemoryFullError("Cannot allocate in a test", 1, 0);
  };
  try {
    assertSameBits(autocorrelate2d(a), wanted, "no room");
  } finally {
    Block.allocate = allocate;
  }
});

test("what is kept for later calls is not counted with the program's blocks, and is bounded", () => {
  const before = heapStats().blocks;
  for (const order of [20, 60, 150, 400]) autocorrelate2d(real(order, order, order), { method: "fft" });
  assertEquals(heapStats().blocks, before);
  assert(heapStats().pools.bytes < 2 ** 25);
  using buffers = new HeapBuffers();
  const large = buffers.get("large", 1 << 20), { bytes } = heapStats().pools;
  assertEquals(addressOf(large), large.byteOffset);
  buffers[Symbol.dispose]();
  assertEquals(heapStats().pools.bytes, bytes - (8 << 20));
  assertThrows(() => addressOf(new Float64Array(8)), TypeError, "outside of the shared heap");
});
