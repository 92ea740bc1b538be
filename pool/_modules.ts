/**
 * Which functions, classes and namespaces the loaded modules export, so that they travel by reference.
 *
 * The main module is left out: a worker must not run it. So is a module that may not be read without asking the user,
 * as a worker could not import it.
 *
 * @module
 */

import { loadedModules } from "./_inspector.ts";
import type { TaskReference } from "./task.ts";

/** By identity: where a function, class or namespace is exported. The name `*` means the namespace itself. */
const exported = new WeakMap<object, TaskReference>();
const seen = new Set<string>();
let indexing: Promise<void> | undefined;
let indexed = false;

/** Milliseconds that a module which is still being evaluated is waited for. */
const PATIENCE = 200;

/** Whether {@linkcode exportOf} knows all that was loaded when it was first asked for. */
export function modulesAreIndexed(): boolean {
  return indexed;
}

/** Finds the exports of all modules that are loaded when it is first called. */
export function indexModules(): Promise<void> {
  return indexing ??= (async () => {
    const loads: Promise<void>[] = [];
    for (const url of await loadedModules()) {
      if (seen.has(url) || !isImportable(url)) continue;
      seen.add(url);
      loads.push(index(url));
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, PATIENCE));
    await Promise.race([Promise.allSettled(loads), patience]);
    clearTimeout(timer);
    indexed = true;
  })();
}

function isImportable(url: string): boolean {
  if (url === Deno.mainModule) return false;
  if (url.startsWith("node:")) return true;
  if (url.startsWith("file:")) {
    return Deno.permissions.querySync({ name: "read", path: new URL(url) }).state === "granted";
  }
  return /^https?:/.test(url);
}

async function index(module: string): Promise<void> {
  const namespace: Record<string, unknown> = await import(module);
  add(namespace, { module, name: "*" });
  for (const name of Object.keys(namespace)) {
    const value = read(namespace, name);
    if (typeof value === "function") add(value, { module, name });
  }
}

function read(namespace: Record<string, unknown>, name: string): unknown {
  try {
    return namespace[name];
  } catch {
    return undefined; // not initialised yet
  }
}

function add(value: object, reference: TaskReference): void {
  if (!exported.has(value)) exported.set(value, reference);
}

/** Where `value` is exported, if it is. */
export function exportOf(value: object): TaskReference | undefined {
  return exported.get(value);
}
