/**
 * `_bytes.ts` and `_bytes_reader.ts` against structured clone, over seeded random values and damaged bytes.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { writeValue, writtenBytes, writtenInsets } from "../../shared/_bytes.ts";
import { readValue } from "../../shared/_bytes_reader.ts";

function random(seed: number): (below: number) => number {
  return (below) => {
    seed = seed + 0x6d2b79f5 | 0;
    let x = Math.imul(seed ^ seed >>> 15, 1 | seed);
    x = x + Math.imul(x ^ x >>> 7, 61 | x) ^ x;
    return Math.floor(((x ^ x >>> 14) >>> 0) / 2 ** 32 * below);
  };
}

/** What is written, insets included; undefined when the value is not plain. */
function bytesOf(value: unknown): Uint8Array | undefined {
  const end = writeValue(value, 0);
  if (end < 0) return undefined;
  const insets = writtenInsets();
  const whole = new Uint8Array(insets.reduce((sum, { bytes }) => sum + bytes.length, end));
  let from = 0, to = 0;
  for (const { at, bytes } of insets) {
    whole.set(writtenBytes().subarray(from, at), to);
    whole.set(bytes, to += at - from);
    to += bytes.length;
    from = at;
  }
  whole.set(writtenBytes().subarray(from, end), to);
  return whole;
}

function roundTrip(value: unknown): unknown {
  const bytes = bytesOf(value);
  assert(bytes, "it is plain");
  return readValue(bytes, 0, bytes.length);
}

/** Equal in everything that structured clone keeps; -0 is not 0. */
function same(a: unknown, b: unknown, path = "value"): void {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
    assert(Object.is(a, b), `${path}: ${String(a)} and ${String(b)}`);
    return;
  }
  assertEquals(Object.getPrototypeOf(a), Object.getPrototypeOf(b), path);
  const keys = Object.keys(a);
  assertEquals(keys, Object.keys(b), path);
  for (const key of keys) same((a as never)[key], (b as never)[key], `${path}.${key}`);
}

const PRIMITIVES = [
  ...[0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 0.1, NaN, Infinity, -Infinity, 5e-324, 2 ** 53],
  ...["", "a", "é", "\u0000", "\ud800", "\udc00x", "😀", "x".repeat(23), "x".repeat(24), "é".repeat(30)],
  ...["x".repeat(9000), "aé".repeat(9000), "\ud83d".repeat(50), "__proto__", "constructor"],
  ...[0n, -1n, 2n ** 64n, -(2n ** 200n), true, false, null, undefined],
];
const VIEWS = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array],
];

function randomValue(below: (n: number) => number, depth: number): unknown {
  const kind = below(depth > 4 ? 4 : 10);
  if (kind < 3) return PRIMITIVES[below(PRIMITIVES.length)];
  if (kind === 3) return below(2 ** 30) / (1 + below(1000)) - 1000;
  if (kind < 6) return Array.from({ length: below(7) }, () => randomValue(below, depth + 1));
  if (kind === 6) return new VIEWS[below(VIEWS.length)](below(300)).map((_, i) => i * 3);
  const object: Record<string, unknown> = {};
  for (let i = below(7); i > 0; i--) {
    const key = ["a", "b", "10", "2", "é", "toString", "a longer key, of some thirty units"][below(7)];
    object[key] = randomValue(below, depth + 1);
  }
  return object;
}

Deno.test("readValue() gives what structured clone would, for 3,000 random values", () => {
  const below = random(1);
  for (let i = 0; i < 3000; i++) {
    const value = randomValue(below, 0);
    same(roundTrip(value), structuredClone(value));
  }
});

Deno.test("readValue() gives every primitive back", () => {
  for (const value of PRIMITIVES) same(roundTrip(value), value);
  same(roundTrip(PRIMITIVES), PRIMITIVES);
});

Deno.test("readValue() keeps identity and cycles", () => {
  const shared = { x: 1 }, cycle: Record<string, unknown> = { shared, list: [shared, shared] };
  cycle.self = cycle;
  (cycle.list as unknown[]).push(cycle.list);
  const { self, list, shared: other } = roundTrip(cycle) as { self: object; list: unknown[]; shared: object };
  assert(self === (self as { self: object }).self);
  assert(list[0] === other && list[1] === other && list[2] === list);
  const many = Array.from({ length: 100 }, (_, i) => ({ i }));
  const twice = roundTrip([...many, ...many]) as object[];
  for (let i = 0; i < 100; i++) assert(twice[i] === twice[i + 100]);
  assertEquals(new Set(twice).size, 100);
});

Deno.test("readValue() makes an own key __proto__, and no other prototype", () => {
  const back = roundTrip(JSON.parse('{"__proto__": {"evil": 1}}')) as Record<string, unknown>;
  assertEquals(Object.getPrototypeOf(back), Object.prototype);
  assertEquals(Object.keys(back), ["__proto__"]);
  assertEquals(back.evil, undefined);
});

Deno.test("writeValue() evaluates getters, and refuses to write while one writes", () => {
  let inner = 0;
  const value = {
    get a() {
      inner = writeValue("nested", 0);
      return 5;
    },
    b: 6,
  };
  assertEquals(roundTrip(value), { a: 5, b: 6 });
  assertEquals(inner, -1);
  const bad = {
    get a(): number {
      throw new URIError("mine");
    },
  };
  assertThrows(() => writeValue([bad], 0), URIError, "mine");
  assertEquals(roundTrip([1]), [1]);
});

Deno.test("writeValue() leaves to others what is not plain", () => {
  const holes = [1, 2, 3], deep: unknown[] = [];
  delete holes[1];
  for (let i = 0, at = deep; i < 300; i++) at.push(at = []);
  const { buffer } = new Uint8Array(16);
  const detached = new Uint8Array(8);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  const others = [
    ...[holes, Object.assign([1], { x: 1 }), "ab".match(/b/), deep, new Map(), new Set(), new Date(), /x/],
    ...[new Error(), Object.create(null), new (class {})(), () => {}, Symbol.iterator, buffer, detached],
    ...[new DataView(buffer), new Uint8Array(new SharedArrayBuffer(8))],
    [new Uint8Array(buffer), new Int8Array(buffer)],
  ];
  for (const value of others) {
    assertEquals(writeValue(value, 0), -1, Deno.inspect(value));
    assertEquals(writeValue({ value }, 0), -1);
  }
});

Deno.test("readValue() copies the part of a buffer that a view shows", () => {
  for (const length of [3, 3000]) {
    const part = new Float64Array(10_000).map((_, i) => i).subarray(7, 7 + length);
    const back = roundTrip([part]) as Float64Array[];
    assertEquals(back[0], part.slice());
    assertEquals(back[0].buffer.byteLength, length * 8);
  }
});

Deno.test("readValue() refuses damaged bytes, and reads nothing outside", () => {
  const below = random(2);
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const whole = bytesOf(randomValue(below, 1))!;
    const canaries = new Uint8Array(whole.length + 64).fill(0xff),
      bytes = canaries.subarray(32, 32 + whole.length);
    bytes.set(whole);
    let end = bytes.length;
    if (i % 2) end = below(end);
    else for (let flips = 1 + below(3); flips > 0; flips--) bytes[below(end)] ^= 1 << below(8);
    try {
      readValue(bytes, 0, end);
      assertEquals(i % 2, 0, "truncated bytes are refused");
    } catch (error) {
      refused++;
      assert(error instanceof TypeError || error instanceof RangeError, String(error));
      assert(!/memory|allocation/.test(String(error)), String(error));
    }
  }
  assert(refused > 1500);
  const nested = new Uint8Array(50_000);
  for (let i = 0; i < nested.length; i += 5) nested.set([8, 1, 0, 0, 0], i);
  assertThrows(() => readValue(nested, 0, nested.length), TypeError, "damaged");
});
