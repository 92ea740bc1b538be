/**
 * The only waits and wakes on shared words. Whoever waits says, where it calls, who wakes it and who does so if
 * that thread dies.
 *
 * A word is waited on with the value that means "not yet"; whoever changes it wakes. A wake may come for nothing, so
 * every waiter looks again. None is lost: one that reaches an asynchronous waiter who has given up is passed on, and
 * a thread that blocks first takes its asynchronous waiters out of the lines, where they would swallow wakes.
 *
 * The main thread, when it blocks, sleeps on its doorbell instead and leaves the word's offset in its record: so it can
 * also be rung to serve the other threads' requests, and to hear of deaths. Whoever changes the word does so
 * before looking at that record; the main thread writes the record before it looks at the word.
 *
 * @module
 */

import { THREAD_BELL, THREAD_WAITS, THREADS } from "./_layout.ts";
import { heapWords, isMainThread } from "./heap.ts";
import { keepAlive } from "./keepalive.ts";

const BELL = (THREADS >> 2) + THREAD_BELL, WAITS = (THREADS >> 2) + THREAD_WAITS;

/** How long to wait, and what may end the wait. */
export interface WaitOptions {
  /** Milliseconds; absent: for ever, 0: look only. */
  readonly timeout?: number;
  /** Aborting it rejects the wait with its reason. */
  readonly signal?: AbortSignal;
}

/** Checks a `timeout` option: milliseconds from 0 on; absent means for ever. */
export function checkTimeout(timeout: number | undefined): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout !== "number") {
    throw new TypeError(`Cannot wait: timeout must be a number of milliseconds, got ${typeof timeout}`);
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`Cannot wait: timeout must be 0 or more milliseconds, got ${timeout}`);
  }
  return timeout;
}

/** The moment, on the clock of `performance.now()`, at which a wait with this option ends. */
export function deadlineOf(options: WaitOptions): number {
  return options.timeout === undefined ? Infinity : performance.now() + checkTimeout(options.timeout);
}

/** What the main thread does for the others while it blocks; returns when it must be done again at the latest. */
export interface BlockingService {
  /** Called before the first sleep. */
  begin(): void;
  /** Called whenever the doorbell rang, and at the moment it asked for; `isBrief`: see {@linkcode sleepSync}. */
  serve(isBrief: boolean): number;
  /** Has workers ring as they report, or no longer; gives what was so before. */
  attend(isBlocked: boolean): boolean;
}

let service: BlockingService | undefined;

/** Declares the service; the host of threads does, when it starts the first. */
export function setBlockingService(given: BlockingService): void {
  service = given;
}

/** Milliseconds that the main thread still blocks, all waits together, before it begins the service: that is slow. */
let unwatched = 5;

/**
 * So often a thread looks at the word before it sleeps, some 40 ns each: to be put to sleep and woken lasts longer than
 * what another thread does in between that runs on another core. Oftener than it has just been of use for; but once
 * where it was in vain, as on a core that both share, where it only keeps the other from running; and now and then
 * again, ever more rarely, to see whether it would be of use.
 */
const MOST_LOOKS = 256, TRIED_LOOKS = 128, LEAST_LOOKS = 1, TRIED_FIRST = 16, TRIED_LAST = 1024;
let looks = MOST_LOOKS, sleeps = 0, triedEvery = TRIED_FIRST;

/** Whether the word changes at once: the thread that is to change it runs. */
function changesSoon(words: Int32Array<SharedArrayBuffer>, index: number, value: number): boolean {
  for (let i = 0; i < looks; i++) {
    if (Atomics.load(words, index) !== value) {
      looks = Math.min(MOST_LOOKS, Math.max(looks, 4 * i));
      triedEvery = TRIED_FIRST;
      return true;
    }
    Atomics.pause();
  }
  looks = Math.max(LEAST_LOOKS, looks >> 2);
  if (++sleeps % triedEvery === 0) {
    looks = TRIED_LOOKS;
    triedEvery = Math.min(TRIED_LAST, 2 * triedEvery);
  }
  return false;
}

/**
 * Sleeps once, until the word at byte `offset` may have changed from `value`, or until `deadline`. False when the
 * deadline has passed. `isBrief`: it waits in the midst of something, for one who is in the midst of something; so the main
 * thread serves no pools meanwhile, which runs code of users.
 */
export function sleepSync(offset: number, value: number, deadline: number, isBrief = false): boolean {
  const left = leftUntil(deadline);
  if (left <= 0) return false;
  stepAside();
  const words = heapWords(offset + 4), index = offset >>> 2;
  if (changesSoon(words, index, value)) return true;
  if (service && isMainThread()) return sleepServing(words, index, value, deadline, service, isBrief);
  Atomics.wait(words, index, value, left);
  return true;
}

function leftUntil(deadline: number): number {
  return deadline === Infinity ? Infinity : deadline - performance.now();
}

function sleepServing(
  words: Int32Array<SharedArrayBuffer>,
  index: number,
  value: number,
  deadline: number,
  { begin, serve, attend }: BlockingService,
  isBrief: boolean,
): boolean {
  // serve() may repair what a dead thread held, and so wait for another word in the midst of this wait.
  const outer = Atomics.exchange(words, WAITS, index << 2), wasBlocked = !isBrief && attend(true);
  try {
    for (;;) {
      const bell = Atomics.load(words, BELL);
      if (Atomics.load(words, index) !== value) return true;
      const due = serve(isBrief), watching = unwatched <= 0 || due < Infinity;
      if (watching) begin();
      if (Atomics.load(words, index) !== value) return true;
      const now = performance.now();
      if (now >= deadline) return false;
      const until = Math.min(deadline, due, watching ? Infinity : now + unwatched);
      Atomics.wait(words, BELL, bell, Math.max(0, until - now));
      if (!watching) unwatched -= performance.now() - now;
    }
  } finally {
    Atomics.store(words, WAITS, outer);
    if (!isBrief) attend(wasBlocked);
  }
}

/** This thread's asynchronous waits that stand in the line of one word; `stale`: those that were given up. */
interface Line {
  standing: number;
  stale: number;
}

const lines = new Map<number, Line>();
/** So many that were given up may stand in a line: each of them delays the wake that reaches it. */
const MOST_STALE = 16;

/**
 * Takes this thread's asynchronous waits out of all lines; they look again when the event loop runs. For a thread
 * that is about to block: a wake that reached them would reach nobody.
 */
export function stepAside(): void {
  if (lines.size === 0) return;
  for (const offset of [...lines.keys()]) {
    lines.delete(offset);
    wake(offset);
  }
}

/** As {@linkcode sleepAsync}, for a caller who keeps the program alive himself, or need not. Who wakes him is his affair. */
export function restAsync(offset: number, value: number): Promise<void> | undefined {
  const waited = Atomics.waitAsync(heapWords(offset + 4), offset >>> 2, value);
  if (!waited.async) return undefined;
  let line = lines.get(offset)!;
  if (!line) lines.set(offset, line = { standing: 0, stale: 0 });
  line.standing++;
  return waited.value.then(() => {
    if (--line.standing === 0 && lines.get(offset) === line) lines.delete(offset);
  });
}

/** As {@linkcode sleepSync}, without blocking; rejects with the signal's reason. Keeps the program alive. */
export async function sleepAsync(
  offset: number,
  value: number,
  deadline: number,
  signal?: AbortSignal,
): Promise<boolean> {
  signal?.throwIfAborted();
  const left = leftUntil(deadline);
  if (left <= 0) return false;
  const waited = Atomics.waitAsync(heapWords(offset + 4), offset >>> 2, value, left);
  if (!waited.async) return true;
  let line = lines.get(offset)!;
  if (!line) lines.set(offset, line = { standing: 0, stale: 0 });
  line.standing++;
  const release = keepAlive();
  const { promise, resolve, reject } = Promise.withResolvers<true>();
  let pending = true, stale = false;
  waited.value.then((how) => {
    if (--line.standing === 0 && lines.get(offset) === line) lines.delete(offset);
    if (stale) {
      line.stale--;
      // Somebody else must have the wake that came too late for us.
      if (how === "ok") wake(offset, 1);
    }
    pending = false;
    resolve(true);
  });
  // Whichever comes first decides, at once: a wake is either taken by this wait or passed on.
  const abort = () => {
    if (!pending) return;
    pending = false;
    stale = true;
    reject(signal!.reason);
    if (++line.stale > MOST_STALE) wake(offset);
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener("abort", abort);
    release();
  }
}

/** Wakes `count` of those who wait on the word at byte `offset`; gives how many, without a main thread that blocks. */
export function wake(offset: number, count: number = Infinity): number {
  const words = heapWords(offset + 4), woken = Atomics.notify(words, offset >>> 2, count);
  if (Atomics.load(words, WAITS) === (offset | 0)) {
    Atomics.add(words, BELL, 1);
    Atomics.notify(words, BELL);
  }
  return woken;
}

/** Wakes all who wait on the word at byte `offset`. */
export function wakeAll(offset: number): void {
  wake(offset);
}
