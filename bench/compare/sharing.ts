/**
 * What it costs that a worker sees an array: sent as a copy, or shared. The worker reads its last number.
 *
 * @module
 */

import { RawArray } from "../../shared/arrays.ts";
import type { Case, Comparison, Way } from "./comparison.ts";
import { fillUniform } from "./input.ts";
import { back, last } from "./tasks.ts";

/** The comparison. */
export const sharing: Comparison = {
  name: "sharing",
  title: "An array for a worker: copied, or shared",
  size: { label: "size of the array", unit: "bytes" },
  time: "time per call",
  itemsOf: () => 1,
  sizes: "1024:67108864:9",
  here: [
    { id: "copy", label: "copy", look: "baseline" },
    { id: "back", label: "copy there and back", look: "copies" },
    { id: "postmessage", label: "bare postMessage", look: "other" },
    { id: "memcpy", label: "copy in this thread", look: "single" },
    { id: "shared", label: "shared", look: "whole", against: "copy" },
  ],
  python: [
    { id: "pool-copy", label: "Pool.apply, pickled", look: "baseline" },
    { id: "pool-shared", label: "Pool.apply, shared", look: "whole", against: "pool-copy" },
  ],
  isSameInPython: true,
  open(size, pool): Case {
    const length = Math.max(1, Math.round(size / Float64Array.BYTES_PER_ELEMENT));
    const array = new Float64Array(length);
    fillUniform(array, 4);
    const borrowed = new DisposableStack();
    const one = (result: unknown) => [result as number];
    const lastOf = (result: unknown) => [(result as Float64Array)[length - 1]];
    const ways: Record<string, () => Way> = {
      copy: () => ({ run: () => pool.apply(last, [array]), numbers: one }),
      back: () => ({ run: () => pool.apply(back, [array]), numbers: lastOf }),
      memcpy: () => ({ run: () => array.slice(), numbers: lastOf }),
      postmessage: () => {
        const worker = borrowed.adopt(
          new Worker(new URL("./sharing_worker.ts", import.meta.url), { type: "module" }),
          (worker) => worker.terminate(),
        );
        return { run: () => ask(worker, array), numbers: one };
      },
      shared: () => {
        const { view } = borrowed.use(new RawArray("float64", array));
        return { run: () => pool.apply(last, [view]), numbers: one };
      },
    };
    return { way: (id) => ways[id](), [Symbol.dispose]: () => borrowed.dispose() };
  },
};

function ask(worker: Worker, array: Float64Array): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`The worker failed: ${event.message}`));
    };
    worker.postMessage(array);
  });
}
