/**
 * Values that a function captures: each is used in a worker and here, and must be the same.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { NDArray, RawArray, RawValue, SerializationError, SharedMemory } from "@multicore/multicore/shared";
import { travels } from "./_capture_tools.ts";
import { test } from "./_tools.ts";

const scale = 3, minusZero = -0, big = 2n ** 70n, text = "schön ✓ \u{1F600}", nothing = null;
let absent: undefined;
const nested = { a: [1, { b: ["x", null, undefined, -0] }], "odd key": true, __proto__x: 1 };
// deno-lint-ignore no-sparse-arrays
const sparse = [1, , 3];
const cyclic: { name: string; self?: unknown; list: unknown[] } = { name: "loop", list: [] };
cyclic.self = cyclic;
cyclic.list.push(cyclic, cyclic.list);
const table = new Map<unknown, unknown>([["one", 1], [2, "two"], [NaN, { deep: new Set([1]) }]]);
const day = new Date(86_400_000);
const words = /w(or)?d/giu;
const sticky = /a/y;
sticky.lastIndex = 2;
const doubles = (x: number) => 2 * x;
const tools = { doubles, list: [doubles, (x: number) => x + scale], map: new Map([["f", doubles]]) };
const bare = Object.assign(Object.create(null), { x: 1 });
const computed = {
  base: 4,
  get twice() {
    return this.base * 2;
  },
  set half(value: number) {
    this.base = value * 2;
  },
  add(n: number) {
    return this.base + n;
  },
};
const iterable = {
  *[Symbol.iterator]() {
    yield* [1, 2, scale];
  },
};
const wellKnown = Symbol.iterator, registered = Symbol.for("multicore test");
const failure = new RangeError("too far", { cause: { at: 3 } });
const frozen = Object.freeze({ x: [1, 2] });
const bytes = new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 4);
const large = Float64Array.from({ length: 5000 }, (_, i) => i / 3);
const view = new DataView(new ArrayBuffer(8));
view.setInt16(2, -5);
const boxed = [Object(1), Object("s"), Object(2n)];
const { random: _, max } = Math;
const { parse } = JSON;
const slice = Array.prototype.slice;

travels("Captured values", [
  ["a number", () => () => scale * 2],
  ["-0", () => () => [Object.is(minusZero, -0), minusZero]],
  ["NaN and infinities", () => {
    const odd = [NaN, Infinity, -Infinity];
    return () => odd.map(String);
  }],
  ["a bigint", () => () => big],
  ["a string", () => () => text + text.length],
  ["null and undefined", () => () => [nothing, absent, typeof absent]],
  ["booleans", () => {
    const yes = true, no = false;
    return () => [yes, no];
  }],
  ["nested plain data", () => () => [nested, Object.keys(nested)]],
  ["a sparse array", () => () => [1 in sparse, sparse.length, sparse[2]]],
  ["cycles", () => () => [cyclic.self === cyclic, cyclic.list[0] === cyclic, cyclic.list[1] === cyclic.list]],
  ["one object under two names", () => {
    const a = { n: 1 }, b = [a], c = a;
    return () => [a === c, b[0] === a];
  }],
  ["a Map", () => () => [table.get("one"), table.get(2), table.get(NaN), table instanceof Map]],
  ["a Set of objects", () => {
    const member = { x: 1 }, set = new Set([member, "s"]);
    return () => [set.has(member), set.has("s" as never), set.size];
  }],
  ["a Date", () => () => [day.getTime(), day instanceof Date]],
  ["a RegExp", () => (s: string) => [s.replace(words, "_"), words.flags, words instanceof RegExp], [
    "a word",
  ]],
  ["a RegExp with a position", () => () => [sticky.lastIndex, sticky.test("aaa")]],
  ["boxed values", () => () => boxed.map((b) => [typeof b, String(b)])],
  ["an object without a prototype", () => () => ["toString" in bare, bare.x]],
  ["accessors and methods of objects", () => () => {
    computed.half = 5;
    return [computed.twice, computed.add(1)];
  }],
  ["a method under a well-known symbol", () => () => [...iterable]],
  ["well-known and registered symbols", () => () => [
    wellKnown === Symbol.iterator,
    registered === Symbol.for("multicore test"),
  ]],
  ["an error", () => () => [failure.name, failure.message, failure.cause, failure instanceof RangeError]],
  ["a frozen object", () => () => frozen.x],
  ["functions inside data", () => () => [
    tools.list.map((f) => f(5)),
    tools.map.get("f")!(4),
    tools.list[0] === tools.doubles,
  ]],
  ["a typed array that is not shared", () => () => [bytes, bytes.length, bytes.buffer.byteLength > 0]],
  ["a large typed array", () => () => [large.length, large[4999], large instanceof Float64Array]],
  ["a DataView and an ArrayBuffer", () => {
    const buffer = new Uint16Array([7, 8]).buffer;
    return () => [view.getInt16(2), new Uint16Array(buffer)[1]];
  }],
  ["built-in functions", () => () => [max(1, scale), parse("[1]"), slice.call([1, 2, 3], 1)]],
  ["functions of the runtime", () => {
    const { log } = console, { noColor, cwd } = Deno, clone = structuredClone, wait = setTimeout;
    return () => [typeof log, typeof noColor, typeof cwd, clone({ a: 1 }), typeof wait];
  }],
  ["built-in classes", () => {
    const List = Array, Table = Map, Bytes = Uint8Array;
    return () => [List.of(1), new Table([[1, 2]]).get(1), new Bytes(2).length];
  }],
  ["an unshared NDArray", () => {
    const a = NDArray.from([[1, 2], [3, 4]]);
    return () => a.transpose().toArray();
  }],
  ["a URL as text, made there", () => {
    const href = "https://example.org/a?b";
    return () => new URL(href).pathname;
  }],
  ["a global of the program", () => {
    (globalThis as unknown as { multicoreTest: number }).multicoreTest = 12;
    // @ts-expect-error: no type knows it
    return () => multicoreTest + 1;
  }],
  ["a name that is nowhere", () => {
    // @ts-expect-error: no type knows it
    return () => typeof thisNameIsNowhere;
  }],
]);

test("Shared memory that is captured is the same memory, not a copy", async () => {
  await using pool = new Pool(1);
  using shared = NDArray.shared([4], "int32");
  using raw = new RawArray("float64", 3);
  using value = new RawValue("int32", 5);
  using memory = SharedMemory.create(16);
  const words = new Int32Array(new SharedArrayBuffer(8));
  const row = shared.slice([1, 3]);
  await pool.apply(() => {
    row.set(9, 0);
    raw.view[2] = 2.5;
    value.value++;
    memory.buf[3] = 4;
    Atomics.add(words, 1, 6);
  });
  assertEquals(shared.toArray(), [0, 9, 0, 0]);
  assertEquals([raw.view[2], value.value, memory.buf[3], words[1]], [2.5, 6, 4, 6]);
});

test("Captured data that is not shared is a snapshot of the call", async () => {
  await using pool = new Pool(1);
  await pool.apply(() => 0);
  let count = 1;
  const list = [1], record: { deep: { n: number }; more?: number } = { deep: { n: 1 } }, numbers = [1, 2];
  const map = new Map([["a", { n: 1 }]]), floats = new Float64Array([1]), date = new Date(5);
  const result = pool.apply(() => {
    count += 10;
    list.push(2);
    return [count, list, record, numbers, map.get("a"), floats, date.getTime()];
  });
  count = 2;
  list.push(7);
  record.deep.n = 2;
  record.more = 1;
  numbers[0] = 9;
  map.get("a")!.n = 9;
  floats[0] = 9;
  date.setTime(9);
  const expected = [11, [1, 2], { deep: { n: 1 } }, [1, 2], { n: 1 }, new Float64Array([1]), 5];
  assertEquals(await result, expected);
  assertEquals([count, list], [2, [1, 7]], "nothing comes back");
  // The next call sees what is there now.
  assertEquals(await pool.apply(() => [count, record]), [2, { deep: { n: 2 }, more: 1 }]);
});

test("A closure that is sent again is read again", async () => {
  await using pool = new Pool(1);
  let n = 0;
  const read = () => n;
  const results = [];
  for (n = 0; n < 5; n++) results.push(pool.apply(read));
  assertEquals(await Promise.all(results), [0, 1, 2, 3, 4]);
});

test("A function that is an argument may capture, and so may those inside of it", async () => {
  await using pool = new Pool(1);
  const offset = 4;
  const call = (f: (x: number) => number, x: number) => f(x);
  assertEquals(await pool.apply(call, [(x) => x + offset, 1]), 5);
  assertEquals(await pool.apply((o: { f: () => number }) => o.f(), [{ f: () => offset }]), 4);
  assertEquals(await pool.map((f: () => number) => f(), [() => 1, () => offset]), [1, 4]);
});

test("A function as a result is refused", async () => {
  await using pool = new Pool(1);
  const outcome = await pool.apply(() => () => 1).then(() => undefined, (error) => error);
  assert(outcome instanceof SerializationError);
  assert(outcome.message.includes("function"), outcome.message);
});
