/**
 * What handing out work costs: a thousand tasks that each work for a known time, so it shows from how long a task on
 * a pool is worth its while.
 *
 * @module
 */

import { RawArray } from "../../shared/arrays.ts";
import type { Case, Comparison, Way } from "./comparison.ts";
import { spin, spinAt } from "./tasks.ts";
import { format } from "./units.ts";

const TASKS = 1000;

/** The comparison. */
export const dispatch: Comparison = {
  name: "dispatch",
  title: `${format(TASKS, "count")} tasks, short and long`,
  size: { label: "work in each task", unit: "nanoseconds" },
  time: "time per task",
  itemsOf: () => TASKS,
  sizes: "100:300000:8",
  here: [
    { id: "sequential", label: "sequential", look: "baseline" },
    { id: "apply", label: "apply, one by one", look: "other" },
    { id: "map-1", label: "map, chunksize 1", look: "copies", against: "sequential" },
    { id: "map", label: "map", look: "whole", against: "sequential" },
    { id: "prange", label: "prange", look: "loop", against: "sequential" },
  ],
  python: [
    { id: "loop", label: "Python, loop", look: "baseline" },
    { id: "apply", label: "Python, apply", look: "other" },
    { id: "map-1", label: "Python, chunksize 1", look: "copies", against: "loop" },
    { id: "map", label: "Python, map", look: "whole", against: "loop" },
  ],
  isSameInPython: false,
  open(size, pool): Case {
    const steps = Math.max(1, Math.round(size / nanosecondsOfStep()));
    const seeds = Array.from({ length: TASKS }, (_, i) => i);
    const pairs = seeds.map((seed): [seed: number, steps: number] => [seed, steps]);
    const borrowed = new DisposableStack();
    const list = (results: unknown) => results as number[];
    const ways: Record<string, () => Way> = {
      sequential: () => ({ run: () => seeds.map((seed) => spin(seed, steps)), numbers: list }),
      apply: () => ({
        run: async () => {
          const results: number[] = [];
          for (const pair of pairs) results.push(await pool.apply(spin, pair));
          return results;
        },
        numbers: list,
      }),
      "map-1": () => ({ run: () => pool.starmap(spin, pairs, { chunksize: 1 }), numbers: list }),
      map: () => ({ run: () => pool.starmap(spin, pairs), numbers: list }),
      prange: () => {
        const { view } = borrowed.use(new RawArray("float64", TASKS));
        return { run: () => pool.prange(TASKS, spinAt, [steps, view]), numbers: () => view };
      },
    };
    return { way: (id) => ways[id](), [Symbol.dispose]: () => borrowed.dispose() };
  },
};

let measured: number | undefined;

/** How long a step of `spin` takes here; measured once, when it runs as optimised code. */
function nanosecondsOfStep(): number {
  return measured ??= Math.min(...Array.from({ length: 10 }, () => {
    const steps = 2e6, start = performance.now();
    spin(1, steps);
    return (performance.now() - start) / steps * 1e6;
  }));
}
