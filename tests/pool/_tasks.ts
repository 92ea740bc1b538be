/**
 * Functions that the tests of processes and pools have workers call by reference.
 *
 * @module
 */

import {
  activeChildren,
  currentProcess,
  exit,
  parentProcess,
  Pool,
  Process,
  task,
} from "@multicore/multicore/pool";
import { type RawArray, SharedMemory } from "@multicore/multicore/shared";

type Flags = RawArray<"int32">;

/** Writes a value as JSON where the test can read it. */
export function writeJson(out: RawArray<"uint8">, value: unknown): void {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  out.view.fill(0);
  out.view.set(bytes);
}

/** Reads what {@linkcode writeJson} wrote. */
// deno-lint-ignore no-explicit-any
export function readJson(from: RawArray<"uint8">): any {
  const bytes = from.view.slice();
  return JSON.parse(new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0))));
}

/** Who runs this. */
export const whoAmI = task(import.meta, "whoAmI", (out: RawArray<"uint8">) => {
  writeJson(out, { me: currentProcess(), parent: parentProcess(), children: activeChildren().length });
});

/** The ident of the worker. */
export const ident = task(import.meta, "ident", (_: unknown) => currentProcess().ident);

/** Adds one to a counter. */
export const count = task(import.meta, "count", (counts: Flags, index: number) => {
  Atomics.add(counts.view, index, 1);
  return index;
});

/** Sets flag 0, then blocks until flag 1 is set. */
export const hold = task(import.meta, "hold", (flags: Flags) => {
  Atomics.add(flags.view, 0, 1);
  while (Atomics.load(flags.view, 1) === 0) Atomics.wait(flags.view, 1, 0, 100);
});

/** Sets flag 0 and never ends. */
export const spin = task(import.meta, "spin", (flags: Flags) => {
  Atomics.add(flags.view, 0, 1);
  for (;;);
});

/** Counts an item of a chunk, and says who ran it; item 0 waits until `others` other items have ended. */
export const chunked = task(import.meta, "chunked", (index: number, others: number, flags: Flags) => {
  const deadline = performance.now() + 5000;
  while (index === 0 && Atomics.load(flags.view, 0) < others && performance.now() < deadline) {
    Atomics.wait(flags.view, 0, Atomics.load(flags.view, 0), 5);
  }
  Atomics.add(flags.view, 0, 1);
  return currentProcess().ident;
});

/** Ends the worker. */
export const leave = task(import.meta, "leave", (code: number): number => exit(code));

/** Starts children, one of them named, and a grandchild; writes their names. */
export const family = task(import.meta, "family", async (out: RawArray<"uint8">, deep: RawArray<"uint8">) => {
  const first = new Process({ target: familyChild, args: [deep] });
  const named = new Process({ target: whoAmI, args: [out], name: "Ada" });
  const second = new Process({ target: whoAmI, args: [out] });
  const names = [first.name, named.name, second.name];
  for (const child of [first, named, second]) child.start();
  const active = activeChildren().length;
  for (const child of [first, named, second]) await child.join();
  const codes = [first, named, second].map((child) => child.exitCode);
  writeJson(out, { names, active, codes, idents: [first.ident, second.ident], me: currentProcess() });
});

/** A child of {@linkcode family}. */
export const familyChild = task(import.meta, "familyChild", async (out: RawArray<"uint8">) => {
  const child = new Process({ target: whoAmI, args: [out] });
  child.start();
  await child.join();
});

/** Starts a child that waits for flag 1, and returns without waiting for it. */
export const startAndReturn = task(import.meta, "startAndReturn", async (flags: Flags, daemon: boolean) => {
  new Process({ target: hold, args: [flags], daemon }).start();
  while (Atomics.load(flags.view, 0) === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  Atomics.store(flags.view, 2, 1);
});

/** Whether an unnamed child would be a daemon. */
export const childDaemon = task(import.meta, "childDaemon", (flags: Flags) => {
  flags.view[0] = new Process({ target: () => {} }).daemon ? 1 : 2;
});

/** Runs a pool in a worker. */
export const poolInside = task(import.meta, "poolInside", async (n: number) => {
  await using pool = new Pool(1);
  const squares = await pool.map((x: number) => x * x, Array.from({ length: n }, (_, i) => i));
  return squares.reduce((a, b) => a + b, 0);
});

/** Runs a process in a worker, and waits for it in the way that is asked for. */
export const processInside = task(import.meta, "processInside", async (flags: Flags, sync: boolean) => {
  const child = new Process({ target: count, args: [flags, 0] });
  child.start();
  if (sync) child.joinSync();
  else await child.join();
  return { name: child.name, exitCode: child.exitCode };
});

/** Attaches to shared memory by name and adds up its bytes. */
export const sumOf = task(import.meta, "sumOf", (name: string) => {
  using memory = SharedMemory.attach(name);
  return memory.buf.reduce((a, b) => a + b, 0);
});

/** Makes shared memory in the worker and keeps its object alive. */
export const makeAndKeep = task(import.meta, "makeAndKeep", (name: string, value: number) => {
  const memory = SharedMemory.create(100, { name });
  memory.buf.fill(value);
  kept.push(memory);
});
const kept: SharedMemory[] = [];

/** Attaches to shared memory in the worker and keeps its object alive. */
export const attachAndKeep = task(import.meta, "attachAndKeep", (name: string) => {
  kept.push(SharedMemory.attach(name));
});

/** What an initializer has left, to be seen by tasks. */
const left: unknown[] = [];

/** An initializer that leaves its arguments. */
export const leaveThere = task(import.meta, "leaveThere", (...args: unknown[]) => {
  left.push(...args);
});

/** What the initializer has left. */
export const whatIsThere = task(import.meta, "whatIsThere", () => [...left, currentProcess().ident]);
