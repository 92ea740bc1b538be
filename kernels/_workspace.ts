/**
 * Buffers that kernels work in, kept from call to call: a fresh one costs more than a small transform.
 *
 * Kernels are synchronous, so in one thread no two calls use a buffer at the same time; one call uses a name
 * once.
 */

import type { SplitComplex } from "./_roots.ts";

/** Buffers longer than this are not kept. */
const KEPT = 1 << 18;

/** Doubles of a page. */
const PAGE = 512;

const kept = new Map<string, Float64Array>();

/** A buffer of at least `length` doubles with anything in it; the same one for the same name. */
export function scratch(name: string, length: number): Float64Array {
  const known = kept.get(name);
  if (known && known.length >= length) return known;
  const fresh = new Float64Array(length);
  if (length <= KEPT) kept.set(name, fresh);
  return fresh;
}

/**
 * Scratch buffers that stay the same ones as long as a job lasts, even where they are too long to be kept.
 */
export function remembered(): (name: string, length: number) => Float64Array {
  const known = new Map<string, Float64Array>();
  return (name, length) => {
    let buffer = known.get(name);
    if (!buffer || buffer.length < length) known.set(name, buffer = scratch(name, length));
    return buffer;
  };
}

/** Lines of complex numbers in two pairs of buffers: a plan takes them from `in` and leaves them in `out`. */
export interface Workspace {
  /** Doubles from one line to the next; even. */
  readonly pitch: number;
  /** Where lines are put. */
  readonly in: SplitComplex;
  /** The pair beside `in`, free until the transform. */
  readonly idle: SplitComplex;
  /** Where they are found. */
  readonly out: SplitComplex;
  /** The pair beside `out`, free after the transform. */
  readonly spare: SplitComplex;
}

/**
 * Buffers for `lines` lines of up to `length` complex numbers. All workspaces of a name share their memory.
 *
 * @param passes How often the plan moves a line from one pair of buffers to the other.
 */
export function workspace(passes: number, length: number, lines: number, name = "line"): Workspace {
  // At least 8 doubles longer than a line, and off the powers of two, where lines compete for the same cache sets.
  const pitch = (length + 9) & ~1;
  // The buffers begin a quarter of a page apart, or reads of one would wait for writes to another.
  const room = Math.ceil((lines * pitch) / PAGE) * PAGE + PAGE / 4;
  const whole = scratch(name, 4 * room);
  const part = (i: number) => whole.subarray(i * room, i * room + lines * pitch);
  const out = { re: part(0), im: part(1) }, spare = { re: part(2), im: part(3) };
  return passes & 1
    ? { pitch, in: spare, idle: out, out, spare }
    : { pitch, in: out, idle: spare, out, spare };
}

/**
 * How many of `lines` lines to transform together: few enough to stay in the cache, and where neighbouring
 * lines are interleaved, a cache line of them.
 */
export function linesAtOnce(points: number, lines: number, interleaved: boolean): number {
  const fitting = Math.floor((interleaved ? 2 ** 14 : 2 ** 9) / points);
  return Math.max(1, Math.min(8, fitting, lines));
}
