/**
 * Determinants by generated WebAssembly: the bits of the plain kernel, for every shape and any elements, and no byte
 * touched that is not theirs.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { dets, setKernelBackend } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { type DType, heapStats, NDArray } from "@multicore/multicore/shared";
import { isWorthCode } from "../../kernels/_wasm_determinants.ts";
import { compiledModules } from "../../kernels/wasm/compiled.ts";
import { pairDeterminants } from "../../kernels/wasm/determinant_pairs.ts";
import { rowElimination } from "../../kernels/wasm/determinant_rows.ts";
import { assertSameBits, filled, randomIntegers, randomSource } from "../_oracle.ts";
import { test } from "../pool/_tools.ts";
import { decode, doubles, golden, type GoldenArray } from "./_golden.ts";

/** How many matrices of an order it takes at least for code to be generated, and a few more. */
function enough(n: number, more = 3): number {
  return Math.ceil(1e5 / (n + 2) ** 3) + more;
}

/** The determinants by the plain kernel. */
function plainly(stack: NDArray): NDArray {
  setKernelBackend("plain");
  try {
    return dets(stack) as NDArray;
  } finally {
    setKernelBackend("auto");
  }
}

/** Asserts that WebAssembly is used, and gives the plain kernel's bits. */
function assertPlainBits(stack: NDArray, what: string): void {
  assert(isWorthCode(stack.size / stack.shape.at(-1)! ** 2, stack.shape.at(-1)!), what);
  const out = NDArray.zeros(stack.shape.slice(0, -2), stack.dtype === "float32" ? "float32" : "float64");
  assertSameBits(dets(stack, { out }) as NDArray, plainly(stack), what);
}

/** The same elements with other strides; the array to be disposed of comes first. */
function* layouts(stack: NDArray): Generator<[string, NDArray]> {
  const [count, n] = stack.shape;
  const shared = (shape: number[]) => NDArray.shared(shape, stack.dtype);
  using dense = shared([count, n, n]).copyFrom(stack);
  yield ["(count, n, n)", dense];
  using last = shared([n, n, count]);
  yield ["(n, n, count)", last.transpose(2, 0, 1).copyFrom(stack)];
  using middle = shared([n, count, n]);
  yield ["(n, count, n)", middle.transpose(1, 0, 2).copyFrom(stack)];
  yield ["columns first", (dense.copyFrom(stack.transpose(0, 2, 1))).transpose(0, 2, 1)];
  using wide = shared([2 * count, n + 1, n + 2]);
  const every = [null, null, -2] as const;
  yield [
    "gaps, backwards",
    wide.slice(every, [0, n], [null, n]).slice(null, null, [null, null, -1]).copyFrom(stack),
  ];
  using apart = shared([n, 2 * n, count]);
  yield ["gaps between the columns", apart.slice(null, [null, null, 2]).transpose(2, 0, 1).copyFrom(stack)];
  yield ["outside of the heap", stack];
  yield ["outside of the heap, transposed", NDArray.from(stack.transpose(1, 2, 0)).transpose(2, 0, 1)];
}

test("dets() gives the plain kernel's bits for every order and layout", () => {
  const random = randomSource(1);
  for (const n of [...Array.from({ length: 34 }, (_, i) => i + 1), 40, 47, 63, 64, 65, 100]) {
    for (const more of [2, 3]) {
      const stack = filled(NDArray.zeros([enough(n, more), n, n]), random);
      for (const [layout, array] of layouts(stack)) assertPlainBits(array, `order ${n}, ${layout}`);
    }
  }
});

test("dets() generates code for each order, that is kept", () => {
  for (const n of [2, 24, 30]) dets(filled(NDArray.zeros([enough(n), n, n]), randomSource(n)));
  const keys = [...compiledModules().keys()];
  for (const key of ["determinants 2", "determinants 24", "elimination"]) assert(keys.includes(key), key);
});

test("the code is valid for every order", () => {
  for (let n = 1; n <= 24; n++) assert(WebAssembly.validate(pairDeterminants(n).encode()), `order ${n}`);
  assert(WebAssembly.validate(rowElimination().encode()));
});

/** Elements that are hard to compute with; NaN with several payloads among them. */
const HARD = new Float64Array(24);
HARD.set([
  0,
  -0,
  Infinity,
  -Infinity,
  5e-324,
  -5e-324,
  2 ** -1022,
  2 ** -1000,
  2 ** -537,
  2 ** -90,
  2 ** -80,
]);
HARD.set([1, -1, 2, 2 ** 90, 2 ** 512, 2 ** 901, 2 ** 1001, -(2 ** 1023), Number.MAX_VALUE], 11);
new BigUint64Array(HARD.buffer).set([
  0x7ff8n << 48n,
  0xfff8_0000_0000_0001n,
  0x7fff_ffff_ffff_ffffn,
  0x7ff0_0000_0000_0001n,
], 20);

test("dets() gives the plain kernel's bits for singular, tiny, huge and non-finite elements", () => {
  const random = randomSource(2), pick = randomIntegers(3, 0, HARD.length - 1);
  for (const n of [1, 2, 3, 5, 8, 10, 11, 12, 13, 17, 24, 25, 33]) {
    for (const share of [0.02, 0.3, 0.9]) {
      const hard = () => random() + 0.5 < share ? HARD[pick()] : random();
      const stack = filled(NDArray.zeros([enough(n, 40), n, n]), hard);
      for (const [layout, array] of layouts(stack)) {
        assertPlainBits(array, `order ${n}, ${layout}, ${share} hard`);
      }
    }
    const small = filled(NDArray.zeros([enough(n), n, n]), randomIntegers(n, -1, 1));
    assertPlainBits(small, `order ${n}, small integers`);
    const exponent = randomIntegers(n, -300, 300);
    const rows = filled(NDArray.zeros([enough(n), n, n]), () => random() * 2 ** exponent());
    assertPlainBits(rows, `order ${n}, all sizes`);
  }
});

test("dets() takes the first of equal pivots, and is exactly 0 for a row of zeros", () => {
  for (const n of [2, 7, 10, 13, 24, 30]) {
    const signs = filled(NDArray.zeros([enough(n), n, n]), () => 1);
    const flip = randomIntegers(n, 0, 1);
    for (let i = 0; i < signs.size; i++) signs.data[i] = flip() ? 1 : -1;
    assertPlainBits(signs, `order ${n}, signs`);
    const singular = filled(NDArray.zeros([enough(n), n, n]), randomSource(n));
    singular.slice(null, n >> 1).fill(0);
    const result = dets(singular);
    for (const det of result.data) assertStrictEquals(det, 0);
  }
});

test("dets() reads every dtype, and stacks of several axes", () => {
  for (
    const dtype of [
      "float32",
      "int8",
      "uint8",
      "int16",
      "uint16",
      "int32",
      "uint32",
      "int64",
      "uint64",
    ] as const
  ) {
    for (const n of [3, 10, 26]) {
      using stack = filled(NDArray.shared([enough(n), n, n], dtype as DType), randomIntegers(n, 0, 99));
      assertPlainBits(stack, `order ${n} of ${dtype}`);
    }
  }
  using deep = filled(NDArray.shared([7, 5, 40, 4, 4]), randomSource(4));
  assertPlainBits(deep, "three leading axes");
  assertPlainBits(deep.transpose(1, 0, 2, 3, 4), "leading axes in another order");
  assertPlainBits(deep.slice([null, null, 2], [null, null, -1]), "leading axes with gaps");
});

test("dets() gives the same bits wherever a matrix lies in the stack", () => {
  for (const n of [3, 10, 20, 28]) {
    const count = enough(n, 70);
    using stack = filled(NDArray.shared([count, n, n]), randomSource(n));
    const all = dets(stack);
    for (const from of [1, 2, 63, 64, 65]) {
      assertSameBits(dets(stack.slice([from, null])), all.slice([from, null]), `order ${n}, from ${from} on`);
    }
  }
});

test("dets() touches nothing beside the matrices and the result", () => {
  const random = randomSource(6), pick = randomIntegers(7, 0, 1 << 20);
  const canary = 0x7ff8_dead_beef_0000n;
  for (let round = 0; round < 60; round++) {
    const n = 1 + pick() % 36, count = enough(n, pick() % 9), gap = pick() % 3, lead = 1 + pick() % 9;
    const shape = [[count, n, n], [n, n, count], [n, count, n]][pick() % 3];
    const axes = shape[0] === count && shape[1] === n
      ? [0, 1, 2]
      : shape[1] === count
      ? [1, 0, 2]
      : [2, 0, 1];
    const outer = shape.map((length) => length + gap), size = outer[0] * outer[1] * outer[2];
    using room = NDArray.shared([size + 2 * lead]), target = NDArray.shared([3 * count + 2 * lead]);
    const bits = [room, target].map(({ data }) =>
      new BigUint64Array(data.buffer, data.byteOffset, data.length)
    );
    bits.forEach((words) => words.fill(canary));
    const whole = room.slice([lead, lead + size]).reshape(outer);
    const ranges = shape.map((length) => [gap, gap + length] as const);
    const stack = whole.slice(...ranges).transpose(...axes);
    stack.copyFrom(filled(NDArray.zeros([count, n, n]), random));
    const before = bits[0].slice(), out = target.slice([lead, lead + 3 * count, 3]) as NDArray<"float64">;
    dets(stack, { out });
    assertEquals(bits[0], before, "the matrices and what is around them");
    assertSameBits(out, plainly(stack) as NDArray, `order ${n} of ${shape}`);
    const strange = bits[1].filter((word, i) =>
      word !== canary && !(i >= lead && i < lead + 3 * count && (i - lead) % 3 === 0)
    );
    assertEquals(strange.length, 0, "what is around the result");
  }
});

test("dets() leaves no block in the heap", () => {
  const before = heapStats();
  for (const n of [3, 30]) dets(filled(NDArray.zeros([enough(n), n, n]), randomSource(n)));
  const { blocks, bytes } = heapStats();
  assertEquals({ blocks, bytes }, { blocks: before.blocks, bytes: before.bytes });
});

Deno.test("determinants are as exact as elimination allows: within n eps times Hadamard's bound", () => {
  interface Case {
    readonly name: string;
    readonly n: number;
    readonly stack: GoldenArray;
    readonly exact: GoldenArray;
    readonly hadamard: GoldenArray;
  }
  for (const { name, n, stack, exact, hadamard } of golden("dets").cases as Case[]) {
    const once = decode(stack), count = once.shape[0];
    const exactly = doubles(exact.b64), bound = doubles(hadamard.b64);
    const again = Math.ceil(enough(n) / count), repeated = NDArray.zeros([again, count, n, n]);
    for (let i = 0; i < again; i++) repeated.at(i).copyFrom(once);
    const result = dets(repeated);
    result.data.forEach((det, i) => {
      const at = i % count, error = Math.abs(det - exactly[at]);
      if (!Number.isFinite(exactly[at]) || !Number.isFinite(bound[at])) return;
      assert(error <= n * Number.EPSILON * bound[at], `${name}[${at}]: ${det}, exactly ${exactly[at]}`);
    });
  }
});

test("a pool gives the bits of one thread, by either backend", async () => {
  await using pool = new Pool(2);
  for (const [n, count] of [[3, 3001], [10, 1001], [30, 41]]) {
    using stack = filled(NDArray.shared([n, n, count]), randomSource(n));
    const matrices = stack.transpose(2, 0, 1), expected = dets(matrices);
    using byCode = await parallel.dets(pool, matrices);
    assertSameBits(byCode, expected, `order ${n}`);
    setKernelBackend("plain");
    try {
      using plain = await parallel.dets(pool, matrices);
      assertSameBits(plain, expected, `order ${n}, plain`);
    } finally {
      setKernelBackend("auto");
    }
  }
});
