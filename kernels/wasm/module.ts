/**
 * A module: the memory it imports, its functions, and its encoding in the binary format.
 *
 * @module
 */

import { ByteWriter } from "./byte_writer.ts";
import { type ResultType, TYPE_CODES, type ValueType } from "./entry.ts";
import { FunctionBuilder } from "./function_builder.ts";
import { FunctionHandle, type Parameters } from "./function_handle.ts";
import type { Operand } from "./values.ts";

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const SECTION = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10 };
const KIND = { function: 0, memory: 2 };
const MAX_PAGES = 65536;

/** The memory that a module imports. */
export interface MemoryImport {
  /** The module it comes from, as the importing side says; `"env"` unless given. */
  readonly module?: string;
  /** Its name there; `"memory"` unless given. */
  readonly name?: string;
  /** Whether it is shared between threads; true unless given. */
  readonly shared?: boolean;
  /** The pages of 64 KiB it must have at least; 1 unless given. */
  readonly initial?: number;
  /** The pages it may have at most. Unless given: 65,536 (4 GiB) if it is shared, which takes every memory. */
  readonly maximum?: number;
}

/** Says what a function does; a value that it returns becomes the function's result. */
export type Body<P extends readonly ValueType[], R extends ResultType> = (
  f: FunctionBuilder<R>,
  ...parameters: Parameters<P>
) => R extends ValueType ? Operand<R> | void : void;

interface FunctionImport {
  readonly module: string;
  readonly name: string;
  readonly handle: FunctionHandle;
}

/** A WebAssembly module under construction. */
export class Module {
  readonly #types: string[] = [];
  readonly #imports: FunctionImport[] = [];
  readonly #functions: FunctionHandle[] = [];
  readonly #bodies: (ByteWriter | undefined)[] = [];
  readonly #exports = new Map<string, FunctionHandle>();
  readonly #memory: Required<Omit<MemoryImport, "maximum">> & { readonly maximum: number | undefined };

  /** Makes a module that imports a memory; the default takes the shared heap. */
  constructor(memory: MemoryImport = {}) {
    const { module = "env", name = "memory", shared = true, initial = 1 } = memory;
    const { maximum = shared ? MAX_PAGES : undefined } = memory;
    this.#memory = { module, name, shared, initial, maximum };
    const isCount = (pages: number) => Number.isInteger(pages) && pages >= 0 && pages <= MAX_PAGES;
    if (!isCount(initial) || !isCount(maximum ?? initial) || initial > (maximum ?? initial)) {
      throw new RangeError(
        `Cannot import a memory of ${initial} to ${maximum} pages: use 0 to ${MAX_PAGES}, least first`,
      );
    }
  }

  /** Imports the function `name` of `module`. All imports come before the first function. */
  importFunction<const P extends readonly ValueType[], const R extends ResultType>(
    module: string,
    name: string,
    params: P,
    result: R,
  ): FunctionHandle<P, R> {
    if (this.#functions.length > 0) {
      throw new TypeError(`Cannot import "${name}": import functions before you define one`);
    }
    const handle = new FunctionHandle(name, params, result, this.#imports.length, this);
    this.#imports.push({ module, name, handle });
    return handle;
  }

  /** Defines a function for the others of the module to call. */
  function<const P extends readonly ValueType[], const R extends ResultType>(
    name: string,
    params: P,
    result: R,
    body: Body<P, R>,
  ): FunctionHandle<P, R> {
    const handle = this.declare(name, params, result);
    this.define(handle, body);
    return handle;
  }

  /** Defines a function and exports it under its name. */
  exportFunction<const P extends readonly ValueType[], const R extends ResultType>(
    name: string,
    params: P,
    result: R,
    body: Body<P, R>,
  ): FunctionHandle<P, R> {
    const handle = this.function(name, params, result, body);
    this.export(handle);
    return handle;
  }

  /** Announces a function that is defined later: for functions that call each other. */
  declare<const P extends readonly ValueType[], const R extends ResultType>(
    name: string,
    params: P,
    result: R,
  ): FunctionHandle<P, R> {
    const handle = new FunctionHandle(
      name,
      params,
      result,
      this.#imports.length + this.#functions.length,
      this,
    );
    this.#functions.push(handle);
    this.#bodies.push(undefined);
    return handle;
  }

  /** Gives a declared function its body. */
  define<P extends readonly ValueType[], R extends ResultType>(
    handle: FunctionHandle<P, R>,
    body: Body<P, R>,
  ): void {
    const { name, params, result } = handle;
    const place = handle.index - this.#imports.length;
    if ((this.#functions[place] as FunctionHandle | undefined) !== (handle as FunctionHandle)) {
      throw new TypeError(`Cannot define "${name}": this module did not declare it`);
    }
    if (this.#bodies[place]) throw new TypeError(`Cannot define "${name}": it has a body already`);
    const builder = new FunctionBuilder(this, params, result);
    const value = body(builder, ...builder.parameters as Parameters<P>);
    const code = new ByteWriter(64);
    builder.finish(code, value as Operand<ValueType> | undefined);
    this.#bodies[place] = code;
  }

  /** Exports a function under `name`: its own unless given. */
  export(handle: FunctionHandle, name: string = handle.name): void {
    if (handle.owner !== this) throw new TypeError(`Cannot export "${name}": it is of another module`);
    if (this.#exports.has(name)) {
      throw new TypeError(`Cannot export "${name}": there is an export of that name`);
    }
    this.#exports.set(name, handle);
  }

  /** The module in the binary format. */
  encode(): Uint8Array<ArrayBuffer> {
    const missing = this.#bodies.findIndex((body) => !body);
    if (missing >= 0) {
      throw new TypeError(`Cannot encode the module: "${this.#functions[missing].name}" has no body`);
    }
    const bodies = this.#bodies as ByteWriter[];
    const out = new ByteWriter(bodies.reduce((sum, { length }) => sum + length, 1024));
    out.append(MAGIC_AND_VERSION);
    // Signatures are numbered as functions name them, so the type section is written last of the three.
    const imports = section(SECTION.import, (to) => this.#writeImports(to));
    const functions = section(SECTION.function, (to) => {
      to.u32(this.#functions.length);
      for (const handle of this.#functions) to.u32(this.#typeIndex(handle));
    });
    out.append(section(SECTION.type, (to) => this.#writeTypes(to)));
    out.append(imports);
    out.append(functions);
    out.append(section(SECTION.export, (to) => this.#writeExports(to)));
    out.append(section(SECTION.code, (to) => {
      to.u32(bodies.length);
      for (const body of bodies) to.append(body.bytes);
    }));
    out.append(section(SECTION.custom, (to) => this.#writeNames(to)));
    return out.bytes;
  }

  /** Compiles the module, synchronously. */
  compile(): WebAssembly.Module {
    return new WebAssembly.Module(this.encode());
  }

  #typeIndex({ params, result }: FunctionHandle): number {
    const key = `${params.join(" ")} -> ${result}`;
    const index = this.#types.indexOf(key);
    return index >= 0 ? index : this.#types.push(key) - 1;
  }

  #writeTypes(to: ByteWriter): void {
    to.u32(this.#types.length);
    for (const key of this.#types) {
      to.byte(0x60);
      for (const side of key.split(" -> ")) {
        const types = side.split(" ").filter((type) => type !== "" && type !== "void") as ValueType[];
        to.u32(types.length);
        for (const type of types) to.byte(TYPE_CODES[type]);
      }
    }
  }

  #writeImports(to: ByteWriter): void {
    const { module, name, shared, initial, maximum } = this.#memory;
    to.u32(1 + this.#imports.length);
    to.name(module);
    to.name(name);
    to.byte(KIND.memory);
    to.byte((shared ? 2 : 0) + (maximum === undefined ? 0 : 1));
    to.u32(initial);
    if (maximum !== undefined) to.u32(maximum);
    for (const { module, name, handle } of this.#imports) {
      to.name(module);
      to.name(name);
      to.byte(KIND.function);
      to.u32(this.#typeIndex(handle));
    }
  }

  #writeExports(to: ByteWriter): void {
    to.u32(this.#exports.size);
    for (const [name, { index }] of this.#exports) {
      to.name(name);
      to.byte(KIND.function);
      to.u32(index);
    }
  }

  // Stack traces and profiles show these names.
  #writeNames(to: ByteWriter): void {
    const handles = [...this.#imports.map(({ handle }) => handle), ...this.#functions];
    const names = new ByteWriter();
    names.u32(handles.length);
    for (const { index, name } of handles) {
      names.u32(index);
      names.name(name);
    }
    to.name("name");
    to.byte(1);
    to.u32(names.length);
    to.append(names.bytes);
  }
}

function section(id: number, write: (to: ByteWriter) => void): Uint8Array {
  const body = new ByteWriter();
  write(body);
  const whole = new ByteWriter(body.length + 8);
  whole.byte(id);
  whole.u32(body.length);
  whole.append(body.bytes);
  return whole.bytes;
}
