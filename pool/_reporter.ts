/**
 * Inside a worker: tells the pool's creator how items ended.
 *
 * @module
 */

import type { MessagePort } from "node:worker_threads";
import { membership } from "../shared/heap.ts";
import { makeMessage, type Message } from "../shared/message.ts";
import { ringCreator } from "../shared/threads.ts";
import type { Board } from "./_board.ts";
import { discard, encode, type Wire } from "./_codec.ts";
import type { PoolReport } from "./_protocol.ts";
import { BEGUN, ERROR, NUMBERS_ENDED, type NumbersEnd, SPANS, VALUE } from "./_reports.ts";
import type { WorkerFigures } from "./_worker_figures.ts";

/** An outcome on its way: as bytes, or what only a message carries. */
export type Outcome =
  & { readonly isValue: boolean }
  & ({ readonly message: Message } | { readonly wire: Wire });

/** A worker's voice. */
export class Reporter {
  readonly #slot = membership().slot;
  /** What the worker tells of itself. */
  readonly figures: WorkerFigures;
  /** What is posted now is not made known before {@linkcode ring}. */
  isQuiet = false;
  #unknown = false;

  constructor(readonly board: Board, readonly line: MessagePort) {
    this.figures = board.figures(this.#slot);
    this.figures.begin();
  }

  /** Encodes how an item ended; what cannot travel becomes the error that says so. */
  encode(isValue: boolean, outcome: unknown, mayPost: boolean): Outcome {
    const path = isValue ? "result" : "the error";
    try {
      return { isValue, message: makeMessage(outcome, path, true) };
    } catch (error) {
      const wire = mayPost && wireOf(outcome, path);
      if (wire) return { isValue, wire };
      return { isValue: false, message: makeMessage(error, "the error", true) };
    }
  }

  /** Reports an item's outcome. */
  ended(sequence: number, index: number, duration: number, outcome: Outcome): void {
    const { isValue } = outcome;
    if ("wire" in outcome) {
      this.#post({ type: "posted", sequence, index, isValue, wire: outcome.wire, duration });
    } else {
      this.figures.given += outcome.message.weight;
      this.#send(outcome.message, isValue ? VALUE : ERROR, sequence, index, duration);
    }
  }

  /** Lets go of an outcome that will not be reported. */
  forget(outcome: Outcome): void {
    if ("wire" in outcome) discard(outcome.wire);
    else outcome.message.discard();
  }

  /** Reports items that ended with numbers. */
  numbersEnded(sequence: number, index: number, duration: number, end: NumbersEnd): void {
    this.#send(makeMessage(end, "the report", true), NUMBERS_ENDED, sequence, index, duration);
  }

  /** Tells that a timed item is about to begin. */
  begun(sequence: number, index: number): void {
    this.#send(makeMessage(null, "the report", true), BEGUN, sequence, index, 0);
  }

  /** Tells what the worker did in a lap of its record. */
  spans(lap: number, spans: Float64Array): void {
    this.#send(makeMessage(spans, "the report", true), SPANS, lap, 0, 0);
  }

  /** Tells what concerns the worker, also a creator that waits for nothing. */
  tell(type: number, duration: number, value: unknown = null): void {
    let message;
    try {
      message = makeMessage(value, "the error", true);
    } catch (error) {
      message = makeMessage(error, "the error", true);
    }
    this.#send(message, type, 0, 0, duration);
    this.#post({ type: "news" });
  }

  #send(message: Message, type: number, about: number, index: number, duration: number): void {
    const { isQuiet } = this;
    this.board.mailbox.post(message, { type, slot: this.#slot, about, index, duration }, isQuiet);
    this.#unknown = isQuiet;
    if (!isQuiet) ringCreator();
  }

  /** Makes known what was posted quietly; what is posted from now on is so at once. */
  ring(): void {
    this.isQuiet = false;
    if (!this.#unknown) return;
    this.#unknown = false;
    this.board.mailbox.ring();
    ringCreator();
  }

  #post(report: PoolReport): void {
    this.line.postMessage(report);
    ringCreator();
  }
}

/** The wire of what serialisation refuses or would lose; undefined when it cannot travel at all. */
function wireOf(outcome: unknown, path: string): Wire | undefined {
  try {
    return encode(outcome, path, { functions: false, handOver: true }).wire;
  } catch {
    return undefined;
  }
}
