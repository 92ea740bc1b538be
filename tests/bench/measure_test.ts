/**
 * Measuring: everything is checked before it is timed, everybody takes turns, and what takes too long is left out.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { WrongAnswerError } from "../../bench/compare/check.ts";
import type { Comparison } from "../../bench/compare/comparison.ts";
import { measure, type Participants } from "../../bench/compare/measure.ts";
import { Progress } from "../../bench/compare/progress.ts";
import { PythonChild } from "../../bench/compare/python.ts";
import type { Pool } from "../../pool/pool.ts";
import { SharedMemoryFullError } from "../../shared/errors.ts";

const FAKE = new URL("./_fake_python.ts", import.meta.url).href;
const SILENT = { isTerminal: true, width: () => 80, now: () => 0, write: () => {} };
const EFFORT = { repeats: 4, budget: 60 };

/** What a way answers, and how long it takes; no time passes really. */
interface FakeWay {
  readonly answer?: (size: number) => number[];
  readonly milliseconds: (size: number) => number;
}

const squares = (size: number) => Array.from({ length: size }, (_, i) => i * i);

/** Squares of the numbers below a size, by these ways. */
function prepare(ways: Record<string, FakeWay>, python?: PythonChild) {
  const log: string[] = [];
  let time = 0;
  const comparison: Comparison = {
    name: "squares",
    title: "Squares",
    size: { label: "how many", unit: "count" },
    time: "time",
    itemsOf: (size) => size,
    sizes: "1:10",
    here: Object.keys(ways).map((id) => ({ id, label: id, look: "baseline" })),
    python: ["loop", "broken", "numba"].map((id) => ({ id, label: `Python ${id}`, look: "baseline" })),
    isSameInPython: true,
    open: (size) => {
      log.push(`open ${size}`);
      return {
        way: (id) => ({
          run: () => {
            log.push(id);
            time += ways[id].milliseconds(size);
            return (ways[id].answer ?? squares)(size);
          },
          numbers: (it) => it as number[],
        }),
        [Symbol.dispose]: () => void log.push("dispose"),
      };
    },
  };
  const participants: Participants = {
    pool: undefined as unknown as Pool, // these ways use none
    progress: new Progress(1, SILENT),
    now: () => time,
    ...(python && { python }),
  };
  return { comparison, participants, log };
}

function startPython(mode: string): Promise<PythonChild> {
  return PythonChild.start(Deno.execPath(), ["run", "--no-check", "--quiet", FAKE, mode]);
}

Deno.test("measure() gives each way's times at each size", async () => {
  const { comparison, participants } = prepare({
    first: { milliseconds: (size) => 2 * size },
    second: { milliseconds: () => 5 },
  });
  const { variants, measurements, notes } = await measure(comparison, [1, 10], EFFORT, participants);
  assertEquals(variants.map(({ id, side }) => `${side} ${id}`), ["here first", "here second"]);
  // A batch lasts 10 ms; as many batches as fit into 60 ms, 4 at most.
  assertEquals(
    measurements.map(({ variant, size, median, runs, batches }) => [variant, size, median, runs, batches]),
    [
      ["first", 1, 2, 5, 4],
      ["second", 1, 5, 2, 4],
      ["first", 10, 20, 1, 3],
      ["second", 10, 5, 2, 4],
    ],
  );
  assertEquals(notes, []);
});

Deno.test("measure() takes turns, there and back, and closes what it opened", async () => {
  const { comparison, participants, log } = prepare({
    first: { milliseconds: () => 10 },
    second: { milliseconds: () => 10 },
  });
  await measure(comparison, [1], { repeats: 3, budget: 100 }, participants);
  assertEquals([log[0], log.at(-1)], ["open 1", "dispose"]);
  assertEquals(log.slice(-7, -1), ["first", "second", "second", "first", "first", "second"]);
});

Deno.test("measure() refuses a wrong answer before anything is timed", async () => {
  const withAnswer = (answer: number[]) =>
    prepare({ first: { milliseconds: () => 1 }, wrong: { milliseconds: () => 1, answer: () => answer } });
  for (const answer of [[0, 1, 5], [0, 1, NaN], [0, 1], []]) {
    const { comparison, participants } = withAnswer(answer);
    await assertRejects(
      () => measure(comparison, [3], EFFORT, participants),
      WrongAnswerError,
      "Wrong answer of wrong (squares, 3)",
    );
  }
  const { comparison, participants } = withAnswer([0, 1, 4 + 1e-12]); // rounding is not wrong
  assertEquals((await measure(comparison, [3], EFFORT, participants)).measurements.length, 2);
});

Deno.test("measure() leaves a way out from the size on at which it would take too long", async () => {
  const { comparison, participants, log } = prepare({
    first: { milliseconds: () => 1 },
    slow: { milliseconds: (size) => 100 * size },
    steady: { milliseconds: () => 300 },
  });
  const { measurements, notes } = await measure(comparison, [1, 3, 9, 27], EFFORT, participants);
  const sizesOf = (id: string) =>
    measurements.filter(({ variant }) => variant === id).map(({ size }) => size);
  assertEquals([sizesOf("first"), sizesOf("slow")], [[1, 3, 9, 27], [1, 3]]);
  assertEquals(notes[0], "steady: left out from 3 on, where a run would take about 900 ms"); // nothing else is known
  assertEquals(notes[1], "slow: left out from 9 on, where a run would take about 900 ms");
  // Checked once, then timed once: a long run is not repeated.
  assertEquals(log.slice(0, log.indexOf("dispose")).filter((id) => id === "slow").length, 2);
});

Deno.test("measure() judges what a run will take by how it grew before", async () => {
  const { comparison, participants } = prepare({
    first: { milliseconds: () => 1 },
    steady: { milliseconds: () => 100 },
  });
  const { notes } = await measure(comparison, [1, 3, 1000], EFFORT, participants);
  assertEquals(notes, []);
});

Deno.test("measure() has Python take part, as far as it can", async () => {
  await using python = await startPython("good");
  const { comparison, participants } = prepare({ first: { milliseconds: () => 1 } }, python);
  const { variants, measurements, notes } = await measure(comparison, [2, 4], EFFORT, participants);
  assertEquals(variants.map(({ id, side }) => `${side} ${id}`), ["here first", "python loop"]);
  const theirs = measurements.filter(({ side }) => side === "python");
  assertEquals(theirs.map(({ size, median }) => [size, median]), [[2, 2], [4, 2]]);
  assertEquals(notes, ["Python broken: left out from 2 on: MemoryError: too much"]);
});

Deno.test("measure() holds Python's answers against ours", async () => {
  await using python = await startPython("good");
  const { comparison, participants } = prepare({ first: { milliseconds: () => 1 } }, python);
  const wrong: Comparison = { ...comparison, python: [{ id: "wrong", label: "wrong", look: "loop" }] };
  await assertRejects(
    () => measure(wrong, [4], EFFORT, participants),
    WrongAnswerError,
    "Wrong answer of Python's wrong (squares, 4)",
  );
});

Deno.test("measure() goes on without a Python that dies", async () => {
  await using python = await startPython("dies");
  const { comparison, participants } = prepare({ first: { milliseconds: () => 1 } }, python);
  const { variants, measurements, notes } = await measure(comparison, [2, 4], EFFORT, participants);
  assertEquals(variants.map(({ id }) => id), ["first"]);
  assertEquals(measurements.length, 2);
  assert(notes.length === 2 && notes.every((note) => note.includes("Python ended"))); // one a variant
});

Deno.test("measure() leaves out what does not fit into shared memory, and keeps the rest", async () => {
  const full = () => new SharedMemoryFullError("Full", 8, 0);
  const { comparison, participants } = prepare({
    first: { milliseconds: () => 1 },
    second: {
      milliseconds: () => 1,
      answer: (size) => {
        if (size > 1) throw full();
        return [0];
      },
    },
  });
  const open: Comparison["open"] = (size, pool) => {
    if (size > 2) throw full();
    return comparison.open(size, pool);
  };
  const { measurements, notes } = await measure({ ...comparison, open }, [1, 2, 3, 4], EFFORT, participants);
  assertEquals(measurements.map(({ variant, size }) => [variant, size]), [["first", 1], ["second", 1], [
    "first",
    2,
  ]]);
  assertEquals(notes, [
    "second: left out from 2 on: it does not fit into shared memory",
    "Left out from 3 on: it does not fit into shared memory",
  ]);
});
