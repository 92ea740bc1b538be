/**
 * Kinds of functions that travel: each is called in a worker and here, and must give the same.
 *
 * @module
 */

// deno-lint-ignore-file no-shadow-restricted-names no-explicit-any no-namespace require-await -- these are the kinds of functions

import { assert, assertEquals } from "@std/assert";
import { join, posix } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as path from "node:path";
import { currentProcess, Pool, Process, task } from "@multicore/multicore/pool";
import { Event, Lock, RawArray } from "@multicore/multicore/shared";
import byDefault, {
  Account,
  aliased,
  countCalls,
  Level,
  live,
  makeAdder,
  setLive,
} from "./_capture_module.ts";
import { useSecret, whereAmI } from "./_capture_module.ts";
import * as wholeModule from "./_capture_module.ts";
import { countCalls as counted, everything, Renamed } from "./_capture_reexports.ts";
import { travels } from "./_capture_tools.ts";
import { test } from "./_tools.ts";

const factor = 3, prefix = "p";
enum Color {
  RED = 4,
  BLUE,
}
const enum Size {
  SMALL = 10,
}
namespace Space {
  export const inside = 8;
}
class Shape {
  static made = 5;
  static readonly unit = new Shape(1);
  #side: number;
  area = () => this.#side ** 2;
  constructor(side: number) {
    this.#side = side;
  }
  static square(side: number) {
    return new Shape(side).area() * factor;
  }
  static #hidden = 2;
  static get hidden() {
    return Shape.#hidden + factor;
  }
  half() {
    return this.#side / 2;
  }
  static {
    this.#hidden *= 2;
  }
}
class Cube extends Shape {
  override half() {
    return super.half() + 100;
  }
}
abstract class Node {
  abstract value(): number;
  static of(n: number): Node {
    return n ? new Sum(Node.of(n - 1)) : new Leaf();
  }
}
class Leaf extends Node {
  value() {
    return 1;
  }
}
class Sum extends Node {
  constructor(readonly inner: Node) {
    super();
  }
  value() {
    return this.inner.value() + factor;
  }
}
const isEven = (n: number): boolean => n === 0 || isOdd(n - 1);
const isOdd = (n: number): boolean => n !== 0 && isEven(n - 1);
function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
const compose = <T>(...fs: ((x: T) => T)[]) => (x: T) => fs.reduce((y, f) => f(y), x);
const counter = () => {
  let n = 5;
  return () => ++n;
};
function memo(x: number): number {
  return memo.cache[x] ??= x * factor;
}
memo.cache = { 1: 77 } as Record<number, number>;
memo.limit = 4;
const holder = {
  method(x: number) {
    return x * factor;
  },
  async later(x: number) {
    return x + factor;
  },
  *some(n: number) {
    yield* [n, factor];
  },
  ["computed" + 1](x: number) {
    return x - factor;
  },
  get got() {
    return factor;
  },
};
const tag = (strings: TemplateStringsArray, ...values: unknown[]) => [strings.raw.join("|"), values];

travels("Functions", [
  ["an arrow that captures nothing", () => (x) => x + 1, [1]],
  ["an arrow that captures", () => (x) => x * factor, [2]],
  ["a function expression", () =>
    function (x) {
      return x + factor;
    }, [2]],
  ["a declared function that calls itself", () => factorial, [5]],
  ["a named function expression", () =>
    function down(n): unknown {
      return n ? down(n - 1) : factor;
    }, [3]],
  ["mutual recursion", () => isEven, [7]],
  ["an async function", () => async (x) => await Promise.resolve(x * factor), [2]],
  ["a generator inside", () => () => [...holder.some(1)]],
  ["an async generator inside", () => {
    async function* numbers() {
      yield 1;
      yield factor;
    }
    return async () => await Array.fromAsync(numbers());
  }],
  ["a method of an object", () => holder.method, [4]],
  ["an async method", () => holder.later, [4]],
  ["a method with a computed key", () => (holder as any).computed1, [4]],
  ["a getter", () => Object.getOwnPropertyDescriptor(holder, "got")!.get!],
  ["an object with methods", () => () => [holder.method(2), holder.got]],
  ["a static method", () => Shape.square, [3]],
  ["a static getter of a class", () => () => Shape.hidden],
  ["static fields, as they are now", () => {
    Shape.made = 6;
    return () => [Shape.made, Shape.unit.area()];
  }],
  ["private members and arrows in fields", () => () => new Shape(4).area()],
  ["a class that extends another, with super", () => () => new Cube(4).half()],
  ["classes that know each other", () => () => Node.of(3).value()],
  ["the derived class first", () => () => [new Leaf().value(), Node.of(1).value()]],
  ["an anonymous class", () => {
    const Anonymous = class {
      value = factor;
    };
    return () => [new Anonymous().value, Anonymous.name];
  }],
  ["a class with a static member called name", () => {
    class Odd {
      static name = "odd name";
    }
    return () => Odd.name;
  }],
  ["a class with many static methods", () => {
    const body = Array.from({ length: 90 }, (_, i) => `static m${i}() { return base + ${i}; }`).join("\n");
    const Many = new Function("base", `return class Many { ${body} }`)(factor);
    return () => Many.m89();
  }],
  ["defaults of parameters", () => (a = factor, b = a + factor) => [a, b], []],
  [
    "destructuring with captured defaults",
    () => ({ a = factor, ...rest }, [b = prefix]: string[]) => [a, rest, b],
    [{ c: 1 }, []],
  ],
  ["rest parameters and spread", () => (...xs) => Math.max(...xs, factor), [1, 2]],
  ["arguments of its own", () =>
    function () {
      return arguments.length + factor;
    }, [1, 2]],
  ["a function made by a function", () => compose((x: number) => x + 1, (x: number) => x * factor), [1]],
  ["a counter, as it stands", () => {
    const next = counter();
    next();
    return () => [next(), next()];
  }],
  ["state that functions share in an object", () => {
    const state = { n: 0 };
    const increase = () => ++state.n;
    return () => [increase(), state.n];
  }],
  ["two variables of one name that change", () => {
    const one = counter(), two = counter();
    two();
    return () => [one(), two(), two()];
  }],
  ["closures of a loop", () => {
    const fs: (() => number)[] = [];
    for (let i = 0; i < 3; i++) fs.push(() => i * factor);
    return () => fs.map((f) => f());
  }],
  ["variables of several scopes with one name", () => {
    const x = 1;
    const outer = () => x;
    {
      const x = 2;
      return () => [x, outer()];
    }
  }],
  ["a variable that is shadowed inside", () => (factor) => {
    const inner = () => factor;
    {
      const factor = 9;
      return [inner(), factor];
    }
  }, [1]],
  ["a variable of a catch clause", () => {
    try {
      throw { code: 4 };
    } catch (problem) {
      return () => (problem as { code: number }).code;
    }
  }],
  ["a parameter with a closure in its default", () => {
    const make = (a: number, f = () => a) => {
      a++;
      return f;
    };
    return make(1);
  }],
  ["a variable that is assigned in the function", () => {
    let n = 1;
    return () => (n += factor, n);
  }],
  ["properties of a function", () => () => [memo(1), memo(2), memo.limit]],
  ["labels", () => () => {
    outer: for (let i = 0;; i++) {
      for (;;) {
        if (i > factor) break outer;
        else continue outer;
      }
    }
    return factor;
  }],
  ["tagged templates", () => (x) => tag`a\n${x}b${factor}`, [1]],
  ["regular expressions and division", () => (s) => [s.split(/[/"]/g), 8 / factor / 2], ['a/b"c']],
  ["optional chaining and nullish", () => (o) => o?.a?.[prefix] ?? factor, [{}]],
  ["enums", () => () => [Color.RED, Color[5], Size.SMALL]],
  ["namespaces", () => () => Space.inside],
  ["a function of the Function constructor", () => new Function("a", "return a + 1") as any, [1]],
  ["a dynamic import by name", () => async () => (await import("node:path")).basename("/a/b")],
  ["await using and disposal", () => async () => {
    const log: number[] = [];
    {
      using _a = { [Symbol.dispose]: () => void log.push(factor) };
    }
    return log;
  }],
]);

travels("Names of globals that mean something else", [
  ["an import", () => async () => await setTimeout(1, "done")],
  ["locals", () => {
    const Map = (x: number) => x + 1, Math = { max: () => "mine" }, Date = 5, name = "n";
    const performance = { now: () => 12 }, crypto = "c", undefined = 3;
    return () => [Map(1), Math.max(), Date, name, performance.now(), crypto, undefined];
  }],
  ["the same text with another meaning", () => {
    const make = (fetch: number) => () => fetch;
    return make(5);
  }],
  ["our Event and Lock", () => () => {
    using event = new Event();
    using lock = new Lock();
    event.set();
    return [event.isSet, lock.locked];
  }],
  ["the globals themselves", () => () => [typeof name, typeof Blob, new URL("a:b").href, Math.sign(-factor)]],
]);

travels("Imports", [
  ["an imported function", () => useSecret, [1]],
  ["captured", () => () => useSecret(factor)],
  ["under another name", () => () => aliased(2)],
  ["that knows its address", () => whereAmI],
  ["an imported class", () => () => new Account(1).add(factor).balance],
  ["a default import", () => () => byDefault(1)],
  ["a namespace", () => () => [wholeModule.useSecret(2), Object.keys(wholeModule).length]],
  ["a re-exported class and namespace", () => () => [new Renamed(2).balance, everything.Level.HIGH]],
  ["an imported enum", () => () => [Level.HIGH, Level[1]]],
  ["a function that an imported one has made", () => makeAdder(5), [1]],
  ["a live binding, as it is now", () => {
    setLive(8);
    return () => live;
  }],
  ["functions of the runtime's modules", () => () => [join("a", "..", "b"), posix.basename("/x/y")]],
  ["a module of the runtime", () => () => path.extname("a.ts")],
  ["objects of the runtime", () => {
    const { hrtime: _, env, ...M } = { hrtime: 0, env: Deno.errors, math: Math, json: JSON, all: globalThis };
    return () => [M.math.sign(-2), M.json.stringify([1]), typeof env.NotFound, M.all === globalThis];
  }],
  ["inside data", () => {
    const routes = { read: useSecret, all: [wholeModule, Account] as const };
    return () => [routes.read(1), routes.all[0].aliased(2), new routes.all[1](3).balance];
  }],
  ["this module's own functions", () => () => typeof currentProcess().ident],
]);

test("Exported functions use their module's state in the worker", async () => {
  await using pool = new Pool(1);
  assertEquals([await pool.apply(countCalls), await pool.apply(() => countCalls())], [1, 2]);
  assertEquals(await pool.apply(() => [counted(), counted === countCalls]), [3, true]);
  assertEquals(countCalls(), 1);
});

test("Functions of a module that was imported late are found, too", async () => {
  await using pool = new Pool(1);
  const name = "./_capture_later.ts";
  const { lateCount, lateLambda } = await import(name);
  const url = new URL(name, import.meta.url).href;
  assertEquals(await pool.apply(lateLambda, [1]), `1 ${url}`);
  assertEquals([await pool.apply(lateCount), await pool.apply(lateCount)], [[1, url], [2, url]]);
});

test("A function's text may mean a global here and a variable there", async () => {
  await using pool = new Pool(1);
  const usesGlobal = (() => () => typeof fetch)(), usesOwn = ((fetch: number) => () => typeof fetch)(1);
  assertEquals([await pool.apply(usesGlobal), await pool.apply(usesOwn)], ["function", "number"]);
  assertEquals(await pool.apply((() => () => typeof fetch)()), "function");
});

export const declared = task(import.meta, "declared", () => "by reference");

test("Initializers and the targets of processes may capture", async () => {
  using out = new RawArray("int32", 2);
  const seven = 7;
  const process = new Process({
    target: () => {
      out.view[0] = seven;
    },
  });
  process.start();
  await process.join();
  await using pool = new Pool(1, {
    initializer: () => {
      out.view[1] = seven + 1;
    },
  });
  await pool.apply(() => 0);
  assertEquals([...out.view], [7, 8]);
  assert(declared() === "by reference");
});

test("A worker may send closures to a pool of its own", async () => {
  await using pool = new Pool(1);
  const sent = await pool.apply(async () => {
    const two = factor - 1;
    await using inner = new Pool(1);
    return await inner.map((x: number) => x * two + factor, [1, 2]);
  });
  assertEquals(sent, [5, 7]);
});
