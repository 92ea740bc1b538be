/**
 * Events, conditions and barriers, explored.
 *
 * @module
 */

import { barrierScenario, conditionScenario, eventScenario, strangerScenario } from "./_meeting_scenarios.ts";
import { explores } from "./_tools.ts";

explores(eventScenario({ workers: 2, kills: 0 }), 50);
explores(eventScenario({ workers: 2, kills: 1 }), 500);
explores(eventScenario({ workers: 3, kills: 0 }), 500);
explores(conditionScenario({ workers: 2, kills: 0 }), 1000);
explores(conditionScenario({ workers: 3, kills: 0, all: true }), 2000, { preemptions: 1 });
explores(conditionScenario({ workers: 2, kills: 1, victims: [1] }), 2000, { preemptions: 1 });
explores(conditionScenario({ workers: 2, kills: 1, victims: [2] }), 2000, { preemptions: 1 });
explores(conditionScenario({ workers: 3, kills: 1, victims: [2, 3], tokens: 1 }), 5000, { preemptions: 0 });
explores(conditionScenario({ workers: 3, kills: 0, atOnce: true }), 2000, { preemptions: 1 });
explores(conditionScenario({ workers: 3, kills: 1, victims: [1], atOnce: true }), 2000, { preemptions: 0 });
explores(strangerScenario(), 2000, { preemptions: 2 });
explores(barrierScenario({ workers: 2, kills: 0 }), 500);
explores(barrierScenario({ workers: 2, kills: 0, rounds: 2 }), 1500, { preemptions: 2 });
explores(barrierScenario({ workers: 2, kills: 1 }), 2000, { preemptions: 1 });
