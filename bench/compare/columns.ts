/**
 * What a worker did, column by column of a drawing: a span that is narrower than a column takes its share of it.
 *
 * So a lane is never more than its columns, however many spans it has, and areas stay true to time.
 *
 * @module
 */

import { ACTIVITIES, type Activity, type Span } from "./lanes.ts";

/** Neighbouring columns in which a worker did the same. */
export interface Stretch {
  /** The first column. */
  readonly from: number;
  /** The column after the last. */
  readonly to: number;
  /** How much of the time each activity took, from 0 to 1, in the order of `ACTIVITIES`. */
  readonly shares: readonly number[];
}

/** Shares are told apart down to this. */
const STEP = 1 / 32;

/** Divides a lane into columns; `end` is the time at which the last one ends. */
export function columnsOf(spans: readonly Span[], count: number, end: number): Stretch[] {
  const width = end / count, times = new Float64Array(count * ACTIVITIES.length);
  const indices = new Map<Activity, number>(ACTIVITIES.map((activity, i) => [activity, i]));
  for (const { activity, from, to } of spans) {
    const index = indices.get(activity)!, last = Math.min(count - 1, Math.floor(to / width));
    for (let column = Math.max(0, Math.floor(from / width)); column <= last; column++) {
      const inside = Math.min(to, (column + 1) * width) - Math.max(from, column * width);
      if (inside > 0) times[column * ACTIVITIES.length + index] += inside;
    }
  }
  const stretches: { from: number; to: number; shares: number[] }[] = [];
  for (let column = 0; column < count; column++) {
    const at = column * ACTIVITIES.length;
    const shares = ACTIVITIES.map((_, i) => Math.round(times[at + i] / width / STEP) * STEP);
    const before = stretches.at(-1);
    if (before?.to === column && shares.every((share, i) => share === before.shares[i])) before.to++;
    else stretches.push({ from: column, to: column + 1, shares });
  }
  return stretches.filter(({ shares }) => shares.some((share) => share > 0));
}
