/**
 * Which Python, and where its programs lie.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "./failure.ts";

/** A Python that was found. */
export interface Interpreter {
  /** How it is called. */
  readonly command: string;
  /** Its version. */
  readonly version: string;
  /** Versions of the packages that the comparisons use; `null` for what is not installed. */
  readonly packages: Readonly<Record<string, string | null>>;
}

const CANDIDATES = ["python3", "/usr/bin/python3", "python"];

const PROBE = `
import json, platform
from importlib import metadata
def version(name):
    try:
        return metadata.version(name)
    except Exception:
        return None
packages = {name: version(name) for name in ("numpy", "scipy", "numba")}
print(json.dumps({"version": platform.python_version(), "packages": packages}))
`;

/** Finds the interpreter that was asked for, or of the usual ones the one with most packages. */
export async function findInterpreter(asked?: string): Promise<Interpreter | undefined> {
  const found = await Promise.all((asked ? [asked] : CANDIDATES).map(probe));
  const count = ({ packages }: Interpreter) => Object.values(packages).filter(Boolean).length;
  return found.filter((it) => it !== undefined).sort((a, b) => count(b) - count(a))[0];
}

async function probe(command: string): Promise<Interpreter | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: ["-c", PROBE],
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? { command, ...JSON.parse(new TextDecoder().decode(stdout)) } : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
      throw new Failure(`Cannot run ${command}: ${error.message.replace(/^Requires/, "it requires")}`);
    }
    throw error;
  }
}

/** A folder with Python's programs. */
export interface Programs extends AsyncDisposable {
  /** Its path. */
  readonly folder: string;
}

/** Python's programs; those of a package that was loaded over the network are fetched, and removed in the end. */
export async function pythonPrograms(comparisons: readonly string[]): Promise<Programs> {
  const source = new URL("../python/", import.meta.url);
  if (source.protocol === "file:") {
    return { folder: fileURLToPath(source), [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "multicore-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  for (const name of ["serve", "packages", "inputs", ...comparisons]) {
    const response = await fetch(new URL(`${name}.py`, source));
    if (!response.ok) throw new Error(`Cannot fetch ${response.url}: its status is ${response.status}`);
    await Deno.writeTextFile(join(folder, `${name}.py`), await response.text());
  }
  const fetched = stack.move();
  return { folder, [Symbol.asyncDispose]: () => fetched.disposeAsync() };
}
