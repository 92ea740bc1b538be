/**
 * Wires back to values: what the notes describe is rebuilt and put where the message marks its place.
 *
 * @module
 */

import { Block, unpin } from "../shared/block.ts";
import { heapBuffer } from "../shared/heap.ts";
import { type BlockReference, canUnpack, unpack } from "../shared/travel.ts";
import { decodeParts } from "./_captured.ts";
import { loadClasses } from "./_classes.ts";
import type { Note, Wire } from "./_codec.ts";
import { readErrorRecord } from "./_error_record.ts";
import { loadFunction } from "./_function_spec.ts";
import { relocate } from "./_stack.ts";

/** A view of a given type. */
export function viewOver(
  type: string,
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
): ArrayBufferView {
  const View = (globalThis as unknown as Record<string, new (...args: unknown[]) => ArrayBufferView>)[type];
  return new View(buffer, offset, length);
}

/** Rebuilds the value. A wire whose copies were handed over is read once. */
export function decode(wire: Wire, handOver = false): unknown {
  if (!wire.notes) return wire.value;
  const rebuilt = new Map<object, unknown>();
  for (const note of wire.notes) if (note.kind !== "extras") rebuilt.set(note.at, undefined);
  const put = new Replacer(rebuilt);
  decodeParts(wire.notes, rebuilt, (value) => put.visit(value), (note) => rebuild(note, put, handOver));
  return put.visit(wire.value);
}

type DataNote = Exclude<Note, { readonly kind: "function" | "symbol" | "extras" }>;

function rebuild(note: DataNote, put: Replacer, handOver: boolean): unknown {
  switch (note.kind) {
    case "object":
      return releasing(
        handOver ? note.packed.blocks : [],
        () => unpack({ ...note.packed, data: put.visit(note.packed.data) }),
      );
    case "error":
      return readErrorRecord(
        { ...note.record, stack: relocate(note.record.stack) },
        (part) => decode((part as { wire: Wire }).wire, handOver),
      );
    case "view":
      return releasing(
        handOver ? [note.block] : [],
        () => Block.attach(note.block).watch(viewOver(note.type, heapBuffer(), note.offset, note.length)),
      );
    case "copy":
      return releasing(handOver ? [note.block] : [], () => {
        const block = Block.attach(note.block);
        const { buffer } = block.bytes().slice();
        block.release();
        const size = note.type === "DataView"
          ? 1
          : viewOver(note.type, new ArrayBuffer(0), 0, 0) as Uint8Array;
        const bytes = typeof size === "number" ? size : size.BYTES_PER_ELEMENT;
        return viewOver(note.type, toUnshared(buffer, note.byteLength), 0, note.byteLength / bytes);
      });
  }
}

function toUnshared(buffer: ArrayBufferLike, byteLength: number): ArrayBuffer {
  if (buffer instanceof ArrayBuffer) return buffer;
  const own = new ArrayBuffer(byteLength);
  new Uint8Array(own).set(new Uint8Array(buffer));
  return own;
}

function releasing<R>(blocks: readonly BlockReference[], run: () => R): R {
  try {
    return run();
  } finally {
    for (const block of blocks) unpin(block);
  }
}

/** Puts what was rebuilt in the places that are marked, in the decoded copy, which is ours to change. */
class Replacer {
  readonly #seen = new Set<object>();

  constructor(readonly rebuilt: Map<object, unknown>) {}

  visit(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (this.rebuilt.has(value)) return this.rebuilt.get(value);
    if (this.#seen.has(value)) return value;
    this.#seen.add(value);
    if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) {
      const record = value as Record<string, unknown>;
      for (const key of Object.keys(record)) {
        const old = record[key];
        if (typeof old !== "object" || old === null) continue;
        const put = this.visit(old);
        if (put !== old) record[key] = put;
      }
    } else if (value instanceof Map) {
      const entries = [...value];
      value.clear();
      for (const [key, item] of entries) value.set(this.visit(key), this.visit(item));
    } else if (value instanceof Set) {
      const items = [...value];
      value.clear();
      for (const item of items) value.add(this.visit(item));
    }
    return value;
  }
}

/** Loads the modules that a wire's functions and objects come from, so that {@linkcode decode} need not wait. */
export function prepare(wire: Wire): Promise<unknown> | undefined {
  const loads: Promise<unknown>[] = [];
  for (const note of wire.notes ?? []) {
    const load = loadOf(note);
    if (load) loads.push(load);
  }
  return loads.length ? Promise.all(loads) : undefined;
}

function loadOf(note: Note): Promise<unknown> | undefined {
  switch (note.kind) {
    case "function":
      return loadFunction(note.spec);
    case "object":
      return canUnpack(note.packed.tag) ? undefined : loadClasses();
    case "error": {
      const loads = note.record.parts.flatMap((part) => prepare((part as { wire: Wire }).wire) ?? []);
      return loads.length ? Promise.all(loads) : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether a note is of a function that is not the same at every submission. */
export function capturesAnything(note: Note): boolean {
  return note.kind !== "function" || note.spec.kind === "value" && note.spec.variables !== undefined;
}

/** Frees what a wire that will never be read carries. */
export function discard(wire: Wire): void {
  for (const note of wire.notes ?? []) {
    if (note.kind === "object") { for (const block of note.packed.blocks) unpin(block); }
    else if (note.kind === "view" || note.kind === "copy") unpin(note.block);
    else if (note.kind === "error") {
      note.record.parts.forEach((part) => discard((part as { wire: Wire }).wire));
    }
  }
}
