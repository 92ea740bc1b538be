/**
 * How programs end: by themselves when nothing is pending, at once when they are told to, and with which code.
 *
 * @module
 */

import { stripVTControlCharacters } from "node:util";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runProgram } from "../pool/_tools.ts";

interface Ending {
  readonly program: string;
  readonly says: string;
  readonly code?: number;
  readonly stdout?: readonly string[];
  readonly stderr?: readonly string[];
  readonly signal?: { readonly kind: Deno.Signal; readonly after: string };
}

const ENDINGS: readonly Ending[] = [
  { program: "forgotten pool", says: "A forgotten idle pool lets the program end", stdout: ["[ 1, 4, 9 ]"] },
  { program: "untouched pool", says: "A pool that was never used lets the program end" },
  { program: "forgotten iteration", says: "A forgotten imap() lets the program end", stdout: ["1"] },
  { program: "pending call", says: "A pending call keeps the program alive", stdout: ["value 42"] },
  {
    program: "failed call that nobody awaits",
    says: "A failed call that nobody awaits raises no unhandled rejection",
  },
  {
    program: "busy daemon",
    says: "A main thread that is done ends with a busy daemon at once",
    stdout: ["main is done"],
  },
  {
    program: "process that is not a daemon",
    says: "A process that is no daemon keeps the program alive",
    stdout: ["main is done", "process is done"],
  },
  {
    program: "error in main",
    says: "An uncaught error on the main thread ends the program with busy workers at once",
    code: 1,
    stderr: ["expected: main fails"],
  },
  { program: "exit in main", says: "exit() on the main thread ends the program with busy workers", code: 4 },
  {
    program: "interrupted",
    says: "SIGINT ends the program with busy workers at once",
    code: 130,
    stdout: ["busy"],
    signal: { kind: "SIGINT", after: "busy" },
  },
  {
    program: "interrupted",
    says: "SIGTERM ends the program with busy workers at once",
    code: 143,
    stdout: ["busy"],
    signal: { kind: "SIGTERM", after: "busy" },
  },
  {
    program: "endless loop",
    says: "An endless loop under timeout rejects, the next task succeeds, and the program ends by itself",
    stdout: ["TimeoutError soon", "42"],
  },
  {
    program: "heap limit",
    says: "A task out of memory under heapLimitMb rejects, and the program goes on",
    stdout: ["WorkerDiedError 1 42"],
  },
  {
    program: "failing process",
    says: "An uncaught error of a process is reported with its name and the worker's stack",
    stdout: ["1"],
    stderr: ["Ada", "TypeError: expected: the process fails", "namedTarget"],
  },
  {
    program: "disposed pool with a busy worker",
    says: "A disposed pool lets the program end though its worker was busy",
    stdout: ["left"],
  },
];

for (const { program, says, code = 0, stdout = [], stderr = [], signal } of ENDINGS) {
  Deno.test(says, async () => {
    const path = new URL("./_programs.ts", import.meta.url).pathname;
    const ended = await runProgram(path, [program], signal ? { signal } : {});
    assertEquals(ended.code, code, ended.stdout + ended.stderr);
    assertEquals(ended.stdout.trim().split("\n").filter(Boolean), stdout);
    for (const part of stderr) assertStringIncludes(ended.stderr, part);
    // Deno itself says so when a program ends while a worker is being started.
    const noise = /^error: Uncaught \(in worker .*execution terminated\n/gm;
    if (!stderr.length && code === 0 && program !== "heap limit") {
      assertEquals(stripVTControlCharacters(ended.stderr).replace(noise, ""), "");
    }
    assert(ended.milliseconds < 15_000);
  });
}
