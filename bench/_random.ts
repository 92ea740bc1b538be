/**
 * Seeded numbers, so that runs are comparable.
 *
 * @module
 */

/** A source of numbers in [-0.5, 0.5), the same ones for the same seed (Numerical Recipes' linear generator). */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

/** A source of whole numbers in [0, 99]. */
export function randomPixels(seed: number): () => number {
  const random = randomSource(seed);
  return () => Math.floor(100 * (random() + 0.5));
}
