/**
 * Values to wires.
 *
 * What structured clone carries as it should, it carries. What it would refuse, damage or copy needlessly is taken out
 * of the value and stands beside it as a *note*: objects of this module and views of shared memory go by reference,
 * errors and functions as records, large typed arrays through the heap. In the value, a fresh empty object marks
 * the place; structured clone keeps identity within one message, so the other side finds it without looking at names.
 *
 * @module
 */

import { isProxy } from "node:util/types";
import { Block, blockContaining, pin, unpin } from "../shared/block.ts";
import { pinWhileAlive } from "../shared/ledger.ts";
import { SerializationError } from "../shared/errors.ts";
import { isHeapBuffer, isMainThread } from "../shared/heap.ts";
import { type BlockReference, isTraveller, PACK, type Packed } from "../shared/travel.ts";
import { type ErrorRecord, writeErrorRecord } from "./_error_record.ts";
import { attempt, cannot, checkCloneable, isSerialisable } from "./_cloneable.ts";
import { capturesAnything, decode, discard, prepare, viewOver } from "./_decode.ts";
import type { FunctionSpec } from "./_function_spec.ts";
import { exportOf, indexModules, modulesAreIndexed } from "./_modules.ts";
import { NotReadyYet, routeOf, type ValueRoute } from "./_routes.ts";
import { type Extra, extrasOf, foreignClass, isHosted, sharedSymbol, Sharing } from "./_captured.ts";
import { globalPath } from "./_globals.ts";
import type { AnyFunction } from "./process.ts";

export { capturesAnything, decode, discard, prepare };

/** A value on its way. */
export interface Wire {
  /** Structured-cloneable. */
  readonly value: unknown;
  /** What is to be put where; absent when there is nothing. */
  readonly notes?: readonly Note[];
}

/** Something that is rebuilt on the other side. */
export type Note =
  | { readonly at: object; readonly kind: "object"; readonly packed: Packed }
  | { readonly at: object; readonly kind: "error"; readonly record: ErrorRecord }
  | { readonly at: object; readonly kind: "function"; readonly spec: FunctionSpec }
  | { readonly at: object; readonly kind: "symbol"; readonly key: string }
  | { readonly at: object; readonly kind: "extras"; readonly extras: readonly Extra[] }
  | {
    readonly at: object;
    readonly kind: "view";
    readonly type: string;
    readonly offset: number;
    readonly length: number;
    readonly block: BlockReference;
  }
  | {
    readonly at: object;
    readonly kind: "copy";
    readonly type: string;
    readonly block: BlockReference;
    readonly byteLength: number;
  };

/** A wire and what keeps it alive until it has been read. */
export interface Encoded {
  /** To be posted. */
  readonly wire: Wire;
  /** Undoes the pins; called when the receiver can no longer need them. */
  readonly release: () => void;
  /** The class of something in it that only messages carry, which serialisation would refuse or lose. */
  readonly onlyPosted?: string | undefined;
}

/** How a value may travel. */
export interface EncodeOptions {
  /** Whether functions may be part of it: as arguments they may, as results not. */
  readonly functions: boolean;
  /** Whether the receiver frees what was copied through the heap (a result), or the sender does (an argument). */
  readonly handOver: boolean;
}

/** Typed arrays of at least this many bytes are copied through the heap: messages are slow with views. */
const HEAP_COPY = 2048, noRelease = () => {};

/** Encodes `value`; `path` is what it is called in errors. */
export function encode(value: unknown, path: string, options: EncodeOptions): Encoded {
  if (isPrimitive(value)) return { wire: { value }, release: noRelease };
  return new Encoder(options).encode(value, path);
}

function isPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case "object":
      return value === null;
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}

/** Pins what is lent to others; the returned function unpins it, as does this thread's death. */
export function pinFor(reference: BlockReference): () => void {
  if (!isMainThread()) return pinWhileAlive(reference);
  pin(reference);
  return () => unpin(reference);
}

const isPlainArray = (value: object): value is unknown[] => Array.isArray(value);

class Encoder {
  readonly #notes: Note[] = [];
  readonly #unpins: (() => void)[] = [];
  readonly #copies: Block[] = [];
  /** What was met before: its copy, so that identity and cycles survive. */
  readonly #met = new Map<object, unknown>();
  /** Which functions capture variables of which names. */
  readonly #sharing = new Sharing();
  #onlyPosted: string | undefined;
  /** Depth inside of captured variables: there, an object that would lose its class is refused. */
  #capturing = 0;

  /** `writing`: the errors whose parts are being encoded, each part by an encoder of its own. */
  constructor(readonly options: EncodeOptions, readonly writing: Set<Error> = new Set()) {}

  encode(value: unknown, path: string): Encoded {
    try {
      const copy = this.#visit(value, path);
      const wire = this.#notes.length ? { value: copy, notes: this.#notes } : { value: copy };
      return { wire, release: () => this.#release(), onlyPosted: this.#onlyPosted };
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #release(): void {
    for (const unpin of this.#unpins.splice(0)) unpin();
    for (const block of this.#copies.splice(0)) block.free();
  }

  #visit(value: unknown, path: string): unknown {
    if (typeof value === "function") return this.#function(value as AnyFunction, path);
    if (typeof value === "symbol") return this.#symbol(value, path);
    if (typeof value !== "object" || value === null) return value;
    const met = this.#met.get(value);
    if (met !== undefined) return met;
    const copy = this.#object(value, path);
    this.#met.set(value, copy);
    return copy;
  }

  #symbol(value: symbol, path: string): object {
    const shared = sharedSymbol(value);
    if (!shared) throw cannot(path, "a symbol", "pass a string, or make it with Symbol.for()");
    return this.#note({ at: {}, kind: "symbol", key: shared });
  }

  #object(value: object, path: string): unknown {
    if (isProxy(value)) throw cannot(path, "a Proxy", "pass what it stands for");
    if (isTraveller(value)) return this.#traveller(value, path);
    const found = this.#capturing ? this.#ofRuntime(value) : undefined;
    if (found) return found;
    const foreign = this.#capturing ? foreignClass(value) : undefined;
    if (foreign !== undefined) {
      const hosted = isHosted(value.constructor);
      const what = `an object of class ${foreign}${hosted ? "" : ", which would lose its class"}`;
      throw cannot(path, what, "pass plain data, and make the object there");
    }
    if (ArrayBuffer.isView(value)) return this.#view(value, path);
    if (isPlainArray(value)) return this.#array(value, path);
    if (value instanceof Error) return this.#error(value, path);
    if (value instanceof Map) return this.#map(value, path);
    if (value instanceof Set) return this.#set(value, path);
    const tag = Object.prototype.toString.call(value);
    if (tag === "[object Object]") return this.#record(value, path);
    if (tag === "[object Module]") return this.#namespace(value, path);
    return this.#native(value, path);
  }

  #note(note: Note): object {
    this.#notes.push(note);
    return note.at;
  }

  #pin(reference: BlockReference): void {
    if (!this.options.handOver) return void this.#unpins.push(pinFor(reference));
    pin(reference);
    this.#unpins.push(() => unpin(reference));
  }

  #traveller(value: { [PACK](): Packed }, path: string): object {
    let packed: Packed;
    try {
      packed = attempt(path, () => value[PACK]());
    } catch (error) {
      if (!this.#capturing) throw error;
      const why = (error as Error).message;
      throw new SerializationError(`Cannot send ${path} to another thread: ${why}`, path, { cause: error });
    }
    const at = {};
    this.#met.set(value, at);
    for (const reference of packed.blocks) attempt(path, () => this.#pin(reference));
    return this.#note({ at, kind: "object", packed: { ...packed, data: this.#visit(packed.data, path) } });
  }

  #function(fn: AnyFunction, path: string): object {
    if (!this.options.functions) {
      throw cannot(
        path,
        `the function ${fn.name || "(anonymous)"}`,
        "return data, and call the function here",
      );
    }
    const met = this.#met.get(fn) as object | undefined;
    if (met) return met;
    const at = {};
    this.#met.set(fn, at);
    const route = routeOf(fn, path);
    if (route.kind === "reference") {
      return this.#note({ at, kind: "function", spec: { kind: "reference", ...route.reference } });
    }
    if (route.kind === "global") return this.#note({ at, kind: "function", spec: route });
    return this.#note({ at, kind: "function", spec: this.#byValue(fn, route, path) });
  }

  #byValue(fn: AnyFunction, route: ValueRoute, path: string): FunctionSpec {
    const { expression, name, origin, variables, isClass } = route;
    const spec: FunctionSpec = { kind: "value", expression, name, origin };
    const own = Object.keys(fn);
    if (!variables.size && !own.length) return spec;
    this.#capturing++;
    const visited: Record<string, unknown> = Object.create(null);
    for (const [variable, value] of variables) {
      this.#sharing.add({ variable, value, name, assigns: route.assigned.has(variable) }, path);
      visited[variable] = this.#visit(value, `${path} (${name}) → variable ${variable}`);
    }
    const properties: Record<string, unknown> = Object.create(null);
    const left: string[] = [];
    for (const key of own) {
      try {
        const value = (fn as unknown as Record<string, unknown>)[key];
        properties[key] = this.#visit(value, `${path} (${name}) → ${name}.${key}`);
      } catch (error) {
        // What a class makes of itself, as a table of its objects, it makes again.
        if (!isClass || error instanceof NotReadyYet) throw error;
        left.push(key);
      }
    }
    this.#capturing--;
    const base = isClass ? this.#met.get(Object.getPrototypeOf(fn)) as object | undefined : undefined;
    return { ...spec, variables: visited, ...(own.length && { properties, left }), ...(base && { base }) };
  }

  /** What every thread has, as `console` or `process`, goes by reference. */
  #ofRuntime(value: object): object | undefined {
    const path = globalPath(value), reference = exportOf(value);
    if (path) return this.#note({ at: {}, kind: "function", spec: { kind: "global", path } });
    if (!reference || reference.name === "*") return undefined;
    return this.#note({ at: {}, kind: "function", spec: { kind: "reference", ...reference } });
  }

  /** A module's namespace goes by reference. */
  #namespace(namespace: object, path: string): object {
    if (!modulesAreIndexed()) throw new NotReadyYet(indexModules());
    const reference = exportOf(namespace);
    if (!reference) throw cannot(path, "a module that a worker cannot import", "import it in the function");
    return this.#note({ at: {}, kind: "function", spec: { kind: "reference", ...reference } });
  }

  #error(error: Error, path: string): object {
    // A part that leads back to its error would be written for ever.
    if (this.writing.has(error)) throw cannot(path, "an error that is a part of itself", "leave it out");
    const at = {};
    this.#met.set(error, at);
    this.writing.add(error);
    const record = writeErrorRecord(error, (part) => {
      // A part of an error that cannot travel must not hide the error itself.
      try {
        const options = { functions: this.#capturing > 0, handOver: this.options.handOver };
        const encoded = new Encoder(options, this.writing);
        encoded.#capturing = this.#capturing;
        const { wire, onlyPosted } = encoded.encode(part, path);
        this.#onlyPosted ??= onlyPosted;
        this.#unpins.push(...encoded.#unpins);
        this.#copies.push(...encoded.#copies);
        return { wire };
      } catch (error) {
        if (this.#capturing) throw error;
        return undefined;
      }
    });
    this.writing.delete(error);
    return this.#note({ at, kind: "error", record });
  }

  #view(view: ArrayBufferView, path: string): unknown {
    const { buffer, byteOffset, byteLength } = view;
    const type = Object.prototype.toString.call(view).slice(8, -1);
    const length = type === "DataView" ? byteLength : (view as Uint8Array).length;
    if (buffer instanceof SharedArrayBuffer) {
      if (!isHeapBuffer(buffer)) {
        this.#onlyPosted ??= "SharedArrayBuffer";
        return view;
      }
      const block = blockContaining(byteOffset);
      if (!block) {
        throw cannot(path, "a view of shared memory that was disposed", "dispose it after the call");
      }
      this.#pin(block);
      return this.#note({ at: {}, kind: "view", type, offset: byteOffset, length, block });
    }
    if (byteLength >= HEAP_COPY) {
      const block = Block.allocate(byteLength, "message");
      block.bytes().set(new Uint8Array(buffer, byteOffset, byteLength));
      if (this.options.handOver) {
        this.#pin(block.reference);
        block.release();
      } else this.#copies.push(block);
      return this.#note({ at: {}, kind: "copy", type, block: block.reference, byteLength });
    }
    // Structured clone copies the whole buffer behind a view.
    if (byteLength < buffer.byteLength) {
      const own = buffer.slice(byteOffset, byteOffset + byteLength);
      return type === "DataView" ? new DataView(own) : viewOver(type, own, 0, length);
    }
    return view;
  }

  #array(items: unknown[], path: string): unknown {
    if (items.every(isPrimitive)) return items;
    const copy: unknown[] = new Array(items.length);
    this.#met.set(items, copy);
    for (const key of Object.keys(items)) {
      (copy as unknown as Record<string, unknown>)[key] = this.#visit(
        (items as unknown as Record<string, unknown>)[key],
        `${path}[${key}]`,
      );
    }
    return copy;
  }

  #record(value: object, path: string): unknown {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null && isHosted(prototype.constructor)) {
      throw cannot(path, `an object of class ${prototype.constructor.name}`, "open or make it there");
    }
    const copy: Record<string, unknown> = {};
    this.#met.set(value, copy);
    const extras = this.#capturing ? this.#extras(value, path) : undefined;
    for (const key of Object.keys(value)) {
      if (extras?.has(key)) continue;
      const part = this.#visit((value as Record<string, unknown>)[key], `${path}.${key}`);
      if (key === "__proto__") {
        Object.defineProperty(copy, key, { value: part, enumerable: true, writable: true });
      } else copy[key] = part;
    }
    if (extras?.size) this.#note({ at: copy, kind: "extras", extras: [...extras.values()] });
    return copy;
  }

  /** What a captured object has that structured clone would drop or evaluate. */
  #extras(value: object, path: string): Map<string | symbol, Extra> {
    const extras = new Map<string | symbol, Extra>();
    for (const { key, ...extra } of extrasOf(value)) {
      const place = `${path}.${String(key)}`;
      const visited: Record<string, unknown> = {};
      for (const [part, given] of Object.entries(extra)) visited[part] = this.#visit(given, place);
      extras.set(key, { key: this.#visit(key, place), ...visited } as Extra);
    }
    return extras;
  }

  #map(value: Map<unknown, unknown>, path: string): unknown {
    const copy = new Map();
    this.#met.set(value, copy);
    for (const [key, item] of value) {
      copy.set(
        this.#visit(key, `${path} key`),
        this.#visit(item, `${path}.get(${typeof key === "object" ? "…" : String(key)})`),
      );
    }
    return copy;
  }

  #set(value: Set<unknown>, path: string): unknown {
    const copy = new Set();
    this.#met.set(value, copy);
    for (const item of value) copy.add(this.#visit(item, `${path} element`));
    return copy;
  }

  /** Dates, buffers, blobs and their like: structured clone carries them or refuses. */
  #native(value: object, path: string): unknown {
    if (value instanceof RegExp && value.lastIndex && this.#capturing) {
      this.#note({ at: value, kind: "extras", extras: [{ key: "lastIndex", value: value.lastIndex }] });
    }
    checkCloneable(value, path);
    if (!isSerialisable(value)) this.#onlyPosted ??= value.constructor?.name ?? "Object";
    return value;
  }
}
