/**
 * Lengths of transforms: what they factor into, what they cost, which are good ones.
 */

/** Nanoseconds a point that a pass of each radix takes, about; larger ones cost by their size. */
const PASS_COST: Readonly<Record<number, number>> = { 2: 1.5, 3: 2.2, 4: 2, 5: 2.8, 7: 4 };

/** The radices that a length splits into, first pass first; the last one may be any prime. */
export function factorize(length: number): number[] {
  const factors: number[] = [];
  let rest = length;
  // Radix 4 goes first: its first pass can skip the zero half of a padded line.
  for (; rest % 4 === 0; rest /= 4) factors.push(4);
  for (let odd = 3; odd * odd <= rest; odd += 2) {
    for (; rest % odd === 0; rest /= odd) factors.push(odd);
  }
  for (; rest % 2 === 0; rest /= 2) factors.push(2);
  if (rest > 1) factors.push(rest);
  return factors;
}

/** About how long a transform takes that has those radices, in nanoseconds. */
export function costOf(length: number, factors: readonly number[] = factorize(length)): number {
  let cost = 0.5;
  for (const radix of factors) cost += PASS_COST[radix] ?? 1 + 0.85 * radix;
  return cost * length;
}

/**
 * About how long a transform takes by way of a convolution, in nanoseconds: two longer ones, and loops around
 * them.
 */
export function bluesteinCost(length: number): number {
  const inner = goodLength(2 * length - 1);
  return 2 * costOf(inner) + 3 * inner;
}

/** The length from `least` on at which a transform is cheapest. */
export function goodLength(least: number): number {
  let best = 0, bestCost = Infinity;
  // Every product of 2, 3 and 5 up to the next power of two.
  const limit = 2 ** Math.ceil(Math.log2(Math.max(1, least)));
  for (let fives = 1; fives <= limit; fives *= 5) {
    for (let threes = fives; threes <= limit; threes *= 3) {
      let length = threes;
      while (length < least) length *= 2;
      for (; length <= limit; length *= 2) {
        const cost = costOf(length);
        if (cost < bestCost) [best, bestCost] = [length, cost];
      }
    }
  }
  return best | 0;
}
