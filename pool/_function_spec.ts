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
    /** What it captures, by name; absent when it captures nothing. */
    readonly variables?: Readonly<Record<string, unknown>>;
  };

type ValueSpec = FunctionSpec & { readonly kind: "value" };

/** Functions that capture nothing are made once. */
const plain = new Map<string, AnyFunction>();
/** Makes a function anew around given variables. */
type Factory = (take: (set: (variables: Readonly<Record<string, unknown>>) => void) => void) => AnyFunction;
const factories = new Map<string, Factory>();
const loaded = new Map<string, Record<string, unknown>>();

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
  if (typeof value === "function") return value;
  throw new SerializationError(
    `Cannot find the function ${name} in a worker: ${module} does not export it`,
    name,
  );
}

/**
 * Rebuilds a function in this thread. What it captures is set now as far as it is known, and may be completed by
 * calling the returned `set`: functions that capture each other are made first and completed later.
 */
export function rebuildFunction(
  spec: FunctionSpec,
): { readonly fn: unknown; readonly set?: (variables: Readonly<Record<string, unknown>>) => void } {
  if (spec.kind === "reference") return { fn: findReference(spec) };
  if (spec.kind === "global") return { fn: atGlobalPath(spec.path) };
  if (!spec.variables) return { fn: rebuildPlain(spec) };
  let set: ((variables: Readonly<Record<string, unknown>>) => void) | undefined;
  const { variables } = spec;
  const fn = factoryOf(spec)((given) => {
    set = given;
    given(variables);
  });
  return { fn: named(fn, spec.name), ...(set && { set }) };
}

function rebuildPlain(spec: ValueSpec): AnyFunction {
  let fn = plain.get(spec.expression);
  if (!fn) {
    fn = named(evaluate(spec.expression, spec.name) as AnyFunction, spec.name);
    plain.set(spec.expression, fn);
  }
  return fn;
}

function factoryOf({ expression, name, variables }: ValueSpec): Factory {
  const names = Object.keys(variables!);
  const key = `${names.join()}:${expression}`;
  let factory = factories.get(key);
  if (!factory) {
    // Its own parameter must not hide a captured variable, so it has none, and the setter's is a name nobody has.
    const sets = names.map((variable) => `${variable} = $given$["${variable}"];`).join(" ");
    const source = `function () { let ${
      names.join(", ")
    }; arguments[0](($given$) => { ${sets} }); return (${expression}\n); }`;
    factory = evaluate(source, name) as Factory;
    factories.set(key, factory);
  }
  return factory;
}

/** Indirect, so it sees the global scope only; strict, as the module was that it comes from. */
function evaluate(expression: string, name: string): unknown {
  return (0, eval)(`"use strict";(${expression}\n)\n//# sourceURL=travelled:${encodeURI(name)}`);
}

function named(fn: AnyFunction, name: string): AnyFunction {
  if (fn.name !== name && name !== "(anonymous)") {
    Object.defineProperty(fn, "name", { value: name, configurable: true });
  }
  return fn;
}
