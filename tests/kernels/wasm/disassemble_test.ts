/**
 * The text of modules: every instruction by its name, blocks indented, immediates as they were given.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import * as assembler from "../../../kernels/wasm/assembler.ts";
import {
  call,
  f32,
  f64,
  f64x2,
  i32,
  i64,
  i8x16,
  memory,
  Module,
  type Node,
  v128,
} from "../../../kernels/wasm/assembler.ts";
import { disassemble } from "../../../kernels/wasm/disassemble.ts";
import { BUILT, type Instruction } from "../../../kernels/wasm/instruction.ts";

/** The lines of the body of the only function in a module whose function `fill` builds. */
function body(fill: (f: assembler.FunctionBuilder<"void">) => void): string[] {
  const m = new Module();
  m.function("only", [], "void", fill);
  return disassemble(m.encode()).split("\n").slice(3, -3).map((line) => line.slice(4));
}

function example({ name, immediate, operands }: Instruction): Node {
  const [prefix, op] = name.split(".");
  type Build = (...values: unknown[]) => Node;
  const namespaces = assembler as unknown as Record<string, Record<string, Build>>;
  const values = operands.map((type) =>
    type === "v128" ? f64x2.const(0) : namespaces[type].const(type === "i64" ? 0n : 0)
  );
  const given: Record<string, unknown> = { lane: 1, "memory lane": 1, i32: 1, i64: 1n, f32: 1, f64: 1 };
  const bytes = Array.from({ length: 16 }, (_, i) => i);
  const extra = immediate === "bytes" || immediate === "lanes"
    ? [bytes]
    : immediate && immediate in given
    ? [given[immediate]]
    : [];
  return namespaces[prefix][op](...values, ...extra);
}

Deno.test("every instruction is printed under its name, behind its operands", () => {
  for (const instruction of BUILT.values()) {
    const node = example(instruction);
    const lines = body((f) =>
      f.emit(node.type === "void" ? node as Node<"void"> : assembler.drop(node as Node<"i32">))
    );
    if (node.type !== "void") assertEquals(lines.pop(), "drop");
    const [last, ...constants] = lines.reverse();
    assertEquals(last.split(" ")[0], instruction.name);
    assertEquals(
      constants.map((line) => line.split(".const")[0]).reverse(),
      [...instruction.operands],
      instruction.name,
    );
  }
});

Deno.test("blocks are indented, numbered, and branches say which one they leave", () => {
  const lines = body((f) => {
    const x = f.let(i32.const(3));
    f.block((outer) =>
      f.loop((again) => {
        f.if(x, () => f.br(outer), () => f.br_if(again, 1));
        f.br_table([outer, again], outer, x);
      })
    );
    f.return();
  });
  assertEquals(lines, [
    "(local i32)",
    "i32.const 3",
    "local.set 0",
    "block  ;; label = @1",
    "  loop  ;; label = @2",
    "    local.get 0",
    "    if  ;; label = @3",
    "      br 2 (;@1;)",
    "    else",
    "      i32.const 1",
    "      br_if 1 (;@2;)",
    "    end",
    "    local.get 0",
    "    br_table 1 (;@1;) 0 (;@2;) 1 (;@1;)",
    "  end",
    "end",
    "return",
  ]);
});

Deno.test("immediates are printed as they were given", () => {
  const cases: [Node, string][] = [
    [i32.const(-(2 ** 31)), "i32.const -2147483648"],
    [i64.const(-(1n << 63n)), "i64.const -9223372036854775808"],
    [i64.const((1n << 63n) - 1n), "i64.const 9223372036854775807"],
    [f64.const(-0), "f64.const -0"],
    [f64.const(0.1), "f64.const 0.1"],
    [f64.const(1e300), "f64.const 1e+300"],
    [f64.const(NaN), "f64.const nan"],
    [f32.const(Infinity), "f32.const inf"],
    [f32.const(-Infinity), "f32.const -inf"],
    [f32.const(0.5), "f32.const 0.5"],
    [
      v128.const(Array.from({ length: 16 }, (_, i) => i)),
      "v128.const i32x4 0x03020100 0x07060504 0x0b0a0908 0x0f0e0d0c",
    ],
    [f64.load(0), "f64.load"],
    [f64.load(0, 2 ** 32 - 1, 1), "f64.load offset=4294967295 align=1"],
    [v128.load(0, 0, 8), "v128.load align=8"],
    [v128.load64_lane(0, f64x2.const(1), 1, 24), "v128.load64_lane offset=24 1"],
    [f64x2.extract_lane(f64x2.const(1), 1), "f64x2.extract_lane 1"],
    [
      i8x16.shuffle(f64x2.const(1), f64x2.const(1), Array.from({ length: 16 }, (_, i) => 31 - i)),
      "i8x16.shuffle 31 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16",
    ],
    [memory.grow(1), "memory.grow"],
  ];
  for (const [value, text] of cases) {
    const lines = body((f) => f.emit(assembler.drop(value as Node<"f64">)));
    assertEquals(lines.at(-2), text);
  }
});

Deno.test("imports, signatures, exports and names are printed", () => {
  const m = new Module();
  const sin = m.importFunction("math", "sin", ["f64"], "f64");
  const twice = m.exportFunction("twice", ["f64", "i32"], "f64", (f, x) => {
    f.locals("v128", 2);
    return f64.mul(call(sin, x), 2);
  });
  m.export(twice, "double");
  assertEquals(
    disassemble(m.encode()),
    `(module
  (import "env" "memory" (memory 1 65536 shared))
  (import "math" "sin" (func $sin (param f64) (result f64)))
  (func $twice (export "twice") (export "double") (param f64 i32) (result f64)
    (local v128 v128)
    local.get 0
    call $sin
    f64.const 2
    f64.mul
  )
)
`,
  );
  assertMatch(disassemble(new Module({ shared: false }).encode()), /\(memory 1\)/);
});

Deno.test("what is no module of the assembler is refused", () => {
  const m = new Module();
  m.function("f", [], "void", () => {});
  const bytes = m.encode();
  assertThrows(() => disassemble(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)), TypeError, "this is no module");
  assertThrows(() => disassemble(bytes.subarray(0, bytes.length - 2)), RangeError, "Cannot read");
  const odd = bytes.slice();
  odd[8] = 9;
  assertThrows(() => disassemble(odd), TypeError, "section 9 is none that the assembler emits");
  const at = bytes.findIndex((byte, i) => byte === 0x0b && bytes[i - 1] === 0 && bytes[i - 2] === 2);
  assert(at > 0);
  const unknown = bytes.slice();
  unknown[at] = 0xff;
  assertThrows(() => disassemble(unknown), TypeError, "0xff at byte 1 is no opcode that is known");
});
