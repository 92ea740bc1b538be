/**
 * Decides how a function travels: by reference where it is exported, else by value with what it captures.
 *
 * @module
 */

import { SerializationError } from "../shared/errors.ts";
import { type FunctionText, readFunction } from "./_free_names.ts";
import { globalPath, hideGlobal, isLikelyGlobal, isOwnGlobal, isStandardGlobal } from "./_globals.ts";
import {
  type Captured,
  captureVariables,
  inspectorAllowed,
  inspectorIsOpen,
  openInspector,
} from "./_inspector.ts";
import {
  exportByText,
  exportOf,
  indexModules,
  indexNewModules,
  isOfKnownModule,
  isOfMainModule,
  modulesAreIndexed,
} from "./_modules.ts";
import type { AnyFunction } from "./process.ts";
import { NotReadyYet, type Route, setRouter } from "./_routes.ts";
import { type TaskReference, taskReference } from "./task.ts";

/** What a text says, once and for all. */
interface TextFacts {
  readonly source: string;
  readonly text: FunctionText;
  readonly origin: string;
  readonly free: readonly string[];
  /** A function with this text was asked, and takes all its names from the globals. */
  isSelfContained: boolean;
  /** It stands in no module that was known when modules were looked for on its behalf. */
  isOfNowhere: boolean;
}

/** What is known of one function. */
interface Known {
  readonly facts: TextFacts;
  readonly name: string;
  readonly path: readonly string[] | undefined;
  /** It captures nothing. */
  isPlain: boolean;
}

const known = new WeakMap<AnyFunction, Known>();
/** Functions that are made again and again have one text. */
const textFacts = new Map<string, TextFacts>();
/** At most this many texts are remembered. */
const TEXTS = 4096;
const origins = new Map<string, string>();
const NOTHING: ReadonlyMap<string, unknown> = new Map();
const EXPORT = "export it from a module of its own, or declare it with task()";

/** The text that the stack of an error calls `origin`. */
function textOfOrigin(origin: string): string | undefined {
  return origins.get(origin);
}

/** Finds the way for `fn`, which errors call `path`. */
function routeOf(fn: AnyFunction, path: string): Route {
  const reference = taskReference(fn) ?? exportOf(fn);
  if (reference) return { kind: "reference", reference };
  const about = know(fn, path);
  if (about.path) return { kind: "global", path: about.path };
  const { facts, name } = about;
  const { text, origin } = facts;
  if (text.isNative) {
    throw refusal(path, name, "it is native, bound or a proxy, so it has no source", "wrap it: (x) => f(x)");
  }
  const obstacle = obstacleOf(text);
  if (obstacle || !isPlain(about)) {
    const early = findExport(fn, facts, obstacle !== undefined);
    if (early) return { kind: "reference", reference: early };
  }
  if (obstacle) throw refusal(path, name, ...obstacle);
  refusePrototype(fn, text, path, name);
  const variables = isPlain(about) ? NOTHING : capture(fn, about, path);
  return {
    kind: "value",
    expression: text.expression,
    name,
    origin,
    isClass: text.kind === "class",
    assigned: text.assigned,
    variables,
  };
}

function know(fn: AnyFunction, path: string): Known {
  let about = known.get(fn);
  if (!about) {
    const name = typeof fn.name === "string" && fn.name || "(anonymous)";
    let facts: TextFacts;
    try {
      facts = factsOf(Function.prototype.toString.call(fn), name);
    } catch (error) {
      throw refusal(path, name, "its source cannot be read", EXPORT, error);
    }
    about = { facts, name, path: globalPath(fn), isPlain: facts.free.length === 0 };
    known.set(fn, about);
  }
  return about;
}

function factsOf(source: string, name: string): TextFacts {
  let facts = textFacts.get(source);
  if (!facts) {
    const text = readFunction(source);
    if (textFacts.size >= TEXTS) {
      textFacts.clear();
      origins.clear();
    }
    const origin = `${name.replace(/[^\w$]/g, "_")}.${origins.size + 1}`;
    facts = { source, text, origin, free: [...text.free], isSelfContained: false, isOfNowhere: false };
    textFacts.set(source, facts);
    origins.set(origin, source);
  }
  return facts;
}

/** Whether it is known to capture nothing. */
function isPlain({ facts, isPlain }: Known): boolean {
  return isPlain || facts.isSelfContained && facts.free.every(isLikelyGlobal);
}

function capture(fn: AnyFunction, about: Known, path: string): ReadonlyMap<string, unknown> {
  const { facts, name } = about;
  if (!inspectorAllowed()) {
    const free = facts.free.find((free) => !isLikelyGlobal(free));
    if (free === undefined) return NOTHING;
    throw refusal(
      path,
      name,
      `it uses the variable ${free} of its surroundings, and reading that needs --allow-sys`,
      `run with --allow-sys, pass ${free} as an argument, or ${EXPORT}`,
    );
  }
  if (!inspectorIsOpen()) throw new NotReadyYet(openInspector());
  const found = captureVariables(fn, facts.free);
  if (found.size) findExport(fn, facts, true);
  const variables = new Map<string, unknown>();
  for (const variable of facts.free) {
    if (found.has(variable)) variables.set(variable, valueOf(variable, found.get(variable), path, name));
    else if (isOwnGlobal(variable)) {
      variables.set(variable, (globalThis as unknown as Record<string, unknown>)[variable]);
    }
  }
  if (!variables.size) {
    about.isPlain = true;
    facts.isSelfContained = facts.free.every(isLikelyGlobal);
  }
  return variables;
}

function valueOf(variable: string, captured: Captured, path: string, name: string): unknown {
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
  if (isStandardGlobal(variable)) hideGlobal(variable);
  return captured.value;
}

/**
 * Where a function is exported that the index does not know. Before it is taken apart, which is when `isUrgent`, that
 * must be certain.
 */
function findExport(fn: AnyFunction, facts: TextFacts, isUrgent: boolean): TaskReference | undefined {
  if (!inspectorIsOpen() || isOfMainModule(facts.source)) return undefined;
  if (!modulesAreIndexed()) {
    const reference = exportByText(fn, facts.source);
    if (reference || !isUrgent) return reference;
    throw new NotReadyYet(indexModules());
  }
  if (!isUrgent || facts.isOfNowhere || isOfKnownModule(facts.source)) return undefined;
  facts.isOfNowhere = true;
  throw new NotReadyYet(indexNewModules());
}

/** Why a text cannot be evaluated elsewhere, and what to do. */
function obstacleOf(text: FunctionText): readonly [why: string, advice: string] | undefined {
  if (text.usesSuper) return ["it uses super", EXPORT];
  if (text.usesImportMeta) return ["it uses import.meta", EXPORT];
  if (text.usesNewTarget) return ["it uses the new.target of the function around it", EXPORT];
  if (text.usesEval) return ["it calls eval, so what it uses cannot be known", EXPORT];
  if (text.usesThis) return ["it uses the this of its surroundings", "pass that object as an argument"];
  const [private_] = text.privateNames;
  if (private_ !== undefined) return [`it uses the private name ${private_} of its class`, EXPORT];
  const isBound = (specifier: string | null) => specifier === null || /^\.{0,2}\//.test(specifier);
  return text.dynamicImports.some(isBound)
    ? ["it imports a module by a relative or computed address", EXPORT]
    : undefined;
}

/** The prototype of a function that is used as a class was made by statements that do not travel. */
function refusePrototype(fn: AnyFunction, { kind }: FunctionText, path: string, name: string): void {
  if (kind !== "function" || !Object.hasOwn(fn, "prototype")) return;
  const { prototype } = fn as { prototype?: unknown };
  if (typeof prototype !== "object" || prototype === null) return;
  const own = Reflect.ownKeys(prototype);
  const isMade = own.some((key) => key !== "constructor") ||
    own.length === 1 && Object.getPrototypeOf(prototype) !== Object.prototype;
  if (isMade) {
    throw refusal(path, name, "its prototype was given members", `write it as a class, or ${EXPORT}`);
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

setRouter({ routeOf, textOfOrigin });
