/**
 * Functions as they travel, and how they are rebuilt.
 *
 * @module
 */

import { SerializationError } from "../shared/errors.ts";
import { atGlobalPath } from "./_globals.ts";
import { self } from "./_identity.ts";
import type { AnyFunction } from "./process.ts";
import type { TaskReference } from "./task.ts";

/** A function, class or namespace as it travels. */
export type FunctionSpec =
  | { readonly kind: "reference"; readonly module: string; readonly name: string }
  | { readonly kind: "global"; readonly path: readonly string[] }
  | {
    readonly kind: "value";
    readonly expression: string;
    readonly name: string;
    /** What the stacks of errors call its text. */
    readonly origin: string;
    /** What it captures, by name; absent when it captures nothing and has no properties of its own. */
    readonly variables?: Readonly<Record<string, unknown>>;
    /** Its own properties. */
    readonly properties?: Readonly<Record<string, unknown>>;
    /** Properties that its text must make itself. */
    readonly left?: readonly string[];
    /** The class that it extends, when that travels too. */
    readonly base?: object;
  };

type ValueSpec = FunctionSpec & { readonly kind: "value" };

/** Begins the address of what was evaluated here. */
export const ORIGIN = "travelled:";

/** Functions that capture nothing are made once. */
const plain = new Map<string, AnyFunction>();
/** Makes a function anew around given variables. */
type Factory = (take: (set: (variables: Readonly<Record<string, unknown>>) => void) => void) => AnyFunction;
const factories = new Map<string, Factory>();
const loaded = new Map<string, Record<string, unknown>>();
/** What was evaluated here, by origin. */
const texts = new Map<string, string>();

/** The text that the stack of an error of this thread calls `origin`. */
export function travelledText(origin: string): string | undefined {
  return texts.get(origin);
}

/** Imports the module of what travels by reference; undefined when there is nothing to wait for. */
export function loadFunction(spec: FunctionSpec): Promise<void> | undefined {
  return spec.kind === "reference" && !loaded.has(spec.module) ? load(spec) : undefined;
}

async function load({ module, name }: TaskReference): Promise<void> {
  const { importing } = self();
  importing.add(module);
  try {
    loaded.set(module, await import(module));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SerializationError(`Cannot import ${name} in a worker: ${why}`, name, { cause: error });
  } finally {
    importing.delete(module);
  }
}

/** What travels by reference; its module must have been loaded. */
export function findReference({ module, name }: TaskReference): unknown {
  const namespace = loaded.get(module);
  if (namespace && name === "*") return namespace;
  const value = namespace?.[name];
  if (typeof value === "function" || typeof value === "object" && module.startsWith("node:")) return value;
  throw new SerializationError(
    `Cannot find the function ${name} in a worker: ${module} does not export it`,
    name,
  );
}

/** A function that was rebuilt; what it captures may be set again when more is known. */
export interface Rebuilt {
  /** The function, class or namespace. */
  readonly fn: unknown;
  /** Sets the variables, and defines the properties. */
  readonly complete?: (see: (value: unknown) => unknown) => void;
}

/**
 * Rebuilds a function in this thread, around what `see` gives for the captured values. Functions may capture each
 * other, so they are all made first and completed later.
 */
export function rebuildFunction(spec: FunctionSpec, see: (value: unknown) => unknown): Rebuilt {
  if (spec.kind === "reference") return { fn: findReference(spec) };
  if (spec.kind === "global") return { fn: atGlobalPath(spec.path) };
  texts.set(spec.origin, spec.expression);
  if (!spec.variables) return { fn: rebuildPlain(spec) };
  const { variables, properties = {}, left = [], name } = spec;
  const now = (see: (value: unknown) => unknown) =>
    Object.fromEntries(Object.entries(variables).map(([variable, value]) => [variable, see(value)]));
  let set: ((variables: Readonly<Record<string, unknown>>) => void) | undefined;
  const made = factoryOf(spec)((given) => {
    set = given;
    given(now(see));
  });
  const fn = named(made, name);
  const missing = left.find((key) => !Object.hasOwn(fn, key));
  if (missing !== undefined) {
    throw new SerializationError(
      `Cannot rebuild the class ${name} in a worker: its ${missing} cannot travel, and its text does not make it`,
      name,
    );
  }
  return {
    fn,
    complete: (see) => {
      set?.(now(see));
      for (const [key, value] of Object.entries(properties)) define(fn, key, see(value));
    },
  };
}

function define(fn: AnyFunction, key: string, value: unknown): void {
  const own = Object.getOwnPropertyDescriptor(fn, key);
  if (own && !own.configurable && !own.writable) return;
  Object.defineProperty(fn, key, { value, writable: true, enumerable: true, configurable: true });
}

function rebuildPlain(spec: ValueSpec): AnyFunction {
  let fn = plain.get(spec.expression);
  if (!fn) {
    fn = named(evaluate(spec.expression, spec.origin) as AnyFunction, spec.name);
    plain.set(spec.expression, fn);
  }
  return fn;
}

function factoryOf({ expression, origin, variables }: ValueSpec): Factory {
  const names = Object.keys(variables!);
  const key = `${names.join()}:${expression}`;
  let factory = factories.get(key);
  if (!factory) {
    // Its own parameter must not hide a captured variable, so it has none, and the setter's is a name nobody has.
    const sets = names.map((variable) => `${variable} = $given$["${variable}"];`).join(" ");
    const declared = names.length ? `let ${names.join(", ")};` : "";
    // The text begins on the second line: the stacks of errors are read with that in mind.
    const source =
      `function () { ${declared} arguments[0](($given$) => { ${sets} }); return (\n${expression}\n); }`;
    factory = evaluate(source, origin, "") as Factory;
    factories.set(key, factory);
  }
  return factory;
}

/** Indirect, so it sees the global scope only; strict, as the module was that it comes from. */
function evaluate(expression: string, origin: string, before = "\n"): unknown {
  return (0, eval)(`"use strict";(${before}${expression}\n)\n//# sourceURL=${ORIGIN}${origin}`);
}

function named(fn: AnyFunction, name: string): AnyFunction {
  const own = Object.getOwnPropertyDescriptor(fn, "name");
  if (fn.name !== name && name !== "(anonymous)" && own?.configurable && typeof own.value === "string") {
    Object.defineProperty(fn, "name", { value: name, configurable: true });
  }
  return fn;
}
