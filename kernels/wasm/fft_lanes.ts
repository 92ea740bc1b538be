/**
 * Complex numbers in registers, as generated transforms compute with them: each lane belongs to another line, so
 * no lane's result depends on its neighbours.
 *
 * Zero is known when code is written: a missing operand costs no instruction.
 *
 * @module
 */

import {
  f32x4,
  f64x2,
  type FunctionBuilder,
  i32,
  type Local,
  type Operand,
  v128,
  type Value,
} from "./assembler.ts";

/** A register, or a recipe for one. */
export type Vector = Value<"v128">;
/** An address, or a number of bytes. */
export type Address = Operand<"i32">;
/** Zero is `undefined`. */
export type Part = Vector | undefined;

/** A complex number in every lane. */
export interface Complex {
  /** Real parts. */
  readonly re: Part;
  /** Imaginary parts. */
  readonly im: Part;
}

/** The complex number 0. */
export const ZERO: Complex = { re: undefined, im: undefined };

/** Double precision takes two lanes of a register, single precision four. */
export type Precision = "double" | "single";

/** Lanes of a register. */
export function laneCount(precision: Precision): 2 | 4 {
  return precision === "double" ? 2 : 4;
}

/** Bytes of a real number. */
export function realBytes(precision: Precision): 8 | 4 {
  return precision === "double" ? 8 : 4;
}

/** Bytes of a complex number in all lanes, as the buffers between passes hold it: real parts, imaginary parts. */
export const ELEMENT = 32;

/** Writes arithmetic into one function. */
export class Lanes {
  readonly #constants = new Map<number, Local<"v128">>();
  readonly #shape: typeof f64x2 | typeof f32x4;

  /**
   * @param f The function.
   * @param precision Of all numbers.
   * @param constants Numbers that `times` will be asked for; they are put into locals here, once.
   */
  constructor(readonly f: FunctionBuilder, readonly precision: Precision, constants: Iterable<number> = []) {
    this.#shape = precision === "double" ? f64x2 : f32x4;
    for (const x of constants) {
      if (!this.#constants.has(x)) this.#constants.set(x, f.let(this.#shape.const(x)));
    }
  }

  /** How many there are. */
  get count(): number {
    return laneCount(this.precision);
  }

  /** `a + b`. */
  add(a: Part, b: Part): Part {
    return a && b ? this.f.let(this.#shape.add(a, b)) : a ?? b;
  }

  /** `a - b`. */
  sub(a: Part, b: Part): Part {
    return a && b ? this.f.let(this.#shape.sub(a, b)) : b ? this.neg(b) : a;
  }

  /** `-a`. */
  neg(a: Part): Part {
    return a && this.f.let(this.#shape.neg(a));
  }

  /** `a · b`. */
  mul(a: Part, b: Vector): Part {
    return a && this.f.let(this.#shape.mul(a, b));
  }

  /** `a · x`, where `x` is one of the constants. */
  times(a: Part, x: number): Part {
    return this.mul(a, this.#constants.get(x)!);
  }

  /** `a + b`. */
  cadd(a: Complex, b: Complex): Complex {
    return { re: this.add(a.re, b.re), im: this.add(a.im, b.im) };
  }

  /** `a - b`. */
  csub(a: Complex, b: Complex): Complex {
    return { re: this.sub(a.re, b.re), im: this.sub(a.im, b.im) };
  }

  /** `a · x`, where `x` is one of the constants. */
  ctimes(a: Complex, x: number): Complex {
    return { re: this.times(a.re, x), im: this.times(a.im, x) };
  }

  /** `a · b` of real `b`. */
  cscale(a: Complex, b: Vector): Complex {
    return { re: this.mul(a.re, b), im: this.mul(a.im, b) };
  }

  /** `a - i b`. */
  turned(a: Complex, b: Complex): Complex {
    return { re: this.add(a.re, b.im), im: this.sub(a.im, b.re) };
  }

  /** `a + i b`. */
  turnedBack(a: Complex, b: Complex): Complex {
    return { re: this.sub(a.re, b.im), im: this.add(a.im, b.re) };
  }

  /** `a · w`. */
  cmul(a: Complex, w: { readonly re: Vector; readonly im: Vector }): Complex {
    return {
      re: this.sub(this.mul(a.re, w.re), this.mul(a.im, w.im)),
      im: this.add(this.mul(a.re, w.im), this.mul(a.im, w.re)),
    };
  }

  /** The complex number of a table, in every lane; tables hold pairs of doubles, or of floats in single precision. */
  root(table: Address, index: number): { readonly re: Vector; readonly im: Vector } {
    const bytes = realBytes(this.precision);
    const splat = this.precision === "double" ? v128.load64_splat : v128.load32_splat;
    return {
      re: this.f.let(splat(table, 2 * index * bytes)),
      im: this.f.let(splat(table, (2 * index + 1) * bytes)),
    };
  }

  /** The real number of a table, in every lane. */
  splat(table: Address, index: number): Vector {
    return this.precision === "double"
      ? v128.load64_splat(table, 8 * index)
      : v128.load32_splat(table, 4 * index);
  }

  /** Part of a complex number, as a register. */
  vector(part: Part): Vector {
    return part ?? this.#shape.const(0);
  }

  /** A complex number of a buffer. */
  load(address: Address, index: number): Complex {
    return {
      re: this.f.let(v128.load(address, index * ELEMENT)),
      im: this.f.let(v128.load(address, index * ELEMENT + 16)),
    };
  }

  /** Puts a complex number into a buffer. */
  store(address: Address, index: number, { re, im }: Complex): void {
    this.f.emit(
      v128.store(address, this.vector(re), index * ELEMENT),
      v128.store(address, this.vector(im), index * ELEMENT + 16),
    );
  }

  /** `address + bytes`. */
  at(address: Address, bytes: Address): Local<"i32"> {
    return this.f.let(i32.add(address, bytes));
  }

  /** Moves a pointer. */
  move(pointer: Local<"i32">, bytes: Address): void {
    this.f.set(pointer, i32.add(pointer, bytes));
  }
}

/** Real and imaginary parts exchanged: what turns the sign of the exponent, on the way in and out. */
export function swapped({ re, im }: Complex): Complex {
  return { re: im, im: re };
}
