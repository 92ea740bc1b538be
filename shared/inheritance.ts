/**
 * What a pool's workers inherit from the thread that makes the pool: settings of other parts of this module, and what
 * these would otherwise make once more in each worker. The pool hands it on and knows nothing of it.
 *
 * ```
 * maker     bequeath("backend", () => choice)     as a module is loaded
 * pool      estateOf(pool, post)                  as it is made; posted to each worker before its first task
 * worker    inherit(estate)                       then receive("backend", (choice) => …), now and whenever it comes
 * ```
 *
 * What a worker has inherited, the pools that it makes itself inherit too, whether or not it made use of it.
 *
 * @module
 */

/** What is inherited, as it is posted. */
export interface Estate {
  /** By name; anything that structured clone carries. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Addresses of modules that the workers will want: they load them when they have nothing else to do. */
  readonly modules: readonly string[];
}

const givers = new Map<string, () => unknown>();
const receivers = new Map<string, (value: unknown) => void>();
const received = new Map<string, unknown>();
const modules = new Set<string>();

interface Heir {
  readonly values: ReadonlyMap<string, unknown>;
  readonly post: (estate: Estate) => void;
}

const heirs = new WeakMap<object, Heir>();

/** Has pools that this thread makes from now on inherit what `give` gives as they are made. */
export function bequeath(name: string, give: () => unknown): void {
  givers.set(name, give);
}

/** Has the workers of these pools load a module. */
export function bequeathModule(address: string): void {
  modules.add(address);
}

/** Has `take` called with what this thread has inherited under that name, at once if it is there already. */
export function receive(name: string, take: (value: unknown) => void): void {
  receivers.set(name, take);
  if (received.has(name)) take(received.get(name));
}

/** Inside a worker: takes over what was posted. */
export function inherit({ values, modules: addresses }: Estate): void {
  for (const [name, value] of values) {
    received.set(name, value);
    receivers.get(name)?.(value);
  }
  for (const address of addresses) modules.add(address);
}

/** Inside a worker: the addresses of the modules that it is to load. */
export function inheritedModules(): string[] {
  return [...modules];
}

/** What a pool, as it is made, is to post to each worker; `post` posts something to those it has by then. */
export function estateOf(pool: object, post: (estate: Estate) => void): Estate {
  const values = new Map(received);
  for (const [name, give] of givers) values.set(name, give());
  heirs.set(pool, { values, post });
  return { values, modules: [...modules] };
}

/** What a pool has inherited under a name as it was made. */
export function inheritedBy(pool: object, name: string): unknown {
  return heirs.get(pool)?.values.get(name);
}

/** Posts what is to be had under a name by now to the workers that a pool has. */
export function renew(pool: object, name: string): void {
  const give = givers.get(name);
  if (give) heirs.get(pool)?.post({ values: new Map([[name, give()]]), modules: [] });
}
