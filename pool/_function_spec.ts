/**
 * Functions on their way: by reference where they were declared as tasks, else by value, as source text, where the
 * text uses nothing of its surroundings.
 *
 * @module
 */

import { SerializationError } from "../shared/errors.ts";
import { readFunction } from "./_free_names.ts";
import { self } from "./_identity.ts";
import { type TaskReference, taskReference } from "./task.ts";

/** A function as it travels. */
export type FunctionSpec =
  | { readonly kind: "reference"; readonly module: string; readonly name: string }
  | { readonly kind: "value"; readonly expression: string; readonly name: string };

// deno-lint-ignore no-explicit-any
type AnyFunction = (...args: any[]) => any;

const described = new WeakMap<AnyFunction, FunctionSpec>();

/** Describes `fn` for another thread; `path` is what it is called in errors. */
export function describeFunction(fn: AnyFunction, path: string): FunctionSpec {
  const reference = taskReference(fn);
  if (reference) return { kind: "reference", ...reference };
  const known = described.get(fn);
  if (known) return known;
  const spec = describeByValue(fn, path);
  described.set(fn, spec);
  return spec;
}

function describeByValue(fn: AnyFunction, path: string): FunctionSpec {
  const name = fn.name || "(anonymous)";
  const refuse = (why: string, advice: string) =>
    new SerializationError(
      `Cannot send ${path}, the function ${name}, to another thread: ${why}; ${advice}`,
      path,
    );
  const text = readFunction(Function.prototype.toString.call(fn));
  const export_ = "export it from a module and declare it with task()";
  if (text.isNative) throw refuse("it is native or bound, so it has no source", "wrap it: (x) => f(x)");
  if (text.usesSuper) throw refuse("it uses super", export_);
  if (text.usesImportMeta) throw refuse("it uses import.meta", export_);
  if (text.usesEval) throw refuse("it calls eval, so what it uses cannot be known", export_);
  if (text.kind === "arrow" && text.usesThis) {
    throw refuse("it uses the this of its surroundings", "pass it as an argument");
  }
  if (text.privateNames.size) throw refuse(`it uses the private name ${[...text.privateNames][0]}`, export_);
  for (const specifier of text.dynamicImports) {
    if (specifier === null || /^\.{0,2}\//.test(specifier)) {
      throw refuse("it imports a module by a relative or computed address", export_);
    }
  }
  for (const free of text.free) {
    if (isGlobal(free)) continue;
    throw refuse(
      `it uses the variable ${free} of its surroundings`,
      `pass ${free} as an argument, or ${export_}`,
    );
  }
  return { kind: "value", expression: text.expression, name };
}

/** Globals that this module exports under the same name: which of the two is meant cannot be seen from the text. */
const AMBIGUOUS = new Set(["Event", "Lock", "name"]);

function isGlobal(name: string): boolean {
  return name in globalThis && !AMBIGUOUS.has(name) || name === "undefined";
}

const rebuilt = new Map<string, AnyFunction>();
const loaded = new Map<string, Record<string, unknown>>();

/** Imports the module of a function that travels by reference; undefined when there is nothing to wait for. */
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
    throw new SerializationError(`Cannot import the function ${name} in a worker: ${why}`, name, {
      cause: error,
    });
  } finally {
    importing.delete(module);
  }
}

/** Rebuilds a function in this thread; what travels by reference must have been loaded. */
export function rebuildFunction(spec: FunctionSpec): AnyFunction {
  if (spec.kind === "reference") {
    const fn = loaded.get(spec.module)?.[spec.name];
    if (typeof fn === "function") return fn as AnyFunction;
    throw new SerializationError(
      `Cannot find the function ${spec.name} in a worker: ${spec.module} has no export of that name`,
      spec.name,
    );
  }
  let fn = rebuilt.get(spec.expression);
  if (!fn) {
    // Indirect: it sees the global scope only. Strict, as the module was that it comes from.
    fn = (0, eval)(
      `"use strict";(${spec.expression}\n)\n//# sourceURL=travelled:${encodeURI(spec.name)}`,
    ) as AnyFunction;
    rebuilt.set(spec.expression, fn);
  }
  return fn;
}
