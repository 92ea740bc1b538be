/**
 * Assembles functions and runs them on a small memory.
 *
 * @module
 */

import { Module } from "../../../kernels/wasm/assembler.ts";

/** What a test calls. */
export type Callable = (...values: (number | bigint)[]) => number | bigint | undefined;

/** An instance with its memory. */
export interface Running {
  /** The exported functions. */
  readonly exports: Record<string, Callable>;
  /** All of the memory. */
  readonly bytes: Uint8Array;
}

/** Lets `fill` define functions in a module, and runs it on a memory of its own of `pages` pages. */
export function running(
  fill: (m: Module) => void,
  imports: Record<string, Callable> = {},
  pages = 1,
): Running {
  const m = new Module({ shared: false });
  fill(m);
  const memory = new WebAssembly.Memory({ initial: pages });
  const instance = new WebAssembly.Instance(m.compile(), { env: { memory, ...imports } });
  return { exports: instance.exports as Record<string, Callable>, bytes: new Uint8Array(memory.buffer) };
}
