/**
 * Complex numbers side by side in the lanes of vectors, for generated code: additions and multiplications by
 * constants, in which zeros that are known when the code is generated cost nothing.
 *
 * @module
 */

import { f64x2, type FunctionBuilder, type Local, type Value } from "./assembler.ts";

/** Real or imaginary parts of two numbers; 0 where both are known to be zero. */
export type Part = Value<"v128"> | 0;

/** Two complex numbers. */
export type Complex = readonly [re: Part, im: Part];

/** Emits arithmetic on parts; every result is a local. */
export class Lanes {
  readonly #constants = new Map<number, Local<"v128">>();

  /** Keeps `constants` in locals, which are set here: outside of any loop. */
  constructor(readonly f: FunctionBuilder, constants: Iterable<number> = []) {
    for (const value of constants) {
      if (!this.#constants.has(value)) this.#constants.set(value, f.let(f64x2.const(value)));
    }
  }

  /** A vector of `value`. */
  constant(value: number): Value<"v128"> {
    return this.#constants.get(value) ?? f64x2.const(value);
  }

  /** The value of a part, zeros made explicit. */
  value(a: Part): Value<"v128"> {
    return a === 0 ? f64x2.const(0) : a;
  }

  /** `a + b`. */
  add(a: Part, b: Part): Part {
    if (a === 0 || b === 0) return a === 0 ? b : a;
    return this.f.let(f64x2.add(a, b));
  }

  /** `a - b`. */
  subtract(a: Part, b: Part): Part {
    if (b === 0) return a;
    return this.f.let(a === 0 ? f64x2.neg(b) : f64x2.sub(a, b));
  }

  /** `a * factor`. */
  times(a: Part, factor: number): Part {
    return a === 0 ? 0 : this.f.let(f64x2.mul(a, this.constant(factor)));
  }

  /** `c + a * factor`. */
  addTimes(c: Part, a: Part, factor: number): Part {
    if (a === 0 || c === 0) return a === 0 ? c : this.times(a, factor);
    return this.f.let(f64x2.add(c, f64x2.mul(a, this.constant(factor))));
  }

  /** `c - a * factor`. */
  subtractTimes(c: Part, a: Part, factor: number): Part {
    if (a === 0) return c;
    if (c === 0) return this.f.let(f64x2.neg(f64x2.mul(a, this.constant(factor))));
    return this.f.let(f64x2.sub(c, f64x2.mul(a, this.constant(factor))));
  }

  /** `a + b`. */
  complexAdd(a: Complex, b: Complex): Complex {
    return [this.add(a[0], b[0]), this.add(a[1], b[1])];
  }

  /** `a - b`. */
  complexSubtract(a: Complex, b: Complex): Complex {
    return [this.subtract(a[0], b[0]), this.subtract(a[1], b[1])];
  }

  /** `a - i b`. */
  minusTurned(a: Complex, b: Complex): Complex {
    return [this.add(a[0], b[1]), this.subtract(a[1], b[0])];
  }

  /** `a + i b`. */
  plusTurned(a: Complex, b: Complex): Complex {
    return [this.subtract(a[0], b[1]), this.add(a[1], b[0])];
  }

  /** `a * w`, for a `w` that is no constant. */
  complexTimes([re, im]: Complex, wr: Value<"v128">, wi: Value<"v128">): Complex {
    const { f } = this;
    if (re === 0 && im === 0) return [0, 0];
    if (re === 0) {
      return [
        f.let(f64x2.neg(f64x2.mul(im as Value<"v128">, wi))),
        f.let(f64x2.mul(im as Value<"v128">, wr)),
      ];
    }
    if (im === 0) return [f.let(f64x2.mul(re, wr)), f.let(f64x2.mul(re, wi))];
    return [
      f.let(f64x2.sub(f64x2.mul(re, wr), f64x2.mul(im, wi))),
      f.let(f64x2.add(f64x2.mul(re, wi), f64x2.mul(im, wr))),
    ];
  }
}
