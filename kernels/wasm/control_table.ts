/**
 * The instructions of control, of locals and of the stack, as the specification numbers them.
 *
 * @module
 */

import type { Entry } from "./entry.ts";

/** Structure, branches, calls, locals; what takes or gives a value of any type says `any`. */
export const CONTROL = {
  "unreachable": [0x00, "", "void"],
  "nop": [0x01, "", "void"],
  "block": [0x02, "", "void", "block type"],
  "loop": [0x03, "", "void", "block type"],
  "if": [0x04, "i32", "void", "block type"],
  "else": [0x05, "", "void"],
  "end": [0x0b, "", "void"],
  "br": [0x0c, "", "void", "label"],
  "br_if": [0x0d, "i32", "void", "label"],
  "br_table": [0x0e, "i32", "void", "labels"],
  "return": [0x0f, "any", "void"],
  "call": [0x10, "any", "any", "function"],
  "drop": [0x1a, "any", "void"],
  "select": [0x1b, "any any i32", "any"],
  "local.get": [0x20, "", "any", "local"],
  "local.set": [0x21, "any", "void", "local"],
  "local.tee": [0x22, "any", "any", "local"],
} as const satisfies Record<string, Entry>;
