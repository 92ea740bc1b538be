/**
 * `parseArgs` of `@std/cli` over the built-in `node:util`, for checkouts that cannot reach the JSR registry.
 *
 * Right for options that are named in `boolean` or `string`, which is how the programs here use it. An option in
 * neither goes to `unknown`, and is a string when written `--name=value`, else `true`.
 *
 * @module
 */

import { parseArgs as parseNodeArgs } from "node:util";

/** What {@linkcode parseArgs} is to read. */
export interface ParseOptions<B extends string, S extends string, C extends string, D extends object> {
  /** Names that are `true` when given, `false` when not. */
  boolean?: B | readonly B[];
  /** Names that take a value, `undefined` when not given. */
  string?: S | readonly S[];
  /** Other names of a name. */
  alias?: Readonly<Record<string, string | readonly string[]>>;
  /** Values of names that were not given. */
  default?: Readonly<D>;
  /** Names that may be given more than once; their value is an array. */
  collect?: C | readonly C[];
  /** Booleans that `--no-name` turns off. */
  negatable?: string | readonly string[];
  /** Sees every option that has no other mention here, and every positional argument; `false` drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What {@linkcode parseArgs} gives: positional arguments under `_`, everything else under its name. */
export type Args<B extends string, S extends string, C extends string, D extends object> =
  & { [K in B]: boolean }
  & { [K in Exclude<S, C | keyof D>]?: string }
  & { [K in Extract<Exclude<S, C>, keyof D>]: string | D[K] }
  & { [K in C]: string[] }
  & Omit<D, B | S | C>
  & { _: (string | number)[] };

/** Reads command-line arguments into an object. */
export function parseArgs<
  B extends string = never,
  S extends string = never,
  C extends string = never,
  // deno-lint-ignore ban-types
  D extends object = {},
>(args: readonly string[], options: ParseOptions<B, S, C, D> = {}): Args<B, S, C, D> {
  const booleans: string[] = [options.boolean ?? []].flat(),
    collected: string[] = [options.collect ?? []].flat();
  const strings: string[] = [options.string ?? [], collected].flat();
  const aliases = Object.entries(options.alias ?? {}).map((entry) => entry.flat());
  const namesOf = (name: string) => aliases.find((names) => names.includes(name)) ?? [name];
  const declare = (type: "boolean" | "string") => (name: string) =>
    namesOf(name).map((it) => [it, it.length === 1 ? { type, short: it } : { type }] as const);
  const declared = Object.fromEntries([
    ...booleans.flatMap(declare("boolean")),
    ...strings.flatMap(declare("string")),
  ]);

  const result: Record<string, unknown> & { _: unknown[] } = { _: [] };
  const set = (name: string, value: unknown) => namesOf(name).forEach((it) => result[it] = value);
  booleans.forEach((name) => set(name, false));
  collected.forEach((name) => set(name, []));
  Object.entries(options.default ?? {}).forEach(([name, value]) => set(name, value));

  const given = parseNodeArgs({ args: [...args], options: declared, strict: false, tokens: true });
  for (const token of given.tokens) {
    if (token.kind === "positional") {
      if (options.unknown?.(token.value) === false) continue;
      result._.push(isNumber(token.value) ? Number(token.value) : token.value);
    } else if (token.kind === "option") {
      const negated = token.name.replace(/^no-/, "");
      const type = declared[token.name]?.type;
      if (type === "string") {
        const value = token.value ?? "", isMany = namesOf(token.name).some((it) => collected.includes(it));
        set(token.name, isMany ? [...result[token.name] as string[], value] : value);
      } else if (type === "boolean") set(token.name, token.value !== "false");
      else if (negated !== token.name && [options.negatable ?? []].flat().includes(negated)) {
        set(negated, false);
      } else if (options.unknown?.(token.rawName, token.name, token.value ?? true) !== false) {
        set(token.name, token.value ?? true);
      }
    }
  }
  return result as Args<B, S, C, D>;
}

function isNumber(text: string): boolean {
  return /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?$/i.test(text);
}
