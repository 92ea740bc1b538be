/**
 * Code for the LU decomposition of a large matrix, vectors along its rows, eight columns at a time.
 *
 * The matrix lies row-major from a multiple of 64 bytes on, `pitch` bytes from a row to the next; rows and columns are
 * filled up to a multiple of eight, with anything: it changes, but has no influence. One call eliminates a panel of eight columns:
 *
 * ```
 * panel     the eight columns, from the diagonal down: pivots, exchanges of rows, factors
 * top       the eight pivots' rows, right of the panel; a copy is packed in tiles of four columns
 * rest      rows below, in tiles of four by four that take all eight updates while they are in registers
 * ```
 *
 * Every element takes the same operations in the same order as in the plain kernel, so the bits are the same.
 *
 * @module
 */

import {
  call,
  f64,
  f64x2,
  type FunctionBuilder,
  i32,
  i32x4,
  type Local,
  type LoopRange,
  Module,
  select,
  v128,
  type Value,
} from "./assembler.ts";

type Builder = FunctionBuilder<"i32">;

/** Columns of a panel. */
export const PANEL = 8;
const TILE = 4;

/** Matrices that are loaded together where they are interleaved. */
export const INTERLEAVED = 8;

const LEAST_PIVOT = 2 ** -1000, MOST_PIVOT = 2 ** 1000;

/** What the module exports. */
export interface RowElimination {
  /**
   * Copies `count` matrices of order `n` to `work`: the first to its start, the next ones `matrixPitch` bytes on
   * each. What matrices are filled up with is left as it is.
   */
  load(
    source: number,
    rowStep: number,
    columnStep: number,
    matrixStep: number,
    count: number,
    n: number,
    work: number,
    pitch: number,
    matrixPitch: number,
  ): void;
  /**
   * Eliminates the panel that begins at column `column`, a multiple of eight; gives the number of exchanges, or -1
   * where a pivot is too large or too small for the fast way, or -2 where it is 0. `packed` is room for 64 bytes a column.
   */
  eliminate(work: number, n: number, pitch: number, column: number, packed: number): number;
}

/** Bytes from a row to the next of a matrix of order `n`: an odd number of cache lines. */
export function rowPitch(n: number): number {
  return (Math.ceil(n / PANEL) | 1) * 64;
}

/** Bytes of a matrix of order `n`, filled up. */
export function matrixBytes(n: number): number {
  return Math.ceil(n / PANEL) * PANEL * rowPitch(n);
}

/** Bytes of the packed rows for matrices of order `n`. */
export function packedBytes(n: number): number {
  return Math.ceil(n / PANEL) * PANEL * 64;
}

/** The module, for matrices of any order. */
export function rowElimination(): Module {
  const m = new Module();
  addLoad(m);
  m.exportFunction("eliminate", ["i32", "i32", "i32", "i32", "i32"], "i32", (
    f,
    work,
    n,
    pitch,
    column,
    packed,
  ) => {
    const end = f.let(i32.add(work, i32.mul(n, pitch)));
    const top = f.let(i32.add(i32.add(work, i32.mul(column, pitch)), i32.shl(column, 3)));
    // Bytes of a row from the panel on, in whole tiles, and where the matrix ends, seen from the panel's first column.
    const length = f.let(i32.shl(i32.sub(i32.and(i32.add(n, TILE - 1), -TILE), column), 3));
    f.set(end, i32.add(end, i32.shl(column, 3)));
    const exchanges = f.let(i32.const(0));
    const place = { top, end, pitch, length, exchanges };
    eliminatePanel(f, place);
    f.if(i32.gt_s(length, 8 * PANEL), () => {
      solveTop(f, place, packed);
      updateRest(f, place, packed);
    });
    return exchanges;
  });
  return m;
}

function addLoad(m: Module): void {
  const interleaved = addLoadInterleaved(m);
  const parameters = ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;
  m.exportFunction("load", parameters, "void", (
    f,
    source,
    rowStep,
    columnStep,
    matrixStep,
    count,
    n,
    work,
    pitch,
    matrixPitch,
  ) => {
    f.if(i32.and(i32.eq(count, INTERLEAVED), i32.eq(matrixStep, 8)), () => {
      f.emit(call(interleaved, source, rowStep, columnStep, n, work, pitch, matrixPitch));
      f.return();
    });
    f.forLoop({ to: count }, () => {
      const row = f.let(source), target = f.let(work);
      f.forLoop({ to: n }, () => {
        f.if(
          i32.eq(columnStep, 8),
          () => copyRow(f, row, target, n),
          () => gatherRow(f, row, target, n, columnStep),
        );
        f.set(row, i32.add(row, rowStep));
        f.set(target, i32.add(target, pitch));
      });
      f.set(source, i32.add(source, matrixStep));
      f.set(work, i32.add(work, matrixPitch));
    });
  });
}

/** Loads eight matrices that are interleaved: an element of all eight is a cache line, or two. */
function addLoadInterleaved(m: Module) {
  const parameters = ["i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;
  return m.function(
    "loadInterleaved",
    parameters,
    "void",
    (f, source, rowStep, columnStep, n, work, pitch, step) => {
      const matrices = [f.let(work)];
      for (let i = 1; i < INTERLEAVED; i++) matrices.push(f.let(i32.add(matrices[i - 1], step)));
      const row = f.let(i32.const(0));
      f.forLoop({ to: n }, () => {
        const from = f.let(source), at = f.let(row);
        f.forLoop({ to: n }, () => {
          for (let i = 0; i < INTERLEAVED; i += 2) {
            f.scope(() => {
              const two = f.let(v128.load(from, 8 * i, 8));
              f.emit(v128.store64_lane(i32.add(matrices[i], at), two, 0));
              f.emit(v128.store64_lane(i32.add(matrices[i + 1], at), two, 1));
            });
          }
          f.set(from, i32.add(from, columnStep));
          f.set(at, i32.add(at, 8));
        });
        f.set(source, i32.add(source, rowStep));
        f.set(row, i32.add(row, pitch));
      });
    },
  );
}

function copyRow(f: FunctionBuilder<"void">, row: Local<"i32">, target: Local<"i32">, n: Local<"i32">): void {
  const from = f.let(row), to = f.let(target);
  f.forLoop({ to: i32.shr_u(n, 1) }, () => {
    f.emit(v128.store(to, v128.load(from, 0, 8)));
    f.set(from, i32.add(from, 16));
    f.set(to, i32.add(to, 16));
  });
  f.if(i32.and(n, 1), () => f.emit(f64.store(to, f64.load(from))));
}

function gatherRow(
  f: FunctionBuilder<"void">,
  row: Local<"i32">,
  target: Local<"i32">,
  n: Local<"i32">,
  columnStep: Local<"i32">,
): void {
  const from = f.let(row), to = f.let(target);
  f.forLoop({ to: n }, () => {
    f.emit(f64.store(to, f64.load(from)));
    f.set(from, i32.add(from, columnStep));
    f.set(to, i32.add(to, 8));
  });
}

/** Where a panel lies; addresses of rows are those of the panel's first column in them. */
interface PanelPlace {
  /** The row of the first pivot. */
  readonly top: Local<"i32">;
  /** Behind the last row. */
  readonly end: Local<"i32">;
  /** Bytes from a row to the next. */
  readonly pitch: Local<"i32">;
  /** Bytes of a row from the panel on. */
  readonly length: Local<"i32">;
  /** Counts the exchanges of rows. */
  readonly exchanges: Local<"i32">;
}

function eliminatePanel(f: Builder, { top, end, pitch, length, exchanges }: PanelPlace): void {
  const pivotRow = f.let(top), search = new Search(f, pitch);
  search.begin(top);
  f.forLoop(
    { from: top, to: end, step: pitch, unsigned: true },
    (row) => search.consider(v128.load64_zero(row)),
  );
  f.block((done) => {
    for (let k = 0; k < PANEL; k++) {
      f.if(search.isOutOfRange(), () => f.return(select(i32.const(-2), -1, search.isZero())));
      f.if(i32.ne(search.row(), pivotRow), () => {
        f.set(exchanges, i32.add(exchanges, 1));
        exchangeRows(f, f.let(search.row()), pivotRow, length);
      });
      const pivots = f.let(pivotRow);
      f.set(pivotRow, i32.add(pivotRow, pitch));
      f.br_if(done, i32.ge_u(pivotRow, end));
      search.begin(pivotRow);
      eliminateColumn(f, k, pivots, { from: pivotRow, to: end, step: pitch, unsigned: true }, search);
    }
  });
}

/**
 * The search for the first row with the largest element of a column: in the first lanes of vectors, without a branch,
 * as nobody could foretell which way it goes.
 */
class Search {
  readonly #f: Builder;
  readonly #max: Local<"v128">;
  readonly #found: Local<"v128">;
  readonly #here: Local<"v128">;
  readonly #pitch: Local<"v128">;

  constructor(f: Builder, pitch: Local<"i32">) {
    this.#f = f;
    [this.#max, this.#found, this.#here] = f.locals("v128", 3);
    this.#pitch = f.let(i32x4.splat(pitch));
  }

  /** Begins at `row`. */
  begin(row: Local<"i32">): void {
    this.#f.set(this.#max, f64x2.const(-1));
    this.#f.set(this.#here, i32x4.splat(row));
    this.#f.set(this.#found, this.#here);
  }

  /** Takes the next row's element into account, the first lane of a vector. */
  consider(element: Value<"v128">): void {
    const f = this.#f, size = f.let(f64x2.abs(element));
    // Addresses grow from row to row, so the largest is the one that was written last.
    f.set(this.#found, i32x4.max_u(this.#found, v128.and(f64x2.gt(size, this.#max), this.#here)));
    f.set(this.#max, f64x2.pmax(this.#max, size));
    f.set(this.#here, i32x4.add(this.#here, this.#pitch));
  }

  /** The row that was found. */
  row(): Value<"i32"> {
    return i32x4.extract_lane(this.#found, 0);
  }

  /** Whether all are zero. */
  isZero(): Value<"i32"> {
    return f64.eq(f64x2.extract_lane(this.#max, 0), 0);
  }

  /** Whether the pivot is one that the plain kernel treats in a special way; so if all are NaN. */
  isOutOfRange(): Value<"i32"> {
    const max = f64x2.extract_lane(this.#max, 0);
    return i32.eqz(i32.and(f64.ge(max, LEAST_PIVOT), f64.le(max, MOST_PIVOT)));
  }
}

/** Eliminates column `k` of the panel from the rows of `range` by the row at `pivots`, and searches the next. */
function eliminateColumn(
  f: Builder,
  k: number,
  pivots: Local<"i32">,
  range: LoopRange,
  search: Search,
): void {
  // A vector that starts at this column holds the next one too: that is taken by itself.
  const hasNeighbour = k % 2 === 0, first = (k >> 1) + 1;
  f.scope(() => {
    const inverse = f.let(f64.div(1, f64.load(pivots, 8 * k)));
    const neighbour = f.let(f64.load(pivots, 8 * k + 8));
    const right = Array.from(
      { length: PANEL / 2 - first },
      (_, i) => f.let(v128.load(pivots, 16 * (first + i))),
    );
    f.forLoop(range, (row) => {
      const factor = f.let(f64.mul(f64.load(row, 8 * k), inverse));
      f.emit(f64.store(row, factor, 8 * k));
      if (hasNeighbour) {
        const next = f.let(f64.sub(f64.load(row, 8 * k + 8), f64.mul(factor, neighbour)));
        f.emit(f64.store(row, next, 8 * k + 8));
        search.consider(f64x2.splat(next));
      }
      const both = f.let(f64x2.splat(factor));
      right.forEach((pivot, i) => {
        const at = 16 * (first + i), value = f.let(f64x2.sub(v128.load(row, at), f64x2.mul(both, pivot)));
        f.emit(v128.store(row, value, at));
        if (i === 0 && !hasNeighbour) search.consider(value);
      });
    });
  });
}

function exchangeRows(f: Builder, first: Local<"i32">, second: Local<"i32">, length: Local<"i32">): void {
  f.forLoop({ to: length, step: 16 }, (at) => {
    const a = f.let(i32.add(first, at)), b = f.let(i32.add(second, at)), value = f.let(v128.load(a));
    f.emit(v128.store(a, v128.load(b)), v128.store(b, value));
  });
}

/** Eliminates the pivots' rows among themselves, right of the panel, and packs a copy of them. */
function solveTop(f: Builder, { top, pitch, length }: PanelPlace, packed: Local<"i32">): void {
  const rows = [f.let(top)];
  for (let k = 1; k < PANEL; k++) rows.push(f.let(i32.add(rows[k - 1], pitch)));
  const tile = f.let(packed);
  f.forLoop({ from: 8 * PANEL, to: length, step: 8 * TILE }, (at) => {
    for (const half of [0, 16]) {
      f.scope(() => {
        const values: Local<"v128">[] = [];
        for (let k = 0; k < PANEL; k++) {
          const place = f.let(i32.add(rows[k], at));
          values[k] = f.let(v128.load(place, half));
          for (let i = 0; i < k; i++) {
            f.set(values[k], f64x2.sub(values[k], f64x2.mul(v128.load64_splat(rows[k], 8 * i), values[i])));
          }
          f.emit(v128.store(place, values[k], half), v128.store(tile, values[k], 8 * TILE * k + half));
        }
      });
    }
    f.set(tile, i32.add(tile, 8 * TILE * PANEL));
  });
}

/** Takes the pivots' rows from those below, right of the panel. */
function updateRest(f: Builder, { top, end, pitch, length }: PanelPlace, packed: Local<"i32">): void {
  const step = f.let(i32.mul(pitch, TILE));
  // The last tile may reach into the rows that the matrix was filled up with.
  f.forLoop({ from: i32.add(top, i32.mul(pitch, PANEL)), to: end, step, unsigned: true }, (row) => {
    const rows = [f.let(row)];
    for (let r = 1; r < TILE; r++) rows.push(f.let(i32.add(rows[r - 1], pitch)));
    const tile = f.let(packed);
    f.forLoop({ from: 8 * PANEL, to: length, step: 8 * TILE }, (at) => {
      const sums = rows.map((row) => {
        const place = i32.add(row, at);
        return [f.let(v128.load(place)), f.let(v128.load(place, 16))];
      });
      for (let k = 0; k < PANEL; k++) {
        f.scope(() => {
          const tops = [f.let(v128.load(tile, 8 * TILE * k)), f.let(v128.load(tile, 8 * TILE * k + 16))];
          rows.forEach((row, r) => {
            const factor = f.let(v128.load64_splat(row, 8 * k));
            sums[r].forEach((sum, i) => f.set(sum, f64x2.sub(sum, f64x2.mul(factor, tops[i]))));
          });
        });
      }
      rows.forEach((row, r) => {
        const place = i32.add(row, at);
        f.emit(v128.store(place, sums[r][0]), v128.store(place, sums[r][1], 16));
      });
      f.set(tile, i32.add(tile, 8 * TILE * PANEL));
    });
  });
}
