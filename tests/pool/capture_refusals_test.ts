/**
 * What cannot travel is refused at the submission, with the variable, the reason and what to do instead.
 *
 * @module
 */

// deno-lint-ignore-file no-eval no-unused-vars

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AsyncResult, Pool, Process } from "@multicore/multicore/pool";
import { SerializationError } from "@multicore/multicore/shared";
import { refused } from "./_capture_tools.ts";
import { settles, test } from "./_tools.ts";

const promise = Promise.resolve(1),
  weak = new WeakMap([[{}, 1]]),
  weakSet = new WeakSet(),
  weakRef = new WeakRef({});
const generator = (function* () {
  yield 1;
})();
const unique = Symbol("mine");
const proxy = new Proxy({ a: 1 }, {}), proxyList = new Proxy([1], {}), proxyFn = new Proxy(() => 1, {});
const bound = ((x: number) => x).bind(null, 1);
class Plain {
  x = 1;
}
class Secret {
  #x = 1;
  get x() {
    return this.#x;
  }
}
class Tagged {
  get [Symbol.toStringTag]() {
    return "Map";
  }
}
class OwnMap extends Map {}
class OwnList extends Array {}
class OwnError extends Error {}
class OwnBytes extends Uint8Array {}
const plain = new Plain(), secret = new Secret(), tagged = new Tagged(), ownMap = new OwnMap();
const ownList = OwnList.from([1]), ownError = new OwnError("x"), ownBytes = new OwnBytes(2), list = [1];
const deep = { list: [{ ok: 1 }, { bad: promise }] }, table = new Map([["key", { weak }]]);
const url = new URL("http://x"), headers = new Headers(), controller = new AbortController();
const encoder = new TextEncoder(),
  target = new EventTarget(),
  form = new FormData(),
  event = new CustomEvent("x");
const iterator = list[Symbol.iterator](), keys = new Map().keys(), helper = Iterator.from(list).map((x) => x);
const args = (function (..._: number[]) {
  return arguments;
})(1, 2);
const withSymbol = { [unique]: 1 };
const stream = new ReadableStream();
const buffer = { toBytes: OwnBytes };
function Old(this: { x: number }) {
  this.x = 1;
}
Old.prototype.get = function (this: { x: number }) {
  return this.x;
};
const sorted = (compare: unknown) => () => compare;
class Base {
  name() {
    return "base";
  }
}
class Home extends Base {
  field = 1;
  #own = 2;
  static #shared = 3;
  arrow = () => this.field;
  usesPrivate() {
    return this.#own;
  }
  static usesShared() {
    return () => Home.#shared;
  }
  override name() {
    return super.name();
  }
  makeSuper() {
    return () => super.name();
  }
}
const home = new Home();
function outerTarget() {
  return () => new.target;
}
function outerArguments(_x: number) {
  return () => arguments[0];
}
const address = "./_capture_later.ts";

refused("Captured values", [
  ["a promise", () => () => promise, "variable promise", "class Promise"],
  ["a WeakMap", () => () => weak, "variable weak", "class WeakMap"],
  ["a WeakSet", () => () => weakSet, "variable weakSet"],
  ["a WeakRef", () => () => weakRef, "variable weakRef"],
  ["a generator object", () => () => generator, "variable generator", "Generator"],
  ["iterators", () => () => iterator, "variable iterator", "Array Iterator"],
  ["an iterator of a Map", () => () => keys, "variable keys"],
  ["an iterator helper", () => () => helper, "variable helper"],
  ["a symbol", () => () => unique, "variable unique", "a symbol"],
  ["a symbol as a key", () => () => withSymbol, "variable withSymbol.Symbol(mine)"],
  ["a Proxy", () => () => proxy, "variable proxy", "Proxy"],
  ["a Proxy of an array", () => () => proxyList, "variable proxyList", "Proxy"],
  ["a Proxy of a function", () => () => proxyFn, "variable proxyFn", "proxy"],
  ["a bound function", () => () => bound(), "variable bound", "bound"],
  ["an object of a class", () => () => plain, "variable plain", "class Plain", "lose its class"],
  ["an object with private state", () => () => secret, "variable secret", "class Secret"],
  ["an object that claims to be a Map", () => () => tagged, "variable tagged", "class Tagged"],
  ["derived collections", () => () => ownMap, "variable ownMap", "class OwnMap"],
  ["derived arrays", () => () => ownList, "variable ownList", "class OwnList"],
  ["derived typed arrays", () => () => ownBytes, "variable ownBytes", "class OwnBytes"],
  ["derived errors", () => () => ownError, "variable ownError", "class OwnError"],
  ["a value deep inside", () => () => deep, "variable deep.list[1].bad", "Promise"],
  ["a value in a Map", () => () => table, "variable table.get(key).weak", "WeakMap"],
  ["a URL", () => () => url, "variable url", "class URL"],
  ["headers", () => () => headers, "variable headers"],
  ["an AbortController", () => () => controller, "variable controller"],
  ["a TextEncoder", () => () => encoder, "variable encoder"],
  ["an EventTarget", () => () => target, "variable target"],
  ["an event", () => () => event, "variable event"],
  ["form data", () => () => form, "variable form"],
  ["a stream", () => () => stream, "variable stream", "ReadableStream"],
  ["arguments kept in a variable", () => () => args, "variable args", "Arguments"],
  [
    "a captured function that captures it",
    () => {
      const inner = () => promise;
      return () => inner();
    },
    "variable inner",
    "variable promise",
  ],
  [
    "a property of a captured function",
    () => {
      const inner = Object.assign(() => 1, { cache: weak });
      return () => inner();
    },
    "variable inner",
    ".cache",
    "WeakMap",
  ],
  ["the function's own property", () => Object.assign(() => 1, { cache: weak }), ".cache", "WeakMap"],
  ["a function with members on its prototype", () => () => Old, "Old", "prototype"],
  ["an argument's function", () => sorted(promise), "variable compare"],
]);

refused("Functions", [
  ["a bound function", () => bound, "bound", "wrap it"],
  ["an arrow that uses this", () => home.arrow, "uses the this of its surroundings", "argument"],
  ["super", () => home.name, "super"],
  ["super in an arrow", () => home.makeSuper(), "super"],
  ["import.meta", () => () => import.meta.url, "import.meta"],
  ["arguments of the function around it", () => outerArguments(1), "arguments of the function around it"],
  ["new.target", () => outerTarget(), "new.target"],
  ["private names", () => home.usesPrivate, "#own"],
  ["private names of statics", () => Home.usesShared(), "#shared"],
  ["eval", () => () => eval("1"), "eval"],
  [
    "a relative dynamic import",
    () => async () => await import("./_capture_later.ts"),
    "relative or computed",
  ],
  ["a computed dynamic import", () => async () => await import(address), "relative or computed"],
  [
    "a variable that changes and that two functions share",
    () => {
      let n = 0;
      const increase = () => ++n;
      return () => [increase(), n];
    },
    "variable n",
    "increase",
    "object",
  ],
  [
    "a variable that is not initialised",
    () => {
      const early = () => later;
      try {
        return early;
      } finally {
        pretend(() => later);
      }
      // deno-lint-ignore no-unreachable
      const later = 1;
    },
    "variable later",
    "not initialised",
  ],
]);

function pretend(_: unknown): void {}

test("Pools, processes, results and files are refused", async () => {
  await using pool = new Pool(1);
  await using process = new Process({ target: () => 0 });
  const result = pool.applyAsync(() => 1);
  using file = await Deno.open(new URL(import.meta.url));
  assert(result instanceof AsyncResult);
  for (
    const [fn, name] of <[() => unknown, string][]> [
      [() => pool, "pool"],
      [() => process, "process"],
      [() => result, "result"],
      [() => file, "file"],
    ]
  ) {
    const error = await assertRejects(() => pool.apply(fn), SerializationError);
    assert(error.message.includes(`variable ${name}`), error.message);
  }
  const asArgument = await assertRejects(() => pool.apply((_: unknown) => 0, [file]), SerializationError);
  assert(asArgument.message.includes("FsFile"), asArgument.message);
  await result;
});

test("The target of a process is refused by start()", () => {
  const process = new Process({ target: () => promise });
  const error = assertThrows(() => process.start(), SerializationError);
  assertEquals(error.path.startsWith("target"), true, error.path);
  assertEquals(process.exitCode, null);
});

test("Nothing is held after a refusal: later calls go on", async () => {
  await using pool = new Pool(1);
  const big = new Uint8Array(100_000);
  for (let i = 0; i < 20; i++) {
    await assertRejects(() => pool.apply(() => [big, promise]), SerializationError);
  }
  assertEquals(await settles(pool.apply(() => big.length)), 100_000);
});
