/**
 * What ends the program with a line instead of a stack: nothing is wrong with it, but with what it was given.
 *
 * @module
 */

/** The message says what could not be done, and why. */
export class Failure extends Error {}

/** Runs what reads or writes files; what the system refuses fails with `what` could not be done. */
export async function attemptWithFiles<R>(what: string, run: () => Promise<R>): Promise<R> {
  try {
    return await run();
  } catch (error) {
    if (!isOfSystem(error)) throw error;
    throw new Failure(`Cannot ${what}: ${whyOf(error as Error)}`);
  }
}

function isOfSystem(error: unknown): boolean {
  return error instanceof Error &&
    (Object.values(Deno.errors).some((kind) => error instanceof kind) || "code" in error ||
      /os error/.test(error.message));
}

function whyOf(error: Error): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file or folder";
  if (error instanceof Deno.errors.AlreadyExists) return "it is a file, not a folder";
  return error.message.replace(/^Requires/, "it requires");
}
