/**
 * Logarithmic scales: from values to places on an axis, and the round values to mark there.
 *
 * @module
 */

import { format, type Unit } from "./units.ts";

/** A marked value. */
export interface Tick {
  /** The value. */
  readonly value: number;
  /** What is written beside it; nothing beside lesser ones. */
  readonly label?: string;
}

/** A logarithmic scale, which begins and ends where its data does. */
export class LogScale {
  /**
   * @param domain The least and the greatest value, above 0.
   * @param range Where they are drawn.
   */
  constructor(readonly domain: readonly [number, number], readonly range: readonly [number, number]) {}

  /** Where a value is drawn; the middle when there is one value only. */
  at(value: number): number {
    const [low, high] = this.domain, [from, to] = this.range;
    const share = high > low ? Math.log(value / low) / Math.log(high / low) : 0.5;
    return from + share * (to - from);
  }

  /**
   * The round values within the domain. As many have labels as fit: `room` tells how much of the axis a label takes.
   * Where there are fewer than two round values, the ends of the domain are labelled.
   */
  ticks(unit: Unit, room: (label: string) => number): Tick[] {
    const [low, high] = this.domain;
    if (!(high > low)) return [{ value: low, label: format(low, unit) }];
    const ladders = (unit === "bytes" ? BINARY : DECIMAL).map((ladder) =>
      ladder(low).filter((value) => isWithin(value, low, high))
    );
    const labelled = ladders.find((values) => values.length >= 2 && this.#fit(values, unit, room)) ??
      [low, high];
    const named = new Set(labelled);
    const lesser = ladders.find((values) => this.#fit(values, unit, () => LEAST_GAP)) ?? [];
    return [
      ...labelled.map((value) => ({ value, label: format(value, unit) })),
      ...lesser.filter((value) => !named.has(value)).map((value) => ({ value })),
    ].sort((a, b) => a.value - b.value);
  }

  #fit(values: readonly number[], unit: Unit, room: (label: string) => number): boolean {
    return values.slice(1).every((value, i) => {
      const needed = (room(format(values[i], unit)) + room(format(value, unit))) / 2;
      return Math.abs(this.at(value) - this.at(values[i])) >= needed;
    });
  }
}

/** Between two marks without labels. */
const LEAST_GAP = 4;

/** Gives values in ascending order, enough of them around and above `low`. */
type Ladder = (low: number) => number[];

const DECADES = 30;

/** Multiples of the powers of ten. */
function decimal(multiples: readonly number[], everyPower = 1): Ladder {
  return (low) => {
    const first = Math.floor(Math.log10(low) / everyPower) * everyPower;
    return Array.from({ length: DECADES }, (_, i) => first + i * everyPower)
      .flatMap((power) => multiples.map((multiple) => Number(`${multiple}e${power}`)));
  };
}

function binary(everyPower: number): Ladder {
  return (low) => {
    const first = Math.floor(Math.log2(low) / everyPower) * everyPower;
    return Array.from({ length: 64 }, (_, i) => 2 ** (first + i * everyPower));
  };
}

// From the finest to the coarsest.
const DECIMAL: readonly Ladder[] = [
  decimal([1, 2, 3, 4, 5, 6, 7, 8, 9]),
  decimal([1, 2, 5]),
  decimal([1, 3]),
  decimal([1]),
  decimal([1], 2),
  decimal([1], 3),
  decimal([1], 6),
];
const BINARY: readonly Ladder[] = [1, 2, 5, 10, 20].map(binary);

function isWithin(value: number, low: number, high: number): boolean {
  const tolerance = 1e-9;
  return value >= low * (1 - tolerance) && value <= high * (1 + tolerance);
}
