/**
 * Spectra of real lines out of complex transforms, and back, as `../_spectra.ts` has them: two real lines fit into one
 * complex line of the same length, one real line of even length into one of half the length.
 *
 * @module
 */

import { i32, type Local, v128 } from "./assembler.ts";
import {
  type Layout,
  loadElements,
  type Mirror,
  type Offsets,
  storeElements,
  storeTwos,
} from "./fft_access.ts";
import { type Complex, ELEMENT, type Lanes, type Part, realBytes, type Vector } from "./fft_lanes.ts";
import type { Places } from "./fft_passes.ts";

/** One side of a transform of a group of lines. */
export interface Side {
  /** The first element of the first line. */
  readonly at: Local<"i32">;
  /** From one element to the next; in even real lines, from one point to the next. */
  readonly step: Local<"i32">;
  /** The lines. */
  readonly layout: Layout;
}

/** What the loops around a transform need to know. */
export interface Spectra {
  /** Writes arithmetic. */
  readonly lanes: Lanes;
  /** Points of the transform. */
  readonly length: number;
  /** Points of a real line. */
  readonly points: number;
  /** The buffers. */
  readonly places: Places;
  /** Where the roots lie that unfold a transform of half as many points, in the tables. */
  readonly unfold: number;
  /** The factor of the results, in all lanes. */
  readonly scale: Local<"v128">;
  /** Whether it is other than 1. */
  readonly scaled: boolean;
  /** The input. */
  readonly in: Side;
  /** The output. */
  readonly out: Side;
  /** Where the conjugates of results go, if they are wanted. */
  readonly mirror: Mirror | undefined;
  /** Whether the conjugates are wanted instead: real lines need no more for an inverse transform. */
  readonly conjugates: boolean;
  /** The lanes whose second line is there, where not all are. */
  readonly present: Vector | undefined;
}

/** Complex lines of a group of pairs: half spectra always have offsets of their own. */
function linesOf(layout: Layout): Offsets {
  if (layout.kind !== "complex") throw new TypeError("Cannot pair lines: their places are unknown");
  return layout.lines;
}

/** A part in the lanes that are present; zero in the others. */
export function only(lanes: Lanes, part: Part, present: Vector): Part {
  return part && lanes.f.let(v128.and(part, present));
}

/** Puts bin 0 of a transform of `length` points behind the last one too: it is the mirror of itself. */
function closeCircle(lanes: Lanes, buffer: Local<"i32">, length: number): void {
  lanes.store(buffer, length, lanes.load(buffer, 0));
}

/** Splits the transform of `x1 + i x2` into the half spectra of `x1` and `x2`. */
export function split(
  { lanes, points, scale, out: { at, step, layout }, conjugates }: Spectra,
  buffer: Local<"i32">,
): void {
  const { f } = lanes;
  f.scope(() => {
    closeCircle(lanes, buffer, points);
    const factor = f.let(lanes.vector(lanes.times(scale, 0.5)));
    const low = lanes.at(buffer, 0), high = lanes.at(buffer, points * ELEMENT), to = lanes.at(at, 0);
    f.forLoop({ to: (points >> 1) + 1 }, () => {
      const z = lanes.load(low, 0), m = lanes.load(high, 0);
      const even = { re: lanes.add(z.re, m.re), im: lanes.sub(z.im, m.im) };
      const odd = { re: lanes.add(z.im, m.im), im: lanes.sub(m.re, z.re) };
      storeTwos(
        lanes,
        linesOf(layout),
        to,
        lanes.cscale(even, factor),
        lanes.cscale(odd, factor),
        conjugates,
      );
      lanes.move(low, ELEMENT);
      lanes.move(high, -ELEMENT);
      lanes.move(to, step);
    });
  });
}

/**
 * Turns the transform of `x[2 j] + i x[2 j + 1]`, of half the length, into the half spectrum of `x`, as the plain
 * kernels do.
 */
export function unfold(spectra: Spectra, buffer: Local<"i32">): void {
  const { lanes, length, scale, scaled, places, out: { at, step, layout }, mirror, conjugates } = spectra;
  const { f } = lanes;
  const write = (value: Complex, to: Local<"i32">, mirrored?: Local<"i32">) => {
    const bin = scaled ? lanes.cscale(value, scale) : value;
    if (mirror && mirrored) storeElements(lanes, mirror.layout, mirrored, bin, !conjugates);
    storeElements(lanes, layout, to, bin, conjugates);
  };
  f.scope(() => {
    closeCircle(lanes, buffer, length);
    const z = lanes.at(buffer, 0), m = lanes.at(buffer, length * ELEMENT);
    const root = lanes.at(places.tables, spectra.unfold);
    const low = lanes.at(at, 0), high = lanes.at(at, i32.mul(step, length));
    // The mirrors of both move the other way; that of bin 0 is bin 0.
    const lowMirror = mirror && lanes.at(mirror.zero, 0), next = mirror && lanes.at(mirror.top, 0);
    const highMirror = mirror && f.let(i32.sub(mirror.top, i32.mul(mirror.step, length)));
    f.forLoop({ to: (length >> 1) + 1 }, () => {
      const a = lanes.load(z, 0), b = lanes.load(m, 0);
      const even = lanes.ctimes({ re: lanes.add(a.re, b.re), im: lanes.sub(a.im, b.im) }, 0.5);
      const odd = lanes.ctimes({ re: lanes.add(a.im, b.im), im: lanes.sub(b.re, a.re) }, 0.5);
      const turned = lanes.cmul(odd, lanes.root(root, 0));
      write(lanes.cadd(even, turned), low, lowMirror);
      write({ re: lanes.sub(even.re, turned.re), im: lanes.sub(turned.im, even.im) }, high, highMirror);
      lanes.move(z, ELEMENT);
      lanes.move(m, -ELEMENT);
      lanes.move(root, 2 * realBytes(lanes.precision));
      lanes.move(low, step);
      f.set(high, i32.sub(high, step));
      if (!mirror) return;
      f.set(next!, i32.sub(next!, mirror.step));
      f.set(lowMirror!, next!);
      lanes.move(highMirror!, mirror.step);
    });
  });
}

/** Joins the half spectra of `x1` and `x2` into that of `x1 + i x2`, swapped. */
export function join({ lanes, points, places, in: { at, step, layout }, present }: Spectra): void {
  const { f } = lanes, [buffer] = places.buffers, lines = linesOf(layout);
  const from = lanes.at(at, 0), low = lanes.at(buffer, ELEMENT);
  const high = lanes.at(buffer, (points - 1) * ELEMENT);
  const read = (which: 0 | 1) => {
    const some = lines.filter((_, i) => i % 2 === which);
    const value = loadElements(lanes, { kind: "complex", lines: some }, from);
    if (which === 0 || !present) return value;
    return { re: only(lanes, value.re, present), im: only(lanes, value.im, present) };
  };
  // Bins that are real by nature.
  const alone = (to: Local<"i32">) => lanes.store(to, 0, { re: read(1).re, im: read(0).re });
  alone(buffer);
  lanes.move(from, step);
  f.forLoop({ to: (points - 1) >> 1 }, () => {
    const a = read(0), b = read(1);
    lanes.store(low, 0, { re: lanes.add(a.im, b.re), im: lanes.sub(a.re, b.im) });
    lanes.store(high, 0, { re: lanes.sub(b.re, a.im), im: lanes.add(a.re, b.im) });
    lanes.move(from, step);
    lanes.move(low, ELEMENT);
    lanes.move(high, -ELEMENT);
  });
  if (points % 2 === 0) alone(low);
}

/** Completes half spectra of an odd number of points, swapped. */
export function complete({ lanes, points, places, in: { at, step, layout } }: Spectra): void {
  const { f } = lanes, [buffer] = places.buffers;
  const from = lanes.at(at, step), low = lanes.at(buffer, ELEMENT);
  const high = lanes.at(buffer, (points - 1) * ELEMENT);
  lanes.store(buffer, 0, { re: undefined, im: loadElements(lanes, layout, at).re });
  if (points === 1) return;
  f.forLoop({ to: points >> 1 }, () => {
    const { re, im } = loadElements(lanes, layout, from);
    lanes.store(low, 0, { re: im, im: re });
    lanes.store(high, 0, { re: lanes.neg(im), im: re });
    lanes.move(from, step);
    lanes.move(low, ELEMENT);
    lanes.move(high, -ELEMENT);
  });
}

/** The way back of {@linkcode unfold}, swapped. */
export function fold({ lanes, length, unfold, places, in: { at, step, layout } }: Spectra): void {
  const { f } = lanes, [buffer] = places.buffers;
  const low = lanes.at(at, 0), high = lanes.at(at, i32.mul(step, length));
  const first = loadElements(lanes, layout, low), last = loadElements(lanes, layout, high);
  lanes.store(buffer, 0, { re: lanes.sub(first.re, last.re), im: lanes.add(first.re, last.re) });
  if (length === 1) return;
  const root = lanes.at(places.tables, unfold);
  const z = lanes.at(buffer, 0), m = lanes.at(buffer, length * ELEMENT);
  f.forLoop({ to: length >> 1 }, () => {
    lanes.move(low, step);
    f.set(high, i32.sub(high, step));
    lanes.move(root, 2 * realBytes(lanes.precision));
    lanes.move(z, ELEMENT);
    lanes.move(m, -ELEMENT);
    const a = loadElements(lanes, layout, low), b = loadElements(lanes, layout, high);
    const even = { re: lanes.add(a.re, b.re), im: lanes.sub(a.im, b.im) };
    const odd = { re: lanes.sub(a.re, b.re), im: lanes.add(a.im, b.im) };
    const w = lanes.root(root, 0), turned = lanes.cmul(odd, { re: w.re, im: lanes.neg(w.im)! });
    lanes.store(z, 0, { re: lanes.add(even.im, turned.re), im: lanes.sub(even.re, turned.im) });
    lanes.store(m, 0, { re: lanes.sub(turned.re, even.im), im: lanes.add(even.re, turned.im) });
  });
}
