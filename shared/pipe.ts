/**
 * Pipes: two connected ends, each of which any thread can hold.
 *
 * ```
 * words 0…9    the fifo from end 0 to end 1     (see _fifo.ts)
 * words 10…19  the fifo from end 1 to end 0
 * word 20, 21  the tag of the thread that used end 0, end 1 last
 * ```
 *
 * Who wakes a receiver: a send; the other end's close(); if the thread that used the other end last dies, the main
 * thread, which closes that end. A message is in shared memory when `send` returns.
 *
 * @module
 */

import {
  ARRIVALS,
  clearFifo,
  closeFifo,
  FIFO_BYTES,
  fifoCount,
  fifoIsClosed,
  getMessage,
  initFifo,
  putMessage,
  repairFifo,
} from "./_fifo.ts";
import { copyMessage, discardMessage, makeMessage, readMessage } from "./message.ts";
import { type Dead, registerRepair } from "./_owners.ts";
import { load, myTag, store } from "./_primitive.ts";
import { Block } from "./block.ts";
import { BufferTooShortError, QueueClosedError, TimeoutError } from "./errors.ts";
import { type BlockReference, PACK, type Packed, registerUnpacker } from "./travel.ts";
import { CHANGE, READY } from "./waitable.ts";
import { deadlineOf, sleepAsync, sleepSync, type WaitOptions } from "./wait.ts";

const USERS = 2 * FIFO_BYTES, BYTES = USERS + 8;

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
 * end last dies, that end is closed.
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

  /** @ignore Made by {@linkcode pipe}. */
  constructor(block: Block, end: End, ways: Ways) {
    this.#block = block;
    this.#end = end;
    this.#ways = ways;
  }

  /** Whether this end was closed, or its memory given back. */
  get closed(): boolean {
    return this.#block.released || load(this.#block.offset + USERS + this.#end * 4) === CLOSED_END;
  }

  #open(action: string): number {
    if (this.closed) throw new QueueClosedError(`Cannot ${action} the connection: it was closed`);
    const { offset } = this.#block;
    store(offset + USERS + this.#end * 4, myTag());
    return offset;
  }

  #outgoing(): number {
    if (this.#ways === "simplex" && this.#end === 0) {
      throw new TypeError("Cannot send on the connection: this end only receives");
    }
    return this.#open("send on") + this.#end * FIFO_BYTES;
  }

  #incoming(): number {
    if (this.#ways === "simplex" && this.#end === 1) {
      throw new TypeError("Cannot receive on the connection: this end only sends");
    }
    return this.#open("receive on") + (1 - this.#end) * FIFO_BYTES;
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
    if (putMessage(fifo, made) === "done") return;
    made.discard();
    throw new QueueClosedError("Cannot send on the connection: the other end was closed");
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

  #take(fifo: number): { readonly message: unknown } | undefined {
    let bytes: Uint8Array | undefined;
    const outcome = getMessage(fifo, (at, length) => bytes = copyMessage(at, length));
    if (outcome === "closed") {
      throw new QueueClosedError("Cannot receive on the connection: the other end was closed");
    }
    return bytes && { message: readMessage(bytes) };
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
      const fifo = this.#incoming(), seen = load(fifo + ARRIVALS), taken = this.#take(fifo);
      if (taken) return taken.message as T;
      if (!await sleepAsync(fifo + ARRIVALS, seen, deadline, options.signal)) throw late(options);
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
    for (;;) {
      const fifo = this.#incoming(), seen = load(fifo + ARRIVALS), taken = this.#take(fifo);
      if (taken) return taken.message as T;
      if (!sleepSync(fifo + ARRIVALS, seen, deadline)) throw late(options);
    }
  }

  /**
   * Receives a typed array into one that is there.
   *
   * @param target Takes the elements, from its beginning on.
   * @param options How long at most.
   * @returns How many elements were written.
   * @throws {BufferTooShortError} If the message has more elements; the error carries it.
   * @throws {TypeError} If the message is no typed array of the same type; it is lost.
   */
  async recvInto(target: Receiver, options: WaitOptions = {}): Promise<number> {
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
      const fifo = this.#incoming(), seen = load(fifo + ARRIVALS);
      if (fifoCount(fifo) > 0 || fifoIsClosed(fifo)) return true;
      if (!await sleepAsync(fifo + ARRIVALS, seen, deadline, options.signal)) return false;
    }
  }

  /** @ignore Whether `recv` would answer at once. */
  get [READY](): boolean {
    const fifo = this.#incoming();
    return fifoCount(fifo) > 0 || fifoIsClosed(fifo);
  }

  /** @ignore Waits until that may have changed. */
  async [CHANGE](signal: AbortSignal): Promise<void> {
    const fifo = this.#incoming(), seen = load(fifo + ARRIVALS);
    if (!this[READY]) await sleepAsync(fifo + ARRIVALS, seen, Infinity, signal);
  }

  /** Closes this end, for every thread. The memory goes when both ends are closed. Idempotent. */
  close(): void {
    if (this.closed) return;
    const { offset } = this.#block;
    closeEnd(offset, this.#end);
    if (load(offset + USERS) === CLOSED_END && load(offset + USERS + 4) === CLOSED_END) {
      for (const fifo of [offset, offset + FIFO_BYTES]) {
        clearFifo(fifo, (at, length) => discardMessage(copyMessage(at, length)));
      }
      this.#block.free();
    } else this.#block.release();
  }

  /** The same as {@linkcode Connection.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @ignore Travels by reference. */
  [PACK](): Packed {
    this.#open("send");
    store(this.#block.offset + USERS + this.#end * 4, 0); // from now on it is the receiver's
    return { tag: "Connection", blocks: [this.#block.reference], data: [this.#end, this.#ways] };
  }
}

/** Stands where the last user's tag would: the end was closed. */
const CLOSED_END = -1;

function closeEnd(offset: number, end: End): void {
  store(offset + USERS + end * 4, CLOSED_END);
  closeFifo(offset);
  closeFifo(offset + FIFO_BYTES);
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
  initFifo(block.offset, 0, 0);
  initFifo(block.offset + FIFO_BYTES, 0, 0);
  const ways = duplex ? "duplex" : "simplex";
  return [new Connection(block, 0, ways), new Connection(Block.attach(block.reference), 1, ways)];
}

registerUnpacker("Connection", ([reference]: readonly BlockReference[], data) => {
  const [end, ways] = data as [End, Ways];
  return new Connection(Block.attach(reference), end, ways);
});

registerRepair("pipe", (offset, dead: Dead) => {
  repairFifo(offset, dead);
  repairFifo(offset + FIFO_BYTES, dead);
  for (const end of [0, 1] as const) if (load(offset + USERS + end * 4) === dead.tag) closeEnd(offset, end);
});
