/**
 * The examples, run as their head comments say, and held to what these promise.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { deno, filesUnder, read } from "./_house.ts";

const DEMO = "examples/demo.ts";
const EXAMPLES = filesUnder("examples/").filter((path) => /^examples\/[^_/]+\w*\.ts$/.test(path));
/** Prints from two threads at once, and checks the order itself. */
const UNORDERED = "examples/two_processes.ts";

/** What a head comment says: the arguments to run its file with, and the lines that it then prints. */
function promise(path: string): { args: string[]; lines: string[] } {
  const comment = read(path).match(/^\/\*\*\n([\s\S]*?)\n \*\//)![1].replaceAll(/^ \* ?/gm, "");
  const [, args] = comment.match(/^Run: deno (run .*)$/m) ?? [];
  assert(args, `${path} does not say how to run it`);
  const [, block = ""] = comment.match(/^Prints[^:]*:\n\n((?: {4}.*\n)+)/m) ?? [];
  return { args: args.split(" "), lines: block.split("\n").slice(0, -1).map((line) => line.slice(4)) };
}

function demo(...args: string[]) {
  return deno("run", "--allow-read", DEMO, ...args);
}

for (const path of EXAMPLES) {
  if (path === DEMO) continue;
  Deno.test(`${path} prints what its head comment says`, async () => {
    const { args, lines } = promise(path);
    assertMatch(args.join(" "), new RegExp(`^run --allow-read (--allow-sys )?${path}$`));
    assert(lines.length > 0, `${path} does not say what it prints`);
    const { code, stdout, stderr } = await deno(...args);
    assertEquals(stderr, "");
    assertEquals(code, 0);
    const printed = stdout.trimEnd().split("\n");
    if (path === UNORDERED) assertEquals(printed.sort(), lines.sort());
    else assertEquals(printed, lines);
  });
}

Deno.test("README lists every example", () => {
  const readme = read("README.md");
  for (const path of EXAMPLES) assertStringIncludes(readme, `](${path})`);
});

Deno.test("the demo computes, checks and compares", async () => {
  const { code, stdout, stderr } = await demo("--scale", "0.01", "--workers", "2");
  assertEquals(code, 0, stderr); // on a slow machine, stderr has lines of progress
  for (const title of ["Determinants of 1,000 ", "Autocorrelation of 1 ", "Fourier transform of 5 "]) {
    assertStringIncludes(stdout, `\n${title}`);
  }
  assertEquals(
    stdout.match(/^ {2}agreement +2 workers = one thread, bit for bit, in all [\d,]+ numbers$/gm)?.length,
    3,
  );
  assertMatch(stdout, /^ +100 by exact integer elimination: off by \d/m);
  assertMatch(stdout, /^ +8 by their defining sums: equal/m);
  assertMatch(stdout, /^ +40 by their defining sums: off by \d/m);
  for (const way of ["one thread", "2 workers"]) {
    assertEquals(stdout.match(new RegExp(`^  ${way} +[\\d.]+ ms +[\\d,]+ matrices/s$`, "gm"))?.length, 3);
  }
  assertEquals(stdout.match(/^ {2}speed-up +\d+\.\d\d /gm)?.length, 3);
});

Deno.test("the demo explains itself", async () => {
  const { code, stdout } = await demo("--help");
  assertEquals(code, 0);
  for (const option of ["--workers N", "--scale F", "--help"]) assertStringIncludes(stdout, option);
});

Deno.test("the demo refuses bad options with exit code 2", async () => {
  const cases: [string[], string][] = [
    [["--workers", "0"], 'Cannot use --workers "0": give an integer from 1 to 256'],
    [["--workers=two"], 'Cannot use --workers "two"'],
    [["--scale", "0"], 'Cannot use --scale "0": give a number above 0'],
    [["--scale="], 'Cannot use --scale ""'],
    [["--threads", "2"], 'Unknown argument "--threads"'],
    [["fast"], 'Unknown argument "fast"'],
  ];
  await Promise.all(cases.map(async ([args, message]) => {
    const { code, stdout, stderr } = await demo(...args);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `error: ${message}`);
  }));
});
