/**
 * The model finds bugs: each is put into its copy of the library, and leads to a course that breaks a rule.
 *
 * @module
 */

import { allocateScenario, handOverScenario, PLACES } from "./_heap_scenarios.ts";
import { lockScenario, mutexScenario, semaphoreScenario } from "./_lock_scenarios.ts";
import { barrierScenario, conditionScenario, eventScenario, strangerScenario } from "./_meeting_scenarios.ts";
import * as bugs from "./_mutants.ts";
import { queueScenario } from "./_queue_scenarios.ts";
import { findsBug } from "./_tools.ts";

const SLEEPS = /sleeps|waits/;

findsBug(
  "a mutex left without a wake",
  mutexScenario({ workers: 2, kills: 0 }),
  bugs.leaveWithoutWake,
  SLEEPS,
);
findsBug(
  "a sleep at the mutex that is not announced",
  mutexScenario({ workers: 2, kills: 0 }),
  bugs.sleepUnannounced,
  SLEEPS,
);
findsBug(
  "a repair that waits for a dead thread",
  mutexScenario({ workers: 2, kills: 2, main: true }),
  bugs.repairWaitsForDead,
  SLEEPS,
  { preemptions: 2 },
);
findsBug(
  "a woken waiter that forgets the others",
  lockScenario({ workers: 3, kills: 0 }),
  bugs.wokenForgetsOthers,
  SLEEPS,
);
findsBug(
  "a repair of a lock without a wake",
  lockScenario({ workers: 2, kills: 1 }),
  bugs.lockRepairWithoutWake,
  SLEEPS,
);
findsBug(
  "a lock that stays a dead thread's",
  lockScenario({ workers: 2, kills: 1 }),
  bugs.lockNotAbandoned,
  /sleeps|dead thread/,
);
findsBug(
  "a release without a wake",
  semaphoreScenario({ workers: 2, kills: 0, permits: 1 }),
  bugs.releaseWithoutWake,
  SLEEPS,
);
findsBug(
  "a permit that dies with its holder",
  semaphoreScenario({ workers: 2, kills: 1, permits: 1 }),
  bugs.permitsOfDeadStay,
  /sleeps|permits were lost/,
);
findsBug("an event set without a wake", eventScenario({ workers: 2, kills: 0 }), bugs.setWithoutWake, SLEEPS);
findsBug(
  "a notification that dies with who had it",
  conditionScenario({ workers: 3, kills: 1, victims: [2, 3], tokens: 1 }),
  bugs.notificationDies,
  /there is a token/,
  { preemptions: 2 },
);
findsBug(
  "a release that wakes nobody who was notified",
  conditionScenario({ workers: 2, kills: 0 }),
  bugs.releaseForgetsNotified,
  SLEEPS,
);
findsBug(
  "a notification driven out by the next",
  conditionScenario({ workers: 3, kills: 0, atOnce: true }),
  bugs.notifiedDrivenOut,
  SLEEPS,
  { preemptions: 1 },
);
findsBug(
  "a notification under a lock that another thread has released",
  strangerScenario(),
  bugs.releasedUnderNotifier,
  SLEEPS,
  { preemptions: 2 },
);
findsBug(
  "a wait that enlists too late",
  conditionScenario({ workers: 2, kills: 0 }),
  bugs.enlistsLate,
  SLEEPS,
);
findsBug(
  "an arrival of a dead thread",
  barrierScenario({ workers: 2, kills: 1 }),
  bugs.arrivalOfDeadStays,
  SLEEPS,
);
findsBug(
  "a segment begun anew by the wrong store first",
  queueScenario({ workers: 2, kills: 1, puts: 3, gets: 3, itemBytes: 50, victims: [1] }),
  bugs.segmentBegunWrongly,
  /came twice|not in order|put before/,
);
findsBug(
  "a put without a wake",
  queueScenario({ workers: 2, kills: 0, puts: 1, gets: 1 }),
  bugs.putWithoutWake,
  SLEEPS,
);
findsBug(
  "messages not counted anew after a death",
  queueScenario({ workers: 2, kills: 1, puts: 2, gets: 1, victims: [1], grain: "writes" }),
  bugs.countNotMended,
  /did not count|counts more/,
);
findsBug(
  "a repair of a queue without a wake",
  queueScenario({ workers: 2, kills: 1, puts: 1, gets: 1, victims: [1] }),
  bugs.queueRepairWithoutWake,
  SLEEPS,
);
findsBug(
  "an arrival that is not counted",
  queueScenario({ workers: 2, kills: 0, puts: 1, gets: 1 }),
  bugs.itemCountedFirst,
  SLEEPS,
);
findsBug(
  "a place that a dead thread had claimed",
  allocateScenario({ workers: 1, kills: 1, byteLength: 8, ...PLACES }),
  bugs.claimedPlaceStays,
  /is not free/,
);
findsBug(
  "a place taken without a look",
  allocateScenario({ workers: 2, kills: 0, rounds: 2, byteLength: 8, ...PLACES }),
  bugs.placeTakenBlindly,
  /given twice|somebody else writes|not free|zeroed/,
);
findsBug(
  "a header behind a run that is being freed",
  allocateScenario({ workers: 2, kills: 1, byteLength: 5000, ...PLACES, places: -1 }),
  bugs.headersSkipped,
  /is not free/,
);
findsBug(
  "a place that nobody ever had",
  allocateScenario({
    workers: 1,
    kills: 0,
    byteLength: 8,
    scale: { ...PLACES.scale, pages: 1 },
    places: 1,
    behind: true,
  }),
  bugs.freshPlacesMissed,
  /said to be full/,
);
findsBug(
  "a pin made behind a look",
  handOverScenario({ workers: 2, kills: 0 }),
  bugs.pinOverlooked,
  /while it was pinned/,
);
