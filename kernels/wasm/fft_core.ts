/**
 * One transform from a source to a sink: by passes or, where the length holds a large prime, by Bluestein's detour.
 *
 * @module
 */

import type { Local } from "./assembler.ts";
import { type Address, type Lanes, realBytes, swapped } from "./fft_lanes.ts";
import {
  bufferSink,
  bufferSource,
  type Ends,
  freeBuffer,
  type PassesPlan,
  type Places,
  type Sink,
  type Source,
  writePasses,
} from "./fft_passes.ts";

/** A transform: its passes, and for Bluestein's method the tables of those around them, in bytes. */
export interface TransformPlan {
  /** Points. */
  readonly length: number;
  /** The passes of this length or, with `chirp`, of a longer one. */
  readonly inner: PassesPlan;
  /** The chirp, and the transform that a convolution with its conjugate multiplies by. */
  readonly chirp?: { readonly at: number; readonly kernel: number };
}

/** Writes a transform. */
export function writeTransform(
  lanes: Lanes,
  { length, inner, chirp }: TransformPlan,
  places: Places,
  source: Source,
  sink: Sink,
  ends: Ends,
): void {
  if (!chirp) return writePasses(lanes, inner, places, source, sink, ends);
  const { tables, buffers, room } = places;
  const free = freeBuffer(inner, places), other = free === buffers[0] ? buffers[1] : buffers[0];
  const kernel = byTable(lanes, tables, chirp.kernel), out = bufferSink(lanes, free);
  writePasses(lanes, inner, places, chirped(lanes, source, byTable(lanes, tables, chirp.at)), {
    begin(arm) {
      kernel.begin(arm), out.begin(arm);
    },
    // The way back is an inverse transform: real and imaginary parts change places.
    store: (k, value) => out.store(k, swapped(lanes.cmul(value, kernel.at(k)))),
    next() {
      kernel.next(), out.next();
    },
  }, { filled: Math.min(ends.filled, length), wanted: inner.length });
  const last = byTable(lanes, tables, chirp.at);
  writePasses(lanes, inner, { tables, buffers: [free, other], room }, bufferSource(lanes, free), {
    begin(arm) {
      last.begin(arm), sink.begin(arm);
    },
    store: (k, value) => sink.store(k, lanes.cmul(swapped(value), last.at(k))),
    next() {
      last.next(), sink.next();
    },
  }, { filled: inner.length, wanted: ends.wanted });
}

/** Writes a transform into a buffer, and gives that. */
export function writeTransformToBuffer(
  lanes: Lanes,
  plan: TransformPlan,
  places: Places,
  source: Source,
  filled: number,
): Local<"i32"> {
  const { inner, chirp } = plan, { buffers } = places;
  let buffer = freeBuffer(inner, places);
  if (chirp) {
    const other = buffer === buffers[0] ? buffers[1] : buffers[0];
    buffer = freeBuffer(inner, { ...places, buffers: [buffer, other] });
  }
  writeTransform(lanes, plan, places, source, bufferSink(lanes, buffer), { filled, wanted: plan.length });
  return buffer;
}

/** Numbers of a table, beside those of a source or a sink. */
interface Beside {
  begin(arm: number): void;
  at(k: number): ReturnType<Lanes["root"]>;
  next(): void;
}

function byTable(lanes: Lanes, tables: Address, offset: number): Beside {
  let at: Local<"i32">, apart = 0;
  return {
    begin(arm) {
      at = lanes.at(tables, offset), apart = arm;
    },
    at: (k) => lanes.root(at, k * apart),
    next: () => lanes.move(at, 2 * realBytes(lanes.precision)),
  };
}

function chirped(lanes: Lanes, source: Source, chirp: Beside): Source {
  return {
    begin(arm) {
      source.begin(arm), chirp.begin(arm);
    },
    load: (k) => lanes.cmul(source.load(k), chirp.at(k)),
    next() {
      source.next(), chirp.next();
    },
  };
}
