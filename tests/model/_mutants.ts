/**
 * Bugs that the model must find: each is one change of the library's text.
 *
 * @module
 */

import type { Mutation } from "./_load.ts";

const change = (
  file: string,
  find: string | RegExp,
  replace: string,
): Mutation[] => [{ file, find, replace }];

/** The mutex is given back, and who waits for it is not woken. */
export const leaveWithoutWake = change("_mutex.ts", /wake\([^;]*, 1\);/, "");

/** Whoever waits for the mutex does not say so before it sleeps. */
export const sleepUnannounced = change(
  "_mutex.ts",
  "if (held & 1 || change(mutex, held, held | 1)) sleepSync(mutex, held | 1, Infinity, true);",
  "sleepSync(mutex, held, Infinity);",
);

/** A repair waits for a mutex that another dead thread holds. */
export const repairWaitsForDead = change("_mutex.ts", "|| mendAfter(held >>> 1)", "");

/** A waiter that was woken takes the lock as if nobody else waited. */
export const wokenForgetsOthers = change("lock.ts", "0, this.#mine | waited)", "0, this.#mine)");

/** The repair of a lock does not wake those who wait. */
export const lockRepairWithoutWake = change("lock.ts", /(?<=function repair[^]*)wakeAll\(offset\);/, "");

/** A lock whose holder died stays the dead thread's. */
export const lockNotAbandoned = change("_lock_word.ts", "if (change(offset, word, -tag)) return;", "return;");

/** A permit comes back, and nobody is told. */
export const releaseWithoutWake = change(
  "semaphore.ts",
  "if (fits) return void wake(offset + VALUE, n);",
  "if (fits) return;",
);

/** The permits of a dead thread do not come back. */
export const permitsOfDeadStay = change("semaphore.ts", "store(heldBy(offset, slot), 0);", "");

/** An event is set, and who waits is not woken. */
export const setWithoutWake = change("event.ts", "return wakeAll(offset);", "return;");

/** A notification that a dead thread had is not handed on. */
export const notificationDies = change(
  "condition.ts",
  /if \(lost\) notifyFirst\(offset, lost\);|for \(const node of notifyFirst\(offset, lost\)\) wake\(node \+ STATE\);/,
  "",
);

/** A lock is released, and who was left to that is not woken. */
export const releaseForgetsNotified = change("_lock_word.ts", "if (held & HANDS_ON) wake(heir);", "");

/** A second notification drives the first out, whose waiter nobody wakes then. */
export const notifiedDrivenOut = change("_lock_word.ts", "if (before) wake(before);", "");

/** A lock that another thread has released is taken for one that this thread will release. */
export const releasedUnderNotifier = change("_lock_word.ts", "if (!isHeld) wake(offset);", "");

/** A condition frees the lock before it stands in the list. */
export const enlistsLate = change(
  "condition.ts",
  /(?<=waitSync[^]*?)node = this\.#enlist\(\), held = this\.#suspend\(node\);(?![^]*#enlist\(\), held)/,
  "held = this.lock.suspend(), node = this.#enlist();",
);

/** The arrivals of a dead thread go on counting. */
export const arrivalOfDeadStays = change(
  "barrier.ts",
  "breakRound(offset, load(offset + ROUND) >>> 3);\n    }",
  "}",
);

/** A segment that was read is begun anew by the wrong store first. */
export const segmentBegunWrongly = change(
  "_fifo.ts",
  /store\(last \+ WRITTEN, 0\);\s+store\(last \+ READ, 0\);/,
  "store(last + READ, 0); store(last + WRITTEN, 0);",
);

/** An item is put, and nobody who waits is told. */
export const putWithoutWake = change("_fifo.ts", "wake(this.arrivals, 1);", "");

/** After a death the messages are not counted anew. */
export const countNotMended = change("_fifo_repair.ts", "store(fifo + COUNT, count);", "");

/** After a death nobody who waits at a queue is woken. */
export const queueRepairWithoutWake = change(
  "_fifo_repair.ts",
  "for (const word of [ARRIVALS, DEPARTURES, UNFINISHED]) wakeAll(fifo + word);",
  "",
);

/** A message counts as taken before it was read. */
export const itemCountedFirst = change(
  "_fifo.ts",
  "if (!isQuiet) Atomics.add(words, base + ARRIVALS / 4, 1);",
  "",
);

/** A place that a dead thread had claimed stays claimed. */
export const claimedPlaceStays = change(
  "block.ts",
  'if (what && "slab" in what) freePlace(header, what.slab, dead.tag);',
  "void what;",
);

/** A place is taken without a look whether another was faster. */
export const placeTakenBlindly = change(
  "_small.ts",
  "Atomics.load(words, word) === 0 && Atomics.compareExchange(words, word, 0, tag) === 0",
  "Atomics.load(words, word) === 0 && (Atomics.store(words, word, tag), true)",
);

/** Headers behind the first page of a run that is being freed are left out: as it was once. */
export const headersSkipped = change(
  "_pages.ts",
  "} else if (what.first === page) yield page * PAGE;",
  "} else { yield page * PAGE; page += what.count - 1; }",
);

/** Places that nobody ever had, in slabs that others divided, are not found: as it was once. */
export const freshPlacesMissed = change(
  "_small.ts",
  "if (!page) return claimAnywhere(size, tag);",
  "if (!page) return 0;",
);

/** A block ends though its holder has pinned it before it let go: as it was once. */
export const pinOverlooked = change(
  "block.ts",
  "if (Atomics.load(words, word(header, BLOCK_PINS)) !== 0) return;\n  end(header, state);",
  "end(header, state);",
);
