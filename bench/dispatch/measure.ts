/**
 * Measures things in turn, many times, so that a slow moment of the machine hits all.
 *
 * @module
 */

/** Milliseconds of each of the runs, in order of size. */
export type Times = readonly number[];

/** A run that says itself how many milliseconds it took. */
export interface Took {
  readonly took: number;
}

/** Runs each in turn, `rounds` times: ours, then theirs. */
export async function inTurns(rounds: number, ...runs: readonly (() => unknown)[]): Promise<Times[]> {
  const times: number[][] = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [k, run] of runs.entries()) {
      const start = performance.now(), told = await run(), end = performance.now();
      const saysItself = typeof told === "object" && told !== null && "took" in told;
      times[k].push(saysItself ? (told as Took).took : end - start);
    }
  }
  return times.map((times) => times.sort(ascending));
}

/** As {@linkcode inTurns}, so many runs of each after one another: for what goes on where the last one ended. */
export async function inBlocks(
  blocks: number,
  runs: number,
  ours: () => unknown,
  theirs: () => unknown,
): Promise<[ours: Times, theirs: Times]> {
  const times: [number[], number[]] = [[], []];
  for (let block = 0; block < blocks; block++) {
    for (const [k, run] of [ours, theirs].entries()) {
      for (let i = 0; i < runs; i++) {
        const start = performance.now();
        await run();
        times[k].push(performance.now() - start);
      }
    }
  }
  return [times[0].sort(ascending), times[1].sort(ascending)];
}

const ascending = (a: number, b: number) => a - b;

/** The time that a share of the runs stays below. */
export function quantile(times: Times, share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))];
}

/** The middle one. */
export function median(times: Times): number {
  return quantile(times, 0.5);
}
