/**
 * Processes: their names and states, how they end and how one waits for it, and what a thread knows of itself.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import {
  activeChildren,
  cpuCount,
  currentProcess,
  exit,
  parentProcess,
  Process,
} from "@multicore/multicore/pool";
import { ProcessStateError, RawArray, SerializationError } from "@multicore/multicore/shared";
import { childDaemon, family, hold, leave, readJson, spin, startAndReturn, whoAmI } from "./_tasks.ts";
import { Counters, eventually, settles, test, traces } from "./_tools.ts";

const nothing = () => {};
const numberOf = ({ name }: Process) => Number(name.match(/^Process-(\d+)$/)?.[1]);

/** Starts a process, waits for its end, and gives its exit code. */
async function codeOf(options: ConstructorParameters<typeof Process>[0]): Promise<number | null> {
  const process = new Process(options);
  process.start();
  assertEquals(await settles(process.join(), process.name), true);
  assertEquals(await process.sentinel, process.exitCode);
  assertEquals(process.isAlive(), false);
  return process.exitCode;
}

test("Process names itself Process-1, Process-2, …; a given name takes no number", () => {
  const first = new Process({ target: nothing });
  const named = new Process({ target: nothing, name: "Ada" });
  const second = new Process({ target: nothing });
  assertEquals(named.name, "Ada");
  assertEquals(numberOf(second), numberOf(first) + 1);
  assertEquals([first.daemon, new Process({ target: nothing, daemon: true }).daemon], [false, true]);
});

test("Process refuses wrong kinds, and starts nothing then", () => {
  const before = traces();
  const wrong = (options: unknown) => () => new Process(options as never);
  for (const target of [undefined, null, 5, "f", {}]) assertThrows(wrong({ target }), TypeError, "target");
  assertThrows(wrong(undefined), TypeError, "target");
  for (const name of [5, null, {}]) assertThrows(wrong({ target: nothing, name }), TypeError, "name");
  for (const args of [5, "ab", {}]) assertThrows(wrong({ target: nothing, args }), TypeError, "args");
  assertThrows(wrong({ target: nothing, daemon: "yes" }), TypeError, "daemon");
  assertThrows(wrong({ target: nothing, heapLimitMb: "64" }), TypeError, "heapLimitMb");
  assertThrows(wrong({ target: nothing, heapLimitMb: 0 }), RangeError, "heapLimitMb");
  assertEquals(traces().threads, before.threads);
});

test("Process goes from made to alive to ended", async () => {
  using flags = new Counters(2);
  const process = new Process({ target: hold, args: [flags.array] });
  assertEquals([process.ident, process.exitCode, process.isAlive()], [null, null, false]);
  assertEquals(activeChildren().includes(process), false);
  process.start();
  const { ident } = process;
  assert(Number.isSafeInteger(ident) && ident! > 0);
  assertEquals([process.exitCode, process.isAlive()], [null, true]);
  assertEquals(activeChildren().includes(process), true);
  assert(activeChildren() !== activeChildren());
  await flags.reaches(0);
  assertEquals([process.exitCode, process.isAlive()], [null, true]);
  flags.set(1);
  assertEquals(await process.join(), true);
  assertEquals([process.exitCode, process.isAlive(), process.ident], [0, false, ident]);
  assertEquals(activeChildren().includes(process), false);
  const next = new Process({ target: nothing });
  next.start();
  assert(next.ident! > ident!);
  await next.join();
});

test("Process throws ProcessStateError in the wrong state", async () => {
  using flags = new Counters(2);
  const process = new Process({ target: hold, args: [flags.array] });
  await assertRejects(() => process.join(), ProcessStateError);
  assertThrows(() => process.joinSync(), ProcessStateError);
  assertThrows(() => process.terminate(), ProcessStateError);
  assertThrows(() => process.kill(), ProcessStateError);
  process.start();
  assertThrows(() => process.start(), ProcessStateError);
  assertThrows(() => process.close(), ProcessStateError);
  flags.set(1);
  await process.join();
  assertThrows(() => process.start(), ProcessStateError);
  process.terminate();
  process.kill();
  assertEquals(process.exitCode, 0);
  process.close();
  process.close();
  await assertRejects(() => process.join(), ProcessStateError);
  for (
    const use of [
      () => process.start(),
      () => process.joinSync(),
      () => process.isAlive(),
      () => process.terminate(),
      () => process.kill(),
      () => process.exitCode,
      () => process.ident,
    ]
  ) assertThrows(use, ProcessStateError);
  assert(process.name.startsWith("Process-"));
  const unstarted = new Process({ target: nothing });
  unstarted.close();
  assertThrows(() => unstarted.start(), ProcessStateError);
});

test("Process ends with 0 when its target is done, whatever that returns", async () => {
  using flags = new Counters(1);
  assertEquals(await codeOf({ target: () => 7 }), 0);
  assertEquals(await codeOf({ target: () => () => {} }), 0);
  const slow = async (array: RawArray<"int32">) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    Atomics.store(array.view, 0, 1);
  };
  assertEquals(await codeOf({ target: slow, args: [flags.array] }), 0);
  assertEquals(flags.at(0), 1);
});

test("Process ends with the code of exit()", async () => {
  assertEquals(await codeOf({ target: leave, args: [3] }), 3);
  assertEquals(await codeOf({ target: leave, args: [0] }), 0);
  assertEquals(await codeOf({ target: leave, args: [1.5] }), 1); // a RangeError
  assertEquals(await codeOf({ target: (code: number) => Deno.exit(code), args: [4] }), 4);
  const inTimer = (leave: typeof exit) => {
    setTimeout(() => leave(5), 5);
    return new Promise(() => {});
  };
  assertEquals(await codeOf({ target: inTimer, args: [exit] }), 5);
  assertEquals(await codeOf({ target: () => void globalThis.close() }), 0);
});

const failures: Record<string, () => unknown> = {
  "thrown by the target": () => {
    throw new TypeError("expected in this test: thrown");
  },
  "of an async target": async () => {
    await Promise.reject(new RangeError("expected in this test: async"));
  },
  "thrown out of a timer": () => {
    setTimeout(() => {
      throw new Error("expected in this test: timer");
    }, 5);
    return new Promise(() => {});
  },
  "that nobody handles": () => {
    setTimeout(() => Promise.reject(new Error("expected in this test: rejection")), 5);
    return new Promise(() => {});
  },
  "that is no Error": () => {
    throw "expected in this test: a string";
  },
};
for (const [what, target] of Object.entries(failures)) {
  test(`Process ends with 1 after an error ${what}`, async () => {
    assertEquals(await codeOf({ target }), 1);
  });
}

for (const [verb, code] of [["terminate", -15], ["kill", -9]] as const) {
  test(`Process.${verb}() ends a busy loop, a blocked thread and an idle one with ${code}`, async () => {
    using flags = new Counters(2);
    const idle = () => new Promise(() => {});
    const targets = [spin, hold, idle];
    const processes = targets.map((target) => new Process({ target, args: [flags.array] }));
    for (const process of processes) process.start();
    await flags.reaches(0, 2);
    for (const process of processes) {
      process[verb]();
      process[verb]();
    }
    for (const process of processes) {
      assertEquals(await settles(process.join(), process.name), true);
      assertEquals([process.exitCode, await process.sentinel], [code, code]);
    }
  });

  test(`Process.${verb}() right after start() ends it with ${code}`, async () => {
    const process = new Process({ target: () => new Promise(() => {}) });
    process.start();
    process[verb]();
    assertEquals(await settles(process.join(), process.name), true);
    assertEquals(process.exitCode, code);
  });
}

test("Process.join() answers false at its timeout, and leaves the process alone", async () => {
  using flags = new Counters(2);
  const process = new Process({ target: hold, args: [flags.array] });
  process.start();
  assertEquals(await process.join({ timeout: 0 }), false);
  assertEquals(await process.join({ timeout: 20 }), false);
  assertEquals(process.joinSync({ timeout: 0 }), false);
  assertEquals(process.joinSync({ timeout: 20 }), false);
  for (const timeout of [-1, NaN]) {
    await assertRejects(() => process.join({ timeout }), RangeError);
    assertThrows(() => process.joinSync({ timeout }), RangeError);
  }
  const reason = new Error("enough");
  const controller = new AbortController();
  const aborted = process.join({ signal: controller.signal });
  controller.abort(reason);
  assertEquals(await aborted.catch((e) => e), reason);
  assertEquals(await process.join({ signal: AbortSignal.abort(reason) }).catch((e) => e), reason);
  assertEquals(process.isAlive(), true);
  flags.set(1);
  assertEquals(await Promise.all([process.join(), process.join({ timeout: 10_000 })]), [true, true]);
  assertEquals(await process.join({ timeout: 0 }), true);
  assertEquals(process.joinSync({ timeout: 0 }), true);
});

test("Process.joinSync() blocks until the end, be it done, failed or killed", async () => {
  using flags = new Counters(2);
  const start = (target: (...args: never[]) => unknown, ...args: unknown[]) => {
    const process = new Process({ target, args });
    process.start();
    return process;
  };
  const done = start(nothing), failed = start(() => Promise.reject(new Error("expected in this test")));
  const left = start(leave, 9), killed = start(spin, flags.array);
  await flags.reaches(0);
  killed.kill();
  const ended = [done, failed, left, killed].map((process) => process.joinSync({ timeout: 20_000 }));
  assertEquals(ended, [true, true, true, true]);
  const codes = [done, failed, left, killed].map(({ exitCode }) => exitCode);
  assertEquals(codes, [0, 1, 9, -9]);
  assertEquals(await killed.sentinel, -9);
});

test("Process.sentinel is there before the start, and resolves with the exit code", async () => {
  const process = new Process({ target: leave, args: [6] });
  const { sentinel } = process;
  assertInstanceOf(sentinel, Promise);
  process.start();
  assertEquals(await settles(sentinel), 6);
  process.close();
  assertEquals(await sentinel, 6);
});

test("Process takes its list of arguments at its making", async () => {
  using flags = new Counters(2);
  const args: unknown[] = [flags.array, 1];
  const process = new Process({
    target: (array: RawArray<"int32">, value: number) => Atomics.store(array.view, 0, value),
    args,
  });
  args[1] = 2;
  args.pop();
  process.start();
  await process.join();
  assertEquals([flags.at(0), process.exitCode], [1, 0]);
});

test("Process.start() throws SerializationError, starts nothing, and can be called again", async () => {
  const before = traces();
  const bound = new Process({ target: nothing.bind(null) });
  assertThrows(() => bound.start(), SerializationError);
  const box: { value: unknown } = { value: Symbol("no") };
  const process = new Process({ target: (given: { value: number }) => Deno.exit(given.value), args: [box] });
  const error = assertThrows(() => process.start(), SerializationError);
  assertEquals(error.path, "args[0].value");
  assertEquals([process.isAlive(), process.ident, process.exitCode], [false, null, null]);
  assertEquals(traces().threads, before.threads);
  await assertRejects(() => process.join(), ProcessStateError);
  box.value = 12;
  process.start();
  await process.join();
  assertEquals(process.exitCode, 12);
});

test("currentProcess(), parentProcess() and activeChildren() on the main thread", () => {
  assertEquals(currentProcess(), { name: "MainProcess", ident: 0, daemon: false });
  assertEquals(parentProcess(), null);
  assertEquals(activeChildren(), []);
  assert(Number.isInteger(cpuCount()) && cpuCount() >= 1);
  assertThrows(() => exit(1.5), RangeError);
});

test("currentProcess() and parentProcess() in a process", async () => {
  using out = new RawArray("uint8", 1000);
  for (const daemon of [false, true]) {
    const process = new Process({ target: whoAmI, args: [out], name: "Grace", daemon });
    process.start();
    await process.join();
    assertEquals(readJson(out), {
      me: { name: "Grace", ident: process.ident, daemon },
      parent: { name: "MainProcess", ident: 0 },
      children: 0,
    });
  }
});

test("Process names nested ones after their creator", async () => {
  using out = new RawArray("uint8", 2000);
  using deep = new RawArray("uint8", 2000);
  const process = new Process({ target: family, args: [out, deep] });
  process.start();
  await process.join();
  assertEquals(process.exitCode, 0);
  const { name } = process, { names, active, codes, idents, me } = readJson(out);
  assertEquals(names, [`${name}:1`, "Ada", `${name}:2`]);
  assertEquals([active, codes], [3, [0, 0, 0]]);
  const grandchild = readJson(deep);
  assertEquals(grandchild.me.name, `${name}:1:1`);
  assertEquals(grandchild.parent, { name: `${name}:1`, ident: idents[0] });
  assertEquals(new Set([0, me.ident, ...idents, grandchild.me.ident]).size, 5);
});

test("Process waits for its children before it ends, but not for its daemons", async () => {
  using waited = new Counters(3);
  const parent = new Process({ target: startAndReturn, args: [waited.array, false] });
  parent.start();
  await waited.reaches(2);
  assertEquals(await parent.join({ timeout: 100 }), false);
  waited.set(1);
  assertEquals(await settles(parent.join()), true);
  assertEquals(parent.exitCode, 0);
  using dropped = new Counters(3);
  const careless = new Process({ target: startAndReturn, args: [dropped.array, true] });
  careless.start();
  assertEquals(await settles(careless.join()), true);
  assertEquals(careless.exitCode, 0);
});

test("Process's children are daemons when it is one", async () => {
  using flags = new Counters(1);
  for (const daemon of [false, true]) {
    const process = new Process({ target: childDaemon, args: [flags.array], daemon });
    process.start();
    await process.join();
    assertEquals(flags.at(0), daemon ? 1 : 2);
  }
});

test("Process under heapLimitMb ends with 1 when it runs out, and nothing else does", async () => {
  const hungry = () => {
    const list: unknown[] = [];
    for (;;) list.push({ a: list.length, b: [list.length] });
  };
  const process = new Process({ target: hungry, heapLimitMb: 64 });
  process.start();
  assertEquals(await settles(process.join(), "the process", 30_000), true);
  assertEquals(process.exitCode, 1);
});

test("Process can be disposed, more than once, in any state", async () => {
  using flags = new Counters(2);
  const dispose = async (process: Process) => {
    const held = process as Partial<AsyncDisposable & Disposable>;
    assert(held[Symbol.asyncDispose] ?? held[Symbol.dispose], "a process has no dispose");
    for (let i = 0; i < 2; i++) {
      await held[Symbol.asyncDispose]?.();
      held[Symbol.dispose]?.();
    }
  };
  await dispose(new Process({ target: nothing }));
  const ended = new Process({ target: nothing });
  ended.start();
  await ended.join();
  await dispose(ended);
  const busy = new Process({ target: spin, args: [flags.array] });
  busy.start();
  await flags.reaches(0);
  await settles(dispose(busy));
  await eventually(() => activeChildren().length === 0, "the process has ended");
});
