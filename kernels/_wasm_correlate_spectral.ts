/**
 * Circular correlation of real matrices by generated transforms, in stages: see `_spectral.ts` and `_autospectral.ts`
 * for the method.
 */

import type { AutospectralOptions } from "./_autospectral.ts";
import type { Buffers, Stage } from "./_job.ts";
import type { SpectralOptions } from "./_spectral.ts";
import { compactPlane, type Plane } from "./_plane.ts";
import {
  type Bins,
  binsLength,
  binsStage,
  deliveryStage,
  forCalls,
  paddedWidth,
} from "./_wasm_correlate_columns.ts";
import { addressOf, HeapBuffers, heapPlane, storeRows, tablesOf } from "./_wasm_correlate_memory.ts";
import { pairsOfBins } from "./wasm/correlate_columns.ts";
import { imageRows, imageRowsWork, kernelRows, powerRows, powerRowsWork } from "./wasm/correlate_rows.ts";
import { POINT } from "./wasm/correlate_transform.ts";

/** Elements of a result that is computed in the heap as a whole, to be copied to where it belongs. */
const COPIED = 1 << 19;

/** Doubles of a point of two rows. */
const PAIR = POINT / 8;

/** The stages of an autocorrelation: columns, rows there and back, columns back. */
export function simdAutospectralStages(options: AutospectralOptions, buffers: Buffers): Stage[] {
  const { a, points: [rows, columns], sums, target, round } = options;
  const image = binsOf("image bins", a, rows, buffers), { width } = image;
  const power = powerRows(columns, a.columns, width), work = powerRowsWork(columns) / 8;
  // Bins of pairs come out doubled three times, twice before they are squared; the rest is that of the way back.
  const scale = 1 / (8 * rows * columns);
  const powers: Stage = {
    parts: pairsOfBins(rows) / 2,
    run(from, to) {
      using buffers = new HeapBuffers();
      const tables = tablesOf(columns), space = buffers.get("work", work).byteOffset;
      forCalls(from, to, 6 * columns, (quad, count) => {
        power(addressOf(image.data) + 2 * quad * width * POINT, count, tables, space, scale);
      });
    },
  };
  const { rows: height, columns: resultWidth, top, left } = sums;
  const lags = Math.min(a.columns, Math.max(resultWidth - left, left + 1));
  const deliver = (to: Plane) =>
    deliveryStage({
      rows: { points: rows, top, height, mirrored: true },
      data: image.data,
      rowStep: width * PAIR / 2,
      width: lags,
      left,
      target: to,
      round,
    });
  return [binsStage(a, rows, image), powers, ...delivered(target, buffers, deliver)];
}

/** The stages of the second operand, not to be run again while it stays the same; and those of the first one. */
export function simdSpectralStages(
  options: SpectralOptions,
  buffers: Buffers,
): { kernel: Stage[]; image: Stage[] } {
  const { a, b, points: [rows, columns], sums, target, round } = options;
  const kernel = binsOf("kernel bins", b, rows, buffers), image = binsOf("image bins", a, rows, buffers);
  const pairs = pairsOfBins(rows), kept = paddedWidth(sums.columns);
  const spectrum = buffers("spectrum", pairs * columns * PAIR);
  const result = buffers("result bins", pairs * kept * PAIR);
  const there = imageRows(columns, a.columns, sums.left, kept), work = imageRowsWork(columns) / 8;
  const before = kernelRows(columns, b.columns);
  // Bins of pairs come out doubled, for either operand; the rest of the scale is that of the way back.
  const scale = 1 / (4 * rows * columns);
  const stageOf = (
    points: number,
    run: (pair: number, count: number, tables: number, work: number) => void,
  ) => ({
    parts: pairs,
    run(from: number, to: number) {
      using buffers = new HeapBuffers();
      const tables = tablesOf(columns), space = buffers.get("work", work).byteOffset;
      forCalls(from, to, points, (pair, count) => run(pair, count, tables, space));
    },
  });
  const kernelStage = stageOf(2 * columns, (pair, count, tables, space) => {
    const at = addressOf(kernel.data) + pair * kernel.width * POINT;
    const to = addressOf(spectrum) + pair * columns * POINT;
    before(at, kernel.width * POINT, count, to, tables, space, scale);
  });
  const imageStage = stageOf(4 * columns, (pair, count, tables, space) => {
    const at = addressOf(image.data) + pair * image.width * POINT;
    const spectrumAt = addressOf(spectrum) + pair * columns * POINT;
    const to = addressOf(result) + pair * kept * POINT;
    there(at, image.width * POINT, count, spectrumAt, to, kept * POINT, tables, space);
  });
  const deliver = (to: Plane) =>
    deliveryStage({
      rows: { points: rows, top: sums.top, height: sums.rows, mirrored: false },
      data: result,
      rowStep: kept * PAIR / 2,
      width: sums.columns,
      left: 0,
      target: to,
      round,
    });
  return {
    kernel: [binsStage(b, rows, kernel), kernelStage],
    image: [binsStage(a, rows, image), imageStage, ...delivered(target, buffers, deliver)],
  };
}

function binsOf(name: string, plane: Plane, points: number, buffers: Buffers): Bins {
  const width = paddedWidth(plane.columns);
  return { data: buffers(name, binsLength(points, width)), width };
}

/** The stages that deliver: to where the result belongs, or by way of the heap if it is not there and small enough. */
function delivered(target: Plane, buffers: Buffers, deliver: (target: Plane) => Stage): Stage[] {
  const { rows, columns } = target;
  if (heapPlane(target) || rows * columns > COPIED) return [deliver(target)];
  const result = buffers("result", rows * columns);
  const copy: Stage = {
    parts: rows,
    run(from, to) {
      const { data, offset, rowStep, columnStep } = target;
      const part = { data, offset: offset + from * rowStep, rowStep, columnStep, rows: to - from, columns };
      storeRows(result, from * columns, columns, part);
    },
  };
  return [deliver(compactPlane(result, rows, columns)), copy];
}
