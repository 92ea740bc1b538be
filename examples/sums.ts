/**
 * The sum of a large array, its parts handed to a pool in six ways.
 *
 * `split` deals the numbers into parts, the pool sums each part, and the parts' sums are added here.
 *
 * Run: deno run --allow-read examples/sums.ts
 *
 * Prints:
 *
 *     apply: 500000500000
 *     applyAsync: 500000500000
 *     map: 500000500000
 *     mapAsync: 500000500000
 *     imap: 500000500000
 *     imapUnordered: 500000500000
 *
 * @module
 */

import { Pool, split } from "@multicore/multicore";

const sum = (numbers: Iterable<number>) => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};

const LENGTH = 1_000_000;
const EXPECTED = LENGTH * (LENGTH + 1) / 2;

function report(verb: string, sums: Iterable<number>) {
  const total = sum(sums);
  console.log(`${verb}: ${total}`);
  if (total !== EXPECTED) throw new Error(`${verb} should give ${EXPECTED}`);
}

const numbers = Float64Array.from({ length: LENGTH }, (_, i) => i + 1);

await using pool = new Pool();
const parts = split(numbers, pool.size);

// One call, awaited: one worker is busy at a time.
const sums: number[] = [];
for (const part of parts) sums.push(await pool.apply(sum, [part]));
report("apply", sums);

// All calls at once: all workers are busy.
const results = parts.map((part) => pool.applyAsync(sum, [part]));
report("applyAsync", await Promise.all(results));

// One call for all parts.
report("map", await pool.map(sum, parts));

// The same, and the result can be asked before it is there.
const result = pool.mapAsync(sum, parts, { callback: (sums) => report("mapAsync", sums) });
await result.wait();
if (!result.successful()) throw new Error("mapAsync should succeed");

// Parts are taken, and sums come, one by one: first in the order of the parts, then as they get done.
report("imap", await Array.fromAsync(pool.imap(sum, parts)));
report("imapUnordered", await Array.fromAsync(pool.imapUnordered(sum, parts)));
