/**
 * Inside a worker: the functions that it was told, by their numbers.
 *
 * @module
 */

import { deserialise } from "../shared/serialise.ts";
import { decode, prepare, type Wire } from "./_codec.ts";
import type { AnyFunction } from "./process.ts";

/** So many are remembered. */
const MOST = 64;

/** A worker's functions. */
export class Functions {
  readonly #known = new Map<number, AnyFunction>();
  readonly #arrivals = new Map<number, PromiseWithResolvers<Wire>>();

  /** A function that was used lately. */
  get(id: number): AnyFunction | undefined {
    return this.#known.get(id);
  }

  /** Decodes a function from its serialised wire; loads its modules first. */
  load(id: number, bytes: Uint8Array): Promise<AnyFunction> {
    return this.#decode(id, deserialise(bytes) as Wire);
  }

  async #decode(id: number, wire: Wire): Promise<AnyFunction> {
    await prepare(wire);
    const fn = decode(wire) as AnyFunction;
    this.#known.set(id, fn);
    if (this.#known.size > MOST) this.#known.delete(this.#known.keys().next().value!);
    return fn;
  }

  #arrival(id: number): PromiseWithResolvers<Wire> {
    let arrival = this.#arrivals.get(id);
    if (!arrival) this.#arrivals.set(id, arrival = Promise.withResolvers());
    return arrival;
  }

  /** A function that came by message. */
  arrived(id: number, wire: Wire): void {
    this.#arrival(id).resolve(wire);
    if (this.#arrivals.size > MOST) this.#arrivals.delete(this.#arrivals.keys().next().value!);
  }

  /** A function that comes by message: the creator posts it before it opens the batch, or when the worker starts. */
  async arrival(id: number): Promise<AnyFunction> {
    return await this.#decode(id, await this.#arrival(id).promise);
  }
}
