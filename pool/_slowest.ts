/**
 * Remembers the items that took longest.
 *
 * @module
 */

/** An item that took long. */
export interface SlowItem {
  /** Its place in the input of its call. */
  readonly index: number;
  /** Milliseconds in the worker. */
  readonly duration: number;
  /** The worker's `ident`. */
  readonly worker: number;
}

const MOST = 5;

/** The slowest items so far. */
export class Slowest {
  readonly #items: SlowItem[] = [];

  /** Takes an item into account. */
  add(item: SlowItem): void {
    const items = this.#items;
    if (items.length === MOST && item.duration <= items[MOST - 1].duration) return;
    items.push(item);
    items.sort((a, b) => b.duration - a.duration);
    if (items.length > MOST) items.pop();
  }

  /** The slowest first. */
  list(): SlowItem[] {
    return [...this.#items];
  }
}
