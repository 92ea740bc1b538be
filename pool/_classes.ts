/**
 * Inside a worker: loads the classes of what may arrive when the first of them does, or when the worker has nothing to
 * do. They are half of this library, and a first task that only computes need not wait for them.
 *
 * It is all of them or none, as a queue may hold any other object. So who has a queue has them all.
 *
 * @module
 */

let loading: Promise<unknown> | undefined;

/** Loads all classes whose objects travel. */
export function loadClasses(): Promise<unknown> {
  return loading ??= import("../shared/mod.ts");
}
