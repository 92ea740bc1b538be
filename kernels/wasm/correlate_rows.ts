/**
 * Generated code for the rows of a two-dimensional transform of real numbers, two rows of bins at a time, side by
 * side in the lanes: there, times what the correlation asks for, and back.
 *
 * Pairs of rows come as the columns leave them, and rows go as the columns take them (see `correlate_columns.ts`).
 *
 * @module
 */

import { f64x2, i32, Module, v128, type Value } from "./assembler.ts";
import { splitLines } from "./correlate_columns.ts";
import { instantiated } from "./compiled.ts";
import type { Complex, Lanes } from "./correlate_lanes.ts";
import {
  bufferSource,
  emitTransform,
  lanesFor,
  loadPoint,
  POINT,
  side,
  type Sink,
  storePoint,
  swapped,
  transformPlan,
} from "./correlate_transform.ts";

/** Works on so many pairs of rows, or quads of them, from `bins` on. */
export type PowerRows = (bins: number, quads: number, tables: number, work: number, scale: number) => void;

/** Bytes of the work space of {@linkcode powerRows}. */
export function powerRowsWork(points: number): number {
  return transformPlan(points)!.workBytes + points * POINT;
}

/**
 * Code that puts in the place of four rows of bins their power spectrum's inverse transform, of which the first
 * `width` numbers are kept. Two rows of powers, which are real, make one complex line on the way back.
 */
export function powerRows(points: number, filled: number, width: number): PowerRows {
  const plan = transformPlan(points)!;
  return instantiated<{ run: PowerRows }>(`correlate power rows ${points} ${filled} ${width}`, () => {
    const m = new Module();
    m.exportFunction("run", ["i32", "i32", "i32", "i32", "f64"], "void", (
      f,
      bins,
      quads,
      tables,
      work,
      scale,
    ) => {
      const lanes = lanesFor(f, plan), space = { tables, work };
      const factor = f.let(f64x2.splat(scale)), powers = f.let(i32.add(work, plan.workBytes));
      const pairBytes = width * POINT, rowBytes = width * POINT / 2;
      f.forLoop({ to: quads }, () => {
        for (const half of [0, 1]) {
          const source = bufferSource(lanes, i32.add(bins, half * pairBytes), filled);
          emitTransform(lanes, plan, space, { source, sink: powerSink(lanes, powers, half, factor) });
        }
        const source = bufferSource(lanes, powers, points);
        const line = f.let(emitTransform(lanes, plan, space, { source }));
        storePoint(lanes, line, loadPoint(lanes, line), points);
        const low = f.let(line), high = f.let(i32.add(line, POINT * (points - 1))), to = f.let(bins);
        f.forLoop({ to: width, step: 2 }, () => {
          const columns = [0, 1].map((j) =>
            splitLines(lanes, swapped(loadPoint(lanes, low, j)), swapped(loadPoint(lanes, high, 1 - j)))
          );
          for (const half of [0, 1]) {
            emitRows(lanes, to, columns[0][half], columns[1][half], 2 * half * rowBytes, rowBytes);
          }
          f.set(low, i32.add(low, 2 * POINT));
          f.set(high, i32.sub(high, 2 * POINT));
          f.set(to, i32.add(to, POINT));
        });
        f.set(bins, i32.add(bins, 2 * pairBytes));
      });
    });
    return m;
  }).run;
}

/** Puts powers in the place of real (0) or imaginary (1) parts; swapped, for the way back. */
function powerSink(lanes: Lanes, powers: Value<"i32">, part: number, scale: Value<"v128">): Sink {
  const { f } = lanes, to = f.local("i32");
  return {
    start: () => f.set(to, powers),
    store(element, value) {
      const [re, im] = value.map((it) => lanes.value(it));
      const power = f64x2.add(f64x2.mul(re, f64x2.mul(re, scale)), f64x2.mul(im, f64x2.mul(im, scale)));
      f.emit(v128.store(to, power, element * POINT + 16 * (1 - part)));
    },
    next: () => f.set(to, i32.add(to, POINT)),
  };
}

/** Stores two columns of two rows: a row's real parts of both, and its imaginary parts, `rowBytes` from the next. */
function emitRows(
  lanes: Lanes,
  to: Value<"i32">,
  first: Complex,
  second: Complex,
  offset: number,
  rowBytes: number,
): void {
  for (const row of [0, 1] as const) {
    for (const part of [0, 1]) {
      const vector = side(lanes.value(first[part]), lanes.value(second[part]), row);
      lanes.f.emit(v128.store(to, vector, offset + row * rowBytes + 16 * part));
    }
  }
}

/** Transforms pairs of rows of the second operand, `pairStep` bytes apart. */
export type KernelRows = (
  bins: number,
  pairStep: number,
  pairs: number,
  spectrum: number,
  tables: number,
  work: number,
  scale: number,
) => void;

/** Code for rows of `filled` bins, whose transforms, times a scale, lie one after the other. */
export function kernelRows(points: number, filled: number): KernelRows {
  const plan = transformPlan(points)!;
  return instantiated<{ run: KernelRows }>(`correlate kernel rows ${points} ${filled}`, () => {
    const m = new Module();
    m.exportFunction("run", ["i32", "i32", "i32", "i32", "i32", "i32", "f64"], "void", (
      f,
      bins,
      pairStep,
      pairs,
      spectrum,
      tables,
      work,
      scale,
    ) => {
      const lanes = lanesFor(f, plan), space = { tables, work }, factor = f.let(f64x2.splat(scale));
      const to = f.local("i32");
      const sink: Sink = {
        start: () => f.set(to, spectrum),
        store(element, value) {
          const [re, im] = value.map((part) => f64x2.mul(lanes.value(part), factor));
          storePoint(lanes, to, [re, im], element);
        },
        next: () => f.set(to, i32.add(to, POINT)),
      };
      f.forLoop({ to: pairs }, () => {
        emitTransform(lanes, plan, space, { source: bufferSource(lanes, bins, filled), sink });
        f.set(bins, i32.add(bins, pairStep));
        f.set(spectrum, i32.add(spectrum, POINT * points));
      });
    });
    return m;
  }).run;
}

/** Correlates pairs of rows of bins of the first operand with those of a spectrum. */
export type ImageRows = (
  bins: number,
  pairStep: number,
  pairs: number,
  spectrum: number,
  result: number,
  resultStep: number,
  tables: number,
  work: number,
) => void;

/** Bytes of the work space of {@linkcode imageRows}. */
export function imageRowsWork(points: number): number {
  return transformPlan(points)!.workBytes + points * POINT;
}

/**
 * Code for rows of `filled` bins: `width` numbers of the result, an even number, are kept, the first of which belongs to
 * lag `-left`.
 */
export function imageRows(points: number, filled: number, left: number, width: number): ImageRows {
  const plan = transformPlan(points)!;
  return instantiated<{ run: ImageRows }>(`correlate image rows ${points} ${filled} ${left} ${width}`, () => {
    const m = new Module();
    m.exportFunction("run", ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"], "void", (
      f,
      bins,
      pairStep,
      pairs,
      spectrum,
      result,
      resultStep,
      tables,
      work,
    ) => {
      const lanes = lanesFor(f, plan), space = { tables, work };
      const products = f.let(i32.add(work, plan.workBytes));
      f.forLoop({ to: pairs }, () => {
        const source = bufferSource(lanes, bins, filled);
        emitTransform(lanes, plan, space, { source, sink: productSink(lanes, products, spectrum) });
        const back = bufferSource(lanes, products, points);
        const line = f.let(emitTransform(lanes, plan, space, { source: back }));
        storePoint(lanes, line, loadPoint(lanes, line), points);
        emitKept(lanes, line, points, left, width, result, i32.shr_u(resultStep, 1));
        f.set(bins, i32.add(bins, pairStep));
        f.set(spectrum, i32.add(spectrum, POINT * points));
        f.set(result, i32.add(result, resultStep));
      });
    });
    return m;
  }).run;
}

/** Multiplies by the conjugate of a spectrum, and swaps the parts for the way back. */
function productSink(lanes: Lanes, products: Value<"i32">, spectrum: Value<"i32">): Sink {
  const { f } = lanes, to = f.local("i32"), from = f.local("i32");
  return {
    start() {
      f.set(to, products);
      f.set(from, spectrum);
    },
    store(element, value) {
      const [re, im] = value.map((part) => lanes.value(part));
      const [wr, wi] = loadPoint(lanes, from, element).map((part) => lanes.value(part));
      storePoint(lanes, to, [
        f64x2.sub(f64x2.mul(im, wr), f64x2.mul(re, wi)),
        f64x2.add(f64x2.mul(re, wr), f64x2.mul(im, wi)),
      ], element);
    },
    next() {
      f.set(to, i32.add(to, POINT));
      f.set(from, i32.add(from, POINT));
    },
  };
}

/** Stores `width` points of a periodic line from point `-left` on, with its parts swapped back. */
function emitKept(
  lanes: Lanes,
  line: Value<"i32">,
  points: number,
  left: number,
  width: number,
  result: Value<"i32">,
  rowStep: Value<"i32">,
): void {
  const { f } = lanes, end = f.let(i32.add(line, POINT * points));
  const from = f.let(i32.add(line, POINT * ((points - left % points) % points)));
  const to = f.let(result), below = f.let(i32.add(result, rowStep));
  f.forLoop({ to: width, step: 2 }, () => {
    const [first, second] = [0, 1].map((j) => swapped(loadPoint(lanes, from, j)));
    for (const [row, at] of [[0, to], [1, below]] as const) {
      for (const part of [0, 1]) {
        const vector = side(lanes.value(first[part]), lanes.value(second[part]), row);
        f.emit(v128.store(at, vector, 16 * part));
      }
      f.set(at, i32.add(at, POINT));
    }
    f.set(from, i32.add(from, 2 * POINT));
    f.if(i32.ge_u(from, end), () => f.set(from, i32.sub(from, POINT * points)));
  });
}
