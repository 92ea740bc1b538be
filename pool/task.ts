/**
 * Functions that travel by reference: an address and an export's name.
 *
 * @module
 */

/** What a task's reference consists of. */
export interface TaskReference {
  /** Address of the module. */
  readonly module: string;
  /** Name of the export. */
  readonly name: string;
}

const REFERENCE = Symbol.for("@multicore/multicore.task");

/**
 * Declares that `fn` is what this module exports as `exportName`, so that it travels by reference: a worker imports
 * the module, once, and calls the export. It may use anything of its module, and needs no permission but to read it.
 *
 * A main module that uses this is imported by the workers too, so what it does at the top level, pools above all, belongs
 * under `if (import.meta.main)`.
 *
 * @typeParam F The function's type, which is kept.
 * @param meta The `import.meta` of the module that exports it.
 * @param exportName The name under which it is exported.
 * @param fn The function.
 * @returns `fn` itself.
 * @throws {TypeError} If an argument is of the wrong kind.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { task } from "@multicore/multicore/pool";
 *
 * export const double = task(import.meta, "double", (x: number) => 2 * x);
 *
 * assertEquals(double(21), 42); // still an ordinary function
 * ```
 */
// deno-lint-ignore no-explicit-any
export function task<F extends (...args: any[]) => unknown>(
  meta: { readonly url: string },
  exportName: string,
  fn: F,
): F {
  if (typeof meta?.url !== "string") {
    throw new TypeError("Cannot declare a task: the first argument must be import.meta");
  }
  if (typeof exportName !== "string" || exportName === "") {
    throw new TypeError("Cannot declare a task: the second argument must be the export's name");
  }
  if (typeof fn !== "function") {
    throw new TypeError(`Cannot declare task "${exportName}": it must be a function`);
  }
  const reference: TaskReference = { module: meta.url, name: exportName };
  Object.defineProperty(fn, REFERENCE, { value: reference, configurable: true });
  return fn;
}

/** The reference of a function that was declared as a task. */
export function taskReference(fn: unknown): TaskReference | undefined {
  return (fn as { [REFERENCE]?: TaskReference })[REFERENCE];
}
