/**
 * The heap under one thread: allocation, reuse, zeroing, growth, and what a dead thread leaves behind.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { heapStats, SharedMemoryFullError } from "@multicore/multicore/shared";
import { Block, blockContaining, pin, unpin } from "../../shared/block.ts";
import { heapWords, membership } from "../../shared/heap.ts";
import { buryThread, enrolThread, exitCodeOf } from "../../shared/threads.ts";

Deno.test("Block.allocate() gives zeroed, aligned bytes of every size", () => {
  const before = heapStats().blocks;
  const blocks: Block[] = [];
  for (const byteLength of [0, 1, 63, 64, 65, 1000, 32704, 32705, 65472, 65473, 1_000_000, 5_000_000]) {
    const block = Block.allocate(byteLength, "array");
    assertEquals(block.offset % 64, 0);
    assertEquals(block.byteLength, byteLength);
    assert(block.bytes().every((byte) => byte === 0));
    block.bytes().fill(255);
    blocks.push(block);
  }
  for (const block of blocks) assert(block.bytes().every((byte) => byte === 255), "neighbours overlap");
  assertEquals(heapStats().blocks, before + blocks.length);
  for (const block of blocks) block.release();
  assertEquals(heapStats().blocks, before);
});

Deno.test("Block.allocate() reuses and clears what was released", () => {
  const first = Block.allocate(3_000_000, "array");
  first.bytes().fill(7);
  const { heapBytes } = heapStats();
  first.release();
  for (let i = 0; i < 200; i++) {
    const again = Block.allocate(3_000_000, "array");
    assertEquals(again.bytes()[2_999_999], 0);
    again.bytes().fill(i);
    again.release();
  }
  assertEquals(heapStats().heapBytes, heapBytes);
});

Deno.test("Block.allocate() keeps a model's bytes apart through 20,000 random steps", () => {
  let seed = 1;
  const random = (below: number) => (seed = Math.imul(seed, 1664525) + 1013904223 >>> 0) % below;
  const before = heapStats();
  const live: { block: Block; mark: number }[] = [];
  for (let step = 0; step < 20_000; step++) {
    if (live.length < 300 && random(2)) {
      const block = Block.allocate(random(8) ? random(3000) + 4 : random(200_000) + 4, "array");
      const mark = random(255) + 1;
      block.bytes().fill(mark);
      live.push({ block, mark });
    } else if (live.length) {
      const [{ block, mark }] = live.splice(random(live.length), 1);
      const bytes = block.bytes();
      assert(bytes[0] === mark && bytes[bytes.length - 1] === mark && bytes[bytes.length >> 1] === mark);
      block.release();
    }
  }
  for (const { block } of live) block.release();
  assertEquals(heapStats().blocks, before.blocks);
});

Deno.test("Block.attach() refuses a life that is over", () => {
  const block = Block.allocate(100, "array");
  const { reference } = block;
  const second = Block.attach(reference);
  block.release();
  assertEquals(second.released, false);
  second.release();
  assertThrows(() => Block.attach(reference), ReferenceError, "disposed");
  const next = Block.allocate(100, "array");
  assertThrows(() => Block.attach(reference), ReferenceError, "disposed");
  assertNotEquals(next.reference.generation, reference.generation);
  next.release();
});

Deno.test("Block.free() ends a block for all holders, but not before its last pin", () => {
  const before = heapStats().blocks;
  const block = Block.allocate(100, "array");
  const other = Block.attach(block.reference);
  pin(block.reference);
  block.free();
  assertEquals(other.released, false);
  unpin(block.reference);
  assertEquals(other.released, true);
  assertEquals(heapStats().blocks, before);
  other.release();
});

Deno.test("blockContaining() finds the block of any inner byte", () => {
  for (const byteLength of [10, 5000, 300_000]) {
    const block = Block.allocate(byteLength, "array");
    assertEquals(blockContaining(block.offset + byteLength - 1), block.reference);
    block.release();
    assertEquals(blockContaining(block.offset), undefined);
  }
});

Deno.test("Block.allocate() throws SharedMemoryFullError with the figures when the heap cannot hold it", () => {
  const error = assertThrows(() => Block.allocate(5 * 2 ** 30, "array"), SharedMemoryFullError);
  assertEquals(error.requested, 5 * 2 ** 30);
  assert(error.available > 0 && error.available < 2 ** 32);
});

Deno.test("buryThread() ends the holds of the dead and frees what nobody else holds", () => {
  const before = heapStats().blocks;
  const dead = enrolThread();
  const shared = Block.allocate(100, "array"), alone = Block.allocate(200_000, "array");
  // What the other thread would have done: set its bit in both.
  for (const block of [shared, alone]) {
    Atomics.or(heapWords(), (block.offset - 64 >>> 2) + 5 + (dead.slot >> 5), 1 << (dead.slot & 31));
  }
  alone.release();
  assertEquals(alone.released, true);
  assertEquals(heapStats().blocks, before + 2);
  assertEquals(exitCodeOf(dead), undefined);
  buryThread(dead, -9);
  assertEquals(exitCodeOf(dead), -9);
  assertEquals(heapStats().blocks, before + 1);
  shared.release();
  assertEquals(heapStats().blocks, before);
  assertEquals(membership().ident, 0);
});
