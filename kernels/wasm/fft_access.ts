/**
 * Lines in memory, as generated transforms read and write them: any distance between elements, any between lines.
 *
 * A group of lines is one that fills the lanes. Where there are fewer lines, the last one stands in the other
 * lanes too: it is read and written several times, and nothing else is.
 *
 * @module
 */

import { f32x4, f64x2, type FunctionBuilder, i32, type Local, select, v128 } from "./assembler.ts";
import type { Address, Complex, Lanes, Vector } from "./fft_lanes.ts";
import type { Sink, Source } from "./fft_passes.ts";

/** Bytes from the first line of a group to each of its lines; numbers where they are known. */
export type Offsets = readonly Address[];

/** The offsets of the lines of a group, of which those up to `last` are there. */
export function lineOffsets(
  f: FunctionBuilder,
  count: number,
  lineStep: Address,
  last: Local<"i32">,
): Offsets {
  return Array.from({ length: count }, (_, line) => {
    if (line === 0) return 0;
    return f.let(i32.mul(select(i32.const(line), last, i32.lt_s(line, last)), lineStep));
  });
}

/** What a group of lines looks like. */
export type Layout =
  /** Complex elements. */
  | { readonly kind: "complex"; readonly lines: Offsets }
  /** Complex elements, lines side by side; or pairs of real lines side by side. */
  | { readonly kind: "side by side" }
  /** Real elements, which are the real and the imaginary parts of what is transformed. */
  | { readonly kind: "parts"; readonly re: Offsets; readonly im: Offsets }
  /** Real elements, without imaginary parts. */
  | { readonly kind: "real"; readonly re: Offsets };

/** Reads the elements at `at` of a group. */
export function loadElements(lanes: Lanes, layout: Layout, at: Address): Complex {
  const { f } = lanes;
  switch (layout.kind) {
    case "complex":
      return lanes.precision === "double"
        ? loadDoubles(lanes, at, layout.lines)
        : loadFloats(lanes, at, layout.lines);
    case "side by side":
      return apart(lanes, f.let(v128.load(at)), f.let(v128.load(at, 16)));
    case "parts":
      return { re: gather(lanes, at, layout.re), im: gather(lanes, at, layout.im) };
    case "real":
      return { re: gather(lanes, at, layout.re), im: undefined };
  }
}

/** Writes the elements at `at` of a group; the imaginary parts with the other sign if `conjugate`. */
export function storeElements(
  lanes: Lanes,
  layout: Layout,
  at: Address,
  value: Complex,
  conjugate = false,
): void {
  const { f } = lanes;
  const re = f.let(lanes.vector(value.re)), im = f.let(lanes.vector(value.im));
  switch (layout.kind) {
    case "complex": {
      const pairs = pairsOf(lanes, { re, im }, conjugate);
      return downward(lanes, (lane) => storePair(lanes, at, layout.lines[lane], pairs, lane));
    }
    case "side by side": {
      const [low, high] = pairsOf(lanes, { re, im }, conjugate);
      return f.emit(v128.store(at, low), v128.store(at, high, 16));
    }
    case "parts":
      return downward(lanes, (lane) => {
        storePart(lanes, at, layout.im[lane], im, lane);
        storePart(lanes, at, layout.re[lane], re, lane);
      });
    case "real":
      return downward(lanes, (lane) => storePart(lanes, at, layout.re[lane], re, lane));
  }
}

/** Writes complex elements of two times as many lines as there are lanes: those of even and those of odd number. */
export function storeTwos(
  lanes: Lanes,
  lines: Offsets,
  at: Address,
  even: Complex,
  odd: Complex,
  conjugate: boolean,
): void {
  const evens = pairsOf(lanes, even, conjugate), odds = pairsOf(lanes, odd, conjugate);
  downward(lanes, (lane) => {
    storePair(lanes, at, lines[2 * lane + 1], odds, lane);
    storePair(lanes, at, lines[2 * lane], evens, lane);
  });
}

/**
 * Lane by lane, the last one first: where it stands for a line that is missing, what the lanes before it write
 * stays.
 */
function downward(lanes: Lanes, write: (lane: number) => void): void {
  for (let lane = lanes.count - 1; lane >= 0; lane--) write(lane);
}

function loadDoubles(lanes: Lanes, at: Address, lines: Offsets): Complex {
  const { f } = lanes;
  const [first, second] = lines.map((line) => f.let(v128.load(...place(at, line))));
  return apart(lanes, first, second);
}

function loadFloats(lanes: Lanes, at: Address, lines: Offsets): Complex {
  const { f } = lanes;
  const pair = (line: number) => {
    const [address, offset] = place(at, lines[line + 1]);
    return f.let(v128.load64_lane(address, v128.load64_zero(...place(at, lines[line])), 1, offset));
  };
  return apart(lanes, pair(0), pair(2));
}

/** Two registers of complex numbers to their real and imaginary parts. */
function apart({ f, precision }: Lanes, low: Vector, high: Vector): Complex {
  return precision === "double"
    ? { re: f.let(f64x2.shuffle(low, high, [0, 2])), im: f.let(f64x2.shuffle(low, high, [1, 3])) }
    : {
      re: f.let(f32x4.shuffle(low, high, [0, 2, 4, 6])),
      im: f.let(f32x4.shuffle(low, high, [1, 3, 5, 7])),
    };
}

/** Real and imaginary parts to two registers of complex numbers, conjugate on demand. */
function pairsOf(lanes: Lanes, value: Complex, conjugate: boolean): Vector[] {
  const re = lanes.vector(value.re), im = lanes.vector(value.im), isDouble = lanes.precision === "double";
  const pairs = isDouble
    ? [f64x2.shuffle(re, im, [0, 2]), f64x2.shuffle(re, im, [1, 3])]
    : [f32x4.shuffle(re, im, [0, 4, 1, 5]), f32x4.shuffle(re, im, [2, 6, 3, 7])];
  const signs = isDouble ? f64x2.const(0, -0) : f32x4.const(0, -0, 0, -0);
  return pairs.map((pair) => lanes.f.let(conjugate ? v128.xor(pair, signs) : pair));
}

/** Stores the complex number of a lane. */
function storePair({ f, precision }: Lanes, at: Address, line: Address, pairs: Vector[], lane: number): void {
  const [address, offset] = place(at, line);
  f.emit(
    precision === "double"
      ? v128.store(address, pairs[lane], offset)
      : v128.store64_lane(address, pairs[lane >> 1], lane & 1, offset),
  );
}

/** Stores the real number of a lane. */
function storePart({ f, precision }: Lanes, at: Address, line: Address, numbers: Vector, lane: number): void {
  const [address, offset] = place(at, line);
  f.emit(
    precision === "double"
      ? v128.store64_lane(address, numbers, lane, offset)
      : v128.store32_lane(address, numbers, lane, offset),
  );
}

/** One real number of each line. */
function gather({ f, precision }: Lanes, at: Address, lines: Offsets): Vector {
  const isDouble = precision === "double";
  let numbers = isDouble
    ? v128.load64_zero(...place(at, lines[0]))
    : v128.load32_zero(...place(at, lines[0]));
  for (let line = 1; line < lines.length; line++) {
    const [address, offset] = place(at, lines[line]);
    numbers = isDouble
      ? v128.load64_lane(address, numbers, line, offset)
      : v128.load32_lane(address, numbers, line, offset);
  }
  return f.let(numbers);
}

/** An address with a known distance from it, or a computed one. */
function place(at: Address, offset: Address): [address: Address, offset: number] {
  return typeof offset === "number" ? [at, offset] : [i32.add(at, offset), 0];
}

/** Elements of a group of lines, one after the other, `step` apart. */
export function lineSource(lanes: Lanes, layout: Layout, from: Address, step: Local<"i32">): Source {
  let at: Local<"i32">, apart: Local<"i32">;
  return {
    begin(arm) {
      at = lanes.at(from, 0), apart = lanes.f.let(i32.mul(step, arm));
    },
    load: (k) =>
      loadElements(lanes, layout, k === 0 ? at : lanes.at(at, k === 1 ? apart : i32.mul(apart, k))),
    next: () => lanes.move(at, step),
  };
}

/** Elements into a group of lines, one after the other, `step` apart. */
export function lineSink(
  lanes: Lanes,
  layout: Layout,
  to: Address,
  step: Local<"i32">,
  conjugate: boolean,
): Sink {
  let at: Local<"i32">, apart: Local<"i32">;
  return {
    begin(arm) {
      at = lanes.at(to, 0), apart = lanes.f.let(i32.mul(step, arm));
    },
    store(k, value) {
      const address = k === 0 ? at : lanes.at(at, k === 1 ? apart : i32.mul(apart, k));
      storeElements(lanes, layout, address, value, conjugate);
    },
    next: () => lanes.move(at, step),
  };
}

/** Where the conjugates of results go, in reverse order: that of bin `k` to `top - k · step`, that of bin 0 to `zero`. */
export interface Mirror {
  /** The lines. */
  readonly layout: Layout;
  /** The place of bin 0. */
  readonly zero: Address;
  /** The place behind the last bin. */
  readonly top: Address;
  /** From one bin to the next. */
  readonly step: Local<"i32">;
}

/** A sink that writes the conjugates too; where they fall on a result, that stays. */
export function mirrorSink(
  lanes: Lanes,
  sink: Sink,
  { layout, zero, top, step }: Mirror,
  conjugate: boolean,
): Sink {
  const { f } = lanes;
  let first: Local<"i32">, at: Local<"i32">, apart: Local<"i32">;
  return {
    begin(arm) {
      sink.begin(arm);
      first = lanes.at(zero, 0), at = lanes.at(top, 0), apart = f.let(i32.mul(step, arm));
    },
    store(k, value) {
      const address = k === 0 ? first : f.let(i32.sub(at, k === 1 ? apart : i32.mul(apart, k)));
      storeElements(lanes, layout, address, value, conjugate);
      sink.store(k, value);
    },
    next() {
      sink.next();
      f.set(at, i32.sub(at, step));
      f.set(first, at);
    },
  };
}
