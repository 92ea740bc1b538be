/**
 * Code that loads matrices in pairs: element `e` of two matrices side by side in the lanes of a vector.
 *
 * Lanes read a matrix each where it lies, by the strides that fit best:
 *
 * ```
 * matrices at the next element    a vector is a load; a block of matrices at a time, as each element's row of
 *                                 them is far from the next one's, and powers of two would collide in the cache
 * columns at the next element     two loads, transposed, are two vectors
 * any other                       each lane by itself
 * ```
 *
 * Of an odd number the last matrix fills both lanes, so nothing beside the matrices is read.
 *
 * @module
 */

import {
  call,
  f64x2,
  type FunctionHandle,
  i32,
  type Module,
  type Operand,
  select,
  v128,
} from "./assembler.ts";

/** Loads `count` matrices to `work`: source, bytes from a row, column, matrix to the next, count, work. */
export type Staging = FunctionHandle<readonly ["i32", "i32", "i32", "i32", "i32", "i32"], "void">;

/** How many vectors a round of the copying loop moves. */
const UNROLLED = 8;

/** Adds the function that stages matrices of order `n`, whose pairs lie `pitch` bytes apart. */
export function addStaging(m: Module, n: number, pitch: number): Staging {
  const across = addAcross(m, n, pitch), along = addAlong(m), anywhere = addAnywhere(m, n);
  const parameters = ["i32", "i32", "i32", "i32", "i32", "i32"] as const;
  return m.function(
    "stage",
    parameters,
    "void",
    (f, source, rowStep, columnStep, matrixStep, count, work) => {
      f.if(i32.eq(matrixStep, 8), () => {
        f.emit(call(across, source, rowStep, columnStep, count, work));
        f.return();
      });
      const isWhole = f.let(i32.eq(rowStep, 8 * n));
      const rows = f.let(select(i32.const(1), n, isWhole)),
        columns = f.let(select(i32.const(n * n), n, isWhole));
      f.forLoop({ to: count, step: 2 }, (i) => {
        const first = f.let(i32.add(source, i32.mul(i, matrixStep)));
        const second = f.let(select(i32.add(first, matrixStep), first, i32.lt_s(i32.add(i, 1), count)));
        f.if(
          i32.eq(columnStep, 8),
          () => f.emit(call(along, first, second, rowStep, rows, columns, work)),
          () => f.emit(call(anywhere, first, second, rowStep, columnStep, work)),
        );
        f.set(work, i32.add(work, pitch));
      });
    },
  );
}

/** Matrices one element apart: source, steps, count, work. */
function addAcross(m: Module, n: number, pitch: number) {
  return m.function("stageAcross", ["i32", "i32", "i32", "i32", "i32"], "void", (
    f,
    source,
    rowStep,
    columnStep,
    count,
    work,
  ) => {
    const pairs = f.let(i32.shr_u(count, 1)), unrolled = f.let(i32.and(pairs, -UNROLLED));
    f.forLoop({ to: n }, () => {
      const element = f.let(source);
      f.forLoop({ to: n }, () => {
        const from = f.let(element), to = f.let(work);
        f.forLoop({ to: unrolled, step: UNROLLED }, () => {
          for (let pair = 0; pair < UNROLLED; pair++) {
            f.emit(v128.store(to, v128.load(from, 16 * pair, 8), pitch * pair));
          }
          f.set(from, i32.add(from, 16 * UNROLLED));
          f.set(to, i32.add(to, pitch * UNROLLED));
        });
        f.forLoop({ from: unrolled, to: pairs }, () => {
          f.emit(v128.store(to, v128.load(from, 0, 8)));
          f.set(from, i32.add(from, 16));
          f.set(to, i32.add(to, pitch));
        });
        f.if(i32.and(count, 1), () => f.emit(v128.store(to, v128.load64_splat(from))));
        f.set(element, i32.add(element, columnStep));
        f.set(work, i32.add(work, 16));
      });
      f.set(source, i32.add(source, rowStep));
    });
  });
}

/** Two matrices with contiguous rows: their addresses, bytes from a row to the next, rows, columns, work. */
function addAlong(m: Module) {
  return m.function("stageAlong", ["i32", "i32", "i32", "i32", "i32", "i32"], "void", (
    f,
    first,
    second,
    rowStep,
    rows,
    columns,
    work,
  ) => {
    f.forLoop({ to: rows }, () => {
      const a = f.let(first), b = f.let(second);
      f.forLoop({ to: i32.and(columns, -2), step: 2 }, () => {
        const x = f.let(v128.load(a, 0, 8)), y = f.let(v128.load(b, 0, 8));
        f.emit(
          v128.store(work, f64x2.shuffle(x, y, [0, 2])),
          v128.store(work, f64x2.shuffle(x, y, [1, 3]), 16),
        );
        for (const [address, by] of [[a, 16], [b, 16], [work, 32]] as const) {
          f.set(address, i32.add(address, by));
        }
      });
      f.if(i32.and(columns, 1), () => {
        f.emit(v128.store(work, bothLanes(a, b)));
        f.set(work, i32.add(work, 16));
      });
      f.set(first, i32.add(first, rowStep));
      f.set(second, i32.add(second, rowStep));
    });
  });
}

/** Two matrices of order `n` with any steps: their addresses, the steps, work. */
function addAnywhere(m: Module, n: number) {
  return m.function("stageAnywhere", ["i32", "i32", "i32", "i32", "i32"], "void", (
    f,
    first,
    second,
    rowStep,
    columnStep,
    work,
  ) => {
    f.forLoop({ to: n }, () => {
      const a = f.let(first), b = f.let(second);
      f.forLoop({ to: n }, () => {
        f.emit(v128.store(work, bothLanes(a, b)));
        for (const [address, by] of [[a, columnStep], [b, columnStep]] as const) {
          f.set(address, i32.add(address, by));
        }
        f.set(work, i32.add(work, 16));
      });
      f.set(first, i32.add(first, rowStep));
      f.set(second, i32.add(second, rowStep));
    });
  });
}

/** The doubles at two addresses, as a vector. */
export function bothLanes(first: Operand<"i32">, second: Operand<"i32">, offset = 0) {
  return v128.load64_lane(second, v128.load64_zero(first, offset), 1, offset);
}
