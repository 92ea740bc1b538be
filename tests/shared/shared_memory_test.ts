/**
 * Shared memory by name: made, attached, closed, unlinked and reused, from any thread.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import {
  heapStats,
  NDArray,
  SharedMemory,
  SharedMemoryExistsError,
  SharedMemoryManager,
  SharedMemoryNotFoundError,
} from "@multicore/multicore/shared";
import { attachAndKeep, makeAndKeep, sumOf } from "../pool/_tasks.ts";
import { eventually, settles, test } from "../pool/_tools.ts";

let names = 0;
const fresh = () => `shared memory test ${names++}`;

test("SharedMemory.create() gives zeroed bytes of exactly the length that was asked for", () => {
  for (const byteLength of [1, 3, 7, 8, 63, 64, 100, 4096, 65_537, 1_000_001]) {
    using memory = SharedMemory.create(byteLength);
    assertEquals([memory.byteLength, memory.buf.length], [byteLength, byteLength]);
    assert(memory.buf.every((byte) => byte === 0));
    assertMatch(memory.name, /^mc_/);
    using attached = SharedMemory.attach(memory.name);
    assertEquals([attached.byteLength, attached.name], [byteLength, memory.name]);
    memory.buf.fill(255);
    assert(attached.buf.every((byte) => byte === 255));
  }
});

test("SharedMemory keeps neighbours and names apart when it is filled to the last byte", () => {
  using first = SharedMemory.create(61, { name: fresh() });
  using second = SharedMemory.create(61, { name: fresh() });
  first.buf.fill(255);
  assert(second.buf.every((byte) => byte === 0));
  assertEquals(SharedMemory.attach(first.name).byteLength, 61);
  assertEquals(SharedMemory.attach(second.name).byteLength, 61);
});

test("SharedMemory's views show all of it, from byteOffset on", () => {
  using memory = SharedMemory.create(20);
  assertInstanceOf(memory.buffer, SharedArrayBuffer);
  const bytes = new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength);
  bytes[4] = 1;
  assertEquals([memory.view("int32").length, memory.view("int32")[1]], [5, 1]);
  assertEquals([memory.view("float64").length, memory.view("complex64").length], [2, 4]);
  assertEquals(memory.byteOffset % 64, 0);
  assertThrows(() => memory.view("int7" as never), TypeError);
});

test("SharedMemory refuses wrong lengths and names", () => {
  for (const byteLength of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => SharedMemory.create(byteLength), RangeError);
  }
  assertThrows(() => SharedMemory.create("8" as never), TypeError);
  for (const name of ["", "a\0b", "x".repeat(256)]) {
    assertThrows(() => SharedMemory.create(8, { name }), RangeError);
    assertThrows(() => SharedMemory.attach(name), RangeError);
  }
  assertThrows(() => SharedMemory.create(8, { name: 5 as never }), TypeError);
  for (const name of ["x", "x".repeat(255), "späß 😀", "/psm_1", "a/b\\c", "__proto__"]) {
    using memory = SharedMemory.create(8, { name });
    memory.buf[0] = 9;
    using attached = SharedMemory.attach(name);
    assertEquals([attached.name, attached.buf[0]], [name, 9]);
  }
});

test("SharedMemory.create() of a name that is taken, and attach() of one that is not", () => {
  const name = fresh();
  const missing = assertThrows(() => SharedMemory.attach(name), SharedMemoryNotFoundError);
  assertInstanceOf(missing, Deno.errors.NotFound);
  assertEquals([missing.name, missing.memoryName], ["SharedMemoryNotFoundError", name]);
  const before = heapStats().blocks;
  using _memory = SharedMemory.create(8, { name });
  const exists = assertThrows(() => SharedMemory.create(8, { name }), SharedMemoryExistsError);
  assertInstanceOf(exists, Deno.errors.AlreadyExists);
  assertEquals([exists.name, exists.memoryName], ["SharedMemoryExistsError", name]);
  assertEquals(heapStats().blocks, before + 1);
});

test("SharedMemory.close() is for one object, and idempotent", () => {
  const memory = SharedMemory.create(8, { name: fresh() });
  const attached = SharedMemory.attach(memory.name);
  attached.close();
  attached.close();
  assertThrows(() => attached.buf);
  assertThrows(() => attached.buffer);
  assertThrows(() => attached.view("int8"));
  memory.buf[0] = 1;
  memory.close();
  // The name keeps the bytes.
  const again = SharedMemory.attach(memory.name);
  assertEquals(again.buf[0], 1);
  again.unlink();
  assertThrows(() => again.unlink(), SharedMemoryNotFoundError);
  assertThrows(() => memory.unlink(), SharedMemoryNotFoundError);
  again.close();
});

test("SharedMemory.unlink() leaves those who are attached their bytes, and frees the name", () => {
  const name = fresh(), before = heapStats().blocks;
  const old = SharedMemory.create(100, { name });
  old.buf.fill(7);
  old.unlink();
  assertThrows(() => SharedMemory.attach(name), SharedMemoryNotFoundError);
  using renewed = SharedMemory.create(100, { name });
  assert(renewed.buf.every((byte) => byte === 0));
  assertNotEquals(renewed.byteOffset, old.byteOffset);
  assert(old.buf.every((byte) => byte === 7));
  // The name belongs to another block by now.
  assertThrows(() => old.unlink(), SharedMemoryNotFoundError);
  old[Symbol.dispose]();
  assertEquals(SharedMemory.attach(name).byteLength, 100);
  assertEquals(heapStats().blocks, before + 1);
});

test("SharedMemory's bytes are reused when the last holder has closed, and zeroed", () => {
  const memory = SharedMemory.create(1_000_000);
  const attached = SharedMemory.attach(memory.name), { heapBytes } = heapStats(), { blocks } = heapStats();
  attached.buf.fill(9);
  memory[Symbol.dispose]();
  assertEquals(heapStats().blocks, blocks);
  attached.close();
  assertEquals(heapStats().blocks, blocks - 1);
  for (let i = 0; i < 50; i++) {
    using next = SharedMemory.create(1_000_000);
    assertEquals([next.buf[0], next.buf[999_999]], [0, 0]);
    next.buf.fill(i + 1);
  }
  assertEquals(heapStats().heapBytes, heapBytes);
});

test("SharedMemory[Symbol.dispose]() unlinks when this object created it, else it only closes", () => {
  const name = fresh();
  {
    using _memory = SharedMemory.create(8, { name });
    {
      using _attached = SharedMemory.attach(name);
    }
    SharedMemory.attach(name).close();
  }
  assertThrows(() => SharedMemory.attach(name), SharedMemoryNotFoundError);
  const unlinked = SharedMemory.create(8, { name });
  unlinked.unlink();
  unlinked[Symbol.dispose]();
  unlinked[Symbol.dispose]();
});

test("SharedMemory is attached by name in a worker, also in one that is older than the block", async () => {
  await using pool = new Pool(1);
  await pool.apply(() => {});
  for (const byteLength of [10, 3_000_000]) {
    using memory = SharedMemory.create(byteLength, { name: fresh() });
    memory.buf.fill(1);
    assertEquals(await pool.apply(sumOf, [memory.name]), byteLength);
  }
  const error = await pool.apply(sumOf, ["nobody has this name"]).catch((error) => error);
  assertInstanceOf(error, SharedMemoryNotFoundError);
  assertEquals(error.memoryName, "nobody has this name");
});

test("SharedMemory made in a worker is attached here, and outlives that worker by its name", async () => {
  const name = fresh();
  {
    await using pool = new Pool(1);
    await pool.apply(makeAndKeep, [name, 3]);
    assertEquals(SharedMemory.attach(name).buf[99], 3);
  }
  using attached = SharedMemory.attach(name);
  assertEquals(attached.buf.reduce((a, b) => a + b, 0), 300);
  attached.unlink();
});

test("SharedMemory counts a holder whose thread has died as closed", async () => {
  for (const how of ["terminate", "end"] as const) {
    const blocks = heapStats().blocks, name = fresh();
    const memory = SharedMemory.create(100, { name });
    if (how === "end") {
      const process = new Process({ target: attachAndKeep, args: [name] });
      process.start();
      await settles(process.join());
    } else {
      const pool = new Pool(1);
      await pool.apply(attachAndKeep, [name]);
      memory[Symbol.dispose]();
      assertEquals(heapStats().blocks, blocks + 1, "the worker still holds it");
      await pool[Symbol.asyncDispose]();
    }
    memory[Symbol.dispose]();
    await eventually(() => heapStats().blocks === blocks, "the block is free");
  }
});

test("SharedMemoryManager gives back what it made at shutdown", () => {
  const { blocks } = heapStats();
  let name = "";
  {
    using manager = new SharedMemoryManager();
    const memory = manager.SharedMemory(100);
    name = memory.name;
    manager.NDArray([2, 3]).fill(1);
    SharedMemory.attach(name).close();
    assertEquals(heapStats().blocks, blocks + 2);
    manager.shutdown();
    manager.shutdown();
    assertThrows(() => manager.SharedMemory(8));
  }
  assertThrows(() => SharedMemory.attach(name), SharedMemoryNotFoundError);
  assertEquals(heapStats().blocks, blocks);
});

test("NDArray.shared({ name }) is attached by name", () => {
  const name = fresh();
  using array = NDArray.shared([2, 3], "int32", { name });
  array.set(5, 1, 2);
  using memory = SharedMemory.attach(name);
  assertEquals(NDArray.over(memory, [2, 3], "int32").toArray(), [[0, 0, 0], [0, 0, 5]]);
});
