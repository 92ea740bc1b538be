/**
 * Queues that any thread can put into and get from.
 *
 * An item is in shared memory when `put` returns: there is no feeder thread, so a producer may end or die at once, and
 * nothing is lost or stuck. A thread that is killed loses at most the item that it was handling. The state and its
 * table are those of a fifo (`_fifo.ts`), the waits are in `_base_queue.ts`.
 *
 * @module
 */

import { BaseQueue, type QueueOptions } from "./_base_queue.ts";
import { load, rebuild } from "./_primitive.ts";
import { QueueClosedError } from "./errors.ts";
import { registerUnpacker } from "./travel.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions } from "./wait.ts";

export { BaseQueue, type QueueOptions } from "./_base_queue.ts";

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
    super(options, "taskDone" in new.target.prototype);
  }

  /** Items that are in it. May be late. */
  get size(): number {
    return this.fifo.count;
  }

  /**
   * Puts an item; waits while the queue is full, the event loop goes on.
   *
   * @param item The item, as it is now.
   * @param options How long at most.
   * @throws {QueueFullError} If the timeout passed; {QueueClosedError} if the queue was closed; then the item is not in it.
   * @throws {SerializationError} If the item cannot travel.
   */
  put(item: T, options: WaitOptions = {}): Promise<void> {
    return this.putItem(item, options);
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
   * @returns The item, or undefined; also undefined for an item that is undefined itself.
   * @throws {QueueClosedError} If the queue is closed and empty.
   */
  tryGet(): T | undefined {
    return this.take()?.item;
  }

  /** Closes it, for every thread, and wakes all who wait. Idempotent. */
  close(): void {
    this.fifo.close();
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
  /**
   * Says that an item that was got is done. The thread that got it does so, if its death is to be survived.
   *
   * @throws {RangeError} If every item that was put is done already.
   */
  taskDone(): void {
    if (!this.fifo.finish()) {
      throw new RangeError("Cannot finish a task: taskDone() was called once too often");
    }
  }

  #left(): number {
    const left = this.isDisposed ? -1 : load(this.fifo.unfinished);
    if (left < 0) throw new QueueClosedError("Cannot join the queue: it was disposed");
    return left;
  }

  /**
   * Waits until every item that was put is done; the event loop goes on.
   *
   * @param options How long at most.
   * @returns Whether all are done; false when the timeout passed.
   * @throws {QueueClosedError} If the queue was disposed; `close()` alone ends no wait: what is in it can still be done.
   */
  async join(options: WaitOptions = {}): Promise<boolean> {
    const deadline = deadlineOf(options), word = this.fifo.unfinished;
    options.signal?.throwIfAborted();
    for (let left; (left = this.#left()) !== 0;) {
      if (!await sleepAsync(word, left, deadline, options.signal)) return false;
    }
    return true;
  }

  /**
   * Blocks until every item that was put is done.
   *
   * @param options How long at most.
   * @returns Whether all are done; false when the timeout passed.
   * @throws {QueueClosedError} If the queue was disposed.
   */
  joinSync(options: Pick<WaitOptions, "timeout"> = {}): boolean {
    const deadline = deadlineOf(options), word = this.fifo.unfinished;
    for (let left; (left = this.#left()) !== 0;) {
      if (!sleepSync(word, left, deadline)) return false;
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
    super({}, false);
  }

  /** Whether nothing is in it. May be late. */
  get empty(): boolean {
    return this.fifo.count === 0;
  }

  /**
   * Puts an item.
   *
   * @param item The item, as it is now.
   * @throws {SerializationError} If the item cannot travel.
   */
  put(item: T): Promise<void> {
    return this.putItem(item, {});
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

registerUnpacker("Queue", ([reference]) => rebuild(Queue, reference));
registerUnpacker("JoinableQueue", ([reference]) => rebuild(JoinableQueue, reference));
registerUnpacker("SimpleQueue", ([reference]) => rebuild(SimpleQueue, reference));
