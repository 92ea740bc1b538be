/**
 * Which code the kernels run: WebAssembly SIMD that is generated for the size at hand, or plain TypeScript.
 *
 * @module
 */

import { membership } from "../shared/heap.ts";
import { bequeath, inheritedBy, receive } from "../shared/inheritance.ts";
import { f64x2, Module } from "./wasm/assembler.ts";

/** The code that kernels run. */
export type KernelBackend = "wasm" | "plain";

/** What may be chosen of it. */
export type BackendChoice = "auto" | "plain";

let choice: BackendChoice = "auto";
let found: KernelBackend | undefined;

const INHERITED = "kernels' backend";
bequeath(INHERITED, () => choice);
receive(INHERITED, (value) => choice = value as BackendChoice);

/**
 * Which code the kernels run in this thread: `"wasm"` is WebAssembly SIMD over the shared heap; `"plain"` is
 * TypeScript, where SIMD or the heap is missing, or {@linkcode setKernelBackend} says so.
 *
 * @returns `"wasm"` or `"plain"`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { kernelBackend, setKernelBackend } from "@multicore/multicore/kernels";
 *
 * setKernelBackend("plain");
 * assertEquals(kernelBackend(), "plain");
 * setKernelBackend("auto");
 * ```
 */
export function kernelBackend(): KernelBackend {
  return choice === "plain" ? "plain" : found ??= best();
}

/**
 * Chooses the code that kernels run in this thread, and in the workers of the pools that it makes from now on.
 * The results of determinants are the same, to the last bit.
 *
 * @param backend `"auto"`, as at the start, for WebAssembly SIMD where it is to be had; `"plain"` for TypeScript.
 * @throws {TypeError} If `backend` is neither.
 *
 * @example The same determinant by either
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { det, setKernelBackend } from "@multicore/multicore/kernels";
 *
 * setKernelBackend("plain");
 * const plain = det([[1, 2], [3, 4]]);
 * setKernelBackend("auto");
 * assertEquals(det([[1, 2], [3, 4]]), plain);
 * ```
 */
export function setKernelBackend(backend: "auto" | "plain"): void {
  if (backend !== "auto" && backend !== "plain") {
    throw new TypeError(`Cannot use ${String(backend)} as the kernels' backend: give "auto" or "plain"`);
  }
  choice = backend;
}

/** What was chosen for a pool: by its maker, before. */
export function backendOf(pool: object): BackendChoice {
  return inheritedBy(pool, INHERITED) as BackendChoice | undefined ?? "auto";
}

/** Runs `body` as if this thread had chosen that backend. */
export function withBackend<R>(backend: BackendChoice, body: () => R): R {
  const before = choice;
  choice = backend;
  try {
    return body();
  } finally {
    choice = before;
  }
}

/** WebAssembly, if a module with SIMD can be instantiated over the heap. */
function best(): KernelBackend {
  try {
    const m = new Module();
    m.exportFunction(
      "probe",
      [],
      "f64",
      () => f64x2.extract_lane(f64x2.pmax(f64x2.const(1), f64x2.const(2)), 0),
    );
    const { exports } = new WebAssembly.Instance(m.compile(), { env: { memory: membership().memory } });
    return (exports.probe as () => number)() === 2 ? "wasm" : "plain";
  } catch {
    return "plain"; // no SIMD, no WebAssembly at all, or no room for the heap
  }
}
