/**
 * Explores larger situations than the tests have time for; to be run by hand:
 *
 * ```sh
 * deno run --allow-read --allow-sys tests/model/explore.ts [part of a name] [most states]
 * ```
 *
 * @module
 */

import { explore } from "./_explorer.ts";
import { allocateScenario, attachScenario, handOverScenario, PLACES } from "./_heap_scenarios.ts";
import { lockScenario, lockTimeoutScenario, mutexScenario, semaphoreScenario } from "./_lock_scenarios.ts";
import { barrierScenario, conditionScenario, eventScenario } from "./_meeting_scenarios.ts";
import { joinableQueueScenario, queueScenario } from "./_queue_scenarios.ts";
import { Counterexample, type Scenario } from "./_scenario.ts";

/** Each with the most interruptions; none: any number of them. */
const situations: readonly (readonly [scenario: Scenario<never>, preemptions?: number])[] = [
  [mutexScenario({ workers: 2, kills: 2 })],
  [mutexScenario({ workers: 2, kills: 1, grain: "all" })],
  [mutexScenario({ workers: 3, kills: 0 })],
  [mutexScenario({ workers: 3, kills: 2 }), 1],
  [mutexScenario({ workers: 2, kills: 2, main: true }), 2],
  [lockScenario({ workers: 3, kills: 0 })],
  [lockScenario({ workers: 3, kills: 1 }), 3],
  [lockScenario({ workers: 3, kills: 2 }), 2],
  [lockScenario({ workers: 2, kills: 1, rounds: 2, grain: "all" })],
  [lockScenario({ workers: 2, kills: 1, rounds: 2 }, "RLock")],
  [lockTimeoutScenario({ workers: 3, kills: 1 }), 2],
  [semaphoreScenario({ workers: 2, kills: 1, permits: 1 })],
  [semaphoreScenario({ workers: 2, kills: 2, permits: 1, grain: "writes" }), 2],
  [semaphoreScenario({ workers: 3, kills: 0, permits: 2 }), 4],
  [semaphoreScenario({ workers: 3, kills: 1, permits: 1 }), 1],
  [eventScenario({ workers: 3, kills: 2 })],
  [conditionScenario({ workers: 2, kills: 1, victims: [1] })],
  [conditionScenario({ workers: 2, kills: 1, victims: [2] })],
  [conditionScenario({ workers: 3, kills: 0, all: true }), 3],
  [conditionScenario({ workers: 3, kills: 1, victims: [2, 3], tokens: 1 }), 1],
  [barrierScenario({ workers: 2, kills: 0, rounds: 2 })],
  [barrierScenario({ workers: 2, kills: 1 })],
  [barrierScenario({ workers: 3, kills: 1 }), 0],
  [queueScenario({ workers: 2, kills: 1, puts: 2, gets: 2, capacity: 1 }), 2],
  [queueScenario({ workers: 2, kills: 1, puts: 2, gets: 2, capacity: 1, grain: "writes" }), 1],
  [queueScenario({ workers: 2, kills: 1, puts: 3, gets: 3, itemBytes: 50 }), 2],
  [queueScenario({ workers: 2, kills: 1, puts: 2, gets: 2, itemBytes: 121 }), 1],
  [queueScenario({ workers: 3, kills: 0, puts: 2, gets: 1, closes: true })],
  [queueScenario({ workers: 3, kills: 1, puts: 2, gets: 1, closes: true }), 1],
  [joinableQueueScenario({ workers: 2, kills: 1 })],
  [allocateScenario({ workers: 2, kills: 1, rounds: 2, byteLength: 8, ...PLACES }), 2],
  [allocateScenario({ workers: 3, kills: 1, byteLength: 8, ...PLACES }), 1],
  [allocateScenario({ workers: 2, kills: 1, byteLength: 5000, ...PLACES, places: 0 }), 2],
  [attachScenario({ workers: 2, kills: 2, byteLength: 8, scale: PLACES.scale })],
  [attachScenario({ workers: 3, kills: 1, byteLength: 5000, scale: PLACES.scale }), 2],
  [handOverScenario({ workers: 3, kills: 1 })],
] as never;

const [part = "", most = "2000000"] = Deno.args;
for (const [scenario, preemptions] of situations) {
  if (!scenario.name.includes(part)) continue;
  const bound = preemptions === undefined ? "" : `, at most ${preemptions} interruptions`;
  try {
    const { states, ends, milliseconds } = await explore(scenario, { preemptions, states: Number(most) });
    console.log(`${scenario.name}${bound}: ${states} states, ${ends} ends, ${milliseconds} ms`);
  } catch (error) {
    if (!(error instanceof Counterexample) && !(error instanceof RangeError)) throw error;
    console.log(`${scenario.name}${bound}: ${error.message}`);
    if (error instanceof Counterexample) Deno.exitCode = 1;
  }
}
