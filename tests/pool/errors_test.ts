/**
 * Errors that tasks throw, as the caller gets them: class, name, message, fields, cause and stack.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { Pool, task } from "@multicore/multicore/pool";
import { SerializationError, TimeoutError } from "@multicore/multicore/shared";
import { settles, test } from "./_tools.ts";

/** Throws, from a place that the stack names. */
export const throwFromHere = task(import.meta, "throwFromHere", (kind: string) => {
  switch (kind) {
    case "ours":
      throw new TimeoutError("ours", 250);
    case "not found":
      throw new Deno.errors.NotFound("no such file");
    default:
      throw new Error(kind);
  }
});

/** What a call in a worker throws. */
async function thrown<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Promise<unknown> {
  await using pool = new Pool(1);
  const error = await settles(pool.apply(fn, args)).then(
    () => assert(false, "it did not throw"),
    (error) => error,
  );
  assertEquals(await pool.apply((x: number) => x + 1, [1]), 2);
  return error;
}

test("An error keeps its built-in class, its name and its message", async () => {
  await using pool = new Pool(1);
  for (const Class of [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError]) {
    const fn = (name: string) => {
      throw new (globalThis as unknown as Record<string, ErrorConstructor>)[name]("what was wrong");
    };
    const error = await pool.apply(fn, [Class.name]).catch((error) => error);
    assertEquals(Object.getPrototypeOf(error), Class.prototype);
    assertEquals([error.name, error.message], [Class.name, "what was wrong"]);
    assertEquals(String(error), `${Class.name}: what was wrong`);
  }
});

test("An error of Deno's or of this module keeps its class and fields", async () => {
  const ours = await thrown(throwFromHere, "ours");
  assertInstanceOf(ours, TimeoutError);
  assertEquals([ours.name, ours.message, ours.timeout], ["TimeoutError", "ours", 250]);
  const notFound = await thrown(throwFromHere, "not found");
  assertInstanceOf(notFound, Deno.errors.NotFound);
  assertEquals([notFound.name, notFound.message], ["NotFound", "no such file"]);
});

test("An error of a class of the task's own keeps its name, fields, and the built-in class it extends", async () => {
  const error = await thrown(() => {
    class ConfigError extends RangeError {
      override readonly name = "ConfigError";
      readonly file = "a.json";
      readonly place = { line: 3, tags: new Set(["x"]) };
      readonly when = new Date(0);
    }
    throw new ConfigError("bad config");
  });
  assertInstanceOf(error, RangeError);
  const { name, message, file, place, when } = error as RangeError & Record<string, unknown>;
  assertEquals([name, message, file, when], ["ConfigError", "bad config", "a.json", new Date(0)]);
  assertEquals(place, { line: 3, tags: new Set(["x"]) });
  const unnamed = await thrown(() => {
    class Custom extends Error {}
    throw new Custom("no name of its own");
  });
  assertInstanceOf(unnamed, Error);
  assertEquals([unnamed.name, unnamed.message], ["Error", "no name of its own"]);
});

test("An error keeps its cause, however deep, and what is no error as a cause", async () => {
  const error = await thrown(() => {
    const root = Object.assign(new SyntaxError("root"), { code: 5 });
    throw new Error("top", { cause: new TypeError("middle", { cause: root }) });
  }) as Error;
  const middle = error.cause as Error, root = middle.cause as SyntaxError & { code: number };
  assertInstanceOf(middle, TypeError);
  assertInstanceOf(root, SyntaxError);
  assertEquals([middle.message, root.message, root.code], ["middle", "root", 5]);
  const plain = await thrown(() => {
    throw new Error("top", { cause: { status: 404 } });
  }) as Error;
  assertEquals(plain.cause, { status: 404 });
  assertEquals(Object.keys(plain), []);
  const without = await thrown(() => {
    throw new Error("no cause");
  });
  assertEquals("cause" in (without as Error), false);
});

test("An AggregateError keeps its errors", async () => {
  const error = await thrown(() =>
    Promise.any([
      Promise.reject(new TypeError("a")),
      Promise.reject(new RangeError("b")),
      Promise.reject("c"),
    ])
  ) as AggregateError;
  assertInstanceOf(error, AggregateError);
  assertEquals(error.errors.length, 3);
  assertInstanceOf(error.errors[0], TypeError);
  assertInstanceOf(error.errors[1], RangeError);
  assertEquals([error.errors[1].message, error.errors[2]], ["b", "c"]);
});

test("A DOMException keeps its name and code", async () => {
  const error = await thrown(() => {
    throw new DOMException("too slow", "TimeoutError");
  });
  assertInstanceOf(error, DOMException);
  assertEquals([error.name, error.message, error.code], ["TimeoutError", "too slow", 23]);
  const cloning = await thrown(() => structuredClone(() => {}));
  assertInstanceOf(cloning, DOMException);
  assertEquals(cloning.name, "DataCloneError");
});

test("A thrown value that is no error arrives as it is", async () => {
  await using pool = new Pool(1);
  const raise = (value: unknown) => {
    throw value;
  };
  for (const value of ["text", 5, 5n, null, undefined, false, { a: [1] }, [1, 2]]) {
    const [outcome] = await pool.map(raise, [value], { settle: true });
    assertEquals(outcome, { status: "rejected", reason: value });
  }
  const rejected = await pool.apply(() => Promise.reject({ code: 3 })).catch((error) => error);
  assertEquals(rejected, { code: 3 });
});

test("A thrown value that cannot travel still rejects its call", async () => {
  for (const make of [() => Symbol("no"), () => () => 1, () => ({ f: () => 1 })]) {
    await using pool = new Pool(1);
    const fn = `() => { throw (${make})(); }`;
    const error = await settles(pool.apply((0, eval)(fn))).catch((error) => error);
    assertInstanceOf(error, SerializationError);
  }
});

test("An error with parts that cannot travel arrives without them", async () => {
  const error = await thrown(() => {
    const cause = new Error("cause");
    const own = { handler: () => 1, symbol: Symbol("no"), good: 1, map: new WeakMap(), cause };
    const error = Object.assign(new TypeError("parts"), own);
    Object.defineProperty(error, "hostile", {
      enumerable: true,
      get() {
        throw new Error("getter");
      },
    });
    throw error;
  });
  assertInstanceOf(error, TypeError);
  const { message, good, handler, symbol, map, cause } = error as Error & Record<string, unknown>;
  assertEquals([message, good, handler, symbol, map], ["parts", 1, undefined, undefined, undefined]);
  assertEquals((cause as Error).message, "cause");
});

test("An error with hostile name, message or stack still rejects its call", async () => {
  const error = await thrown(() => {
    const error = new Error("fine");
    for (const field of ["name", "stack"]) {
      Object.defineProperty(error, field, {
        get() {
          throw new Error("hostile");
        },
      });
    }
    throw error;
  });
  assertInstanceOf(error, Error);
  const circular = await thrown(() => {
    const error = new Error("circular") as Error & { self: unknown };
    error.self = error;
    error.cause = error;
    throw error;
  });
  assertInstanceOf(circular, Error);
  assertEquals(circular.message, "circular");
  const proxied = await thrown(() => {
    throw new Proxy(new Error("proxied"), {});
  });
  assertInstanceOf(proxied, Error);
});

test("An error's stack shows the worker's frames, then the caller's", async () => {
  await using pool = new Pool(1);
  const calledFromHere = () => pool.apply(throwFromHere, ["where"]);
  const { stack } = await calledFromHere().catch((error) => error);
  const lines = (stack as string).split("\n");
  assertEquals(lines[0], "Error: where");
  assertMatch(lines[1], /errors_test\.ts:\d+:\d+/);
  const worker = lines.findIndex((line) => line.includes("errors_test.ts"));
  const caller = lines.findLastIndex((line) => line.includes("errors_test.ts"));
  assert(worker < caller, stack);
  assertMatch(stack, /calledFromHere/);
  const named = () => {
    function innermost() {
      throw new Error("inner");
    }
    innermost();
  };
  const mapped = await pool.map(named as (x: number) => void, [1]).catch((error) => error);
  assertMatch(mapped.stack, /innermost[\s\S]*errors_test\.ts/);
});
