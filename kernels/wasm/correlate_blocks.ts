/**
 * Generated code that correlates sum by sum, in blocks of two rows of sums that stay in registers: every element of
 * the first operand that is loaded serves both.
 *
 * A sum adds up its products by rows of the second operand, and in these by columns, whatever block it is in.
 *
 * @module
 */

import {
  f64x2,
  type FunctionBuilder,
  i32,
  type Local,
  Module,
  select,
  v128,
  type Value,
} from "./assembler.ts";

/**
 * Correlates. `image` is the element that the first weight of the first sum belongs to; elements outside of rows
 * `[top, bottom)` and columns `[left, right)`, counted from there, are zeros that need not be looked at. There are at
 * least two rows of sums and a block of columns; sums that are not `fresh` are added to what `out` holds, and then rows
 * and columns are a multiple of a block's.
 */
export type CorrelateRows = (
  image: number,
  pitch: number,
  weights: number,
  weightsPitch: number,
  kernelRows: number,
  kernelColumns: number,
  out: number,
  outPitch: number,
  rows: number,
  columns: number,
  top: number,
  bottom: number,
  left: number,
  right: number,
  fresh: number,
) => void;

/** The innermost code: what a kind of numbers is multiplied and added by. */
export interface Taps {
  /** Columns of a block. */
  readonly columns: number;
  /** Bytes of an element of the operands. */
  readonly bytes: number;
  /** Columns of the second operand are taken in multiples of it. */
  readonly step: number;
  /** Columns of the second operand, if the code is for that many alone. */
  readonly width: number | undefined;
  /** Its rows, if the code is for that many alone. */
  readonly height: number | undefined;
  /** Vectors that the sums of a row take. */
  readonly vectors: number;
  /** Adds to each row's sums a row of products: `count` of them, from `image` and that row's `weights` on. */
  emit(f: FunctionBuilder, image: Value<"i32">, count: Value<"i32">, rows: readonly TapRow[]): void;
  /** The sums of a row as doubles, two by two in their order. */
  doubles(f: FunctionBuilder, sums: readonly Local<"v128">[]): Value<"v128">[];
}

/** A row of sums and the weights it takes. */
export interface TapRow {
  /** The sums. */
  readonly sums: readonly Local<"v128">[];
  /** Where the weights lie. */
  readonly weights: Value<"i32">;
}

const PARAMETERS = Array.from({ length: 15 }, () => "i32" as const);

/** A module whose `run` is {@linkcode CorrelateRows}. */
export function correlateRowsModule(taps: Taps): Module {
  const m = new Module();
  m.exportFunction("run", PARAMETERS, "void", (f, ...given) => {
    const [image, pitch, weights, weightsPitch, kernelRows, kernelColumns, out, outPitch] = given;
    const [rows, columns, top, bottom, left, right, fresh] = given.slice(8);
    f.forLoop({ to: rows, step: 2 }, (i) => {
      const u = f.let(least(i, i32.sub(rows, 2)));
      const imageRow = f.let(i32.add(image, i32.mul(u, pitch))),
        outRow = f.let(i32.add(out, i32.mul(u, outPitch)));
      const first = f.let(most(i32.add(u, 1), top));
      const last = f.let(least(i32.add(u, kernelRows), bottom));
      f.forLoop({ to: columns, step: taps.columns }, (j) => {
        const v = f.let(least(j, i32.sub(columns, taps.columns)));
        const sums = [0, 1].map(() => f.locals("v128", taps.vectors));
        for (const sum of sums.flat()) f.set(sum, f64x2.const(0));
        const low = f.local("i32"), count = f.local("i32");
        if (taps.width === undefined) {
          const reached = f.let(i32.sub(left, i32.add(v, taps.columns - 1)));
          f.set(low, i32.and(most(reached, i32.const(0)), -taps.step));
          const end = f.let(least(kernelColumns, i32.sub(right, v)));
          f.set(count, most(i32.sub(end, low), i32.const(0)));
        } else {
          f.set(low, 0);
        }
        const from = f.let(i32.add(imageRow, i32.mul(i32.add(v, low), taps.bytes)));
        const weight = f.let(i32.add(weights, i32.mul(low, taps.bytes)));
        const place = { from, pitch, weight, weightsPitch, count, sums };
        if (taps.height !== undefined) emitAllRows(f, taps, taps.height, place);
        else emitLiveRows(f, taps, { ...place, u, first, last, kernelRows, top, bottom });
        const to = f.let(i32.add(outRow, i32.shl(v, 3))), below = f.let(i32.add(to, outPitch));
        [to, below].forEach((at, row) => emitStores(f, at, taps.doubles(f, sums[row]), fresh));
      });
    });
  });
  return m;
}

/** What a block of sums is computed from. */
interface Place {
  /** The element of the image that the first weight belongs to. */
  readonly from: Value<"i32">;
  readonly pitch: Value<"i32">;
  readonly weight: Value<"i32">;
  readonly weightsPitch: Value<"i32">;
  readonly count: Value<"i32">;
  readonly sums: readonly (readonly Local<"v128">[])[];
}

/** Without a loop; zeros are multiplied like any other element. */
function emitAllRows(f: FunctionBuilder, taps: Taps, height: number, place: Place): void {
  const { from, pitch, weight, weightsPitch, count, sums } = place;
  const at = f.let(from), one = f.let(weight), second = f.let(weight);
  for (let row = 0; row <= height; row++) {
    const rows: TapRow[] = [];
    if (row < height) rows.push({ sums: sums[0], weights: one });
    if (row > 0) rows.push({ sums: sums[1], weights: second });
    taps.emit(f, at, count, rows);
    f.set(at, i32.add(at, pitch));
    f.set(second, one);
    f.set(one, i32.add(one, weightsPitch));
  }
}

/** A block in the rows of an image that are not all zeros. */
interface LivePlace extends Place {
  /** The first row of sums. */
  readonly u: Value<"i32">;
  /** The rows of the image that both rows of sums take, up to `last`. */
  readonly first: Value<"i32">;
  readonly last: Value<"i32">;
  readonly kernelRows: Value<"i32">;
  readonly top: Value<"i32">;
  readonly bottom: Value<"i32">;
}

/** The row that the first sums alone take, those that both do, and the one that is the second's alone. */
function emitLiveRows(f: FunctionBuilder, taps: Taps, place: LivePlace): void {
  const { from, pitch, weight, weightsPitch, count, sums, u, first, last, kernelRows, top, bottom } = place;
  const isLive = (row: Value<"i32">) => i32.and(i32.ge_s(row, top), i32.lt_s(row, bottom));
  f.if(isLive(u), () => taps.emit(f, from, count, [{ sums: sums[0], weights: weight }]));
  f.scope(() => {
    const below = f.let(i32.sub(first, u));
    const at = f.let(i32.add(from, i32.mul(below, pitch)));
    const second = f.let(i32.add(weight, i32.mul(i32.sub(below, 1), weightsPitch)));
    const one = f.let(i32.add(second, weightsPitch));
    f.forLoop({ from: first, to: last }, () => {
      taps.emit(f, at, count, [{ sums: sums[0], weights: one }, { sums: sums[1], weights: second }]);
      f.set(at, i32.add(at, pitch));
      f.set(second, one);
      f.set(one, i32.add(one, weightsPitch));
    });
  });
  f.if(isLive(i32.add(u, kernelRows)), () => {
    const at = f.let(i32.add(from, i32.mul(kernelRows, pitch)));
    const weights = f.let(i32.add(weight, i32.mul(i32.sub(kernelRows, 1), weightsPitch)));
    taps.emit(f, at, count, [{ sums: sums[1], weights }]);
  });
}

function emitStores(
  f: FunctionBuilder,
  at: Value<"i32">,
  sums: readonly Value<"v128">[],
  fresh: Value<"i32">,
): void {
  f.if(
    fresh,
    () => sums.forEach((sum, i) => f.emit(v128.store(at, sum, 16 * i, 8))),
    () =>
      sums.forEach((sum, i) => f.emit(v128.store(at, f64x2.add(v128.load(at, 16 * i, 8), sum), 16 * i, 8))),
  );
}

function least(a: Value<"i32">, b: Value<"i32">): Value<"i32"> {
  return select(a, b, i32.lt_s(a, b));
}

function most(a: Value<"i32">, b: Value<"i32">): Value<"i32"> {
  return select(a, b, i32.gt_s(a, b));
}
