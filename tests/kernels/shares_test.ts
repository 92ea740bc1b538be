/**
 * How workers share out the units of a job.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { runShares } from "../../kernels/_shares.ts";

/** A job that writes down its shares, each of which takes as long as its units say. */
function recorded(units: number, grain: number | undefined, milliseconds = 0) {
  const shares: [from: number, to: number][] = [];
  const run = (from: number, to: number) => {
    shares.push([from, to]);
    const end = performance.now() + (to - from) * milliseconds;
    while (performance.now() < end);
  };
  return { job: { units, grain, run }, shares };
}

Deno.test("runShares() runs every unit once, in shares that become smaller", () => {
  for (
    const [units, grain, workers] of [[1, 1, 1], [7, 4, 2], [1000, undefined, 3], [1000, 16, 2]] as const
  ) {
    const { job, shares } = recorded(units, grain, 0.01);
    assertStrictEquals(runShares(job, workers, new Int32Array(1)), units);
    assertEquals(shares.map(([from]) => from), [0, ...shares.map(([, to]) => to).slice(0, -1)]);
    assertStrictEquals(shares.at(-1)![1], units);
    const lengths = shares.map(([from, to]) => to - from);
    assert(lengths[0] <= Math.max(grain ?? 1, units / workers), `${lengths}`);
    assert(shares.every(([from]) => from % (grain ?? 1) === 0), `${shares}`);
  }
});

Deno.test("runShares() leaves what others have claimed", () => {
  const { job, shares } = recorded(100, 1, 0.01), next = new Int32Array([40]);
  const { run } = job;
  let isFirst = true;
  const done = runShares(
    {
      ...job,
      run(from, to) {
        run(from, to);
        if (isFirst) Atomics.add(next, 0, 20); // as if by another worker
        isFirst = false;
      },
    },
    2,
    next,
  );
  assertStrictEquals(done, 40);
  assertStrictEquals(shares[0][0], 40);
  assertStrictEquals(shares[1][0], shares[0][1] + 20);
  assertStrictEquals(shares.at(-1)![1], 100);
});

Deno.test("runShares() does not claim units that take no time one by one", () => {
  const { job, shares } = recorded(1_000_000, 1);
  assertStrictEquals(runShares(job, 2, new Int32Array(1)), 1_000_000);
  assert(shares.length < 200, `${shares.length} shares`);
});

Deno.test("runShares() of a job that is all claimed runs nothing", () => {
  const { job, shares } = recorded(10, 1);
  assertStrictEquals(runShares(job, 2, new Int32Array([10])), 0);
  assertEquals(shares, []);
});
