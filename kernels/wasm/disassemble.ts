/**
 * A module in the binary format as text in the format of the specification: what the assembler emitted, to read.
 *
 * @module
 */

import { ByteReader } from "./byte_reader.ts";
import { codeLines, typeOf } from "./code_text.ts";

interface Signature {
  readonly params: string[];
  readonly results: string[];
}

interface Import {
  readonly from: string;
  /** The limits of a memory, or the type of a function. */
  readonly what: { readonly limits: string } | { readonly type: number };
}

interface Sections {
  types: Signature[];
  imports: Import[];
  /** The types of the functions, imported ones first. */
  functions: number[];
  exports: Map<number, string[]>;
  bodies: ByteReader[];
  names: Map<number, string>;
}

/**
 * The text of the module in `bytes`.
 *
 * It knows what the assembler emits: one imported memory, functions, exports. Locals and labels are numbered; behind
 * a branch stands the block it leads to, as at that block's head.
 *
 * @throws {TypeError} If `bytes` are no module, or hold something the assembler never emits.
 */
export function disassemble(bytes: Uint8Array): string {
  const sections = readSections(new ByteReader(bytes));
  const importCount = sections.functions.length - sections.bodies.length;
  const lines = [
    ...importLines(sections),
    ...sections.bodies.flatMap((body, i) => functionLines(sections, body, importCount + i)),
  ];
  return `(module\n${lines.map((line) => `  ${line}\n`).join("")})\n`;
}

function readSections(reader: ByteReader): Sections {
  const head = reader.take(8);
  if (head.join() !== "0,97,115,109,1,0,0,0") throw new TypeError("Cannot disassemble: this is no module");
  const sections: Sections = {
    types: [],
    imports: [],
    functions: [],
    exports: new Map(),
    bodies: [],
    names: new Map(),
  };
  while (!reader.isAtEnd) readSection(reader.byte(), reader.part(reader.u32()), sections);
  return sections;
}

function readSection(id: number, part: ByteReader, sections: Sections): void {
  const type = () => typeOf(part.byte());
  switch (id) {
    case 0:
      if (part.name() === "name") readNames(part, sections);
      break;
    case 1:
      sections.types = part.list(() => {
        part.byte();
        return { params: part.list(type), results: part.list(type) };
      });
      break;
    case 2:
      sections.imports = part.list(() => readImport(part));
      sections.functions = sections.imports.flatMap(({ what }) => "type" in what ? [what.type] : []);
      break;
    case 3:
      sections.functions.push(...part.list(() => part.u32()));
      break;
    case 7:
      part.list(() => {
        const name = part.name();
        part.byte();
        const index = part.u32();
        sections.exports.set(index, [...sections.exports.get(index) ?? [], name]);
      });
      break;
    case 10:
      sections.bodies = part.list(() => part.part(part.u32()));
      break;
    default:
      throw new TypeError(`Cannot disassemble: section ${id} is none that the assembler emits`);
  }
}

function readImport(part: ByteReader): Import {
  const from = `${quote(part.name())} ${quote(part.name())}`;
  if (part.byte() === 0) return { from, what: { type: part.u32() } };
  const flags = part.byte();
  const limits = [part.u32(), ...(flags & 1 ? [part.u32()] : []), ...(flags & 2 ? ["shared"] : [])];
  return { from, what: { limits: limits.join(" ") } };
}

function readNames(part: ByteReader, sections: Sections): void {
  while (!part.isAtEnd) {
    const id = part.byte();
    const names = part.part(part.u32());
    if (id === 1) names.list(() => sections.names.set(names.u32(), names.name()));
  }
}

function importLines(sections: Sections): string[] {
  let index = 0;
  return sections.imports.flatMap(({ from, what }) => {
    if ("limits" in what) return [`(import ${from} (memory ${what.limits}))`];
    const name = `$${functionName(sections, index)}`;
    const exported = sections.exports.get(index++) ?? [];
    return [
      `(import ${from} (func ${name}${signature(sections.types[what.type])}))`,
      ...exported.map((as) => `(export ${quote(as)} (func ${name}))`),
    ];
  });
}

function functionLines(sections: Sections, body: ByteReader, index: number): string[] {
  const name = functionName(sections, index);
  const exported = (sections.exports.get(index) ?? []).map((as) => ` (export ${quote(as)})`).join("");
  const runs = body.list(() => ({ count: body.u32(), type: typeOf(body.byte()) }));
  const locals = runs.flatMap(({ count, type }) => new Array<string>(count).fill(type));
  return [
    `(func $${name}${exported}${signature(sections.types[sections.functions[index]])}`,
    ...(locals.length > 0 ? [`  (local ${locals.join(" ")})`] : []),
    ...codeLines(body, (callee) => functionName(sections, callee), "  "),
    ")",
  ];
}

function functionName(sections: Sections, index: number): string {
  return sections.names.get(index) ?? `f${index}`;
}

function signature({ params, results }: Signature): string {
  const group = (name: string, types: string[]) => types.length > 0 ? ` (${name} ${types.join(" ")})` : "";
  return group("param", params) + group("result", results);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
