/**
 * Programs of their own, by name: how they end is what `program_exit_test.ts` looks at.
 *
 * @module
 */

import { exit, Pool, Process } from "@multicore/multicore/pool";
import { RawArray } from "@multicore/multicore/shared";

type Flags = RawArray<"int32">;
const spin = (flags: Flags) => {
  Atomics.add(flags.view, 0, 1);
  for (;;);
};

async function reaches(flags: Flags, value: number): Promise<void> {
  while (Atomics.load(flags.view, 0) < value) await new Promise((resolve) => setTimeout(resolve, 2));
}

const PROGRAMS: Record<string, () => unknown> = {
  async "forgotten pool"() {
    const pool = new Pool(2);
    console.log(await pool.map((x: number) => x * x, [1, 2, 3]));
  },
  "untouched pool"() {
    new Pool(2);
  },
  async "forgotten iteration"() {
    const results = new Pool(1).imap((x: number) => x, [1, 2, 3]);
    console.log((await results.next()).value);
  },
  "pending call"() {
    const late = () => new Promise<number>((resolve) => setTimeout(() => resolve(42), 300));
    new Pool(1).apply(late).then((value) => console.log(`value ${value}`));
  },
  "failed call that nobody awaits"() {
    new Pool(1).applyAsync(() => {
      throw new Error("nobody asks");
    });
  },
  async "busy daemon"() {
    const flags = new RawArray("int32", 1);
    new Process({ target: spin, args: [flags], daemon: true }).start();
    await reaches(flags, 1);
    console.log("main is done");
  },
  "process that is not a daemon"() {
    const target = async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      console.log("process is done");
    };
    new Process({ target }).start();
    console.log("main is done");
  },
  async "error in main"() {
    const flags = new RawArray("int32", 1);
    const pool = new Pool(2);
    pool.mapAsync(spin, [flags, flags], { chunksize: 1 });
    new Process({ target: spin, args: [flags] }).start();
    await reaches(flags, 3);
    throw new Error("expected: main fails");
  },
  async "exit in main"() {
    const flags = new RawArray("int32", 1);
    new Pool(1).applyAsync(spin, [flags]);
    await reaches(flags, 1);
    exit(4);
  },
  async "interrupted"() {
    const flags = new RawArray("int32", 1);
    const pool = new Pool(2);
    pool.mapAsync(spin, [flags, flags], { chunksize: 1 });
    await reaches(flags, 2);
    console.log("busy");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  },
  async "endless loop"() {
    const flags = new RawArray("int32", 1);
    const pool = new Pool(1);
    await pool.apply(() => {});
    const started = performance.now();
    const error = await pool.apply(spin, [flags], { timeout: 200 }).catch((error) => error);
    console.log(error.name, performance.now() - started < 1000 ? "soon" : performance.now() - started);
    console.log(await pool.apply((x: number) => x + 1, [41]));
  },
  async "heap limit"() {
    const pool = new Pool(1, { heapLimitMb: 64 });
    const hungry = () => {
      const list: unknown[] = [];
      for (;;) list.push({ a: list.length, b: [list.length] });
    };
    const error = await pool.apply(hungry).catch((error) => error);
    console.log(error.name, error.exitCode, await pool.apply((x: number) => x + 1, [41]));
  },
  async "failing process"() {
    const target = function namedTarget() {
      throw new TypeError("expected: the process fails");
    };
    const process = new Process({ target, name: "Ada" });
    process.start();
    await process.join();
    console.log(process.exitCode);
  },
  async "disposed pool with a busy worker"() {
    const flags = new RawArray("int32", 1);
    await using pool = new Pool(1);
    pool.applyAsync(spin, [flags]);
    await reaches(flags, 1);
    console.log("left");
  },
};

if (import.meta.main) await PROGRAMS[Deno.args[0]]();
