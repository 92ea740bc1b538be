/**
 * What a comparison gave, ready to be drawn and tabled.
 *
 * @module
 */

import { type BreakEven, breakEven, type CurvePoint } from "./break_even.ts";
import type { Comparison } from "./comparison.ts";
import type { Figure, Series } from "./figure.ts";
import { type Machine, machineLine } from "./machine.ts";
import type { Measured, Measurement, Variant } from "./measure.ts";
import { format, type Unit } from "./units.ts";

/** From which size on a variant is faster than what it is to beat. */
export interface Gain {
  /** The variant. */
  readonly variant: Variant;
  /** Where. */
  readonly at: BreakEven;
  /** The same, in a sentence. */
  readonly words: string;
}

/** A comparison that was measured. */
export interface Result extends Measured {
  /** Which. */
  readonly comparison: Comparison;
  /** How many workers there were. */
  readonly workers: number;
  /** How it can be had again. */
  readonly command: string;
  /** Where each variant begins to be worth its while. */
  readonly gains: readonly Gain[];
}

/** Works out what follows from the times. */
export function resultOf(
  comparison: Comparison,
  measured: Measured,
  workers: number,
  command: string,
): Result {
  const gains = measured.variants.flatMap((variant): Gain[] => {
    const rival = measured.variants.find(({ side, id }) => side === variant.side && id === variant.against);
    if (!rival) return [];
    const at = breakEven(curveOf(variant, measured, comparison), curveOf(rival, measured, comparison));
    return at ? [{ variant, at, words: wordsOf(variant, rival, at, comparison) }] : [];
  });
  return { ...measured, comparison, workers, command, gains };
}

/** The times of a variant, by size. */
export function timesOf({ side, id }: Variant, { measurements }: Measured): Measurement[] {
  return measurements.filter((it) => it.side === side && it.variant === id).sort((a, b) => a.size - b.size);
}

/** The figure of a result. */
export function figureOf(result: Result, machine: Machine): Figure {
  const { comparison, variants, gains, workers } = result;
  return {
    title: comparison.title,
    x: comparison.size,
    y: { label: comparison.time },
    series: variants.map((variant): Series => {
      const gain = gains.find((it) => it.variant === variant);
      return {
        label: variant.label,
        look: variant.look,
        side: variant.side,
        points: timesOf(variant, result).map(({ size, median, min, max }) => {
          const items = comparison.itemsOf(size);
          return { x: size, y: median / items, low: min / items, high: max / items };
        }),
        ...(gain && { gain }),
      };
    }),
    note: `${workers} ${workers === 1 ? "worker" : "workers"}. ${machineLine(machine)}. ` +
      "Medians; fine lines from the least to the greatest." +
      (variants.some(({ side }) => side === "python") ? " Hollow markers: Python." : ""),
  };
}

/** The result as JSON holds it; times in milliseconds of a run. */
export function recordOf(result: Result): Record<string, unknown> {
  const { comparison, workers, command, variants, measurements, gains, notes } = result;
  return {
    comparison: comparison.name,
    title: comparison.title,
    size: comparison.size,
    command,
    workers,
    variants: variants.map(({ side, id, label, against }) => ({ side, id, label, against })),
    measurements,
    breakEven: gains.map(({ variant: { side, id, against }, at, words }) => ({
      side,
      id,
      against,
      ...at,
      words,
    })),
    notes,
  };
}

function curveOf(variant: Variant, measured: Measured, comparison: Comparison): CurvePoint[] {
  return timesOf(variant, measured).map(({ size, median }) => ({
    x: size,
    y: median / comparison.itemsOf(size),
  }));
}

function wordsOf(
  variant: Variant,
  rival: Variant,
  at: BreakEven,
  { size: { unit } }: Comparison,
): string {
  const names = `${variant.label} beats ${rival.label}`;
  switch (at.kind) {
    case "always":
      return `${names} at every size measured`;
    case "never":
      return `${variant.label} does not beat ${rival.label}`;
    case "crossing":
      return `${names} from ${format(roundedUp(at.x, unit), unit, 2)} on`;
  }
}

/** A break-even in as many digits as it deserves: two; there is no half of a matrix. */
function roundedUp(size: number, unit: Unit): number {
  const rounded = Number(size.toPrecision(2));
  return unit === "count" ? Math.ceil(rounded) : rounded;
}
