/**
 * What the tests of inheritance have workers tell.
 *
 * @module
 */

import { kernelBackend, setKernelBackend } from "@multicore/multicore/kernels";
import { Pool } from "@multicore/multicore/pool";
import { compiledModules } from "../../kernels/wasm/compiled.ts";

/** What the kernels of this thread run. */
export function backendHere(): string {
  return kernelBackend();
}

/** Chooses for this thread. */
export function choose(backend: "auto" | "plain"): void {
  setKernelBackend(backend);
}

/** What kernels run in a pool that this thread makes. */
export async function backendBelow(): Promise<string> {
  await using pool = new Pool(1);
  return await pool.apply(backendHere);
}

/** What code this thread has. */
export function codeHere(): string[] {
  return [...compiledModules().keys()];
}
