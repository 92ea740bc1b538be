/**
 * Transforms along one axis by generated code, as a job.
 */

import { isComplex } from "../shared/dtype.ts";
import { kernelBackend } from "./backend.ts";
import { filledPoints } from "./_fft_call.ts";
import type { FftCall } from "./_fft_lines.ts";
import type { Job } from "./_job.ts";
import { costOf } from "./_lengths.ts";
import { Stack } from "./_stack.ts";
import { isForWasm, isInHeap, WasmLines } from "./_wasm_lines.ts";
import { withRoom } from "./_wasm_room.ts";
import type { Precision } from "./wasm/fft_lanes.ts";
import type { LineKind } from "./wasm/fft_lines.ts";

/** Nanoseconds of the plain kernels from which on code is worth its making. */
const WORTH_CODE = 2e4;

/** Whether to transform by generated code what takes the plain kernels `cost` nanoseconds, about. */
export function isWorthCode(cost: number, ...points: readonly number[]): boolean {
  return cost >= WORTH_CODE && points.every(isForWasm) && kernelBackend() === "wasm";
}

/** The precision of a call: single where its result is. */
export function precisionOf({ out: { dtype } }: Pick<FftCall, "out">): Precision {
  return dtype === "float32" || dtype === "complex64" ? "single" : "double";
}

/** Lines that share cache lines where they are interleaved, and fill the lanes several times. */
const TOGETHER = 16;

/** The job of a call, if generated code is to do it. */
export function wasmFftJob(call: FftCall, plain: () => Job): Job | undefined {
  const { a, out, kind, points, axis } = call, parts = isComplex(a.dtype) && isComplex(out.dtype) ? 1 : 0.5;
  if (filledPoints(a.shape[axis], points, kind) === 0) return undefined;
  const lines = a.size / a.shape[axis];
  if (lines < 2) return undefined; // one line would leave half of the lanes idle: the plain kernels are as fast
  return isWorthCode(lines * costOf(points) * parts, points) ? generatedFftJob(call, plain) : undefined;
}

/**
 * The job of a call whose input is not empty, by generated code: a unit is a line.
 *
 * @param plain The plain kernels' job, for when the heap is full.
 */
export function generatedFftJob(call: FftCall, plain: () => Job): Job {
  const { a, out, kind, inverse, points, axis, scale } = call, precision = precisionOf(call);
  const source = isComplex(a.dtype) ? 2 : 1, target = isComplex(out.dtype) ? 2 : 1;
  const filled = filledPoints(a.shape[axis], points, kind);
  const stack = new Stack(a.shape.toSpliced(axis, 1), [
    a.strides.toSpliced(axis, 1),
    out.strides.toSpliced(axis, 1),
  ]);
  const lines = new WasmLines({
    kind: kindOf(call, points % 2 === 0),
    precision,
    length: points,
    filled,
    scale,
    inverse,
    mirror: kind === "complex" && source === 1 ? "whole" : "none",
    inHeap: isInHeap(a.data, precision),
    outInHeap: isInHeap(out.data, precision),
  });
  const step = a.strides[axis] * source, lineStep = stack.step(0) * source;
  const outStep = out.strides[axis] * target, outLineStep = stack.step(1) * target;
  return {
    units: stack.count,
    grain: TOGETHER,
    run: (from, to) =>
      withRoom(lines.roomBytes, (base) => {
        const transform = lines.at(base);
        stack.forRuns(from, to, Infinity, (first, count) => {
          const offset = (a.offset + stack.position(first, 0)) * source;
          const outOffset = (out.offset + stack.position(first, 1)) * target;
          transform(
            { data: a.data, offset, step, lineStep },
            count,
            { data: out.data, offset: outOffset, step: outStep, lineStep: outLineStep },
          );
        });
      }, () => plain().run(from, to)),
  };
}

/** Lines that have nothing to do with one another are not paired: errors of one would reach the other. */
function kindOf({ a, kind }: FftCall, isEven: boolean): LineKind {
  if (kind === "hermitian") return isEven ? "even hermitian" : "hermitian";
  return isComplex(a.dtype) ? "complex" : isEven ? "even real" : "real";
}
