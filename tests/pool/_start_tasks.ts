/**
 * A function that a worker has to import before it can run what uses it.
 *
 * @module
 */

import type { RawArray } from "@multicore/multicore/shared";

/** Counts an index. */
export function count(seen: RawArray<"int32">, i: number): void {
  Atomics.add(seen.view, i, 1);
}
