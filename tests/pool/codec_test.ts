/**
 * What travels as an argument and as a result: values by copy, shared memory by reference, and what is refused.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import {
  heapStats,
  NDArray,
  RawArray,
  RawValue,
  SerializationError,
  SharedMemory,
} from "@multicore/multicore/shared";
import { settles, test } from "./_tools.ts";

// deno-lint-ignore no-explicit-any
type Any = any;
const same = (x: unknown) => x;

/** Sends values there and back. */
async function roundTrip(...values: unknown[]): Promise<Any[]> {
  await using pool = new Pool(1);
  return await settles(Promise.all(values.map((value) => pool.apply(same, [value]))));
}

test("Pool carries what structured clone carries", async () => {
  const values = [
    ...[undefined, null, true, 0, -0, NaN, -Infinity, 1.5, "", "héé\0😀\ud800", 2n ** 70n, -1n],
    ...[[], {}, [1, [2, [3]]], { a: { b: [{ c: 1 }] } }, [undefined, null], Object.create(null)],
    ...[new Date(5), new Date(NaN), /a(?<b>c)/giu, new Map([[{ k: 1 }, [1]]]), new Set([1, "1", { a: 1 }])],
    ...[Object(true), Object(5), Object("s"), new ArrayBuffer(8), new Map([[NaN, new Map()]])],
    ...["x".repeat(100_000), Array.from({ length: 5000 }, (_, i) => ({ i })), {
      "": 1,
      "a b": 2,
      constructor: 3,
    }],
  ];
  const back = await roundTrip(...values);
  for (const [i, value] of values.entries()) {
    const expected = value === values[17] ? {} : value;
    assertEquals(back[i], expected, `value ${i}: ${Deno.inspect(value)}`);
  }
  assert(Object.is(back[4], -0));
  // deno-lint-ignore no-sparse-arrays
  const [holes, extra] = await roundTrip(
    [1, , 3],
    Object.assign([1, 2], { name: "n", deep: [new Set([1])] }),
  );
  assertEquals([holes.length, 1 in holes], [3, false]);
  assertEquals([extra.length, extra.name, extra.deep], [2, "n", [new Set([1])]]);
});

test("Pool carries objects of classes as their own enumerable fields", async () => {
  class Point {
    #hidden = 3;
    constructor(readonly x: number, readonly y: number) {}
    get sum() {
      return this.x + this.y + this.#hidden;
    }
  }
  const [point] = await roundTrip(new Point(1, 2));
  assertEquals(point, { x: 1, y: 2 });
  const [proto] = await roundTrip(JSON.parse('{ "__proto__": { "polluted": 1 }, "a": 2 }'));
  assertEquals([Object.keys(proto).sort(), proto.polluted, proto.a], [["__proto__", "a"], undefined, 2]);
});

test("Pool keeps cycles and identity within one call", async () => {
  const list: unknown[] = [1];
  list.push(list);
  const object: Any = { name: "o", map: new Map(), set: new Set() };
  object.self = object;
  object.map.set("o", object).set(object, 1);
  object.set.add(object);
  const shared = { a: 1 }, array = new Float64Array([1, 2]), error = new RangeError("e");
  const [l, o, twins] = await roundTrip(list, object, [shared, shared, array, array, error, error]);
  assertStrictEquals(l[1], l);
  assertStrictEquals(o.self, o);
  assertStrictEquals(o.map.get("o"), o);
  assertEquals([o.map.get(o), o.set.has(o), o.set.size, o.map.size], [1, true, 1, 2]);
  for (let i = 0; i < 6; i += 2) assertStrictEquals(twins[i], twins[i + 1]);
  await using pool = new Pool(1);
  assertEquals(await pool.apply((a: unknown, b: unknown) => a === b, [shared, shared]), true);
  const cyclic: Any = { error: new Error("c") };
  cyclic.error.owner = { back: 1 };
  assertEquals((await pool.apply(same, [cyclic]) as Any).error.owner, { back: 1 });
});

const KINDS = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
] as const;

test("Pool copies typed arrays of every kind, short and long, and views of a part", async () => {
  const before = heapStats().blocks;
  await using pool = new Pool(1);
  for (
    const Kind of [...KINDS, ...("Float16Array" in globalThis ? [(globalThis as Any).Float16Array] : [])]
  ) {
    const big = Kind === BigInt64Array || Kind === BigUint64Array;
    for (const bytes of [0, 8, 2040, 2048, 2056, 100_000]) {
      const length = bytes / Kind.BYTES_PER_ELEMENT;
      const whole = new (Kind as Any)(length + 4);
      for (let i = 0; i < whole.length; i++) whole[i] = big ? BigInt(i % 100) : i % 100;
      const part = whole.subarray(2, 2 + length);
      const back = await pool.apply(same, [part]) as Any;
      assertEquals(Object.getPrototypeOf(back), Kind.prototype);
      assertEquals(back, part.slice());
      assert(back.buffer instanceof ArrayBuffer && back.buffer !== part.buffer);
      assertEquals(back.buffer.byteLength, back.byteLength, "the rest of the buffer stays behind");
      if (length) part[0] = big ? 99n : 99;
      if (length) assertEquals(Number(back[0]), 2);
    }
  }
  assertEquals(heapStats().blocks, before);
});

test("Pool copies DataViews and buffers", async () => {
  for (const byteLength of [16, 5000]) {
    const bytes = new Uint8Array(byteLength + 8).map((_, i) => i);
    const view = new DataView(bytes.buffer, 4, byteLength);
    const [back, buffer] = await roundTrip(view, bytes.buffer);
    assertInstanceOf(back, DataView);
    assertEquals([back.byteLength, back.getUint8(0), back.getUint8(3)], [byteLength, 4, 7]);
    assertEquals(new Uint8Array(buffer), bytes);
  }
});

test("Pool passes a SharedArrayBuffer of the user's own, and views on it, by reference", async () => {
  await using pool = new Pool(1);
  const buffer = new SharedArrayBuffer(8192), view = new Int32Array(buffer, 4, 2000);
  const write = (b: SharedArrayBuffer, v: Int32Array) => {
    new Int32Array(b)[0] = 5;
    v[0] = 6;
    return [v.buffer === b, v.byteOffset, v.length];
  };
  assertEquals(await pool.apply(write, [buffer, view]), [true, 4, 2000]);
  assertEquals([new Int32Array(buffer)[0], view[0]], [5, 6]);
  const back = await pool.apply(same, [view]) as Int32Array;
  back[1] = 7;
  assertEquals(view[1], 7);
});

test("Pool passes RawArray, RawValue and SharedMemory by reference, deep inside of values too", async () => {
  await using pool = new Pool(1);
  using array = new RawArray("float64", 3);
  using value = new RawValue("int64", 5n);
  using memory = SharedMemory.create(100);
  const write = (given: Any) => {
    given.list[0].view[1] = 2.5;
    given.map.get("value").value += 1n;
    [...given.set][0].buf[99] = 7;
    given.map.get("map").get("array").view[2] = 3.5;
    return [given.list[0] === given.map.get("map").get("array"), given.map.get("memory").byteLength];
  };
  const nested = new Map([["array", array]]);
  const map = new Map<string, unknown>([["value", value], ["memory", memory], ["map", nested]]);
  assertEquals(await pool.apply(write, [{ list: [array], map, set: new Set([memory]) }]), [true, 100]);
  assertEquals([...array.view], [0, 2.5, 3.5]);
  assertEquals([value.value, memory.buf[99]], [6n, 7]);
  using back = await pool.apply(same, [array]) as RawArray<"float64">;
  assertInstanceOf(back, RawArray);
  back.view[0] = 9;
  assertEquals(array.view[0], 9);
  const keyed = await pool.apply((m: Map<RawArray, number>) => [...m][0][0].length, [new Map([[array, 1]])]);
  assertEquals(keyed, 3);
});

test("Pool passes shared NDArrays and their views by reference, strides and all", async () => {
  await using pool = new Pool(1);
  using a = NDArray.shared([3, 4]);
  for (let i = 0; i < 3; i++) for (let j = 0; j < 4; j++) a.set(10 * i + j, i, j);
  const look = (x: Any) => {
    const before = x.toArray();
    x.set(-1, ...x.shape.map(() => 0));
    return [before, x.shape, x.strides, x.isShared];
  };
  const view = a.transpose().slice([1, 4, 2], [0, 3]);
  const values0 = view.toArray();
  assertEquals(await pool.apply(look, [view]), [values0, [2, 3], [...view.strides], true]);
  assertEquals(a.get(0, 1), -1);
  const own = NDArray.from([[1, 2], [3, 4]]);
  const [values, shape, , isShared] = await pool.apply(look, [own.transpose()]) as unknown[];
  assertEquals([values, shape, isShared], [[[1, 3], [2, 4]], [2, 2], false]);
  assertEquals(own.get(0, 0), 1);
  const complex = NDArray.from([[1, 2], [3, 4]], [2], "complex128");
  const back = await pool.apply(same, [complex]) as NDArray;
  assertEquals([back.dtype, back.toArray()], ["complex128", [[1, 2], [3, 4]]]);
  const made = await pool.apply((n: Any) => n.copy(), [a]) as NDArray;
  assertEquals(made.toArray(), a.toArray());
});

test("Pool passes typed arrays that lie in shared memory by reference", async () => {
  await using pool = new Pool(1);
  using array = new RawArray("int32", 1000);
  const part = array.view.subarray(10, 20);
  const fill = (v: Int32Array) => {
    v.fill(7);
    return v.length;
  };
  assertEquals(await pool.apply(fill, [part]), 10);
  assertEquals([array.view[9], array.view[10], array.view[19], array.view[20]], [0, 7, 7, 0]);
});

test("Pool refuses what cannot travel, and says where it is", async () => {
  await using pool = new Pool(1);
  const disposed = new RawArray("int32", 4);
  disposed[Symbol.dispose]();
  const refused: [string, unknown][] = [
    ["args[0]", Symbol("s")],
    ["args[0].a.b[1]", { a: { b: [1, Symbol("s")] } }],
    ["args[0].get(k)", new Map([["k", Symbol("s")]])],
    ["args[0]", new WeakMap()],
    ["args[0][1]", [1, Promise.resolve()]],
    ["args[0].x", { x: new WeakRef({}) }],
    ["args[0].x", { x: disposed }],
    ["args[0].g", { g: (function* () {})() }],
  ];
  for (const [path, value] of refused) {
    const error = await pool.apply(same, [value]).catch((error) => error);
    assertInstanceOf(error, SerializationError, `${path} was let through`);
    assertEquals([error.name, error.path], ["SerializationError", path]);
    assert(error.message.includes(path));
  }
  assertEquals(
    await pool.map(same, [1, Symbol("no"), 3], { settle: true }).then((all) => all.map((o) => o.status)),
    [
      ...["fulfilled", "rejected", "fulfilled"],
    ],
  );
});

test("Pool refuses results that cannot travel, and says where they are", async () => {
  await using pool = new Pool(1);
  const results: [string, () => unknown][] = [
    ["result", () => () => 1],
    ["result", () => Symbol("s")],
    ["result.list[1].f", () => ({ list: [1, { f: () => 1 }] })],
    ["result", () => new WeakMap()],
  ];
  for (const [path, fn] of results) {
    const error = await pool.apply(fn).catch((error) => error);
    assertInstanceOf(error, SerializationError);
    assertEquals(error.path, path);
  }
  const getter = {
    get bad(): number {
      throw new RangeError("getter");
    },
  };
  await assertRejects(() => pool.apply(same, [getter]), Error);
  assertEquals(await pool.apply(same, [1]), 1);
});

test("Pool carries functions among its arguments, not among its results", async () => {
  await using pool = new Pool(1);
  const twice = (f: (x: number) => number, x: number) => f(f(x));
  assertEquals(await pool.apply(twice, [(x: number) => x + 1, 1]), 3);
  const apply = ({ f, list }: { f: (x: number) => number; list: number[] }) => list.map((x) => f(x));
  assertEquals(await pool.apply(apply, [{ f: (x: number) => -x, list: [1, 2] }]), [-1, -2]);
});
