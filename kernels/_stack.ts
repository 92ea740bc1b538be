/**
 * The axes that a kernel does not work along: they number its matrices, or its lines, from 0 on in row-major
 * order.
 */

/** An array as kernels see it: slots, of which a complex element takes two. */
export interface Axes {
  /** Lengths. */
  readonly shape: readonly number[];
  /** Elements from one index to the next. */
  readonly strides: readonly number[];
}

/**
 * Strides along the `lead` leading axes of a result; 0 where the array, of whose axes the last `own` are no
 * leading ones, repeats itself.
 */
export function leadingStrides({ shape, strides }: Axes, own: number, lead: number): number[] {
  return Array.from({ length: lead }, (_, axis) => {
    const at = axis - lead + shape.length - own;
    return at < 0 || shape[at] === 1 ? 0 : strides[at];
  });
}

/** The items that some axes number, in one or several arrays that have these axes in common. */
export class Stack {
  /** The number of items. */
  readonly count: number;
  /** Items from one multiple of this to the next lie at equal steps. */
  readonly run: number;
  readonly #shape: number[] = [];
  readonly #strides: number[][] = [];

  /**
   * @param shape Lengths of the axes.
   * @param strides For each array, its strides along them.
   */
  constructor(shape: readonly number[], strides: readonly (readonly number[])[]) {
    this.count = shape.reduce((size, length) => size * length, 1);
    for (let axis = 0; axis < shape.length; axis++) {
      if (shape[axis] === 1) continue;
      const last = this.#shape.length - 1;
      const steps = strides.map((array) => array[axis]);
      // Axes that lie in one another in every array are one.
      if (last >= 0 && steps.every((step, i) => this.#strides[last][i] === step * shape[axis])) {
        this.#shape[last] *= shape[axis];
        this.#strides[last] = steps;
      } else {
        this.#shape.push(shape[axis]);
        this.#strides.push(steps);
      }
    }
    this.run = this.#shape.at(-1) ?? 1;
  }

  /** Elements from item 0 to item `index` in the given array. */
  position(index: number, array = 0): number {
    let position = 0, rest = index;
    for (let axis = this.#shape.length - 1; axis >= 0; axis--) {
      const length = this.#shape[axis];
      position += (rest % length) * this.#strides[axis][array];
      rest = (rest / length) | 0;
    }
    return position;
  }

  /** Elements from one item to the next inside a run, in the given array. */
  step(array = 0): number {
    return this.#strides.at(-1)?.[array] ?? 0;
  }

  /** Calls `body(first, count)` for runs of at most `most` items that cover `[from, to)`. */
  forRuns(from: number, to: number, most: number, body: (first: number, count: number) => void): void {
    for (let first = from; first < to;) {
      const count = Math.min(to - first, most, this.run - first % this.run);
      body(first, count);
      first += count;
    }
  }
}
