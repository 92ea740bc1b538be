/**
 * Runs several things in turn, many times, and compares each with the first within its own turn: a slow moment of the
 * machine hits all of them.
 *
 * @module
 */

import { median } from "../dispatch/measure.ts";

/** What one of the things came to. */
export interface Figure {
  /** Median milliseconds of a run. */
  readonly took: number;
  /** Median, over the turns, of its time over the first one's in the same turn. */
  readonly ratio: number;
}

/**
 * Runs all in turn, `turns` times, after one turn that does not count; figures by name. A run that gives a number says
 * itself how many milliseconds it took.
 */
export async function inTurn<Name extends string>(
  turns: number,
  runs: Readonly<Record<Name, () => unknown>>,
): Promise<Record<Name, Figure>> {
  const names = Object.keys(runs) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let turn = -1; turn < turns; turn++) {
    for (const name of names) {
      const start = performance.now(), told = await runs[name](), elapsed = performance.now() - start;
      if (turn >= 0) times.get(name)!.push(typeof told === "number" ? told : elapsed);
    }
  }
  const first = times.get(names[0])!;
  const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
  return Object.fromEntries(names.map((name) => {
    const took = times.get(name)!, ratios = took.map((one, turn) => one / first[turn]);
    return [name, { took: median(sorted(took)), ratio: median(sorted(ratios)) }];
  })) as Record<Name, Figure>;
}
