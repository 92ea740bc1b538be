/**
 * Which code the kernels run, and what they do where WebAssembly is missing.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { dets, kernelBackend, setKernelBackend } from "@multicore/multicore/kernels";
import { NDArray } from "@multicore/multicore/shared";
import { withBackend } from "../../kernels/backend.ts";
import { adoptModules, compiledModules, instantiated } from "../../kernels/wasm/compiled.ts";
import { Module } from "../../kernels/wasm/assembler.ts";
import { filled, randomSource } from "../_oracle.ts";

Deno.test("kernelBackend() is wasm until it is told otherwise", () => {
  assertStrictEquals(kernelBackend(), "wasm");
  setKernelBackend("plain");
  assertStrictEquals(kernelBackend(), "plain");
  setKernelBackend("auto");
  assertStrictEquals(kernelBackend(), "wasm");
});

Deno.test("setKernelBackend() refuses what is no backend, and leaves the choice as it is", () => {
  for (const wrong of ["wasm", "Plain", undefined, 1]) {
    assertThrows(() => setKernelBackend(wrong as "auto"), TypeError, 'give "auto" or "plain"');
  }
  assertStrictEquals(kernelBackend(), "wasm");
});

Deno.test("withBackend() lasts as long as its body, whatever this thread has chosen", () => {
  assertStrictEquals(withBackend("plain", kernelBackend), "plain");
  assertStrictEquals(withBackend("auto", kernelBackend), "wasm");
  assertThrows(() => withBackend("plain", () => assertStrictEquals(kernelBackend(), "wasm")));
  assertStrictEquals(kernelBackend(), "wasm");
  setKernelBackend("plain");
  assertStrictEquals(withBackend("auto", kernelBackend), "wasm");
  assertStrictEquals(kernelBackend(), "plain");
  setKernelBackend("auto");
});

Deno.test("instantiated() makes each module once, and adopted ones not at all", () => {
  let made = 0;
  const generate = () => {
    made++;
    const m = new Module();
    m.exportFunction("answer", [], "i32", () => 42);
    return m;
  };
  const first = instantiated<{ answer(): number }>("test once", generate);
  assertStrictEquals(first.answer(), 42);
  assertStrictEquals(instantiated("test once", generate), first);
  adoptModules(new Map([["test adopted", compiledModules().get("test once")!]]));
  assertStrictEquals(instantiated<{ answer(): number }>("test adopted", generate).answer(), 42);
  assertEquals(made, 1);
});

Deno.test("compiledModules() keeps those that were used last, and not without bound", () => {
  const generate = () => new Module();
  for (let i = 0; i < 300; i++) {
    instantiated("test kept", generate);
    instantiated(`test ${i}`, generate);
  }
  const keys = compiledModules();
  assertEquals([keys.has("test kept"), keys.has("test 299"), keys.has("test 0")], [true, true, false]);
  assertEquals(keys.size <= 128, true);
});

/** Runs a program in a process of its own; gives what it prints as JSON. */
async function printed(program: string, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", ...args, PROGRAM_HEAD + program],
    cwd: new URL("../..", import.meta.url),
  }).output();
  const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(code, 0, read(stderr));
  return JSON.parse(read(stdout));
}

const PROGRAM_HEAD = `
  import { dets, kernelBackend } from "@multicore/multicore/kernels";
  import { NDArray, SharedMemoryFullError } from "@multicore/multicore/shared";
  import { filled, randomSource } from "./tests/_oracle.ts";
  const stack = filled(NDArray.zeros([500, 6, 6]), randomSource(1));
  const print = () => console.log(JSON.stringify([kernelBackend(), Array.from(dets(stack).data)]));
`;

const expected = () => Array.from(dets(filled(NDArray.zeros([500, 6, 6]), randomSource(1))).data);

Deno.test("without WebAssembly, the kernels run plain code, to the same bits", async () => {
  assertEquals(await printed("print();", "--v8-flags=--jitless"), ["plain", expected()]);
});

Deno.test("where the heap is full, determinants are taken without it, to the same bits", async () => {
  const fill = `
    const arrays = [];
    for (let size = 2 ** 26; size > 1;) {
      try {
        arrays.push(NDArray.shared([size]));
      } catch (error) {
        if (!(error instanceof SharedMemoryFullError)) throw error;
        size >>= 1;
      }
    }
    print();
  `;
  assertEquals(await printed(fill), ["wasm", expected()]);
});
