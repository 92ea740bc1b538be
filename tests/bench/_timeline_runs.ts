/**
 * Runs `timeline` of its own work, then of the trace which that left, then of a file that is not there; prints what
 * each gave. `FOLDER` in what they print stands for the folder in which they did.
 *
 * @module
 */

const MAIN = new URL("../../bench/main.ts", import.meta.url).href, decoder = new TextDecoder();
const folder = await Deno.makeTempDir();

async function timeline(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-sys",
      MAIN,
      "timeline",
      ...args,
    ],
  }).output();
  const text = (bytes: Uint8Array) => decoder.decode(bytes).replaceAll(folder, "FOLDER");
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

try {
  const work = await timeline("--workers", "2", "--out", `${folder}/a`);
  const file = await timeline(`${folder}/a/timeline.json`, "--json", "--out", `${folder}/b`);
  const missing = await timeline(`${folder}/c.json`, "--out", `${folder}/b`);
  console.log(JSON.stringify({
    work,
    file,
    missing,
    trace: await Deno.readTextFile(`${folder}/a/timeline.json`),
    figures: [
      await Deno.readTextFile(`${folder}/a/timeline.svg`),
      await Deno.readTextFile(`${folder}/b/timeline.svg`),
    ],
  }));
} finally {
  await Deno.remove(folder, { recursive: true });
}
