/**
 * Memory of the heap that correlations work in: generated code reaches nothing else.
 *
 * Every thread keeps what it needs again, up to a bound; what is longer lives as long as a job. It is counted with
 * what pools work with: no object of the program's own stands behind it.
 */

import { Block } from "../shared/block.ts";
import { isHeapBuffer } from "../shared/heap.ts";
import type { Buffers } from "./_job.ts";
import { load, store } from "./_lines.ts";
import { type Plane, rowsOf } from "./_plane.ts";
import { remembered } from "./_workspace.ts";
import type { KernelBackend } from "./backend.ts";
import { type TransformPlan, transformPlan, twiddles } from "./wasm/correlate_transform.ts";
import { valuesCode } from "./wasm/correlate_values.ts";

/** Doubles of a buffer that is kept: there are about ten names. */
const KEPT = 1 << 17;

interface Held {
  readonly block: Block;
  readonly view: Float64Array;
}

const kept = new Map<string, Held>();

function hold(length: number): Held {
  const block = Block.allocate(8 * length, "job");
  return { block, view: block.view("float64") };
}

/** Buffers by name, of this thread alone; `byteOffset` is a buffer's address. */
export class HeapBuffers implements Disposable {
  readonly #large = new Map<string, Held>();

  /** A buffer of at least `length` doubles with anything in it; the same one for the same name. */
  readonly get: Buffers = (name, length) => {
    const holders = length > KEPT ? this.#large : kept;
    let held = holders.get(name);
    if (!held || held.view.length < length) {
      held?.block.free();
      holders.delete(name);
      holders.set(name, held = hold(length));
    }
    return held.view;
  };

  /** Gives back what is not kept. */
  [Symbol.dispose](): void {
    for (const { block } of this.#large.values()) block.free();
    this.#large.clear();
  }
}

/** Buffers for a kind of code, for as long as a job lasts: of the heap, or of this thread's own memory. */
export function workMemory(backend: KernelBackend): { readonly get: Buffers } & Disposable {
  return backend === "wasm" ? new HeapBuffers() : { get: remembered(), [Symbol.dispose]() {} };
}

/** Bytes of tables that are kept. */
const KEPT_TABLES = 1 << 22;

const tables = new Map<number, Held>();
let tableBytes = 0;

/** The address of the twiddle factors of a length; good until the next call. */
export function tablesOf(length: number): number {
  let table = tables.get(length);
  if (!table) {
    const plan = transformPlan(length) as TransformPlan;
    table = hold(Math.max(1, plan.tableBytes / 8));
    table.view.set(twiddles(plan));
    tableBytes += table.view.byteLength;
  }
  tables.delete(length);
  tables.set(length, table);
  for (const [old, { block, view }] of tables) {
    if (tableBytes <= KEPT_TABLES || old === length) break;
    tables.delete(old);
    tableBytes -= view.byteLength;
    block.free();
  }
  return table.view.byteOffset;
}

/** The address of a buffer; generated code must not be given what lies elsewhere. */
export function addressOf({ buffer, byteOffset }: Float64Array): number {
  if (!isHeapBuffer(buffer)) {
    throw new TypeError("Cannot use a buffer outside of the shared heap: allocate it there");
  }
  return byteOffset;
}

/** A matrix of doubles in the heap, as generated code takes it. */
export interface HeapPlane {
  /** Where element (0, 0) lies. */
  readonly address: number;
  /** Bytes from one row to the next. */
  readonly pitch: number;
  /** The number of rows. */
  readonly rows: number;
  /** The number of columns: each at the next double. */
  readonly columns: number;
}

/** The same matrix for generated code; undefined where it does not lie as that takes it. */
export function heapPlane(
  { data, offset, rowStep, columnStep, rows, columns }: Plane,
): HeapPlane | undefined {
  if (!(data instanceof Float64Array) || columnStep !== 1 && columns > 1 || !isHeapBuffer(data.buffer)) {
    return undefined;
  }
  return { address: data.byteOffset + 8 * offset, pitch: 8 * rowStep, rows, columns };
}

/** Copies a matrix to `to`, from slot `at` on, rows `pitch` slots apart. */
export function loadRows(plane: Plane, to: Float64Array, at = 0, pitch: number = plane.columns): void {
  const { data, offset, rowStep, columnStep, rows, columns } = plane;
  if (rows === 0 || columns === 0) return;
  const here = heapPlane(plane);
  if (here) {
    valuesCode().copy(here.address, here.pitch, to.byteOffset + 8 * at, 8 * pitch, rows, columns);
  } else if (data instanceof Float64Array && columnStep === 1 && columns >= 32) {
    if (rowStep === columns && pitch === columns) to.set(data.subarray(offset, offset + rows * columns), at);
    else {
      for (let i = 0, from = offset, t = at; i < rows; i++, from += rowStep, t += pitch) {
        to.set(data.subarray(from, from + columns), t);
      }
    }
  } else {
    load(rowsOf(plane, 0), columns, rows, to, at, pitch);
  }
}

/** Copies the rows of a matrix in the heap to `target`. */
export function storeRows(from: Float64Array, at: number, pitch: number, target: Plane): void {
  const { data, offset, rowStep, columnStep, rows, columns } = target;
  if (rows === 0 || columns === 0) return;
  const there = heapPlane(target);
  if (there) {
    valuesCode().copy(from.byteOffset + 8 * at, 8 * pitch, there.address, there.pitch, rows, columns);
  } else if (data instanceof Float64Array && columnStep === 1 && columns >= 32) {
    if (rowStep === columns && pitch === columns) data.set(from.subarray(at, at + rows * columns), offset);
    else {
      for (let i = 0, t = offset, f = at; i < rows; i++, t += rowStep, f += pitch) {
        data.set(from.subarray(f, f + columns), t);
      }
    }
  } else {
    store(from, at, pitch, columns, rows, 1, rowsOf(target, 0));
  }
}

/** A part of a matrix. */
export function partOf(plane: Plane, row: number, column: number, rows: number, columns: number): Plane {
  const { data, offset, rowStep, columnStep } = plane;
  return { data, offset: offset + row * rowStep + column * columnStep, rowStep, columnStep, rows, columns };
}
