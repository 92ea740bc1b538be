/**
 * Single calls of one function, made one after the other: the items of one job, so that each costs little beside its
 * promise.
 *
 * What the arguments are at the call is what the function gets, however long the call queues: numbers and lists of
 * primitives are remembered, anything else as bytes. Calls join a job as long as it is not over, and no other was made in between.
 *
 * @module
 */

import { type CallSite, callSite } from "./_call_site.ts";
import type { EncodedFunction } from "./_function_bytes.ts";
import { areSteady, bytesText, encodeArgs, ItemBytes } from "./_item_bytes.ts";
import { Job } from "./_job.ts";
import { shortenArgs } from "./_shorten.ts";

/** So many calls a job takes: what is left of those that are done is kept until all are. */
const MOST = 1024;

/** A call's arguments: a number alone, primitives, or bytes. */
type Given = number | readonly unknown[] | ItemBytes;
type Settle = (outcome: never) => void;

const isPrimitive = (value: unknown) =>
  typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol" || value === null;

/** Calls of one function. */
export class CallsJob extends Job {
  protected readonly total = undefined;
  readonly #given: (Given | undefined)[] = [];
  readonly #resolve: (Settle | undefined)[] = [];
  readonly #reject: (Settle | undefined)[] = [];
  /** Where calls were made, each from an item on. */
  readonly #callers: { readonly from: number; readonly site: CallSite }[] = [];
  /** The arguments that were given last, if they can be given again as they are, and their bytes. */
  #last: { readonly args: readonly unknown[]; readonly bytes: ItemBytes } | undefined;
  #drawn = 0;
  #left = 0;

  constructor(fn: EncodedFunction, timeout: number) {
    super({ fn, timeout, chunksize: 1 });
  }

  /** Adds a call; throws when its arguments cannot travel. */
  call(args: readonly unknown[], resolve: Settle, reject: Settle): void {
    this.#given.push(this.#take(args));
    this.#resolve.push(resolve);
    this.#reject.push(reject);
    this.#left++;
  }

  #take(args: readonly unknown[]): Given {
    if (args.length === 1 && typeof args[0] === "number") return args[0];
    const last = this.#last;
    if (last?.bytes.isInUse && isSame(last.args, args)) return last.bytes.share();
    if (args.every(isPrimitive) && !args.includes(undefined)) return args.slice();
    const bytes = encodeArgs(args);
    if (bytes.wire) bytes.keep();
    else if (areSteady(args, bytes)) this.#last = { args: args.slice(), bytes };
    return bytes;
  }

  /** Whether another call of that function can join. */
  takes(fn: EncodedFunction, timeout: number): boolean {
    return fn === this.fn && timeout === this.timeout && !this.isOver && this.#given.length < MOST;
  }

  override get pending(): number {
    return this.#left;
  }

  override get left(): number {
    return this.#left;
  }

  argsText(item: number): string {
    const given = this.#given[item];
    if (given === undefined) return "";
    if (given instanceof ItemBytes) return bytesText(given);
    return shortenArgs(typeof given === "number" ? [given] : given);
  }

  get isOver(): boolean {
    return this.#left === 0;
  }

  protected get isExhausted(): boolean {
    return this.#drawn === this.#given.length;
  }

  override numberOf(item: number): number | undefined {
    const given = this.#given[item];
    return typeof given === "number" ? given : undefined;
  }

  override get keepsBytes(): boolean {
    return true;
  }

  encode(item: number): ItemBytes {
    const given = this.#given[item] as Exclude<Given, number>;
    if (given instanceof ItemBytes) return given;
    return encodeArgs(given);
  }

  override keep(): void {
    for (let item = this.#drawn; item < this.#given.length; item++) this.#keep(item);
    for (const item of this.returned ?? []) this.#keep(item);
  }

  #keep(item: number): void {
    const given = this.#given[item];
    if (given instanceof ItemBytes) given.keep();
  }

  protected draw(most: number): number[] {
    const drawn: number[] = [];
    while (drawn.length < most && this.#drawn < this.#given.length) {
      const item = this.#drawn++;
      if (this.#resolve[item]) drawn.push(item);
    }
    return drawn;
  }

  override noteCaller(): void {
    const site = callSite(this.fn.id), callers = this.#callers;
    if (callers[callers.length - 1]?.site !== site) callers.push({ from: this.#given.length - 1, site });
  }

  protected override callerOf(item: number): CallSite {
    return this.#callers.findLast(({ from }) => from <= item)?.site ?? {};
  }

  protected fulfilRun(first: number, values: Float64Array): void {
    for (let i = 0; i < values.length; i++) this.settle(first + i, true, values[i]);
  }

  protected settle(item: number, isFulfilled: boolean, outcome: unknown): void {
    const settle = (isFulfilled ? this.#resolve : this.#reject)[item], given = this.#given[item];
    if (!settle) return;
    // Nothing of it is kept: others of the job may take long.
    this.#resolve[item] = this.#reject[item] = this.#given[item] = undefined;
    if (given instanceof ItemBytes) {
      given.release();
      if (!this.#last?.bytes.isInUse) this.#last = undefined;
    }
    if (--this.#left === 0) this.fn.release();
    settle(outcome as never);
  }

  abandon(reason: unknown): void {
    for (let item = 0; item < this.#given.length; item++) this.settle(item, false, reason);
  }
}

/** Whether arguments are the very ones that were given before. */
function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
