/**
 * What the fault tests have workers do: count that they were here, then come to harm in one way or another.
 *
 * @module
 */

import process from "node:process";
import { exit, task } from "@multicore/multicore/pool";
import type { RawArray } from "@multicore/multicore/shared";

/** Ways for a worker to come to harm, and two not to. */
export type Act =
  | "ok"
  | "hold"
  | "throw in a timer"
  | "reject in a timer"
  | "exit()"
  | "Deno.exit()"
  | "process.exit()"
  | "globalThis.close()"
  | "spin"
  | "block"
  | "stay pending"
  | "exhaust the heap at once"
  | "exhaust the heap by and by";

/** When it happens: while the task runs, some time after it, or with its result on the way. */
export type Moment = "running" | "idle" | "in flight";

/** One item. */
export interface Step {
  readonly index: number;
  readonly act: Act;
  readonly moment: Moment;
  readonly counts: RawArray<"int32">;
}

/** Counters that are flags: a victim has begun, a victim is about to return, those who hold may go. */
export const BEGUN = 40, DONE = 41, GATE = 42, FILLED = 43, WORDS = 48;

/** The exit code of those who exit. */
export const CODE = 7;

function fill(list: unknown[]): void {
  for (let i = 0; i < 1000; i++) list.push({ a: list.length, b: [i, i, i, i, i, i, i, i, i, i] });
}

const kept: unknown[] = [];

function harm(act: Act, counts: RawArray<"int32">): unknown {
  switch (act) {
    case "throw in a timer":
      throw new Error("expected in this test: thrown");
    case "reject in a timer":
      void Promise.reject(new Error("expected in this test: rejected"));
      return;
    case "exit()":
      return exit(CODE);
    case "Deno.exit()":
      return Deno.exit(CODE);
    case "process.exit()":
      return process.exit(CODE);
    case "globalThis.close()":
      return globalThis.close();
    case "spin":
      for (;;);
    case "block":
      for (;;) Atomics.wait(counts.view, WORDS - 1, 0, 1000);
    case "exhaust the heap at once":
      for (;;) fill(kept);
    case "exhaust the heap by and by":
      return (async () => {
        for (;; await undefined) {
          fill(kept);
          Atomics.add(counts.view, FILLED, 1);
        }
      })();
    default:
      return;
  }
}

/** Counts item `index`, and does what is asked. */
export const run = task(import.meta, "run", ({ index, act, moment, counts }: Step): unknown => {
  const { view } = counts;
  Atomics.add(view, index, 1);
  if (act === "ok") return index;
  if (act === "hold" && moment === "running") {
    Atomics.store(view, BEGUN, 1);
    while (Atomics.load(view, GATE) === 0) Atomics.wait(view, GATE, 0, 100);
    Atomics.store(view, DONE, 1);
    return index;
  }
  if (moment === "running") {
    Atomics.store(view, BEGUN, 1);
    if (act.endsWith("in a timer")) setTimeout(() => harm(act, counts), 2);
    else harm(act, counts);
    return new Promise(() => {});
  }
  const isHarm = !["hold", "spin", "block", "stay pending"].includes(act);
  if (isHarm) setTimeout(() => harm(act, counts), moment === "idle" ? 30 : 0);
  Atomics.store(view, DONE, 1);
  Atomics.notify(view, DONE);
  return index;
});

/** Counts the item, and comes to harm the first `deaths` times that it is run. */
export const dieFirst = task(
  import.meta,
  "dieFirst",
  (index: number, deaths: number, counts: RawArray<"int32">) => {
    if (Atomics.add(counts.view, index, 1) < deaths) exit(CODE);
    return index;
  },
);

/** Counts the item and works for some time, with sleep, computation or waiting. */
export const toil = task(
  import.meta,
  "toil",
  async (index: number, milliseconds: number, counts: RawArray<"int32">, ends: "well" | "exit" | "throw") => {
    Atomics.add(counts.view, index, 1);
    const end = performance.now() + milliseconds;
    if (index % 3 === 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    else if (index % 3 === 1) { while (performance.now() < end); }
    else Atomics.wait(counts.view, counts.length - 1, 0, milliseconds);
    if (ends === "exit") exit(CODE);
    if (ends === "throw") throw new Error(`item ${index}`);
    return index;
  },
);

/** An initializer that counts and then does what is asked. */
export const initialize = task(import.meta, "initialize", (act: string, counts: RawArray<"int32">) => {
  Atomics.add(counts.view, 0, 1);
  switch (act) {
    case "throw":
      throw new TypeError("expected in this test: initializer");
    case "reject":
      return Promise.reject(new RangeError("expected in this test: initializer"));
    case "exit":
      return exit(CODE);
    case "hang":
      return new Promise(() => {});
    case "spin":
      for (;;);
    default:
      return;
  }
});
