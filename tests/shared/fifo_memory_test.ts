/**
 * Queues when memory is short: shared memory that is full in the midst of a put, and queues that nobody disposes.
 *
 * @module
 */

import v8 from "node:v8";
import vm from "node:vm";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import "@multicore/multicore/pool"; // what is not plain travels as it says
import { heapStats, NDArray, pipe, Queue, SharedMemoryFullError } from "@multicore/multicore/shared";
import { Block } from "../../shared/block.ts";
import { test } from "../pool/_tools.ts";

v8.setFlagsFromString("--expose-gc");
const gc: () => void = vm.runInNewContext("gc");

/** Collects garbage until no more blocks are there than before. */
async function collectsUpTo(blocks: number): Promise<void> {
  for (let i = 0; heapStats().blocks > blocks; i++) {
    assert(i < 200, `${heapStats().blocks - blocks} blocks are left: ${Deno.inspect(heapStats().kinds)}`);
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("Queue that was dropped and not disposed goes with the garbage, and all that was in it", async () => {
  const before = heapStats().blocks;
  (() => {
    const queue = new Queue<unknown>();
    using array = NDArray.shared([50]);
    for (let i = 0; i < 20; i++) queue.putSync("x".repeat(4000));
    queue.putSync(new Uint8Array(50_000));
    queue.putSync([array, new Map([[1, new Uint8Array(9000)]])]);
    queue.getSync();
  })();
  assert(heapStats().blocks > before + 4);
  await collectsUpTo(before);
});

test("A pipe that was dropped and not closed goes with the garbage, and all that was in it", async () => {
  const before = heapStats().blocks;
  (() => {
    const [left, right] = pipe();
    left.sendSync(new Uint8Array(50_000));
    right.sendSync(new Map([[1, new Uint8Array(9000)]]));
  })();
  assert(heapStats().blocks > before + 2);
  await collectsUpTo(before);
});

/** Takes all shared memory that is left, and gives it back at the end. */
class Hog implements Disposable {
  readonly #blocks: Block[] = [];

  constructor() {
    // From large to small: down to the places that are left in slabs.
    for (let size = 2 ** 31; size >= 64; size = Math.floor(size / 2)) this.#take(size);
  }

  #take(size: number): void {
    try {
      for (;;) this.#blocks.push(Block.allocate(size, "memory"));
    } catch (error) {
      if (!(error instanceof SharedMemoryFullError)) throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const block of this.#blocks) block.free();
  }
}

test("A put that finds shared memory full puts nothing, and the queue goes on", async () => {
  const text = "x".repeat(4000), large = new Uint8Array(100_000).fill(3);
  using array = NDArray.shared([5]);
  using queue = new Queue<unknown>(), empty = new Queue<unknown>();
  let put = 0;
  queue.putSync(large);
  {
    using _hog = new Hog();
    const fills = () => {
      for (;;) {
        queue.putSync(text);
        put++;
      }
    };
    assertThrows(fills, SharedMemoryFullError);
    assert(put < 100, "what was left");
    for (const item of [large, [array, large], new Map([[1, large]])]) {
      assertThrows(() => queue.putSync(item), SharedMemoryFullError);
      assertThrows(() => queue.tryPut(item), SharedMemoryFullError);
      await assertRejects(() => queue.put(item), SharedMemoryFullError);
    }
    assertThrows(() => empty.putSync(1), SharedMemoryFullError);
    assertEquals([queue.size, empty.size], [put + 1, 0]);
    assertEquals(queue.getSync(), large);
    // Its segment is free for the next one.
    queue.putSync(large);
    for (let i = 0; i < put; i++) assertEquals(queue.getSync(), text);
    assertEquals(queue.getSync(), large);
  }
  for (const item of [text, large, new Map([[1, large]])]) {
    queue.putSync(item);
    empty.putSync(item);
    assertEquals([queue.getSync(), empty.getSync()], [item, item]);
  }
});
