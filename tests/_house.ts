/**
 * What the house tests look at: the files of the checkout, what each imports, and the errors it throws.
 *
 * @module
 */

/** The checkout, with a slash at its end. */
export const ROOT = new URL("../", import.meta.url);

/** The folders of the library, which are published. */
export const LIBRARY = ["shared/", "pool/", "kernels/"];

/** The folders of the comparisons, which are published with it. */
export const COMPARISONS = ["bench/compare/", "bench/python/"];

/** One `import`, `export … from`, `import()` or URL of a module, as written and as a path from the root. */
export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path from the root when `specifier` is relative, else `undefined`. */
  readonly path: string | undefined;
  /** Whether it is gone once the types are. */
  readonly isTypeOnly: boolean;
  /** Whether it is loaded together with the module that holds it. */
  readonly isStatic: boolean;
}

/** A text file of the checkout. */
export interface SourceFile {
  /** Path from the root, with slashes. */
  readonly path: string;
  /** All of it. */
  readonly text: string;
}

/** Reads a file by its path from the root. */
export function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Whether there is such a file or folder. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

/** Paths, from the root, of every file under a folder (which ends with a slash), or of a file itself; sorted. */
export function filesUnder(path: string): string[] {
  if (!exists(path)) return [];
  if (!path.endsWith("/")) return [path];
  const found = [...Deno.readDirSync(new URL(path, ROOT))].flatMap((entry) =>
    filesUnder(path + entry.name + (entry.isDirectory ? "/" : ""))
  );
  return found.sort();
}

/** Every TypeScript file of the checkout. */
export function sourceFiles(): SourceFile[] {
  return ["mod.ts", ...LIBRARY, "bench/", "examples/", "std/", "tests/"]
    .flatMap(filesUnder)
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: read(path) }));
}

/** Whether a path is of the published code. */
export function isLibrary(path: string): boolean {
  return path === "mod.ts" || LIBRARY.some((folder) => path.startsWith(folder));
}

/** Folder of a path, with a slash at its end; empty for the root. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

// Formatted code has its static imports at the start of a line, where no comment's text can stand.
const STATIC = /^(?:import|export)\s+(type\s+)?(?:([\w$*\s{},]+?)\s+from\s+)?"([^"]+)"/gm;
const DYNAMIC = /^(?!\s*(?:\*|\/\/)).*?(?:\bimport|\bimport\.meta\.resolve|\bnew URL)\(\s*["`]([^"`]+)["`]/gm;

/** Everything that a module reaches for. */
export function importsOf({ path, text }: SourceFile): Import[] {
  const resolved = (specifier: string) =>
    /^\.\.?\//.test(specifier)
      ? new URL(specifier, new URL(path, ROOT)).pathname.slice(ROOT.pathname.length)
      : undefined;
  const found: Import[] = [];
  for (const [, type, names, specifier] of text.matchAll(STATIC)) {
    const each = names?.match(/\{([^}]*)\}/)?.[1].split(",").map((name) => name.trim()).filter(Boolean);
    const isTypeOnly = type !== undefined || (each?.every((name) => name.startsWith("type ")) ?? false);
    found.push({ specifier, path: resolved(specifier), isTypeOnly, isStatic: true });
  }
  for (const [, specifier] of text.matchAll(DYNAMIC)) {
    found.push({ specifier, path: resolved(specifier), isTypeOnly: false, isStatic: false });
  }
  return found;
}

/** The first cycle of modules that load each other, as their paths, or `undefined`. */
export function findCycle(files: readonly SourceFile[]): string[] | undefined {
  const next = new Map(files.map((file) => [
    file.path,
    importsOf(file).filter((it) => it.path && it.isStatic && !it.isTypeOnly).map((it) => it.path!),
  ]));
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const target of next.get(path) ?? []) {
      const cycle = visit(target, [...trail, path]);
      if (cycle) return cycle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of next.keys()) {
    const cycle = visit(path, []);
    if (cycle) return cycle;
  }
  return undefined;
}

const LITERAL = String.raw`(?:"(?:[^"\\\n]|\\.)*"|${"`"}(?:[^${"`"}\\]|\\.)*${"`"})`;
const THROWN = new RegExp(
  String.raw`new\s+(?:Deno\.errors\.\w+|\w*Error)\(\s*(${LITERAL}(?:\s*\+\s*${LITERAL})*)\s*[,)]`,
  "g",
);

/** The texts of the errors that a module makes, as far as they are written where it makes them. */
export function errorTexts({ text }: SourceFile): string[] {
  return [...text.matchAll(THROWN)].map(([, literals]) =>
    [...literals.matchAll(new RegExp(LITERAL, "g"))].map(([literal]) => literal.slice(1, -1)).join("")
  );
}

/** The code of the runnable examples in a text: its fenced blocks of TypeScript. */
export function examplesIn(text: string): string[] {
  return [...text.matchAll(/```tsx?\b(?![^\n]*\bignore\b)[^\n]*\n([\s\S]*?)```/g)].map(([, code]) => code);
}

/** Runs this very Deno in the checkout; gives its exit code and its output, colours removed. */
export async function deno(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  // deno-lint-ignore no-control-regex
  const plain = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replace(/\x1b\[[\d;]*m/g, "");
  return { code, stdout: plain(stdout), stderr: plain(stderr) };
}
