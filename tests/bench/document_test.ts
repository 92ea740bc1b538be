/**
 * Documents with results in them.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { replaceSection } from "../../bench/compare/document.ts";

Deno.test("replaceSection() writes between the marks, and nothing else", () => {
  const document = "before\n\n<!-- a -->\n\nold\n\n<!-- /a -->\n\n<!-- b --><!-- /b -->\nafter\n";
  const once = replaceSection(document, "a", ["new", "lines"]);
  assertEquals(once, "before\n\n<!-- a -->\n\nnew\nlines\n\n<!-- /a -->\n\n<!-- b --><!-- /b -->\nafter\n");
  assertEquals(replaceSection(once, "a", ["new", "lines"]), once);
});

Deno.test("replaceSection() refuses a document without the marks", () => {
  assertThrows(() => replaceSection("<!-- /a --><!-- a -->", "a", []), Error, 'Cannot write "a"');
});
