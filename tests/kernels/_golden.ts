/**
 * The golden data: what NumPy 1.24.2 and SciPy 1.10.1 gave for the same input; determinants also as exact
 * rational arithmetic gives them.
 *
 * @module
 */

import { NDArray } from "@multicore/multicore/shared";

/** An array as the files hold it: base64 of its elements in row-major order. */
export interface GoldenArray {
  readonly shape: readonly number[];
  readonly dtype: "f64" | "i32" | "c128";
  readonly b64: string;
}

/** An array of which some elements are kept, with its norm. */
export interface GoldenSample {
  readonly shape: readonly number[];
  readonly index: readonly number[];
  readonly values: string;
  readonly norm: number;
}

/** Reads a file of golden data. */
// deno-lint-ignore no-explicit-any -- each file has a form of its own
export function golden(name: string): any {
  return JSON.parse(Deno.readTextFileSync(new URL(`../_fixtures/${name}.json`, import.meta.url)));
}

function bytes(b64: string): ArrayBuffer {
  return Uint8Array.from(atob(b64), (char) => char.charCodeAt(0)).buffer;
}

/** The doubles in a base64 text. */
export function doubles(b64: string): Float64Array {
  return new Float64Array(bytes(b64));
}

/** An array of the golden data. */
export function decode({ shape, dtype, b64 }: GoldenArray): NDArray {
  if (dtype === "i32") return NDArray.over(new Int32Array(bytes(b64)), shape);
  return NDArray.over(doubles(b64), shape, dtype === "c128" ? "complex128" : "float64");
}
