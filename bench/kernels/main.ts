/**
 * All kernels beside NumPy, SciPy and numba, one suite after the other: `deno task bench:kernels --python`.
 *
 * Each suite is a program of its own, in a process of its own, so that none warms up or crowds another; arguments are
 * passed on.
 *
 * @module
 */

const SUITES = ["determinants", "fft2", "autocorrelation"];

if (import.meta.main) {
  for (const suite of SUITES) {
    console.log(`\n${suite}`);
    const command = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-read",
        "--allow-sys",
        "--allow-run",
        new URL(`${suite}.ts`, import.meta.url).pathname,
        ...Deno.args,
      ],
    });
    const { success, code } = await command.spawn().status;
    if (!success) Deno.exit(code);
  }
}
