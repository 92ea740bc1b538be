/**
 * Transforms of lines by generated code: what lies in the heap is read and written in place, the rest goes through
 * tiles there.
 */

import { heapBuffer, isHeapBuffer } from "../shared/heap.ts";
import { costOf } from "./_lengths.ts";
import type { Lines } from "./_lines.ts";
import { copyLines } from "./_wasm_fft_staging.ts";
import { instantiated } from "./wasm/compiled.ts";
import { type Precision, realBytes } from "./wasm/fft_lanes.ts";
import {
  groupLines,
  isFolded,
  type LineCode,
  type LineExports,
  lineKey,
  type LineKind,
  lineModule,
} from "./wasm/fft_lines.ts";
import { type LinePlan, linePlan } from "./wasm/fft_tables.ts";

/** What all lines of a transform have in common. */
export interface WasmLineOptions {
  /** Input and output. */
  readonly kind: LineKind;
  /** Of all numbers. */
  readonly precision: Precision;
  /** Points of a line. */
  readonly length: number;
  /** Elements that a line of the input has; those that lack are zero. */
  readonly filled: number;
  /** The factor of the results. */
  readonly scale: number;
  /** Whether to transform with `e^(+…)`. */
  readonly inverse: boolean;
  /** Whether conjugate results are written too: the rest of whole spectra, or where a call says. */
  readonly mirror: "none" | "whole" | "given";
  /** Whether the input lies in the heap, in the precision of the transform. */
  readonly inHeap: boolean;
  /** Whether the output does. */
  readonly outInHeap: boolean;
}

/**
 * Transforms `lines` lines; steps and offsets count slots. Conjugates go to `mirror`, that of bin `k` to the place of
 * bin `-k`; to the results' own places, from which they are overwritten, if it is not given.
 */
export type WasmLineTransform = (from: Lines, lines: number, to: Lines, mirror?: Lines) => void;

/** Nanoseconds of a call into WebAssembly, by the plain kernels' measure: optimised code takes half of them. */
const CALL = 1e6;

/** Bytes of a tile, if a group of lines fits in. */
const TILE = 1 << 19;

/** The longest lines: the buffers of a group then take 4 MiB, and up to 16 by Bluestein's detour. */
const LONGEST = 2 ** 16;

/** Points of all plans that are kept. */
const KEPT_POINTS = 1 << 20;

const plans = new Map<string, LinePlan>();
let keptPoints = 0;

/** Whether lines of so many points are for generated code. */
export function isForWasm(points: number): boolean {
  return points <= LONGEST;
}

function planOf(points: number, folded: boolean, precision: Precision): LinePlan {
  const key = `${points} ${folded} ${precision}`;
  let plan = plans.get(key);
  if (!plan) {
    plan = linePlan(points, folded, precision);
    keptPoints += plan.transform.inner.length;
  }
  plans.delete(key);
  plans.set(key, plan);
  for (const [old, { transform }] of plans) {
    if (keptPoints <= KEPT_POINTS || old === key) break;
    plans.delete(old);
    keptPoints -= transform.inner.length;
  }
  return plan;
}

let doubles = new Float64Array(0), floats = new Float32Array(0);

/** A view of the heap as the numbers of a precision. */
export function heapNumbers(precision: Precision): Float64Array | Float32Array {
  const buffer = heapBuffer() as ArrayBufferLike as ArrayBuffer;
  if (precision === "double") {
    if (doubles.buffer !== buffer) doubles = new Float64Array(buffer);
    return doubles;
  }
  if (floats.buffer !== buffer) floats = new Float32Array(buffer);
  return floats;
}

/** Whether slots lie in the heap, in that precision. */
export function isInHeap(data: Lines["data"], precision: Precision): boolean {
  const View = precision === "double" ? Float64Array : Float32Array;
  return data instanceof View && isHeapBuffer(data.buffer);
}

/** A multiple of a cache line. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** A transform of lines, made ready. */
export class WasmLines {
  /** Lines that are transformed together; pairs of real lines must not be torn apart, so parts begin at multiples. */
  readonly group: number;
  /** Bytes of the heap that it works in. */
  readonly roomBytes: number;
  readonly #options: WasmLineOptions;
  readonly #plan: LinePlan;
  readonly #bytes: number;
  /** Where the buffers, the tiles of input, output and mirror begin in the room, behind the tables. */
  readonly #places: { work: number; in: number; out: number; mirror: number };
  /** Elements of a line in the tiles. */
  readonly #elements: { in: number; out: number };
  readonly #tileLines: number;
  readonly #isStaged: boolean;
  readonly #most: number;
  readonly #codes = new Map<number, LineExports["transform"]>();

  constructor(options: WasmLineOptions) {
    const { kind, precision, length, filled, inHeap, outInHeap, mirror } = options;
    this.#options = options;
    this.#plan = planOf(length, isFolded(kind), precision);
    this.#bytes = realBytes(precision);
    this.group = groupLines(options);
    const bins = (length >> 1) + 1;
    // Code for half spectra reads all bins, that for even lines pairs of points.
    const read = kind.includes("hermitian") ? bins : kind === "even real" ? filled + (filled & 1) : filled;
    const isReal = kind.includes("real") && mirror !== "whole";
    this.#elements = { in: read, out: isReal ? bins : length };
    this.#isStaged = !inHeap || read > filled;
    const inBytes = read * slotsOf(kind, "in") * this.#bytes;
    const outBytes = this.#elements.out * slotsOf(kind, "out") * this.#bytes;
    const fitting = Math.floor(TILE / Math.max(inBytes, outBytes) / this.group);
    this.#tileLines = this.group * Math.max(1, fitting);
    const { values, workBytes } = this.#plan;
    const work = aligned(values.length * this.#bytes), tileIn = work + aligned(workBytes);
    const tileOut = tileIn + (this.#isStaged ? aligned(this.#tileLines * inBytes) : 0);
    const tileMirror = tileOut + (outInHeap ? 0 : aligned(this.#tileLines * outBytes));
    const hasMirrorTile = !outInHeap && mirror === "given";
    this.#places = { work, in: tileIn, out: tileOut, mirror: tileMirror };
    this.roomBytes = tileMirror + (hasMirrorTile ? aligned(this.#tileLines * outBytes) : 0);
    this.#most = this.group * Math.max(1, Math.floor(CALL / costOf(this.#plan.transform.inner.length)));
  }

  /** The transform, in a room at `base`. */
  at(base: number): WasmLineTransform {
    const { outInHeap } = this.#options, heap = heapNumbers(this.#options.precision);
    heap.set(this.#plan.values, base / this.#bytes);
    if (!this.#isStaged && outInHeap) return (...call) => this.#run(base, ...call);
    return (from, lines, to, mirror) => {
      for (let first = 0; first < lines; first += this.#tileLines) {
        const some = Math.min(this.#tileLines, lines - first);
        this.#runTile(base, shifted(from, first), some, shifted(to, first), mirror && shifted(mirror, first));
      }
    };
  }

  #runTile(base: number, from: Lines, lines: number, to: Lines, mirror?: Lines): void {
    const { kind, filled, outInHeap } = this.#options, { in: read, out: written } = this.#elements;
    let source = from, target = to, mirrored = mirror;
    if (this.#isStaged) {
      const width = slotsOf(kind, "in");
      source = this.#tile(base + this.#places.in, from, read, width, isFolded(kind) && kind.includes("real"));
      if (read > filled) clear(source, filled, read, lines, width);
      copyLines(from, source, filled, lines, width);
    }
    const width = slotsOf(kind, "out");
    if (!outInHeap) {
      target = this.#tile(base + this.#places.out, to, written, width, isFolded(kind) && width === 1);
      mirrored = mirror && this.#tile(base + this.#places.mirror, to, written, width, false);
    }
    this.#run(base, source, lines, target, mirrored);
    if (outInHeap) return;
    copyLines(target, to, written, lines, width);
    if (mirror) copyLines(mirrored!, mirror, written, lines, width);
  }

  /** A tile in the order of the lines it stands for; line by line where points go in twos. */
  #tile(address: number, like: Lines, elements: number, width: 1 | 2, byLine: boolean): Lines {
    const isAcross = !byLine && Math.abs(like.lineStep) < Math.abs(like.step);
    return {
      data: heapNumbers(this.#options.precision),
      offset: address / this.#bytes,
      step: isAcross ? width * this.#tileLines : width,
      lineStep: isAcross ? width : width * elements,
    };
  }

  #run(base: number, from: Lines, lines: number, to: Lines, mirror?: Lines): void {
    const { group } = this, rest = lines % group, whole = lines - rest;
    for (let first = 0; first < whole; first += this.#most) {
      this.#call(base, from, to, mirror, first, Math.min(this.#most, whole - first), group);
    }
    if (rest > 0) this.#call(base, from, to, mirror, whole, rest, rest);
  }

  #call(
    base: number,
    from: Lines,
    to: Lines,
    mirror: Lines | undefined,
    first: number,
    lines: number,
    present: number,
  ): void {
    const bytes = this.#bytes, { mirror: kindOfMirror, length, scale } = this.#options;
    const transform = this.#code(from, to, present);
    const address = (it: Lines) => it.data.byteOffset + (it.offset + first * it.lineStep) * bytes;
    const target = address(to), step = to.step * bytes, lineStep = to.lineStep * bytes;
    const own = kindOfMirror === "whole" ? [target, target + length * step, step] : [target, target, -step];
    const [zero, top, mirrorStep] = mirror
      ? [address(mirror), address(mirror) + length * mirror.step * bytes, mirror.step * bytes]
      : own;
    transform(
      address(from),
      from.step * bytes,
      from.lineStep * bytes,
      target,
      step,
      lineStep,
      zero,
      top,
      mirrorStep,
      mirror ? mirror.lineStep * bytes : lineStep,
      Math.ceil(lines / this.group),
      present - 1,
      base,
      base + this.#places.work,
      scale,
    );
  }

  /** The code for lines that lie so. */
  #code(from: Lines, to: Lines, present: number): LineExports["transform"] {
    const { kind, precision, length, inverse, scale, mirror } = this.#options,
      isWhole = present === this.group;
    const isDense = (it: Lines, width: 1 | 2) =>
      isFolded(kind) ? it.step === 1 : isWhole && it.lineStep === width;
    const dense = DENSE.includes(kind) && isDense(from, slotsOf(kind, "in"));
    const denseOut = DENSE_OUT.includes(kind) && isDense(to, slotsOf(kind, "out"));
    const odd = kind.endsWith("pairs") && present % 2 === 1;
    const variant = Number(dense) + 2 * Number(denseOut) + 4 * Number(odd);
    let transform = this.#codes.get(variant);
    if (!transform) {
      const code: LineCode = {
        kind,
        precision,
        points: length,
        filled: this.#elements.in,
        inverse,
        scaled: scale !== 1,
        mirror: mirror !== "none",
        dense,
        denseOut,
        odd,
      };
      const module = () => lineModule(code, this.#plan);
      transform = instantiated<LineExports>(lineKey(code), module).transform;
      this.#codes.set(variant, transform);
    }
    return transform;
  }
}

/** Kinds of which there is code for lines that lie side by side, or for elements that do. */
const DENSE: readonly LineKind[] = ["complex", "real pairs", "even real", "hermitian"];
const DENSE_OUT: readonly LineKind[] = ["complex", "real", "hermitian pairs", "even hermitian"];

/** Slots of an element. */
function slotsOf(kind: LineKind, side: "in" | "out"): 1 | 2 {
  return kind.includes(side === "in" ? "real" : "hermitian") ? 1 : 2;
}

/** The lines from line `first` on. */
function shifted({ data, offset, step, lineStep }: Lines, first: number): Lines {
  return { data, offset: offset + first * lineStep, step, lineStep };
}

/** Zeros for elements that lack. */
function clear(
  { data, offset, step, lineStep }: Lines,
  from: number,
  to: number,
  lines: number,
  width: 1 | 2,
): void {
  for (let line = 0; line < lines; line++) {
    for (let j = from; j < to; j++) {
      for (let part = 0; part < width; part++) data[offset + line * lineStep + j * step + part] = 0;
    }
  }
}
