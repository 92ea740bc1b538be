/**
 * Correlation sum by sum: products of doubles, and exact ones of integers of 16 bits.
 *
 * @module
 */

import { f64x2, type FunctionBuilder, i32, i32x4, type Local, v128, type Value } from "./assembler.ts";
import { type CorrelateRows, correlateRowsModule, type TapRow, type Taps } from "./correlate_blocks.ts";
import { instantiated } from "./compiled.ts";

/** Columns of a block of sums of doubles. */
export const DOUBLES = 8;

/** Columns of a block of sums of integers of 16 bits. */
export const INTEGERS = 16;

/** Kernels of up to so many columns have code of their own, without a loop over them. */
const UNROLLED_COLUMNS = 12;

/** Kernels of up to so many elements have code without any loop. */
const UNROLLED = 49;

/** Code for kernels of so many rows and columns. */
export function correlateDoubles(kernelRows: number, kernelColumns: number): CorrelateRows {
  const [height, width] = unrolled(kernelRows, kernelColumns);
  return instantiated<{ run: CorrelateRows }>(`correlate doubles ${height} ${width}`, () => {
    return correlateRowsModule(new Doubles(height, width));
  }).run;
}

/**
 * Code for kernels of so many rows and columns, an even number, of integers of 16 bits, with sums of 32 bits: exact as
 * long as those hold them. The results are doubles.
 */
export function correlateIntegers(kernelRows: number, kernelColumns: number): CorrelateRows {
  const [height, width] = unrolled(kernelRows, kernelColumns);
  return instantiated<{ run: CorrelateRows }>(`correlate integers ${height} ${width}`, () => {
    return correlateRowsModule(new Integers(height, width));
  }).run;
}

function unrolled(rows: number, columns: number): [height: number | undefined, width: number | undefined] {
  if (columns > UNROLLED_COLUMNS) return [undefined, undefined];
  return [rows * columns <= UNROLLED ? rows : undefined, columns];
}

/** Calls `tap` for each step of a row of products: unrolled if their number is known, else in a loop. */
function emitSteps(
  f: FunctionBuilder,
  known: number | undefined,
  step: number,
  bytes: number,
  image: Value<"i32">,
  count: Value<"i32">,
  rows: readonly TapRow[],
  tap: (image: Value<"i32">, rows: readonly TapRow[], offset: number) => void,
): void {
  if (known !== undefined) {
    for (let l = 0; l < known; l += step) tap(image, rows, l * bytes);
    return;
  }
  f.scope(() => {
    const at = f.let(image);
    const moved = rows.map(({ sums, weights }) => ({ sums, weights: f.let(weights) }));
    const loop = (from: Value<"i32">, to: Value<"i32">, times: number) => {
      f.forLoop({ from, to, step: times * step }, () => {
        for (let l = 0; l < times; l++) tap(at, moved, l * step * bytes);
        for (const pointer of [at, ...moved.map(({ weights }) => weights)]) {
          f.set(pointer, i32.add(pointer, times * step * bytes));
        }
      });
    };
    const most = f.let(i32.and(count, -4 * step));
    loop(i32.const(0), most, 4);
    loop(most, count, 1);
  });
}

class Doubles implements Taps {
  readonly columns = DOUBLES;
  readonly bytes = 8;
  readonly step = 1;
  readonly vectors = 4;

  constructor(readonly height: number | undefined, readonly width: number | undefined) {}

  emit(f: FunctionBuilder, image: Value<"i32">, count: Value<"i32">, rows: readonly TapRow[]): void {
    emitSteps(f, this.width, this.step, this.bytes, image, count, rows, (at, moved, offset) => {
      f.scope(() => {
        const factors = moved.map(({ weights }) => f.let(v128.load64_splat(weights, offset)));
        for (let i = 0; i < this.vectors; i++) {
          const x = f.let(v128.load(at, offset + 16 * i, 8));
          moved.forEach(({ sums }, row) => f.set(sums[i], f64x2.add(sums[i], f64x2.mul(x, factors[row]))));
        }
      });
    });
  }

  doubles(_f: FunctionBuilder, sums: readonly Local<"v128">[]): Value<"v128">[] {
    return [...sums];
  }
}

/** Two products at a time: even vectors hold the sums of even columns, eight columns a pair, odd ones those of odd columns. */
class Integers implements Taps {
  readonly columns = INTEGERS;
  readonly bytes = 2;
  readonly step = 2;
  readonly vectors = 4;

  constructor(readonly height: number | undefined, readonly width: number | undefined) {}

  emit(f: FunctionBuilder, image: Value<"i32">, count: Value<"i32">, rows: readonly TapRow[]): void {
    emitSteps(f, this.width, this.step, this.bytes, image, count, rows, (at, moved, offset) => {
      f.scope(() => {
        const factors = moved.map(({ weights }) => f.let(v128.load32_splat(weights, offset)));
        for (let i = 0; i < this.vectors; i++) {
          const x = f.let(v128.load(at, offset + 16 * (i >> 1) + 2 * (i & 1), 2));
          moved.forEach(({ sums }, row) =>
            f.set(sums[i], i32x4.add(sums[i], i32x4.dot_i16x8_s(x, factors[row])))
          );
        }
      });
    });
  }

  doubles(f: FunctionBuilder, sums: readonly Local<"v128">[]): Value<"v128">[] {
    return [0, 2].flatMap((i) =>
      [[0, 4, 1, 5], [2, 6, 3, 7]].flatMap((order) => {
        const four = f.let(i32x4.shuffle(sums[i], sums[i + 1], order));
        return [four, i32x4.shuffle(four, four, [2, 3, 2, 3])].map((two) => f64x2.convert_low_i32x4_s(two));
      })
    );
  }
}
