/**
 * Pipes: two connected ends, each of which any thread can hold.
 *
 * ```
 * words 0…15   the fifo from end 0 to end 1     (see _fifo.ts)
 * words 16…31  the fifo from end 1 to end 0
 * word 32, 33  the tag of the thread that used end 0, end 1 last; -2 * tag: that one has sent it to another, which has
 *              not begun to hold it; -2 * tag - 1: it was sent to that thread and no other, which has not either
 * word 34      bit 0, bit 1: end 0, end 1 was closed
 * ```
 *
 * Who wakes a receiver: a send; the other end's close(); if the thread that used the other end last dies, or the one to
 * which it is on its way, the main thread, which closes that end; if the other end was sent and never arrives, whoever takes the last pin back that was
 * made for its journey, and closes it. A message is in shared memory when `send` returns. The one that sets the second bit
 * of the ends frees the memory; if it dies on the way, the last holder's end does, and what was sent goes with the repair.
 *
 * @module
 */

import { Fifo, FIFO_BYTES } from "./_fifo.ts";
import { isLonely, repairFifo } from "./_fifo_repair.ts";
import { readTaken } from "./_base_queue.ts";
import { makeMessage } from "./message.ts";
import { registerRepair } from "./_owners.ts";
import { change, load, myTag, store } from "./_primitive.ts";
import { reapAfter, reapNoMore } from "./_segments.ts";
import { Block, blockContaining, registerUnpinned } from "./block.ts";
import { BufferTooShortError, QueueClosedError, TimeoutError } from "./errors.ts";
import { heapWords } from "./heap.ts";
import { isSentNow, senderOf, sends, sent, sentTo } from "./pipe_ends.ts";
import { type BlockReference, PACK, type Packed, registerUnpacker } from "./travel.ts";
import { CHANGE, READY } from "./waitable.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions, wake } from "./wait.ts";

const USERS = 2 * FIFO_BYTES, CLOSED_ENDS = USERS + 8, BYTES = USERS + 12;

type End = 0 | 1;
/** Which way messages go: both, or from end 1 to end 0 only. */
type Ways = "duplex" | "simplex";

/** How a pipe is made. */
export interface PipeOptions {
  /** Whether both ends send and receive; if not, the first only receives and the second only sends. @default true */
  readonly duplex?: boolean;
}

/** An array that a message of bytes can be received into. */
export type Receiver =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/**
 * One end of a {@linkcode pipe}.
 *
 * It may be handed to another thread; wherever it is used, it is the same end. `close()` is for that end, in every
 * thread: the other end can still receive what was sent, then gets `QueueClosedError`. When the thread that used an
 * end last dies, that end is closed; so is one that was sent and never arrives, once its sender knows that.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Connection, pipe } from "@multicore/multicore/shared";
 * import { Process } from "@multicore/multicore/pool";
 *
 * const [mine, theirs] = pipe();
 * const target = (end: Connection) => end.sendSync({ got: end.recvSync() });
 * const process = new Process({ target, args: [theirs] });
 * process.start();
 * await mine.send([1, 2]);
 * assertEquals(await mine.recv(), { got: [1, 2] });
 * await process.join();
 * mine.close();
 * ```
 */
export class Connection {
  readonly #block: Block;
  readonly #end: End;
  readonly #ways: Ways;
  readonly #fifos: readonly [Fifo, Fifo];

  /** @ignore Made by {@linkcode pipe}. */
  constructor(block: Block, end: End, ways: Ways) {
    this.#block = block;
    this.#end = end;
    this.#ways = ways;
    this.#fifos = fifosOf(block.reference);
    reapAfter(this);
  }

  /** Whether this end was closed, or its memory given back. */
  get closed(): boolean {
    return this.#block.released || (load(this.#block.offset + CLOSED_ENDS) & 1 << this.#end) !== 0;
  }

  #open(action: string): void {
    if (this.closed) throw new QueueClosedError(`Cannot ${action} the connection: it was closed`);
    const user = this.#block.offset + USERS + this.#end * 4, mine = myTag();
    if (load(user) !== mine) store(user, mine);
  }

  #outgoing(): Fifo {
    if (this.#ways === "simplex" && this.#end === 0) {
      throw new TypeError("Cannot send on the connection: this end only receives");
    }
    this.#open("send on");
    return this.#fifos[this.#end];
  }

  #incoming(): Fifo {
    if (this.#ways === "simplex" && this.#end === 1) {
      throw new TypeError("Cannot receive on the connection: this end only sends");
    }
    this.#open("receive on");
    return this.#fifos[1 - this.#end];
  }

  /**
   * Sends a message; it is in shared memory when this returns.
   *
   * @param message Anything that a task can return, as it is now.
   * @throws {QueueClosedError} If either end was closed; {TypeError} if this end only receives.
   * @throws {SerializationError} If the message cannot travel.
   */
  sendSync(message: unknown): void {
    const fifo = this.#outgoing(), made = makeMessage(message, "message");
    let isDone = false;
    try {
      isDone = fifo.put(made) === "done";
    } finally {
      if (!isDone) made.discard();
    }
    if (!isDone) throw new QueueClosedError("Cannot send on the connection: the other end was closed");
  }

  /**
   * The same as {@linkcode Connection.sendSync}, which does not block.
   *
   * @param message Anything that a task can return, as it is now.
   * @throws {QueueClosedError} If either end was closed; {TypeError} if this end only receives.
   * @throws {SerializationError} If the message cannot travel.
   */
  // deno-lint-ignore require-await -- so that errors reject
  async send(message: unknown): Promise<void> {
    this.sendSync(message);
  }

  #take(fifo: Fifo): { readonly message: unknown } | undefined {
    const taken = fifo.take();
    if (taken === "empty") return undefined;
    if (taken === "closed") {
      throw new QueueClosedError("Cannot receive on the connection: the other end was closed");
    }
    return { message: readTaken(fifo, taken) };
  }

  /**
   * Receives a message; the event loop goes on while there is none.
   *
   * @typeParam T What the message is expected to be.
   * @param options How long at most.
   * @returns The message.
   * @throws {QueueClosedError} If this end was closed, or the other one and nothing is left; {TypeError} if this end
   * only sends; {TimeoutError} if the timeout passed.
   */
  async recv<T = unknown>(options: WaitOptions = {}): Promise<T> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    for (;;) {
      const fifo = this.#incoming(), seen = load(fifo.arrivals), taken = this.#take(fifo);
      if (taken) return taken.message as T;
      if (!await sleepAsync(fifo.arrivals, seen, deadline, options.signal)) throw late(options);
    }
  }

  /**
   * Receives a message; blocks while there is none.
   *
   * @typeParam T What the message is expected to be.
   * @param options How long at most.
   * @returns The message.
   * @throws {QueueClosedError} If this end was closed, or the other one and nothing is left; {TypeError} if this end
   * only sends; {TimeoutError} if the timeout passed.
   */
  recvSync<T = unknown>(options: Pick<WaitOptions, "timeout"> = {}): T {
    const deadline = deadlineOf(options);
    sent();
    for (;;) {
      const fifo = this.#incoming(), seen = load(fifo.arrivals), taken = this.#take(fifo);
      if (taken) return taken.message as T;
      if (!sleepSync(fifo.arrivals, seen, deadline)) throw late(options);
    }
  }

  /**
   * Receives a typed array into one that is there.
   *
   * @param target Takes the elements, from its beginning on.
   * @param options How long at most.
   * @returns How many elements were written.
   * @throws {BufferTooShortError} If the message has more elements; the error carries it.
   * @throws {TypeError} If `target` is no typed array, or the message none of the same type; that one is lost.
   */
  async recvInto(target: Receiver, options: WaitOptions = {}): Promise<number> {
    // Before a message is taken.
    if (!ArrayBuffer.isView(target) || target instanceof DataView) {
      throw new TypeError("Cannot receive into what is no typed array");
    }
    const message = await this.recv(options);
    if (!ArrayBuffer.isView(message) || message.constructor !== target.constructor) {
      throw new TypeError(`Cannot receive into a ${target.constructor.name}: the message is none`);
    }
    const source = message as Receiver;
    if (source.length > target.length) {
      throw new BufferTooShortError(
        `Cannot receive ${source.length} elements into an array of ${target.length}: take them from the error's value`,
        message,
      );
    }
    target.set(source as never);
    return source.length;
  }

  /**
   * Waits until `recv` would answer at once: there is a message, or the other end was closed.
   *
   * @param options How long at most.
   * @returns Whether it would; false when the timeout passed.
   * @throws {QueueClosedError} If this end was closed; {TypeError} if this end only sends.
   */
  async poll(options: WaitOptions = { timeout: 0 }): Promise<boolean> {
    const deadline = deadlineOf(options);
    options.signal?.throwIfAborted();
    for (;;) {
      const fifo = this.#incoming(), seen = load(fifo.arrivals);
      if (fifo.isReady) return true;
      if (!await sleepAsync(fifo.arrivals, seen, deadline, options.signal)) return false;
      // It only looks: the wake belongs to somebody who takes.
      wake(fifo.arrivals, 1);
    }
  }

  /** @ignore Whether `recv` would answer at once, with a message or an error. */
  get [READY](): boolean {
    return this.closed || this.#incoming().isReady;
  }

  /** @ignore Waits until that may have changed. */
  async [CHANGE](signal: AbortSignal): Promise<void> {
    if (this.closed) return;
    const { arrivals } = this.#incoming(), seen = load(arrivals);
    if (this[READY]) return;
    await sleepAsync(arrivals, seen, Infinity, signal);
    wake(arrivals, 1);
  }

  /** Closes this end, for every thread. The memory goes when both ends are closed. Idempotent. */
  close(): void {
    if (this.closed) return this.#letGo();
    if (closeEnd(this.#block.offset, this.#end, this.#fifos) !== BOTH) return this.#letGo();
    for (const fifo of this.#fifos) fifo.clear();
    reapNoMore(this);
    this.#block.free();
    for (const fifo of this.#fifos) fifo.rouse();
  }

  #letGo(): void {
    reapNoMore(this);
    this.#block.release();
  }

  /** The same as {@linkcode Connection.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @ignore Travels by reference. */
  [PACK](): Packed {
    if (this.closed) throw new QueueClosedError("Cannot send the connection: it was closed");
    const user = this.#block.offset + USERS + this.#end * 4;
    sends(user); // from now on it is the receiver's
    return { tag: "Connection", blocks: [this.#block.reference], data: [this.#end, this.#ways] };
  }
}

/** Both ends are closed. */
const BOTH = 3;

const fifosOf = (block: BlockReference): readonly [Fifo, Fifo] => [
  new Fifo(block),
  new Fifo(block, FIFO_BYTES),
];

/** Closes one end; gives which are closed then, 0 if this one was already. */
function closeEnd(offset: number, end: End, fifos: readonly Fifo[]): number {
  const before = Atomics.or(heapWords(offset + BYTES), offset + CLOSED_ENDS >>> 2, 1 << end);
  for (const fifo of fifos) fifo.close();
  return before & 1 << end ? 0 : before | 1 << end;
}

function late({ timeout }: WaitOptions): TimeoutError {
  return new TimeoutError(`Cannot receive on the connection: no message came within ${timeout} ms`, timeout!);
}

/**
 * Makes a pipe: two connected ends.
 *
 * @param options Whether messages go both ways.
 * @returns Its ends; with `duplex: false` the receiver, then the sender.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { pipe } from "@multicore/multicore/shared";
 *
 * const [receiver, sender] = pipe({ duplex: false });
 * await sender.send("hello");
 * assertEquals(await receiver.recv(), "hello");
 * sender.close();
 * receiver.close();
 * ```
 */
export function pipe({ duplex = true }: PipeOptions = {}): [Connection, Connection] {
  const block = Block.allocate(BYTES, "pipe");
  for (const end of [0, 1]) store(block.offset + USERS + end * 4, myTag());
  for (const fifo of fifosOf(block.reference)) fifo.init(0, 0, false);
  const ways = duplex ? "duplex" : "simplex";
  return [new Connection(block, 0, ways), new Connection(Block.attach(block.reference), 1, ways)];
}

registerUnpacker("Connection", ([reference]: readonly BlockReference[], data) => {
  const [end, ways] = data as [End, Ways], block = Block.attach(reference);
  // If this thread dies before it has used the end, that is news for the other end, too.
  const user = block.offset + USERS + end * 4, sender = load(user);
  if (sender < 0) change(user, sender, myTag());
  return new Connection(block, end, ways);
});

registerUnpinned("pipe", (offset, undone) => {
  const block = blockContaining(offset);
  if (!block) return;
  for (const end of [0, 1] as const) {
    const user = offset + USERS + end * 4, sender = load(user);
    if (sender >= 0) continue;
    // Where it was not sent after all, it is still the sender's.
    const tag = senderOf(sender), isBack = tag !== undefined && (undone ?? isSentNow(user));
    if (!change(user, sender, isBack ? tag : 0) || isBack) continue;
    const fifos = fifosOf(block);
    if (closeEnd(offset, end, fifos) === BOTH) { for (const fifo of fifos) fifo.clear(); }
  }
});

registerRepair("pipe", (offset, dead) => {
  for (const at of [0, FIFO_BYTES]) repairFifo(offset, offset + at, dead);
  const block = blockContaining(offset);
  if (!block || isLonely(offset, dead)) return;
  const fifos = fifosOf(block);
  for (const end of [0, 1] as const) {
    // Also what a closer was killed in.
    const isClosed = load(offset + CLOSED_ENDS) & 1 << end;
    // Sent by the dead, it may arrive all the same; sent to it, never.
    const user = load(offset + USERS + end * 4), isTheirs = user === dead.tag || user === sentTo(dead.tag);
    if (isClosed || isTheirs) closeEnd(offset, end, fifos);
  }
  if (load(offset + CLOSED_ENDS) === BOTH) { for (const fifo of fifos) fifo.clear(); }
});
