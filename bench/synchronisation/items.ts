/**
 * Small items beside `postMessage`, arrays of 1 MB beside two copies of the bytes.
 *
 * @module
 */

import { Worker } from "node:worker_threads";
import type { Pool } from "@multicore/multicore/pool";
import { pipe, Queue } from "@multicore/multicore/shared";
import { type Figure, inTurn } from "./turns.ts";

/** Small items in a run. */
export const ITEMS = 3000;
/** Arrays in a run. */
export const ARRAYS = 4;
const SUM = ITEMS * (ITEMS - 1) / 2, ELEMENTS = 131_072;

interface Item {
  readonly id: number;
  readonly name: string;
  readonly at: readonly number[];
}

function fill(queue: Queue<Item>, count: number): void {
  for (let i = 0; i < count; i++) queue.putSync({ id: i, name: "an item", at: [i, 2, 3] });
}

function drain(queue: Queue<Item>, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += queue.getSync().id;
  return sum;
}

/** The rival: a worker that posts as many items as it is told. */
const posting = `
import { parentPort } from "node:worker_threads";
parentPort.on("message", (count) => {
  for (let i = 0; i < count; i++) parentPort.postMessage({ id: i, name: "an item", at: [i, 2, 3] });
});`;

function received(poster: Worker): Promise<number> {
  return new Promise((resolve) => {
    let sum = 0, left = ITEMS;
    const listener = ({ id }: Item) => {
      sum += id;
      if (--left) return;
      poster.off("message", listener);
      resolve(sum);
    };
    poster.on("message", listener);
    poster.postMessage(ITEMS);
  });
}

function check(sum: number): void {
  if (sum !== SUM) throw new Error(`got ${sum} for ${SUM}`);
}

/** Figures of small items, `postMessage` first. */
export async function smallItems(pool: Pool, turns: number): Promise<Record<string, Figure>> {
  const queue = new Queue<Item>();
  const url = new URL("data:text/javascript," + encodeURIComponent(posting));
  const poster = new Worker(url, { env: {} } as never);
  try {
    return await inTurn(turns, {
      "postMessage, worker to main": async () => check(await received(poster)),
      "Queue, worker to main": async () => {
        const filling = pool.apply(fill, [queue, ITEMS]);
        let sum = 0;
        for (let i = 0; i < ITEMS; i++) sum += (await queue.get()).id;
        await filling;
        check(sum);
      },
      "Queue, worker to worker": async () => {
        const both = [pool.apply(fill, [queue, ITEMS]), pool.apply(drain, [queue, ITEMS])] as const;
        check((await Promise.all(both))[1]);
      },
    });
  } finally {
    await poster.terminate();
    queue[Symbol.dispose]();
  }
}

/** Figures of large arrays, two copies first. */
export async function largeItems(turns: number): Promise<Record<string, Figure>> {
  const array = new Float64Array(ELEMENTS).map((_, i) => i);
  const between = new Float64Array(new SharedArrayBuffer(array.byteLength)),
    there = new Float64Array(ELEMENTS);
  using queue = new Queue<Float64Array>();
  const [left, right] = pipe();
  const repeat = (copy: () => Float64Array) => () => {
    for (let i = 0; i < ARRAYS; i++) if (copy()[9] !== 9) throw new Error("wrong");
  };
  try {
    return await inTurn(turns, {
      "two copies, the second into a new array": repeat(() => {
        between.set(array);
        return between.slice();
      }),
      "two copies, both into memory that is there": repeat(() => {
        between.set(array);
        there.set(between);
        return there;
      }),
      "Queue": repeat(() => {
        queue.putSync(array);
        return queue.getSync();
      }),
      "pipe": repeat(() => {
        left.sendSync(array);
        return right.recvSync<Float64Array>();
      }),
    });
  } finally {
    left.close();
    right.close();
  }
}
