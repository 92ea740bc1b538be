/**
 * What all queues have in common: a fifo, and how to wait for it.
 *
 * Who wakes a getter: a put, or the end; a putter: a get, or the end; a putter behind another of its thread: that one,
 * when it is done. An item is in shared memory when a put returns.
 *
 * @module
 */

import { COUNTING_FIFO_BYTES, Fifo, FIFO_BYTES, scratch, type Taken } from "./_fifo.ts";
import { repairFifo } from "./_fifo_repair.ts";
import { makeMessage, type Message, readMessage } from "./message.ts";
import { registerRepair } from "./_owners.ts";
import { load, Primitive } from "./_primitive.ts";
import { BODY, DATA, heapBytes, reapAfter, reapNoMore, reapSegments } from "./_segments.ts";
import { type Block, blockContaining } from "./block.ts";
import { QueueClosedError, QueueEmptyError, QueueFullError } from "./errors.ts";
import { within } from "./keepalive.ts";
import { CHANGE, READY } from "./waitable.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions, wake } from "./wait.ts";

/** The limits of a queue. */
export interface QueueOptions {
  /** Items at most; absent: no limit. */
  readonly capacity?: number;
  /** Bytes of items at most, as they lie in shared memory; a larger item goes alone. Absent: no limit. */
  readonly byteCapacity?: number;
}

function checkLimit(value: number | undefined, name: string): number {
  if (value === undefined) return 0;
  if (typeof value !== "number") throw new TypeError(`Cannot make a queue: ${name} must be a number`);
  if (!Number.isSafeInteger(value) || value < 1 || value >= 2 ** 31) {
    throw new RangeError(`Cannot make a queue: ${name} must be a positive integer, got ${value}`);
  }
  return value;
}

/** Reads a message that was taken from a fifo. */
export function readTaken(fifo: Fifo, taken: number | Block): unknown {
  if (typeof taken === "number") return readMessage(scratch, 0, taken);
  const at = taken.offset + DATA + BODY;
  try {
    const end = taken.offset + taken.byteLength;
    return readMessage(heapBytes(end), at, load(at - BODY) >>> 0);
  } finally {
    fifo.giveBack(taken);
  }
}

/** Puts that wait in this thread, by the place of their queue: the next one waits for them, so that order is kept. */
const waitingPuts = new Map<number, Promise<unknown>>();

/**
 * What all queues have in common: they are places in shared memory, and {@linkcode waitAny} can wait for them.
 *
 * @typeParam T What the items are.
 */
export abstract class BaseQueue<T> extends Primitive {
  readonly #fifo: Fifo;

  /** @ignore */
  protected constructor({ capacity, byteCapacity }: QueueOptions, countsTasks: boolean) {
    const items = checkLimit(capacity, "capacity"), bytes = checkLimit(byteCapacity, "byteCapacity");
    super("queue", countsTasks ? COUNTING_FIFO_BYTES : FIFO_BYTES);
    this.#fifo = new Fifo(blockContaining(this.offset)!);
    if (this.isNew) this.#fifo.init(items, bytes, countsTasks);
    reapAfter(this);
  }

  /** @ignore The fifo; throws when this object or the queue was disposed. */
  protected get fifo(): Fifo {
    if (this.isDisposed) throw this.disposedError();
    return this.#fifo;
  }

  /** Tries to put; throws when the queue is closed, or shared memory is full. */
  #offer(message: Message): boolean {
    const outcome = this.isDisposed ? "closed" : this.#fifo.put(message);
    if (outcome === "closed") throw new QueueClosedError("Cannot put into the queue: it was closed");
    return outcome === "done";
  }

  /** @ignore */
  protected putItem(item: T, options: WaitOptions): Promise<void> {
    let message: Message | undefined;
    try {
      const deadline = deadlineOf(options);
      options.signal?.throwIfAborted();
      message = makeMessage(item, "item");
      const before = waitingPuts.get(this.#fifo.offset);
      if (!before && this.#offer(message)) return Promise.resolve();
      this.#fifo.keep(message);
      return this.#putInTurn(message, before, deadline, options);
    } catch (error) {
      message?.discard();
      return Promise.reject(error);
    }
  }

  /** Puts when those are done that this thread began to put before. */
  #putInTurn(
    message: Message,
    before: Promise<unknown> | undefined,
    deadline: number,
    options: WaitOptions,
  ): Promise<void> {
    const { offset } = this.#fifo, put = this.#putWaiting(message, before, deadline, options);
    // One that gives up early does not let the next one overtake those before it.
    const turn = Promise.allSettled([before, put]).then(() => {
      if (waitingPuts.get(offset) === turn) waitingPuts.delete(offset);
    });
    waitingPuts.set(offset, turn);
    return put;
  }

  async #putWaiting(
    message: Message,
    before: Promise<unknown> | undefined,
    deadline: number,
    options: WaitOptions,
  ): Promise<void> {
    const { signal } = options, { departures } = this.#fifo;
    try {
      if (before) {
        const timeout = Math.max(0, deadline - performance.now());
        if (!await within(before, { timeout, signal })) throw this.#full(options);
      }
      for (;;) {
        const seen = this.isDisposed ? 0 : load(departures);
        if (this.#offer(message)) break;
        if (!await sleepAsync(departures, seen, deadline, signal)) throw this.#full(options);
      }
      this.#passOn();
    } catch (error) {
      message.discard();
      throw error;
    }
  }

  /** One item taken may have made room for several smaller ones: the next who waits is to look, too. */
  #passOn(): void {
    if (!this.isDisposed && this.#fifo.isByteBound) wake(this.#fifo.departures, 1);
  }

  /** @ignore */
  protected putItemSync(item: T, options: Pick<WaitOptions, "timeout">): void {
    const deadline = deadlineOf(options), message = makeMessage(item, "item");
    try {
      if (!this.#offer(message)) this.#putBlocking(message, deadline, options);
    } catch (error) {
      message.discard();
      throw error;
    }
  }

  #putBlocking(message: Message, deadline: number, options: WaitOptions): void {
    const { departures } = this.#fifo;
    this.#fifo.keep(message);
    for (;;) {
      const seen = this.isDisposed ? 0 : load(departures);
      if (this.#offer(message)) return this.#passOn();
      if (!sleepSync(departures, seen, deadline)) throw this.#full(options);
    }
  }

  /** @ignore */
  protected tryPutItem(item: T): boolean {
    const message = makeMessage(item, "item");
    let isDone = false;
    try {
      return isDone = this.#offer(message);
    } finally {
      if (!isDone) message.discard();
    }
  }

  #full({ timeout }: WaitOptions): QueueFullError {
    return new QueueFullError(`Cannot put into the queue: it was full for ${timeout} ms`);
  }

  /** @ignore Takes the first item if there is one. */
  protected take(): { readonly item: T } | undefined {
    const taken: Taken = this.isDisposed ? "closed" : this.#fifo.take();
    if (taken === "empty") return undefined;
    if (taken === "closed") {
      throw new QueueClosedError("Cannot get from the queue: it was closed and is empty");
    }
    return { item: readTaken(this.#fifo, taken) as T };
  }

  /** @ignore */
  protected getItem(options: WaitOptions): Promise<T> {
    try {
      const deadline = deadlineOf(options);
      options.signal?.throwIfAborted();
      const taken = this.take();
      return taken ? Promise.resolve(taken.item) : this.#getWaiting(deadline, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #getWaiting(deadline: number, options: WaitOptions): Promise<T> {
    const { arrivals } = this.#fifo;
    for (;;) {
      const seen = this.isDisposed ? 0 : load(arrivals), taken = this.take();
      if (taken) return taken.item;
      if (!await sleepAsync(arrivals, seen, deadline, options.signal)) throw this.#empty(options);
    }
  }

  /** @ignore */
  protected getItemSync(options: Pick<WaitOptions, "timeout">): T {
    const deadline = deadlineOf(options), taken = this.take();
    return taken ? taken.item : this.#getBlocking(deadline, options);
  }

  #getBlocking(deadline: number, options: WaitOptions): T {
    const { arrivals } = this.#fifo;
    for (;;) {
      const seen = this.isDisposed ? 0 : load(arrivals), taken = this.take();
      if (taken) return taken.item;
      if (!sleepSync(arrivals, seen, deadline)) throw this.#empty(options);
    }
  }

  #empty({ timeout }: WaitOptions): QueueEmptyError {
    return new QueueEmptyError(`Cannot get from the queue: it was empty for ${timeout} ms`);
  }

  /** @ignore Whether `get` would answer at once, with an item or an error. */
  get [READY](): boolean {
    return this.isDisposed || this.#fifo.isReady;
  }

  /** @ignore Waits until that may have changed. */
  async [CHANGE](signal: AbortSignal): Promise<void> {
    const { arrivals } = this.#fifo;
    if (this.isDisposed) return;
    const seen = load(arrivals);
    if (this[READY]) return;
    await sleepAsync(arrivals, seen, Infinity, signal);
    // It only looks: the wake belongs to somebody who takes.
    wake(arrivals, 1);
  }

  /** @ignore */
  protected override retire(forAll: boolean): void {
    reapNoMore(this);
    if (forAll) {
      this.#fifo.close();
      this.#fifo.clear();
    } else this.#fifo.stir();
  }

  /** @ignore */
  protected override rouse(): void {
    this.#fifo.rouse();
    if (!this.isNew) reapSegments();
  }
}

registerRepair("queue", (offset, dead) => repairFifo(offset, offset, dead));
