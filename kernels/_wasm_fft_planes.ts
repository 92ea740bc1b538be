/**
 * Transforms along two axes by generated code, as a job.
 *
 * Between the axes, small matrices lie in a plane of the heap that stays in the cache; large ones in the result, as in
 * the plain kernels. Small matrices from elsewhere are staged in the heap as they are, large ones in tiles.
 */

import { isComplex } from "../shared/dtype.ts";
import type { NDArray } from "../shared/ndarray.ts";
import { filledPoints } from "./_fft_call.ts";
import type { Fft2Call } from "./_fft_planes.ts";
import { type Buffers, type Job, runStages, type Stage, staged, type StagedJob } from "./_job.ts";
import { costOf } from "./_lengths.ts";
import type { Lines } from "./_lines.ts";
import { columns, type Planes, planes, rows } from "./_planes.ts";
import { Stack } from "./_stack.ts";
import { copyLines } from "./_wasm_fft_staging.ts";
import { isWorthCode, precisionOf } from "./_wasm_fft_lines.ts";
import { aligned, heapNumbers, isInHeap, WasmLines, type WasmLineTransform } from "./_wasm_lines.ts";
import { withRoom } from "./_wasm_room.ts";
import { type Precision, realBytes } from "./wasm/fft_lanes.ts";

/** Bytes that lie between the axes in a plane of its own, at most. */
const MIDDLE = 1 << 23;

/** Bytes of a matrix that is staged as it is, at most. */
const STAGED = 1 << 20;

/** From here on reading columns of a matrix is slower than copying it first, line by line, if it fits the cache then. */
const COPIED = 1 << 16;

/** What the transform along one axis does. */
interface Axis {
  /** The lines. */
  readonly lines: WasmLines;
  /** How many of them. */
  readonly count: number;
  /** The lines of a plane, from a given one on. */
  readonly of: (planes: Planes, unit: number, first: number) => Lines;
}

/** Planes that the heap has room for, from `at` on; an element takes `width` slots. */
interface Room {
  readonly at: number;
  readonly rows: number;
  readonly columns: number;
  readonly width: 1 | 2;
  /** Slots from one row to the next. */
  readonly pitch: number;
}

/** The job of a call, if generated code is to do it. */
export function wasmFft2Job(call: Fft2Call, buffers: Buffers, plain: () => Job): StagedJob | undefined {
  const { out, points: [height, width] } = call, [tall, wide] = filledOf(call);
  if (tall === 0 || wide === 0) return undefined;
  const cost = out.size / (height * width) * (height * costOf(width) + width * costOf(height));
  return isWorthCode(cost, height, width) ? generatedFft2Job(call, buffers, plain) : undefined;
}

/**
 * The job of a call whose input is not empty, by generated code: a unit is a matrix.
 *
 * @param plain The plain kernels' job, for when the heap is full.
 */
export function generatedFft2Job(call: Fft2Call, buffers: Buffers, plain: () => Job): StagedJob {
  const { a, out, axes } = call;
  const lead = (array: NDArray) => array.strides.filter((_, axis) => !axes.includes(axis));
  const stack = new Stack(a.shape.filter((_, axis) => !axes.includes(axis)), [lead(a), lead(out)]);
  return new Planner(call, precisionOf(call), filledOf(call), stack).job(buffers, plain);
}

/** How many rows and columns of the input count. */
function filledOf({ a, axes, points: [height, width], kind }: Fft2Call): [rows: number, columns: number] {
  return [Math.min(a.shape[axes[0]], height), filledPoints(a.shape[axes[1]], width, kind)];
}

/** Lays out what a call needs: its stages, and the room they work in. */
class Planner {
  readonly #isReal: boolean;
  readonly #isMirrored: boolean;

  constructor(
    readonly call: Fft2Call,
    readonly precision: Precision,
    readonly filled: readonly [rows: number, columns: number],
    readonly stack: Stack,
  ) {
    const { a, kind } = call;
    this.#isReal = kind !== "hermitian" && !isComplex(a.dtype);
    this.#isMirrored = this.#isReal && kind === "complex";
  }

  job(buffers: Buffers, plain: () => Job): StagedJob {
    const { call: { a, out, axes }, stack, precision } = this;
    const from = planes(a, axes, stack, 0), to = planes(out, axes, stack, 1);
    const inHeap = isInHeap(a.data, precision), outInHeap = isInHeap(out.data, precision);
    const split = this.#split(from, to, inHeap, outInHeap, buffers);
    if (this.#bytes(this.#middle(0)) > MIDDLE) return split;
    const { roomBytes, bind } = this.#together(from, to, inHeap, outInHeap);
    const run = (start: number, stop: number) =>
      withRoom(roomBytes, (base) => {
        const transform = bind(base);
        for (let unit = start; unit < stop; unit++) transform(unit);
      }, () => plain().run(start, stop));
    return { units: stack.count, run, stagesOf: split.stagesOf };
  }

  /** Whole matrices, with a plane of the heap between the axes, and what is staged. */
  #together(from: Planes, to: Planes, inHeap: boolean, outInHeap: boolean) {
    const { call: { a, out, axes }, filled: [tall, wide] } = this;
    const middle = this.#middle(0), middleBytes = this.#bytes(middle);
    const source = this.#room(middleBytes, tall, wide, isComplex(a.dtype) ? 2 : 1),
      sourceBytes = this.#bytes(source);
    const isInStaged = sourceBytes <= STAGED && (!inHeap || sourceBytes >= COPIED);
    const targetAt = middleBytes + (isInStaged ? sourceBytes : 0);
    const target = this.#room(targetAt, out.shape[axes[0]], out.shape[axes[1]], isComplex(out.dtype) ? 2 : 1);
    const targetBytes = this.#bytes(target), isOutStaged = !outInHeap && targetBytes <= STAGED;
    const [first, second] = this.#axes(inHeap || isInStaged, true, outInHeap || isOutStaged);
    const parts = [aligned(first.lines.roomBytes), aligned(second.lines.roomBytes)],
      planesAt = parts[0] + parts[1];
    const bind = (base: number) => {
      const transforms = [first.lines.at(base), second.lines.at(base + parts[0])];
      const [between, staging, result] = [middle, source, target].map((it) =>
        this.#planes(it, base + planesAt)
      );
      const input = isInStaged ? staging : from, output = isOutStaged ? result : to;
      return (unit: number) => {
        if (isInStaged) copyPlane(from, unit, staging, source);
        runStages([
          this.#stage(first, transforms[0], input, between, unit),
          this.#secondStage(second, transforms[1], between, output, unit),
        ]);
        if (isOutStaged) copyPlane(result, unit, to, target);
      };
    };
    return { roomBytes: planesAt + targetAt + (isOutStaged ? targetBytes : 0), bind };
  }

  /** Matrices whose stages threads may share: between the axes they lie in the result, or in a common buffer. */
  #split(from: Planes, to: Planes, inHeap: boolean, outInHeap: boolean, buffers: Buffers): StagedJob {
    const { call: { kind }, precision, stack } = this;
    const bind = () => {
      let middle = to;
      if (kind === "hermitian") {
        const room = this.#middle(0), doubles = buffers("middle", room.rows * room.pitch);
        const data = precision === "double" ? doubles : new Float32Array(doubles.buffer, doubles.byteOffset);
        middle = { ...this.#planes(room, 0), data };
      }
      const [first, second] = this.#axes(inHeap, isInHeap(middle.data, precision), outInHeap);
      const inRoom = ({ lines }: Axis, stage: (transform: WasmLineTransform) => Stage): Stage => ({
        parts: stage(() => {}).parts,
        run: (start, end) => withRoom(lines.roomBytes, (base) => stage(lines.at(base)).run(start, end)),
      });
      return (unit: number) => [
        inRoom(first, (transform) => this.#stage(first, transform, from, middle, unit)),
        inRoom(second, (transform) => this.#secondStage(second, transform, middle, to, unit)),
      ];
    };
    let stages: ReturnType<typeof bind> | undefined;
    return staged(stack.count, (unit) => (stages ??= bind())(unit));
  }

  /** The transforms in their order: real lines first, half spectra last. */
  #axes(inHeap: boolean, middleInHeap: boolean, outInHeap: boolean): [Axis, Axis] {
    const { call: { kind, scale, points, inverse }, precision, filled: [tall, wide] } = this;
    const [height, width] = points, bins = (width >> 1) + 1;
    const places = [{ inHeap, outInHeap: middleInHeap }, { inHeap: middleInHeap, outInHeap }];
    const isHalf = kind === "real", isHermitian = kind === "hermitian";
    const along = (second: boolean): WasmLines =>
      new WasmLines({
        kind: isHermitian && second
          ? "hermitian pairs"
          : this.#isReal && second === isHalf
          ? "real pairs"
          : "complex",
        precision,
        length: second ? width : height,
        filled: second ? wide : tall,
        // As in the plain kernels: with what is done last, or along the first axis.
        scale: second !== isHalf ? scale : 1,
        inverse: isHermitian || inverse,
        mirror: second && this.#isMirrored ? "given" : "none",
        ...places[second === isHalf ? 0 : 1],
      });
    const upright = { lines: along(false), of: columns }, level = { lines: along(true), of: rows };
    if (isHalf) return [{ ...level, count: tall }, { ...upright, count: bins }];
    return [{ ...upright, count: wide }, { ...level, count: height }];
  }

  /** A stage that transforms one group of lines after the other. */
  #stage(
    { lines, count, of }: Axis,
    transform: WasmLineTransform,
    from: Planes,
    to: Planes,
    unit: number,
  ): Stage {
    const { group } = lines;
    return {
      parts: Math.ceil(count / group),
      run(start, end) {
        const first = start * group, last = Math.min(count, end * group);
        transform(of(from, unit, first), last - first, of(to, unit, first));
      },
    };
  }

  /** The last stage. Of whole spectra of real matrices it computes the upper half, whose conjugates are the other. */
  #secondStage(axis: Axis, transform: WasmLineTransform, from: Planes, to: Planes, unit: number): Stage {
    if (!this.#isMirrored) return this.#stage(axis, transform, from, to, unit);
    const { points: [height] } = this.call, { group } = axis.lines, mirrored = (height - 1) >> 1;
    return {
      // The rows that mirror themselves are the first part.
      parts: 1 + Math.ceil(mirrored / group),
      run(start, end) {
        if (start === 0) {
          const half = height % 2 === 0 ? height >> 1 : 0;
          const pair = (planes: Planes) => ({ ...rows(planes, unit, 0), lineStep: half * planes.rowStep });
          transform(pair(from), half > 0 ? 2 : 1, pair(to));
        }
        const first = 1 + Math.max(0, start - 1) * group, last = Math.min(mirrored, (end - 1) * group);
        if (last < first) return;
        const mirror = { ...rows(to, unit, height - first), lineStep: -to.rowStep };
        transform(rows(from, unit, first), last - first + 1, rows(to, unit, first), mirror);
      },
    };
  }

  /** What lies between the axes. */
  #middle(at: number): Room {
    const { call: { kind, points: [height, width] }, filled: [tall, wide] } = this;
    if (kind === "real") return this.#room(at, tall, (width >> 1) + 1, 2, true);
    return this.#room(at, this.#isMirrored ? (height >> 1) + 1 : height, wide, 2, true);
  }

  #room(at: number, rows: number, columns: number, width: 1 | 2, isApart = false): Room {
    if (!isApart) return { at, rows, columns, width, pitch: columns * width };
    // An odd number of cache lines: so rows do not compete for the same cache sets.
    const line = 64 / realBytes(this.precision);
    return { at, rows, columns, width, pitch: line * (Math.ceil(columns * width / line) | 1) };
  }

  #bytes({ rows, pitch }: Room): number {
    return aligned(rows * pitch * realBytes(this.precision));
  }

  #planes({ at, pitch, width }: Room, base: number): Planes {
    const offset = (base + at) / realBytes(this.precision);
    return { data: heapNumbers(this.precision), start: () => offset, rowStep: pitch, columnStep: width };
  }
}

/** Copies a matrix. */
function copyPlane(
  from: Planes,
  unit: number,
  to: Planes,
  { rows: count, columns: length, width }: Room,
): void {
  copyLines(rows(from, unit, 0), rows(to, unit, 0), length, count, width);
}
