/**
 * Which Deno this folder needs: the first whose kill of a worker stops what it runs. An older one would hang where
 * a task is to be stopped, so it is refused when the first thread is started; `shared/` and the serial kernels go
 * on working in it.
 *
 * @module
 */

/** The first version that stops a worker which holds a Web Lock, be it busy or blocked. */
const LEAST = "2.9.4";

const FORM = /^(\d+)\.(\d+)\.(\d+)(-[^+]+)?(?:\+.*)?$/;

/**
 * Whether `version` comes before `other`, neither of which need be a release: `3.0.0-rc.1` comes before `3.0.0`, and
 * what follows a plus sign does not count. False for what is no version, as nothing is known of it.
 */
export function isOlder(version: string, other: string): boolean {
  const [mine, theirs] = [FORM.exec(version), FORM.exec(other)];
  if (!mine || !theirs) return false;
  for (const part of [1, 2, 3]) {
    const difference = Number(mine[part]) - Number(theirs[part]);
    if (difference) return difference < 0;
  }
  return mine[4] !== undefined && theirs[4] === undefined;
}

/** Whether this Deno can stop its workers. */
export function canStopThreads(version: string = Deno.version.deno): boolean {
  return !isOlder(version, LEAST);
}

/**
 * Refuses to start a thread that could not be stopped.
 *
 * @throws {Error} If this Deno is too old.
 */
export function checkVersion(version: string = Deno.version.deno): void {
  if (canStopThreads(version)) return;
  throw new Error(
    `Cannot start a thread in Deno ${version}: it cannot stop a busy one; upgrade to Deno ${LEAST} or later`,
  );
}
