/**
 * Buffers that kernels work in, kept from call to call: a fresh one costs more than a small transform.
 *
 * Kernels are synchronous, so in one thread no two calls use a buffer at the same time; one call uses a name once.
 */

/** Buffers longer than this are not kept. */
const KEPT = 1 << 20;

const kept = new Map<string, Float64Array>();

/** A buffer of at least `length` doubles with anything in it; the same one for the same name. */
export function scratch(name: string, length: number): Float64Array {
  const known = kept.get(name);
  if (known && known.length >= length) return known;
  const fresh = new Float64Array(length);
  if (length <= KEPT) kept.set(name, fresh);
  return fresh;
}

/** Lines of complex numbers, ready for a plan: put in at `in`, found at `out`, with `spare` free beside `out`. */
export interface Workspace {
  /** Doubles from one line to the next; even. */
  readonly pitch: number;
  /** Real parts of the input. */
  readonly inRe: Float64Array;
  /** Imaginary parts of the input. */
  readonly inIm: Float64Array;
  /** Real parts of the result. */
  readonly outRe: Float64Array;
  /** Imaginary parts of the result. */
  readonly outIm: Float64Array;
  /** Not the result. */
  readonly spareRe: Float64Array;
  /** Not the result. */
  readonly spareIm: Float64Array;
}

/**
 * Buffers for `lines` lines of up to `length` complex numbers.
 *
 * @param passes How often a plan moves a line from one pair of buffers to the other.
 */
export function workspace(passes: number, length: number, lines: number): Workspace {
  // Off the powers of two, where neighbouring lines would compete for the same cache sets.
  const pitch = (length + 9) & ~1;
  const outRe = scratch("line re", lines * pitch), outIm = scratch("line im", lines * pitch);
  const spareRe = scratch("spare re", lines * pitch), spareIm = scratch("spare im", lines * pitch);
  return passes & 1
    ? { pitch, inRe: spareRe, inIm: spareIm, outRe, outIm, spareRe, spareIm }
    : { pitch, inRe: outRe, inIm: outIm, outRe, outIm, spareRe, spareIm };
}
