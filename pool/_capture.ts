/**
 * Decides how a function travels: by reference where it is exported, else by value with what it captures.
 *
 * @module
 */

import { SerializationError } from "../shared/errors.ts";
import { type FunctionText, readFunction } from "./_free_names.ts";
import { globalPath, isLikelyGlobal, isSureGlobal } from "./_globals.ts";
import { captureVariables, inspectorAllowed, inspectorIsOpen, openInspector } from "./_inspector.ts";
import { exportOf, indexModules, modulesAreIndexed } from "./_modules.ts";
import type { AnyFunction } from "./process.ts";
import { type TaskReference, taskReference } from "./task.ts";

/** How a function travels. */
export type Route =
  | { readonly kind: "reference"; readonly reference: TaskReference }
  | { readonly kind: "global"; readonly path: readonly string[] }
  | {
    readonly kind: "value";
    readonly expression: string;
    readonly name: string;
    /** What it captures, as it is now. */
    readonly variables: ReadonlyMap<string, unknown>;
  };

/** Thrown where the answer needs a turn of the event loop; ask again when `ready` has resolved. */
export class NotReadyYet {
  constructor(readonly ready: Promise<void>) {}
}

/** What the text of a function says, once and for all. */
interface Known {
  readonly text: FunctionText;
  readonly name: string;
  /** Names that may be captured; empty: it uses nothing of its surroundings. */
  readonly doubtful: readonly string[];
}

const known = new WeakMap<AnyFunction, Known>();
const NOTHING: ReadonlyMap<string, unknown> = new Map();
const EXPORT = "export it from a module of its own, or declare it with task()";

/** Finds the way for `fn`, which errors call `path`. */
export function routeOf(fn: AnyFunction, path: string): Route {
  const reference = taskReference(fn) ?? exportOf(fn);
  if (reference) return { kind: "reference", reference };
  const { text, name, doubtful } = know(fn, path);
  if (text.isNative) {
    const global = globalPath(fn);
    if (global) return { kind: "global", path: global };
    throw refusal(path, name, "it is native or bound, so it has no source", "wrap it: (x) => f(x)");
  }
  if (!doubtful.length) {
    refuseUnmovable(text, path, name);
    return { kind: "value", expression: text.expression, name, variables: NOTHING };
  }
  const captured = capture(fn, doubtful, path, name);
  refuseUnmovable(text, path, name);
  return { kind: "value", expression: text.expression, name, variables: captured };
}

function know(fn: AnyFunction, path: string): Known {
  let found = known.get(fn);
  if (!found) {
    const name = fn.name || "(anonymous)";
    let text: FunctionText;
    try {
      text = readFunction(Function.prototype.toString.call(fn));
    } catch (error) {
      throw refusal(path, name, "its source cannot be read", EXPORT, error);
    }
    found = { text, name, doubtful: [...text.free].filter((free) => !isSureGlobal(free)) };
    known.set(fn, found);
  }
  return found;
}

function capture(
  fn: AnyFunction,
  names: readonly string[],
  path: string,
  name: string,
): ReadonlyMap<string, unknown> {
  if (!inspectorAllowed()) {
    const free = names.find((free) => !isLikelyGlobal(free));
    if (free === undefined) return NOTHING;
    throw refusal(
      path,
      name,
      `it uses the variable ${free} of its surroundings, and reading that needs --allow-sys`,
      `run with --allow-sys, pass ${free} as an argument, or ${EXPORT}`,
    );
  }
  if (!inspectorIsOpen()) throw new NotReadyYet(openInspector());
  const variables = new Map<string, unknown>();
  for (const [variable, captured] of captureVariables(fn, names)) {
    if (!captured) {
      throw refusal(
        path,
        name,
        `it uses the variable ${variable}, which is not initialised yet`,
        "send it later",
      );
    }
    if (variable === "arguments") {
      throw refusal(path, name, "it uses the arguments of the function around it", "name them: (...args) =>");
    }
    // Whether a function or a class is exported somewhere must be known before it is taken apart.
    if (needsIndex(captured.value) && !modulesAreIndexed()) throw new NotReadyYet(indexModules());
    variables.set(variable, captured.value);
  }
  return variables;
}

function needsIndex(value: unknown): boolean {
  return typeof value === "function" || Object.prototype.toString.call(value) === "[object Module]";
}

function refuseUnmovable(text: FunctionText, path: string, name: string): void {
  if (text.usesSuper) throw refusal(path, name, "it uses super", EXPORT);
  if (text.usesImportMeta) throw refusal(path, name, "it uses import.meta", EXPORT);
  if (text.usesNewTarget) {
    throw refusal(path, name, "it uses the new.target of the function around it", EXPORT);
  }
  if (text.usesEval) throw refusal(path, name, "it calls eval, so what it uses cannot be known", EXPORT);
  if (text.usesThis) {
    throw refusal(path, name, "it uses the this of its surroundings", "pass that object as an argument");
  }
  const [private_] = text.privateNames;
  if (private_ !== undefined) {
    throw refusal(path, name, `it uses the private name ${private_} of its class`, EXPORT);
  }
  for (const specifier of text.dynamicImports) {
    if (specifier === null || /^\.{0,2}\//.test(specifier)) {
      throw refusal(path, name, "it imports a module by a relative or computed address", EXPORT);
    }
  }
}

function refusal(
  path: string,
  name: string,
  why: string,
  advice: string,
  cause?: unknown,
): SerializationError {
  return new SerializationError(
    `Cannot send ${path}, the function ${name}, to another thread: ${why}; ${advice}`,
    path,
    cause === undefined ? undefined : { cause },
  );
}
