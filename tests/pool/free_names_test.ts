/**
 * Which names `readFunction` takes for free: scopes, patterns, and the places where JavaScript is hard to read.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readFunction } from "../../pool/_free_names.ts";

/** Checks the free names of each text; "=" stands before a name that is also assigned to. */
function check(expected: Record<string, string>): void {
  for (const [source, names] of Object.entries(expected)) {
    const { free, assigned } = readFunction(source);
    const found = [...free].map((name) => assigned.has(name) ? "=" + name : name);
    assertEquals(found.sort().join(" "), names.split(" ").sort().join(" "), source);
  }
}

Deno.test("readFunction() finds no free name when all are parameters or locals", () => {
  check({
    "() => 1": "",
    "x => x": "",
    "async x => x": "",
    "async => async": "",
    "(a, b) => a + b": "",
    "async (a, b) => await a + b": "",
    "(a, b,) => a": "",
    "(...all) => all": "",
    "function f(a) { return f(a); }": "",
    "function () { return arguments; }": "",
    "function* () { yield arguments[0]; }": "",
    "async function* f(a) { yield await a; }": "",
    "() => { const a = 1; let b = a; var c = b; return c; }": "",
    "m(a) { return a; }": "",
  });
});

Deno.test("readFunction() finds what a function uses from around it", () => {
  check({
    "x => x + y": "y",
    "(a) => f(a, g)": "f g",
    "() => a.b.c": "a",
    "() => a[b]": "a b",
    "() => a?.b?.[c]?.(d)": "a c d",
    "() => a?.5:b": "a b",
    "() => new A(b)": "A b",
    "() => new a.B": "a",
    "() => new (f(a))(b)": "a b f",
    "() => new new A(b)(c)": "A b c",
    "() => typeof a === 'undefined' ? void b : delete c.d": "a b c",
    "() => a in b && c instanceof D": "D a b c",
    "() => (a, b, c)": "a b c",
    "() => a ** b ?? c": "a b c",
    "() => [a, , ...b]": "a b",
    "() => undefined": "undefined",
    "() => [null, true, false, a]": "a",
    "() => NaN": "NaN",
    "function f() { return g(f); }": "g",
    "(x) => { return\ny; }": "y",
  });
});

Deno.test("readFunction() tells an arrow's own arguments from those around it", () => {
  check({
    "() => arguments[0]": "arguments",
    "() => () => arguments": "arguments",
    "() => function () { return arguments; }": "",
    "() => ({ m() { return arguments; } })": "",
    "function f(a = arguments) {}": "",
    "(arguments_) => arguments_": "",
  });
});

Deno.test("readFunction() reads patterns when they declare", () => {
  check({
    "({ a, b: c, d = e, 'f': g, [h]: i, 1: j, ...k }) => [a, b, c, d, f, g, i, j, k]": "b e f h",
    "([a, , b = c, [d], ...[e]]) => [a, b, d, e]": "c",
    "({ a: { b: [c = d] } }) => c": "d",
    "(a, { b } = c, [d] = a) => b + d": "c",
    "({ a = b, b }) => a": "",
    "async ({ a, b: [c] }, ...d) => [a, c, d]": "",
    "function ({ a, b: c }, [d = e], ...{ length }) { return [a, c, d, length]; }": "e",
    "() => { const { a, b: { c }, ...d } = e; const [f, g = h] = i; return [a, c, d, f, g]; }": "e h i",
    "() => { for (const { a, b = c } of d) a(b); }": "c d",
    "() => { var [a, , b = c, ...[d]] = e, { [f]: g, ...h } = a; return [b, d, g, h]; }": "c e f",
    "() => { try { a(); } catch ({ message: b, cause = c }) { b(cause); } }": "a c",
    "({ get, set, async, static: of }) => [get, set, async, of]": "",
    "({ get, set = a, async: b }) => [get, set, b]": "a",
  });
});

Deno.test("readFunction() keeps what a body declares from the defaults of parameters", () => {
  check({
    "(a = b) => { var b; return a; }": "b",
    "function f(a = b) { function b() {} }": "b",
    "(a = b) => { let b = 1; return a + b; }": "b",
    "(a, b = a) => b": "",
    "(a = () => b, b) => a": "",
    "(a = function () { var c; return b + c; }) => { var b; return c; }": "b c",
    "function f(a = f) {}": "",
    "(a = (b = c) => b) => { const c = b; }": "b c",
  });
});

Deno.test("readFunction() hoists var through blocks but not through functions", () => {
  check({
    "() => { a = 1; { { var a; } } }": "",
    "() => { for (var i = 0; i < 1; i++); return i; }": "",
    "() => { for (var k in a); return k; }": "a",
    "() => { if (a) { var b = 1; } return b; }": "a",
    "() => { (function () { var a; })(); return a; }": "a",
    "() => { (() => { var a; })(); return a; }": "a",
    "() => { switch (a) { case 1: var b; } return b; }": "a",
    "() => { try {} catch (a) { var b = a; } return a + b; }": "a",
    "() => { class A { static { var b; } } return b; }": "b",
    "() => { lab: { var a; } return a; }": "",
  });
});

Deno.test("readFunction() ends let, const, class, using and functions with their block", () => {
  check({
    "() => { { let a; const b = a; } return a + b; }": "a b",
    "() => { { class A {} } return A; }": "A",
    "() => { { function f() {} f(); } return f; }": "f",
    "() => { for (let i = 0; i < n; i++) { let j = i; } return i + j; }": "i j n",
    "() => { for (const a of b) a(); return a; }": "a b",
    "() => { switch (a) { case b: let c = d; default: c(); } return c; }": "a b c d",
    "() => { try { let a; } catch { let b; } finally { let c; } return [a, b, c]; }": "a b c",
    "() => { { using a = b(); a.c(); } return a; }": "a b",
    "async () => { { await using a = b(), c = a; } return c; }": "b c",
    "async () => { for (await using a of b) a(); for await (using c of d) c(); }": "b d",
    "() => { try {} catch ({ a = b }) { let b; return a; } }": "b",
  });
});

Deno.test("readFunction() counts names as local that are declared later in the block", () => {
  check({
    "() => { const f = () => a + g(); const a = 1; function g() { return h; } const h = 2; }": "",
    "() => { { return a; let a; } }": "",
    "() => { new A(); class A { m() { return b; } } let b; }": "",
    "() => { f(g()); function* f(a) { yield a; } async function g() { await b; } }": "b",
  });
});

Deno.test("readFunction() knows the names that functions and classes have for themselves", () => {
  check({
    "() => (function f() { return f; }, f)": "f",
    "() => (class A { m() { return A; } }, A)": "A",
    "function f(f) { return f; }": "",
    "class A { m() { return A; } }": "",
    "class A extends B { m() { return A; } }": "B",
    "() => { const a = class B extends B {}; return a; }": "",
  });
});

Deno.test("readFunction() reads classes", () => {
  check({
    "class { a = b; static c = d; [e] = f; 'g' = h; 1 = i; j; static k; }": "b d e f h i",
    "class { [a]() {} static [b]() {} get [c]() {} set [d](v) {} async *[e]() {} static async [f]() {} }":
      "a b c d e f",
    "class { get a() { return b; } set a(c) { d(c); } get; set; async; static; of = get }": "b d get",
    "class { static a() {} static *b() {} static async c() {} static get d() {} static async = e }": "e",
    "class { static static() {} static get() {} get get() {} set set(v) {} async async() {} 'x'() {} 1n() {} }":
      "",
    "class { get\n*a() { return b; } async\nc() {} static\nd = e }": "b e",
    "class { static { const a = b; c = a; var d; } static e = d }": "b =c d",
    "class A extends (B, C) {}": "B C",
    "class A extends f(a)[b].c {}": "a b f",
    "class { #a = b; #c() { return this.#a; } static #d; get #e() {} has(x) { return #a in x && !(#e in x); } }":
      "b",
    "class { constructor(a) { super(a, b); } }": "b",
    "class { ; a() {} ; b = 1\nc = d\n }": "d",
    "class { a = () => b; c = function () { return this.d + e; } }": "b e",
  });
});

Deno.test("readFunction() counts shorthands and computed keys of object literals, but not plain keys", () => {
  check({
    "() => ({ a, b: c, [d]: e, 'f': g, 1: h, ...i })": "a c d e g h i",
    "() => ({ a() {}, async b() {}, *c() {}, async *d() {}, get e() {}, set e(v) {}, 'f'() {}, 1() {} })": "",
    "() => ({ a(b) { return c; }, [d](e) { return f; }, get [g]() { return h; } })": "c d f g h",
    "() => ({ get, set, async, await: 1, of })": "async get of set",
    "() => ({ get: a, set: b, async: c, static: d, if: e, class: f, get if() {}, async class() {} })":
      "a b c d e f",
    "() => ({ __proto__: a })": "a",
    "() => ({ a: { b: { c } } })": "c",
    "() => { ({ a: b }); { a: b } }": "b",
  });
});

Deno.test("readFunction() tells assigned names from read ones", () => {
  check({
    "() => { a = 1; }": "=a",
    "() => { a += b; c ??= d; e ||= 1; f &&= 1; g **= 2; h >>>= 1; }": "=a =c =e =f =g =h b d",
    "() => { a++; --b; (c)++; (d) = 1; }": "=a =b =c =d",
    "() => { a.b = 1; c[d]++; e().f = 2; this.g = 3; }": "a c d e",
    "() => { [a, b.c, , d = e, ...f] = g; }": "=a =d =f b e g",
    "() => { ({ a, b: c, d = e, f: { g }, [h]: i.j, ...k } = l); }": "=a =c =d =g =k e h i l",
    "() => { [[a], { b: [c] }] = d; }": "=a =c d",
    "() => { [(a)] = [b]; }": "=a b",
    "() => { for (a of b); for (c in d); for (e = 0; e < 1; e++); for (f.g of h); }": "=a =c =e b d f h",
    "() => { for ([a, { b = c }] of d); for ({ e: f } of g); }": "=a =b =f c d g",
    "() => { for (async of => 1; a;) break; }": "a",
    "() => { let a; a = 1; a++; ({ a } = b); }": "b",
    "() => () => { a = 1; }": "=a",
    "() => (a = b) => a": "b",
    "() => (a = b)": "=a b",
    "() => ([a, b])": "a b",
    "() => f([a], { b })": "a b f",
    "() => [a].map((b) => b)": "a",
    "() => ({ a }).a": "a",
    "() => [a].b = c": "a c",
    "() => { a = b = c; }": "=a =b c",
    "() => { a ? b = 1 : c = 2; }": "=b =c a",
    "() => { [a = [b] = c] = d; }": "=a =b c d",
    "() => { for (const a of [b = c]); }": "=b c",
    "() => a === b && c >= d && e !== f": "a b c d e f",
  });
});

Deno.test("readFunction() tells parameters in parentheses from expressions", () => {
  check({
    "() => (a)": "a",
    "() => (a) + (b)": "a b",
    "() => (a, b) => a + c": "c",
    "() => ((a), (b))": "a b",
    "() => a ? (b) : (c) => c": "a b",
    "() => a ? (b, c) => b : d": "a d",
    "() => (a) ? (b) => (c) : d => e": "a c e",
    "() => async(a)": "a async",
    "() => async (a) => a": "",
    "() => async(a, ...b)": "a async b",
    "() => async () => await a": "a",
    "() => async a => a": "",
    "() => async": "async",
    "() => { async\nfunction f() {} }": "async",
    "() => { async function f() {} f(async); }": "async",
    "() => f(async x => x, async (y) => y, async function z() {})": "f",
    "() => (x => x)(a)": "a",
    "(a, b = (c) => c + d, [e] = f) => (g)": "d f g",
    "() => ((a, b) => (c) => a + b + c)": "",
    "() => ({})": "",
    "() => {}": "",
    "() => ({ a })": "a",
    "() => { a }": "a",
    "(x) => x\n": "",
  });
});

Deno.test("readFunction() takes contextual words as names where they are", () => {
  check({
    "() => [of, get, set, async, from, as, let_, using, accessor, target, meta]":
      "accessor as async from get let_ meta of set target using",
    "(of, get, set, async, using) => of + get + set + async + using": "",
    "() => { for (const of of of); }": "",
    "() => { using; using[a]; using(b); using\nc; }": "a b c using",
    "() => { for (using of a); }": "=using a",
    "() => { for (using a of b); }": "b",
    "() => { using of = a; }": "a",
    "() => await + yield": "await yield",
    "() => { let a = 1; let [b] = c; let { d } = e; }": "c e",
    "async () => { for await (const a of b) a(); }": "b",
    "async () => { for await (async of a); }": "=async a",
    "function* f() { yield; yield a; yield* b; yield\nc; [yield, yield]; (yield); f(yield, yield d); }":
      "a b c d",
    "function* f() { yield /a/.test(b); `${yield}`; const x = yield a; }": "a b",
    "() => a.async.of.if.class.new.get.let": "a",
    "() => { get: for (;;) { set: for (;;) { continue get; break set; } } }": "",
  });
});

Deno.test("readFunction() does not take labels for names", () => {
  check({
    "() => { outer: for (const a of b) { inner: for (;;) { break outer; continue inner; } } }": "b",
    "() => { a: b: c: d; }": "d",
    "() => { a: { break a; } a; }": "a",
    "() => { for (;;) { break\na; } }": "a",
    "() => { switch (a) { case b: c: d; default: e; } }": "a b d e",
    "() => { x ? y : z; }": "x y z",
  });
});

Deno.test("readFunction() tells regular expressions from divisions", () => {
  check({
    "() => /a/.test(b)": "b",
    "() => a / b / c": "a b c",
    "() => /[/]b/g": "",
    "() => /[^\\]/a]\\/b/u.exec(c)": "c",
    "() => a /= b / /c/.d": "=a b",
    "() => /=a/": "",
    "() => (a) / b / c": "a b c",
    "() => { if (a) /b/.test(c); }": "a c",
    "() => { {} /a/g.test(b); }": "b",
    "() => ({}) / a / b": "a b",
    "() => a++ / b / c": "=a b c",
    "() => [/a/, /b/, c / d / e]": "c d e",
    "() => { return /a/; }": "",
    "() => typeof /a/": "",
    "() => { const f = (x) => { x }\n/a/.test(b); }": "b",
    "() => `${a}` / b / c": "a b c",
    "() => a\n/b/c": "a b c",
    "() => x => /a/ / b": "b",
    "() => a ? /b/ : /c/d": "a",
  });
});

Deno.test("readFunction() reads templates with expressions in them", () => {
  check({
    "() => `a`": "",
    "() => `${a}b${c}d`": "a c",
    "() => `${`${a}`}${{ b: c }.d}${(() => { return `}`; })()}`": "a c",
    "() => a`b${c}`.d`e${f}`": "a c f",
    "() => `\\${a}\\`${b}`": "b",
    "() => `$ {a} $${b}$`": "b",
    "() => new a`b${c}`": "a c",
    "() => a`\\u{`": "a",
    "() => `// ${a} /* ${b} */`": "a b",
  });
});

Deno.test("readFunction() skips comments, strings and numbers", () => {
  check({
    "() => { /* a */ b // c\n /* d\n */ }": "b",
    "() => 'a' + \"b\\\"c\" + 'd\\\ne'": "",
    "() => 0x1F + 0b1_0 + 0o7 + 1_000 + 1e-5 + .5 + 1. + 1.5e+3 + 10n + 0xFFn + a": "a",
    "() => 1..a + 1.0.b + c": "c",
    "() => '\u2028' + a": "a",
    "()\u00a0=>\ufeff{\ta\v;\fb\u2003}": "a b",
  });
});

Deno.test("readFunction() knows names beyond ASCII and with escapes", () => {
  check({
    "(é) => é + ñ": "ñ",
    "() => 变量 + 𠮷 + $ + _": "$ _ 变量 𠮷",
    "(a) => \\u0061 + \\u{62}": "b",
    "() => x\\u0079z": "xyz",
    "() => a.\\u0069f": "a",
    "() => a\u200cb": "a\u200cb",
  });
});

Deno.test("readFunction() ends statements at line ends where JavaScript does", () => {
  check({
    "() => { a\nb\nc }": "a b c",
    "() => { let a = b\nc() }": "b c",
    "() => { a\n++b }": "=b a",
    "() => { a\n(b) }": "a b",
    "() => { do a(); while (b) c(); }": "a b c",
    "() => { if (a) b; else c }": "a b c",
    "() => { throw a }": "a",
    "() => { return /* \n */ a }": "a",
    "() => { a\u2028++b; c\u2029d }": "=b a c d",
    "() => { debugger; ; }": "",
    "() => { while (a) b\nfor (;;) c }": "a b c",
  });
});

Deno.test("readFunction() keeps the in of a for head apart from the operator", () => {
  check({
    "() => { for (var a = (b in c); d;); }": "b c d",
    "() => { for (const a in b, c); }": "b c",
    "() => { for (let a = [b in c][0], e = f(g in h); i;); }": "b c f g h i",
    "() => { for (a in b in c); }": "=a b c",
    "() => { for (const a of b) for (const c of a) c(d); }": "b d",
    "() => { for (let a = () => { b in c; }; d; e); }": "b c d e",
    "() => { for (let a = x ? b in c : d; e;); }": "b c d e x",
    "() => { for (const a of a); }": "",
    "() => { for (;;); }": "",
    "() => { for (a, b; c; d, e); }": "a b c d e",
  });
});

Deno.test("readFunction() reads long and deep texts", () => {
  check({
    [`() => {${"{ let a; f(a, (b) => b + c); }\n".repeat(4000)}}`]: "c f",
    [`() => ${"a + ".repeat(30_000)}b`]: "a b",
    [`() => {${"if (a) b; else ".repeat(10_000)}c}`]: "a b c",
    [`() => ${"(".repeat(300)}a${")".repeat(300)}`]: "a",
    [`() => ${"(x) => { return ".repeat(300)}a${"}".repeat(300)}`]: "a",
    [`() => ${"[".repeat(300)}a${"]".repeat(300)} = b`]: "=a b",
  });
});
