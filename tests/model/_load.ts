/**
 * Loads the library's own sources once for each logical thread, each time with other names in place of `Atomics`,
 * typed arrays, clocks and collectors, with a smaller layout, and, to see that bugs are found, with bugs.
 *
 * Each copy of a file is a module of its own, at a `blob:` address, whose imports lead to the copies of the same
 * thread. What a module keeps in variables of its own can be read and written from outside, see `_module_state.ts`.
 *
 * @module
 */

import { stripTypeScriptTypes } from "node:module";
import { assert } from "@std/assert";
import type { Variables } from "./_module_state.ts";

/** A change of a source: the text that must be there, and what is put in its place. */
export interface Mutation {
  /** File in `shared/`. */
  readonly file: string;
  /** Found once, or an error. */
  readonly find: string | RegExp;
  /** Goes there instead. */
  readonly replace: string;
}

/** How large things are in the simulated heap. */
export interface Scale {
  /** Bytes of the size classes. */
  readonly classes: readonly number[];
  /** Pages of 4 KiB for blocks. */
  readonly pages: number;
  /** A queue's message longer than this has a segment alone. */
  readonly largeMessage: number;
}

/** Bytes of a simulated page. */
export const PAGE = 4096;
/** Pages before the blocks. */
export const FIRST_PAGE = 2;

/** The modules by the names of their files. */
export interface Modules {
  readonly "_fifo.ts": typeof import("../../shared/_fifo.ts");
  readonly "_layout.ts": typeof import("../../shared/_layout.ts");
  readonly "_mutex.ts": typeof import("../../shared/_mutex.ts");
  readonly "_owners.ts": typeof import("../../shared/_owners.ts");
  readonly "_pages.ts": typeof import("../../shared/_pages.ts");
  readonly "_primitive.ts": typeof import("../../shared/_primitive.ts");
  readonly "barrier.ts": typeof import("../../shared/barrier.ts");
  readonly "block.ts": typeof import("../../shared/block.ts");
  readonly "condition.ts": typeof import("../../shared/condition.ts");
  readonly "event.ts": typeof import("../../shared/event.ts");
  readonly "heap.ts": typeof import("../../shared/heap.ts");
  readonly "ledger.ts": typeof import("../../shared/ledger.ts");
  readonly "lock.ts": typeof import("../../shared/lock.ts");
  readonly "message.ts": typeof import("../../shared/message.ts");
  readonly "queue.ts": typeof import("../../shared/queue.ts");
  readonly "semaphore.ts": typeof import("../../shared/semaphore.ts");
  readonly "threads.ts": typeof import("../../shared/threads.ts");
  readonly "travel.ts": typeof import("../../shared/travel.ts");
  readonly "wait.ts": typeof import("../../shared/wait.ts");
}

const FILES = [
  "_fifo.ts",
  "_layout.ts",
  "_mutex.ts",
  "_owners.ts",
  "_pages.ts",
  "_primitive.ts",
  "barrier.ts",
  "block.ts",
  "condition.ts",
  "event.ts",
  "heap.ts",
  "ledger.ts",
  "lock.ts",
  "message.ts",
  "queue.ts",
  "semaphore.ts",
  "threads.ts",
  "travel.ts",
  "wait.ts",
] as const satisfies readonly (keyof Modules)[];

/** What the modules of a thread find under global names. */
export type Globals = Readonly<Record<string, unknown>>;

/** One thread's copy of the library. */
export interface Copy {
  readonly modules: Modules;
  /** The variables of all its modules. */
  readonly variables: readonly Variables[];
}

const SHARED = new URL("../../shared/", import.meta.url);
const sources = new Map<string, string>();

function read(file: string): string {
  let text = sources.get(file);
  if (text === undefined) sources.set(file, text = Deno.readTextFileSync(new URL(file, SHARED)));
  return text;
}

/** What makes the layout small. Each is there once; a page holds the tables of 32 threads, 256 pages, 512 names. */
function scaled({ classes, largeMessage }: Scale): Mutation[] {
  const constant = (file: string, name: string, value: string): Mutation => ({
    file,
    find: new RegExp(`const ${name}(:[^=]*)? = [^;]*;`),
    replace: `const ${name} = ${value};`,
  });
  return [
    constant("_layout.ts", "PAGE", `${PAGE}`),
    constant("_layout.ts", "MAX_PAGES", "256"),
    constant("_layout.ts", "MAX_THREADS", "32"),
    constant("_layout.ts", "NAME_SLOTS", "512"),
    constant("_layout.ts", "CLASSES", `[${classes}]`),
    constant("_fifo.ts", "LARGE", `${largeMessage}`),
  ];
}

// A spin that fails a hundred times differs from one that fails once in its length only.
const SPINS = /\b(\w*(?:SPIN|LOOK)S?) = \d+/g;
// Milliseconds do not pass in the model: the main thread begins to watch at once.
const UNWATCHED = /\blet unwatched = \d+/g;

function mutated(file: string, mutations: readonly Mutation[]): string {
  let text = read(file);
  for (const { file: where, find, replace } of mutations) {
    if (where !== file) continue;
    const parts = text.split(
      find instanceof RegExp ? new RegExp(find.source.replaceAll("(:", "(?::")) : find,
    );
    assert(parts.length === 2, `${file} has ${parts.length - 1} times what is to be changed: ${find}`);
    text = parts.join(replace);
  }
  return text.replace(SPINS, "$1 = 1").replace(UNWATCHED, "let unwatched = 0");
}

const IMPORT = /^((?:import|export)\b(?!\s+type\b)[^;"]*?\bfrom\s+|import\s+)"\.\/([^"]+)"/gm;

let copies = 0;

/**
 * Functions whose result is a plain value and that change nothing of their thread's but what modules keep: once they
 * have returned, how they came to it makes no difference.
 */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "_mutex.ts": ["enter", "enterAt", "enterIfThere", "leave", "leaveAt", "seize", "sleepUntilLeft"],
  "_owners.ts": ["repairAll"],
  "_primitive.ts": ["change"],
  "block.ts": ["sweepBlock", "unpin"],
  "wait.ts": ["sleepSync", "wake"],
};

/** Has such functions called through the thread. */
function withCalls(file: string, text: string): string {
  for (const name of CALLS[file] ?? []) {
    const wrapped = text.replace(new RegExp(`^(?:export )?function ${name}\\(`, "m"), `function ${name}_(`);
    if (wrapped !== text) {
      text =
        `${wrapped}\nexport function ${name}(...given) { return callThrough("${name}", ${name}_, given); }\n`;
    }
  }
  // A repair of segments remembers, beside, what it has seen.
  return text.replace(
    "repairs.set(kind, repair)",
    'repairs.set(kind, kind === "segment" ? repair : ' +
      '(...given) => callThrough("repair", repair, given))',
  );
}

/** Loads one thread's copy. */
export async function load(globals: Globals, scale: Scale, mutations: readonly Mutation[]): Promise<Copy> {
  const variables: Variables[] = [];
  const key = `multicore model ${copies++}`;
  const handOver = { ...globals, declareVariables: (given: Variables) => variables.push(given) };
  (globalThis as Record<string, unknown>)[key] = handOver;
  const names = Object.keys(handOver);
  const toUrl = (text: string) => URL.createObjectURL(new Blob([text], { type: "application/typescript" }));
  const globalsUrl = toUrl(
    `const given = globalThis[${JSON.stringify(key)}];\n` +
      `export const { ${names.map((name) => `${name}: ${name}_`)} } = given;\n` +
      names.map((name) => `export { ${name}_ as ${name} };\n`).join(""),
  );
  const all = [...scaled(scale), ...mutations], urls = new Map<string, string>();
  const link = (file: string): string => {
    let url = urls.get(file);
    if (url) return url;
    const text = mutated(file, all);
    const linked = text.replace(IMPORT, (_, before, target) => `${before}"${link(target)}"`);
    // On the first line, so that the lines keep their numbers.
    const head = `import { ${names} } from "${globalsUrl}"; `;
    urls.set(file, url = toUrl(head + withCalls(file, linked) + accessor(file, text)));
    fileOf.set(url, file);
    return url;
  };
  try {
    const loaded = await Promise.all(FILES.map(async (file) => [file, await import(link(file))]));
    return { modules: Object.fromEntries(loaded), variables };
  } finally {
    for (const url of [globalsUrl, ...urls.values()]) URL.revokeObjectURL(url);
    delete (globalThis as Record<string, unknown>)[key];
  }
}

const fileOf = new Map<string, string>();

/** The places in the library's files that an error's stack names, the innermost first. */
export function placesIn(stack: string): string[] {
  return [...stack.matchAll(/at (?:async )?(?:([\w.#<>$ ]+) \()?(blob:null\/[\w-]+):(\d+):\d+\)?/g)]
    .flatMap(([, name, url, line]) =>
      fileOf.has(url) ? [`${fileOf.get(url)}:${line} ${name ?? ""}`.trim()] : []
    );
}

const accessors = new Map<string, string>();

/** Code that lets the variables of a module be read and written. */
function accessor(file: string, text: string): string {
  let code = accessors.get(text);
  if (!code) accessors.set(text, code = makeAccessor(file, text));
  return code;
}

function makeAccessor(file: string, text: string): string {
  const lets: string[] = [], constants: string[] = [];
  for (const [kind, name] of topLevelNames(stripTypeScriptTypes(text, { mode: "transform" }))) {
    (kind === "let" ? lets : constants).push(name);
  }
  const write = lets.map((name) => `${name} = given.${name};`).join(" ");
  return `\ndeclareVariables({ file: ${JSON.stringify(file)}, read: () => ({ ${lets} }), ` +
    `write: (given) => { ${write} }, constants: { ${constants} } });\n`;
}

/** The variables that plain JavaScript, as the runtime formats it, declares outside all functions. */
function* topLevelNames(text: string): Generator<[kind: string, name: string]> {
  for (const [statement, kind] of text.matchAll(/^(?:.*\*\/ )?(?:export )?(let|const) [^]*?;$/gm)) {
    let depth = 0, rest = statement.replace(/^(?:.*\*\/ )?(?:export )?(?:let|const) /, ",");
    // Texts may hold brackets and commas.
    rest = rest.replace(
      /"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/(?![/*\s])(?:[^/\\\n[]|\\.|\[[^\]\n]*\])+\/[gimsuy]*/g,
      '""',
    );
    for (let i = 0; i < rest.length; i++) {
      if ("([{".includes(rest[i])) depth++;
      else if (")]}".includes(rest[i])) depth--;
      else if (rest[i] === "," && depth === 0) {
        const name = /^,\s*([A-Za-z_$][\w$]*)\s*(?:=|,|;|$)/.exec(rest.slice(i));
        if (name) yield [kind, name[1]];
      }
    }
  }
}
