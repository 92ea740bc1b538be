/**
 * Pools made and disposed, workers and processes killed, many times over: nothing piles up.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Process } from "@multicore/multicore/pool";
import { heapStats } from "@multicore/multicore/shared";
import { Counters, leavesNothing, runProgram, settles, test, traces } from "../pool/_tools.ts";

const ROUNDS = 60;
/** What may come and go between two rows, in MiB; each worker that was not freed would leave 2, so half of them 60. */
const NOISE = 40;

Deno.test(`${ROUNDS} pools made and disposed, and ${ROUNDS} workers killed, take no more memory`, async () => {
  const { code, stdout, stderr } = await runProgram("bench/churn.ts", [String(ROUNDS)], { bound: 180_000 });
  assertEquals(code, 0, stderr);
  const rows = stdout.trimEnd().split("\n").slice(1).map((line) => line.trim().split(/\s{2,}/));
  for (const what of ["pools", "kills"]) {
    // Until half of them are done the program takes what it then keeps, several threads at once above all.
    const [, , half, , whole] = rows.filter(([name]) => name === what);
    assertEquals(Number(whole[1]), ROUNDS);
    assert(Number(whole[3]) < Number(half[3]) + NOISE, `the memory grows:\n${stdout}`);
    // The heap's size, and the blocks in it.
    assertEquals(whole.slice(5), half.slice(5), stdout);
  }
  assertEquals(rows.at(-1)?.at(-1), "0", stdout);
});

test(`${ROUNDS} processes killed leave nothing`, async () => {
  const before = traces();
  using flags = new Counters(1);
  const hold = ({ view }: typeof flags.array) => {
    for (;;) Atomics.wait(view, 0, 0);
  };
  const kill = async () => {
    const process = new Process({ target: hold, args: [flags.array] });
    process.start();
    process.kill();
    assert(await settles(process.join(), process.name));
    assertEquals(process.exitCode, -9);
  };
  for (let i = 0; i < ROUNDS / 2; i++) await kill();
  const { heapBytes } = heapStats();
  for (let i = 0; i < ROUNDS / 2; i++) await kill();
  assertEquals(heapStats().heapBytes, heapBytes, "the heap has grown");
  await leavesNothing({ ...before, blocks: before.blocks + 1 });
}, 180_000);
