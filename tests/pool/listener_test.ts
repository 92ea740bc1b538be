/**
 * Who listens for reports does not stop while any are expected, at whatever turn they come to be.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { settles, test } from "./_tools.ts";

test("A call is answered that is made any number of microtasks after the last answer", async () => {
  await using pool = new Pool(1);
  for (let round = 0; round < 40; round++) {
    assertEquals(await settles(pool.apply((x: number) => x, [round])), round);
    for (let turn = 0; turn < round; turn++) await undefined;
  }
});
