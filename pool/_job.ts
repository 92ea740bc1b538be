/**
 * What a pool has been asked to do: a source of items, and a place for how each of them ends.
 *
 * @module
 */

import { capturesAnything, encode, type Encoded } from "./_codec.ts";
import { appendCaller } from "./_error_record.ts";
import type { AnyFunction } from "./process.ts";
import type { Settler } from "./async_result.ts";

/** One call of the function. */
export interface Item {
  /** Its place in the input. */
  readonly index: number;
  /** Gives the encoded arguments; may throw, which fails this item. */
  readonly encode: () => Encoded;
  /** How often a worker died while it ran. */
  deaths: number;
}

/** How far a job is. */
export interface Progress {
  /** Items that have ended, failed ones included. */
  readonly done: number;
  /** Items in all; undefined while the input may give more. */
  readonly total: number | undefined;
  /** Items that have failed. */
  readonly failed: number;
  /** Milliseconds since the call. */
  readonly elapsed: number;
}

/** What concerns every kind of job. */
export interface JobOptions {
  /** The function to call, encoded. */
  readonly fn: Encoded;
  /** Items that are handed out at once. */
  readonly chunksize: number;
  /** Milliseconds that an item may run. */
  readonly timeout: number;
  /** Told after each item. */
  readonly onProgress?: (progress: Progress) => void;
}

const AS_ARGUMENTS = { functions: true, handOver: false };

/** Encodes a value as it is now; what its maker does to it later does not matter. */
export function encodeNow(value: unknown, path: string): Encoded {
  const { wire, release } = encode(value, path, AS_ARGUMENTS);
  return { wire: typeof wire.value === "object" ? structuredClone(wire) : wire, release };
}

/** Functions that capture nothing are encoded once. */
const plain = new WeakMap<AnyFunction, Encoded>();

/** Encodes the function of a call, with what it captures as it is now. */
export function encodeFunction(fn: AnyFunction, path: string): Encoded {
  const known = plain.get(fn);
  if (known) return known;
  const encoded = encode(fn, path, AS_ARGUMENTS);
  const { notes } = encoded.wire;
  if (notes?.length !== 1 || capturesAnything(notes[0])) {
    return { wire: structuredClone(encoded.wire), release: encoded.release };
  }
  plain.set(fn, encoded);
  return encoded;
}

/** An item whose arguments are encoded when it is handed out. */
export function lateItem(index: number, args: () => readonly unknown[]): Item {
  return { index, encode: () => encode(args(), "args", AS_ARGUMENTS), deaths: 0 };
}

/** A source of items for the scheduler. */
export abstract class Job {
  fn: Encoded;
  readonly chunksize: number;
  readonly timeout: number;
  /** Its caller blocks, so nothing can be waited for on the way. */
  isBlocking = false;
  /** Items that were handed out and came back, because their worker was lost. */
  protected readonly returned: Item[] = [];
  protected done = 0;
  protected failed = 0;
  readonly #onProgress: JobOptions["onProgress"];
  readonly #started = performance.now();
  /** Where the job was submitted. */
  readonly #caller = callSite();

  constructor({ fn, chunksize, timeout, onProgress }: JobOptions) {
    this.fn = fn;
    this.chunksize = chunksize;
    this.timeout = timeout;
    this.#onProgress = onProgress;
  }

  /** Items to run now, at most `limit` of them; none when there are none, or none yet. */
  take(limit: number): Item[] {
    if (this.isOver) return [];
    const most = Math.min(limit, this.chunksize);
    return this.returned.length ? this.returned.splice(0, most) : this.draw(most);
  }

  /** Takes items back that were handed out and never begun. */
  giveBack(items: readonly Item[]): void {
    this.returned.unshift(...items);
  }

  /** An item has its value. */
  fulfil(item: Item, value: unknown): void {
    if (this.isOver) return;
    this.done++;
    this.settle(item, { status: "fulfilled", value });
    this.#tell();
  }

  /** An item has failed. */
  reject(item: Item, reason: unknown): void {
    if (this.isOver) return;
    this.done++;
    this.failed++;
    appendCaller(reason, this.#caller);
    this.settle(item, { status: "rejected", reason });
    this.#tell();
  }

  #tell(): void {
    if (!this.#onProgress) return;
    const { done, failed, total } = this;
    try {
      this.#onProgress({ done, total, failed, elapsed: performance.now() - this.#started });
    } catch (error) {
      this.abandon(error);
    }
  }

  /** Items in all, where that is known. */
  protected abstract readonly total: number | undefined;
  /** Whether nothing of it is to be run any more. */
  abstract readonly isOver: boolean;
  /** Whether it waits for somebody to take results before it gives more items. */
  get isStalled(): boolean {
    return false;
  }
  /** New items, at most `most`. */
  protected abstract draw(most: number): Item[];
  /** Notes how an item ended. */
  protected abstract settle(item: Item, outcome: PromiseSettledResult<unknown>): void;
  /** Gives the whole up, with the reason. */
  abstract abandon(reason: unknown): void;
  /** The pool takes no more calls: what waits for a consumer need not. */
  closing(): void {}
}

function callSite(): { readonly stack?: string } {
  const site: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 40;
  Error.captureStackTrace(site);
  Error.stackTraceLimit = stackTraceLimit;
  return site;
}

/** A single call. */
export class ApplyJob extends Job {
  protected readonly total = 1;
  #item: Item | undefined;
  readonly #release: () => void;
  #over = false;

  constructor(options: JobOptions, args: readonly unknown[], readonly settler: Settler<unknown>) {
    super(options);
    // What the arguments are now is what the call gets, however long it queues.
    const { wire, release } = args.length === 0 || args.every((arg) => typeof arg === "number")
      ? encode(args.slice(), "args", AS_ARGUMENTS)
      : encodeNow(args, "args");
    this.#release = release;
    this.#item = { index: 0, encode: () => ({ wire, release: () => {} }), deaths: 0 };
  }

  get isOver(): boolean {
    return this.#over;
  }

  protected draw(): Item[] {
    const item = this.#item;
    this.#item = undefined;
    return item ? [item] : [];
  }

  protected settle(_item: Item, outcome: PromiseSettledResult<unknown>): void {
    this.#end();
    if (outcome.status === "fulfilled") this.settler.resolve(outcome.value);
    else this.settler.reject(outcome.reason);
  }

  #end(): void {
    this.#over = true;
    this.#release();
    this.fn.release();
  }

  abandon(reason: unknown): void {
    this.#end();
    this.settler.reject(reason);
  }
}

/** What a {@linkcode MapJob} does beyond the rest. */
export interface MapJobOptions extends JobOptions {
  /** Reject with the first failure that arrives, and hand out nothing more. */
  readonly failFast: boolean;
  /** Resolve with how each item ended. */
  readonly settleAll: boolean;
}

/** A call for each of a list of arguments; the results in their order. */
export class MapJob extends Job {
  protected readonly total: number;
  readonly #outcomes: PromiseSettledResult<unknown>[];
  #next = 0;
  #over = false;

  constructor(
    readonly options: MapJobOptions,
    readonly items: readonly unknown[],
    readonly spread: (item: unknown) => readonly unknown[],
    readonly settler: Settler<unknown[]>,
  ) {
    super(options);
    this.total = items.length;
    this.#outcomes = new Array(items.length);
    if (items.length === 0) this.#finish();
  }

  get isOver(): boolean {
    return this.#over;
  }

  protected draw(most: number): Item[] {
    const drawn: Item[] = [];
    while (drawn.length < most && this.#next < this.total) {
      const index = this.#next++;
      drawn.push(lateItem(index, () => this.spread(this.items[index])));
    }
    return drawn;
  }

  protected settle({ index }: Item, outcome: PromiseSettledResult<unknown>): void {
    this.#outcomes[index] = outcome;
    if (outcome.status === "rejected" && this.options.failFast) this.abandon(outcome.reason);
    else if (this.done === this.total) this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.fn.release();
    const outcomes = this.#outcomes;
    if (this.options.settleAll) return this.settler.resolve(outcomes);
    const lowest = outcomes.find((outcome) => outcome.status === "rejected");
    if (lowest) this.settler.reject(lowest.reason);
    else this.settler.resolve(outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value));
  }

  abandon(reason: unknown): void {
    this.#over = true;
    this.fn.release();
    this.settler.reject(reason);
  }
}
