/**
 * A call for each item of an input that is pulled only as fast as the results are taken.
 *
 * Invariants: at most `buffersize` items have been pulled and not yet yielded; each `next()` is answered by a result,
 * an error or the end, in the order of the calls; after the end nothing is pulled, and what is queued is dropped. A
 * waiting `next()` is answered by the scheduler when an item ends, by the input when it ends or fails, and by
 * `abandon()` when the pool does.
 *
 * @module
 */

import { PoolClosedError } from "../shared/errors.ts";
import { encodeArgs, type ItemBytes } from "./_item_bytes.ts";
import { Job, type JobOptions } from "./_job.ts";
import { shortenArgs } from "./_shorten.ts";
import { keepAlive } from "../shared/keepalive.ts";

/** What an {@linkcode ImapJob} does beyond the rest. */
export interface ImapJobOptions extends JobOptions {
  /** How many items may be pulled ahead of the consumer. */
  readonly buffersize: number;
  /** Yield in input order, or as they come. */
  readonly ordered: boolean;
}

type Input = Iterable<unknown> | AsyncIterable<unknown>;
type Outcome = PromiseSettledResult<unknown>;
interface Waiter {
  readonly resolve: (result: IteratorResult<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** The job and the iterator over its results. */
export class ImapJob extends Job implements AsyncIterableIterator<unknown> {
  protected total: number | undefined;
  readonly #sync: Iterator<unknown> | undefined;
  readonly #async: AsyncIterator<unknown> | undefined;
  /** Items of an asynchronous input that have arrived and were not handed out. */
  readonly #arrived: number[] = [];
  /** The inputs of the items that have not ended, by index. */
  readonly #inputs = new Map<number, unknown>();
  /** Results that wait for the consumer, by index. */
  readonly #results = new Map<number, Outcome>();
  readonly #order: number[] = [];
  readonly #waiters: Waiter[] = [];
  #pulled = 0;
  #yielded = 0;
  #pulling = false;
  #inputOver = false;
  /** What ends the iteration after the results before it: the input's error, or the pool's end. */
  #failure: { readonly error: unknown } | undefined;
  #over = false;
  #unbounded = false;

  constructor(readonly options: ImapJobOptions, readonly input: Input, readonly poke: () => void) {
    super(options);
    // Not by "in", for a string is iterable too.
    const { [Symbol.asyncIterator]: later } = input as AsyncIterable<unknown>;
    if (typeof later === "function") this.#async = (input as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    else this.#sync = (input as Iterable<unknown>)[Symbol.iterator]();
  }

  get isOver(): boolean {
    return this.#over;
  }

  protected get isExhausted(): boolean {
    return this.#inputOver && this.#arrived.length === 0;
  }

  /** Only a `next()` that waits keeps the program alive. */
  override get isAwaited(): boolean {
    return false;
  }

  override get isStalled(): boolean {
    return this.#room() === 0;
  }

  #room(): number {
    return this.#unbounded ? Infinity : Math.max(0, this.options.buffersize - (this.#pulled - this.#yielded));
  }

  /** What is finite for certain is run to its end after `close()`; what may be endless stops where its consumer does. */
  override closing(): void {
    const { length, size } = this.input as { length?: unknown; size?: unknown };
    if (this.#sync && Number.isSafeInteger(length ?? size)) this.#unbounded = true;
  }

  protected draw(most: number): number[] {
    if (this.#async) {
      void this.#pull();
      return this.#arrived.splice(0, most);
    }
    const drawn: number[] = [];
    for (let room = Math.min(most, this.#room()); room > 0 && !this.#inputOver; room--) {
      try {
        const { done, value } = this.#sync!.next();
        if (done) this.#endInput();
        else drawn.push(this.#item(value));
      } catch (error) {
        this.#endInput({ error });
      }
    }
    return drawn;
  }

  #item(value: unknown): number {
    this.#inputs.set(this.#pulled, value);
    return this.#pulled++;
  }

  override numberOf(index: number): number | undefined {
    const value = this.#inputs.get(index);
    return typeof value === "number" ? value : undefined;
  }

  override get left(): number {
    return this.#inputs.size;
  }

  argsText(index: number): string {
    return shortenArgs([this.#inputs.get(index)]);
  }

  encode(index: number): ItemBytes {
    return encodeArgs([this.#inputs.get(index)]);
  }

  /** Pulls from an asynchronous input as long as there is room; one pull at a time. */
  async #pull(): Promise<void> {
    if (this.#pulling || this.#inputOver) return;
    this.#pulling = true;
    while (this.#room() > 0 && !this.#inputOver && !this.#over) {
      try {
        const { done, value } = await this.#async!.next();
        if (done) this.#endInput();
        else if (!this.#over) this.#arrived.push(this.#item(value));
      } catch (error) {
        this.#endInput({ error });
      }
      this.poke();
    }
    this.#pulling = false;
  }

  #endInput(failure?: { readonly error: unknown }): void {
    this.#inputOver = true;
    this.#failure ??= failure;
    this.total = this.#pulled;
    this.#answer();
  }

  protected fulfilRun(first: number, values: Float64Array): void {
    for (const [i, value] of values.slice().entries()) this.settle(first + i, true, value);
  }

  protected settle(index: number, isFulfilled: boolean, value: unknown): void {
    this.#inputs.delete(index);
    this.#results.set(
      index,
      isFulfilled ? { status: "fulfilled", value } : { status: "rejected", reason: value },
    );
    if (!this.options.ordered) this.#order.push(index);
    this.#answer();
  }

  /** The next result, if it is there. */
  #shift(): Outcome | undefined {
    const index = this.options.ordered ? this.#yielded : this.#order.shift();
    if (index === undefined) return undefined;
    const outcome = this.#results.get(index);
    this.#results.delete(index);
    return outcome;
  }

  /** Answers those who wait, as far as there is something to say. */
  #answer(): void {
    while (this.#waiters.length) {
      const outcome = this.#shift();
      if (outcome) {
        this.#yielded++;
        const waiter = this.#waiters.shift()!;
        if (outcome.status === "fulfilled") waiter.resolve({ done: false, value: outcome.value });
        else waiter.reject(outcome.reason);
      } else if (this.#inputOver && this.#yielded === this.#pulled) {
        this.#over = true;
        const waiter = this.#waiters.shift()!, failure = this.#failure;
        this.#failure = undefined;
        if (failure) waiter.reject(failure.error);
        else waiter.resolve({ done: true, value: undefined });
      } else break;
    }
    // All has ended and only its results wait: the pool need not.
    if (this.#inputOver && this.done === this.#pulled) this.#over = true;
  }

  /** The next result; rejects with an item's error, after which the iteration goes on. */
  async next(): Promise<IteratorResult<unknown>> {
    const release = keepAlive();
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<unknown>>();
    this.#waiters.push({ resolve, reject });
    this.#answer();
    this.poke();
    try {
      return await promise;
    } finally {
      release();
    }
  }

  /** Leaves early: what is queued is dropped, the input is told, waiting calls get the end. */
  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    this.#drop();
    // At once: workers take what is queued without asking.
    this.poke();
    for (const waiter of this.#waiters.splice(0)) waiter.resolve({ done: true, value: undefined });
    await this.#leaveInput();
    return { done: true, value };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #drop(): void {
    this.#over = true;
    this.#results.clear();
    this.#order.length = this.#arrived.length = 0;
    this.returned = undefined;
    this.#inputs.clear();
    this.#yielded = this.#pulled;
    this.#failure = undefined;
  }

  async #leaveInput(): Promise<void> {
    if (this.#inputOver) return;
    this.#inputOver = true;
    await (this.#async ?? this.#sync)!.return?.();
  }

  abandon(reason: unknown): void {
    if (this.#over && !this.#waiters.length && this.#results.size === 0 && this.#inputOver) return;
    const closed = reason instanceof PoolClosedError;
    // After the pool's end the results that are there can still be taken; an abort drops them.
    if (!closed) this.#drop();
    this.#over = true;
    this.returned = undefined;
    this.#arrived.length = 0;
    const leave = this.#leaveInput();
    leave.catch(() => {});
    this.#failure = { error: reason };
    this.#cutShort();
    this.#answer();
  }

  /** Forgets the items that will never have a result. */
  #cutShort(): void {
    let there = this.#yielded;
    if (this.options.ordered) { while (this.#results.has(there)) there++; }
    else there += this.#results.size;
    this.#pulled = there;
    this.done = there;
  }
}
