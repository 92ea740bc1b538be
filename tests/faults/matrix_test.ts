/**
 * The matrix of faults: each kind of death or damage, at each moment, under each verb. Whatever happens, every call
 * settles with the right value or error, no item runs twice, none is lost, and the pool heals.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { Pool, type PoolOptions } from "@multicore/multicore/pool";
import { TimeoutError, WorkerDiedError } from "@multicore/multicore/shared";
import { BOUND, Counters, eventually, settles, test } from "../pool/_tools.ts";
import { blockUntilSet } from "../pool/_tools.ts";
import {
  type Act,
  BEGUN,
  CODE,
  DONE,
  FILLED,
  GATE,
  type Moment,
  run,
  type Step,
  toil,
  WORDS,
} from "./_tasks.ts";

type Outcome = PromiseSettledResult<unknown>;

/**
 * Who stops the victim: nobody but itself, its timeout, or the caller. An iteration has no `cancel()`: its caller leaves
 * it, as `break` does, which stops nobody: what runs comes to its end, and nobody hears of it.
 */
type Ending = "itself" | "timeout" | "abort" | "cancel" | "leave";

interface Fault {
  readonly name: string;
  readonly act: Act;
  readonly by: Ending;
  readonly options?: PoolOptions;
  /** Under which verbs. @default all */
  readonly verbs?: readonly Verb[];
  /** Checks what the victim's call rejected with. */
  readonly check: (reason: unknown) => void;
}

const VERBS = ["apply", "map", "imap"] as const;
type Verb = typeof VERBS[number];

/** What stands for the error of an item whose iteration has ended. */
const ENDED = "the iteration has ended";
/** Long enough for a harmless item on a loaded machine. */
const TIMEOUT = 400;
const REASON = new Error("the reason of the abort");

const died = (exitCode: number, why = /./) => (reason: unknown) => {
  assertInstanceOf(reason, WorkerDiedError);
  assertEquals([reason.name, reason.exitCode], ["WorkerDiedError", exitCode]);
  assert(Number.isInteger(reason.workerId) && reason.workerId > 0);
  assertMatch(reason.message, why);
};
const timedOut = (reason: unknown) => {
  assertInstanceOf(reason, TimeoutError);
  assertEquals([reason.name, reason.timeout], ["TimeoutError", TIMEOUT]);
};
const aborted = (reason: unknown) => assertEquals(reason, REASON);
const cancelled = (reason: unknown) => assertEquals((reason as Error).name, "AbortError");
const left = (reason: unknown) => assertEquals(reason, ENDED);
const options = { heapLimitMb: 64 };

/** Whether the caller gives up the whole call, or the only one of its kind. */
const isCalledOff = (by: Ending) => by === "abort" || by === "cancel" || by === "leave";

const FAULTS: readonly Fault[] = [
  { name: "an uncaught error in a timer", act: "throw in a timer", by: "itself", check: died(1, /thrown/) },
  {
    name: "an unhandled rejection in a timer",
    act: "reject in a timer",
    by: "itself",
    check: died(1, /rejected/),
  },
  { name: "exit(n)", act: "exit()", by: "itself", check: died(CODE) },
  { name: "Deno.exit(n)", act: "Deno.exit()", by: "itself", check: died(CODE) },
  { name: "process.exit(n)", act: "process.exit()", by: "itself", check: died(CODE) },
  { name: "globalThis.close()", act: "globalThis.close()", by: "itself", check: died(0) },
  { name: "the timeout of a busy loop", act: "spin", by: "timeout", check: timedOut },
  { name: "the timeout of Atomics.wait()", act: "block", by: "timeout", check: timedOut },
  { name: "a signal that stops a busy loop", act: "spin", by: "abort", check: aborted },
  { name: "a signal that stops an idle wait", act: "stay pending", by: "abort", check: aborted },
  {
    name: "cancel() of a busy loop",
    act: "spin",
    by: "cancel",
    verbs: ["apply", "map"],
    check: cancelled,
  },
  { name: "a caller that leaves", act: "hold", by: "leave", verbs: ["imap"], check: left },
  {
    name: "a heap filled at once",
    act: "exhaust the heap at once",
    by: "itself",
    options,
    check: died(1, /heap/),
  },
  {
    name: "a heap filled by and by",
    act: "exhaust the heap by and by",
    by: "itself",
    options,
    check: died(1, /heap/),
  },
];

interface Call {
  readonly outcomes: Promise<Outcome[]>;
  /** What the caller does to end the victim. */
  stop(): void;
}

/** Submits steps, the first of which is the victim, all in one chunk where the verb has chunks. */
function submit(pool: Pool, verb: Verb, steps: readonly Step[], by: Ending): Call {
  const controller = new AbortController();
  const timeout = by === "timeout" ? { timeout: TIMEOUT } : {};
  const signal = by === "abort" ? { signal: controller.signal } : {};
  const abort = () => controller.abort(REASON);
  const chunksize = steps.length;
  switch (verb) {
    case "apply": {
      const results = steps.map((step, i) =>
        pool.applyAsync(run, [step], { ...timeout, ...(i ? {} : signal) })
      );
      return {
        outcomes: Promise.allSettled(results),
        stop: () => by === "cancel" ? results[0].cancel() : abort(),
      };
    }
    case "map": {
      const result = pool.mapAsync(run, steps, { chunksize, settle: true, ...timeout, ...signal });
      const outcomes = Promise.resolve(result as unknown as PromiseLike<Outcome[]>)
        .catch((reason) => steps.map((): Outcome => ({ status: "rejected", reason })));
      return { outcomes, stop: () => by === "cancel" ? result.cancel() : abort() };
    }
    case "imap": {
      const results = pool.imap(run, steps, { chunksize, ...timeout, ...signal });
      const next = (): Promise<Outcome> =>
        results.next().then(
          ({ done, value }) => done ? { status: "rejected", reason: ENDED } : { status: "fulfilled", value },
          (reason) => ({ status: "rejected", reason }),
        );
      const outcomes = (async () => {
        const outcomes: Outcome[] = [];
        while (outcomes.length < steps.length) outcomes.push(await next());
        return outcomes;
      })();
      return { outcomes, stop: () => by === "leave" ? void results.return!() : abort() };
    }
  }
}

/** One row's pool and what is checked of it in each cell. */
class Cell implements Disposable {
  readonly counters = new Counters(WORDS);

  constructor(readonly pool: Pool, readonly verb: Verb, readonly fault: Fault) {}

  step(index: number, act: Act = "ok", moment: Moment = "running"): Step {
    return { index, act, moment, counts: this.counters.array };
  }

  harmless(from: number, count: number): Step[] {
    return Array.from({ length: count }, (_, i) => this.step(from + i));
  }

  submit(steps: readonly Step[]): Call {
    return submit(this.pool, this.verb, steps, this.fault.by);
  }

  /** The victim's outcome, and those of the others in its call: its own alone is lost, or the whole call. */
  check([victim, ...others]: readonly Outcome[]): void {
    assertEquals(victim.status, "rejected");
    this.fault.check((victim as PromiseRejectedResult).reason);
    const { by } = this.fault;
    if (this.verb !== "apply" && isCalledOff(by)) {
      assert(others.every(({ status }) => status === "rejected"));
    } else {
      assertEquals(others, others.map((_, i): Outcome => ({ status: "fulfilled", value: i + 1 })));
    }
  }

  /** Every item but the first ran once; of a call that was called off, none. */
  checkCounts(ranFirst: number, others: number, behind: readonly number[]): void {
    const whole = this.verb !== "apply" && isCalledOff(this.fault.by);
    assertEquals(this.counters.at(0), ranFirst, "how often the victim ran");
    for (let i = 1; i <= others; i++) {
      assertEquals(this.counters.at(i), whole ? 0 : 1, `how often item ${i} ran`);
    }
    for (const i of behind) assertEquals(this.counters.at(i), 1, `how often item ${i} ran`);
  }

  /** The pool works as if nothing had happened. */
  async heals(): Promise<void> {
    assertEquals(this.pool.size, 2);
    const values = await settles(this.pool.map(run, this.harmless(20, 6), { chunksize: 1 }), "the next map");
    assertEquals(values, [20, 21, 22, 23, 24, 25]);
    for (let i = 20; i < 26; i++) assertEquals(this.counters.at(i), 1);
    await eventually(() => this.pool.stats().workers.length === 2, "two workers");
    assertEquals(this.pool.stats().survivors, 0);
  }

  [Symbol.dispose](): void {
    this.counters[Symbol.dispose]();
  }
}

async function whileRunning(cell: Cell): Promise<void> {
  const { fault: { act, by }, pool, counters } = cell;
  const call = cell.submit([cell.step(0, act), ...cell.harmless(1, 3)]);
  const behind = pool.map(run, cell.harmless(8, 4));
  if (isCalledOff(by)) {
    await counters.reaches(BEGUN);
    call.stop();
  }
  cell.check(await settles(call.outcomes, "the call"));
  assertEquals(await settles(behind, "the call behind"), [8, 9, 10, 11]);
  if (by === "leave") await comesBack(cell);
  cell.checkCounts(1, 3, [8, 9, 10, 11]);
}

/** Lets the victim that nobody stops go on, and waits until its worker has taken other work. */
async function comesBack(cell: Cell): Promise<void> {
  const { pool, counters } = cell;
  counters.set(GATE);
  await counters.reaches(DONE);
  counters.set(GATE, 0);
  const both = [14, 15].map((index) => pool.apply(run, [cell.step(index, "hold")]));
  await Promise.all([14, 15].map((index) => counters.reaches(index)));
  counters.set(GATE);
  assertEquals(await settles(Promise.all(both), "work for both"), [14, 15]);
}

async function whileQueued(cell: Cell): Promise<void> {
  const { fault: { act, by }, pool, counters } = cell;
  const holders = [12, 13].map((index) => pool.apply(run, [cell.step(index, "hold")]));
  await Promise.all([12, 13].map((index) => counters.reaches(index)));
  const before = pool.stats().workers.map(({ id }) => id);
  const call = cell.submit([cell.step(0, act), ...cell.harmless(1, 3)]);
  const behind = pool.map(run, cell.harmless(8, 4));
  const isStopped = isCalledOff(by);
  if (isStopped) call.stop();
  // The time of a task does not run while it queues.
  if (by === "timeout") await new Promise((resolve) => setTimeout(resolve, TIMEOUT + 50));
  assertEquals([0, 1, 2, 3, 8].map((i) => counters.at(i)), [0, 0, 0, 0, 0]);
  counters.set(GATE);
  assertEquals(await settles(Promise.all(holders), "those who hold"), [12, 13]);
  cell.check(await settles(call.outcomes, "the call"));
  assertEquals(await settles(behind, "the call behind"), [8, 9, 10, 11]);
  cell.checkCounts(isStopped ? 0 : 1, 3, [8, 9, 10, 11, 12, 13]);
  if (isStopped) assertEquals(pool.stats().workers.map(({ id }) => id), before, "nobody was replaced");
}

/** Waits until the pool has lost the worker that came to harm with nothing to do. */
async function isLost({ pool, fault, counters }: Cell, lost: number): Promise<void> {
  if (fault.act === "exhaust the heap by and by") {
    // Its work is cut off, and nothing tells of it. When it is given work again, that must not be blamed.
    for (let filled = -1; filled <= 0 || filled !== counters.at(FILLED);) {
      filled = counters.at(FILLED);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const slow = [14, 15].map((index) => pool.apply(toil, [index, 150, counters.array, "well"]));
    assertEquals(await settles(Promise.all(slow), "the next tasks"), [14, 15]);
  }
  await eventually(() => pool.stats().lost === lost + 1, "the worker is lost");
}

async function whileIdle(cell: Cell): Promise<void> {
  const { fault: { act, by }, pool } = cell;
  const { lost } = pool.stats();
  const call = cell.submit([cell.step(0, act, "idle")]);
  assertEquals(await settles(call.outcomes, "the call"), [{ status: "fulfilled", value: 0 }]);
  if (by === "itself") await isLost(cell, lost);
  else {
    const before = pool.stats().workers.map(({ id }) => id);
    call.stop();
    if (by === "timeout") await new Promise((resolve) => setTimeout(resolve, TIMEOUT + 50));
    assertEquals(pool.stats().workers.map(({ id }) => id), before, "nobody was replaced");
  }
  cell.checkCounts(1, 0, []);
}

async function whileInFlight(cell: Cell): Promise<void> {
  const { fault: { act, by, check }, pool, counters } = cell;
  const { lost } = pool.stats();
  const call = cell.submit([cell.step(0, act, "in flight")]);
  const behind = pool.map(run, cell.harmless(8, 4));
  // Nothing is heard on this thread while the result is sent and the harm is done.
  blockUntilSet(counters.array.view, DONE);
  Atomics.wait(counters.array.view, WORDS - 1, 0, by === "timeout" ? TIMEOUT + 50 : 30);
  if (isCalledOff(by)) {
    call.stop();
    const [outcome] = await settles(call.outcomes, "the call");
    if (outcome.status === "rejected") check(outcome.reason);
    else assertEquals(outcome.value, 0);
  } else {
    assertEquals(await settles(call.outcomes, "the call"), [{ status: "fulfilled", value: 0 }]);
  }
  assertEquals(await settles(behind, "the call behind"), [8, 9, 10, 11]);
  if (by === "itself") await isLost(cell, lost);
  cell.checkCounts(1, 0, [8, 9, 10, 11]);
}

const MOMENTS = { running: whileRunning, queued: whileQueued, idle: whileIdle, "in flight": whileInFlight };

for (const fault of FAULTS) {
  for (const verb of fault.verbs ?? VERBS) {
    test(`Pool.${verb}() survives ${fault.name}`, async (t) => {
      await using pool = new Pool(2, fault.options);
      for (const [moment, check] of Object.entries(MOMENTS)) {
        await t.step(`the victim is ${moment}`, async () => {
          using cell = new Cell(pool, verb, fault);
          await settles(pool.map(run, cell.harmless(30, 2), { chunksize: 1 }), "the workers' start");
          await settles(check(cell), moment, 3 * BOUND);
          await cell.heals();
        });
      }
    }, 8 * BOUND);
  }
}

test("Pool.imap() whose caller leaves an item that never ends goes on with its other worker, and ends", async () => {
  using counters = new Counters(WORDS);
  const step = (index: number, act: Act): Step => ({ index, act, moment: "running", counts: counters.array });
  {
    await using pool = new Pool(2);
    const steps = [step(0, "ok"), step(1, "spin"), step(2, "ok"), step(3, "ok")];
    await settles(
      (async () => {
        for await (const value of pool.imap(run, steps, { chunksize: 2 })) {
          assertEquals(value, 0);
          await counters.reaches(BEGUN);
          break;
        }
      })(),
      "the iteration",
    );
    const values = await settles(pool.map(run, [8, 9].map((index) => step(index, "ok"))), "the next map");
    assertEquals([values, pool.size, pool.stats().pending], [[8, 9], 2, 0]);
  }
  assertEquals([counters.at(0), counters.at(1)], [1, 1]);
});
