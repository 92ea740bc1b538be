/**
 * The fifo behind queues and pipes: its segments, its counts, and what is left of it when a thread dies at any of its
 * steps.
 *
 * A death is played: the n-th change of a word, and all that come after it, fail instead of happening. Then the main
 * thread, who played the dead, mends after itself.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import "@multicore/multicore/pool"; // what is not plain travels as it says
import { heapStats, JoinableQueue, NDArray, Queue } from "@multicore/multicore/shared";
import { Fifo } from "../../shared/_fifo.ts";
import { BYTES, COUNT, FIRST, LAST, MUTEX, SPARE, UNFINISHED } from "../../shared/_fifo_words.ts";
import { BLOCK_PINS, HEADER } from "../../shared/_layout.ts";
import { repairAll } from "../../shared/_owners.ts";
import { everyHeader, reclaimPages } from "../../shared/_pages.ts";
import { load, myTag } from "../../shared/_primitive.ts";
import { HOLDS, NEXT, READ, SIZE, WRITTEN } from "../../shared/_segments.ts";
import { Block, pin, readHeader, sweepBlock, unpin } from "../../shared/block.ts";
import { PACK } from "../../shared/travel.ts";
import { test } from "../pool/_tools.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const placeOf = (queue: Queue<never>) => queue[PACK]().blocks[0];

/** Byte offsets of the segments in a list. */
function segmentsOf(queue: Queue<never>, list: number): number[] {
  const found = [];
  for (let at = load(placeOf(queue).offset + list) >>> 0; at; at = load(at + NEXT) >>> 0) found.push(at);
  return found;
}

const CHANGES = ["store", "add", "sub", "or", "and", "exchange", "compareExchange"] as const;

class Death extends Error {}

/** The blocks that the dead had in hand. */
let inHand: Block[] = [];

/** Runs `body` up to the change number `last`; whether there were more, so that it died. */
function diesAfter(last: number, body: () => unknown): boolean {
  const real = Object.fromEntries(CHANGES.map((name) => [name, Atomics[name]]));
  const { allocate, attach } = Block;
  let changes = 0;
  inHand = [];
  const noted = (block: Block) => (inHand.push(block), block);
  Block.allocate = (...args) => noted(allocate.apply(Block, args));
  Block.attach = (reference) => noted(attach.call(Block, reference));
  for (const name of CHANGES) {
    Atomics[name] = ((...args: unknown[]) => {
      if (changes === last) throw new Death();
      changes++;
      return (real[name] as (...args: unknown[]) => unknown)(...args);
    }) as never;
  }
  try {
    body();
    return false;
  } catch (error) {
    if (!(error instanceof Death)) throw error;
    return true;
  } finally {
    Object.assign(Atomics, real);
    Object.assign(Block, { allocate, attach });
  }
}

/** What the main thread does after a death, for what this thread has done to segments. */
function mend(): void {
  const dead = { tag: myTag(), slot: 0 };
  repairAll(dead);
  for (const block of inHand) block.release();
  for (const header of everyHeader()) {
    const kind = readHeader(header)?.kind;
    if (kind === undefined || kind === "segment") sweepBlock(header, dead);
  }
  reclaimPages(dead.tag);
}

/** Plays a death after each change that `body` makes, on a queue that `prepare` has filled. */
function forEachDeath(
  makeQueue: () => JoinableQueue<unknown>,
  prepare: (queue: JoinableQueue<unknown>) => void,
  body: (queue: JoinableQueue<unknown>) => unknown,
  check: (left: unknown[]) => void,
): void {
  let deaths = 0;
  for (let isDead = true; isDead; deaths++) {
    const queue = makeQueue(),
      place = placeOf(queue as never),
      before = heapStats().kinds.segment?.blocks ?? 0;
    pin(place); // another thread's, which lives
    prepare(queue);
    isDead = diesAfter(deaths, () => body(queue));
    if (isDead) mend();
    const { offset } = place, count = load(offset + COUNT), what = `after ${deaths} changes`;
    assertEquals(load(offset + MUTEX), 0, what);
    if (isDead) assertEquals(load(offset + UNFINISHED), count, `tasks that nobody has taken, ${what}`);
    assertEquals(load(offset + LAST), (segmentsOf(queue as never, FIRST).at(-1) ?? 0) | 0, what);
    const left = range(count).map(() => queue.tryGet());
    assertEquals(queue.tryGet(), undefined, what);
    assertEquals(load(offset + BYTES), 0, what);
    check(left);
    // It goes on.
    for (const item of [7, new Uint8Array(9000), "x".repeat(3000)]) {
      queue.putSync(item);
      assertEquals(queue.getSync(), item, what);
    }
    unpin(place);
    queue[Symbol.dispose]();
    assertEquals(heapStats().kinds.segment?.blocks ?? 0, before, `no segment is left, ${what}`);
  }
  assert(deaths > 3, `${deaths - 1} changes`);
}

/** The lengths of what is left, or the numbers themselves. */
const sizes = (items: readonly unknown[]) =>
  items.map((item) => (item as { length?: number }).length ?? item);

const makeQueue = () => new JoinableQueue<unknown>();
const TEXT = "x".repeat(4000); // seven of them fit into a segment
const fill = (queue: JoinableQueue<unknown>) => {
  for (let i = 0; i < 8; i++) queue.putSync(TEXT);
};
const fillAndDrain = (queue: JoinableQueue<unknown>) => {
  for (let i = 0; i < 8; i++) queue.putSync(TEXT), queue.getSync();
  while (queue.size === 0 && segmentRoom(queue) > 4100) queue.putSync(TEXT), queue.getSync();
};
const segmentRoom = (queue: JoinableQueue<unknown>) => {
  const [segment] = segmentsOf(queue as never, FIRST);
  return load(segment + SIZE) - load(segment + WRITTEN);
};

const puts: Record<string, [(queue: JoinableQueue<unknown>) => void, item: unknown]> = {
  "a small item into a new queue": [() => {}, 5],
  "a small item behind another": [(queue) => queue.putSync(1), 5],
  "a small item behind a full segment": [fill, TEXT],
  "a small item into a segment that is begun anew": [fillAndDrain, TEXT],
  "a large item into a new queue": [() => {}, new Uint8Array(10_000)],
  "a large item behind a small one": [(queue) => queue.putSync(1), new Uint8Array(200_000)],
  "a large item into a spare segment": [(queue) => {
    queue.putSync(new Uint8Array(10_000));
    queue.getSync();
  }, new Uint8Array(9500)],
};

for (const [what, [prepare, item]] of Object.entries(puts)) {
  test(`A fifo is whole if a thread dies at any change as it puts ${what}`, () => {
    const sample = new JoinableQueue<unknown>();
    prepare(sample);
    const before = sizes(range(sample.size).map(() => sample.getSync())),
      after = [...before, ...sizes([item])];
    sample[Symbol.dispose]();
    const seen = new Set<number>();
    forEachDeath(makeQueue, prepare, (queue) => queue.putSync(item), (left) => {
      assertEquals(sizes(left), left.length === after.length ? after : before);
      seen.add(left.length);
    });
    assertEquals(seen.size, 2, "it dies before and after the item is there");
  });
}

const gets: Record<string, (queue: JoinableQueue<unknown>) => void> = {
  "the only small item": (queue) => queue.putSync(1),
  "the first of two": (queue) => (queue.putSync(1), queue.putSync(2)),
  "the first of the next segment": (queue) => {
    fill(queue);
    for (let i = 0; i < 7; i++) queue.getSync();
    queue.putSync(2);
  },
  "the only large item": (queue) => queue.putSync(new Uint8Array(10_000)),
  "a large item before a small one": (queue) => (queue.putSync(new Uint8Array(10_000)), queue.putSync(2)),
  "a small item before a large one": (queue) => (queue.putSync(2), queue.putSync(new Uint8Array(10_000))),
  "a huge item, which is no spare later": (queue) => queue.putSync(new Uint8Array(5_000_000)),
};

for (const [what, prepare] of Object.entries(gets)) {
  test(`A fifo is whole if a thread dies at any change as it takes ${what}`, () => {
    const sample = new JoinableQueue<unknown>();
    prepare(sample);
    const all = sizes(range(sample.size).map(() => sample.getSync()));
    sample[Symbol.dispose]();
    forEachDeath(makeQueue, prepare, (queue) => queue.getSync(), (left) => {
      assertEquals(sizes(left), all.slice(all.length - left.length));
      assert(left.length >= all.length - 1, "at most the item in hand is lost");
    });
  });
}

test("What a message has pinned is let go if a thread dies at any change as it takes it", () => {
  using array = NDArray.shared([10]);
  const pins = () => load(array[PACK]().blocks[0].offset - HEADER + BLOCK_PINS * 4);
  const left: number[] = [];
  for (let changes = 0, isDead = true; isDead; changes++) {
    using queue = new Queue<unknown>();
    const place = placeOf(queue as never);
    pin(place);
    queue.putSync([array, new Map([[1, array]])]);
    assertEquals(pins(), 1);
    isDead = diesAfter(changes, () => queue.getSync());
    if (isDead) mend();
    if (queue.size) queue.getSync();
    left.push(pins());
    unpin(place);
  }
  assert(left.length > 10 && left.every((n) => n === 0), `${left}`);
});

test("A fifo is whole if a thread dies at any change as it closes it", () => {
  for (let changes = 0, isDead = true; isDead; changes++) {
    using queue = new Queue<number>();
    const place = placeOf(queue as never);
    pin(place);
    queue.putSync(1);
    isDead = diesAfter(changes, () => queue.close());
    if (isDead) mend();
    assertEquals(queue.getSync(), 1);
    assertEquals(load(place.offset + MUTEX), 0);
    queue.close();
    assertThrows(() => queue.tryGet());
    unpin(place);
  }
});

test("A fifo takes small and large messages in turn, in their order", () => {
  using queue = new Queue<Uint8Array>();
  const lengths = range(400).map((i) => i % 5 === 0 ? 4000 + i * 31 : i * 37 % 4000);
  let put = 0, got = 0;
  while (got < lengths.length) {
    for (let i = 0; i < 1 + got % 60 && put < lengths.length; i++, put++) {
      queue.putSync(new Uint8Array(lengths[put]).fill(put));
    }
    for (let i = 0; i < 1 + got % 50 && got < put; i++, got++) {
      const item = queue.getSync();
      assertEquals([item.length, item[0] ?? got % 256, item.at(-1) ?? got % 256], [
        lengths[got],
        got % 256,
        got % 256,
      ]);
    }
  }
  assertEquals(load(placeOf(queue as never).offset + BYTES), 0);
});

test("A fifo needs one segment for small messages that are read as they come", () => {
  using queue = new Queue<string>();
  for (let i = 0; i < 500; i++) {
    queue.putSync(TEXT);
    assertEquals(queue.getSync(), TEXT);
  }
  assertEquals(segmentsOf(queue as never, FIRST).length, 1);
  for (let i = 0; i < 100; i++) queue.putSync(TEXT);
  assert(segmentsOf(queue as never, FIRST).length > 10);
  for (let i = 0; i < 100; i++) queue.getSync();
  queue.putSync("");
  assertEquals(segmentsOf(queue as never, FIRST).length, 1);
});

test("A fifo keeps four segments of large messages, and uses them again", () => {
  using queue = new Queue<Uint8Array>();
  for (const length of range(6).map((i) => 5000 + i)) queue.putSync(new Uint8Array(length));
  queue.putSync(new Uint8Array(5_000_000));
  for (let i = 0; i < 7; i++) queue.getSync();
  const spares = segmentsOf(queue as never, SPARE);
  assertEquals(spares.length, 4);
  queue.putSync(new Uint8Array(4990).fill(3));
  const [used] = segmentsOf(queue as never, FIRST);
  assert(spares.includes(used));
  assertEquals([load(used + READ), load(used + HOLDS)], [0, 1]);
  // Far too large ones are left to larger messages.
  queue.putSync(new Uint8Array(1_000_000));
  queue.putSync(new Uint8Array(1_000_000));
  for (let i = 0; i < 3; i++) queue.getSync();
  assertEquals(queue.size, 0);
});

test("A fifo counts the bytes of its messages, what stands beside them included", () => {
  using queue = new Queue<unknown>({ byteCapacity: 50_000 });
  const bytes = () => load(placeOf(queue as never).offset + BYTES);
  queue.putSync(new Uint8Array(1000));
  const small = bytes();
  assert(small > 1000 && small < 1100, `${small}`);
  queue.putSync(new Map([[1, new Uint8Array(20_000)]]));
  assert(bytes() > small + 20_000);
  assert(!queue.tryPut(new Uint8Array(40_000)));
  assert(queue.tryPut(new Uint8Array(20_000)));
  for (let i = 0; i < 3; i++) queue.getSync();
  assertEquals(bytes(), 0);
});

test("A fifo that has ended refuses, whoever still knows of it", () => {
  const queue = new Queue<number>(), fifo = new Fifo(placeOf(queue as never));
  queue.putSync(1);
  queue[Symbol.dispose]();
  assertEquals([fifo.take(), fifo.isClosed, fifo.isReady], ["closed", true, true]);
  fifo.close();
  fifo.stir();
  assertThrows(() => queue.putSync(2));
});

test("What a message has pinned is let go when it is read, refused or left unread", () => {
  using array = NDArray.shared([100]);
  const before = heapStats().blocks;
  {
    using queue = new Queue<unknown>({ capacity: 2 }), other = new Queue<unknown>();
    const item = () => ({
      array,
      error: new Error("no", { cause: array }),
      map: new Map([[1, new Uint8Array(9000)]]),
    });
    queue.putSync(item());
    queue.putSync(item());
    assert(!queue.tryPut(item()));
    assertThrows(() => queue.putSync(item(), { timeout: 1 }));
    const { array: same } = queue.getSync() as { array: NDArray };
    same[Symbol.dispose]();
    other.putSync(item());
    other.close();
    assertThrows(() => other.putSync(item()));
    assertThrows(() => queue.putSync({ array, wrong: () => {} }));
  }
  assertEquals(heapStats().blocks, before);
  assert(readHeader(array[PACK]().blocks[0].offset - HEADER));
});
