/**
 * A program whose processes end with uncaught errors, in functions that travel by value, for `process_stack_test.ts`.
 * Each error's message is that of one line only, so that the line can be found. The types are here to be left out:
 * what runs has other lines.
 *
 * @module
 */

interface Reading {
  readonly value: number;
  readonly unit: string;
}

import { Process } from "@multicore/multicore/pool";

type Target = (reading: Reading) => unknown;
const limit: number = 5;

/** Throws in a function that it captures. */
const check = (reading: Reading): void => {
  type Bound = readonly [least: number, most: number];
  const bound: Bound = [0, limit as number];
  const value: number = reading.value as number;
  if (value > bound[1]) throw new RangeError("captured function");
};

const targets: Record<string, Target> = {
  "at once": (reading: Reading): void => {
    const { value } = reading as Reading;
    throw new TypeError("at once " + (value as number));
  },
  "captured": (reading: Reading) => check(reading), // the caller of the captured function
  "method": {
    async measure(_reading: Reading): Promise<void> {
      await (undefined as unknown as Promise<void>);
      throw new Error("method");
    },
  }.measure,
  "timer": (_reading: Reading) => {
    setTimeout((): void => {
      throw new Error("timer");
    }, 1);
    return new Promise<never>(() => {});
  },
  "rejection": (_reading: Reading) => {
    setTimeout(() => void Promise.reject<never>(new Error("rejection")), 1);
    return new Promise<never>(() => {});
  },
  "nested": async (reading: Reading): Promise<void> => {
    const child = new Process({
      target: (inner: Reading): void => {
        throw new Error(`nested ${inner.unit as string}`);
      },
      args: [reading],
    });
    child.start();
    await child.join();
  },
};

const [name, how = "join"] = Deno.args;
const process = new Process({ target: targets[name], args: [{ value: 7, unit: "m" }], name: "Ada" });
process.start();
if (how === "join") await process.join();
if (how === "block") process.joinSync();
// Lets no event in, and serves nobody.
if (how === "spin") { while (process.isAlive()); }
console.log(process.exitCode);
