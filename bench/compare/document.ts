/**
 * Documents with results in them: what stands between two marks is written anew, the prose around it stays.
 *
 * @module
 */

import { Failure } from "./failure.ts";

/** Replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`. */
export function replaceSection(document: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- ${name} -->`, end = `<!-- /${name} -->`;
  const from = document.indexOf(begin), to = document.indexOf(end);
  if (from < 0 || to < from) {
    throw new Failure(`Cannot write "${name}" into the document: it has no ${begin} with ${end} after it`);
  }
  return [document.slice(0, from + begin.length), "", ...lines, "", document.slice(to)].join("\n");
}
