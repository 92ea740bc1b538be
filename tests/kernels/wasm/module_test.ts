/**
 * Modules and functions as a whole: sizes, locals and their reuse, and what is refused.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  call,
  drop,
  f32,
  f64,
  f64x2,
  i32,
  i64,
  i8x16,
  type Label,
  type Local,
  memory,
  Module,
  select,
  v128,
  type Value,
} from "../../../kernels/wasm/assembler.ts";
import { type Callable, running } from "./_run.ts";

Deno.test("a function of 30,000 statements and 1,000 locals of mixed types computes", () => {
  const { exports } = running((m) => {
    m.exportFunction("long", ["i32"], "i32", (f, x) => {
      const integers = f.locals("i32", 500);
      const mixed = integers.map((_, i) => i % 2 === 0 ? f.local("f64") : f.local("v128"));
      for (let i = 0; i < 30000; i++) {
        const [to, from] = [integers[i % 500], integers[(i * 7 + 3) % 500]];
        f.set(to, i32.add(i32.mul(from, 31), i32.add(x, i)));
      }
      f.set(mixed[0] as Local<"f64">, 1);
      return integers.reduce<Value<"i32">>(
        (sum, it) => i32.xor(sum, it),
        i32.trunc_sat_f64_s(mixed[0] as Local<"f64">),
      );
    });
  });
  const integers = new Int32Array(500);
  for (let i = 0; i < 30000; i++) integers[i % 500] = Math.imul(integers[(i * 7 + 3) % 500], 31) + 5 + i;
  assertEquals(exports.long(5), integers.reduce((sum, it) => sum ^ it, 1));
});

Deno.test("2,000 functions in one module keep their numbers", () => {
  const { exports } = running((m) => {
    let previous = m.function("f0", ["i32"], "i32", (_, x) => x);
    for (let i = 1; i < 2000; i++) {
      const before = previous;
      previous = m.function(`f${i}`, ["i32"], "i32", (_, x) => i32.add(call(before, x), i % 3));
    }
    m.export(previous, "last");
    m.exportFunction("named Zürich", [], "i32", () => i32.const(1));
  });
  const steps = Array.from({ length: 2000 }, (_, i) => i % 3).reduce((sum, it) => sum + it);
  assertEquals(exports.last(7), 7 + steps);
  assertEquals(exports["named Zürich"](), 1);
});

Deno.test("locals of an ended body are taken again, and the code still computes", () => {
  const used: number[] = [];
  const { exports } = running((m) => {
    m.exportFunction("sum", ["f64"], "f64", (f, x) => {
      const sum = f.let(f64.const(0));
      for (let i = 0; i < 10; i++) {
        f.scope(() => {
          const square = f.let(f64.mul(x, x));
          const scaled = f.let(f64.mul(square, i));
          used.push(square.index, scaled.index);
          f.set(sum, f64.add(sum, scaled));
        });
      }
      f.if(i32.const(1), () => used.push(f.local("f64").index), () => used.push(f.local("f64").index));
      used.push(f.local("i32").index);
      return sum;
    });
  });
  assertEquals(exports.sum(3), 9 * 45);
  assertEquals(new Set(used.slice(0, 22)), new Set([2, 3]));
  assertEquals(used.at(-1), 4);
});

Deno.test("encode() can be called again, and function names reach stack traces", () => {
  const m = new Module({ shared: false, initial: 0, maximum: 3 });
  const inner = m.function("innermost", [], "void", (f) => f.unreachable());
  m.exportFunction("outer", [], "void", (f) => f.emit(call(inner)));
  assertEquals(m.encode(), m.encode());
  const instance = new WebAssembly.Instance(m.compile(), {
    env: { memory: new WebAssembly.Memory({ initial: 1, maximum: 2 }) },
  });
  const error = assertThrows(() => (instance.exports.outer as () => void)(), WebAssembly.RuntimeError);
  assert(error.stack!.includes("innermost"), error.stack);
});

Deno.test("a module without functions, and one that imports only, are valid", () => {
  assert(WebAssembly.validate(new Module().encode()));
  const m = new Module({ module: "host", name: "heap", initial: 2, maximum: 2 });
  m.export(m.importFunction("host", "now", [], "f64"));
  const host = {
    heap: new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true }),
    now: (() => 4.5) as Callable,
  };
  assertEquals((new WebAssembly.Instance(m.compile(), { host }).exports.now as () => number)(), 4.5);
});

type Any = never;

Deno.test("operands of the wrong type are refused by name and position", () => {
  const cases: [() => unknown, typeof TypeError | typeof RangeError, string][] = [
    [() => i32.add(f64.const(1) as Any, 1), TypeError, "Cannot build i32.add: operand 1 is f64, not i32"],
    [
      () => f64x2.add(f64x2.const(1), 1 as Any),
      TypeError,
      "Cannot build f64x2.add: operand 2 is a number, not v128",
    ],
    [() => i64.add(1n, 1 as Any), TypeError, "Cannot build i64.add: operand 2 is a number, not i64"],
    [() => i32.add(1, 1n as Any), TypeError, "Cannot build i32.add: operand 2 is a bigint, not i32"],
    [
      () => (i32.add as (a: number) => unknown)(1),
      TypeError,
      "Cannot build i32.add: operand 2 is missing, not i32",
    ],
    [() => f32.neg(null as Any), TypeError, "Cannot build f32.neg: operand 1 is missing, not f32"],
    [() => drop(v128.store(0, f64x2.const(1)) as Any), TypeError, "Cannot build drop"],
    [
      () => select(i32.const(1), f64.const(1) as Any, 1),
      TypeError,
      "Cannot build select: operand 2 is f64, not i32",
    ],
    [() => i32.const(1.5), RangeError, "Cannot build i32.const: 1.5 is not an integer of 32 bits"],
    [
      () => i32.add(2 ** 32, 0),
      RangeError,
      "Cannot build i32.const: 4294967296 is not an integer of 32 bits",
    ],
    [() => i64.const(1n << 64n), RangeError, "Cannot build i64.const"],
    [() => i64.const(1 as Any), TypeError, "Cannot build i64.const: 1 is no i64 literal"],
    [() => f64.const("1" as Any), TypeError, "Cannot build f64.const: 1 is no f64 literal"],
    [
      () => f64x2.extract_lane(f64x2.const(1), 2),
      RangeError,
      "Cannot build f64x2.extract_lane: lane 2 is not",
    ],
    [
      () => v128.load8_lane(0, f64x2.const(1), -1),
      RangeError,
      "Cannot build v128.load8_lane: lane -1 is not",
    ],
    [() => f64.load(0, -8), RangeError, "Cannot build f64.load: the offset -8 is not an integer from 0 to"],
    [() => f64.load(0, 2 ** 32), RangeError, "Cannot build f64.load: the offset 4294967296 is not"],
    [
      () => f64.load(0, 0, 16),
      RangeError,
      "Cannot build f64.load: the alignment 16 is not a power of two from 1 to 8",
    ],
    [() => v128.load(0, 0, 3), RangeError, "Cannot build v128.load: the alignment 3 is not"],
    [() => f64x2.const(1, 2, 3), TypeError, "Cannot build f64x2.const: it takes 1 or 2 lanes, not 3"],
    [() => f64x2.shuffle(f64x2.const(1), f64x2.const(1), [0, 4]), RangeError, "Cannot build f64x2.shuffle"],
    [() => i8x16.shuffle(f64x2.const(1), f64x2.const(1), [1, 2]), RangeError, "Cannot build i8x16.shuffle"],
    [() => v128.const(new Array(16).fill(256)), RangeError, "Cannot build v128.const"],
  ];
  for (const [build, kind, text] of cases) assertThrows(build, kind, text);
});

Deno.test("statements and values are not taken for each other", () => {
  const m = new Module();
  const store = v128.store(0, f64x2.const(1));
  m.function("statements", [], "void", (f) => {
    assertThrows(() => f.emit(f64.const(1) as Any), TypeError, "Cannot emit f64.const: it gives a value");
    assertThrows(() => f.let(store as Any), TypeError, "there is no such type");
    assertThrows(() => f.set(f.local("f64"), store as Any), TypeError, "operand 1 is void, not f64");
    assertThrows(() => (f.return as (value: number) => void)(1), TypeError, "Cannot return a value");
    assertThrows(() => f.local("i16" as Any), TypeError, "Cannot make a local of type i16");
  });
  assertThrows(
    () => m.function("result", [], "f64", () => i32.const(1) as Any),
    TypeError,
    "operand 1 is i32, not f64",
  );
  assertThrows(
    () => m.function("none", [], "void", () => i32.const(1) as Any),
    TypeError,
    "Cannot return a value",
  );
  assertThrows(
    () => m.function("missing", [], "f64", (f) => (f.return as () => void)()),
    TypeError,
    "Cannot build return: operand 1 is missing, not f64",
  );
});

Deno.test("labels and locals are refused outside of where they live", () => {
  const m = new Module();
  m.function("labels", ["i32"], "void", (f, x) => {
    let closed!: Label;
    let released!: Local<"i32">;
    f.block((label) => {
      closed = label;
      released = f.local("i32");
    });
    const text = "Cannot branch to a label from outside of its block";
    assertThrows(() => f.br(closed), RangeError, text);
    f.block(() => assertThrows(() => f.br(closed), RangeError, text));
    assertThrows(() => f.set(x, released), TypeError, "the scope that made it has ended");
    assertThrows(() => f.set(released, 1), TypeError, "the scope that made it has ended");
    m.function("other", [], "i32", (g) => {
      assertThrows(() => g.set(x, 1), TypeError, "Cannot use local 0 of another function");
      return i32.const(0);
    });
  });
});

Deno.test("modules refuse what they cannot encode", () => {
  const m = new Module();
  const first = m.function("first", ["i32"], "void", () => {});
  const other = new Module();
  assertThrows(() => m.importFunction("env", "late", [], "void"), TypeError, 'Cannot import "late"');
  assertThrows(() => m.define(first, () => {}), TypeError, 'Cannot define "first": it has a body already');
  assertThrows(
    () => other.define(first, () => {}),
    TypeError,
    'Cannot define "first": this module did not declare it',
  );
  assertThrows(() => other.export(first), TypeError, 'Cannot export "first": it is of another module');
  m.export(first);
  assertThrows(() => m.export(first), TypeError, 'Cannot export "first": there is an export of that name');
  assertThrows(
    () => (call as (callee: typeof first) => unknown)(first),
    TypeError,
    'Cannot call "first": it takes 1',
  );
  assertThrows(
    () => call(first, f64.const(1) as Any),
    TypeError,
    "Cannot build call: operand 1 is f64, not i32",
  );
  assertThrows(
    () => other.function("caller", [], "void", (f) => f.emit(call(first, 1))),
    TypeError,
    "Cannot call a function of another module",
  );
  m.declare("bodiless", [], "void");
  assertThrows(() => m.encode(), TypeError, 'Cannot encode the module: "bodiless" has no body');
  for (const wrong of [{ initial: -1 }, { initial: 1.5 }, { maximum: 65537 }, { initial: 3, maximum: 2 }]) {
    assertThrows(() => new Module(wrong), RangeError, "Cannot import a memory of");
  }
});

Deno.test("what has the wrong type does not compile", () => {
  // Never run: only the compiler sees it.
  const misuse = (m: Module, x: Local<"f64">, v: Value<"v128">) => {
    // @ts-expect-error: an f64 is no i32
    i32.add(x, 1);
    // @ts-expect-error: a number is no i64
    i64.add(1, 2n);
    // @ts-expect-error: a vector has no literal
    f64x2.add(v, 1);
    // @ts-expect-error: the lane is missing
    f64x2.extract_lane(v);
    // @ts-expect-error: there is no such instruction
    f64x2.fma(v, v, v);
    // @ts-expect-error: a store gives no value
    f64.add(f64.store(0, x), 1);
    // @ts-expect-error: one operand too many
    memory.size(1);
    m.function("f", ["f64"], "f64", (f, a) => {
      // @ts-expect-error: a is a double
      f.set(f.local("i32"), a);
      // @ts-expect-error: a value is no statement
      f.emit(f64.add(a, 1));
      // @ts-expect-error: the result is a double
      f.return(i32.const(1));
      return a;
    });
    // @ts-expect-error: the result is an i32
    m.function("g", ["f64"], "i32", (_, a) => a);
    const one = m.function("h", ["i32"], "void", () => {});
    // @ts-expect-error: it takes an i32
    call(one, x);
    // @ts-expect-error: it takes one
    call(one, 1, 2);
  };
  assertEquals(misuse.length, 3);
});
