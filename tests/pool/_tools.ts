/**
 * What the tests of processes, pools and faults share: bounded waits on conditions, and a test that leaves nothing.
 *
 * @module
 */

import v8 from "node:v8";
import vm from "node:vm";
import { assert, assertEquals } from "@std/assert";
import { heapStats, RawArray } from "@multicore/multicore/shared";
import { threadCounts } from "../../pool/_worker_host.ts";

/** Generous: the machine is shared, and a wait that is lost lasts for ever. */
export const BOUND = 15_000;

/** Waits for `promise`; fails when it has not settled within the bound. */
export async function settles<T>(promise: PromiseLike<T>, what = "a promise", bound = BOUND): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not settle within ${bound} ms`)), bound);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until `condition()` holds; looks again every few milliseconds. */
export async function eventually(condition: () => boolean, what: string, bound = BOUND): Promise<void> {
  const deadline = performance.now() + bound;
  while (!condition()) {
    assert(performance.now() < deadline, `not within ${bound} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** Blocks this thread until the flag is set; the tests' only barrier that lets no event in. */
export function blockUntilSet(flags: Int32Array, index: number, bound = BOUND): void {
  const deadline = performance.now() + bound;
  while (Atomics.load(flags, index) === 0) {
    assert(performance.now() < deadline, `flag ${index} was not set`);
    Atomics.wait(flags, index, 0, 100);
  }
}

/** How many threads live and blocks are taken. */
export function traces(): { threads: number; survivors: number; blocks: number } {
  const { alive, survivors } = threadCounts();
  return { threads: alive, survivors, blocks: heapStats().blocks };
}

/** A test that fails when it lasts too long, or leaves a thread or a block of shared memory behind. */
export function test(name: string, run: (t: Deno.TestContext) => unknown, bound = 4 * BOUND): void {
  Deno.test(name, async (t) => {
    const before = traces();
    await settles(Promise.resolve(run(t)), name, bound);
    await leavesNothing(before);
  });
}

/** Collects this thread's garbage: what nobody disposes lasts until then, and in a thread at rest that may be long. */
function collect(): void {
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc")();
}

/** Waits until no more threads and blocks are there than before, those included that are garbage. */
export async function leavesNothing(before: ReturnType<typeof traces>): Promise<void> {
  const start = performance.now(), deadline = start + BOUND;
  const gone = ({ threads, blocks }: ReturnType<typeof traces>) =>
    threads === before.threads && blocks <= before.blocks;
  for (let collected = 0; !gone(traces()) && performance.now() < deadline;) {
    await new Promise((r) => setTimeout(r, 5));
    if (performance.now() - start < (collected + 1) * 2000) continue;
    collected++;
    collect();
  }
  const { threads, survivors, blocks } = traces();
  assertEquals({ threads, survivors }, { threads: before.threads, survivors: before.survivors });
  assert(blocks <= before.blocks, `${blocks - before.blocks} blocks are left: ${Deno.inspect(heapStats())}`);
}

/** Shared counters. */
export class Counters implements Disposable {
  readonly array: RawArray<"int32">;

  constructor(length: number) {
    this.array = new RawArray("int32", length);
  }

  /** One of them. */
  at(index: number): number {
    return Atomics.load(this.array.view, index);
  }

  /** All of them. */
  list(): number[] {
    return [...this.array.view];
  }

  /** Sets one and wakes who waits for it. */
  set(index: number, value = 1): void {
    Atomics.store(this.array.view, index, value);
    Atomics.notify(this.array.view, index);
  }

  /** Waits until one of them has reached `value`. */
  async reaches(index: number, value = 1): Promise<void> {
    await eventually(() => this.at(index) >= value, `counter ${index} reaches ${value}`);
  }

  [Symbol.dispose](): void {
    this.array[Symbol.dispose]();
  }
}

/** Runs a program of its own and waits for its end; `code` stands in a file that the program imports nothing else of. */
export async function runProgram(
  path: string,
  args: readonly string[] = [],
  { signal, bound = 30_000 }: {
    readonly signal?: { kind: Deno.Signal; after: string };
    readonly bound?: number;
  } = {},
): Promise<{ code: number; stdout: string; stderr: string; milliseconds: number }> {
  const started = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--allow-sys", path, ...args],
    cwd: new URL("../../", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let stdout = "", killed = false;
  const timer = setTimeout(() => {
    killed = true;
    child.kill("SIGKILL");
  }, bound);
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      stdout += text;
      if (signal && stdout.includes(signal.after)) {
        child.kill(signal.kind);
        signal = undefined;
      }
    }
  })();
  const [stderr, status] = await Promise.all([child.stderr.text(), child.status, reading]);
  clearTimeout(timer);
  assert(!killed, `the program did not end within ${bound} ms; it had said ${stdout}${stderr}`);
  return { code: status.code, stdout, stderr, milliseconds: performance.now() - started };
}
