/**
 * A manager gives out shared objects and takes them all back at the end of a scope.
 *
 * @module
 */

import type { DType } from "./dtype.ts";
import { NDArray } from "./ndarray.ts";
import { type Shareable, ShareableList } from "./shareable_list.ts";
import { SharedMemory } from "./shared_memory.ts";

/**
 * Makes shared objects and disposes all of them at once, whatever happened in between.
 *
 * @example Everything is given back at the end of the block
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { SharedMemoryManager } from "@multicore/multicore/shared";
 *
 * using manager = new SharedMemoryManager();
 * const table = manager.NDArray([2, 3], "float64");
 * table.fill(1);
 * assertEquals(table.toArray(), [[1, 1, 1], [1, 1, 1]]);
 * ```
 */
export class SharedMemoryManager {
  readonly #made = new Set<Disposable>();
  #down = false;

  #keep<T extends Disposable>(make: () => T): T {
    if (this.#down) throw new ReferenceError("Cannot allocate: this manager was shut down; make another one");
    const made = make();
    this.#made.add(made);
    return made;
  }

  /**
   * Makes zeroed shared memory under a generated name.
   *
   * @param byteLength Bytes, a positive integer.
   * @returns The memory, unlinked at shutdown.
   * @throws {ReferenceError} If the manager was shut down.
   */
  SharedMemory(byteLength: number): SharedMemory {
    return this.#keep(() => SharedMemory.create(byteLength));
  }

  /**
   * Makes a list in shared memory under a generated name.
   *
   * @typeParam T What the items are; it is not checked.
   * @param items Numbers, bigints, booleans, texts, bytes and nulls.
   * @returns The list, unlinked at shutdown.
   * @throws {ReferenceError} If the manager was shut down.
   * @throws {TypeError} If an item is of another kind.
   */
  ShareableList<T extends Shareable = Shareable>(items: Iterable<NoInfer<T>>): ShareableList<T> {
    return this.#keep(() => new ShareableList<T>(items));
  }

  /**
   * Makes a zeroed array in shared memory.
   *
   * @param shape Length of each axis.
   * @param dtype Element type.
   * @returns The array, given back at shutdown.
   * @throws {ReferenceError} If the manager was shut down.
   */
  NDArray<D extends DType = "float64">(shape: number | readonly number[], dtype?: D): NDArray<D> {
    return this.#keep(() => NDArray.shared<D>(shape, dtype));
  }

  /** Disposes everything this manager made. Idempotent. */
  shutdown(): void {
    this.#down = true;
    for (const made of this.#made) made[Symbol.dispose]();
    this.#made.clear();
  }

  /** The same as {@linkcode SharedMemoryManager.shutdown}. */
  [Symbol.dispose](): void {
    this.shutdown();
  }
}
