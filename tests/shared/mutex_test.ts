/**
 * Mutexes of the dead, and of what was disposed: the main thread hears of several deaths at once, and what one of them
 * held does not keep it from mending the others; nobody waits in memory that is somebody else's by now.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { Queue } from "@multicore/multicore/shared";
import { MAX_THREADS } from "../../shared/_layout.ts";
import { enter, leave, seize } from "../../shared/_mutex.ts";
import { declareDead, forgetDead, repairAll } from "../../shared/_owners.ts";
import { Block } from "../../shared/block.ts";
import { heapWords } from "../../shared/heap.ts";
import { PACK } from "../../shared/travel.ts";

// Threads that never were: their tags and records are nobody's.
const first = { tag: 2 ** 29, slot: MAX_THREADS - 1 }, second = { tag: 2 ** 29 + 1, slot: MAX_THREADS - 2 };

/** The mutex of a queue, held by `tag`; whether somebody waits for it. */
function held(queue: Queue<number>, tag: number, isAwaited: boolean): number {
  const mutex = queue[PACK]().blocks[0].offset;
  Atomics.store(heapWords(), mutex >>> 2, tag << 1 | (isAwaited ? 1 : 0));
  return mutex;
}

for (const isAwaited of [false, true]) {
  Deno.test(`A repair passes a mutex of another dead thread (${isAwaited ? "" : "not "}awaited)`, () => {
    using queue = new Queue<number>();
    queue.putSync(7);
    const mutex = held(queue, second.tag, isAwaited);
    declareDead(first);
    declareDead(second);
    repairAll(first);
    assertEquals(Atomics.load(heapWords(), mutex >>> 2), 0);
    repairAll(second);
    for (const dead of [first, second]) forgetDead(dead);
    assertEquals(queue.getSync(), 7);
  });

  Deno.test(`A mutex of a dead thread is entered (${isAwaited ? "" : "not "}awaited)`, () => {
    using queue = new Queue<number>();
    const mutex = held(queue, second.tag, isAwaited);
    declareDead(second);
    enter(mutex);
    leave(mutex);
    forgetDead(second);
    queue.putSync(8);
    assertEquals(queue.getSync(), 8);
  });
}

/** A mutex in a block of its own; `ends` runs while somebody waits for it, who is led to believe that it was woken. */
function whileAwaited(ends: (block: Block) => void, run: (mutex: number) => void): void {
  const block = Block.allocate(64, "memory"), word = block.offset >>> 2, real = Atomics.wait;
  Atomics.store(heapWords(), word, second.tag << 1);
  let waits = 0;
  Atomics.wait = ((words: Int32Array, ...rest: [number, number, number]) => {
    if (waits++ > 0) return real(words, ...rest);
    ends(block);
    return "ok";
  }) as never;
  try {
    run(block.offset);
  } finally {
    Atomics.wait = real;
    block.release();
  }
}

for (
  const [what, run] of [["enter", enter], ["seize", (mutex: number) => seize(mutex, first.tag)]] as const
) {
  Deno.test(`${what}() lets go of a mutex whose memory was given back, whatever stands there now`, () => {
    for (const value of [0, 5 << 1, -1]) {
      const ends = (block: Block) => {
        block.free();
        Atomics.store(heapWords(), block.offset >>> 2, value);
      };
      whileAwaited(ends, (mutex) => {
        assertThrows(() => run(mutex), ReferenceError);
        assertEquals(Atomics.load(heapWords(), mutex >>> 2), value);
      });
    }
  });
}
