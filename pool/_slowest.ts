/**
 * Remembers the items that took longest.
 *
 * @module
 */

/** An item that took long. */
export interface SlowItem {
  /** Its place in the input of its call. */
  readonly index: number;
  /** Its arguments in a few words, as they were when it ended; empty when they were gone by then. */
  readonly args: string;
  /** Milliseconds in the worker. */
  readonly duration: number;
  /** The worker's `ident`. */
  readonly worker: number;
}

const MOST = 5;

/** The slowest items so far. */
export class Slowest {
  readonly #items: SlowItem[] = [];

  /** Takes an item into account; what it was is asked for only when it is among them. */
  add(duration: number, worker: number, what: () => Pick<SlowItem, "index" | "args">): void {
    const items = this.#items;
    if (items.length === MOST && duration <= items[MOST - 1].duration) return;
    items.push({ ...what(), duration, worker });
    items.sort((a, b) => b.duration - a.duration);
    if (items.length > MOST) items.pop();
  }

  /** The slowest first. */
  list(): SlowItem[] {
    return [...this.#items];
  }
}
