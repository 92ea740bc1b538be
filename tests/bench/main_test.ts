/**
 * The program of the comparisons, as it is run.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { account, readTrace } from "../../bench/compare/lanes.ts";
import { faultsOf } from "../pool/_trace_format.ts";
import { parseXml } from "./_xml.ts";

async function deno(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const MAIN = new URL("../../bench/main.ts", import.meta.url).href;

Deno.test("--help says what there is, without any permission but to read", async () => {
  const { code, stdout } = await deno("run", "--no-check", "--no-prompt", "--allow-read", MAIN, "--help");
  assertEquals(code, 0);
  for (const name of ["autocorrelation", "fft2", "determinants", "sharing", "dispatch", "all"]) {
    assertStringIncludes(stdout, name);
  }
});

Deno.test("a wrong command line ends with 2 and a line that says what is wrong", async () => {
  const { code, stderr } = await deno("run", "--no-check", "--no-prompt", "--allow-read", MAIN, "fft3");
  assertEquals(code, 2);
  assertEquals(stderr, 'error: Unknown comparison "fft3"\nSee --help for the options.\n');
});

Deno.test("what cannot be read or written is said in a line, before anything is measured", async () => {
  const run = (...args: string[]) =>
    deno("run", "--no-check", "--no-prompt", "--allow-read", "--allow-sys", MAIN, "fft2", ...args);
  const [out, missing, unmarked] = await Promise.all([
    run("--out", "figures"),
    run("--update", "no_such_file.md"),
    run("--update", new URL("../../deno.json", import.meta.url).pathname),
  ]);
  assertEquals([out.code, missing.code, unmarked.code], [1, 1, 1]);
  assertStringIncludes(out.stderr, "error: Cannot make the folder figures: it requires write access");
  assertEquals(missing.stderr, "error: Cannot read no_such_file.md: there is no such file or folder\n");
  assertStringIncludes(
    unmarked.stderr,
    'error: Cannot write "fft2" into the document: it has no <!-- fft2 -->',
  );
  for (const { stderr } of [out, missing, unmarked]) assertEquals(stderr.trimEnd().split("\n").length, 1);
});

Deno.test("timeline draws work of its own, whose trace it leaves, and a trace file", async () => {
  const program = new URL("./_timeline_runs.ts", import.meta.url).href;
  const { code, stdout, stderr } = await deno("run", "--no-check", "--allow-all", program);
  assertEquals(code, 0, stderr);
  const { work, file, missing, trace, figures } = JSON.parse(stdout);
  assertEquals(work.code, 0, work.stderr);
  for (
    const text of ["PoolWorker-1", "PoolWorker-2", "Written: FOLDER/a/timeline.svg, FOLDER/a/timeline.json"]
  ) {
    assertStringIncludes(work.stdout, text);
  }
  assertEquals(faultsOf(trace), []);
  const lanes = readTrace(trace);
  assertEquals(lanes.length, 2);
  for (const { wall, sum } of lanes.map(account)) {
    assert(Math.abs(wall - sum) <= 0.05 * wall, `${sum} of ${wall} ms`);
  }
  assertEquals(file.code, 0, file.stderr);
  assertEquals(JSON.parse(file.stdout), lanes.map((lane) => ({ name: lane.name, ...account(lane) })));
  for (const figure of figures) parseXml(figure);
  assertEquals(missing, {
    code: 1,
    stdout: "",
    stderr: "error: Cannot read FOLDER/c.json: there is no such file or folder\n",
  });
});

Deno.test("a comparison leaves its figure, its table and its part of a document", async () => {
  const program = new URL("./_whole_program.ts", import.meta.url).href;
  const { code, stdout, stderr } = await deno(
    ...["run", "--no-check", "--allow-all", program, "determinants", "--sizes", "1,5", "--workers", "2"],
    ...["--repeats", "1", "--budget", "0.01"],
  );
  assertEquals(code, 0, stderr);
  const left = JSON.parse(stdout);
  assertEquals(left.code, 0, left.stderr);
  assertEquals(left.figures, ["determinants.svg"]);
  parseXml(left.figure);
  for (const label of ["sequential", "pool, copies", "shared memory", "prange"]) {
    assertStringIncludes(left.stdout, label);
    assertStringIncludes(left.figure, `>${label}</text>`);
    assertStringIncludes(left.document, label);
  }
  assert(
    left.document.startsWith("<!-- determinants -->\n\n![") &&
      left.document.endsWith("<!-- /determinants -->\n"),
  );
  assertStringIncludes(left.document, "](figures/determinants.svg)");
});
