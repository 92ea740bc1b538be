/**
 * Loads and stores of every width, lanes in memory, whole-memory instructions, and addresses up to 4 GiB.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import {
  call,
  f64,
  f64x2,
  i32,
  i64,
  i64x2,
  memory,
  Module,
  v128,
  type Value,
} from "../../../kernels/wasm/assembler.ts";
import { membership } from "../../../shared/heap.ts";
import { randomIntegers } from "../../_oracle.ts";
import { bytesOf, lanesOf } from "./_integer_model.ts";
import { running } from "./_run.ts";

const AT = 96;
const next = randomIntegers(3, 0, 255);
const noise = Uint8Array.from({ length: 16 }, next);
const bits = (lanes: bigint[], width: number) => [...bytesOf(lanes, width)];

/** What `value`, built on loads from `AT` on, stores. */
function stored(value: Value<"v128">): number[] {
  const { exports, bytes } = running((m) => {
    m.exportFunction("run", [], "void", (f) => f.emit(v128.store(0, value)));
  });
  bytes.set(noise, AT);
  exports.run();
  return [...bytes.subarray(0, 16)];
}

Deno.test("integers are loaded from 1, 2, 4 and 8 bytes, with sign and without", () => {
  const types = { i32, i64 } as unknown as Record<string, typeof i64>;
  for (const [type, width] of [["i32", 32], ["i64", 64]] as const) {
    for (const from of [8, 16, 32].filter((it) => it < width)) {
      for (const sign of ["s", "u"] as const) {
        const load = types[type][`load${from}_${sign}` as "load8_s"];
        const { exports, bytes } = running((m) => {
          m.exportFunction("load", ["i32"], type, (_, at) => load(at, 5) as never);
        });
        bytes.set(noise, AT);
        for (let i = 0; i < 8; i++) {
          const [lane] = lanesOf(noise.subarray(i, i + from / 8), from);
          const expected = sign === "s" ? BigInt.asIntN(from, lane) : lane;
          assertEquals(BigInt(exports.load(AT - 5 + i)!), expected, `${type}.load${from}_${sign}`);
        }
      }
    }
  }
});

Deno.test("stores write their width and no more", () => {
  const value = 0x8899_aabb_ccdd_eeffn;
  const { exports, bytes } = running((m) => {
    m.exportFunction("run", [], "void", (f) => {
      const x = f.let(i64.const(value));
      const low = f.let(i32.wrap_i64(x));
      f.emit(i32.store8(0, low), i32.store16(16, low), i32.store(32, low), i64.store8(48, x));
      f.emit(i64.store16(64, x), i64.store32(80, x), i64.store(96, x), f64.store(112, -2, 8));
    });
  });
  bytes.fill(1);
  exports.run();
  [1, 2, 4, 1, 2, 4, 8].forEach((size, i) => {
    const expected = bits([value], 64).slice(0, size).concat(new Array(16 - size).fill(1));
    assertEquals([...bytes.subarray(i * 16, i * 16 + 16)], expected);
  });
  assertEquals(new DataView(bytes.buffer).getFloat64(120, true), -2);
});

Deno.test("vectors are loaded whole, splat, widened, and with zeros behind", () => {
  assertEquals(stored(v128.load(AT)), [...noise]);
  assertEquals(stored(v128.load(AT - 7, 7, 1)), [...noise]);
  for (const width of [8, 16, 32, 64] as const) {
    const [first] = lanesOf(noise, width);
    const splat = v128[`load${width}_splat`];
    assertEquals(stored(splat(AT)), bits(new Array(128 / width).fill(first), width));
  }
  assertEquals(stored(v128.load32_zero(AT)), [...noise.slice(0, 4), ...new Array(12).fill(0)]);
  assertEquals(stored(v128.load64_zero(AT)), [...noise.slice(0, 8), ...new Array(8).fill(0)]);
  for (const [width, shape] of [[8, "8x8"], [16, "16x4"], [32, "32x2"]] as const) {
    const lanes = lanesOf(noise.subarray(0, 8), width);
    assertEquals(stored(v128[`load${shape}_u`](AT)), bits(lanes, width * 2));
    const signed = lanes.map((it) => BigInt.asIntN(width, it));
    assertEquals(stored(v128[`load${shape}_s`](AT)), bits(signed, width * 2));
  }
});

Deno.test("single lanes are loaded and stored, every one of every width", () => {
  for (const width of [8, 16, 32, 64] as const) {
    const size = width / 8;
    for (let lane = 0; lane < 16 / size; lane++) {
      const zeros = i64x2.const(0n);
      const expected = new Array(16).fill(0);
      expected.splice(lane * size, size, ...noise.slice(0, size));
      assertEquals(stored(v128[`load${width}_lane`](AT - 4, zeros, lane, 4)), expected);
      const { exports, bytes } = running((m) => {
        m.exportFunction(
          "run",
          [],
          "void",
          (f) => f.emit(v128[`store${width}_lane`](8, v128.load(AT), lane, 8, 1)),
        );
      });
      bytes.set(noise, AT);
      exports.run();
      const piece = [...noise.slice(lane * size, lane * size + size), ...new Array(16 - size).fill(0)];
      assertEquals([...bytes.subarray(16, 32)], piece);
    }
  }
});

Deno.test("memory.copy, fill, size and grow work on the memory as a whole", () => {
  const { exports, bytes } = running((m) => {
    m.exportFunction("run", [], "i32", (f) => {
      f.emit(memory.fill(0, 7, 10), memory.copy(5, 96, 3), memory.copy(6, 5, 4));
      const before = f.let(memory.size());
      f.emit(i32.store(32, memory.grow(2)));
      return i32.add(i32.mul(before, 100), memory.size());
    });
  });
  bytes.set([1, 2, 3], 96);
  assertEquals(exports.run(), 103);
});

Deno.test("addresses and offsets are unsigned: 2 GiB and above is memory, 4 GiB and above is none", () => {
  const m = new Module({ shared: false });
  const half = 2 ** 31;
  const load = m.function("load", ["i32"], "f64", (_, at) => f64.load(at, half));
  m.exportFunction("store", ["i32", "f64"], "void", (f, at, x) => f.emit(f64.store(at, x)));
  m.exportFunction("high", ["f64"], "f64", (f, x) => {
    f.emit(f64.store(half + 8, x));
    return call(load, 8);
  });
  m.exportFunction("last", [], "f64", () => f64.load(16, 2 ** 32 - 1));
  m.exportFunction("sum", [], "f64", () => call(load, 2 ** 32 - 8));
  const grown = new WebAssembly.Memory({ initial: half / 65536 + 1 });
  const { exports } = new WebAssembly.Instance(m.compile(), { env: { memory: grown } });
  const run = exports as Record<string, (...values: number[]) => number>;
  assertEquals(run.high(0.25), 0.25);
  assertEquals(new Float64Array(grown.buffer, half + 8, 1)[0], 0.25);
  run.store(half + 16, 7);
  assertEquals(new Float64Array(grown.buffer, half + 16, 1)[0], 7);
  // The sum of address and offset has 33 bits: it does not wrap round to low memory.
  assertThrows(() => run.last(), WebAssembly.RuntimeError, "out of bounds");
  assertThrows(() => run.sum(), WebAssembly.RuntimeError, "out of bounds");
});

Deno.test("the default import takes the shared heap", () => {
  const m = new Module();
  m.exportFunction("pages", [], "i32", () => memory.size());
  m.exportFunction("lanes", [], "f64", (f) => {
    const sums = f.let(f64x2.add(f64x2.const(1, 2), f64x2.splat(f64.const(10))));
    return f64.mul(f64x2.extract_lane(sums, 0), f64x2.extract_lane(sums, 1));
  });
  const { memory: heap } = membership();
  const { exports } = new WebAssembly.Instance(m.compile(), { env: { memory: heap } });
  assertEquals((exports.pages as () => number)(), heap.buffer.byteLength / 65536);
  assertEquals((exports.lanes as () => number)(), 11 * 12);
});

Deno.test("a compiled module is cloned to another thread and runs there on the same memory", async () => {
  const m = new Module({ initial: 1, maximum: 4 });
  m.exportFunction("put", ["i32", "f64"], "void", (f, at, x) => f.emit(f64.store(at, x)));
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
  const source = `import { parentPort, workerData } from "node:worker_threads";
    const { module, memory } = workerData;
    new WebAssembly.Instance(module, { env: { memory } }).exports.put(8, 1.5);
    parentPort.postMessage("done");`;
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: { module: m.compile(), memory: shared },
  });
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  assertEquals(new Float64Array(shared.buffer, 8, 1)[0], 1.5);
});
