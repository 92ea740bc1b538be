/**
 * Forward Fourier transforms as generated code: two lines at a time, one in each lane, pass by pass (Stockham's
 * form, which needs no reordering). The inverse is the same with real and imaginary parts swapped on both sides.
 *
 * A line is a row of complex numbers of 32 bytes each: real parts of both lines, imaginary parts of both. The first
 * pass may take its numbers from anywhere, and the last one put them anywhere; zeros at the end of the line are not
 * even computed with.
 *
 * @module
 */

import { rootsOfUnity } from "../_roots.ts";
import { f64x2, type FunctionBuilder, i32, type Local, v128, type Value } from "./assembler.ts";
import { butterfly, CONSTANTS } from "./correlate_butterflies.ts";
import { type Complex, Lanes } from "./correlate_lanes.ts";

/** Bytes of a complex number of two lines. */
export const POINT = 32;

/** How a length is transformed. */
export interface TransformPlan {
  /** Points of a line. */
  readonly length: number;
  /** Radices of the passes, first one first. */
  readonly radices: readonly number[];
  /** Bytes of the table of twiddle factors. */
  readonly tableBytes: number;
  /** Bytes of the two buffers that {@linkcode emitTransform} works in. */
  readonly workBytes: number;
  /** Additions that a result goes through one after the other: what rounding errors grow with. */
  readonly depth: number;
}

const plans = new Map<number, TransformPlan | undefined>();

/** The plan of a length; undefined unless it is a product of 2, 3 and 5. */
export function transformPlan(length: number): TransformPlan | undefined {
  if (plans.size > 4096) plans.clear();
  if (!plans.has(length)) plans.set(length, makePlan(length));
  return plans.get(length);
}

function makePlan(length: number): TransformPlan | undefined {
  const radices = radicesOf(length);
  if (!radices) return undefined;
  let points = 0;
  for (let i = 0, rest = length; i < radices.length; i++) {
    rest /= radices[i];
    points += rest * (radices[i] - 1);
  }
  return {
    length,
    radices,
    tableBytes: 16 * points,
    workBytes: 2 * bufferBytes(length),
    depth: radices.reduce((sum, radix) => sum + radix, 0),
  };
}

/** Bytes of one buffer: a point more than the line, and off the multiples of a page, where reads wait for writes. */
function bufferBytes(length: number): number {
  return Math.ceil((length + 1) * POINT / 4096) * 4096 + 256;
}

/** Radices of 8, 5, 4, 3 and 2, large ones first: their pass is the one that skips zeros. */
function radicesOf(length: number): number[] | undefined {
  let twos = 0, threes = 0, fives = 0, rest = length;
  for (; rest > 0 && rest % 2 === 0; rest /= 2) twos++;
  for (; rest > 0 && rest % 3 === 0; rest /= 3) threes++;
  for (; rest > 0 && rest % 5 === 0; rest /= 5) fives++;
  if (rest !== 1 || length === 1) return undefined;
  const fours = twos % 3 === 2 ? 1 : twos % 3 === 1 && twos > 1 ? 2 : 0;
  const eights = (twos - 2 * fours - (twos === 1 ? 1 : 0)) / 3;
  const of = (count: number, radix: number) => Array<number>(count).fill(radix);
  return [...of(eights, 8), ...of(fives, 5), ...of(fours, 4), ...of(threes, 3), ...of(twos === 1 ? 1 : 0, 2)];
}

/** The twiddle factors of a plan, in the order in which the code reads them. */
export function twiddles({ length, radices }: TransformPlan): Float64Array {
  const { re, im } = rootsOfUnity(length), table: number[] = [];
  let stride = 1;
  for (const radix of radices) {
    const groups = length / stride / radix;
    for (let p = 0; p < groups; p++) {
      for (let k = 1; k < radix; k++) table.push(re[p * k * stride], im[p * k * stride]);
    }
    stride *= radix;
  }
  return Float64Array.from(table);
}

/** Where the first pass takes its points from. */
export interface Source {
  /** Points from the start of the line; zeros stand for the others. */
  readonly filled: number;
  /** Emitted before point 0. */
  start(): void;
  /** Loads the point that is `element` after the present one. */
  load(element: number): Complex;
  /** Emitted when the next point becomes the present one. */
  next(): void;
}

/** Where the last pass puts its points. */
export interface Sink {
  /** Emitted before point 0. */
  start(): void;
  /** Stores the point that is `element` after the present one. */
  store(element: number, value: Complex): void;
  /** Emitted when the next point becomes the present one. */
  next(): void;
}

/** What transforms of a plan work with. */
export interface TransformSpace {
  /** Where the twiddle factors lie. */
  readonly tables: Value<"i32">;
  /** Where {@linkcode TransformPlan.workBytes} lie. */
  readonly work: Value<"i32">;
}

/** Makes lanes that keep the constants of a plan in locals. */
export function lanesFor(f: FunctionBuilder, ...plans: readonly TransformPlan[]): Lanes {
  return new Lanes(f, plans.flatMap(({ radices }) => radices.flatMap((radix) => CONSTANTS[radix])));
}

/** A complex number `element` points after `at`. */
export function loadPoint({ f }: Lanes, at: Value<"i32">, element = 0): Complex {
  return [f.let(v128.load(at, element * POINT)), f.let(v128.load(at, element * POINT + 16))];
}

/** Stores a complex number `element` points after `at`. */
export function storePoint(lanes: Lanes, at: Value<"i32">, value: Complex, element = 0): void {
  lanes.f.emit(
    v128.store(at, lanes.value(value[0]), element * POINT),
    v128.store(at, lanes.value(value[1]), element * POINT + 16),
  );
}

/** A line in a buffer. */
export function bufferSource(lanes: Lanes, at: Value<"i32">, filled: number): Source {
  const from = lanes.f.local("i32");
  return {
    filled,
    start: () => lanes.f.set(from, at),
    load: (element) => loadPoint(lanes, from, element),
    next: () => lanes.f.set(from, i32.add(from, POINT)),
  };
}

/** The buffer that a transform from a source of its own uses first. */
export function firstBuffer({ work }: TransformSpace): Value<"i32"> {
  return work;
}

/**
 * Emits a transform, from `source` (the first buffer unless given) to `sink` (a buffer of the work space unless
 * given); gives the buffer that the result lies in, without a sink.
 */
export function emitTransform(
  lanes: Lanes,
  plan: TransformPlan,
  space: TransformSpace,
  ends: { readonly source?: Source; readonly sink?: Sink } = {},
): Value<"i32"> {
  const { f } = lanes, { length, radices } = plan;
  const buffers = [f.let(space.work), f.let(i32.add(space.work, bufferBytes(length)))];
  const source = ends.source ?? bufferSource(lanes, buffers[0], length);
  const tables = f.let(space.tables);
  let stride = 1;
  radices.forEach((radix, i) => {
    const groups = length / stride / radix, isLast = i === radices.length - 1;
    const into = buffers[(i + 1) % 2];
    const from = i === 0 ? source : bufferSource(lanes, buffers[i % 2], length);
    const pass = { lanes, radix, groups, stride, tables, from, into };
    if (isLast) emitLast(pass, ends.sink);
    else emitPass(pass);
    stride *= radix;
  });
  return buffers[radices.length % 2];
}

interface PassCode {
  readonly lanes: Lanes;
  readonly radix: number;
  /** Butterflies with twiddle factors of their own. */
  readonly groups: number;
  /** Butterflies that share them. */
  readonly stride: number;
  /** The local that passes the twiddle factors in their order. */
  readonly tables: Local<"i32">;
  readonly from: Source;
  readonly into: Value<"i32">;
}

/** A pass from points `stride * groups` apart to points `stride` apart. */
function emitPass({ lanes, radix, groups, stride, tables, from, into }: PassCode): void {
  const { f } = lanes, apart = stride * groups;
  const to = f.let(into);
  from.start();
  const butterflies = (live: number) => {
    const points = loadPoints(from, radix, apart, live);
    butterfly(lanes, points).forEach((value, k) => {
      const turned = k === 0 ? value : lanes.complexTimes(
        value,
        v128.load64_splat(tables, 16 * (k - 1)),
        v128.load64_splat(tables, 16 * (k - 1) + 8),
      );
      storePoint(lanes, to, turned, k * stride);
    });
    from.next();
    f.set(to, i32.add(to, stride === 1 ? POINT * radix : POINT));
  };
  const nextGroup = () => f.set(tables, i32.add(tables, 16 * (radix - 1)));
  if (stride > 1) {
    f.forLoop({ to: groups }, () => {
      f.forLoop({ to: stride }, () => butterflies(radix));
      f.set(to, i32.add(to, POINT * stride * (radix - 1)));
      nextGroup();
    });
    return;
  }
  for (const { count, live } of liveRuns(from.filled, radix, apart)) {
    f.forLoop({ to: count }, () => {
      butterflies(live);
      nextGroup();
    });
  }
}

/** The last pass, whose twiddle factors are 1. */
function emitLast({ lanes, radix, stride, from, into }: PassCode, sink: Sink | undefined): void {
  const { f } = lanes, to = f.let(into);
  from.start();
  sink?.start();
  const isFirst = stride === 1;
  f.forLoop({ to: stride }, () => {
    const points = loadPoints(from, radix, stride, isFirst ? from.filled : radix);
    butterfly(lanes, points).forEach((value, k) => {
      if (sink) sink.store(k * stride, value);
      else storePoint(lanes, to, value, k * stride);
    });
    from.next();
    if (sink) sink.next();
    else f.set(to, i32.add(to, POINT));
  });
}

function loadPoints(from: Source, radix: number, apart: number, live: number): Complex[] {
  return Array.from({ length: radix }, (_, k) => k < live ? from.load(k * apart) : [0, 0] as Complex);
}

/** Runs of butterflies, whose points lie `apart`, with equally many that are not zero. */
function liveRuns(filled: number, radix: number, apart: number): { count: number; live: number }[] {
  const whole = Math.min(radix, Math.floor(filled / apart)),
    rest = whole < radix ? filled - whole * apart : 0;
  return [{ count: rest, live: whole + 1 }, { count: apart - rest, live: whole }].filter(({ count }) =>
    count > 0
  );
}

/** The parts of two points, swapped: what makes a forward transform an inverse one. */
export function swapped([re, im]: Complex): Complex {
  return [im, re];
}

/** Lanes `first` of two vectors of two, side by side. */
export function side(a: Value<"v128">, b: Value<"v128">, lane: 0 | 1): Value<"v128"> {
  return f64x2.shuffle(a, b, [lane, lane + 2]);
}
