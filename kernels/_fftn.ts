/**
 * Transforms along any number of axes, as passes: one along the last two of them, then one along each of the
 * others.
 */

import type { NDArray } from "../shared/ndarray.ts";
import {
  type Allocate,
  type ArrayInput,
  checkAxis,
  resultArray,
  resultDType,
  text,
  toArray,
} from "./_arguments.ts";
import * as rules from "./_fft_call.ts";
import { type FftCall, fftJob } from "./_fft_lines.ts";
import { type Fft2Call, fft2Job } from "./_fft_planes.ts";
import type { Job } from "./_job.ts";

/** Options of the transforms along any number of axes. */
export interface FftnOptions {
  /**
   * Points to transform along each of the axes: longer axes are cut off, shorter ones continued by zeros. For
   * `irfftn` the lengths of the result.
   *
   * @default the axes' lengths; for `irfftn` `2 * (length - 1)` along the last
   */
  readonly s?: readonly number[];
  /**
   * The axes to transform along, negative from the end, none of them twice; half spectra lie along the last.
   *
   * @default all of them; the last ones if `s` is given, as many as it has lengths
   */
  readonly axes?: readonly number[];
  /**
   * Where the factor goes, 1 divided by the number of points: to the inverse transform, as its root to both,
   * or to the forward one.
   *
   * @default "backward"
   */
  readonly norm?: rules.FftNorm;
  /**
   * Where the result goes: an array of its shape and dtype; for `fftn` and `ifftn` of complex input that may
   * be the input itself.
   */
  readonly out?: NDArray;
}

/** A checked call. */
export interface FftnCall {
  /** The input. */
  readonly a: NDArray;
  /** Where the result goes. */
  readonly out: NDArray;
  /** Input and output. */
  readonly kind: rules.FftKind;
  /** Whether the exponent is positive. */
  readonly inverse: boolean;
  /** Points along each axis. */
  readonly points: readonly number[];
  /** The axes, from 0 on. */
  readonly axes: readonly number[];
  /** The factor of the results. */
  readonly scale: number;
}

/** One of the transforms that together are one along all axes, to be done in order. */
export type FftnPass =
  /** Along one axis. */
  | { readonly kernel: "fft"; readonly call: FftCall }
  /** Along two. */
  | { readonly kernel: "fft2"; readonly call: Fft2Call };

/** Checks the arguments of a transform along any number of axes. */
export function checkFftn(
  input: ArrayInput,
  { s, axes: givenAxes, norm, out }: FftnOptions,
  kind: rules.FftKind,
  inverse: boolean,
  allocate: Allocate,
): FftnCall {
  const a = rules.checkInput(toArray(input), kind), rank = a.shape.length;
  const lengths = s && checkList("s", s);
  const count = lengths?.length ?? rank;
  const axes = givenAxes === undefined
    ? Array.from({ length: count }, (_, i) => checkAxis(i - count, rank))
    : checkList("axes", givenAxes).map((axis) => checkAxis(axis, rank));
  const twice = axes.find((axis, i) => axes.includes(axis, i + 1));
  if (twice !== undefined) {
    throw new RangeError(`Cannot transform along axis ${twice} twice: give different axes`);
  }
  if (lengths && lengths.length !== axes.length) {
    throw new RangeError(`Cannot use ${text(lengths)} as s with ${axes.length} axes: give a length an axis`);
  }
  if (kind !== "complex" && axes.length === 0) {
    throw new RangeError("Cannot take a real transform along no axis: give at least one");
  }
  const points = axes.map((axis, i) => {
    const along = i === axes.length - 1 ? kind : "complex";
    return rules.checkPoints(lengths?.[i] ?? rules.defaultPoints(a.shape[axis], along));
  });
  const scale = rules.scaleOf(norm, points.reduce((product, n) => product * n, 1), inverse);
  const dtype = resultDType(kind !== "hermitian", a), inPlace = kind === "complex";
  let shape = a.shape.slice();
  axes.forEach((axis, i) => shape = shape.with(axis, points[i]));
  const last = axes.at(-1);
  if (last !== undefined) shape = shape.with(last, rules.resultPoints(points.at(-1)!, kind));
  return {
    a,
    out: resultArray(out, { shape, dtype, operands: [a], inPlace }, allocate),
    kind,
    inverse,
    points,
    axes,
    scale,
  };
}

function checkList(name: string, value: readonly number[]): readonly number[] {
  if (!Array.isArray(value)) throw new TypeError(`Cannot use ${String(value)} as ${name}: give a list`);
  return value;
}

/** The passes of a call, each of which finds what the one before has left; none along no axis. */
export function fftnPasses(call: FftnCall, allocate: Allocate): FftnPass[] {
  const { a, out, kind, axes, points } = call;
  const reach = axes.map((axis, i) =>
    rules.filledPoints(a.shape[axis], points[i], i === axes.length - 1 ? kind : "complex")
  );
  const others = axes.slice(0, -2).map((_, i) => [i]), both = axes.map((_, i) => i).slice(-2);
  // Real input is transformed first along the last axes, which makes it complex; half spectra last.
  const order = kind === "hermitian" ? [...others, both] : [both, ...others];
  if (both.length === 0) return [];
  let middle = out;
  if (kind === "hermitian" && others.length > 0) {
    const shape = axes.reduce((lengths, axis, i) => {
      return lengths.with(axis, both.includes(i) ? reach[i] : points[i]);
    }, a.shape.slice());
    middle = allocate(shape, a.dtype);
  }
  let from = a;
  return order.map((own, pass) => {
    // Along the axes that are still to come, the elements that count are the first ones.
    const later = order.slice(pass + 1).flat();
    const ranges = a.shape.map((_, axis): [number, number] | null => {
      const i = axes.indexOf(axis);
      return later.includes(i) ? [0, reach[i]] : null;
    });
    const source = from.slice(...ranges);
    from = (pass === order.length - 1 ? out : middle).slice(...ranges);
    return passAlong(own, call, source, from);
  });
}

/** A transform along one or two of a call's axes; that along the last ones scales. */
function passAlong(own: readonly number[], call: FftnCall, a: NDArray, out: NDArray): FftnPass {
  const { inverse } = call, isLast = own.at(-1) === call.axes.length - 1;
  const kind = isLast ? call.kind : "complex", scale = isLast ? call.scale : 1;
  const [axis, second] = own.map((i) => call.axes[i]), [points, columns] = own.map((i) => call.points[i]);
  return second === undefined ? { kernel: "fft", call: { a, out, kind, inverse, points, axis, scale } } : {
    kernel: "fft2",
    call: { a, out, kind, inverse, points: [points, columns], axes: [axis, second], scale },
  };
}

/** The job of a pass. */
export function passJob({ kernel, call }: FftnPass): Job {
  return kernel === "fft" ? fftJob(call) : fft2Job(call);
}
