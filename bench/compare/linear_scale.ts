/**
 * Linear scales: from values to places on an axis, and the round values to mark there.
 *
 * @module
 */

import type { Tick } from "./scale.ts";
import { format, type Unit } from "./units.ts";

/** A linear scale from 0, which ends where its data does. */
export class LinearScale {
  /**
   * @param end The greatest value, above 0.
   * @param range Where 0 and it are drawn.
   */
  constructor(readonly end: number, readonly range: readonly [number, number]) {}

  /** Where a value is drawn. */
  at(value: number): number {
    const [from, to] = this.range;
    return from + value / this.end * (to - from);
  }

  /** Round values from 0 on, as many as fit: `room` tells how much of the axis a label takes. */
  ticks(unit: Unit, room: (label: string) => number): Tick[] {
    const labelOf = (value: number) => value === 0 ? "0" : format(value, unit);
    const [from, to] = this.range, first = Math.floor(Math.log10(this.end)) - 2;
    for (let power = first;; power++) {
      for (const multiple of [1, 2, 5]) {
        const step = Number(`${multiple}e${power}`), count = Math.floor(this.end / step * (1 + 1e-12));
        const values = Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
        const widest = Math.max(...values.map((value) => room(labelOf(value))));
        if (widest <= step / this.end * Math.abs(to - from) || count < 1) {
          return values.map((value) => ({ value, label: labelOf(value) }));
        }
      }
    }
  }
}
