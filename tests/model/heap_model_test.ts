/**
 * Places, pages and holds of the heap, explored.
 *
 * @module
 */

import { allocateScenario, attachScenario, handOverScenario, PLACES } from "./_heap_scenarios.ts";
import { explores } from "./_tools.ts";

const onePage = { ...PLACES.scale, pages: 1 };

explores(allocateScenario({ workers: 2, kills: 0, rounds: 2, byteLength: 8, ...PLACES }), 2000, {
  preemptions: 2,
});
explores(allocateScenario({ workers: 2, kills: 1, byteLength: 8, ...PLACES }), 2000, { preemptions: 1 });
explores(allocateScenario({ workers: 3, kills: 0, byteLength: 8, scale: onePage, places: 2 }), 1000, {
  preemptions: 1,
});
explores(
  allocateScenario({ workers: 1, kills: 0, byteLength: 8, scale: onePage, places: 1, behind: true }),
  2,
);
explores(handOverScenario({ workers: 2, kills: 0 }), 50);
explores(handOverScenario({ workers: 3, kills: 0 }), 200, { preemptions: 1 });
explores(allocateScenario({ workers: 2, kills: 0, byteLength: 5000, ...PLACES, places: 1 }), 500, {
  preemptions: 2,
});
explores(allocateScenario({ workers: 2, kills: 1, byteLength: 5000, ...PLACES, places: 0 }), 1000, {
  preemptions: 0,
});
for (const byteLength of [8, 5000]) {
  explores(attachScenario({ workers: 2, kills: 1, byteLength, scale: PLACES.scale }), 500, {
    preemptions: 2,
  });
}
