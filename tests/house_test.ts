/**
 * The rules of the house, held against the tree: which floor may import which, how long a file may be, what is
 * documented, how an error speaks, and what is published.
 *
 * @module
 */

import { assert, assertEquals, AssertionError, assertRejects, assertThrows } from "@std/assert";
import { parseArgs } from "@std/cli";
import { assertType, type IsExact } from "@std/testing/types";
import {
  COMPARISONS,
  deno,
  errorTexts,
  examplesIn,
  exists,
  filesUnder,
  findCycle,
  folderOf,
  importsOf,
  isLibrary,
  LIBRARY,
  read,
  ROOT,
  sourceFiles,
} from "./_house.ts";

const MAX_LINES = 400;
const LIST = "tests/_fixtures/published_files.txt";
const config = JSON.parse(read("deno.json"));
const entryPoints = Object.values<string>(config.exports).map((path) => path.slice(2));
const sources = sourceFiles();
const library = sources.filter((file) => isLibrary(file.path));
const edges = sources.flatMap((file) => importsOf(file).map((it) => ({ from: file.path, ...it })));

/** What a file of the library may import. */
function mayImport(from: string): string[] {
  if (from === "mod.ts") return ["pool/mod.ts", "shared/mod.ts"];
  if (from.startsWith("shared/")) return ["shared/"];
  if (from.startsWith("pool/")) return ["pool/", "shared/"];
  return isParallel(from) ? ["kernels/", "pool/", "shared/"] : ["kernels/", "shared/"];
}

/** Whether a file is of the top floor: the kernels over a pool, and the tasks they hand to it. */
function isParallel(path: string): boolean {
  return /^kernels\/(?:parallel|_parallel_\w+|_tasks)\.ts$/.test(path);
}

/** Whether a file is of the library, and not private to its folder. */
function isPublic(path: string): boolean {
  return isLibrary(path) && !/(?:^|\/)_/.test(path);
}

/** Fails with every offender on a line of its own. */
function assertNone(offenders: readonly string[]): void {
  assert(offenders.length === 0, "\n" + offenders.join("\n"));
}

Deno.test("the library imports downwards only", () => {
  const wrong = edges.filter(({ from, path }) =>
    path !== undefined && isLibrary(from) &&
    (!mayImport(from).some((allowed) => path.startsWith(allowed)) || (isParallel(path) && !isParallel(from)))
  );
  assertNone(wrong.map(({ from, path }) => `${from} must not import ${path}`));
});

Deno.test("the library imports Deno's built-in modules and its own files, nothing else", () => {
  const wrong = edges.filter(({ from, path, specifier, isStatic }) =>
    isStatic && path === undefined && (isLibrary(from) || from.startsWith("std/")) &&
    !specifier.startsWith("node:")
  );
  const foreign = sources.filter(({ path, text }) => isLibrary(path) && /["'`](?:npm|jsr):/.test(text));
  assertNone([
    ...wrong.map(({ from, specifier }) => `${from} must not import ${specifier}`),
    ...foreign.map(({ path }) => `${path} must not name a package of a registry`),
  ]);
});

Deno.test("every relative import leads to a file", () => {
  const wrong = edges.filter(({ path, isStatic }) => isStatic && path !== undefined && !exists(path));
  assertNone(wrong.map(({ from, specifier }) => `${from} imports ${specifier}, which is not there`));
});

Deno.test("nobody imports mod.ts, and bench/, tests/ and examples/ are imported by their own files and by tests", () => {
  const wrong = edges.filter(({ from, path }) =>
    path === "mod.ts" ||
    !from.startsWith("tests/") &&
      ["bench/", "tests/", "examples/"].some((folder) => path?.startsWith(folder) && !from.startsWith(folder))
  );
  assertNone(wrong.map(({ from, path }) => `${from} must not import ${path}`));
});

Deno.test("a file whose name begins with _ is imported from its own folder, and by tests", () => {
  const wrong = edges.filter(({ from, path }) =>
    path !== undefined && /(?:^|\/)_[^/]*$/.test(path) && !from.startsWith("tests/") &&
    !from.startsWith(folderOf(path))
  );
  assertNone(wrong.map(({ from, path }) => `${from} must not import ${path}`));
});

Deno.test("modules do not load each other in a circle", () => {
  assertEquals(findCycle(sources)?.join(" -> "), undefined);
});

Deno.test(`no file is longer than ${MAX_LINES} lines`, () => {
  const lengths = sources.map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n").length }));
  assertNone(
    lengths.filter(({ lines }) => lines > MAX_LINES).map(({ path, lines }) => `${path} has ${lines} lines`),
  );
});

Deno.test("every file begins with a comment that says what it is, and file names are snake_case", () => {
  const silent = sources.filter(({ path, text }) => {
    const comment = text.replace(/^#!.*\n/, "").match(/^(?:\s*\/\*\*[\s\S]*?\*\/|\s*\/\/.*\n)+/)?.[0] ?? "";
    return comment.replace(/[\s*\/]|@module/g, "").length < 20 ||
      (isPublic(path) && !comment.includes("@module"));
  });
  const misnamed = sources.filter(({ path }) => !/^[a-z0-9_/]+\.ts$/.test(path));
  assertNone([
    ...silent.map(({ path }) =>
      `${path} does not begin with a doc comment${isPublic(path) ? " and @module" : ""}`
    ),
    ...misnamed.map(({ path }) => `${path} is not in snake_case`),
  ]);
});

Deno.test("an error's text is in sentence case, without a period at its end", () => {
  const wrong = library.flatMap((file) =>
    errorTexts(file)
      .filter((text) => /^[a-z]+ /.test(text) || /[^.]\.$/.test(text))
      .map((text) => `${file.path}: ${text}`)
  );
  assertNone(wrong);
});

Deno.test("the entry points are there", () => {
  assertNone(entryPoints.filter((path) => !exists(path)));
});

Deno.test("every exported symbol has a doc comment, and its members too", async () => {
  const present = entryPoints.filter((path) => loads(path));
  if (present.length === 0) return;
  const { code, stderr } = await deno("doc", "--lint", ...present);
  assertEquals(code, 0, stderr);
  const bare = (await exportedSymbols(present)).filter((symbol) => !symbol.isDocumented);
  assertNone([...new Set(bare.map(({ name, path }) => `${path}: ${name} has no doc comment`))]);
});

Deno.test("every exported function and class is used in an example that runs", async () => {
  const present = entryPoints.filter((path) => loads(path));
  const blocks = new Map<string, string>();
  for (const { path, text } of library) blocks.set(path, examplesIn(text).join("\n"));
  // An error class is shown by what throws it.
  const shown = (await exportedSymbols(present)).filter(({ name, kind }) =>
    kind === "function" || (kind === "class" && !name.endsWith("Error"))
  );
  // What is abstract is shown by its subclasses.
  const isAbstract = (path: string, name: string) =>
    library.some((file) => file.path === path && file.text.includes(`export abstract class ${name}`));
  const uses = (path: string, name: string) => new RegExp(`\\b${name}\\b`).test(blocks.get(path) ?? "");
  const without = shown.filter(({ name, path }) =>
    !isAbstract(path, name) && !uses(path, name) &&
    !shown.some((it) => it.name === name && it.path === path && uses(it.entry, name))
  );
  assertNone([...new Set(without.map(({ name, path }) => `${path}: no example uses ${name}`))]);
});

Deno.test("what is published is what the committed list says", async () => {
  const included = (config.publish.include as string[]).flatMap(filesUnder).sort();
  assertEquals(
    included,
    exists(LIST) ? read(LIST).split("\n").filter(Boolean) : [],
    `${LIST} should hold:\n${included.join("\n")}\n`,
  );
  const { code, stderr, stdout } = await deno(
    ...["publish", "--dry-run", "--allow-dirty", "--no-check", "--allow-slow-types"],
  );
  assertEquals(code, 0, stderr);
  const published = [...(stderr + stdout).matchAll(/^\s+(file:\/\/\/\S+) \([\d.]+\w+\)$/gm)];
  assertEquals(published.map(([, url]) => url.slice(ROOT.href.length)).sort(), included);
});

Deno.test("what is published is the library, the comparisons, their papers and no test", () => {
  const folders = (config.publish.include as string[]).filter((path) => path.endsWith("/"));
  assertEquals(folders, [...LIBRARY, ...COMPARISONS]);
  const odd = folders.flatMap(filesUnder).filter((path) =>
    !/\.(?:ts|md|py)$/.test(path) || /_(?:test|bench)\.ts$/.test(path)
  );
  assertNone(odd);
});

Deno.test("these tests see what they look for", () => {
  const file = {
    path: "pool/a.ts",
    text: [
      'import type { A } from "./_a.ts";',
      'import { type B, type C } from "../shared/b.ts";',
      "import {",
      "  type D,",
      "  e,",
      '} from "../shared/_d.ts";',
      'export * from "./e.ts";',
      ' * import { x } from "@multicore/multicore";',
      'const at = new URL("./_worker.ts", import.meta.url);',
      "  // await import('./gone.ts')",
      'throw new RangeError("bad " + `size ${n}.`);',
      'throw new PoolStateError("Cannot join the pool: it is open", { cause });',
    ].join("\n"),
  };
  assertEquals(
    importsOf(file).map(({ path, isTypeOnly, isStatic }) => [path, isTypeOnly, isStatic]),
    [
      ["pool/_a.ts", true, true],
      ["shared/b.ts", true, true],
      ["shared/_d.ts", false, true],
      ["pool/e.ts", false, true],
      ["pool/_worker.ts", false, false],
    ],
  );
  assertEquals(errorTexts(file), ["bad size ${n}.", "Cannot join the pool: it is open"]);
  const back = { path: "pool/e.ts", text: 'import "./a.ts";' };
  assertEquals(findCycle([file, back]), ["pool/a.ts", "pool/e.ts", "pool/a.ts"]);
  assertEquals(examplesIn(" * ```ts\n * f();\n * ```\n ```ts ignore\n g();\n```"), [" * f();\n * "]);
});

Deno.test("the adapters under std/ fail when they should", async () => {
  const failing = [
    () => assert(0),
    () => assertEquals([1, NaN], [1, 0]),
    () => assertThrows(() => {}),
    () => assertThrows(() => assert(false), TypeError),
    () => assertThrows(() => assert(false, "one"), Error, "two"),
  ];
  for (const fails of failing) assertThrows(fails, AssertionError);
  await assertRejects(() => assertRejects(() => Promise.resolve()), AssertionError);
  await assertRejects(
    () => assertRejects(() => Promise.reject(new Error("one")), RangeError),
    AssertionError,
  );
  assertEquals(assertThrows(() => assert(false, "one"), Error, "on").message, "one");
  assertEquals([new Float64Array([NaN]), new Map([[1, new Set("a")]])], [
    new Float64Array([NaN]),
    new Map([[1, new Set("a")]]),
  ]);
  assertType<IsExact<number, unknown>>(false);
  const args = parseArgs(["-w", "2", "--quiet", "a"], {
    boolean: ["quiet", "help"],
    string: ["workers"],
    alias: { workers: "w" },
    default: { scale: 1 },
  });
  assertEquals({ ...args }, { _: ["a"], quiet: true, help: false, workers: "2", w: "2", scale: 1 });
});

/** Whether an entry point, and all that it loads, is there. */
function loads(path: string, seen: Set<string> = new Set()): boolean {
  if (seen.has(path)) return true;
  seen.add(path);
  const next = edges.filter((edge) => edge.from === path && edge.isStatic && edge.path !== undefined);
  return exists(path) && next.every((edge) => loads(edge.path!, seen));
}

interface ExportedSymbol {
  readonly name: string;
  readonly kind: string;
  readonly path: string;
  readonly entry: string;
  readonly isDocumented: boolean;
}

/** What the entry points export, as `deno doc` sees it. */
async function exportedSymbols(paths: readonly string[]): Promise<ExportedSymbol[]> {
  if (paths.length === 0) return [];
  const { code, stdout, stderr } = await deno("doc", "--json", ...paths);
  assertEquals(code, 0, stderr);
  const symbols: ExportedSymbol[] = [];
  // deno-lint-ignore no-explicit-any
  for (const [url, node] of Object.entries<any>(JSON.parse(stdout).nodes)) {
    for (const { name, declarations } of node.symbols ?? []) {
      // deno-lint-ignore no-explicit-any
      const own = declarations.filter((it: any) => it.kind !== "reference");
      if (own.length === 0) continue;
      symbols.push({
        name,
        kind: own[0].kind,
        path: own[0].location.filename.slice(ROOT.href.length),
        entry: url.slice(ROOT.href.length),
        // deno-lint-ignore no-explicit-any
        isDocumented: own.some((it: any) => Boolean(it.jsDoc?.doc)),
      });
    }
  }
  return symbols;
}
