/**
 * Queues that any thread can put into and get from.
 *
 * An item is in shared memory when `put` returns: there is no feeder thread, so a producer may end or die at once, and
 * nothing is lost or stuck. A thread that is killed loses at most the item that it was handling. The state and the
 * waits are those of a fifo (`_fifo.ts`); a joinable queue counts its unfinished tasks in a word behind it:
 *
 * ```
 * word 10  tasks put and not yet done; joiners wait for it to be 0
 * ```
 *
 * @module
 */

import {
  ARRIVALS,
  clearFifo,
  closeFifo,
  DEPARTURES,
  FIFO_BYTES,
  fifoCount,
  fifoIsClosed,
  getMessage,
  initFifo,
  putMessage,
  repairFifo,
} from "./_fifo.ts";
import { copyMessage, discardMessage, makeMessage, type Message, readMessage } from "./message.ts";
import { registerRepair } from "./_owners.ts";
import { change, load, Primitive, rebuild } from "./_primitive.ts";
import { QueueClosedError, QueueEmptyError, QueueFullError } from "./errors.ts";
import { heapWords } from "./heap.ts";
import { CHANGE, READY } from "./waitable.ts";
import { registerUnpacker } from "./travel.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions, wakeAll } from "./wait.ts";

const UNFINISHED = FIFO_BYTES, BYTES = FIFO_BYTES + 4;

/** The limits of a {@linkcode Queue}. */
export interface QueueOptions {
  /** Items at most; absent: no limit. */
  readonly capacity?: number;
  /** Bytes of items at most; a larger item goes alone. Absent: no limit. */
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

/** What all queues have in common. */
abstract class BaseQueue<T> extends Primitive {
  /** @ignore */
  protected constructor({ capacity, byteCapacity }: QueueOptions) {
    const items = checkLimit(capacity, "capacity"), bytes = checkLimit(byteCapacity, "byteCapacity");
    super("queue", BYTES);
    if (this.isNew) initFifo(this.offset, items, bytes);
  }

  /** @ignore Counts an item that is about to be put; undone when it was not. */
  protected count(_change: 1 | -1): void {}

  /** Tries to put; throws when the queue is closed. */
  #offer(message: Message): boolean {
    this.count(1);
    const outcome = putMessage(this.offset, message);
    if (outcome === "done") return true;
    this.count(-1);
    if (outcome === "full") return false;
    message.discard();
    throw new QueueClosedError("Cannot put into the queue: it was closed");
  }

  /** @ignore */
  protected async putItem(item: T, options: WaitOptions): Promise<void> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    let message = makeMessage(item, "item");
    for (
      let seen = load(this.offset + DEPARTURES);
      !this.#offer(message);
      seen = load(this.offset + DEPARTURES)
    ) {
      message = message.keep();
      try {
        if (!await sleepAsync(this.offset + DEPARTURES, seen, deadline, options.signal)) {
          throw this.#full(options);
        }
      } catch (error) {
        message.discard();
        throw error;
      }
    }
  }

  /** @ignore */
  protected putItemSync(item: T, options: WaitOptions): void {
    const deadline = deadlineOf(options);
    let message = makeMessage(item, "item");
    for (
      let seen = load(this.offset + DEPARTURES);
      !this.#offer(message);
      seen = load(this.offset + DEPARTURES)
    ) {
      message = message.keep();
      if (sleepSync(this.offset + DEPARTURES, seen, deadline)) continue;
      message.discard();
      throw this.#full(options);
    }
  }

  /** @ignore */
  protected tryPutItem(item: T): boolean {
    const message = makeMessage(item, "item");
    if (this.#offer(message)) return true;
    message.discard();
    return false;
  }

  #full({ timeout }: WaitOptions): QueueFullError {
    return new QueueFullError(`Cannot put into the queue: it was full for ${timeout} ms`);
  }

  /** @ignore Takes the first item if there is one. */
  protected take(): { readonly item: T } | undefined {
    let bytes: Uint8Array | undefined;
    const outcome = getMessage(this.offset, (at, length) => bytes = copyMessage(at, length));
    if (outcome === "closed") {
      throw new QueueClosedError("Cannot get from the queue: it was closed and is empty");
    }
    return bytes && { item: readMessage(bytes) as T };
  }

  /** @ignore */
  protected async getItem(options: WaitOptions): Promise<T> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    for (;;) {
      const seen = load(this.offset + ARRIVALS), taken = this.take();
      if (taken) return taken.item;
      if (!await sleepAsync(this.offset + ARRIVALS, seen, deadline, options.signal)) {
        throw this.#empty(options);
      }
    }
  }

  /** @ignore */
  protected getItemSync(options: WaitOptions): T {
    const deadline = deadlineOf(options);
    for (;;) {
      const seen = load(this.offset + ARRIVALS), taken = this.take();
      if (taken) return taken.item;
      if (!sleepSync(this.offset + ARRIVALS, seen, deadline)) throw this.#empty(options);
    }
  }

  #empty({ timeout }: WaitOptions): QueueEmptyError {
    return new QueueEmptyError(`Cannot get from the queue: it was empty for ${timeout} ms`);
  }

  /** @ignore Whether `get` would answer at once. */
  get [READY](): boolean {
    return fifoCount(this.offset) > 0 || fifoIsClosed(this.offset);
  }

  /** @ignore Waits until that may have changed. */
  async [CHANGE](signal: AbortSignal): Promise<void> {
    const seen = load(this.offset + ARRIVALS);
    if (!this[READY]) await sleepAsync(this.offset + ARRIVALS, seen, Infinity, signal);
  }

  /** Gives the memory back, for everyone if this object made it; what is left in it is lost. Idempotent. */
  override [Symbol.dispose](): void {
    if (this.isNew && !this.isDisposed) {
      closeFifo(this.offset);
      clearFifo(this.offset, (at, length) => discardMessage(copyMessage(at, length)));
    }
    super[Symbol.dispose]();
  }
}

/**
 * A queue, first in first out, bounded or not.
 *
 * Many threads may put and many get; the items of one producer keep their order. An item may be anything that a task can
 * return. `close()` is for every thread: putting is refused, what is in it can still be got.
 *
 * Cost: an item is copied twice, into the heap and out of it; arrays that lie in shared memory are not copied.
 *
 * @typeParam T What the items are.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Process } from "@multicore/multicore/pool";
 * import { Queue } from "@multicore/multicore/shared";
 *
 * using queue = new Queue<number>({ capacity: 10 });
 * const target = (queue: Queue<number>) => {
 *   for (let i = 0; i < 100; i++) queue.putSync(i);
 *   queue.close();
 * };
 * const process = new Process({ target, args: [queue] });
 * process.start();
 * let sum = 0;
 * for await (const item of queue) sum += item;
 * await process.join();
 * assertEquals(sum, 4950);
 * ```
 */
export class Queue<T = unknown> extends BaseQueue<T> {
  /**
   * Makes an empty queue.
   *
   * @param options Its limits.
   * @throws {RangeError} If a limit is not a positive integer.
   */
  constructor(options: QueueOptions = {}) {
    super(options);
  }

  /** Items that are in it. May be late. */
  get size(): number {
    return fifoCount(this.offset);
  }

  /**
   * Puts an item; waits while the queue is full, the event loop goes on.
   *
   * @param item The item, as it is now.
   * @param options How long at most.
   * @throws {QueueFullError} If the timeout passed; {QueueClosedError} if the queue was closed; then the item is not in it.
   * @throws {SerializationError} If the item cannot travel.
   */
  async put(item: T, options: WaitOptions = {}): Promise<void> {
    await this.putItem(item, options);
  }

  /**
   * Puts an item; blocks while the queue is full.
   *
   * @param item The item, as it is now.
   * @param options How long at most.
   * @throws {QueueFullError} If the timeout passed; {QueueClosedError} if the queue was closed; then the item is not in it.
   * @throws {SerializationError} If the item cannot travel.
   */
  putSync(item: T, options: Pick<WaitOptions, "timeout"> = {}): void {
    this.putItemSync(item, options);
  }

  /**
   * Puts an item if there is room; answers at once.
   *
   * @param item The item, as it is now.
   * @returns Whether it is in the queue.
   * @throws {QueueClosedError} If the queue was closed; {SerializationError} if the item cannot travel.
   */
  tryPut(item: T): boolean {
    return this.tryPutItem(item);
  }

  /**
   * Takes the first item; waits while there is none, the event loop goes on.
   *
   * @param options How long at most.
   * @returns The item.
   * @throws {QueueEmptyError} If the timeout passed; {QueueClosedError} if the queue is closed and empty.
   */
  get(options: WaitOptions = {}): Promise<T> {
    return this.getItem(options);
  }

  /**
   * Takes the first item; blocks while there is none.
   *
   * @param options How long at most.
   * @returns The item.
   * @throws {QueueEmptyError} If the timeout passed; {QueueClosedError} if the queue is closed and empty.
   */
  getSync(options: Pick<WaitOptions, "timeout"> = {}): T {
    return this.getItemSync(options);
  }

  /**
   * Takes the first item if there is one; answers at once.
   *
   * @returns The item, or undefined.
   * @throws {QueueClosedError} If the queue is closed and empty.
   */
  tryGet(): T | undefined {
    return this.take()?.item;
  }

  /** Closes it, for every thread, and wakes all who wait. Idempotent. */
  close(): void {
    closeFifo(this.offset);
  }

  /** The items as they come, until the queue is closed and empty. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<T> {
    for (;;) {
      try {
        yield await this.getItem({});
      } catch (error) {
        if (error instanceof QueueClosedError) return;
        throw error;
      }
    }
  }
}

/**
 * A queue whose consumers say when an item is done, so that others can wait until all are.
 *
 * @typeParam T What the items are.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { JoinableQueue } from "@multicore/multicore/shared";
 *
 * using queue = new JoinableQueue<string>();
 * queue.putSync("a");
 * assertEquals(queue.getSync(), "a");
 * queue.taskDone();
 * await queue.join();
 * ```
 */
export class JoinableQueue<T = unknown> extends Queue<T> {
  /** @ignore */
  protected override count(change: 1 | -1): void {
    if (add(this.offset + UNFINISHED, change) === 1 && change < 0) wakeAll(this.offset + UNFINISHED);
  }

  /**
   * Says that an item that was got is done.
   *
   * @throws {RangeError} If every item that was put is done already.
   */
  taskDone(): void {
    const word = this.offset + UNFINISHED;
    for (;;) {
      const unfinished = load(word);
      if (unfinished === 0) {
        throw new RangeError("Cannot finish a task: taskDone() was called once too often");
      }
      if (!change(word, unfinished, unfinished - 1)) continue;
      if (unfinished === 1) wakeAll(word);
      return;
    }
  }

  /**
   * Waits until every item that was put is done; the event loop goes on.
   *
   * @param options How long at most.
   * @returns Whether all are done; false when the timeout passed.
   */
  async join(options: WaitOptions = {}): Promise<boolean> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    for (let left; (left = load(this.offset + UNFINISHED)) !== 0;) {
      if (!await sleepAsync(this.offset + UNFINISHED, left, deadline, options.signal)) return false;
    }
    return true;
  }

  /**
   * Blocks until every item that was put is done.
   *
   * @param options How long at most.
   * @returns Whether all are done; false when the timeout passed.
   */
  joinSync(options: Pick<WaitOptions, "timeout"> = {}): boolean {
    const deadline = deadlineOf(options);
    for (let left; (left = load(this.offset + UNFINISHED)) !== 0;) {
      if (!sleepSync(this.offset + UNFINISHED, left, deadline)) return false;
    }
    return true;
  }
}

/**
 * The simplest queue: unbounded, put never waits.
 *
 * @typeParam T What the items are.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { SimpleQueue } from "@multicore/multicore/shared";
 *
 * using queue = new SimpleQueue<number>();
 * await queue.put(1);
 * assertEquals(queue.empty, false);
 * assertEquals(await queue.get(), 1);
 * ```
 */
export class SimpleQueue<T = unknown> extends BaseQueue<T> {
  /** Makes an empty queue. */
  constructor() {
    super({});
  }

  /** Whether nothing is in it. May be late. */
  get empty(): boolean {
    return fifoCount(this.offset) === 0;
  }

  /**
   * Puts an item.
   *
   * @param item The item, as it is now.
   * @throws {SerializationError} If the item cannot travel.
   */
  async put(item: T): Promise<void> {
    await this.putItem(item, {});
  }

  /**
   * Puts an item.
   *
   * @param item The item, as it is now.
   * @throws {SerializationError} If the item cannot travel.
   */
  putSync(item: T): void {
    this.putItemSync(item, {});
  }

  /**
   * Takes the first item; waits while there is none, the event loop goes on.
   *
   * @param options How long at most.
   * @returns The item.
   * @throws {QueueEmptyError} If the timeout passed.
   */
  get(options: WaitOptions = {}): Promise<T> {
    return this.getItem(options);
  }

  /**
   * Takes the first item; blocks while there is none.
   *
   * @param options How long at most.
   * @returns The item.
   * @throws {QueueEmptyError} If the timeout passed.
   */
  getSync(options: Pick<WaitOptions, "timeout"> = {}): T {
    return this.getItemSync(options);
  }
}

function add(offset: number, change: number): number {
  return Atomics.add(heapWords(offset + 4), offset >>> 2, change);
}

registerUnpacker("Queue", ([reference]) => rebuild(Queue, reference));
registerUnpacker("JoinableQueue", ([reference]) => rebuild(JoinableQueue, reference));
registerUnpacker("SimpleQueue", ([reference]) => rebuild(SimpleQueue, reference));
registerRepair("queue", repairFifo);
