/**
 * Traces: the format, and that each worker's spans leave no gap.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { autocorrelate2d, dets } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool, type PoolTrace, type TraceEvent } from "@multicore/multicore/pool";
import { NDArray, PoolStateError } from "@multicore/multicore/shared";
import { eventually, test } from "./_tools.ts";
import { faultsOf } from "./_trace_format.ts";

const spin = (milliseconds: number) => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  return `${milliseconds}`;
};
const NAMES = ["start-up", "claim", "run", "encode", "wait"];

/** The spans of each worker. */
function lanesOf({ traceEvents }: PoolTrace): TraceEvent[][] {
  const lanes = new Map<number, TraceEvent[]>();
  for (const event of traceEvents) {
    if (event.ph === "M") lanes.set(event.tid, []);
    else lanes.get(event.tid)!.push(event);
  }
  return [...lanes.values()];
}

async function areReady(pool: Pool): Promise<void> {
  await eventually(() => pool.stats().workers.every(({ startup }) => startup > 0), "the workers are ready");
}

function assertNoGaps(lanes: readonly TraceEvent[][]): void {
  for (const spans of lanes) {
    assertEquals(spans[0].name, "start-up");
    for (const [i, { name, ph, pid, ts, dur }] of spans.entries()) {
      assert(NAMES.includes(name));
      assertEquals([ph, pid], ["X", 1]);
      assert(dur! >= 0 && Number.isFinite(ts));
      if (i > 0) assert(Math.abs(spans[i - 1].ts + spans[i - 1].dur! - ts) < 1, "no gap, no overlap");
    }
  }
}

test("Pool.trace() divides each worker's time into spans without a gap", async () => {
  await using pool = new Pool({ processes: 2, trace: true });
  await areReady(pool);
  await pool.map(spin, [5, 5, 5, 5], { chunksize: 1 });
  await pool.map((x: number) => x * x, Array.from({ length: 5000 }, (_, i) => i));
  await eventually(() => lanesOf(pool.trace()).every((spans) => spans.at(-1)!.name === "wait"), "all wait");
  const trace = pool.trace(), lanes = lanesOf(trace);
  assertEquals(JSON.parse(JSON.stringify(trace)), trace);
  assertEquals(faultsOf(JSON.stringify(trace)), []);
  assertEquals(trace.displayTimeUnit, "ms");
  assertEquals(lanes.length, 2);
  assertNoGaps(lanes);
  const runs = lanes.flat().filter(({ name, dur }) => name === "run" && dur! >= 4900).length;
  assert(runs >= 4, `${runs} of the long items are shown`);
});

test("Pool.trace() accounts for the wall time of each worker of the demo's kind of work", async () => {
  using stack = NDArray.shared([400, 10, 10]);
  using images = NDArray.shared([6, 50, 50]);
  const outs = [NDArray.shared([400]), NDArray.shared([6, 99, 99])];
  for (const { data } of [stack, images]) for (let i = 0; i < data.length; i++) data[i] = i * i % 97;
  const asked = performance.now();
  await using pool = new Pool({ processes: 2, trace: true });
  const made = performance.now();
  await areReady(pool);
  await parallel.dets(pool, stack, { out: outs[0] });
  await pool.map((matrix: NDArray) => dets(matrix), [...stack].slice(0, 50));
  await parallel.autocorrelate2d(pool, images, { out: outs[1] });
  await pool.map(autocorrelate2d, [...images].map((image) => image.copy()));
  const before = performance.now(), trace = pool.trace(), after = performance.now();
  assertEquals(faultsOf(JSON.stringify(trace)), []);
  const lanes = lanesOf(trace);
  assertNoGaps(lanes);
  assertEquals(lanes.length, 2);
  for (const [k, spans] of lanes.entries()) {
    const from = spans[0].ts / 1000, sum = spans.reduce((sum, { dur }) => sum + dur!, 0) / 1000;
    // The first was asked for as the pool was made, the other when the event loop came round.
    assert(sum >= 0.95 * (before - made - from), `lane ${k}: ${sum} of ${before - made - from} ms at least`);
    assert(sum <= 1.05 * (after - asked - from), `lane ${k}: ${sum} of ${after - asked - from} ms at most`);
  }
  for (const name of ["claim", "run", "encode", "wait"]) {
    assert(lanes.flat().some((it) => it.name === name), name);
  }
  for (const out of outs) out[Symbol.dispose]();
});

test("Pool.trace() shows every item of more than a record holds, and what is under way", async () => {
  await using pool = new Pool({ processes: 1, trace: true });
  for (let i = 0; i < 300; i++) await pool.apply((x: number) => [x], [i]);
  const items = () =>
    lanesOf(pool.trace())[0].filter(({ name }) => name === "encode").map(({ args }) => args.batch);
  await eventually(() => lanesOf(pool.trace())[0].at(-1)!.name === "wait", "it waits");
  assertEquals(items().length, 300);
  assertEquals(items(), items()); // each once, however often it is asked
  const long = pool.apply(spin, [400]);
  await eventually(() => lanesOf(pool.trace())[0].at(-1)!.name === "run", "it runs");
  assertNoGaps(lanesOf(pool.trace()));
  await long;
});

test("Pool.trace() shows what a worker was at when it was killed, and its successor", async () => {
  await using pool = new Pool({ processes: 1, trace: true });
  await areReady(pool);
  await assertRejects(() => pool.apply(spin, [60_000], { timeout: 50 }));
  assertEquals(await pool.apply(spin, [1]), "1");
  await eventually(() => lanesOf(pool.trace()).length === 2, "both lanes");
  const ends = () => lanesOf(pool.trace()).map((spans) => spans.at(-1)!).map(({ ts, dur }) => ts + dur!);
  await eventually(() => ends()[0] < ends()[1] - 20_000, "the first has ended");
  const [first, second] = lanesOf(pool.trace()), last = first.at(-1)!;
  assertNoGaps([first, second]);
  assertEquals(last.name, "run");
  assert(last.dur! >= 45_000 && last.dur! < 50_000_000, `${last.dur}`);
});

test("Pool.trace() throws when no trace is kept", async () => {
  await using pool = new Pool(1);
  assertThrows(() => pool.trace(), PoolStateError);
  assertThrows(() => new Pool(1, { trace: 1 as never }), TypeError);
});
