/**
 * Measures a comparison: at each size every variant is checked, warmed up, and then timed in turn with the others.
 *
 * What is timed is a batch of runs, long enough for the clock. Batches of all variants alternate, ours and Python's, so
 * that a machine that is busy for a while slows all of them. A variant that would take too long at a size is left out
 * from there on.
 *
 * @module
 */

import type { Pool } from "../../pool/pool.ts";
import { SharedMemoryFullError } from "../../shared/errors.ts";
import { assertSame, placesToCheck } from "./check.ts";
import type { Case, Comparison, Side, VariantInfo } from "./comparison.ts";
import type { Progress } from "./progress.ts";
import { type PythonChild, PythonError } from "./python.ts";
import { summarize, type Summary } from "./statistics.ts";
import { format } from "./units.ts";

/** How much is measured. */
export interface Effort {
  /** Batches of each variant at each size, at most. */
  readonly repeats: number;
  /** Milliseconds for the batches of a variant at a size, about. */
  readonly budget: number;
}

/** A variant, and whose it is. */
export interface Variant extends VariantInfo {
  /** Whose it is. */
  readonly side: Side;
}

/** A variant's times at a size: milliseconds of a run. */
export interface Measurement extends Summary {
  /** Whose variant. */
  readonly side: Side;
  /** Which variant. */
  readonly variant: string;
  /** The size. */
  readonly size: number;
  /** Batches that were timed. */
  readonly batches: number;
  /** Runs in each. */
  readonly runs: number;
}

/** What came out. */
export interface Measured {
  /** The variants that were measured at one size at least. */
  readonly variants: readonly Variant[];
  /** Their times. */
  readonly measurements: readonly Measurement[];
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

/** Who takes part. */
export interface Participants {
  /** Our workers. */
  readonly pool: Pool;
  /** Python's side, if there is one. */
  readonly python?: PythonChild;
  /** Where progress is shown. */
  readonly progress: Progress;
  /** The clock, in milliseconds. @default performance.now */
  readonly now?: () => number;
}

const BATCH = 10; // milliseconds that a batch lasts, at least
const WARM_UP = 80; // milliseconds of runs before the first batch
const MOST_RUNS = 10_000; // in a batch
const CLOCK = 1e-4; // milliseconds that the clock can tell
const LEAST_BATCHES = 3;
const TOO_LONG = 6; // budgets that one run may take
const SETTLE = 3; // milliseconds in which Python's threads fall asleep after their work

/** Runs a variant so often, and gives the milliseconds of a run. */
type Timer = (runs: number) => Promise<number>;

/** Measures a comparison at the sizes given; progress advances a step a size. */
export async function measure(
  comparison: Comparison,
  sizes: readonly number[],
  effort: Effort,
  participants: Participants,
): Promise<Measured> {
  const variants = variantsOf(comparison, participants.python);
  const measurements: Measurement[] = [], notes: string[] = [];
  let active = variants;
  for (const size of sizes) {
    const at = format(size, comparison.size.unit);
    active = active.filter((variant) => {
      const expected = predict(measurements, variant, size);
      if (expected <= TOO_LONG * effort.budget || variant === variants[0]) return true;
      const time = format(expected, "milliseconds", 2);
      notes.push(`${variant.label}: left out from ${at} on, where a run would take about ${time}`);
      return false;
    });
    let outcome;
    try {
      outcome = await measureSize(comparison, size, active, effort, participants);
    } catch (error) {
      if (!(error instanceof SharedMemoryFullError)) throw error;
      notes.push(`Left out from ${at} on: it does not fit into shared memory`);
      participants.progress.advance(sizes.length - sizes.indexOf(size));
      break;
    }
    const { done, failed } = outcome;
    measurements.push(...done);
    active = active.filter((variant) => !failed.has(variant));
    for (const [variant, why] of failed) notes.push(`${variant.label}: left out from ${at} on: ${why}`);
    participants.progress.advance();
  }
  const isMeasured = ({ side, id }: Variant) =>
    measurements.some((it) => it.side === side && it.variant === id);
  return { variants: variants.filter(isMeasured), measurements, notes };
}

function variantsOf({ here, python }: Comparison, child: PythonChild | undefined): Variant[] {
  const theirs = child ? python.filter(({ id }) => child.greeting.missing[id]?.length === 0) : [];
  return [
    ...here.map((variant): Variant => ({ ...variant, side: "here" })),
    ...theirs.map((variant): Variant => ({ ...variant, side: "python" })),
  ];
}

/** What a run will take, judged by how the time grew before, or as the size does; 0 when nothing is known. */
function predict(measurements: readonly Measurement[], { side, id }: Variant, size: number): number {
  const [last, before] = measurements.filter((it) => it.side === side && it.variant === id).toReversed();
  if (!last) return 0;
  const power = before ? Math.log(last.median / before.median) / Math.log(last.size / before.size) : 1;
  return last.median * (size / last.size) ** Math.min(Math.max(power, 0), 1);
}

async function measureSize(
  comparison: Comparison,
  size: number,
  active: readonly Variant[],
  effort: Effort,
  { pool, python, progress, now = () => performance.now() }: Participants,
): Promise<{ done: Measurement[]; failed: Map<Variant, string> }> {
  const what = `${comparison.name}, ${format(size, comparison.size.unit)}`;
  const failed = new Map<Variant, string>(), entries: Entry[] = [];
  using opened = comparison.open(size, pool);
  const answers: Answers = {};
  let isPrepared = false;
  for (const variant of active) {
    progress.show(`${what}: ${variant.label}`);
    try {
      if (variant.side === "python" && !isPrepared) {
        await python!.prepare(size);
        isPrepared = true;
      }
      const timer = variant.side === "here"
        ? await checkedHere(opened, variant, what, answers, now)
        : await checkedPython(python!, variant, what, answers, comparison.isSameInPython);
      entries.push(await warmedUp(variant, timer, effort));
    } catch (error) {
      if (error instanceof PythonError) failed.set(variant, error.message);
      else if (error instanceof SharedMemoryFullError) {
        failed.set(variant, "it does not fit into shared memory");
      } else throw error;
    }
  }
  for (let round = 0; round < effort.repeats; round++) {
    progress.show(what);
    // There and back: who comes after whom is not always the same.
    for (const entry of round % 2 ? entries.toReversed() : entries) {
      if (round < entry.wanted) entry.batches.push(await entry.timer(entry.runs));
    }
  }
  return { done: entries.map((entry) => measurementOf(entry, size)), failed };
}

/** The answers that others are held against. */
interface Answers {
  here?: ArrayLike<number>;
  python?: ArrayLike<number>;
}

async function checkedHere(
  opened: Case,
  variant: Variant,
  what: string,
  answers: Answers,
  now: () => number,
): Promise<Timer> {
  const way = opened.way(variant.id);
  const numbers = way.numbers(await way.run());
  answers.here ??= Float64Array.from(numbers);
  assertSame(numbers, answers.here, `${variant.label} (${what})`);
  return async (runs) => {
    const start = now();
    for (let i = 0; i < runs; i++) await way.run();
    return Math.max(now() - start, CLOCK) / runs;
  };
}

async function checkedPython(
  child: PythonChild,
  variant: Variant,
  what: string,
  answers: Answers,
  isSame: boolean,
): Promise<Timer> {
  const places = placesToCheck(answers.here!.length);
  const { values, length } = await child.check(variant.id, places);
  if (isSame) answers.python ??= places.map((place) => answers.here![place]);
  answers.python ??= values;
  assertSame(
    [length, ...values],
    [answers.here!.length, ...Array.from(answers.python)],
    `Python's ${variant.label} (${what})`,
  );
  return async (runs) => {
    const times = await child.run(variant.id, runs);
    await new Promise((resolve) => setTimeout(resolve, SETTLE));
    return times.reduce((sum, time) => sum + time, 0) / runs;
  };
}

/** A variant that is ready to be timed. */
interface Entry {
  readonly variant: Variant;
  readonly timer: Timer;
  readonly batches: number[];
  /** Runs of a batch. */
  readonly runs: number;
  /** How many batches are to come; never more than there are repeats. */
  readonly wanted: number;
}

/** Runs a variant until its code is optimised, and decides how much of it is timed. */
async function warmedUp(variant: Variant, timer: Timer, { repeats, budget }: Effort): Promise<Entry> {
  let time = await timer(1), spent = time;
  // Hardly worth more: the run that was checked has warmed it up.
  if (time > budget) return { variant, timer, batches: [time], runs: 1, wanted: 0 };
  while (spent < WARM_UP) {
    const runs = Math.min(MOST_RUNS, Math.max(1, Math.floor(BATCH / time)));
    time = await timer(runs);
    spent += time * runs;
  }
  const runs = Math.min(MOST_RUNS, Math.max(1, Math.round(BATCH / time)));
  const wanted = Math.max(Math.min(LEAST_BATCHES, repeats), Math.floor(budget / (runs * time)));
  return { variant, timer, batches: [], runs, wanted };
}

function measurementOf({ variant, batches, runs }: Entry, size: number): Measurement {
  return {
    side: variant.side,
    variant: variant.id,
    size,
    ...summarize(batches),
    batches: batches.length,
    runs,
  };
}
