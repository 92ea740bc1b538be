/**
 * What every thread has of itself: the global names, and the built-in functions and objects under them.
 *
 * @module
 */

/** The objects under which built-in functions are looked for. */
const HOMES = [
  ..."Object Function Array Number String Boolean Symbol BigInt Math JSON Reflect Date RegExp Promise Proxy Map Set"
    .split(" "),
  ..."WeakMap WeakSet WeakRef Intl Iterator Atomics ArrayBuffer DataView SharedArrayBuffer Int8Array Uint8Array"
    .split(" "),
  ..."Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array Float16Array"
    .split(" "),
  ..."Float32Array Float64Array Error TypeError RangeError SyntaxError ReferenceError EvalError URIError"
    .split(" "),
  ..."AggregateError parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI"
    .split(" "),
];
/** Those that the runtime makes, in part by functions that have a text like any other. */
const HOSTED = [
  ..."console Deno crypto performance structuredClone queueMicrotask WebAssembly TextEncoder TextDecoder"
    .split(" "),
  ..."setTimeout clearTimeout setInterval clearInterval URL URLSearchParams fetch atob btoa Blob File".split(
    " ",
  ),
  ..."AbortController AbortSignal DOMException Headers Request Response Event EventTarget navigator globalThis"
    .split(" "),
];

/** The names that the runtime gives; what the program adds to them later is not among them. */
const STANDARD = new Set(Object.getOwnPropertyNames(globalThis));

/** Whether every thread has a global called `name`. */
export function isStandardGlobal(name: string): boolean {
  return STANDARD.has(name) || name in globalThis && !Object.hasOwn(globalThis, name);
}

/** A global that the program has made itself. */
export function isOwnGlobal(name: string): boolean {
  return !STANDARD.has(name) && Object.hasOwn(globalThis, name);
}

/** Globals that this module exports under the same name: which of the two is meant the text does not say. */
const DOUBTFUL = new Set(["Event", "Lock", "name"]);
/** Globals that were seen to be hidden by a variable somewhere in the program. */
const hidden = new Set<string>();

/** Notes that a variable hides the global `name`. */
export function hideGlobal(name: string): void {
  hidden.add(name);
}

/** Whether `name` most likely means the global, where the function's surroundings cannot be asked. */
export function isLikelyGlobal(name: string): boolean {
  return isStandardGlobal(name) && !DOUBTFUL.has(name) && !hidden.has(name);
}

let paths: Map<unknown, readonly string[]> | undefined;

/** How a built-in function or object is reached from the global object, as in `["Math", "max"]`. */
export function globalPath(fn: unknown): readonly string[] | undefined {
  return (paths ??= findPaths()).get(fn);
}

function findPaths(): Map<unknown, readonly string[]> {
  const found = new Map<unknown, readonly string[]>();
  const add = (value: unknown, path: readonly string[]) => {
    if (typeof value !== "function" && typeof value !== "object" || value === null || found.has(value)) {
      return;
    }
    // What a program adds to a built-in object has a text, and other threads do not have it.
    if (HOSTED.includes(path[0]) || typeof value === "object" && path.length === 1 || isNative(value)) {
      found.set(value, path);
    }
  };
  for (const name of [...HOMES, ...HOSTED]) {
    const value = (globalThis as Record<string, unknown>)[name];
    add(value, [name]);
    if (typeof value !== "object" && typeof value !== "function" || value === null) {
      continue;
    }
    for (const [key, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      add(member, [name, key]);
    }
    const { prototype } = value as { prototype?: object };
    if (typeof value !== "function" || !prototype) continue;
    for (const [key, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (key !== "constructor") add(member, [name, "prototype", key]);
    }
  }
  return found;
}

function isNative(value: unknown): boolean {
  return typeof value === "function" &&
    Function.prototype.toString.call(value).endsWith("{ [native code] }");
}

/** What stands at a path. */
export function atGlobalPath(path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], globalThis);
}
