/**
 * A pool's board: the bell its workers wait for, the batches that lie open for them, and the mailbox for their reports.
 *
 * ```
 * 0     the mailbox
 * 64    bell: moves on whenever there is something new to claim
 * 68    how many sleep, or were killed in their sleep
 * 72    how many look at the bell, and are not counted on yet
 * 76    how many of those who sleep were woken, and are not up yet: never more than that
 * 128…  64 entries of 4 words: sequence number of a batch (0: no entry), offset and generation of its frame
 *       what each worker tells of itself, by its thread's slot
 * ```
 *
 * The creator writes and clears entries, workers read them; the sequence number is written last and cleared first.
 * Who waits for the bell is woken by the creator when it publishes; if the creator dies, its workers die with it.
 *
 * @module
 */

import { Block } from "../shared/block.ts";
import { heapWords } from "../shared/heap.ts";
import { Mailbox, MAILBOX_BYTES } from "../shared/mailbox.ts";
import type { BlockReference } from "../shared/travel.ts";
import { restAsync, wake } from "../shared/wait.ts";
import type { Patience } from "./_patience.ts";
import { FIGURES_BYTES, WorkerFigures } from "./_worker_figures.ts";

const BELL = MAILBOX_BYTES, ENTRIES_AT = MAILBOX_BYTES + 64, ENTRY_WORDS = 4;
/** Words from the bell to the number of those who sleep. */
const SLEEPERS = 1;
/** Words from the bell to the number of those who look. */
const LOOKERS = 2;
/** Words from the bell to the number of those who were woken. */
const WOKEN = 3;
/** So many batches can lie open at once. */
export const ENTRIES = 64;
/** Slots of threads that the figures have room for: all that an item's word can name. */
const SLOTS = 512;
const FIGURES_AT = ENTRIES_AT + ENTRIES * ENTRY_WORDS * 4;
const BYTES = FIGURES_AT + SLOTS * FIGURES_BYTES;

/** An entry of the board. */
export interface Entry {
  /** Sequence number of the batch. */
  readonly sequence: number;
  /** Where its frame is. */
  readonly frame: BlockReference;
}

/** A board, as this thread sees it. */
export class Board {
  readonly mailbox: Mailbox;
  /** Byte offset of the bell. */
  readonly bell: number;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #entries: number;

  private constructor(readonly block: Block) {
    this.mailbox = new Mailbox(block.reference);
    this.bell = block.offset + BELL;
    this.#words = heapWords(block.offset + BYTES);
    this.#entries = (block.offset + ENTRIES_AT) >>> 2;
  }

  /** Makes a new one. */
  static make(): Board {
    const board = new Board(Block.allocate(BYTES, "pool"));
    board.mailbox.init();
    return board;
  }

  /** That of this worker's pool. */
  static join(reference: BlockReference): Board {
    return new Board(Block.attach(reference));
  }

  /** Opens a batch to the workers; gives the number of its entry, or -1 when all are taken. */
  publish({ sequence, frame }: Entry): number {
    for (let i = 0; i < ENTRIES; i++) {
      const at = this.#entries + i * ENTRY_WORDS;
      if (this.#words[at] !== 0) continue;
      this.#words[at + 1] = frame.offset | 0;
      this.#words[at + 2] = frame.generation;
      Atomics.store(this.#words, at, sequence);
      return i;
    }
    return -1;
  }

  /** Takes an entry away. */
  retract(entry: number): void {
    Atomics.store(this.#words, this.#entries + entry * ENTRY_WORDS, 0);
  }

  /** Has `count` of those who wait look. */
  ring(count: number): void {
    const bell = this.bell >>> 2;
    Atomics.add(this.#words, bell, 1);
    while (count > 0 && this.#takeOne(LOOKERS)) count--;
    if (count > 0) this.#wake(count);
  }

  /** Wakes some of those who sleep. Who was woken and is not up yet will look; so he need not be woken again. */
  #wake(count: number): void {
    const words = this.#words, bell = this.bell >>> 2;
    const asleep = Atomics.load(words, bell + SLEEPERS) - Atomics.load(words, bell + WOKEN);
    if (asleep <= 0) return;
    const wanted = Math.min(count, asleep);
    // Counted before: who is up at once is to find himself counted.
    Atomics.add(words, bell + WOKEN, wanted);
    for (let missing = wanted - wake(this.bell, wanted); missing > 0; missing--) this.#takeOne(WOKEN);
  }

  /** Has all look again; after a death, as the dead may have been one who was counted on. */
  ringAll(): void {
    Atomics.store(this.#words, (this.bell >>> 2) + LOOKERS, 0);
    Atomics.store(this.#words, (this.bell >>> 2) + WOKEN, 0);
    this.ring(Infinity);
  }

  /** Counts one less, if there is one. */
  #takeOne(counter: number): boolean {
    const word = (this.bell >>> 2) + counter;
    for (let count; (count = Atomics.load(this.#words, word)) > 0;) {
      if (Atomics.compareExchange(this.#words, word, count, count - 1) === count) return true;
    }
    return false;
  }

  /**
   * Looks for a moment whether the bell rings more often than `rings`; true when it has. Who looks is counted, and for
   * each ring the creator counts one less and spares a wake: whoever was counted out looks once more before he sleeps.
   */
  look(rings: number, patience: Patience): boolean {
    Atomics.add(this.#words, (this.bell >>> 2) + LOOKERS, 1);
    const hasRung = patience.spin(this.bell, rings);
    this.#takeOne(LOOKERS);
    return hasRung;
  }

  /** Waits until the bell has rung more often than `rings`. Who is killed meanwhile costs needless wakes later. */
  async sleep(rings: number): Promise<void> {
    const sleepers = (this.bell >>> 2) + SLEEPERS;
    Atomics.add(this.#words, sleepers, 1);
    try {
      await restAsync(this.bell, rings);
    } finally {
      // In this order: in between, killed, he costs needless wakes, and nobody a wake that he needs.
      this.#takeOne(WOKEN);
      Atomics.sub(this.#words, sleepers, 1);
    }
  }

  /** What the worker at `slot` tells of itself. */
  figures(slot: number): WorkerFigures {
    return new WorkerFigures(this.block.offset + FIGURES_AT + slot * FIGURES_BYTES);
  }

  /** How often the bell was rung. */
  get rings(): number {
    return Atomics.load(this.#words, this.bell >>> 2);
  }

  /** Whether a batch lies open. */
  has(sequence: number): boolean {
    for (let i = 0; i < ENTRIES; i++) {
      if (this.#words[this.#entries + i * ENTRY_WORDS] === sequence) return true;
    }
    return false;
  }

  /** The oldest batch that lies open and is not `isDone`. */
  oldest(isDone: (sequence: number) => boolean): Entry | undefined {
    let least = Infinity, found = -1;
    for (let i = 0; i < ENTRIES; i++) {
      const sequence = this.#words[this.#entries + i * ENTRY_WORDS];
      if (sequence === 0 || sequence >= least || isDone(sequence)) continue;
      least = sequence;
      found = i;
    }
    if (found < 0) return undefined;
    const at = this.#entries + found * ENTRY_WORDS;
    const frame = { offset: this.#words[at + 1] >>> 0, generation: this.#words[at + 2] };
    // Another batch may have taken its place meanwhile: look again.
    if (Atomics.load(this.#words, at) !== least) return this.oldest(isDone);
    return { sequence: least, frame };
  }
}
