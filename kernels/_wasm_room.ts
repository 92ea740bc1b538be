/**
 * Room in the shared heap that generated code works in, kept from call to call up to a size.
 *
 * Kernels are synchronous, so in one thread no two calls are in it at the same time. It is counted with what pools work
 * with: no object of the program's own stands behind it.
 */

import { Block } from "../shared/block.ts";
import { SharedMemoryFullError } from "../shared/errors.ts";

/** What is larger than this is given back after the call. */
const KEPT = 12 << 20;

let kept: Block | undefined;

/**
 * Runs `work` with the address of at least `bytes` bytes of the heap, with anything in them; where the heap is full,
 * `otherwise`, if there is such a thing.
 */
export function withRoom(bytes: number, work: (address: number) => void, otherwise?: () => void): void {
  const block = kept && kept.byteLength >= bytes ? kept : allocate(bytes, otherwise !== undefined);
  if (!block) return otherwise!();
  try {
    work(block.offset);
  } finally {
    if (block !== kept) block.free();
  }
}

function allocate(bytes: number, mayFail: boolean): Block | undefined {
  if (bytes <= KEPT) {
    kept?.free();
    kept = undefined; // not to be used again if there is no room for a larger one
  }
  try {
    const block = Block.allocate(bytes, "job");
    if (bytes <= KEPT) kept = block;
    return block;
  } catch (error) {
    if (mayFail && error instanceof SharedMemoryFullError) return undefined;
    throw error;
  }
}
