/**
 * Traces: the format, and that each worker's spans leave no gap.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Pool, type PoolTrace, type TraceEvent } from "@multicore/multicore/pool";
import { PoolStateError } from "@multicore/multicore/shared";
import { test } from "./_tools.ts";

const spin = (milliseconds: number) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return `${milliseconds}`;
};

/** The spans of each worker. */
function lanesOf({ traceEvents }: PoolTrace): TraceEvent[][] {
  const lanes = new Map<number, TraceEvent[]>();
  for (const event of traceEvents) {
    if (event.ph === "M") lanes.set(event.tid, []);
    else lanes.get(event.tid)!.push(event);
  }
  return [...lanes.values()];
}

test("Pool.trace() divides each worker's time into spans without a gap", async () => {
  await using pool = new Pool({ processes: 2, trace: true });
  await pool.map(spin, [5, 5, 5, 5], { chunksize: 1 });
  await pool.map((x: number) => x * x, Array.from({ length: 5000 }, (_, i) => i));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const trace = pool.trace();
  assertEquals(JSON.parse(JSON.stringify(trace)), trace);
  assertEquals(trace.displayTimeUnit, "ms");
  const lanes = lanesOf(trace);
  assertEquals(lanes.length, 2);
  let runs = 0;
  for (const spans of lanes) {
    assertEquals([spans[0].name, spans.at(-1)!.name], ["start-up", "wait"]);
    for (const [i, { name, ph, pid, ts, dur }] of spans.entries()) {
      assert(["start-up", "claim", "run", "encode", "wait"].includes(name));
      assertEquals([ph, pid], ["X", 1]);
      assert(dur! >= 0 && Number.isFinite(ts));
      if (i > 0) assert(Math.abs(spans[i - 1].ts + spans[i - 1].dur! - ts) < 1, "no gap, no overlap");
      if (name === "run" && dur! >= 4900) runs++;
    }
  }
  assert(runs >= 4, `${runs} of the long items are shown`);
});

test("Pool.trace() throws when no trace is kept", async () => {
  await using pool = new Pool(1);
  assertThrows(() => pool.trace(), PoolStateError);
  assertThrows(() => new Pool(1, { trace: 1 as never }), TypeError);
});
