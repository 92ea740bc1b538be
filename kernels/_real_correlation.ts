/**
 * One real correlation, in stages, as has been decided.
 */

import { autospectralStages } from "./_autospectral.ts";
import type { Decision } from "./_correlate_call.ts";
import { inspect, isAutospectral, isSymmetric, type Question, reachesOutside } from "./_decide.ts";
import { directStages } from "./_direct.ts";
import { extendRows, type Extension, windUp } from "./_extend.ts";
import type { Buffers, Stage } from "./_job.ts";
import { compactPlane, type Plane } from "./_plane.ts";
import { spectralStages } from "./_spectral.ts";
import { simdDirectStage } from "./_wasm_correlate_direct.ts";
import { simdAutospectralStages, simdSpectralStages } from "./_wasm_correlate_spectral.ts";

/** The work on a unit. */
export interface UnitStages {
  /** Stages that prepare the second operand. */
  readonly kernel: readonly Stage[];
  /** The other ones. */
  readonly image: readonly Stage[];
  /** Units with the same key prepare the second operand in the same way. */
  readonly key: string;
}

/** The stages of a real correlation. */
export function realStages(
  question: Question,
  { points, round, simd }: Decision,
  target: Plane,
  buffers: Buffers,
  kernelKey = "",
): UnitStages {
  const { a, b, sums, boundary, fillvalue } = question;
  const extension: Extension = {
    plane: a,
    top: sums.top,
    left: sums.left,
    rows: Math.max(0, sums.rows + b.rows - 1),
    columns: Math.max(0, sums.columns + b.columns - 1),
    boundary,
    fillvalue,
  };
  const key = `${kernelKey} ${points} ${simd}`;
  if (!points) {
    // A weight that is not finite makes NaN even of the zeros outside.
    const outside = reachesOutside(question) || !inspect(b).finite;
    const options = { extension, kernel: b, sums, target, outside, symmetric: isSymmetric(question) };
    return {
      kernel: [],
      image: simd ? [simdDirectStage(options, simd)] : directStages(options, buffers),
      key,
    };
  }
  if (isAutospectral(question)) {
    const stages = simd ? simdAutospectralStages : autospectralStages;
    return { kernel: [], image: stages({ a, points, sums, target, round }, buffers), key };
  }
  const correlation = simd ? simdSpectralStages : spectralStages;
  if (boundary === "wrap" && points[0] === a.rows && points[1] === a.columns) {
    const [wound, kernel] = woundKernel(b, points, buffers);
    const stages = correlation({ a, b: wound, points, sums, target, round }, buffers);
    return { kernel: [...kernel, ...stages.kernel], image: stages.image, key };
  }
  if (reachesOutside(question)) {
    const [continued, image] = extendedImage(extension, buffers);
    const inside = { ...sums, top: 0, left: 0 };
    const stages = correlation({ a: continued, b, points, sums: inside, target, round }, buffers);
    return { kernel: stages.kernel, image: [...image, ...stages.image], key };
  }
  return { ...correlation({ a, b, points, sums, target, round }, buffers), key };
}

/** A kernel that fits into the period, and the stages that make it do so. */
function woundKernel(
  b: Plane,
  [rows, columns]: readonly [number, number],
  buffers: Buffers,
): [Plane, Stage[]] {
  if (b.rows <= rows && b.columns <= columns) return [b, []];
  const wound = buffers("wound kernel", rows * columns);
  return [compactPlane(wound, rows, columns), [{ parts: 1, run: () => windUp(b, rows, columns, wound) }]];
}

/** An image continued beyond its edges, and the stages that make it so. */
function extendedImage(extension: Extension, buffers: Buffers): [Plane, Stage[]] {
  const { rows, columns } = extension, image = buffers("extended image", rows * columns);
  const run = (from: number, to: number) => extendRows(extension, image, columns, from, to);
  return [compactPlane(image, rows, columns), [{ parts: rows, run }]];
}
