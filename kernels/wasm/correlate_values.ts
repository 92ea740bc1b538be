/**
 * Generated code that looks at the operands of a correlation, and moves them to where it is computed.
 *
 * @module
 */

import { f64, f64x2, i16x8, i32, i32x4, type Local, Module, v128, type Value } from "./assembler.ts";
import { instantiated } from "./compiled.ts";

/** Bytes of a cache line. */
export const CACHE_LINE = 64;

/** What the code offers. */
export interface ValuesCode {
  /**
   * Looks at a matrix of doubles, rows `pitch` bytes apart, and stores three doubles: the sum of the squares, the largest
   * magnitude, and 0 if all are whole numbers.
   */
  survey(source: number, pitch: number, rows: number, columns: number, result: number): void;
  /** Copies rows of doubles. */
  copy(
    source: number,
    pitch: number,
    target: number,
    targetPitch: number,
    rows: number,
    columns: number,
  ): void;
  /** Stores `value` in `count` doubles of each of some rows. */
  fill(target: number, pitch: number, rows: number, count: number, value: number): void;
  /**
   * Reads a byte of each cache line of some memory: lines that are next to be written in another order are in the cache
   * then. The result means nothing.
   */
  touch(address: number, lines: number): number;
  /** Makes integers of 16 bits of `count` doubles, a multiple of 8, of each of some rows. */
  narrow(
    source: number,
    pitch: number,
    target: number,
    targetPitch: number,
    rows: number,
    count: number,
  ): void;
}

let code: ValuesCode | undefined;

/** The code, which every correlation uses. */
export function valuesCode(): ValuesCode {
  return code ??= instantiated<ValuesCode>("correlate values", () => {
    const m = new Module();
    addSurvey(m);
    addCopy(m);
    addFill(m);
    addTouch(m);
    addNarrow(m);
    return m;
  });
}

function addSurvey(m: Module): void {
  m.exportFunction("survey", ["i32", "i32", "i32", "i32", "i32"], "void", (
    f,
    source,
    pitch,
    rows,
    columns,
    result,
  ) => {
    // Several of each, or every addition would wait for the one before it.
    const sums = [0, 1, 2, 3].map(() => f.let(f64x2.const(0))),
      differs = [0, 1].map(() => f.let(f64x2.const(0)));
    const largest = [0, 1].map(() => f.let(f64x2.const(0)));
    const look = (x: Local<"v128">, i: number) => {
      const differ = differs[i % 2], most = largest[i % 2];
      f.set(sums[i], f64x2.add(sums[i], f64x2.mul(x, x)));
      f.set(differ, v128.or(differ, f64x2.ne(x, f64x2.trunc(x))));
      f.set(most, f64x2.pmax(most, f64x2.abs(x)));
    };
    const most = f.let(i32.and(columns, -8));
    f.forLoop({ to: rows }, () => {
      const at = f.let(source);
      f.forLoop({ to: most, step: 8 }, () => {
        sums.forEach((_, i) => f.scope(() => look(f.let(v128.load(at, 16 * i, 8)), i)));
        f.set(at, i32.add(at, 64));
      });
      f.forLoop({ from: most, to: columns }, () => {
        look(f.let(v128.load64_zero(at)), 0);
        f.set(at, i32.add(at, 8));
      });
      f.set(source, i32.add(source, pitch));
    });
    const add = (a: Value<"v128">, b: Value<"v128">) => f64x2.add(a, b), lane = f64x2.extract_lane;
    const sum = f.let(add(add(sums[0], sums[1]), add(sums[2], sums[3])));
    const greatest = f.let(f64x2.pmax(largest[0], largest[1]));
    f.emit(
      f64.store(result, f64.add(lane(sum, 0), lane(sum, 1))),
      f64.store(result, f64.max(lane(greatest, 0), lane(greatest, 1)), 8),
      f64.store(result, f64.convert_i32_u(v128.any_true(v128.or(differs[0], differs[1]))), 16),
    );
  });
}

function addCopy(m: Module): void {
  m.exportFunction("copy", ["i32", "i32", "i32", "i32", "i32", "i32"], "void", (
    f,
    source,
    pitch,
    target,
    targetPitch,
    rows,
    columns,
  ) => {
    const most = f.let(i32.and(columns, -4));
    f.forLoop({ to: rows }, () => {
      const from = f.let(source), to = f.let(target);
      f.forLoop({ to: most, step: 4 }, () => {
        f.emit(v128.store(to, v128.load(from, 0, 8), 0, 8), v128.store(to, v128.load(from, 16, 8), 16, 8));
        f.set(from, i32.add(from, 32));
        f.set(to, i32.add(to, 32));
      });
      f.forLoop({ from: most, to: columns }, () => {
        f.emit(f64.store(to, f64.load(from)));
        f.set(from, i32.add(from, 8));
        f.set(to, i32.add(to, 8));
      });
      f.set(source, i32.add(source, pitch));
      f.set(target, i32.add(target, targetPitch));
    });
  });
}

function addFill(m: Module): void {
  m.exportFunction(
    "fill",
    ["i32", "i32", "i32", "i32", "f64"],
    "void",
    (f, target, pitch, rows, count, value) => {
      f.forLoop({ to: rows }, () => {
        const to = f.let(target);
        f.forLoop({ to: count }, () => {
          f.emit(f64.store(to, value));
          f.set(to, i32.add(to, 8));
        });
        f.set(target, i32.add(target, pitch));
      });
    },
  );
}

function addTouch(m: Module): void {
  m.exportFunction("touch", ["i32", "i32"], "i32", (f, address, lines) => {
    const all = f.let(i32.const(0)); // what nobody needs may not be loaded at all
    f.forLoop({ to: lines }, () => {
      f.set(all, i32.or(all, i32.load8_u(address)));
      f.set(address, i32.add(address, CACHE_LINE));
    });
    return all;
  });
}

function addNarrow(m: Module): void {
  m.exportFunction("narrow", ["i32", "i32", "i32", "i32", "i32", "i32"], "void", (
    f,
    source,
    pitch,
    target,
    targetPitch,
    rows,
    count,
  ) => {
    f.forLoop({ to: rows }, () => {
      const from = f.let(source), to = f.let(target);
      f.forLoop({ to: count, step: 8 }, () => {
        const two = (i: number) => f.let(i32x4.trunc_sat_f64x2_s_zero(v128.load(from, 16 * i, 8)));
        const four = (i: number) => f.let(i32x4.shuffle(two(i), two(i + 1), [0, 1, 4, 5]));
        f.emit(v128.store(to, i16x8.narrow_i32x4_s(four(0), four(2)), 0, 2));
        f.set(from, i32.add(from, 64));
        f.set(to, i32.add(to, 16));
      });
      f.set(source, i32.add(source, pitch));
      f.set(target, i32.add(target, targetPitch));
    });
  });
}
