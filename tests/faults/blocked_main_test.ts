/**
 * A creator that hears nothing for a while: reports, timeouts and aborts are then due at the same moment, and whichever
 * is handled first, each item keeps its own outcome.
 *
 * @module
 */

import { MessageChannel } from "node:worker_threads";
import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { blockUntilSet, Counters, settles, test } from "../pool/_tools.ts";
import { DONE, run, type Step, WORDS } from "./_tasks.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Steps of which the last sets the flag DONE. */
function steps(counters: Counters, count: number): Step[] {
  return range(count).map((index) => ({
    index,
    act: index === count - 1 ? "stay pending" : "ok",
    moment: "in flight",
    counts: counters.array,
  }));
}

function blockFor(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

for (const verb of ["map", "imap"] as const) {
  test(`Pool.${verb}() with a timeout loses no report that came while this thread was busy`, async () => {
    await using pool = new Pool(1);
    for (let round = 0; round < 5; round++) {
      using counters = new Counters(WORDS);
      await pool.map((x: number) => x, [1]);
      const options = { chunksize: 3, timeout: 100 };
      const values = verb === "map"
        ? pool.map(run, steps(counters, 3), options)
        : Array.fromAsync(pool.imap(run, steps(counters, 3), options));
      blockUntilSet(counters.array.view, DONE);
      blockFor(150);
      assertEquals(await settles(values, `round ${round}`), [0, 1, 2]);
      assertEquals(counters.list().slice(0, 3), [1, 1, 1]);
    }
    assertEquals(pool.stats().lost, 0);
  });
}

test("Pool.apply() gives the value of a task that ended in time, however late this thread hears of it", async () => {
  await using pool = new Pool(1);
  const [{ id }] = pool.stats().workers;
  for (let round = 0; round < 5; round++) {
    using counters = new Counters(WORDS);
    await pool.map((x: number) => x, [1]);
    const value = pool.apply(run, steps(counters, 1) as [Step], { timeout: 100 });
    blockUntilSet(counters.array.view, DONE);
    blockFor(150);
    assertEquals(await settles(value), 0);
  }
  assertEquals(pool.stats().workers[0].id, id);
});

for (const how of ["signal", "cancel()"] as const) {
  test(`Pool.map() stopped by ${how} stops the item that runs, though the report before it was not heard`, async () => {
    await using pool = new Pool(1);
    for (let round = 0; round < 5; round++) {
      using counters = new Counters(WORDS);
      await pool.map((x: number) => x, [1]);
      const controller = new AbortController();
      const endless: Step = { index: 9, act: "block", moment: "running", counts: counters.array };
      const result = pool.mapAsync(run, [...steps(counters, 1), endless], {
        chunksize: 2,
        ...(how === "signal" && { signal: controller.signal }),
      });
      // Item 0 has ended, item 9 runs, and nothing was heard of either.
      blockUntilSet(counters.array.view, DONE);
      blockFor(30);
      if (how === "cancel()") result.cancel();
      else controller.abort(new Error("enough"));
      const error = await settles(result.get()).catch((error) => error);
      assertEquals(error.name, how === "cancel()" ? "AbortError" : "Error");
      assertEquals(await settles(pool.map((x: number) => x + 1, [1, 2]), "the next map"), [2, 3]);
      assertEquals(counters.at(9), 1);
    }
  });
}

test("Pool.applySync() does not wait for a report that the event loop has taken and not delivered", async () => {
  const double = (x: number) => 2 * x;
  await using pool = new Pool(1);
  await pool.apply(double, [1]);
  const { port1, port2 } = new MessageChannel();
  const values: number[] = [];
  // The message and the report of a call arrive together; the handler of the first blocks before the second is delivered.
  port2.on("message", (x: number) => values.push(pool.applySync(double, [x])));
  for (let round = 0; round < 5; round++) {
    port1.postMessage(round);
    const call = pool.apply(double, [100]);
    blockFor(30);
    assertEquals(await settles(call, `round ${round}`), 200);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals(values, [0, 2, 4, 6, 8]);
  port1.close();
  port2.close();
});
