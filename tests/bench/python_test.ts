/**
 * Python's side, with a stand-in for Python.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PythonChild, PythonError } from "../../bench/compare/python.ts";
import { findInterpreter } from "../../bench/compare/interpreter.ts";

const FAKE = new URL("./_fake_python.ts", import.meta.url).href;

function start(mode: string): Promise<PythonChild> {
  return PythonChild.start(Deno.execPath(), ["run", "--no-check", "--quiet", FAKE, mode]);
}

Deno.test("PythonChild greets, prepares, checks and runs", async () => {
  await using child = await start("good");
  assertEquals(child.greeting.packages, { numpy: "1.0", numba: null });
  assertEquals(child.greeting.missing.numba, ["numba"]);
  await child.prepare(10);
  assertEquals(await child.check("loop", [0, 3, 9]), { length: 10, values: [0, 9, 81], seconds: 0.001 });
  assertEquals(await child.run("loop", 3), [2, 2, 2]); // milliseconds
});

Deno.test("PythonChild goes on after an error that Python tells of", async () => {
  await using child = await start("good");
  await child.prepare(4);
  await assertRejects(() => child.run("broken", 1), PythonError, "MemoryError: too much");
  assertEquals((await child.run("loop", 2)).length, 2);
});

Deno.test("PythonChild.start() says why there is no Python", async () => {
  await assertRejects(() => start("dead"), PythonError, "Python ended: ModuleNotFoundError");
});

Deno.test("PythonChild says that Python has ended, now and later", async () => {
  await using child = await start("dies");
  await child.prepare(4);
  await assertRejects(() => child.check("loop", [0]), PythonError, "Python ended");
  await assertRejects(() => child.run("loop", 1), PythonError, "Python ended");
});

Deno.test("PythonChild kills a Python that does not end by itself", async () => {
  const child = await start("stubborn");
  await child.prepare(1);
  await child[Symbol.asyncDispose]();
  await assertRejects(() => child.run("loop", 1), PythonError, "Python ended");
});

Deno.test("findInterpreter() finds none where there is none, and none that is no Python", async () => {
  assertEquals(await findInterpreter("no-such-python"), undefined);
  assertEquals(await findInterpreter(Deno.execPath()), undefined);
});

Deno.test("Python's programs name every variant of their comparison, and no other", async () => {
  const { COMPARISONS } = await import("../../bench/compare/catalogue.ts");
  for (const { name, python } of COMPARISONS) {
    const program = await Deno.readTextFile(new URL(`../../bench/python/${name}.py`, import.meta.url));
    const needs = program.slice(
      program.indexOf("NEEDS = {"),
      program.indexOf("}", program.indexOf("NEEDS = {")),
    );
    assertEquals(
      [...needs.matchAll(/"([\w-]+)": \[/g)].map(([, id]) => id).sort(),
      python.map(({ id }) => id).sort(),
    );
    for (const { id } of python) assertStringIncludes(program, `"${id}": lambda:`);
    for (const { against } of python) assert(!against || python.some(({ id }) => id === against));
  }
});
