/**
 * What lives in the shared heap, so that leaks can be seen.
 *
 * @module
 */

import { HEADER } from "./_layout.ts";
import { everyHeader } from "./_pages.ts";
import { fifoOf } from "./_segments.ts";
import { type BlockKind, readHeader } from "./block.ts";
import { heapBuffer } from "./heap.ts";

/** A count of blocks and of the bytes that were asked for. */
export interface BlockCount {
  /** How many. */
  readonly blocks: number;
  /** Bytes as asked for, headers not included. */
  readonly bytes: number;
}

/** The state of the shared heap. */
export interface HeapStats extends BlockCount {
  /**
   * What running pools and kernels work with: jobs and reports under way, scratch memory. It ends with them, or is used
   * again, and is not counted above.
   */
  readonly pools: BlockCount;
  /** Bytes that the heap has reserved so far; free ones are reused, never given back to the system. */
  readonly heapBytes: number;
  /** By kind of object. */
  readonly kinds: Readonly<Partial<Record<BlockKind, BlockCount>>>;
  /** By the `ident` of the thread that made them; 0 is the main thread. */
  readonly owners: Readonly<Record<number, BlockCount>>;
}

/**
 * Counts the live blocks of the shared heap, all threads' together.
 *
 * Cost: a pass over all blocks; other threads may change it meanwhile, so the sums may be late.
 *
 * @returns Blocks and bytes, in all, by kind and by owner.
 *
 * @example See that nothing is left
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { heapStats, SharedMemory } from "@multicore/multicore/shared";
 *
 * const before = heapStats().blocks;
 * {
 *   using memory = SharedMemory.create(1000);
 *   assertEquals(heapStats().blocks, before + 1);
 *   memory.buf[0] = 1;
 * }
 * assertEquals(heapStats().blocks, before);
 * ```
 */
export function heapStats(): HeapStats {
  const kinds: Partial<Record<BlockKind, BlockCount>> = {};
  const owners: Record<number, BlockCount> = {};
  let blocks = 0, bytes = 0, pools: BlockCount = { blocks: 0, bytes: 0 };
  const add = (to: BlockCount | undefined, length: number) => ({
    blocks: (to?.blocks ?? 0) + 1,
    bytes: (to?.bytes ?? 0) + length,
  });
  const { byteLength: heapBytes } = heapBuffer();
  for (const header of everyHeader()) {
    const block = readHeader(header);
    if (!block) continue;
    if (
      block.kind === "job" || block.kind === "pool" || block.kind === "segment" && isOfPool(header + HEADER)
    ) {
      pools = add(pools, block.byteLength);
      continue;
    }
    blocks++;
    bytes += block.byteLength;
    kinds[block.kind] = add(kinds[block.kind], block.byteLength);
    owners[block.owner] = add(owners[block.owner], block.byteLength);
  }
  return { blocks, bytes, pools, heapBytes, kinds, owners };
}

/** Whether a segment belongs to the mailbox of a pool. */
function isOfPool(segment: number): boolean {
  const fifo = fifoOf(segment)?.block.offset;
  return fifo !== undefined && readHeader(fifo - HEADER)?.kind === "pool";
}
