/**
 * What a pool's workers report through their board's mailbox; the head of each message says which.
 *
 * @module
 */

/** An item has its value, which is the message's. */
export const VALUE = 1;
/** An item has failed; the message is the error. */
export const ERROR = 2;
/**
 * Items have ended whose values are numbers in their slots: some of the `span` items from the head's index on. The message is
 * a {@linkcode NumbersEnd}; which they are, their words say.
 */
export const NUMBERS_ENDED = 3;
/** A timed item is about to begin. */
export const BEGUN = 4;
/** The worker has run as many items as it may. */
export const SPENT = 5;
/** The worker is ready; it took so long. */
export const READY = 6;
/** The initializer has failed; the message is the error. */
export const BROKEN = 7;

/** What a worker of a traced pool did; the message is its spans, of the lap that the head is about. */
export const SPANS = 8;

/** How many items of the span the worker has run, and the longest of them. */
export type NumbersEnd = readonly [count: number, span: number, longest: number, itsDuration: number];
