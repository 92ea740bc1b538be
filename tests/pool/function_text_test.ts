/**
 * What else `readFunction` tells: the form of a function, what it needs besides names, and an expression that
 * is evaluated here and compared with the function it came from.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { type FunctionText, readFunction } from "../../pool/_free_names.ts";

/** The function that the expression for `fn` evaluates to, where nothing of this module is in scope. */
// deno-lint-ignore no-explicit-any
function rebuilt(fn: (...args: any[]) => unknown): any {
  return (0, eval)(`"use strict"; (${readFunction(fn.toString()).expression})`);
}

/** The flags that hold for a text. */
function flags(source: string): string {
  const text = readFunction(source);
  const names = Object.keys(text) as (keyof FunctionText)[];
  return names.filter((name) => text[name] === true).join(" ");
}

Deno.test("readFunction() tells whose this, super and new.target a text uses", () => {
  const expected: Record<string, string> = {
    "() => this": "usesThis",
    "() => () => this.a": "usesThis",
    "(a = this) => a": "usesThis",
    "() => function () { return this; }": "",
    "() => class { a = this; static { this; } m() { return () => this; } static b = () => this }": "",
    "() => class extends this.A {}": "usesThis",
    "() => class { [this.a]() {} }": "usesThis",
    "() => ({ m() { return this; } })": "",
    "function f() { return () => this; }": "usesOwnThis",
    "function f(a = this) {}": "usesOwnThis",
    "function f() { return function () { return this; }; }": "",
    "m() { return this.a; }": "usesOwnThis",
    "get a() { return this.b; }": "usesOwnThis",
    "class { a = this; m() { return this; } }": "",
    "class extends this.A {}": "usesThis",
    "m() { return super.m(); }": "usesSuper",
    "m() { return () => super[a]; }": "usesSuper",
    "() => super.m()": "usesSuper",
    "class A extends B { constructor() { super(); } m() { return () => super.m(); } }": "",
    "m() { return { n() { return super.n(); } }; }": "",
    "() => new.target": "usesNewTarget",
    "function f() { return () => new.target; }": "",
    "class { a = new.target }": "",
    "() => import.meta.url": "usesImportMeta",
    "() => { const meta = 1; return a.import.meta; }": "",
    "() => eval(a)": "usesEval",
    "() => (eval)(a)": "usesEval",
    "() => { function f() { return eval('b'); } }": "usesEval",
    "() => (0, eval)(a)": "",
    "() => eval?.(a)": "",
    "() => a.eval(b)": "",
    "[this.a]() {}": "",
    "[eval(a)]() {}": "",
  };
  for (const [source, names] of Object.entries(expected)) assertEquals(flags(source), names, source);
});

Deno.test("readFunction() gives the specifiers of dynamic imports", () => {
  const expected: Record<string, (string | null)[]> = {
    "() => import('./a.ts')": ["./a.ts"],
    '() => import("./a\\u0062\\x63\\n", { with: { type: "json" } })': ["./abc\n"],
    "() => import(`./a`,)": ["./a"],
    "() => import(a)": [null],
    "() => import('./' + a)": [null],
    "() => [import('a'), import(`${b}`), import('c')]": ["a", null, "c"],
    "() => import.defer('a')": ["a"],
    "() => import.meta": [],
    "[import('a')]() {}": [],
  };
  for (const [source, specifiers] of Object.entries(expected)) {
    const { dynamicImports, usesDynamicImport } = readFunction(source);
    assertEquals(dynamicImports, specifiers, source);
    assertEquals(usesDynamicImport, specifiers.length > 0);
  }
});

Deno.test("readFunction() names the private names of a class around the function", () => {
  const names = (source: string) => [...readFunction(source).privateNames].sort().join(" ");
  assertEquals(names("m() { return this.#a + this?.#b; }"), "#a #b");
  assertEquals(names("(x) => #a in x"), "#a");
  assertEquals(names("() => class { #a; m(x) { return this.#a + x.#b; } }"), "#b");
  assertEquals(names("class { m() { return this.#a(); } #a() {} }"), "");
  assertEquals(names("class { static #a = 1; static b = class { m(x) { return x.#a; } }; }"), "");
  assertEquals(names("#a() {}"), "");
});

Deno.test("readFunction() tells what a text was written as", () => {
  const expected: Record<string, FunctionText["kind"]> = {
    "a => 1": "arrow",
    "async () => 1": "arrow",
    "function () {}": "function",
    "async function* f() {}": "function",
    "class {}": "class",
    "class class_ extends Object {}": "class",
    "m() {}": "method",
    "async *m() {}": "method",
    "async() {}": "method",
    "async(a, { b }) {}": "method",
    "get() {}": "method",
    "set(v) {}": "method",
    "class() {}": "method",
    "delete() {}": "method",
    "(a) { return a; }": "method",
    "() { return 1; }": "method",
    "[a]() {}": "method",
    "#a() {}": "method",
    "get a() {}": "getter",
    "get get() {}": "getter",
    "get\n'a b'() {}": "getter",
    "set a(v) {}": "setter",
    "set [a](v) {}": "setter",
    "set static(v) {}": "setter",
  };
  for (const [source, kind] of Object.entries(expected)) {
    assertEquals(readFunction(source).kind, kind, source);
  }
});

Deno.test("readFunction() knows functions without text", () => {
  for (const fn of [[].push, Map, (() => 1).bind(null), new Proxy(() => 1, {}), Function.prototype]) {
    const text = readFunction(fn.toString());
    assert(text.isNative);
    assertEquals(text.expression, "");
  }
  assert(!readFunction("() => '{ [native code] }'").isNative);
  assert(!readFunction("() => { '{ [native code]' }").isNative);
});

Deno.test("readFunction() gives an equal function when arrows, functions and classes are evaluated", async () => {
  assertEquals(rebuilt((a: number, b: number) => a + b)(1, 2), 3);
  assertEquals(rebuilt(() => ({ a: 1 }))(), { a: 1 });
  assertEquals(await rebuilt(async (a: number) => await a + 1)(1), 2);
  assertEquals(
    rebuilt(function f(n: number): number {
      return n < 2 ? n : f(n - 1) + f(n - 2);
    })(10),
    55,
  );
  assertEquals([
    ...rebuilt(function* () {
      yield 1;
      yield 2;
    })(),
  ], [1, 2]);
  assertEquals(
    new (rebuilt(
      class A {
        #a = 1;
        b() {
          return this.#a;
        }
      } as never,
    ))().b(),
    1,
  );
  assertEquals(rebuilt(new Function("a", "b", "return a + b") as never)(1, 2), 3);
  assertEquals(readFunction(" /* a */ x => x // b\n").expression, "x => x");
});

Deno.test("readFunction() gives an equal function when methods of every form are evaluated", async () => {
  let privateMethod: (() => unknown) | undefined;
  const key = "computed";
  class Forms {
    m() {
      return 1;
    }
    async a() {
      return await 2;
    }
    *g() {
      yield 3;
    }
    async *ag() {
      yield await 4;
    }
    "quoted name"() {
      return 5;
    }
    123() {
      return 6;
    }
    1_0n() {
      return 7;
    }
    [key]() {
      return 8;
    }
    async *[Symbol.iterator]() {
      yield await 9;
    }
    static() {
      return 10;
    }
    static static() {
      return 11;
    }
    async() {
      return 12;
    }
    get() {
      return 13;
    }
    delete() {
      return 14;
    }
    __proto__() {
      return 15;
    }
    static async of() {
      return await 16;
    }
    class() {
      return 17;
    }
    #private() {
      return 18;
    }
    static {
      privateMethod = new Forms().#private;
    }
  }
  const forms = new Forms();
  assertEquals(rebuilt(forms.m)(), 1);
  assertEquals(await rebuilt(forms.a)(), 2);
  assertEquals([...rebuilt(forms.g)()], [3]);
  assertEquals((await rebuilt(forms.ag)().next()).value, 4);
  assertEquals(rebuilt(forms["quoted name"])(), 5);
  assertEquals(rebuilt(forms[123])(), 6);
  assertEquals(rebuilt(Reflect.get(forms, "10"))(), 7);
  assertEquals(rebuilt(forms[key])(), 8);
  assertEquals((await rebuilt(forms[Symbol.iterator])().next()).value, 9);
  assertEquals(rebuilt(forms.static)(), 10);
  assertEquals(rebuilt(Forms.static)(), 11);
  assertEquals(rebuilt(forms.async)(), 12);
  assertEquals(rebuilt(forms.get)(), 13);
  assertEquals(rebuilt(forms.delete)(), 14);
  assertEquals(rebuilt(Reflect.get(Forms.prototype, "__proto__"))(), 15);
  assertEquals(await rebuilt(Forms.of)(), 16);
  assertEquals(rebuilt(forms.class)(), 17);
  assertEquals(rebuilt(privateMethod!)(), 18);
  assertEquals(rebuilt(privateMethod!).name, "#private");
  assertEquals(rebuilt(forms["quoted name"]).name, "quoted name");
  assertEquals(rebuilt(forms.static).name, "static");
});

Deno.test("readFunction() gives an equal function when getters and setters are evaluated", () => {
  const key = "k";
  const object = {
    value: 1,
    get a() {
      return this.value;
    },
    set a(value: number) {
      this.value = value + 1;
    },
    get "b c"() {
      return 2;
    },
    get [key]() {
      return 3;
    },
    get 1() {
      return 4;
    },
    get static() {
      return 5;
    },
  };
  const part = (name: string, which: "get" | "set") => {
    return rebuilt(Object.getOwnPropertyDescriptor(object, name)![which]!);
  };
  part("a", "set").call(object, 41);
  assertEquals(part("a", "get").call(object), 42);
  assertEquals(["b c", "k", "1", "static"].map((name) => part(name, "get")()), [2, 3, 4, 5]);
});

Deno.test("readFunction() names the place when the text is malformed", () => {
  const expected: Record<string, string> = {
    "": "line 1, column 1 (position 0): unexpected end",
    "a.b": "line 1, column 2 (position 1): unexpected",
    "() => {\n  a b\n}": 'line 2, column 5 (position 12): unexpected "b"',
    "() => {": "position 7): unexpected end",
    "() => (a": "unexpected end",
    "() => 'a": "position 6): unterminated string",
    "() => `a${b": 'unexpected end instead of "}"',
    "() => `a": "unterminated template",
    "() => /a": "unterminated regular expression",
    "() => { /* a }": "unterminated comment",
    "() => 1a": "malformed number",
    "() => a.1": "unexpected",
    "() => 1 = a": 'unexpected "="',
    "() => a + ": "unexpected end",
    "() => f() = 1": 'unexpected "="',
    "(a, 1) => a": 'unexpected "=>"',
    "() => ()": "unexpected end",
    "() => (a,)": "unexpected end",
    "() => ++f()": "unexpected end",
    "() => { if }": "unexpected",
    "() => 1; 2": 'unexpected ";" after the function',
    "function f() {} g()": 'unexpected "g" after the function',
    "function f( {}": "unexpected end",
    "class { a b }": 'unexpected "b"',
    "() => ({ if })": 'unexpected "}"',
    "() => ({ get a })": 'unexpected "}"',
    "() => #a": 'unexpected end instead of "in"',
    "() => @": "unexpected character",
    "() => \\x": "unexpected backslash",
    "() => { with (a) b; }": 'unexpected "with"',
    "get a": "unexpected end",
    "() => new.a": 'unexpected "a"',
    "() => import.a": 'unexpected "a"',
    "() => { function () {} }": 'unexpected "("',
    "() => { class {} }": 'unexpected "{"',
    "function f({ get a }) {}": 'unexpected "}"',
    "function f({ if }) {}": 'unexpected "}"',
    "class { get a = 1 }": 'unexpected "="',
    "() => \\u{110000}": "escape beyond Unicode",
    "() => /a\n/": "unterminated regular expression",
    "m() => 1": 'unexpected "=>" instead of "{"',
  };
  for (const [source, message] of Object.entries(expected)) {
    const error = assertThrows(() => readFunction(source), SyntaxError);
    assertStringIncludes(error.message, "Cannot read the function at line ");
    assertStringIncludes(error.message, message);
  }
});
