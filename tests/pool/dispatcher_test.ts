/**
 * Items in frames: how they are claimed, and what becomes of them when a worker dies at one step or another. The worker
 * here is this very thread, which stops where it likes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { heapStats } from "@multicore/multicore/shared";
import { Claims, Finder } from "../../pool/_claims.ts";
import { type Crew, Dispatcher } from "../../pool/_dispatcher.ts";
import { Frame, HALT, itemIn, NEXT, nextOf, NUMBER, phaseOf, stateOf } from "../../pool/_frame.ts";
import { encodeFunction } from "../../pool/_function_bytes.ts";
import { type Job, MapJob } from "../../pool/_job.ts";
import { membership } from "../../shared/heap.ts";

type Outcomes = PromiseSettledResult<unknown>[];

/** A dispatcher without workers, and what its jobs came to. */
class Bench implements Disposable {
  readonly settledJobs: Job[] = [];
  readonly dispatcher: Dispatcher;
  readonly finder: Finder;

  constructor() {
    const crew: Crew = {
      processes: 2,
      nextWorker: () => undefined,
      postFunction: () => {},
      heard: () => {},
      ran: () => {},
      settled: (job) => this.settledJobs.push(job),
    };
    this.dispatcher = new Dispatcher(crew);
    this.finder = new Finder(this.dispatcher.board);
  }

  /** Submits a `map`; gives where its outcomes will be. */
  map(items: readonly unknown[], chunksize: number): { job: MapJob; outcomes: () => Outcomes | undefined } {
    let outcomes: Outcomes | undefined;
    const fn = encodeFunction((x: unknown) => x, "fn");
    const options = { fn, chunksize, timeout: Infinity, failFast: false, settleAll: true };
    const settler = { resolve: (value: unknown) => outcomes = value as Outcomes, reject: () => {} };
    const job = new MapJob(options, items, undefined, settler);
    this.dispatcher.add(job);
    return { job, outcomes: () => outcomes };
  }

  find(): Claims {
    return this.finder.find()!;
  }

  /** Ends the item with a number, as a worker does, and reports nothing. */
  end(claims: Claims, item: number, value: number): void {
    claims.frame.numbers[item] = value;
    assert(claims.frame.move(item, claims.running, claims.running & ~7 | NUMBER));
  }

  /** This thread, as a worker, is dead; gives the places in the input of those that died with it. */
  bury(): number[] {
    const victims = this.dispatcher.bury(membership().slot);
    const items = victims.map(([batch, at]) => batch.itemOf(at));
    for (const [batch, at] of victims) this.dispatcher.end(batch, at, false, () => "died");
    this.dispatcher.fill();
    return items;
  }

  [Symbol.dispose](): void {
    this.finder[Symbol.dispose]();
    this.dispatcher.endAll();
    this.dispatcher.dispose();
  }
}

function test(name: string, run: (bench: Bench) => void): void {
  Deno.test(name, async () => {
    const before = heapStats();
    {
      using bench = new Bench();
      run(bench);
    }
    await new Promise((resolve) => setTimeout(resolve, 5)); // the one who listens leaves
    assertEquals(heapStats().pools, before.pools);
  });
}

/** Claims and ends all that there is, twice its number each. */
function work(bench: Bench): number[] {
  const done: number[] = [];
  for (let claims; (claims = bench.finder.find());) {
    for (let item; (item = claims.next(Infinity)) >= 0;) {
      const value = claims.frame.numbers[item];
      bench.end(claims, item, 2 * value);
      done.push(value);
    }
  }
  return done;
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

test("Items are claimed once each, in order", (bench) => {
  const { outcomes } = bench.map(range(10), 3);
  assertEquals(work(bench), range(10));
  assertEquals(bench.finder.find(), undefined);
  assertEquals(bench.bury(), []);
  assertEquals(
    outcomes()!.map((o) => (o as PromiseFulfilledResult<number>).value),
    range(10).map((x) => 2 * x),
  );
});

test("A chunk is no longer than what the worker may still run", (bench) => {
  bench.map(range(10), 8);
  const claims = bench.find();
  assertEquals(claims.next(2), 0);
  assertEquals(itemIn(claims.frame.header(NEXT)), 2);
});

test("Two jobs lie one behind the other", (bench) => {
  bench.map([10, 11, 12], 2);
  bench.map([20, 21], 5);
  assertEquals(work(bench), [10, 11, 12, 20, 21]);
});

test("A worker that dies in an item costs that item; the rest of its chunk is given out again", (bench) => {
  const { outcomes } = bench.map(range(6), 4);
  const claims = bench.find();
  bench.end(claims, claims.next(Infinity), 100);
  assertEquals(claims.next(Infinity), 1);
  assertEquals(bench.bury(), [1]);
  // First those of its chunk, as they come first in the input.
  assertEquals(work(bench).toSorted(), [2, 3, 4, 5]);
  assertEquals(bench.bury(), []);
  const statuses = outcomes()!.map(({ status }) => status[0]).join("");
  assertEquals(statuses, "frffff");
  assertEquals((outcomes()![0] as PromiseFulfilledResult<number>).value, 100);
});

test("A worker that dies as it takes a chunk costs nothing", (bench) => {
  const { outcomes } = bench.map(range(5), 3);
  const { frame } = bench.find();
  // It has moved the counter, and kept none of the items, or one of them.
  Atomics.store(frame.words, frame.base + NEXT, nextOf(3, frame.sequence));
  const { slot } = membership();
  assert(frame.move(1, stateOf(1, 0, frame.sequence), stateOf(7, slot, frame.sequence)));
  assertEquals(bench.bury(), []);
  assertEquals(work(bench).toSorted(), range(5));
  assertEquals(bench.bury(), []);
  assertEquals(outcomes()!.every(({ status }) => status === "fulfilled"), true);
});

test("A value that was stored and not reported is not lost with its worker", (bench) => {
  const { outcomes } = bench.map([5], 1);
  const claims = bench.find();
  bench.end(claims, claims.next(Infinity), 55);
  assertEquals(bench.bury(), []);
  assertEquals(outcomes(), [{ status: "fulfilled", value: 55 }]);
});

test("An item is stopped only while it runs", (bench) => {
  bench.map([1, 2], 1);
  const claims = bench.find(), { slot } = membership();
  const batch = bench.dispatcher.find(claims.frame.sequence)!;
  assertEquals(bench.dispatcher.stop(batch, 0, slot), false);
  const item = claims.next(Infinity);
  assert(bench.dispatcher.stop(batch, item, slot));
  assertEquals(bench.dispatcher.stop(batch, item, slot), false);
  // What it comes to does not count any more.
  assertEquals(claims.frame.move(item, claims.running, claims.running & ~7 | NUMBER), false);
  bench.dispatcher.end(batch, item, false, () => "stopped");
});

test("Items that are withdrawn are not begun; what runs is stopped if that is wanted", (bench) => {
  const { job } = bench.map(range(4), 1);
  const claims = bench.find();
  assertEquals(claims.next(Infinity), 0);
  job.abandon("enough");
  const stopped: number[] = [];
  bench.dispatcher.withdraw(job, (slot) => stopped.push(slot));
  assertEquals(stopped, [membership().slot]);
  assertEquals(claims.next(Infinity), -1);
});

test("A worker begins nothing of a batch that was halted", (bench) => {
  bench.map(range(4), 2);
  const claims = bench.find(), { words, base } = claims.frame;
  assertEquals(claims.next(Infinity), 0);
  words[base + HALT] = 1;
  assertEquals(claims.next(Infinity), -1);
  assertEquals(claims.isNew, false);
});

test("A worker that is late claims nothing out of a batch that has come after", (bench) => {
  bench.map([1], 1);
  const late = bench.find(), { offset, sequence } = late.frame;
  assertEquals(work(bench), [1]);
  bench.bury();
  bench.map([2], 5);
  const claims = bench.find();
  assertEquals(claims.frame.offset, offset, "the same memory");
  assert(claims.frame.sequence > sequence);
  assertEquals(late.next(Infinity), -1);
  const stale = new Claims(new Frame(offset, 32_704, sequence, 768));
  assertEquals(stale.next(Infinity), -1);
  // Nor does it when that one came between its look at the sequence number and its step.
  const { words, base } = claims.frame, { compareExchange } = Atomics;
  words[base] = sequence;
  let steps = 0;
  Atomics.compareExchange = ((...args: Parameters<typeof compareExchange>) => {
    if (++steps === 1) words[base] = claims.frame.sequence;
    return compareExchange(...args);
  }) as typeof compareExchange;
  try {
    assertEquals(new Claims(new Frame(offset, 32_704, sequence, 768)).next(Infinity), -1);
  } finally {
    Atomics.compareExchange = compareExchange;
  }
  assertEquals([steps, itemIn(claims.frame.header(NEXT))], [1, 0]);
  assertEquals(phaseOf(claims.frame.state(0)), 1);
  assertEquals(work(bench), [2]);
});

test("More items than lie open at once are laid out one after the other", (bench) => {
  const { outcomes } = bench.map(range(100_000), 1000);
  const { bytes } = heapStats().pools;
  assert(bytes < 2_000_000, `${bytes} bytes lie open`);
  let rounds = 0;
  while (!outcomes()) {
    work(bench);
    bench.bury();
    assert(++rounds < 10);
  }
  assertEquals(outcomes()!.length, 100_000);
  assertEquals((outcomes()![99_999] as PromiseFulfilledResult<number>).value, 199_998);
});
