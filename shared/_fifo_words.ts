/**
 * Where the words of a fifo stand, in bytes from its first; the table is in `_fifo.ts`.
 *
 * @module
 */

import { MAX_THREADS } from "./_layout.ts";

/** The mutex. */
export const MUTEX = 0;
/** The first segment. */
export const FIRST = 4;
/** The last segment. */
export const LAST = 8;
/** Messages. */
export const COUNT = 12;
/** Their weight. */
export const BYTES = 16;
/** Whether it was closed. */
export const CLOSED = 20;
/** Arrivals. */
export const ARRIVALS = 24;
/** Departures. */
export const DEPARTURES = 28;
/** Capacity in messages. */
export const CAPACITY = 32;
/** Capacity in bytes. */
export const BYTE_CAPACITY = 36;
/** The first spare segment. */
export const SPARE = 40;
/** Tasks put and not yet done. */
export const UNFINISHED = 44;
/** Whether tasks are counted. */
export const COUNTS_TASKS = 48;
/** Tasks taken less tasks done, one word a thread slot. */
export const TAKEN = 64;
/** Bytes of a fifo's words. */
export const FIFO_BYTES = TAKEN;
/** Bytes of the words of a fifo that counts tasks. */
export const COUNTING_FIFO_BYTES = TAKEN + MAX_THREADS * 4;
