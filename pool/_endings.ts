/**
 * Inside a worker: who learns of the end of the threads that the main thread has started for it.
 *
 * @module
 */

import type { FromMain, ThreadEnd } from "./_protocol.ts";

/** By the ident of the thread. */
export const endings: Map<number, (end: ThreadEnd) => void> = new Map();

/** Handles what the main thread tells a worker; the worker's entry listens. */
export function hearFromMain(message: FromMain): void {
  if (message.type !== "ended") return;
  endings.get(message.ident)?.(message.end);
  endings.delete(message.ident);
}
