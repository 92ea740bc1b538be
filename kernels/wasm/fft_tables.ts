/**
 * The constants of generated transforms: what their tables hold, and where in them.
 *
 * @module
 */

import { chirpOf } from "../_bluestein.ts";
import { factorize } from "../_lengths.ts";
import { isDetour } from "../_plan.ts";
import { rootsOfUnity, type SplitComplex } from "../_roots.ts";
import { isWrittenOut, oddRoom } from "./fft_butterflies.ts";
import type { TransformPlan } from "./fft_core.ts";
import { ELEMENT, type Precision, realBytes } from "./fft_lanes.ts";
import type { PassesPlan, PassPlan } from "./fft_passes.ts";

/** A transform of lines, made ready for one precision. */
export interface LinePlan {
  /** The transform, of `points` or half as many points. */
  readonly transform: TransformPlan;
  /** Where the roots lie that unfold a transform of half as many points. */
  readonly unfold: number;
  /** The tables. */
  readonly values: Float64Array;
  /** Bytes of each of the two buffers of a group of lines. */
  readonly bufferBytes: number;
  /** Bytes of both, and of the room that large butterflies need. */
  readonly workBytes: number;
}

/** Loads of one buffer would wait for stores to the other at the same place in their pages. */
const PAGE = 4096, APART = 1088;

/** The plan of lines of `points` points; with `folded`, of real ones by a transform of half as many. */
export function linePlan(points: number, folded: boolean, precision: Precision): LinePlan {
  const tables = new Tables(realBytes(precision));
  const transform = transformPlan(folded ? points / 2 : points, tables);
  const unfold = folded ? tables.addPairs(rootsOfUnity(points, (points >> 2) + 1)) : 0;
  const { length, passes } = transform.inner;
  // One more than there are: bin 0 once again behind the last one.
  const bufferBytes = Math.ceil((length + 1) * ELEMENT / PAGE) * PAGE + APART;
  const room = Math.max(0, ...passes.map(({ radix }) => isWrittenOut(radix) ? 0 : oddRoom(radix)));
  return { transform, unfold, values: tables.values(), bufferBytes, workBytes: 2 * bufferBytes + room };
}

class Tables {
  readonly #values: number[] = [];

  constructor(readonly bytes: number) {}

  /** Where the next number goes, in bytes. */
  get end(): number {
    return this.#values.length * this.bytes;
  }

  add(re: number, im: number): void {
    this.#values.push(re, im);
  }

  /** Adds complex numbers, and gives where they begin. */
  addPairs({ re, im }: SplitComplex): number {
    const { end } = this;
    for (let k = 0; k < re.length; k++) this.add(re[k], im[k]);
    return end;
  }

  values(): Float64Array {
    return Float64Array.from(this.#values);
  }
}

function transformPlan(length: number, tables: Tables): TransformPlan {
  if (!isDetour(length)) return { length, inner: passesPlan(length, tables) };
  const { inner, chirp, kernel } = chirpOf(length);
  return {
    length,
    inner: passesPlan(inner.length, tables),
    chirp: { at: tables.addPairs(chirp), kernel: tables.addPairs(kernel) },
  };
}

function passesPlan(length: number, tables: Tables): PassesPlan {
  const { re, im } = rootsOfUnity(length), passes: PassPlan[] = [];
  let stride = 1;
  for (const radix of length === 1 ? [1] : factorize(length)) {
    const groups = length / stride / radix, twiddles = tables.end;
    if (groups > 1) {
      for (let p = 0; p < groups; p++) {
        for (let k = 1; k < radix; k++) tables.add(re[p * k * stride], im[p * k * stride]);
      }
    }
    const roots = tables.end, half = isWrittenOut(radix) ? 0 : (radix - 1) >> 1;
    for (let m = 1; m <= half; m++) {
      for (let k = 1; k <= half; k++) {
        const turn = m * k % radix * (length / radix);
        tables.add(re[turn], -im[turn]);
      }
    }
    passes.push({ radix, twiddles, roots });
    stride *= radix;
  }
  return { length, passes };
}
