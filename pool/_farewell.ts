/**
 * What a worker does before it ends by itself: it waits for its children, if it was ever able to have any.
 *
 * @module
 */

let wait: (() => Promise<void>) | undefined;

/** Declares what is waited for; the class that makes children does, when it is loaded. */
export function onFarewell(given: () => Promise<void>): void {
  wait = given;
}

/** Resolves when this thread may end. */
export async function farewell(): Promise<void> {
  await wait?.();
}
