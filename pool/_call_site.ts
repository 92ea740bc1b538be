/**
 * Where a call was made, for the stacks of its errors.
 *
 * To ask costs a microsecond or two, more than the rest of a call. A loop that makes thousands of calls in one turn of
 * the event loop is asked for the first of them; the others say that they stand for a later one.
 *
 * @module
 */

/** Frames of a call. */
export interface CallSite {
  /** As in an error's `stack`. */
  readonly stack?: string;
  /** It is that of an earlier call of the same function in the same turn. */
  readonly isEarlier?: boolean;
}

/** So many calls of a turn are asked. */
const MOST = 32;
const FRAMES = 40;

let asked = 0;
let last: CallSite = {}, lastFunction = -1;

/** Where the present call of a pool's verb was made. */
export function callSite(functionId: number): CallSite {
  if (asked >= MOST && functionId === lastFunction) return last;
  if (asked++ === 0) queueMicrotask(() => asked = 0);
  const site: { stack?: string } = {}, { stackTraceLimit } = Error;
  Error.stackTraceLimit = FRAMES;
  Error.captureStackTrace(site);
  Error.stackTraceLimit = stackTraceLimit;
  if (asked >= MOST) {
    last = {
      get stack() {
        return site.stack;
      },
      isEarlier: true,
    } as CallSite;
    lastFunction = functionId;
  }
  return site;
}
