/**
 * What the primitives and queues cost, as ratios to what the runtime itself offers, in the same run:
 * `deno task bench:synchronisation`.
 *
 * Every answer is checked. What is compared runs in turn; a ratio is the median, over the turns, of the one's time over
 * the other's in that turn.
 *
 * @module
 */

import { Pool } from "@multicore/multicore/pool";
import { abandonments } from "./synchronisation/deaths.ts";
import { handOvers, meetings, TRIPS } from "./synchronisation/hand_overs.ts";
import { ARRAYS, ITEMS, largeItems, smallItems } from "./synchronisation/items.ts";
import type { Figure } from "./synchronisation/turns.ts";
import { OPERATIONS, uncontended } from "./synchronisation/uncontended.ts";

function say(what: string, figure: string, asked = ""): void {
  console.log(`${what.padEnd(46)} ${figure.padEnd(44)} ${asked}`);
}

function timeText(milliseconds: number): string {
  if (milliseconds < 0.001) return `${(milliseconds * 1e6).toFixed(0)} ns`;
  return milliseconds < 1 ? `${(milliseconds * 1e3).toFixed(2)} µs` : `${milliseconds.toFixed(2)} ms`;
}

/** Says figures of which the first is the rival's; `count` operations were in each run. */
function sayAll(
  figures: Readonly<Record<string, Figure>>,
  count: number,
  how: (ratio: number, rival: string) => string,
  asked: Readonly<Record<string, string>>,
): void {
  const [rival] = Object.keys(figures);
  for (const [name, { took, ratio }] of Object.entries(figures)) {
    const time = timeText(took / count);
    if (name === rival) say(name, time);
    else say(`  ${name}`, `${time}, ${how(ratio, rival)}`, asked[name]);
  }
}

const ofRival = (ratio: number) => `${ratio.toFixed(2)} of that`;
const timesAsFast = (ratio: number) => `${(1 / ratio).toFixed(2)} times as fast`;

if (import.meta.main) {
  const list = (times: readonly number[]) => `${times.map((time) => time.toFixed(0)).join(", ")} ms`;
  say(
    "AbandonedLockError on a blocked main thread",
    list(await abandonments(5, true)),
    "within 100 ms of the kill",
  );
  say("  that blocks only then", list(await abandonments(5, false)));
  sayAll(await uncontended(201), OPERATIONS, ofRival, { Lock: "below 5", RLock: "below 5" });
  await using pool = new Pool(2);
  const most = "at most 1.5";
  sayAll(await handOvers(pool, 101), 2 * TRIPS, ofRival, {
    "Lock, released by the other": most,
    "Semaphore": most,
    "Event": most,
    "Condition over an RLock": most,
    "Condition over a Lock": most,
    "Queue, half a round trip": most,
    "SimpleQueue, half a round trip": most,
    "pipe, half a round trip": most,
  });
  sayAll(await meetings(pool, 101), 2 * TRIPS, ofRival, {});
  sayAll(await smallItems(pool, 61), ITEMS, timesAsFast, {
    "Queue, worker to main": "at least 3",
    "Queue, worker to worker": "at least 3",
  });
  sayAll(await largeItems(151), ARRAYS, timesAsFast, { "Queue": "at least 1" });
}
