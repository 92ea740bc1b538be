/**
 * Tests of the model: a scenario is explored and none of its states breaks a rule; with a bug put in, one does.
 *
 * @module
 */

import { assert, assertMatch } from "@std/assert";
import { explore } from "./_explorer.ts";
import type { Mutation } from "./_load.ts";
import { Counterexample, type Limits, type Scenario } from "./_scenario.ts";

/** A test that explores a scenario, says what it has seen, and that it was no less than `least` states. */
export function explores<S>(scenario: Scenario<S>, least: number, limits: Limits = {}): void {
  Deno.test(`model: ${scenario.name}`, async () => {
    const { states, ends, milliseconds, isComplete } = await explore(scenario, limits);
    const how = isComplete ? "" : `, at most ${limits.preemptions} interruptions`;
    console.log(`${scenario.name}: ${states} states, ${ends} ends, ${milliseconds} ms${how}`);
    assert(states >= least, `only ${states} states of at least ${least}`);
  });
}

/** A test that finds a bug which is put into the library's copy, and what it leads to. */
export function findsBug<S>(
  bug: string,
  scenario: Scenario<S>,
  mutations: Mutation[],
  finding: RegExp,
  limits: Limits = {},
): void {
  Deno.test(`model: ${bug} is found (${scenario.name})`, async () => {
    const found = await explore(scenario, { ...limits, mutations }).catch((error) => error);
    assert(found instanceof Counterexample, `it was not found: ${Deno.inspect(found)}`);
    assertMatch(found.finding, finding);
  });
}

/** Fails when more than `most` of the live threads are inside at once; `first`: the word of thread 0. */
export function atMostInside(
  most: number,
  { statuses, ghost }: { readonly statuses: readonly string[]; ghost(word: number): number },
  first: number,
): void {
  const inside = statuses.filter((status, i) => status !== "dead" && ghost(first + i) !== 0).length;
  if (inside > most) throw new Error(`${inside} threads are inside at once`);
}
