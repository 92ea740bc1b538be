/**
 * Correlation sum by sum.
 */

import type { Sums } from "./_correlate_call.ts";
import { extendRows, type Extension } from "./_extend.ts";
import type { Buffers, Stage } from "./_job.ts";
import { store } from "./_lines.ts";
import { loadPlane, type Plane, rowsOf } from "./_plane.ts";
import { scratch } from "./_workspace.ts";

/** What to correlate, and where to put it. */
export interface DirectOptions {
  /** The first operand, continued as far as the sums reach. */
  readonly extension: Extension;
  /** The second operand. */
  readonly kernel: Plane;
  /** Which sums. */
  readonly sums: Sums;
  /** Where they go. */
  readonly target: Plane;
  /** Whether what lies outside the first operand counts; not if it is 0 and the kernel finite. */
  readonly outside: boolean;
  /** Whether the result is its own mirror image: only its upper half is computed. */
  readonly symmetric: boolean;
}

/** The range of `k` for which `first + k` lies in `[low, high)`, and `k` in `[0, count)`. */
function overlap(first: number, count: number, low: number, high: number): [from: number, to: number] {
  return [Math.max(0, low - first), Math.min(count, high - first)];
}

/** The number of multiplications that {@linkcode directStages} does. */
export function directProducts(
  { rows, columns, top, left }: Sums,
  a: Plane,
  kernel: Plane,
  outside: boolean,
): number {
  if (outside) return rows * columns * kernel.rows * kernel.columns;
  const along = (length: number, reach: number, n: number, k: number) => {
    let products = 0;
    for (let u = 0; u < length; u++) {
      const first = u - reach;
      products += Math.max(0, Math.min(k, n - first) - Math.max(0, -first));
    }
    return products;
  };
  return along(rows, top, a.rows, kernel.rows) * along(columns, left, a.columns, kernel.columns);
}

/** The stages: the first operand continued, row by row; then the sums, row by row. */
export function directStages(options: DirectOptions, buffers: Buffers): Stage[] {
  const { extension, kernel, sums, target, outside, symmetric } = options;
  // A row of sums is computed in blocks of four, the last of which reads up to three elements beyond the row.
  const pitch = extension.columns + 3;
  const image = buffers("image", extension.rows * pitch + 3);
  const weights = buffers("weights", Math.max(1, kernel.rows * kernel.columns));
  const { plane, top, left } = extension;
  const live = outside
    ? { top: 0, bottom: extension.rows, left: 0, right: extension.columns }
    : { top, bottom: top + plane.rows, left, right: left + plane.columns };
  return [
    {
      parts: extension.rows + 1,
      run(from, to) {
        if (from === 0) loadPlane(kernel, weights);
        extendRows(extension, image, pitch, Math.max(0, from - 1), to - 1);
      },
    },
    {
      parts: symmetric ? (sums.rows + 1) >> 1 : sums.rows,
      run(from, to) {
        const row = scratch("row of sums", sums.columns + 3);
        for (let u = from; u < to; u++) {
          const [first, last] = overlap(u, kernel.rows, live.top, live.bottom);
          for (let v = 0; v < sums.columns; v += 4) {
            const [low] = overlap(v + 3, kernel.columns, live.left, live.right);
            const [, high] = overlap(v, kernel.columns, live.left, live.right);
            fourSums(image, u * pitch + v, pitch, weights, kernel.columns, first, last, low, high, row, v);
          }
          store(row, 0, 0, sums.columns, 1, 1, rowsOf(target, u));
          if (symmetric && 2 * u + 1 < sums.rows) {
            const { data, offset, step, lineStep } = rowsOf(target, sums.rows - 1 - u);
            const end = offset + (sums.columns - 1) * step;
            store(row, 0, 0, sums.columns, 1, 1, { data, offset: end, step: -step, lineStep });
          }
        }
      },
    },
  ];
}

/** Four neighbouring sums, over kernel rows `[first, last)` and columns `[low, high)`. */
function fourSums(
  image: Float64Array,
  at: number,
  pitch: number,
  weights: Float64Array,
  width: number,
  first: number,
  last: number,
  low: number,
  high: number,
  sums: Float64Array,
  to: number,
): void {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  for (let k = first; k < last; k++) {
    let i = at + k * pitch + low;
    let x0 = image[i], x1 = image[i + 1], x2 = image[i + 2];
    i += 3;
    for (let j = k * width + low, end = k * width + high; j < end; j++, i++) {
      const x3 = image[i], w = weights[j];
      s0 += x0 * w;
      s1 += x1 * w;
      s2 += x2 * w;
      s3 += x3 * w;
      x0 = x1, x1 = x2, x2 = x3;
    }
  }
  sums[to] = s0, sums[to + 1] = s1, sums[to + 2] = s2, sums[to + 3] = s3;
}
