/**
 * What `waitAny` can wait for: things that are ready or not, and say when that may have changed.
 *
 * @module
 */

/** Names the property that says whether a thing is ready. */
export const READY: unique symbol = Symbol("ready");
/** Names the method that waits until that may have changed; it rejects when its signal is aborted. */
export const CHANGE: unique symbol = Symbol("change");

/** Something that {@linkcode waitAny} can wait for. */
export interface Waitable {
  /** Whether it is ready now. */
  readonly [READY]: boolean;
  /** Resolves when that may have changed. */
  [CHANGE](signal: AbortSignal): Promise<void>;
}
