/**
 * Transforms along one axis, as a job.
 */

import { isComplex } from "../shared/dtype.ts";
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
import type { Job } from "./_job.ts";
import {
  complexLines,
  hermitianLines,
  type LineOptions,
  type LineTransform,
  realLines,
} from "./_line_transforms.ts";
import { Stack } from "./_stack.ts";
import { wasmFftJob } from "./_wasm_fft_lines.ts";
import { linesAtOnce } from "./_workspace.ts";

/** Options of the transforms along one axis. */
export interface FftOptions {
  /**
   * Points to transform: a longer axis is cut off, a shorter one continued by zeros. For `irfft` the points
   * of the result.
   *
   * @default the axis' length; for `irfft` `2 * (length - 1)`
   */
  readonly n?: number;
  /**
   * The axis to transform along, negative from the end.
   *
   * @default -1
   */
  readonly axis?: number;
  /**
   * Where the factor `1 / n` goes: to the inverse transform, as `1 / sqrt(n)` to both, or to the forward one.
   *
   * @default "backward"
   */
  readonly norm?: rules.FftNorm;
  /**
   * Where the result goes: an array of its shape and dtype; for `fft` and `ifft` of complex input that may be
   * the input itself.
   */
  readonly out?: NDArray;
}

/** A checked call. */
export interface FftCall {
  /** The input. */
  readonly a: NDArray;
  /** Where the result goes. */
  readonly out: NDArray;
  /** Input and output. */
  readonly kind: rules.FftKind;
  /** Whether the exponent is positive. */
  readonly inverse: boolean;
  /** Points along the axis. */
  readonly points: number;
  /** The axis, from 0 on. */
  readonly axis: number;
  /** The factor of the results. */
  readonly scale: number;
}

/** Checks the arguments of a transform along one axis. */
export function checkFft(
  input: ArrayInput,
  { n, axis: givenAxis = -1, norm, out }: FftOptions,
  kind: rules.FftKind,
  inverse: boolean,
  allocate: Allocate,
): FftCall {
  const a = rules.checkInput(toArray(input), kind);
  if (a.shape.length === 0) {
    throw new RangeError(`Cannot transform an array of shape ${text(a.shape)}: it has no axis`);
  }
  const axis = checkAxis(givenAxis, a.shape.length);
  const points = rules.checkPoints(n ?? rules.defaultPoints(a.shape[axis], kind));
  const scale = rules.scaleOf(norm, points, inverse);
  const shape = a.shape.with(axis, rules.resultPoints(points, kind));
  const dtype = resultDType(kind !== "hermitian", a);
  const inPlace = kind === "complex";
  return {
    a,
    out: resultArray(out, { shape, dtype, operands: [a], inPlace }, allocate),
    kind,
    inverse,
    points,
    axis,
    scale,
  };
}

/** The job: a unit is a line. */
export function fftJob(call: FftCall): Job {
  const plain = () => plainFftJob(call);
  return wasmFftJob(call, plain) ?? plain();
}

function plainFftJob({ a, out, kind, inverse, points, axis, scale }: FftCall): Job {
  const source = isComplex(a.dtype) ? 2 : 1, target = isComplex(out.dtype) ? 2 : 1;
  const step = a.strides[axis] * source, outStep = out.strides[axis] * target;
  const stack = new Stack(a.shape.toSpliced(axis, 1), [
    a.strides.toSpliced(axis, 1),
    out.strides.toSpliced(axis, 1),
  ]);
  const lineStep = stack.step(0) * source, outLineStep = stack.step(1) * target;
  const interleaved = Math.abs(lineStep) < Math.abs(step) || Math.abs(outLineStep) < Math.abs(outStep);
  const most = linesAtOnce(points, stack.count, interleaved);
  const filled = rules.filledPoints(a.shape[axis], points, kind);
  const transform = transformFor(a, kind, { length: points, filled, scale, inverse, most });
  const block = (first: number, lines: number) => {
    const offset = (a.offset + stack.position(first, 0)) * source;
    const outOffset = (out.offset + stack.position(first, 1)) * target;
    transform(
      { data: a.data, offset, step, lineStep },
      lines,
      { data: out.data, offset: outOffset, step: outStep, lineStep: outLineStep },
    );
  };
  return { units: stack.count, run: (from, to) => stack.forRuns(from, to, most, block) };
}

function transformFor(a: NDArray, kind: rules.FftKind, options: LineOptions): LineTransform {
  if (kind === "hermitian") return hermitianLines(options);
  return isComplex(a.dtype) ? complexLines(options) : realLines(options, kind === "complex");
}
