/**
 * What a pool has been asked to do: a source of items, and a place for how each of them ends.
 *
 * @module
 */

import { appendCaller } from "./_error_record.ts";
import { type CallSite, callSite } from "./_call_site.ts";
import type { EncodedFunction } from "./_function_bytes.ts";
import type { BatchKind } from "./_batch.ts";
import { encodeArgs, type ItemBytes } from "./_item_bytes.ts";
import type { Share } from "./_range.ts";
import { shortenArgs } from "./_shorten.ts";
import type { Settler } from "./async_result.ts";

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
  readonly fn: EncodedFunction;
  /** Items that are handed out at once. */
  readonly chunksize: number;
  /** Milliseconds that an item may run. */
  readonly timeout: number;
  /** Told after each item. */
  readonly onProgress?: (progress: Progress) => void;
}

/** A source of items for the scheduler; an item is named by its place in the input. */
export abstract class Job {
  fn: EncodedFunction;
  readonly chunksize: number;
  readonly timeout: number;
  /** Its caller blocks, so nothing can be waited for on the way. */
  isBlocking = false;
  /** Items that were handed out and came back, because their worker was lost. */
  protected returned: number[] | undefined;
  /** Items that are laid out and have not ended. */
  out = 0;
  /** The kinds of batches that its items go into, once they are known: with bytes, with numbers. */
  readonly kinds: [bytes: BatchKind | undefined, numbers: BatchKind | undefined] = [undefined, undefined];
  protected done = 0;
  protected failed = 0;
  /** How often a worker died over an item. */
  #deaths: Map<number, number> | undefined;
  readonly #onProgress: JobOptions["onProgress"];
  readonly #started: number;
  /** Where the job was submitted. */
  #caller: CallSite | undefined;

  constructor({ fn, chunksize, timeout, onProgress }: JobOptions) {
    this.fn = fn;
    this.chunksize = chunksize;
    this.timeout = timeout;
    this.#onProgress = onProgress;
    this.#started = onProgress ? performance.now() : 0;
  }

  /** Notes where the call was made, whose frames the present ones are. */
  noteCaller(): void {
    this.#caller = callSite(this.fn.id);
  }

  /** Where the call of an item was made. */
  protected callerOf(_item: number): CallSite {
    return this.#caller ?? {};
  }

  /** Items to run now, at most `limit` of them; none when there are none, or none yet. */
  take(limit: number): number[] {
    if (this.isOver) return [];
    return this.returned?.length ? this.returned.splice(0, limit) : this.draw(limit);
  }

  /** Takes items back that were handed out and never begun. */
  giveBack(items: readonly number[]): void {
    this.returned = [...items, ...this.returned ?? []];
  }

  /** Notes that a worker died over an item; gives how often that has happened before. */
  deathOf(item: number): number {
    const deaths = this.#deaths ??= new Map(), before = deaths.get(item) ?? 0;
    deaths.set(item, before + 1);
    return before;
  }

  /** An item's argument when it is one number and nothing else. */
  numberOf(_item: number): number | undefined {
    return undefined;
  }

  /** Items that have not ended, as far as they are known. */
  get left(): number {
    return (this.total ?? 0) - this.done;
  }

  /** An item's arguments in a few words. */
  abstract argsText(item: number): string;

  /** Takes the next items, if they are many and each is a number; gives the first and how many. */
  takeNumbers(_least: number, _most: number): readonly [first: number, count: number] | undefined {
    return undefined;
  }

  /** An item's encoded arguments, good until the next are encoded; may throw, which fails the item. */
  abstract encode(item: number): ItemBytes;

  /** Whether it lets go of an item's bytes itself; else they are let go of when the item is settled. */
  get keepsBytes(): boolean {
    return false;
  }

  /** Its items must wait: what of them is good only for now is made good for later. */
  keep(): void {}

  /** An item has its value. */
  fulfil(item: number, value: unknown): void {
    if (this.isOver) return;
    this.done++;
    this.settle(item, true, value);
    if (this.#onProgress) this.#tell(this.#onProgress);
  }

  /** Neighbours from an item on have their values, which are numbers. */
  fulfilMany(first: number, values: Float64Array): void {
    if (!this.#onProgress) {
      if (this.isOver) return;
      this.done += values.length;
      return this.fulfilRun(first, values);
    }
    // What is told may do anything, and the values be others then.
    for (const [i, value] of values.slice().entries()) this.fulfil(first + i, value);
  }

  /** An item has failed. */
  reject(item: number, reason: unknown): void {
    if (this.isOver) return;
    this.done++;
    this.failed++;
    appendCaller(reason, this.callerOf(item));
    this.settle(item, false, reason);
    if (this.#onProgress) this.#tell(this.#onProgress);
  }

  #tell(onProgress: NonNullable<JobOptions["onProgress"]>): void {
    const { done, failed, total } = this;
    try {
      onProgress({ done, total, failed, elapsed: performance.now() - this.#started });
    } catch (error) {
      this.abandon(error);
    }
  }

  /** Items in all, where that is known. */
  protected abstract readonly total: number | undefined;
  /** Whether nothing of it is to be run any more. */
  abstract readonly isOver: boolean;
  /** Whether somebody waits for its end, so that the program must not end before. */
  get isAwaited(): boolean {
    return true;
  }
  /** Whether it waits for somebody to take results before it gives more items. */
  get isStalled(): boolean {
    return false;
  }
  /** How many calls of its caller's have not ended. */
  get pending(): number {
    return 1;
  }
  /** Whether it has no item to give, and will have none unless one is given back. */
  get isDrained(): boolean {
    return !this.returned?.length && this.isExhausted;
  }
  /** Whether it has drawn all its items. */
  protected abstract readonly isExhausted: boolean;
  /** Whether its items are shares of a loop. */
  get isLoop(): boolean {
    return false;
  }
  /** Whether nothing is done when an item has ended, until all have. */
  get isQuiet(): boolean {
    return false;
  }
  /** Whether a failure ends it, so that nothing more is to be begun. */
  get failsFast(): boolean {
    return false;
  }
  /** New items, at most `most`. */
  protected abstract draw(most: number): number[];
  /** Notes how an item ended: its value, or the reason of its failure. */
  protected abstract settle(item: number, isFulfilled: boolean, outcome: unknown): void;
  /** Notes the values of neighbours; calls nothing of the user's before it has read them all. */
  protected abstract fulfilRun(first: number, values: Float64Array): void;
  /** Gives the whole up, with the reason. */
  abstract abandon(reason: unknown): void;
  /** The pool takes no more calls: what waits for a consumer need not. */
  closing(): void {}
}

/** What a {@linkcode MapJob} does beyond the rest. */
export interface MapJobOptions extends JobOptions {
  /** Reject with the first failure that arrives, and hand out nothing more. */
  readonly failFast: boolean;
  /** Resolve with how each item ended. */
  readonly settleAll: boolean;
  /** The items are shares of a loop. */
  readonly isLoop?: boolean;
}

/** A call for each of a list of arguments; the results in their order. */
export class MapJob extends Job {
  protected readonly total: number;
  readonly #values: unknown[];
  readonly #failures = new Map<number, unknown>();
  /** The share of a loop that was encoded last. */
  #share: { readonly item: unknown; readonly bytes: ItemBytes } | undefined;
  #next = 0;
  #over = false;

  /** `spread`: what makes an item arguments; absent, the item is the only one. */
  constructor(
    readonly options: MapJobOptions,
    readonly items: readonly unknown[],
    readonly spread: ((item: unknown) => readonly unknown[]) | undefined,
    readonly settler: Settler<unknown[]>,
  ) {
    super(options);
    this.total = items.length;
    this.#values = new Array(items.length);
    if (items.length === 0) this.#finish();
  }

  get isOver(): boolean {
    return this.#over;
  }

  protected get isExhausted(): boolean {
    return this.#next === this.total;
  }

  override get isLoop(): boolean {
    return this.options.isLoop ?? false;
  }

  override get failsFast(): boolean {
    return this.options.failFast;
  }

  override get isQuiet(): boolean {
    return !this.options.onProgress && !this.options.failFast && this.timeout === Infinity;
  }

  override numberOf(index: number): number | undefined {
    const item = this.items[index];
    return !this.spread && typeof item === "number" ? item : undefined;
  }

  argsText(index: number): string {
    const item = this.items[index];
    // Not spread: to iterate may use it up.
    if (!this.isLoop) return shortenArgs(this.spread && Array.isArray(item) ? item : [item]);
    const [, , n, , , from, to] = (item as [Share])[0];
    return to > 0 ? `indices ${from} to ${to - 1}` : `a share of ${n} indices`;
  }

  encode(index: number): ItemBytes {
    const { items, spread } = this, item = items[index];
    if (!this.isLoop) return encodeArgs(spread ? spread(item) : [item]);
    // Shares of a loop are the same list as long as nothing tells them apart.
    const last = this.#share;
    if (last && last.item === item && last.bytes.isInUse) return last.bytes.share();
    const bytes = encodeArgs(spread!(item));
    bytes.keep();
    this.#share = { item, bytes };
    return bytes;
  }

  override takeNumbers(least: number, most: number): readonly [first: number, count: number] | undefined {
    if (this.spread || this.#over || this.returned?.length) return undefined;
    const { items, total } = this, first = this.#next, end = Math.min(total, first + most);
    let next = first;
    while (next < end && typeof items[next] === "number") next++;
    if (next - first < least) return undefined;
    this.#next = next;
    return [first, next - first];
  }

  protected draw(most: number): number[] {
    const drawn = new Array<number>(Math.min(most, this.total - this.#next));
    for (let i = 0; i < drawn.length; i++) drawn[i] = this.#next++;
    return drawn;
  }

  protected fulfilRun(first: number, given: Float64Array): void {
    const values = this.#values;
    for (let i = 0; i < given.length; i++) values[first + i] = given[i];
    if (this.done === this.total) this.#finish();
  }

  protected settle(index: number, isFulfilled: boolean, outcome: unknown): void {
    if (isFulfilled) this.#values[index] = outcome;
    else this.#failures.set(index, outcome);
    if (!isFulfilled && this.options.failFast) this.abandon(outcome);
    else if (this.done === this.total) this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.fn.release();
    const values = this.#values, failures = this.#failures;
    if (this.options.settleAll) {
      const outcomes = Array.from(
        values,
        (value, i): PromiseSettledResult<unknown> =>
          failures.has(i) ? { status: "rejected", reason: failures.get(i) } : { status: "fulfilled", value },
      );
      return this.settler.resolve(outcomes);
    }
    if (!failures.size) return this.settler.resolve(values);
    let lowest = Infinity;
    for (const index of failures.keys()) lowest = Math.min(lowest, index);
    this.settler.reject(failures.get(lowest));
  }

  abandon(reason: unknown): void {
    this.#over = true;
    this.fn.release();
    this.settler.reject(reason);
  }
}
