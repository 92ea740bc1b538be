/**
 * Code for determinants of small matrices: two at a time, one in each lane, by LU decomposition with partial
 * pivoting that has no branch.
 *
 * Each lane does what the plain kernel does, operation by operation, so the bits are the same: the first row with
 * the largest element becomes the pivot's row, and rows are multiplied by the inverse of the pivot.
 *
 * A determinant is 0 where a pivot is. It is NaN where the plain kernel must be asked: where a pivot, or a product of
 * some, is so small that the product may have lost digits.
 *
 * The loops over the columns are written out, those over the rows are not, nor is the exchange of rows from order 12
 * on: code runs fast as long as the processor can keep it decoded.
 *
 * @module
 */

import {
  call,
  f64x2,
  type FunctionBuilder,
  type FunctionHandle,
  i32,
  i32x4,
  i64x2,
  type Local,
  Module,
  select,
  v128,
  type Value,
} from "./assembler.ts";
import { addStaging } from "./determinant_staging.ts";

type Builder = FunctionBuilder<"void">;

/** The greatest order that goes in pairs. */
export const LARGEST_IN_PAIRS = 24;

/** The greatest order for which every step has code of its own for the exchange of rows. */
const LARGEST_WITH_OWN_EXCHANGES = 11;

/** Up to this order pivots tell whether a product may have lost digits, above it the products themselves do. */
const LARGEST_WITH_SAFE_PIVOTS = 12;
const SMALLEST_SAFE_PIVOT = 2 ** -80;
const SMALLEST_NORMAL = 2 ** -1022;
/** Pivots from the inverse of this up to this need no boost before they are inverted. */
const LARGEST_PLAIN_PIVOT = 2 ** 1000;

/** What a module for one order exports. */
export interface PairDeterminants {
  /**
   * Writes `count` determinants to `results`, which has room for an even number. Strides are in bytes; `block`
   * matrices, an even number, are staged at a time in `work`, which has room for `workBytes`.
   */
  determinants(
    source: number,
    rowStep: number,
    columnStep: number,
    matrixStep: number,
    count: number,
    block: number,
    work: number,
    results: number,
  ): void;
}

/** Bytes from one pair of matrices of order `n` to the next: an odd number of cache lines. */
function pitchOf(n: number): number {
  return Math.ceil(n * n * 16 / 128) * 128 + 64;
}

/** Bytes that `block` matrices of order `n` need as pairs. */
export function workBytes(n: number, block: number): number {
  return pitchOf(n) * Math.ceil(block / 2);
}

/** The module for matrices of order `n`. */
export function pairDeterminants(n: number): Module {
  const m = new Module(), pitch = pitchOf(n);
  const stage = addStaging(m, n, pitch);
  const exchange = n > LARGEST_WITH_OWN_EXCHANGES ? addExchange(m) : undefined;
  const decompose = m.function("decompose", ["i32", "i32", "i32"], "void", (f, work, count, results) => {
    const pair = new Pair(f, work, n, exchange);
    f.forLoop({ to: count, step: 2 }, () => {
      f.emit(v128.store(results, pair.determinant(), 0, 8));
      f.set(work, i32.add(work, pitch));
      f.set(results, i32.add(results, 16));
    });
  });
  const parameters = ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;
  m.exportFunction(
    "determinants",
    parameters,
    "void",
    (f, source, row, column, matrix, count, block, work, results) => {
      f.while(i32.gt_s(count, 0), () => {
        const some = f.let(select(block, count, i32.lt_s(block, count)));
        f.emit(call(stage, source, row, column, matrix, some, work), call(decompose, work, some, results));
        f.set(source, i32.add(source, i32.mul(some, matrix)));
        f.set(results, i32.add(results, i32.shl(some, 3)));
        f.set(count, i32.sub(count, some));
      });
    },
  );
  return m;
}

const SIGN = i64x2.const(-1n << 63n);

/** The code for one pair of matrices, at the address in a local. */
class Pair {
  readonly #f: Builder;
  readonly #at: Local<"i32">;
  readonly #n: number;
  readonly #rowBytes: number;
  readonly #exchanging: Exchange | undefined;
  /** The product of the pivots so far, with the sign of the exchanges. */
  readonly #det: Local<"v128">;
  /** The smallest pivot, by its size. */
  readonly #smallest: Local<"v128">;
  /** The largest pivot, and the smallest product, by size; above `LARGEST_WITH_SAFE_PIVOTS` only. */
  readonly #largest: Local<"v128">;
  readonly #least: Local<"v128">;
  /** The largest element of the column to come, by its size, and its row as an offset in bytes. */
  readonly #max: Local<"v128">;
  readonly #found: Local<"v128">;
  /** The offset of the row that the loop is at. */
  readonly #here: Local<"v128">;

  constructor(f: Builder, at: Local<"i32">, n: number, exchange?: Exchange) {
    this.#f = f;
    this.#at = at;
    this.#n = n;
    this.#exchanging = exchange;
    this.#rowBytes = n * 16;
    [this.#det, this.#smallest, this.#largest, this.#least] = f.locals("v128", 4);
    [this.#max, this.#found, this.#here] = f.locals("v128", 3);
  }

  /** Places the code; gives the determinants. */
  determinant(): Value<"v128"> {
    const f = this.#f, n = this.#n, end = i32.add(this.#at, n * this.#rowBytes);
    for (const local of [this.#det, this.#smallest, this.#largest, this.#least]) f.set(local, f64x2.const(1));
    if (n === 1) return v128.load(this.#at);
    this.#begin(0);
    f.forLoop({ from: this.#at, to: end, step: this.#rowBytes, unsigned: true }, (row) => {
      this.#consider(v128.load(row));
    });
    for (let k = 0; k < n - 1; k++) f.scope(() => this.#step(k));
    const decided = v128.or(this.#det, this.#isDoubtful());
    return v128.andnot(decided, f64x2.eq(this.#smallest, f64x2.const(0)));
  }

  #isDoubtful(): Value<"v128"> {
    if (this.#n <= LARGEST_WITH_SAFE_PIVOTS) {
      return f64x2.lt(this.#smallest, f64x2.const(SMALLEST_SAFE_PIVOT));
    }
    const isExtreme = v128.or(
      f64x2.lt(this.#smallest, f64x2.const(1 / LARGEST_PLAIN_PIVOT)),
      f64x2.gt(this.#largest, f64x2.const(LARGEST_PLAIN_PIVOT)),
    );
    return v128.or(isExtreme, f64x2.lt(this.#least, f64x2.const(SMALLEST_NORMAL)));
  }

  /** Begins the search for a pivot at row `k`. */
  #begin(k: number): void {
    this.#f.set(this.#max, f64x2.const(-1));
    this.#f.set(this.#found, i64x2.const(0n));
    this.#f.set(this.#here, i64x2.const(BigInt(k * this.#rowBytes)));
  }

  /** Takes an element of the column into account, and goes to the next row. The first of the largest is found. */
  #consider(element: ReturnType<typeof v128.load>): void {
    const f = this.#f, size = f.let(f64x2.abs(element));
    // Offsets grow from row to row, so the largest is the one that was written last.
    f.set(this.#found, i32x4.max_s(this.#found, v128.and(f64x2.gt(size, this.#max), this.#here)));
    f.set(this.#max, f64x2.pmax(this.#max, size));
    f.set(this.#here, i64x2.add(this.#here, i64x2.const(BigInt(this.#rowBytes))));
  }

  /** Eliminates column `k`. */
  #step(k: number): void {
    const f = this.#f, n = this.#n, top = k * this.#rowBytes, found = this.#found;
    const pivots = this.#exchange(k);
    // Below a pivot of 0 are zeros: without an inverse they stay zeros.
    const isZero = f64x2.eq(pivots[k], f64x2.const(0));
    const inverse = f.let(v128.andnot(f64x2.div(f64x2.const(1), pivots[k]), isZero));
    const exchanged = v128.andnot(SIGN, i64x2.eq(found, i64x2.const(BigInt(top))));
    f.set(this.#det, v128.xor(f64x2.mul(this.#det, pivots[k]), exchanged));
    this.#watch();
    this.#begin(k + 1);
    const eliminate = (row: Local<"i32">) => {
      const factor = f.let(f64x2.mul(v128.load(row, 16 * k), inverse));
      for (let j = k + 1; j < n; j++) {
        const value = f64x2.sub(v128.load(row, 16 * j), f64x2.mul(factor, pivots[j]));
        if (k === n - 2) this.#finish(f.let(value));
        else if (j > k + 1) f.emit(v128.store(row, value, 16 * j));
        else {
          const next = f.let(value);
          f.emit(v128.store(row, next, 16 * j));
          this.#consider(next);
        }
      }
    };
    const from = i32.add(this.#at, top + this.#rowBytes), to = i32.add(this.#at, n * this.#rowBytes);
    if (k === n - 2) eliminate(f.let(from));
    else f.forLoop({ from, to, step: this.#rowBytes, unsigned: true }, eliminate);
  }

  /** Gives the pivots' rows from column `k` on, and puts row `k` where they were. */
  #exchange(k: number): Local<"v128">[] {
    const f = this.#f, n = this.#n, column = 16 * k, top = k * this.#rowBytes;
    const first = f.let(i32.add(this.#at, i32x4.extract_lane(this.#found, 0)));
    const second = f.let(i32.add(this.#at, i32x4.extract_lane(this.#found, 2)));
    const columns = Array.from({ length: n - k }, (_, i) => 16 * (k + i)), pivots: Local<"v128">[] = [];
    if (this.#exchanging) {
      const place = [first, second].map((row) => i32.add(row, column));
      f.emit(call(this.#exchanging, place[0], place[1], i32.add(this.#at, top + column), n - k));
      for (const at of columns) pivots[at / 16] = f.let(v128.load(this.#at, top + at));
    } else {
      for (const at of columns) {
        const pivot = pivots[at / 16] = f.local("v128");
        f.scope(() => f.set(pivot, exchangeColumn(f, first, second, v128.load(this.#at, top + at), at)));
      }
    }
    return pivots;
  }

  /** Takes the last pivot. */
  #finish(pivot: Local<"v128">): void {
    const f = this.#f;
    f.set(this.#det, f64x2.mul(this.#det, pivot));
    f.set(this.#max, f64x2.abs(pivot));
    this.#watch();
  }

  /** Remembers whether the pivot, or the product with it, may cost digits. */
  #watch(): void {
    const f = this.#f;
    f.set(this.#smallest, f64x2.pmin(this.#smallest, this.#max));
    if (this.#n <= LARGEST_WITH_SAFE_PIVOTS) return;
    f.set(this.#largest, f64x2.pmax(this.#largest, this.#max));
    f.set(this.#least, f64x2.pmin(this.#least, f64x2.abs(this.#det)));
  }
}

/** Exchanges rows: where the pivots are, one for each lane, the top row, and the number of columns. */
type Exchange = FunctionHandle<readonly ["i32", "i32", "i32", "i32"], "void">;

function addExchange(m: Module): Exchange {
  const parameters = ["i32", "i32", "i32", "i32"] as const;
  return m.function("exchange", parameters, "void", (f, first, second, top, count) => {
    const columns = (together: number) => {
      for (let at = 0; at < 16 * together; at += 16) {
        f.scope(() => f.emit(v128.store(top, exchangeColumn(f, first, second, v128.load(top, at), at), at)));
      }
      for (const address of [first, second, top]) f.set(address, i32.add(address, 16 * together));
    };
    f.if(i32.and(count, 1), () => columns(1));
    f.forLoop({ from: 1, to: count, step: 2 }, () => columns(2));
  });
}

/**
 * Puts a column of the top row where the pivots are, and gives the pivots'. Vectors are stored as a whole: the
 * processor would have to wait for one that it stored in two halves when it is loaded.
 */
function exchangeColumn(
  f: Builder,
  first: Local<"i32">,
  second: Local<"i32">,
  top: Value<"v128">,
  at: number,
): Value<"v128"> {
  const displaced = f.let(top), one = f.let(v128.load(first, at));
  f.emit(v128.store(first, f64x2.shuffle(displaced, one, [0, 3]), at));
  const other = f.let(v128.load(second, at));
  f.emit(v128.store(second, f64x2.shuffle(other, displaced, [0, 3]), at));
  return f64x2.shuffle(one, other, [0, 3]);
}
