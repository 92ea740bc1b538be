/**
 * What the loaded modules are: which functions, classes and namespaces they export, so that they travel by
 * reference, and where in their texts a function stands.
 *
 * The main module exports nothing here: a worker must not run it. Nor does a module that may not be read without
 * asking the user, as a worker could not import it.
 *
 * @module
 */

import process from "node:process";
import { type LoadedModule, loadedModules, takeEarlyModules } from "./_inspector.ts";
import type { TaskReference } from "./task.ts";

/** By identity: where a function, class or namespace is exported. The name `*` means the namespace itself. */
const exported = new WeakMap<object, TaskReference>();
/** The texts of the modules of the program, by address. */
const texts = new Map<string, string>();
/** Modules that were found and not yet imported. */
const found = new Set<string>();
const seen = new Set<string>();
let finding: Promise<void> | undefined;
let indexing: Promise<void> | undefined;
let indexed = false;

/** Milliseconds that a module which is still being evaluated is waited for. */
const PATIENCE = 200;

/** Finds all modules that are loaded now. */
function findModules(): Promise<void> {
  return finding ??= loadedModules().then((modules) => {
    finding = undefined;
    note(modules);
  });
}

function note(modules: readonly LoadedModule[]): void {
  for (const { url, text } of modules) {
    if (seen.has(url)) continue;
    seen.add(url);
    if (text) texts.set(url, text);
    if (isImportable(url)) found.add(url);
  }
}

/** The texts of the modules that were found so far. */
function knownTexts(): ReadonlyMap<string, string> {
  note(takeEarlyModules());
  return texts;
}

/** Whether {@linkcode exportOf} knows all modules that were found. */
export function modulesAreIndexed(): boolean {
  return indexed;
}

/** Finds the exports of the modules that were found; finds them first if that was not done. */
export function indexModules(): Promise<void> {
  return indexing ??= (async () => {
    knownTexts();
    if (!seen.size) await findModules();
    const loads = [...found].map(index);
    found.clear();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((resolve) => timer = setTimeout(resolve, PATIENCE));
    await Promise.race([Promise.allSettled(loads), patience]);
    clearTimeout(timer);
    indexed = true;
    indexing = undefined;
  })();
}

/** Looks once more, for modules that were loaded since. */
export function indexNewModules(): Promise<void> {
  return findModules().then(indexModules);
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
    // An object of the program is data, and travels as it is now; one of the runtime is the same everywhere.
    const isShared = typeof value === "object" && value !== null && module.startsWith("node:");
    if (typeof value === "function" || isShared) add(value as object, { module, name });
  }
}

function read(namespace: Record<string, unknown>, name: string): unknown {
  try {
    return namespace[name];
  } catch {
    return undefined; // not initialised yet
  }
}

/** Makes the exports of a module known at once; for this library's own. */
export function knowModule(module: string, namespace: object): void {
  for (const [name, value] of Object.entries(namespace)) {
    if (typeof value === "function") add(value, { module, name });
  }
}

function add(value: object, reference: TaskReference): void {
  if (!exported.has(value)) exported.set(value, reference);
}

/** Where `value` is exported, if it is. */
export function exportOf(value: object): TaskReference | undefined {
  return exported.get(value);
}

/** A place in the text of a module as it runs, counted from 0. */
export interface Place {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** The places where a text stands, at most two of them. */
export function placesOf(text: string): Place[] {
  const places: Place[] = [];
  for (const [url, whole] of knownTexts()) {
    for (let at = whole.indexOf(text); at >= 0; at = whole.indexOf(text, at + 1)) {
      const before = whole.slice(0, at).split("\n");
      places.push({ url, line: before.length - 1, column: before[before.length - 1].length });
      if (places.length === 2) return places;
    }
  }
  return places;
}

/** Whether a text stands in the main module, whose functions are no exports. */
export function isOfMainModule(text: string): boolean {
  return knownTexts().get(Deno.mainModule)?.includes(text) ?? false;
}

/** Whether a text stands in any module that was found. */
export function isOfKnownModule(text: string): boolean {
  for (const whole of knownTexts().values()) if (whole.includes(text)) return true;
  return false;
}

/**
 * Where `value` is exported, as far as the texts of the modules tell: for the time before they are indexed, which
 * takes turns of the event loop.
 */
export function exportByText(value: object, text: string): TaskReference | undefined {
  indexRuntime();
  const known = exported.get(value);
  if (known) return known;
  knownTexts();
  const [place, another] = placesOf(text);
  if (!place || another || !found.has(place.url)) return undefined;
  const whole = texts.get(place.url)!;
  const name = exportName(whole, whole.indexOf(text), text);
  if (name === undefined) return undefined;
  const reference = { module: place.url, name };
  add(value, reference);
  return reference;
}

/** The name under which a module exports the function or class whose text begins at `at`. */
function exportName(module: string, at: number, text: string): string | undefined {
  const before = module.slice(Math.max(0, at - 200), at);
  // The compiler puts a comment and what follows it on one line.
  const line = before.slice(before.lastIndexOf("\n") + 1).replace(/^.*\*\/\s*/, "");
  const declared = /^(?:async\s+)?(?:function\s*\*?|class)\s*([\w$]+)/.exec(text)?.[1];
  if (/^export\s+default\s+$/.test(line)) return "default";
  if (/^export\s+$/.test(line)) return declared;
  const [, isExported, variable] = /^(export\s+)?(?:const|let|var)\s+([\w$]+)\s*=\s*$/.exec(line) ?? [];
  if (isExported) return variable;
  const local = line === "" ? declared : variable;
  if (local === undefined) return undefined;
  for (const [, list] of module.matchAll(/^export\s*\{([^}]*)\}\s*(?:;|$)/gm)) {
    for (const item of list.split(",")) {
      const [name, as, alias = name] = item.trim().split(/\s+/);
      if (name === local && (as === undefined || as === "as")) return alias;
    }
  }
  return new RegExp(`^export\\s+default\\s+${local.replaceAll("$", "\\$")}\\s*;?$`, "m").test(module)
    ? "default"
    : undefined;
}

let runtimeIsIndexed = false;

/** The modules of the runtime can be had at once. */
function indexRuntime(): void {
  if (runtimeIsIndexed) return;
  runtimeIsIndexed = true;
  knownTexts();
  for (const module of found) {
    if (!module.startsWith("node:")) continue;
    const namespace = process.getBuiltinModule(module) as object | undefined;
    if (!namespace) continue;
    add(namespace, { module, name: "default" });
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(namespace))) {
      if (typeof value === "function" || typeof value === "object" && value) add(value, { module, name });
    }
  }
}
