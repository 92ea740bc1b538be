/**
 * Inside a worker: runs the items of a batch that were claimed, and keeps time.
 *
 * Values that are numbers stay in their slots and are reported many at once: when a tenth of a millisecond has
 * passed, when the next item is none of the next, or at the end. To look at the clock costs more than a short item: so
 * neighbours are timed together, as many as fit into some microseconds.
 *
 * @module
 */

import type { Claims } from "./_claims.ts";
import {
  BLOCKING,
  ENDED,
  FAIL_FAST,
  FLAGS,
  type Frame,
  HALT,
  LOOP,
  NUMBER,
  NUMBERS,
  QUIET,
  TIMED,
} from "./_frame.ts";
import { ArgumentsReader } from "./_item_bytes.ts";
import type { AnyFunction } from "./process.ts";
import { runShare } from "./_range.ts";
import type { Reporter } from "./_reporter.ts";
import { CLAIM, ENCODE, RUN, type Tracer } from "./_tracer.ts";

/** Milliseconds after which numbers are reported; and if nobody waits for them. */
const SOON = 0.1, LATER = 1;
/** Milliseconds that items may take which are timed together, and how many. */
const SHORT = 0.01, MOST_TOGETHER = 16;

/** So far from the last item the next may be that is reported with it: those between are other workers'. */
const NEAR = 32;

/** Runs items. */
export class ItemRunner {
  /** Items it has run. */
  ran = 0;
  /** When it last looked at the clock. */
  now = performance.now();
  #claims!: Claims;
  #frame!: Frame;
  #fn: AnyFunction | undefined;
  #failure: unknown;
  #flags = 0;
  #reader!: ArgumentsReader;
  // The numbers that are not reported: so many of a span.
  #from = 0;
  #to = 0;
  #count = 0;
  #longest = 0;
  #longestTime = 0;
  #busy = 0;
  #since = 0;
  // The items since it last looked at the clock.
  #together = 1;
  #untimed = 0;
  // Those in the open span of a trace: short ones share it until they are reported.
  #noted = 0;
  /** Not all values of the batch are numbers, so each item is timed alone. */
  #isMixed = false;

  constructor(readonly reporter: Reporter, readonly tracer: Tracer | undefined) {}

  /** What it runs next are items of this batch. */
  begin(claims: Claims, fn: AnyFunction | { readonly failure: unknown }): void {
    if (claims !== this.#claims) this.#reader = new ArgumentsReader();
    this.#claims = claims;
    this.#frame = claims.frame;
    this.#flags = claims.frame.header(FLAGS);
    this.#fn = typeof fn === "function" ? fn : undefined;
    this.#failure = typeof fn === "function" ? undefined : fn.failure;
    this.#together = 1;
    this.#isMixed = false;
    this.reporter.isQuiet = (this.#flags & QUIET) !== 0;
    this.#look();
  }

  /** Runs an item; gives a promise when it does not end at once. */
  run(item: number, args?: () => unknown[] | Promise<unknown[]>): Promise<void> | undefined {
    if (this.#flags & TIMED) {
      this.flush();
      this.reporter.begun(this.#frame.sequence, item);
    }
    const fn = this.#fn;
    if (!fn) return this.#failed(item, this.#failure);
    try {
      let value;
      if (this.#flags & NUMBERS) {
        if (this.tracer && this.#untimed === 0 && this.#noted === 0) this.#begun(item);
        value = fn(this.#frame.numbers[item]);
      } else {
        if (this.#isMixed) this.now = performance.now();
        if (this.tracer && this.#untimed === 0 && (this.#isMixed || this.#noted === 0)) this.#begun(item);
        const list = args ? args() : this.#argsOf(item);
        const isLoop = this.#flags & LOOP;
        if (list instanceof Promise) {
          return this.#await(item, list.then((list) => isLoop ? runShare(fn, list) : fn(...list)));
        }
        value = isLoop ? runShare(fn, list) : fn(...list);
      }
      if (typeof value === "number") return this.#endNumber(item, value);
      if (isThenable(value)) return this.#await(item, value);
      return this.#end(item, true, value);
    } catch (error) {
      return this.#failed(item, error);
    }
  }

  #begun(item: number): void {
    this.#note();
    this.tracer!.to(RUN, this.#frame.sequence, item, 1, this.now);
  }

  /** Ends the span of items that have ended. */
  #note(): void {
    if (this.#noted > 0) this.tracer?.to(CLAIM, 0, 0, this.#noted, this.now);
    this.#noted = 0;
  }

  #argsOf(item: number): unknown[] | Promise<unknown[]> {
    const { words, slots, offset } = this.#frame;
    const at = offset + words[slots + item * 2], word = words[slots + item * 2 + 1];
    const length = word & 0x3fffffff;
    this.reporter.figures.got += length;
    return this.#reader.read(at, length, word >>> 30);
  }

  async #await(item: number, pending: PromiseLike<unknown>): Promise<void> {
    this.#mix();
    this.#report();
    let value;
    try {
      value = await pending;
    } catch (error) {
      return this.#failed(item, error);
    }
    return this.#end(item, true, value);
  }

  /** From now on each item is timed alone; this one has the time of those before it that were not timed. */
  #mix(): void {
    if (this.#isMixed) return;
    this.#isMixed = true;
    this.#noted += this.#untimed;
    this.#untimed = 0;
  }

  #failed(item: number, error: unknown): Promise<void> | undefined {
    if (this.#flags & FAIL_FAST) Atomics.store(this.#frame.words, this.#frame.base + HALT, 1);
    return this.#end(item, false, error);
  }

  #endNumber(item: number, value: number): Promise<void> | undefined {
    const { frame } = this.#claims;
    if (this.#count > 0 && (item < this.#to || item >= this.#to + NEAR)) this.#report();
    frame.numbers[item] = value;
    if (!frame.move(item, this.#claims.running, this.#word(NUMBER))) return stopped();
    this.ran++;
    if (this.#count++ === 0) this.#from = this.#longest = item;
    this.#to = item + 1;
    if (++this.#untimed >= this.#together) this.#look();
    return undefined;
  }

  #word(phase: number): number {
    return this.#claims.running & ~7 | phase;
  }

  /** Looks at the clock: the items since it last did have taken that long. */
  #look(): void {
    const before = this.now, now = this.now = performance.now(), count = this.#untimed;
    this.#untimed = 0;
    if (count === 0) return;
    const taken = now - before;
    this.#noted += count;
    if (taken >= SHORT) this.#note();
    if (this.#count <= count) this.#since = before;
    this.#busy += taken;
    if (taken > this.#longestTime) {
      this.#longestTime = taken;
      this.#longest = Math.max(this.#from, this.#to - count);
    }
    this.#together = taken < SHORT ? Math.min(MOST_TOGETHER, this.#together * 2) : 1;
    if (now - this.#since > (this.#flags & QUIET ? LATER : SOON)) this.#report();
  }

  /** Reports what has ended and was not reported. */
  flush(): void {
    this.#look();
    this.#report();
    this.reporter.figures.publish();
  }

  /** Runs no more of the batch for now: what was reported is made known. */
  end(): void {
    this.flush();
    this.reporter.ring();
  }

  #report(): void {
    if (this.#untimed) this.#look();
    this.#note();
    const count = this.#count, from = this.#from;
    if (count > 0) {
      const end = [count, this.#to - from, this.#longest, this.#longestTime] as const;
      this.#count = 0;
      this.reporter.figures.given += 8 * count;
      if (this.#flags & NUMBERS) this.reporter.figures.got += 8 * count;
      this.reporter.numbersEnded(this.#frame.sequence, from, this.#busy, end);
    }
    this.#busy = this.#longestTime = 0;
    this.#since = this.now;
  }

  #end(item: number, isValue: boolean, outcome: unknown): Promise<void> | undefined {
    const before = this.now;
    this.#mix();
    this.#report();
    if (this.#flags & NUMBERS) this.reporter.figures.got += 8;
    const now = this.now = performance.now();
    this.tracer?.to(ENCODE, this.#frame.sequence, item, 1, now);
    const encoded = this.reporter.encode(isValue, outcome, !(this.#flags & BLOCKING));
    const { frame } = this.#claims;
    if (!frame.move(item, this.#claims.running, this.#word(ENDED))) {
      this.reporter.forget(encoded);
      return stopped();
    }
    this.ran++;
    this.reporter.ended(frame.sequence, item, now - before, encoded);
    this.tracer?.to(CLAIM);
    return undefined;
  }
}

/** The item was stopped, and this thread is about to be killed: nothing is begun any more. */
function stopped(): Promise<never> {
  return new Promise(() => {});
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" && value !== null || typeof value === "function") &&
    typeof (value as PromiseLike<unknown>).then === "function";
}
