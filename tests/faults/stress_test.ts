/**
 * Workers killed at random instants, seeded, hundreds of times, among maps whose answer is known: no item runs twice,
 * none is lost, and nobody but the victim suffers.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { type RawArray, TimeoutError, WorkerDiedError } from "@multicore/multicore/shared";
import { Counters, settles, test } from "../pool/_tools.ts";
import { toil } from "./_tasks.ts";

type Item = [number, number, RawArray<"int32">, "well" | "exit" | "throw"];
type Outcome = PromiseSettledResult<number>;

const ITEMS = 16;

/** Numbers from 0 to 1 (mulberry32, Tommy Ettinger, 2017). */
function seeded(seed: number): () => number {
  return () => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 2 ** 32;
  };
}

/** What became of all jobs together. */
interface Tally {
  begun: number;
  kills: number;
  sum: number;
  expected: number;
}

/** Runs one map whose items exit, throw or last too long, or which is aborted; checks each outcome. */
async function job(pool: Pool, random: () => number, tally: Tally): Promise<void> {
  using counts = new Counters(ITEMS + 1);
  const below = (n: number) => Math.floor(random() * n);
  const kind = (["plain", "timeout", "abort"] as const)[below(3)];
  const items = Array.from({ length: ITEMS }, (_, i): Item => {
    const ends = below(8) === 0 ? "exit" : below(8) === 0 ? "throw" : "well";
    return [i, kind === "timeout" && below(6) === 0 ? 1000 : below(5), counts.array, ends];
  });
  const controller = new AbortController(), reason = new Error("aborted");
  const timer = kind === "abort" ? setTimeout(() => controller.abort(reason), below(40)) : undefined;
  const options = {
    chunksize: 1 + below(6),
    ...(kind === "timeout" && { timeout: 100 + below(30) }),
    ...(kind === "abort" && { signal: controller.signal }),
  };
  const outcomes = await settleAll(pool, items, options, below(2) === 0);
  clearTimeout(timer);
  outcomes.forEach((outcome, i) => {
    const [, , , ends] = items[i], ran = counts.at(i);
    assert(ran <= 1, `item ${i} ran ${ran} times`);
    tally.begun += ran;
    if (outcome.status === "fulfilled") {
      assertEquals([outcome.value, ends, ran], [i, "well", 1]);
      tally.sum += outcome.value;
      tally.expected += i;
    } else if (outcome.reason instanceof WorkerDiedError) {
      assertEquals([ends, ran, outcome.reason.exitCode], ["exit", 1, 7], "only who exits dies");
      tally.kills++;
    } else if (outcome.reason instanceof TimeoutError) {
      assertEquals(kind, "timeout");
      tally.kills++;
    } else if (outcome.reason === reason) {
      assertEquals(kind, "abort");
      tally.kills += ran;
    } else {
      assertInstanceOf(outcome.reason, Error);
      assertEquals([outcome.reason.message, ends, ran], [`item ${i}`, "throw", 1]);
    }
  });
}

async function settleAll(
  pool: Pool,
  items: Item[],
  options: { chunksize: number; timeout?: number; signal?: AbortSignal },
  asMap: boolean,
): Promise<Outcome[]> {
  const failed = (reason: unknown): Outcome => ({ status: "rejected", reason });
  if (asMap) {
    return await settles(
      pool.starmap(toil, items, { ...options, settle: true }).catch((reason) =>
        items.map(() => failed(reason))
      ),
      "a map",
      60_000,
    );
  }
  const results = items.map((item) => pool.applyAsync(toil, item, options));
  return await settles(Promise.allSettled(results), "calls", 60_000);
}

for (const [seed, jobs, maxTasksPerChild] of [[1, 3, Infinity], [20260805, 2, 7]] as const) {
  test(`Pool runs every item at most once through 120 kills at random instants, seed ${seed}`, async () => {
    const random = seeded(seed);
    await using pool = new Pool(2, { maxTasksPerChild });
    const tally: Tally = { begun: 0, kills: 0, sum: 0, expected: 0 };
    for (let round = 0; tally.kills < 120; round++) {
      await Promise.all(Array.from({ length: jobs }, () => job(pool, random, tally)));
    }
    assertEquals(tally.sum, tally.expected);
    const n = 100;
    const squares = await settles(pool.map((x: number) => x * x, Array.from({ length: n }, (_, i) => i)));
    assertEquals(squares.reduce((a, b) => a + b, 0), (n - 1) * n * (2 * n - 1) / 6);
    assertEquals([pool.size, pool.stats().survivors, pool.stats().pending], [2, 0, 0]);
  }, 180_000);
}
