/**
 * Generated modules by key: each is compiled once, and instantiated over the shared heap of this thread.
 *
 * ```text
 * const { sum } = instantiated<{ sum(at: number, count: number): number }>("sum 8", () => {
 *   const m = new Module();
 *   m.exportFunction("sum", ["i32", "i32"], "f64", (f, at, count) => …);
 *   return m;
 * });
 * ```
 *
 * A key names all that the code depends on. The cache keeps what was used last; what it drops is made again.
 * Another thread need not compile anew: `compiledModules()` gives what can be posted to it, `adoptModules()` takes
 * it there, and code that V8 has optimised comes along. Workers inherit the modules of the thread that makes their pool;
 * `shareModules()` posts them those that it has made since.
 *
 * @module
 */

import { membership } from "../../shared/heap.ts";
import { bequeath, receive, renew } from "../../shared/inheritance.ts";
import type { Module } from "./assembler.ts";

/** Compiled modules by key, as they are posted to a worker. */
export type CompiledModules = ReadonlyMap<string, WebAssembly.Module>;

interface Compiled {
  readonly module: WebAssembly.Module;
  exports?: WebAssembly.Exports;
}

/** Modules that are kept: about as many as kernels have sizes under way at a time. */
const MOST_KEPT = 128;

/** Least recently used first. */
const kept = new Map<string, Compiled>();

/** How many were made here so far; and how many when a pool's workers were last posted them. */
let made = 0;
const posted = new WeakMap<object, number>();

const INHERITED = "kernels' modules";
bequeath(INHERITED, compiledModules);
receive(INHERITED, (modules) => adoptModules(modules as CompiledModules));

/** What the module under `key` exports, over this thread's heap; `generate` writes it if it is not known. */
export function instantiated<E extends object>(key: string, generate: () => Module): E {
  let entry = kept.get(key);
  if (!entry) {
    entry = { module: generate().compile() };
    made++;
  }
  entry.exports ??= new WebAssembly.Instance(entry.module, { env: { memory: membership().memory } }).exports;
  keep(key, entry);
  return entry.exports as unknown as E;
}

/** The modules that this thread has compiled or adopted and still keeps, to be posted to others. */
export function compiledModules(): CompiledModules {
  return new Map([...kept].map(([key, { module }]) => [key, module]));
}

/** Takes modules that another thread has compiled; those under keys that are known are left. */
export function adoptModules(modules: CompiledModules): void {
  for (const [key, module] of modules) {
    if (!kept.has(key)) keep(key, { module });
  }
}

/** Posts a pool's workers the modules of this thread, if it has made any since it last did. */
export function shareModules(pool: object): void {
  if ((posted.get(pool) ?? 0) === made) return;
  posted.set(pool, made);
  renew(pool, INHERITED);
}

function keep(key: string, entry: Compiled): void {
  kept.delete(key);
  kept.set(key, entry);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
}
