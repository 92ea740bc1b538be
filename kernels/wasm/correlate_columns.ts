/**
 * Generated code for the columns of a two-dimensional transform of real numbers, four columns at a time: two in the
 * real parts of two lines and two in the imaginary ones.
 *
 * Only bins 0 to half the length are kept, as the others mirror them. On the way in, bins are left in pairs of rows
 * as the transforms of rows want them: a pair is a line of `POINT` bytes for each column. On the way back, they are
 * taken row by row, in pairs of columns: real parts of both, imaginary parts of both.
 *
 * @module
 */

import { f64x2, i32, type Local, Module, v128, type Value } from "./assembler.ts";
import { instantiated } from "./compiled.ts";
import type { Complex, Lanes } from "./correlate_lanes.ts";
import {
  emitTransform,
  firstBuffer,
  lanesFor,
  loadPoint,
  POINT,
  side,
  type Sink,
  type Source,
  storePoint,
  swapped,
  transformPlan,
  type TransformSpace,
} from "./correlate_transform.ts";

/** Columns that are transformed together. */
export const GROUP = 4;

/** Pairs of rows of bins that are kept: enough for the bins to half the length, and even. */
export function pairsOfBins(points: number): number {
  return 2 * Math.ceil(((points >> 1) + 1) / 4);
}

/** Transforms groups of columns from `source` on, rows `pitch` bytes apart, into twice their bins. */
export type ForwardColumns = (
  source: number,
  pitch: number,
  bins: number,
  pairStep: number,
  groups: number,
  tables: number,
  work: number,
) => void;

/** Code for columns of `filled` elements, continued by zeros to `points`. */
export function forwardColumns(points: number, filled: number): ForwardColumns {
  return instantiated<{ run: ForwardColumns }>(`correlate columns ${points} ${filled}`, () => {
    const m = new Module(), plan = transformPlan(points)!;
    m.exportFunction("run", ["i32", "i32", "i32", "i32", "i32", "i32", "i32"], "void", (
      f,
      source,
      pitch,
      bins,
      pairStep,
      groups,
      tables,
      work,
    ) => {
      const lanes = lanesFor(f, plan), space = { tables, work };
      const columns = columnsSource(lanes, source, pitch, filled, points / plan.radices[0]);
      f.forLoop({ to: groups }, () => {
        const line = f.let(emitTransform(lanes, plan, space, { source: columns }));
        emitSplit(lanes, line, points, bins, pairStep);
        f.set(source, i32.add(source, 8 * GROUP));
        f.set(bins, i32.add(bins, POINT * GROUP));
      });
    });
    return m;
  }).run;
}

function columnsSource(
  { f }: Lanes,
  source: Value<"i32">,
  pitch: Value<"i32">,
  filled: number,
  apart: number,
): Source {
  const at = f.local("i32");
  const offsets = new Map<number, Local<"i32">>();
  for (let element = apart; element < filled; element += apart) {
    offsets.set(element, f.let(i32.mul(pitch, element)));
  }
  return {
    filled,
    start: () => f.set(at, source),
    load(element) {
      const from = element === 0 ? at : f.let(i32.add(at, offsets.get(element)!));
      return [f.let(v128.load(from, 0, 8)), f.let(v128.load(from, 16, 8))];
    },
    next: () => f.set(at, i32.add(at, pitch)),
  };
}

/** Splits a line of columns `(c, c + 1) + i (c + 2, c + 3)` into twice their bins, pair of rows by pair of rows. */
function emitSplit(
  lanes: Lanes,
  line: Value<"i32">,
  points: number,
  bins: Value<"i32">,
  pairStep: Value<"i32">,
): void {
  const { f } = lanes;
  storePoint(lanes, line, loadPoint(lanes, line), points); // bin 0 is its own mirror image
  const low = f.let(line), high = f.let(i32.add(line, POINT * (points - 1))), to = f.let(bins);
  f.forLoop({ to: pairsOfBins(points) }, () => {
    const rows = [0, 1].map((k) =>
      splitLines(lanes, loadPoint(lanes, low, k), loadPoint(lanes, high, 1 - k))
    );
    for (let column = 0; column < GROUP; column++) {
      const lane = (column & 1) as 0 | 1, [first, second] = rows.map((row) => row[column >> 1]);
      f.emit(
        v128.store(to, side(lanes.value(first[0]), lanes.value(second[0]), lane), POINT * column),
        v128.store(to, side(lanes.value(first[1]), lanes.value(second[1]), lane), POINT * column + 16),
      );
    }
    f.set(low, i32.add(low, 2 * POINT));
    f.set(high, i32.sub(high, 2 * POINT));
    f.set(to, i32.add(to, pairStep));
  });
}

/** Twice the bin of each of two real lines, out of that of `x1 + i x2` and its mirror image. */
export function splitLines(lanes: Lanes, bin: Complex, mirrored: Complex): [Complex, Complex] {
  return [
    [lanes.add(bin[0], mirrored[0]), lanes.subtract(bin[1], mirrored[1])],
    [lanes.add(bin[1], mirrored[1]), lanes.subtract(mirrored[0], bin[0])],
  ];
}

/** Transforms groups of columns of bins back, and stores them. */
export type InverseColumns = (
  bins: number,
  rowStep: number,
  groups: number,
  target: number,
  targetPitch: number,
  mirror: number,
  mirrorPitch: number,
  tables: number,
  work: number,
  rounder: number,
) => void;

/** Which rows of a circle of results are stored. */
export interface Rows {
  /** Points of the circle. */
  readonly points: number;
  /** The row that point 0 goes to. */
  readonly top: number;
  /** The number of rows. */
  readonly height: number;
  /** Whether columns are also stored backwards, as those of the opposite lags. */
  readonly mirrored: boolean;
}

/**
 * Code that stores points as `Rows` says: `target` is where point 0 of column 0 goes, `mirror` where point 0 of column
 * 3 goes in the mirrored form, which runs towards lower addresses.
 */
export function inverseColumns(rows: Rows): InverseColumns {
  const { points, top, height, mirrored } = rows, plan = transformPlan(points)!;
  const key = `correlate inverse columns ${points} ${top} ${height} ${mirrored}`;
  return instantiated<{ run: InverseColumns }>(key, () => {
    const m = new Module();
    m.exportFunction("run", ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "f64"], "void", (
      f,
      bins,
      rowStep,
      groups,
      target,
      targetPitch,
      mirror,
      mirrorPitch,
      tables,
      work,
      rounder,
    ) => {
      const lanes = lanesFor(f, plan), space: TransformSpace = { tables, work };
      const rounding = f.let(f64x2.splat(rounder));
      const apart = points / plan.radices.at(-1)!;
      const there = new StoredRows(lanes, rows, target, targetPitch, false, apart);
      const stored = mirrored
        ? [there, new StoredRows(lanes, rows, mirror, mirrorPitch, true, apart)]
        : [there];
      f.forLoop({ to: groups }, () => {
        emitJoin(lanes, bins, rowStep, points, firstBuffer(space));
        emitTransform(lanes, plan, space, { sink: rowsSink(lanes, stored, rounding) });
        f.set(bins, i32.add(bins, 16 * GROUP));
        f.set(target, i32.add(target, 8 * GROUP));
        if (mirrored) f.set(mirror, i32.sub(mirror, 8 * GROUP));
      });
    });
    return m;
  }).run;
}

/** Joins the bins of columns `(c, c + 1)` and `(c + 2, c + 3)` into a line, parts swapped for the way back. */
function emitJoin(
  lanes: Lanes,
  bins: Value<"i32">,
  rowStep: Value<"i32">,
  points: number,
  line: Value<"i32">,
): void {
  const { f } = lanes;
  const from = f.let(bins), low = f.let(line), high = f.let(i32.add(line, POINT * points));
  f.forLoop({ to: (points >> 1) + 1 }, () => {
    const [ar, ai] = loadPoint(lanes, from), [br, bi] = loadPoint(lanes, from, 1);
    // The mirrored one first: at bin 0 it goes beyond the line, and at half the length there is only one.
    storePoint(lanes, high, [lanes.subtract(br, ai), lanes.add(ar, bi)]);
    storePoint(lanes, low, [lanes.add(ai, br), lanes.subtract(ar, bi)]);
    f.set(from, i32.add(from, rowStep));
    f.set(low, i32.add(low, POINT));
    f.set(high, i32.sub(high, POINT));
  });
}

/** The rows that points go to, forwards or backwards. */
class StoredRows {
  readonly #at: Local<"i32">;
  readonly #wound: Local<"i32">;
  readonly #offsets = new Map<number, Local<"i32">>();
  readonly #period: Local<"i32">;

  constructor(
    readonly lanes: Lanes,
    readonly rows: Rows,
    readonly target: Value<"i32">,
    readonly pitch: Value<"i32">,
    readonly backwards: boolean,
    readonly apart: number,
  ) {
    const { f } = lanes;
    this.#at = f.local("i32");
    this.#wound = f.local("i32");
    this.#period = f.let(i32.mul(pitch, rows.points));
    for (let element = apart; element < rows.points; element += apart) {
      this.#offsets.set(element, f.let(i32.mul(pitch, element)));
    }
  }

  start(): void {
    const { f } = this.lanes;
    f.set(this.#at, this.target);
    f.set(this.#wound, this.#beyond(this.target, this.#period, !this.backwards));
  }

  next(): void {
    const { f } = this.lanes;
    for (const at of [this.#at, this.#wound]) f.set(at, this.#beyond(at, this.pitch, this.backwards));
  }

  /** Stores the point that is `element` after point `present`, if a row is there for it. */
  store(element: number, present: Value<"i32">, [re, im]: readonly Value<"v128">[]): void {
    const { f } = this.lanes;
    const put = (base: Local<"i32">) => {
      const offset = this.#offsets.get(element);
      const to = offset ? f.let(this.#beyond(base, offset, this.backwards)) : base;
      const vectors = this.backwards ? [turned(im), turned(re)] : [re, im];
      vectors.forEach((vector, i) => f.emit(v128.store(to, vector, 16 * i, 8)));
    };
    this.#ranges().forEach(([from, to], i) => {
      const first = Math.max(from - element, 0), last = Math.min(to - element, this.apart);
      const base = i === 0 ? this.#at : this.#wound;
      if (first >= last) return;
      if (first === 0 && last === this.apart) put(base);
      else f.if(i32.lt_u(i32.sub(present, first), last - first), () => put(base));
    });
  }

  /** Points that are stored as they are, and those that are so a period before. */
  #ranges(): [from: number, to: number][] {
    const { points, top, height } = this.rows;
    const [from, to] = this.backwards ? [top - height + 1, top + 1] : [-top, height - top];
    return [[Math.max(0, from), to], [from + points, Math.min(points, to + points)]];
  }

  #beyond(at: Value<"i32">, bytes: Value<"i32">, back: boolean): Value<"i32"> {
    return back ? i32.sub(at, bytes) : i32.add(at, bytes);
  }
}

/** Hands the points, rounded, to the rows. */
function rowsSink(lanes: Lanes, stored: readonly StoredRows[], rounding: Value<"v128">): Sink {
  const { f } = lanes, present = f.local("i32");
  return {
    start() {
      f.set(present, 0);
      for (const rows of stored) rows.start();
    },
    store(element, value) {
      const vectors = swapped(value).map((part) =>
        f.let(f64x2.sub(f64x2.add(lanes.value(part), rounding), rounding))
      );
      for (const rows of stored) rows.store(element, present, vectors);
    },
    next() {
      f.set(present, i32.add(present, 1));
      for (const rows of stored) rows.next();
    },
  };
}

function turned(vector: Value<"v128">): Value<"v128"> {
  return f64x2.shuffle(vector, vector, [1, 0]);
}
