/**
 * Runs the program of the comparisons into a folder of its own, and prints which files it left there.
 *
 * @module
 */

const folder = await Deno.makeTempDir();
try {
  const document = `${folder}/document.md`, out = `${folder}/figures`;
  await Deno.writeTextFile(document, "<!-- determinants -->\n<!-- /determinants -->\n");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--no-prompt", "--allow-read", "--allow-write", "--allow-sys"],
      new URL("../../bench/main.ts", import.meta.url).href,
      ...Deno.args,
      ...["--out", out, "--update", document],
    ],
  }).output();
  const decoder = new TextDecoder();
  console.log(JSON.stringify({
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
    figures: await Array.fromAsync(Deno.readDir(out), ({ name }) => name),
    figure: await Deno.readTextFile(`${out}/determinants.svg`),
    document: await Deno.readTextFile(document),
  }));
} finally {
  await Deno.remove(folder, { recursive: true });
}
