/**
 * Which plan serves a length, and the plans made so far.
 */

import { Bluestein } from "./_bluestein.ts";
import { bluesteinCost, costOf, factorize } from "./_lengths.ts";
import { rootsOfUnity, type SplitComplex } from "./_roots.ts";
import { type Plan, Stockham } from "./_stockham.ts";

/** Points of all plans that are kept; at 16 bytes and more each. */
const KEPT_POINTS = 1 << 20;

/** What a transform of real lines of even length needs beside the plan of half the length. */
export interface RealPlan {
  /** The transform of the line as `length / 2` complex numbers. */
  readonly half: Plan;
  /** The first `length / 4 + 1` of the `length`-th roots of unity. */
  readonly roots: SplitComplex;
}

class Cache<P> {
  readonly #plans = new Map<number, P>();
  #points = 0;

  constructor(readonly make: (length: number) => P) {}

  /** The plan of that length; those longest unused go when there are too many. */
  get(length: number): P {
    let plan = this.#plans.get(length);
    if (plan === undefined) {
      plan = this.make(length);
      this.#points += length;
    }
    this.#plans.delete(length);
    this.#plans.set(length, plan);
    for (const old of this.#plans.keys()) {
      if (this.#points <= KEPT_POINTS || old === length) break;
      this.#plans.delete(old);
      this.#points -= old;
    }
    return plan;
  }
}

const plans = new Cache<Plan>(choose);
const realPlans = new Cache<RealPlan>((length) => ({
  half: planFor(length / 2),
  roots: rootsOfUnity(length, (length >> 2) + 1),
}));

/** The plan for lines of `length` points, from 1 on. */
export function planFor(length: number): Plan {
  return plans.get(length);
}

/** The plan for real lines of an even number of points. */
export function realPlanFor(length: number): RealPlan {
  return realPlans.get(length);
}

/**
 * Whether a transform goes by Bluestein's detour.
 *
 * Source: pocketfft (M. Reinecke) weighs the two in the same way.
 */
export function isDetour(length: number): boolean {
  const factors = factorize(length);
  return Math.max(1, ...factors) > 11 && costOf(length, factors) > bluesteinCost(length);
}

function choose(length: number): Plan {
  return isDetour(length) ? new Bluestein(length) : new Stockham(length);
}
