/**
 * Where branches lead: the blocks that are open at a point of a function, innermost last.
 *
 * @module
 */

/** A place that a branch may lead to: the end of a block, or the start of a loop. */
export class Label {
  /** How many blocks are open around its block. */
  readonly depth: number;

  /** Marks the block at `depth`; `Labels.open` calls this. */
  constructor(depth: number) {
    this.depth = depth;
  }
}

/** Where a branch inside of a loop may lead. */
export interface LoopLabels {
  /** Behind the loop. */
  readonly break: Label;
  /** To the next round. */
  readonly continue: Label;
}

/** The labels of the blocks that are open. */
export class Labels {
  readonly #open: Label[] = [];

  /** Opens a block. */
  open(): Label {
    const label = new Label(this.#open.length);
    this.#open.push(label);
    return label;
  }

  /** Closes the innermost block. */
  close(): void {
    this.#open.pop();
  }

  /** How many blocks out `label` is, as a branch counts. */
  distance(label: Label): number {
    if (this.#open[label.depth] !== label) {
      throw new RangeError("Cannot branch to a label from outside of its block");
    }
    return this.#open.length - 1 - label.depth;
  }
}
