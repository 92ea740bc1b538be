/**
 * The mutex, locks and semaphores, explored.
 *
 * @module
 */

import { lockScenario, lockTimeoutScenario, mutexScenario, semaphoreScenario } from "./_lock_scenarios.ts";
import { explores } from "./_tools.ts";

explores(mutexScenario({ workers: 2, kills: 0, rounds: 2 }), 1000);
explores(mutexScenario({ workers: 2, kills: 1 }), 5000);
explores(mutexScenario({ workers: 2, kills: 2, main: true }), 5000, { preemptions: 0 });
explores(mutexScenario({ workers: 3, kills: 0 }), 1000, { preemptions: 2 });
explores(lockScenario({ workers: 2, kills: 0, rounds: 2 }), 1000);
explores(lockScenario({ workers: 2, kills: 2 }), 1000);
explores(lockScenario({ workers: 3, kills: 0 }), 1000, { preemptions: 2 });
explores(lockScenario({ workers: 2, kills: 1 }, "RLock"), 1000);
explores(lockTimeoutScenario({ workers: 2, kills: 1 }), 1000);
explores(semaphoreScenario({ workers: 2, kills: 1, permits: 1 }), 2000, { preemptions: 1 });
explores(semaphoreScenario({ workers: 3, kills: 0, permits: 2 }), 1000, { preemptions: 2 });
