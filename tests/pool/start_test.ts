/**
 * How workers start: with how little, and that whatever comes first finds what it needs.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import { Queue, RawArray } from "@multicore/multicore/shared";
import { importsOf, read } from "../_house.ts";
import { count } from "./_start_tasks.ts";
import { eventually, test } from "./_tools.ts";

/** What a module loads with itself: files of this library, and built-in modules. */
function graphOf(root: string): Set<string> {
  const found = new Set([root]);
  for (const path of found) {
    if (path.startsWith("node:")) continue;
    for (const { specifier, path: to, isTypeOnly, isStatic } of importsOf({ path, text: read(path) })) {
      if (isStatic && !isTypeOnly) found.add(to ?? specifier);
    }
  }
  return found;
}

const builtIns = (graph: Set<string>) => [...graph].filter((path) => path.startsWith("node:")).sort();

test("a worker begins without the classes that may arrive, and without what sends functions", () => {
  const early = graphOf("pool/_worker.ts");
  for (const late of ["shared/mod.ts", "shared/queue.ts", "pool/_capture.ts", "pool/_worker_host.ts"]) {
    assert(!early.has(late), `${late} is loaded before a worker's first task`);
  }
});

test("a worker begins with every built-in module that it may load later, for no kill may meet such a load", () => {
  const early = builtIns(graphOf("pool/_worker.ts"));
  const missing = builtIns(graphOf("mod.ts")).filter((module) => !early.includes(module));
  // The bootstrap has loaded this one.
  assertEquals(missing, ["node:worker_threads"]);
});

test("Pool.apply() passes an object of this module to a worker that has done nothing yet", async () => {
  const counts = new RawArray("int32", [7]), queue = new Queue<number>();
  for (
    const [fn, args] of [
      [(counts: RawArray<"int32">) => counts.view[0], [counts]],
      [({ deep: [counts] }: { deep: RawArray<"int32">[] }) => counts.view[0], [{ deep: [counts] }]],
      [(error: Error) => (error.cause as RawArray<"int32">).view[0], [new Error("why", { cause: counts })]],
      [() => counts.view[0], []],
    ] as [(...args: unknown[]) => number, unknown[]][]
  ) {
    await using pool = new Pool(1), timed = new Pool(1);
    assertEquals(await pool.apply(fn, args), 7);
    assertEquals(await timed.apply(fn, args, { timeout: 30_000 }), 7);
  }
  {
    await using pool = new Pool(1);
    assertEquals(await pool.apply((queue: Queue<number>) => queue.putSync(3), [queue]), undefined);
    assertEquals(await queue.get(), 3);
  }
  counts[Symbol.dispose]();
  queue[Symbol.dispose]();
});

test("Pool.prange() runs its indices where what the body is given must be loaded first", async () => {
  using seen = new RawArray("int32", 100);
  {
    await using pool = new Pool(2);
    await pool.prange(100, (i, { seen }) => Atomics.add(seen.view, i, 1), [{ seen }]);
  }
  await using pool = new Pool(2);
  const body = (i: number, { seen, add }: { seen: RawArray<"int32">; add: typeof count }) => add(seen, i);
  await pool.prange(100, body, [{ seen, add: count }]);
  pool.prangeSync(100, body, [{ seen, add: count }]);
  assertEquals([...seen.view], Array(100).fill(3));
});

test("Process passes an object of this module to its target", async () => {
  using counts = new RawArray("int32", 1);
  const process = new Process({ target: ({ counts }) => void (counts.view[0] = 5), args: [{ counts }] });
  process.start();
  await process.join();
  assertEquals([process.exitCode, counts.view[0]], [0, 5]);
});

test("Pool starts all its workers after a single call, and beside a long one", async () => {
  await using pool = new Pool(3);
  assertEquals(await pool.apply((x: number) => 2 * x, [4]), 8);
  await eventually(() => pool.stats().workers.length === 3, "the others are started");
  using flag = new RawArray("int32", 1);
  await using other = new Pool(2);
  const long = other.apply((flag: RawArray<"int32">) => Atomics.wait(flag.view, 0, 0), [flag]);
  await eventually(() => other.stats().workers.length === 2, "the other is started");
  Atomics.store(flag.view, 0, 1);
  await eventually(() => (Atomics.notify(flag.view, 0), other.stats().pending === 0), "the call has ended");
  await long;
});

test("Pool gives the calls that follow a first one to other workers", async () => {
  using flag = new RawArray("int32", 2);
  await using pool = new Pool(2);
  // Each waits for the other.
  const meet = (flag: RawArray<"int32">, mine: number) => {
    Atomics.store(flag.view, mine, 1);
    Atomics.notify(flag.view, mine);
    return Atomics.wait(flag.view, 1 - mine, 0, 30_000) !== "timed-out";
  };
  const first = pool.apply(meet, [flag, 0]);
  await new Promise((resolve) => setTimeout(resolve, 1));
  assertEquals(await Promise.all([first, pool.apply(meet, [flag, 1])]), [true, true]);
});

test("Pool.applySync() answers, and the other workers are started afterwards", async () => {
  await using pool = new Pool(2);
  assertEquals(pool.applySync((x: number) => x + 1, [1]), 2);
  await eventually(() => pool.stats().workers.length === 2, "the other is started");
});
