/**
 * Stands in for Python's side in tests: the same protocol, and on demand a program that does not keep to it.
 *
 * @module
 */

import { createInterface } from "node:readline";

const [mode] = Deno.args;
const say = (value: unknown) => console.log(JSON.stringify(value));

if (mode === "dead") {
  console.error("Traceback\nModuleNotFoundError: No module named 'json'");
  Deno.exit(1);
}
say({
  python: "3.0",
  packages: { numpy: "1.0", numba: null },
  missing: { loop: [], wrong: [], broken: [], numba: ["numba"] },
});
let size = 0;
for await (const line of createInterface({ input: (await import("node:process")).stdin })) {
  const request = JSON.parse(line);
  if (request.variant === "broken") say({ error: "MemoryError: too much" });
  else if (request.do === "prepare") {
    size = request.size;
    say({});
  } else if (request.do === "check") {
    if (mode === "dies") Deno.exit(3);
    const off = request.variant === "wrong" ? 1 : 0;
    say({ length: size, values: request.at.map((i: number) => i * i + off), seconds: 0.001 });
  } else say({ seconds: Array(request.times).fill(0.002) });
}
if (mode === "stubborn") setInterval(() => {}, 1000);
