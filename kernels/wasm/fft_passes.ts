/**
 * The passes of a transform, written for its length: Stockham's algorithm, as in the plain kernels.
 *
 * A pass of radix `r` sees its `n` numbers as `r` arms. The first pass takes them from a source, the last one
 * gives them to a sink; between them they move from buffer to buffer. The first pass does not read what is known
 * to be zero, the last one does not compute what nobody wants.
 *
 * @module
 */

import type { Local } from "./assembler.ts";
import { butterfly, isWrittenOut, oddButterfly, oddResult } from "./fft_butterflies.ts";
import { type Address, type Complex, ELEMENT, type Lanes, realBytes, ZERO } from "./fft_lanes.ts";

/** Where the first pass finds its numbers. */
export interface Source {
  /** Before the first number, with the distance of the arms. */
  begin(arm: number): void;
  /** Number `k · arm`, counted from the present one. */
  load(k: number): Complex;
  /** Goes on to the next number. */
  next(): void;
}

/** Where the last pass leaves its numbers. */
export interface Sink {
  /** Before the first number, with the distance of the arms. */
  begin(arm: number): void;
  /** Number `k · arm`, counted from the present one. */
  store(k: number, value: Complex): void;
  /** Goes on to the next number. */
  next(): void;
}

/** One pass: its radix, and where its constants lie in the tables, in bytes. */
export interface PassPlan {
  /** Arms. */
  readonly radix: number;
  /** `w^(p k)` for every `p`, in it every `k` from 1 on; nothing in the last pass. */
  readonly twiddles: number;
  /** The roots of an odd radix without a butterfly of its own. */
  readonly roots: number;
}

/** A transform as passes. */
export interface PassesPlan {
  /** Points. */
  readonly length: number;
  /** One pass for each factor; a single one of radix 1 for one point. */
  readonly passes: readonly PassPlan[];
}

/** Addresses that the passes of a function work with. */
export interface Places {
  /** The tables. */
  readonly tables: Address;
  /** Two buffers for as many numbers as there are. */
  readonly buffers: readonly [Local<"i32">, Local<"i32">];
  /** Room for large butterflies. */
  readonly room: Address;
}

/** How much of the ends of a transform there is. */
export interface Ends {
  /** Numbers of the source; the others are zero. */
  readonly filled: number;
  /** Numbers that the sink wants. */
  readonly wanted: number;
}

/** Writes a whole transform. */
export function writePasses(
  lanes: Lanes,
  { length, passes }: PassesPlan,
  places: Places,
  source: Source,
  sink: Sink,
  { filled, wanted }: Ends,
): void {
  let stride = 1, [from, to] = places.buffers;
  passes.forEach(({ radix, twiddles, roots }, i) => {
    const isFirst = i === 0, groups = length / stride / radix;
    lanes.f.scope(() => {
      const pass = { radix, groups, stride, roots: lanes.at(places.tables, roots), room: places.room };
      if (i === passes.length - 1) {
        const input = isFirst ? source : bufferSource(lanes, from);
        writeLast(lanes, pass, input, sink, { filled: isFirst ? filled : length, wanted });
      } else {
        const table = lanes.at(places.tables, twiddles);
        if (isFirst) writeFirst(lanes, pass, table, source, to, filled);
        else writeMiddle(lanes, pass, table, from, to);
      }
    });
    [from, to] = [to, from];
    stride *= radix;
  });
}

/** The buffer that the last pass does not read. */
export function freeBuffer({ passes }: PassesPlan, { buffers }: Places): Local<"i32"> {
  return buffers[passes.length % 2];
}

/** Numbers in a buffer, one after the other. */
export function bufferSource(lanes: Lanes, buffer: Address): Source {
  let at: Local<"i32">, apart = 0;
  return {
    begin(arm) {
      at = lanes.at(buffer, 0), apart = arm;
    },
    load: (k) => lanes.load(at, k * apart),
    next: () => lanes.move(at, ELEMENT),
  };
}

/** Numbers into a buffer, one after the other. */
export function bufferSink(lanes: Lanes, buffer: Address): Sink {
  let at: Local<"i32">, apart = 0;
  return {
    begin(arm) {
      at = lanes.at(buffer, 0), apart = arm;
    },
    store: (k, value) => lanes.store(at, k * apart, value),
    next: () => lanes.move(at, ELEMENT),
  };
}

interface Pass {
  readonly radix: number;
  readonly groups: number;
  readonly stride: number;
  readonly roots: Address;
  readonly room: Address;
}

/** The first of several passes: a group is one number, whose results lie side by side. */
function writeFirst(
  lanes: Lanes,
  pass: Pass,
  table: Local<"i32">,
  source: Source,
  to: Address,
  filled: number,
): void {
  const { radix, groups } = pass, target = lanes.at(to, 0);
  source.begin(groups);
  for (const [first, count, arms] of segments(groups, radix, filled)) {
    const write = (isTurned: boolean) => {
      const load = (k: number) => k < arms ? source.load(k) : ZERO;
      combine(
        lanes,
        pass,
        load,
        (k, value) => lanes.store(target, k, turned(lanes, value, table, k, isTurned)),
      );
      source.next();
      lanes.move(target, radix * ELEMENT);
      lanes.move(table, 2 * (radix - 1) * realBytes(lanes.precision));
    };
    if (first === 0) lanes.f.scope(() => write(false));
    const rounds = count - (first === 0 ? 1 : 0);
    if (rounds > 0) lanes.f.forLoop({ to: rounds }, () => write(true));
  }
}

/** A pass between others, from buffer to buffer. */
function writeMiddle(lanes: Lanes, pass: Pass, table: Local<"i32">, from: Address, to: Address): void {
  const { f } = lanes, { radix, groups, stride } = pass;
  const source = lanes.at(from, 0), target = lanes.at(to, 0);
  const write = (isTurned: boolean) => {
    f.forLoop({ to: stride }, () => {
      const load = (k: number) => lanes.load(source, k * groups * stride);
      combine(lanes, pass, load, (k, value) => {
        lanes.store(target, k * stride, turned(lanes, value, table, k, isTurned));
      });
      lanes.move(source, ELEMENT);
      lanes.move(target, ELEMENT);
    });
    lanes.move(target, (radix - 1) * stride * ELEMENT);
    lanes.move(table, 2 * (radix - 1) * realBytes(lanes.precision));
  };
  f.scope(() => write(false));
  f.forLoop({ to: groups - 1 }, () => write(true));
}

/** A result times its twiddle factor; those of the first group are 1. */
function turned(lanes: Lanes, value: Complex, table: Address, k: number, isTurned: boolean): Complex {
  return k > 0 && isTurned ? lanes.cmul(value, lanes.root(table, k - 1)) : value;
}

/** The last pass: one group, without twiddle factors. */
function writeLast(lanes: Lanes, pass: Pass, source: Source, sink: Sink, { filled, wanted }: Ends): void {
  const { radix, stride } = pass;
  source.begin(stride), sink.begin(stride);
  for (const [, count, arms, kept] of segments(stride, radix, filled, wanted)) {
    lanes.f.forLoop({ to: count }, () => {
      combine(lanes, pass, (k) => k < arms ? source.load(k) : ZERO, (k, value) => {
        if (k < kept) sink.store(k, value);
      });
      source.next(), sink.next();
    });
  }
}

/** One butterfly. */
function combine(
  lanes: Lanes,
  { radix, roots, room }: Pass,
  load: (k: number) => Complex,
  store: (k: number, value: Complex) => void,
): void {
  if (isWrittenOut(radix)) {
    return butterfly(lanes, radix, load, store);
  }
  oddButterfly(lanes, { radix, load, roots, room });
  for (let k = 0; k < radix; k++) lanes.f.scope(() => store(k, oddResult(lanes, room, k)));
}

/**
 * Parts of a loop of `count` rounds: its first one, how many there are, and how many of the arms have their present
 * number among the first `filled`, and among the first `wanted`.
 */
function segments(
  count: number,
  arms: number,
  filled: number,
  wanted = count * arms,
): [first: number, count: number, filled: number, wanted: number][] {
  const reach = (limit: number, at: number) => Math.min(arms, Math.ceil(Math.max(0, limit - at) / count));
  const cuts = [...new Set([0, filled % count, wanted % count, count])].sort((a, b) => a - b);
  return cuts.slice(1).map((
    end,
    i,
  ) => [cuts[i], end - cuts[i], reach(filled, cuts[i]), reach(wanted, cuts[i])]);
}
