/**
 * Transforms of lines, written for their length: groups of lines that fill the lanes, one group after the other.
 *
 * @module
 */

import { f32, f32x4, f64x2, type FunctionBuilder, i32, i32x4, type Local, Module } from "./assembler.ts";
import { type Layout, lineOffsets, lineSink, lineSource, mirrorSink } from "./fft_access.ts";
import { butterflyConstants } from "./fft_butterflies.ts";
import { writeTransform, writeTransformToBuffer } from "./fft_core.ts";
import { laneCount, Lanes, type Precision, swapped } from "./fft_lanes.ts";
import { bufferSource, type Sink, type Source } from "./fft_passes.ts";
import { complete, fold, join, only, type Spectra, split, unfold } from "./fft_spectra.ts";
import type { LinePlan } from "./fft_tables.ts";

/** What goes in and what comes out. */
export type LineKind =
  /** Complex lines. */
  | "complex"
  /** Real lines of any length to half spectra, each by itself. */
  | "real"
  /** Real lines of even length, by a complex transform of half of it. */
  | "even real"
  /** Real lines, two in a complex transform. */
  | "real pairs"
  /** Half spectra to real lines of odd length. */
  | "hermitian"
  /** Half spectra to real lines of even length, by a complex transform of half of it. */
  | "even hermitian"
  /** Half spectra to real lines, two in a complex transform. */
  | "hermitian pairs";

/** What code is written for. */
export interface LineCode {
  /** Input and output. */
  readonly kind: LineKind;
  /** Of all numbers. */
  readonly precision: Precision;
  /** Points of a line. */
  readonly points: number;
  /** Elements that a line of the input has; an even number of them in even real lines, all bins in half spectra. */
  readonly filled: number;
  /** Whether to transform with `e^(+…)`; half spectra always are, real lines by taking conjugates. */
  readonly inverse: boolean;
  /** Whether there is a factor other than 1. */
  readonly scaled: boolean;
  /** Whether the conjugates are written too, in reverse order. */
  readonly mirror: boolean;
  /** Whether neighbouring lines of the input lie side by side; in even real lines, neighbouring elements. */
  readonly dense: boolean;
  /** The same of the output. */
  readonly denseOut: boolean;
  /** Whether the lines of the only group are an odd number: zeros go with the last one of these pairs. */
  readonly odd: boolean;
}

/** The name of code. */
export function lineKey(code: LineCode): string {
  const { kind, precision, points, filled, inverse, scaled, mirror, dense, denseOut, odd } = code;
  const flags = [inverse, scaled, mirror, dense, denseOut, odd].map(Number).join("");
  return `fft ${kind} ${precision} ${points} ${filled} ${flags}`;
}

/** Lines that a group of a kind has: those that fill the lanes, or twice as many. */
export function groupLines({ kind, precision }: Pick<LineCode, "kind" | "precision">): number {
  return laneCount(precision) * (kind.endsWith("pairs") ? 2 : 1);
}

/** Whether a kind works with a transform of half the length. */
export function isFolded(kind: LineKind): boolean {
  return kind.startsWith("even");
}

/** What the module of a code exports. Addresses and steps are bytes. */
export interface LineExports {
  /**
   * Transforms `groups` groups of lines, of each of which `last + 1` lines are there.
   *
   * @param mirror Where the conjugate of bin 0 goes; that of bin `k` goes to `top - k · mirrorStep`.
   * @param work Room for the plan's `workBytes`.
   */
  transform(
    from: number,
    step: number,
    lineStep: number,
    to: number,
    toStep: number,
    toLineStep: number,
    mirror: number,
    top: number,
    mirrorStep: number,
    mirrorLineStep: number,
    groups: number,
    last: number,
    tables: number,
    work: number,
    factor: number,
  ): void;
}

/** Writes the module. */
export function lineModule(code: LineCode, plan: LinePlan): Module {
  const m = new Module(), i = "i32";
  m.exportFunction("transform", [i, i, i, i, i, i, i, i, i, i, i, i, i, i, "f64"], "void", (f, ...given) => {
    const [from, step, lineStep, to, toStep, toLineStep, mirror, top, mirrorStep, mirrorLineStep] = given;
    const [groups, last, tables, work, factor] = given.slice(10) as [
      Local<"i32">,
      Local<"i32">,
      Local<"i32">,
      Local<"i32">,
      Local<"f64">,
    ];
    const { transform: { inner }, bufferBytes } = plan;
    const constants = [0.5, ...butterflyConstants(inner.passes.map(({ radix }) => radix))];
    const lanes = new Lanes(f, code.precision, constants);
    const single = code.precision === "single";
    const second = lanes.at(work, bufferBytes), room = lanes.at(work, 2 * bufferBytes);
    const lines = groupLines(code), isReal = code.kind.includes("real");
    const writer: Writer = {
      lanes,
      code,
      plan,
      length: plan.transform.length,
      points: code.points,
      unfold: plan.unfold,
      scaled: code.scaled,
      scale: f.let(single ? f32x4.splat(f32.demote_f64(factor)) : f64x2.splat(factor)),
      places: { tables, buffers: [work, second], room },
      in: { at: from, step, layout: layoutOf(f, code, "in", lineStep, last, step) },
      out: { at: to, step: toStep, layout: layoutOf(f, code, "out", toLineStep, last, toStep) },
      mirror: code.mirror
        ? {
          zero: mirror,
          top,
          step: mirrorStep,
          layout: layoutOf(f, code, "mirror", mirrorLineStep, last, step),
        }
        : undefined,
      swaps: code.inverse && !isReal,
      conjugates: code.inverse && isReal,
      present: code.odd
        ? f.let(i32x4.le_s(single ? i32x4.const(1, 3, 5, 7) : i32x4.const(1, 1, 3, 3), i32x4.splat(last)))
        : undefined,
    };
    f.forLoop({ to: groups }, () => {
      WRITERS[code.kind](writer);
      lanes.move(from, i32.mul(lineStep, lines));
      lanes.move(to, i32.mul(toLineStep, lines));
      if (code.mirror) {
        lanes.move(mirror, i32.mul(mirrorLineStep, lines));
        lanes.move(top, i32.mul(mirrorLineStep, lines));
      }
    });
  });
  return m;
}

interface Writer extends Spectra {
  readonly code: LineCode;
  readonly plan: LinePlan;
  /** Whether parts change places on the way in and out: that turns the sign of the exponent. */
  readonly swaps: boolean;
}

/** How the lines of a group lie on one side; `step` is from one real element to the next. */
function layoutOf(
  f: FunctionBuilder,
  { kind, precision, dense, denseOut }: LineCode,
  side: "in" | "out" | "mirror",
  lineStep: Local<"i32">,
  last: Local<"i32">,
  step: Local<"i32">,
): Layout {
  const isReal = side === "in" ? kind.includes("real") : side === "out" && kind.includes("hermitian");
  const isPairs = kind.endsWith("pairs"), sideBySide = side === "in" ? dense : side === "out" && denseOut;
  if (sideBySide && !isFolded(kind)) return { kind: "side by side" };
  const lines = lineOffsets(f, laneCount(precision) * (isPairs ? 2 : 1), lineStep, last);
  if (!isReal || (sideBySide && isFolded(kind))) return { kind: "complex", lines };
  if (isPairs) {
    return {
      kind: "parts",
      re: lines.filter((_, i) => i % 2 === 0),
      im: lines.filter((_, i) => i % 2),
    };
  }
  if (!isFolded(kind)) return { kind: "real", re: lines };
  return {
    kind: "parts",
    re: lines,
    im: lines.map((line) => line === 0 ? step : f.let(i32.add(line, step))),
  };
}

function source({ lanes, code, in: { at, step, layout }, swaps, present }: Writer): Source {
  const points = isFolded(code.kind) ? lanes.f.let(i32.mul(step, 2)) : step;
  const lines = lineSource(lanes, layout, at, points);
  return {
    ...lines,
    load(k) {
      const value = lines.load(k);
      if (present) return { re: value.re, im: only(lanes, value.im, present) };
      return swaps ? swapped(value) : value;
    },
  };
}

function sink({ lanes, code, scale, out: { at, step, layout }, mirror, swaps, conjugates }: Writer): Sink {
  const points = isFolded(code.kind) ? lanes.f.let(i32.mul(step, 2)) : step;
  const lines = lineSink(lanes, layout, at, points, conjugates);
  const both = mirror ? mirrorSink(lanes, lines, mirror, !conjugates) : lines;
  return {
    ...both,
    store(k, value) {
      const turned = swaps ? swapped(value) : value;
      both.store(k, code.scaled ? lanes.cscale(turned, scale) : turned);
    },
  };
}

const WRITERS: Record<LineKind, (writer: Writer) => void> = {
  complex(writer) {
    const { lanes, code: { points, filled }, plan: { transform }, places } = writer;
    writeTransform(lanes, transform, places, source(writer), sink(writer), { filled, wanted: points });
  },

  real(writer) {
    const { lanes, code: { points, filled }, plan: { transform }, places } = writer;
    const ends = { filled, wanted: (points >> 1) + 1 };
    writeTransform(lanes, transform, places, source(writer), sink(writer), ends);
  },

  "even real"(writer) {
    const { lanes, code: { filled }, plan: { transform }, places } = writer;
    unfold(writer, writeTransformToBuffer(lanes, transform, places, source(writer), filled / 2));
  },

  "real pairs"(writer) {
    const { lanes, code: { filled }, plan: { transform }, places } = writer;
    split(writer, writeTransformToBuffer(lanes, transform, places, source(writer), filled));
  },

  hermitian(writer) {
    writer.lanes.f.scope(() => complete(writer));
    transformBuffer(writer);
  },

  "even hermitian"(writer) {
    writer.lanes.f.scope(() => fold(writer));
    transformBuffer(writer);
  },

  "hermitian pairs"(writer) {
    writer.lanes.f.scope(() => join(writer));
    transformBuffer(writer);
  },
};

/** Transforms what lies in the first buffer, swapped. */
function transformBuffer(writer: Writer): void {
  const { lanes, plan: { transform }, places } = writer, { length } = transform;
  const input = bufferSource(lanes, places.buffers[0]);
  writeTransform(lanes, transform, places, input, sink(writer), { filled: length, wanted: length });
}
