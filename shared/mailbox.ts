/**
 * What many threads tell one: small messages with a head, in the order of their arrival.
 *
 * A mailbox is a fifo at the beginning of a block of kind `"pool"`; what stands behind it is its owner's. Who waits for
 * `arrivals` is woken by each message, and by the main thread after a death.
 *
 * @module
 */

import { Fifo, FIFO_BYTES, scratch } from "./_fifo.ts";
import { repairFifo } from "./_fifo_repair.ts";
import { registerRepair } from "./_owners.ts";
import { BODY, DATA, heapBytes } from "./_segments.ts";
import { load } from "./_primitive.ts";
import type { Block } from "./block.ts";
import { heapWords } from "./heap.ts";
import { discardMessage, type Message, readMessage } from "./message.ts";
import type { BlockReference } from "./travel.ts";
import { wake } from "./wait.ts";

/** Bytes of a mailbox. */
export const MAILBOX_BYTES: number = FIFO_BYTES;

/** What a message says before its value. */
export interface Head {
  /** What kind of message it is. */
  type: number;
  /** The sender's thread record. */
  slot: number;
  /** What it is about: two numbers. */
  about: number;
  index: number;
  /** Milliseconds. */
  duration: number;
}

/** One mailbox, as this thread sees it. */
export class Mailbox {
  /** Byte offset of the word that moves on with each message. */
  readonly arrivals: number;
  /** The head of the message that was taken last. */
  readonly head: Head = { type: 0, slot: 0, about: 0, index: 0, duration: 0 };
  readonly #fifo: Fifo;
  /** Where the bytes of the message stand that was taken last. */
  #bytes: Uint8Array = scratch;
  #at = 0;
  #length = 0;
  #block: Block | undefined;

  constructor(block: BlockReference) {
    this.#fifo = new Fifo(block);
    this.arrivals = this.#fifo.arrivals;
  }

  /** Makes the words of a new one. */
  init(): void {
    this.#fifo.init(0, 0, false);
  }

  /**
   * Posts a message that was made with room for a head; false when nobody will read it any more. `isQuiet`: nobody is woken, nor
   * sees `arrivals` move, until {@linkcode ring} or another message.
   */
  post(message: Message, { type, slot, about, index, duration }: Head, isQuiet = false): boolean {
    view = view.buffer === message.bytes.buffer ? view : new DataView(message.bytes.buffer);
    const at = message.bytes.byteOffset + 1;
    view.setInt32(at, slot, true);
    view.setInt32(at + 4, about, true);
    view.setInt32(at + 8, index, true);
    view.setFloat64(at + 12, duration, true);
    view.setUint8(at + 20, type);
    try {
      if (this.#fifo.put(message, isQuiet) === "done") return true;
    } catch (error) {
      message.discard();
      throw error;
    }
    message.discard();
    return false;
  }

  /** Takes the next message: fills `head`. Then {@linkcode read} or {@linkcode drop} it. False when there is none. */
  take(): boolean {
    const taken = this.#fifo.take();
    if (taken === "empty" || taken === "closed") return false;
    if (typeof taken === "number") {
      this.#bytes = scratch;
      this.#at = 0;
      this.#length = taken;
    } else {
      const at = taken.offset + DATA + BODY;
      this.#block = taken;
      this.#bytes = heapBytes(taken.offset + taken.byteLength);
      this.#at = at;
      this.#length = load(at - BODY) >>> 0;
    }
    const { buffer, byteOffset } = this.#bytes, { head } = this, at = byteOffset + this.#at + 1;
    source = source.buffer === buffer ? source : new DataView(buffer);
    head.slot = source.getInt32(at, true);
    head.about = source.getInt32(at + 4, true);
    head.index = source.getInt32(at + 8, true);
    head.duration = source.getFloat64(at + 12, true);
    head.type = source.getUint8(at + 20);
    return true;
  }

  /** The value of the message that was taken last; once. */
  read(): unknown {
    try {
      return readMessage(this.#bytes, this.#at, this.#length);
    } finally {
      this.#giveBack();
    }
  }

  /** Lets go of the message that was taken last, unread. */
  drop(): void {
    try {
      discardMessage(this.#bytes, this.#at, this.#length);
    } finally {
      this.#giveBack();
    }
  }

  #giveBack(): void {
    const block = this.#block;
    this.#block = undefined;
    if (block) this.#fifo.giveBack(block);
  }

  /** Makes the quiet messages known. */
  ring(): void {
    if (this.#fifo.isClosed) return;
    Atomics.add(heapWords(), this.arrivals >>> 2, 1);
    wake(this.arrivals, 1);
  }

  /** Wakes who waits for `arrivals`, to look again. */
  stir(): void {
    this.#fifo.stir();
  }

  /** Ends it: what is in it is lost, what is posted is refused. */
  close(): void {
    this.#fifo.close();
    this.#fifo.clear();
  }
}

let view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));
let source: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0));

registerRepair("pool", (pool, dead) => repairFifo(pool, pool, dead));
