/**
 * One element in shared memory that is read, written and changed in single steps, whatever its type.
 *
 * Integers are changed by the machine's own instructions; floats by comparing and swapping their bits until
 * no other thread came in between. Complex numbers take two slots, so they have no single step.
 *
 * @module
 */

import { checkReal, readElement, writeElement } from "./_elements.ts";
import type { Block } from "./block.ts";
import { type DType, isComplex, isInteger, lanes, type TypedArrayOf } from "./dtype.ts";

/** A real number as its type stores it. */
export type Real = number | bigint;

/** An element, and the single steps on it; those that change it return the value of before. */
export interface Cell {
  /** Reads it. */
  load(): unknown;
  /** Writes it. */
  store(value: unknown): void;
  /** Adds to it. */
  add(n: unknown): Real;
  /** Subtracts from it. */
  sub(n: unknown): Real;
  /** Replaces it. */
  exchange(value: unknown): Real;
  /** Replaces it if it is `expected`. */
  compareExchange(expected: unknown, value: unknown): Real;
}

/** The element of type `dtype` at the beginning of a block. */
export function cellIn(block: Block, dtype: DType): Cell {
  if (isComplex(dtype)) return new ComplexCell(block.view(dtype, 0, lanes(dtype)), dtype);
  if (isInteger(dtype)) return new IntegerCell(block.view(dtype, 0, 1) as Int32Array, dtype);
  return dtype === "float32" ? new Float32Cell(block) : new Float64Cell(block);
}

class IntegerCell implements Cell {
  // Int32Array stands for all integer arrays: the calls are the same, with bigints for those of 64 bits.
  constructor(readonly view: Int32Array, readonly dtype: DType) {}

  #check(value: unknown): number {
    return checkReal(value, this.dtype) as number;
  }

  load(): Real {
    return Atomics.load(this.view, 0);
  }

  store(value: unknown): void {
    Atomics.store(this.view, 0, this.#check(value));
  }

  add(n: unknown): Real {
    return Atomics.add(this.view, 0, this.#check(n));
  }

  sub(n: unknown): Real {
    return Atomics.sub(this.view, 0, this.#check(n));
  }

  exchange(value: unknown): Real {
    return Atomics.exchange(this.view, 0, this.#check(value));
  }

  compareExchange(expected: unknown, value: unknown): Real {
    return Atomics.compareExchange(this.view, 0, this.#check(expected), this.#check(value));
  }
}

/** What both widths of floats have in common: their bits are an integer that can be compared and swapped. */
abstract class FloatCell<B extends Real> implements Cell {
  /** The bits in shared memory; `Int32Array` stands for both widths. */
  protected abstract readonly bits: Int32Array;
  /** Bits as a number. */
  protected abstract decode(bits: B): number;
  /** A number as bits, rounded to what the type holds. */
  protected abstract encode(value: number): B;

  constructor(readonly dtype: DType) {}

  #check(value: unknown): number {
    return checkReal(value, this.dtype) as number;
  }

  #load(): B {
    return Atomics.load(this.bits, 0) as B;
  }

  #swap(before: B, after: B): boolean {
    return Atomics.compareExchange(this.bits, 0, before as number, after as number) === before;
  }

  load(): number {
    return this.decode(this.#load());
  }

  store(value: unknown): void {
    Atomics.store(this.bits, 0, this.encode(this.#check(value)) as number);
  }

  add(n: unknown): number {
    const number = this.#check(n);
    for (;;) {
      const before = this.#load(), value = this.decode(before);
      if (this.#swap(before, this.encode(value + number))) return value;
    }
  }

  sub(n: unknown): number {
    return this.add(-this.#check(n));
  }

  exchange(value: unknown): number {
    return this.decode(Atomics.exchange(this.bits, 0, this.encode(this.#check(value)) as number) as B);
  }

  compareExchange(expected: unknown, value: unknown): number {
    // Many bits are NaN, and two are zero: the value is compared, its bits are swapped.
    const wanted = this.decode(this.encode(this.#check(expected))), after = this.encode(this.#check(value));
    for (;;) {
      const before = this.#load(), found = this.decode(before);
      if (found !== wanted && !(Number.isNaN(found) && Number.isNaN(wanted))) return found;
      if (this.#swap(before, after)) return found;
    }
  }
}

const floats32 = new Float32Array(1), bits32 = new Int32Array(floats32.buffer);
const floats64 = new Float64Array(1), bits64 = new BigInt64Array(floats64.buffer);

class Float32Cell extends FloatCell<number> {
  protected override readonly bits: Int32Array;

  constructor(block: Block) {
    super("float32");
    this.bits = block.view("int32", 0, 1);
  }

  protected override decode(bits: number): number {
    bits32[0] = bits;
    return floats32[0];
  }

  protected override encode(value: number): number {
    floats32[0] = value;
    return bits32[0];
  }
}

class Float64Cell extends FloatCell<bigint> {
  protected override readonly bits: Int32Array;

  constructor(block: Block) {
    super("float64");
    this.bits = block.view("int64", 0, 1) as unknown as Int32Array;
  }

  protected override decode(bits: bigint): number {
    bits64[0] = bits;
    return floats64[0];
  }

  protected override encode(value: number): bigint {
    floats64[0] = value;
    return bits64[0];
  }
}

class ComplexCell implements Cell {
  constructor(readonly view: TypedArrayOf<DType>, readonly dtype: DType) {}

  #refuse(verb: string): never {
    throw new TypeError(
      `Cannot ${verb} a ${this.dtype} value in one step: it has two parts; hold the lock around value`,
    );
  }

  load(): unknown {
    return readElement(this.view, this.dtype, 0);
  }

  store(value: unknown): void {
    writeElement(this.view, this.dtype, 0, value as never);
  }

  add(): never {
    this.#refuse("add to");
  }

  sub(): never {
    this.#refuse("subtract from");
  }

  exchange(): never {
    this.#refuse("exchange");
  }

  compareExchange(): never {
    this.#refuse("compare and exchange");
  }
}
