/**
 * The functions that the bench of closures sends by reference.
 *
 * @module
 */

import { task } from "@multicore/multicore/pool";

const scale = 3;

/** A task. */
export const increment = task(import.meta, "increment", (x: number) => x + 1);

/** An exported function that uses its module. */
export function scaled(x: number): number {
  return x * scale;
}
