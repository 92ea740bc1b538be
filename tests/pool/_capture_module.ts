/**
 * A module that is not the main one: what it exports goes by reference, with this module's state in the worker.
 *
 * @module
 */

let calls = 0;
const secret = { word: "inner" };

/** Counts calls in whichever thread it runs. */
export function countCalls(): number {
  return ++calls;
}

/** Uses what only its module has. */
export const useSecret = (x: number): string => `${secret.word} ${x}`;

/** Knows where it comes from, which no copy would. */
export function whereAmI(): string {
  return import.meta.url;
}

/** A class with private state. */
export class Account {
  #balance: number;
  /** Opens it. */
  constructor(balance: number) {
    this.#balance = balance;
  }
  /** Pays in. */
  add(amount: number): this {
    this.#balance += amount;
    return this;
  }
  /** What there is. */
  get balance(): number {
    return this.#balance;
  }
}

/** A function that is not exported, handed out by one that is. */
export function makeAdder(n: number): (x: number) => number {
  return (x) => x + n + secret.word.length;
}

/** An alias. */
export { useSecret as aliased };

/** An enum. */
export enum Level {
  LOW = 1,
  HIGH = 7,
}

/** A live binding. */
export let live = 1;
/** Changes it. */
export function setLive(value: number): void {
  live = value;
}

/** The default. */
export default function defaultExport(x: number): string {
  return `default ${x} ${secret.word}`;
}
