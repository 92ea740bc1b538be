/**
 * What every thread has of itself: the global names, and the built-in functions under them.
 *
 * @module
 */

/** Names that nobody shadows; a function that uses only these is taken at its word. */
const SURE = new Set([
  ..."undefined NaN Infinity globalThis Object Function Array Number String Boolean Symbol BigInt Math JSON Reflect"
    .split(" "),
  ..."Date RegExp Promise Proxy Map Set WeakMap WeakSet WeakRef Intl Iterator Atomics ArrayBuffer DataView"
    .split(" "),
  ..."SharedArrayBuffer Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array"
    .split(" "),
  ..."BigInt64Array BigUint64Array Float16Array Float32Array Float64Array Error TypeError RangeError SyntaxError"
    .split(" "),
  ..."ReferenceError EvalError URIError AggregateError DOMException AbortController AbortSignal".split(" "),
  ..."parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI".split(
    " ",
  ),
  ..."console Deno crypto performance navigator structuredClone queueMicrotask WebAssembly TextEncoder TextDecoder"
    .split(" "),
  ..."setTimeout clearTimeout setInterval clearInterval URL URLSearchParams fetch atob btoa".split(" "),
]);

/** Whether `name` means the global without a doubt. */
export function isSureGlobal(name: string): boolean {
  return SURE.has(name);
}

/** Globals that this module exports under the same name: which of the two is meant the text does not say. */
const DOUBTFUL = new Set(["Event", "Lock", "name"]);

/** Whether `name` most likely means the global, where the function's surroundings cannot be asked. */
export function isLikelyGlobal(name: string): boolean {
  return isSureGlobal(name) || name in globalThis && !DOUBTFUL.has(name);
}

let paths: Map<unknown, readonly string[]> | undefined;

/** How a built-in function is reached from the global object, as in `["Math", "max"]`. */
export function globalPath(fn: unknown): readonly string[] | undefined {
  return (paths ??= findPaths()).get(fn);
}

function findPaths(): Map<unknown, readonly string[]> {
  const found = new Map<unknown, readonly string[]>();
  const add = (value: unknown, path: readonly string[]) => {
    if (typeof value === "function" && !found.has(value)) found.set(value, path);
  };
  for (const name of SURE) {
    const value = (globalThis as Record<string, unknown>)[name];
    add(value, [name]);
    if (typeof value !== "object" && typeof value !== "function" || value === null || name === "globalThis") {
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

/** What stands at a path. */
export function atGlobalPath(path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], globalThis);
}
