/**
 * Two processes that print numbers: first joined one after the other, then together.
 *
 * Run: deno run --allow-read examples/two_processes.ts
 *
 * Prints, the last six lines in an order that differs from run to run:
 *
 *     One after the other
 *     first: 1
 *     first: 2
 *     first: 3
 *     second: 1
 *     second: 2
 *     second: 3
 *     Together
 *     first: 1
 *     second: 1
 *     first: 2
 *     second: 2
 *     first: 3
 *     second: 3
 *
 * @module
 */

import { NDArray, Process } from "@multicore/multicore";

/** Prints 1, 2, 3 and notes in `log`, which both processes see, who printed what: element 0 counts the notes. */
async function printNumbers(name: string, id: number, log: NDArray<"int32">) {
  for (let number = 1; number <= 3; number++) {
    console.log(`${name}: ${number}`);
    const note = Atomics.add(log.data, 0, 1) + 1;
    log.set(10 * id + number, note);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function makeProcesses(log: NDArray): [Process, Process] {
  return [
    new Process({ target: printNumbers, args: ["first", 1, log] }),
    new Process({ target: printNumbers, args: ["second", 2, log] }),
  ];
}

function check(isRight: boolean, notes: number[]) {
  if (!isRight) throw new Error(`The numbers were printed in a wrong order: ${notes.join(", ")}`);
}

console.log("One after the other");
{
  using log = NDArray.shared(7, "int32");
  for (const process of makeProcesses(log)) {
    process.start();
    await process.join();
  }
  const notes = log.toArray<number[]>().slice(1);
  check(notes.join() === "11,12,13,21,22,23", notes);
}

console.log("Together");
{
  using log = NDArray.shared(7, "int32");
  const processes = makeProcesses(log);
  for (const process of processes) process.start();
  for (const process of processes) await process.join();
  const notes = log.toArray<number[]>().slice(1);
  check(notes.filter((note) => note < 20).join() === "11,12,13", notes);
  check(notes.filter((note) => note > 20).join() === "21,22,23", notes);
}
