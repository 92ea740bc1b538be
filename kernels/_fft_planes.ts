/**
 * Transforms along two axes, as a job.
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
import { type Buffers, type Stage, staged, type StagedJob } from "./_job.ts";
import {
  complexLines,
  hermitianPairLines,
  type LineOptions,
  type LineTransform,
  realPairLines,
} from "./_line_transforms.ts";
import type { Lines } from "./_lines.ts";
import { columns, type Planes, planes, rows } from "./_planes.ts";
import { Stack } from "./_stack.ts";
import { wasmFft2Job } from "./_wasm_fft_planes.ts";
import { linesAtOnce, scratch } from "./_workspace.ts";

/** Options of the transforms along two axes. */
export interface Fft2Options {
  /**
   * Points to transform along each of the axes: longer axes are cut off, shorter ones continued by zeros. For
   * `irfft2` the shape of the result.
   *
   * @default the axes' lengths; for `irfft2` `2 * (length - 1)` along the second
   */
  readonly s?: readonly [rows: number, columns: number];
  /**
   * The axes to transform along, negative from the end; half spectra lie along the second.
   *
   * @default [-2, -1]
   */
  readonly axes?: readonly [first: number, second: number];
  /**
   * Where the factor `1 / (rows * columns)` goes: to the inverse transform, as its root to both, or to the
   * forward one.
   *
   * @default "backward"
   */
  readonly norm?: rules.FftNorm;
  /**
   * Where the result goes: an array of its shape and dtype; for `fft2` and `ifft2` of complex input that may
   * be the input itself.
   */
  readonly out?: NDArray;
}

/** A checked call. */
export interface Fft2Call {
  /** The input. */
  readonly a: NDArray;
  /** Where the result goes. */
  readonly out: NDArray;
  /** Input and output. */
  readonly kind: rules.FftKind;
  /** Whether the exponent is positive. */
  readonly inverse: boolean;
  /** Points along each axis. */
  readonly points: readonly [rows: number, columns: number];
  /** The axes, from 0 on. */
  readonly axes: readonly [first: number, second: number];
  /** The factor of the results. */
  readonly scale: number;
}

/** Checks the arguments of a transform along two axes. */
export function checkFft2(
  input: ArrayInput,
  { s, axes: givenAxes = [-2, -1], norm, out }: Fft2Options,
  kind: rules.FftKind,
  inverse: boolean,
  allocate: Allocate,
): Fft2Call {
  const a = rules.checkInput(toArray(input), kind), rank = a.shape.length;
  if (rank < 2) throw new RangeError(`Cannot transform an array of shape ${text(a.shape)} along two axes`);
  const [first, second] = checkTwo("axes", givenAxes).map((axis) => checkAxis(axis, rank));
  if (first === second) {
    throw new RangeError(`Cannot transform along axis ${first} twice: give two different axes`);
  }
  const wanted = s === undefined ? [undefined, undefined] : checkTwo("s", s);
  const rows = rules.checkPoints(wanted[0] ?? a.shape[first]);
  const columns = rules.checkPoints(wanted[1] ?? rules.defaultPoints(a.shape[second], kind));
  const scale = rules.scaleOf(norm, rows * columns, inverse);
  const shape = a.shape.with(first, rows).with(second, rules.resultPoints(columns, kind));
  const dtype = resultDType(kind !== "hermitian", a);
  const inPlace = kind === "complex";
  return {
    a,
    out: resultArray(out, { shape, dtype, operands: [a], inPlace }, allocate),
    kind,
    inverse,
    points: [rows, columns],
    axes: [first, second],
    scale,
  };
}

function checkTwo(name: string, value: readonly number[]): readonly number[] {
  if (!Array.isArray(value)) throw new TypeError(`Cannot use ${String(value)} as ${name}: give two numbers`);
  if (value.length !== 2) throw new RangeError(`Cannot use ${text(value)} as ${name}: give two numbers`);
  return value;
}

/** The job: a unit is a matrix, a part of a stage is a line, or two of them. */
export function fft2Job(call: Fft2Call, buffers: Buffers = scratch): StagedJob {
  const plain = () => plainFft2Job(call, buffers);
  return wasmFft2Job(call, buffers, plain) ?? plain();
}

function plainFft2Job(call: Fft2Call, buffers: Buffers): StagedJob {
  const { a, out, kind, axes } = call;
  const lead = (array: NDArray) => array.strides.filter((_, axis) => !axes.includes(axis));
  const stack = new Stack(a.shape.filter((_, axis) => !axes.includes(axis)), [lead(a), lead(out)]);
  const from = planes(a, axes, stack, 0), to = planes(out, axes, stack, 1);
  const stages = kind === "hermitian"
    ? hermitianStages(call, from, to, buffers)
    : isComplex(a.dtype)
    ? complexStages(call, from, to)
    : kind === "real"
    ? halfStages(call, from, to)
    : realStages(call, from, to);
  return staged(stack.count, (unit) => stages.map((stage) => stage(unit)));
}

type StageOf = (unit: number) => Stage;

/** A stage that transforms `lines` lines, `together` of which make a part and a line of the workspace. */
function stage(
  lines: number,
  together: 1 | 2,
  most: number,
  transform: LineTransform,
  from: (unit: number, first: number) => Lines,
  to: (unit: number, first: number) => Lines,
): StageOf {
  return (unit) => ({
    parts: Math.ceil(lines / together),
    run(start, end) {
      const last = Math.min(lines, end * together);
      for (let first = start * together; first < last; first += most * together) {
        transform(from(unit, first), Math.min(most * together, last - first), to(unit, first));
      }
    },
  });
}

/** Options for the lines along one axis of a call. */
function lineOptions(call: Fft2Call, which: 0 | 1, scale: number): LineOptions {
  const { a, out, kind, inverse, points, axes } = call;
  const length = points[which];
  const filled = rules.filledPoints(a.shape[axes[which]], length, which === 1 ? kind : "complex");
  const [along, across] = which === 0 ? axes : [axes[1], axes[0]];
  const interleaved = [a, out].some(({ strides }) => Math.abs(strides[across]) < Math.abs(strides[along]));
  return { length, filled, scale, inverse, most: linesAtOnce(length, Math.max(...out.shape), interleaved) };
}

/** Columns into the result, then its rows in place. */
function complexStages(call: Fft2Call, a: Planes, out: Planes): StageOf[] {
  const first = lineOptions(call, 0, 1), second = lineOptions(call, 1, call.scale);
  return [
    stage(second.filled, 1, first.most, complexLines(first), columns.bind(null, a), columns.bind(null, out)),
    stage(first.length, 1, second.most, complexLines(second), rows.bind(null, out), rows.bind(null, out)),
  ];
}

/** Rows into half spectra, then these, columns of the result, in place. */
function halfStages(call: Fft2Call, a: Planes, out: Planes): StageOf[] {
  const first = lineOptions(call, 0, call.scale), second = lineOptions(call, 1, 1);
  const bins = (second.length >> 1) + 1;
  return [
    stage(first.filled, 2, second.most, realPairLines(second), rows.bind(null, a), rows.bind(null, out)),
    stage(bins, 1, first.most, complexLines(first), columns.bind(null, out), columns.bind(null, out)),
  ];
}

/** Half spectra of the columns into the upper rows, then these rows in place; the others mirror them. */
function realStages(call: Fft2Call, a: Planes, out: Planes): StageOf[] {
  const first = lineOptions(call, 0, 1), second = lineOptions(call, 1, call.scale);
  const height = first.length, transform = complexLines(second);
  const middle = height % 2 === 0 ? height >> 1 : -1;
  return [
    stage(second.filled, 2, first.most, realPairLines(first), columns.bind(null, a), columns.bind(null, out)),
    (unit) => ({
      parts: (height >> 1) + 1,
      run(start, end) {
        for (let row = start; row < end;) {
          const from = rows(out, unit, row);
          const alone = row === 0 || row === middle;
          const stop = alone ? row + 1 : Math.min(end, row + second.most, middle > row ? middle : Infinity);
          const mirror = { ...rows(out, unit, height - row), lineStep: -out.rowStep };
          transform(from, stop - row, from, alone ? undefined : mirror);
          row = stop;
        }
      },
    }),
  ];
}

/** Columns of the half spectra into a buffer, column by column; then its rows to real ones. */
function hermitianStages(call: Fft2Call, a: Planes, out: Planes, buffers: Buffers): StageOf[] {
  const first = lineOptions(call, 0, 1), second = lineOptions(call, 1, call.scale);
  const bins = second.filled, height = first.length;
  const middle: Planes = {
    data: buffers("middle", 2 * bins * height),
    start: () => 0,
    rowStep: 2,
    columnStep: 2 * height,
  };
  return [
    stage(bins, 1, first.most, complexLines(first), columns.bind(null, a), columns.bind(null, middle)),
    stage(height, 2, second.most, hermitianPairLines(second), rows.bind(null, middle), rows.bind(null, out)),
  ];
}
