/**
 * The rules for captured data, which must arrive as it is or not at all, and how what was noted beside a value is
 * put together again.
 *
 * @module
 */

import * as ours from "../shared/errors.ts";
import { SerializationError } from "../shared/errors.ts";
import type { Note } from "./_codec.ts";
import { rebuildFunction } from "./_function_spec.ts";

/** A property that structured clone would drop or evaluate, or the prototype where the key is absent. */
export interface Extra {
  /** Its key, as it travels; null: the object has no prototype. */
  readonly key: unknown;
  /** Its value, where it is no accessor. */
  readonly value?: unknown;
  /** Its getter. */
  readonly get?: unknown;
  /** Its setter. */
  readonly set?: unknown;
}

/** Prototypes that arrive as they are. */
const PRESERVED = new Set<object>();
for (
  const known of [
    ...[Object, Array, Map, Set, Date, RegExp, Boolean, Number, String, BigInt, DOMException, Blob, File],
    ...[ArrayBuffer, SharedArrayBuffer, DataView, Int8Array, Uint8Array, Uint8ClampedArray, Int16Array],
    ...[Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array, Float32Array, Float64Array],
    ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError],
    ...[WebAssembly.Module, WebAssembly.Memory, ...Object.values(ours), ...Object.values(Deno.errors)],
    (globalThis as { Float16Array?: { prototype: object } }).Float16Array,
  ]
) {
  if (known) PRESERVED.add(known.prototype as object);
}

/** The name of the class that `value` would lose on its way; undefined when it would lose nothing. */
export function foreignClass(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value);
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Arguments]") return "Arguments";
  if (prototype === null || PRESERVED.has(prototype)) {
    return tag === "[object Object]" || prototype !== Object.prototype || Symbol.toStringTag in value
      ? undefined
      : tag.slice(8, -1);
  }
  const { constructor } = prototype;
  const isOwn = typeof constructor === "function" && constructor.name && !isHosted(constructor);
  return isOwn
    ? constructor.name
    : tag === "[object Object]"
    ? constructor?.name ?? "unknown"
    : tag.slice(8, -1);
}

/** Whether a class is one of the runtime: what such an object holds, structured clone may not see. */
export function isHosted(constructor: unknown): constructor is new () => object {
  if (typeof constructor !== "function" || constructor === Object) return false;
  const { name } = constructor;
  for (const home of [globalThis, Deno] as unknown as Record<string, unknown>[]) {
    const own = Object.getOwnPropertyDescriptor(home, name);
    if (own && (own.value ?? own.get?.call(home)) === constructor) return true;
  }
  return false;
}

/** A variable that a function captures. */
interface Use {
  readonly variable: string;
  readonly value: unknown;
  /** The function. */
  readonly name: string;
  /** Whether the function assigns to it. */
  readonly assigns: boolean;
}

/**
 * Sees to it that no two functions share a variable that changes: each gets a variable of its own. Whether two
 * variables of one name are the same cannot be asked; with different values they are not.
 */
export class Sharing {
  readonly #uses = new Map<string, Use[]>();

  /** Notes a use; refuses it when another function may use the same variable, and one of them assigns. */
  add(use: Use, path: string): void {
    const { variable, value, name } = use;
    const uses = this.#uses.get(variable);
    if (!uses) {
      this.#uses.set(variable, [use]);
      return;
    }
    const other = uses.find((other) => (other.assigns || use.assigns) && Object.is(other.value, value));
    if (other) {
      throw new SerializationError(
        `Cannot send ${path}, the function ${name}, to another thread: it shares the variable ${variable}, ` +
          `which is assigned to, with the function ${other.name}; keep what changes in an object that both use`,
        path,
      );
    }
    uses.push(use);
  }
}

/** The key under which every thread finds a symbol; undefined for a symbol of this thread alone. */
export function sharedSymbol(symbol: symbol): string | undefined {
  const registered = Symbol.keyFor(symbol);
  if (registered !== undefined) return `for ${registered}`;
  const known = Object.getOwnPropertyNames(Symbol).find((name) =>
    (Symbol as unknown as Record<string, unknown>)[name] === symbol
  );
  return known && `known ${known}`;
}

function symbolOf(key: string): symbol {
  const name = key.slice(key.indexOf(" ") + 1);
  return key.startsWith("for ") ? Symbol.for(name) : (Symbol as unknown as Record<string, symbol>)[name];
}

/** What of a plain object is neither cloned nor kept: accessors, symbols as keys, that it has no prototype. */
export function* extrasOf(value: object): Generator<Extra & { readonly key: string | symbol }> {
  if (Object.getPrototypeOf(value) === null) yield { key: NO_PROTOTYPE, value: true };
  for (const key of Reflect.ownKeys(value)) {
    const { get, set, enumerable, value: own } = Object.getOwnPropertyDescriptor(value, key)!;
    if (get || set) yield { key, ...(get && { get }), ...(set && { set }) };
    else if (typeof key === "symbol" || !enumerable) yield { key, value: own };
  }
}

const NO_PROTOTYPE = Symbol.for("@multicore/multicore.noPrototype");

function addExtra(target: object, extra: Extra, see: (value: unknown) => unknown): void {
  const key = see(extra.key) as string | symbol;
  if (key === NO_PROTOTYPE) Object.setPrototypeOf(target, null);
  else if (key === "lastIndex" && target instanceof RegExp) target.lastIndex = extra.value as number;
  else if (extra.get || extra.set) {
    Object.defineProperty(target, key, {
      get: see(extra.get) as () => unknown,
      set: see(extra.set) as (value: unknown) => void,
      enumerable: true,
      configurable: true,
    });
  } else {
    Object.defineProperty(target, key, {
      value: see(extra.value),
      writable: true,
      enumerable: typeof key === "symbol",
      configurable: true,
    });
  }
}

type OfFunctions = Note & { readonly kind: "function" | "symbol" | "extras" };
type OfData = Exclude<Note, OfFunctions>;

/**
 * Rebuilds what the notes describe, into `rebuilt`. A note is written after those inside it, so each finds what it
 * needs; but functions may capture each other, so they are completed when all are there.
 */
export function decodeParts(
  notes: readonly Note[],
  rebuilt: Map<object, unknown>,
  see: (value: unknown) => unknown,
  rebuild: (note: OfData) => unknown,
): void {
  const incomplete: ((see: (value: unknown) => unknown) => void)[] = [];
  const pending = new Map<object, Note>();
  for (const note of notes) if (note.kind !== "extras") pending.set(note.at, note);
  const build = (note: Note) => {
    if (!pending.delete(note.at)) return;
    if (note.kind === "extras") return;
    if (note.kind === "symbol") rebuilt.set(note.at, symbolOf(note.key));
    else if (note.kind === "function") {
      // A class is made after the one that it extends, even where that one captures it.
      const base = note.spec.kind === "value" ? note.spec.base && pending.get(note.spec.base) : undefined;
      if (base) build(base);
      const { fn, complete } = rebuildFunction(note.spec, see);
      rebuilt.set(note.at, fn);
      if (complete) incomplete.push(complete);
    } else rebuilt.set(note.at, rebuild(note));
  };
  for (const note of notes) build(note);
  for (const complete of incomplete) complete(see);
  for (const note of notes) {
    if (note.kind === "extras") { for (const extra of note.extras) addExtra(note.at, extra, see); }
  }
}
