/**
 * Functions travel however the program was started, and never make the runtime ask the user for anything.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";

const program = new URL("_capture_program.ts", import.meta.url);
const decoder = new TextDecoder();

interface Results {
  readonly first: unknown;
  readonly second: unknown;
  readonly plain: unknown;
  readonly captured: unknown;
  readonly class: unknown;
  readonly imported: unknown;
  readonly address: unknown;
  readonly stack: string;
}

async function run(args: readonly string[], stdin?: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: new URL(".", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { stdout, stderr } = await child.output();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

function resultsOf(output: string): Results {
  const line = output.split("\n").find((line) => line.startsWith("RESULTS "));
  assert(line, output);
  return JSON.parse(line.slice(8));
}

function checkAll(results: Results, module: string): void {
  const { stack: _, ...rest } = results;
  assertEquals(rest, {
    first: [1, "inner 1", "default 1 inner", "a/1"],
    second: [2, 2, "/"],
    plain: 4,
    captured: [6, 9],
    class: 6,
    imported: ["inner 1", 1, 2],
    address: module,
  });
}

const module = new URL("_capture_module.ts", import.meta.url).href;
const line =
  (await Deno.readTextFile(program)).split("\n").findIndex((line) => line.includes("the test looks")) + 1;

Deno.test("deno run: everything travels, and errors name the file and the line", async () => {
  const results = resultsOf(await run(["run", "--no-prompt", "--allow-read", "--allow-sys", program.href]));
  checkAll(results, module);
  assertMatch(results.stack, new RegExp(`fails.*_capture_program\\.ts:${line}:\\d+`));
});

Deno.test("deno run from stdin", async () => {
  const text = (await Deno.readTextFile(program)).replaceAll(/from "(\..*?)"/g, (_, path) => {
    return `from "${new URL(path, import.meta.url).href}"`;
  });
  checkAll(resultsOf(await run(["run", "--allow-read", "--allow-sys", "-"], text)), module);
});

Deno.test("deno bench and deno test", async () => {
  for (const verb of ["bench", "test"]) {
    const output = await run([
      verb,
      "--no-prompt",
      "--no-check",
      "--allow-read",
      "--allow-sys",
      program.href,
    ]);
    checkAll(resultsOf(output), module);
  }
});

Deno.test("A main module that is served over http", async () => {
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--allow-net=127.0.0.1", "_capture_server.ts"],
    cwd: new URL(".", import.meta.url),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    const reader = server.stdout.getReader();
    const { value } = await reader.read();
    const port = parseInt(decoder.decode(value));
    await reader.cancel();
    const here = `http://127.0.0.1:${port}/tests/pool`;
    const given = [
      "--no-prompt",
      "--no-check",
      "--no-config",
      "--allow-sys",
      `--allow-import=127.0.0.1:${port}`,
    ];
    const output = await run(["run", ...given, `${here}/_capture_program.ts`]);
    checkAll(resultsOf(output), `${here}/_capture_module.ts`);
  } finally {
    server.kill();
    await server.status;
  }
});

Deno.test("Without --allow-sys: what captures nothing travels, the rest is refused with the flag's name", async () => {
  const results = resultsOf(await run(["run", "--no-prompt", "--no-check", "--allow-read", program.href]));
  assertEquals(results.plain, 4);
  for (const refused of [results.first, results.captured, results.class, results.imported]) {
    assertMatch(String(refused), /SerializationError: .* variable \w+ .*--allow-sys/);
  }
});

Deno.test("Nobody is asked for a permission on a terminal", async () => {
  // A program of util-linux gives a terminal; where there is none, nothing is to be tested.
  const asks = /Allow\?|requests|✅|⚠️/;
  const command = (...flags: string[]) =>
    `${Deno.execPath()} run --no-check ${flags.join(" ")} ${program.pathname}`;
  for (
    const flags of [["--allow-read"], ["--allow-sys", `--allow-read=${pathOf("../../pool/,../../shared/")}`]]
  ) {
    let output: string;
    try {
      const child = new Deno.Command("script", {
        args: ["-qec", command(...flags), "/dev/null"],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      });
      output = decoder.decode((await child.output()).stdout);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    assert(!asks.test(output), output);
    const { plain, captured } = resultsOf(output.replaceAll("\r", ""));
    assertEquals(plain, 4);
    if (flags[0] === "--allow-sys") assertEquals(captured, [6, 9]);
  }
});

function pathOf(paths: string): string {
  return paths.split(",").map((path) => new URL(path, import.meta.url).pathname).join(",");
}
