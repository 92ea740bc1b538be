/**
 * Queues and joinable queues, explored.
 *
 * @module
 */

import { joinableQueueScenario, queueScenario } from "./_queue_scenarios.ts";
import { explores } from "./_tools.ts";

explores(queueScenario({ workers: 2, kills: 0, puts: 2, gets: 2 }), 500);
explores(queueScenario({ workers: 2, kills: 0, puts: 2, gets: 2, capacity: 1 }), 5000);
explores(queueScenario({ workers: 2, kills: 1, puts: 2, gets: 2, capacity: 1 }), 1000, { preemptions: 0 });
explores(queueScenario({ workers: 2, kills: 1, puts: 2, gets: 1, victims: [1], grain: "writes" }), 500, {
  preemptions: 0,
});
explores(queueScenario({ workers: 2, kills: 1, puts: 1, gets: 1 }), 1000, { preemptions: 1 });
explores(queueScenario({ workers: 2, kills: 1, puts: 3, gets: 3, itemBytes: 50 }), 1000, { preemptions: 0 });
explores(queueScenario({ workers: 2, kills: 1, puts: 2, gets: 2, itemBytes: 121 }), 1000, { preemptions: 0 });
explores(queueScenario({ workers: 3, kills: 0, puts: 2, gets: 1, closes: true }), 2000, { preemptions: 2 });
explores(queueScenario({ workers: 3, kills: 1, puts: 2, gets: 1, closes: true }), 2000, { preemptions: 0 });
explores(joinableQueueScenario({ workers: 2, kills: 0 }), 100);
explores(joinableQueueScenario({ workers: 2, kills: 1 }), 2000, { preemptions: 1 });
