/**
 * To whom the ends of pipes are on their way; how that stands in a pipe's words says `pipe.ts`.
 *
 * @module
 */

import { change, myTag, store } from "./_primitive.ts";

/** How an end's word says that the thread with that tag has sent it. */
export const sentBy = (tag: number): number => -2 * tag;
/** How it says that it was sent to that thread and no other. */
export const sentTo = (tag: number): number => -2 * tag - 1;

/** The tag of the thread that has sent an end; undefined once only one thread can get it. */
export function senderOf(user: number): number | undefined {
  return user & 1 ? undefined : -user / 2;
}

/** Ends, by the offset of their words, that this thread has sent just now: what comes of that is not yet known. */
const sentNow = new Set<number>();
/** Where the ends that this thread sends are to be noted. */
let watched: number[] | undefined;

/** Says that this thread sends an end. */
export function sends(user: number): void {
  store(user, sentBy(myTag()));
  if (sentNow.size === 0) queueMicrotask(sent);
  sentNow.add(user);
  watched?.push(user);
}

/** Says that what this thread has sent has gone: it will not come back. */
export function sent(): void {
  if (sentNow.size) sentNow.clear();
}

/** Whether this thread has sent that end just now. */
export function isSentNow(user: number): boolean {
  return sentNow.has(user);
}

/** Runs `body`; notes in `ends` which ends it sends, for {@linkcode addressEnds}. */
export function watchingEnds<R>(ends: number[], body: () => R): R {
  const before = watched;
  watched = ends;
  try {
    return body();
  } finally {
    watched = before;
  }
}

/** Says of such ends that only that thread can get them: if it dies first, they are closed. */
export function addressEnds(ends: readonly number[], ident: number): void {
  for (const user of ends) change(user, sentBy(myTag()), sentTo(ident + 1));
}
