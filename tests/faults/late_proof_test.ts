/**
 * The proof of a thread's death waits while the main thread is held up; that makes no survivor of the dead.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Process } from "@multicore/multicore/pool";
import { threadCounts } from "../../pool/_worker_host.ts";
import { Counters, settles, test } from "../pool/_tools.ts";

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("A killed thread is no survivor because the main thread was held up when it died", async () => {
  const before = threadCounts().survivors;
  using flags = new Counters(9);
  const spin = ({ view }: typeof flags.array, index: number) => {
    for (Atomics.store(view, index, 1);;);
  };
  const processes = Array.from(
    { length: 4 },
    (_, i) => new Process({ target: spin, args: [flags.array, i] }),
  );
  for (const process of processes) process.start();
  for (const i of processes.keys()) await flags.reaches(i);
  // They have run for longer than a grace, so each is killed some 30 ms after it is asked: one after another.
  await pause(350);
  for (const process of processes) {
    process.kill();
    await pause(2);
  }
  await pause(24);
  // From here on nothing is heard for longer than a survivor has.
  Atomics.wait(flags.array.view, 8, 0, 1200);
  for (const process of processes) assert(await settles(process.join(), process.name));
  assertEquals(processes.map(({ exitCode }) => exitCode), [-9, -9, -9, -9]);
  assertEquals(threadCounts().survivors, before);
});
