/**
 * What is explored: a few threads, their programs, and what must hold.
 *
 * @module
 */

import type { Modules, Mutation, Scale } from "./_load.ts";
import type { Env, Operation, Status } from "./_thread.ts";

/** One situation, of which all courses are explored. */
export interface Scenario<Shared = unknown> {
  readonly name: string;
  /** How large things are. */
  readonly scale: Scale;
  /** How many threads there are beside the main thread. */
  readonly workers: number;
  /** How many of them may be killed in one course. @default 0 */
  readonly kills?: number;
  /** Those that may be killed, by number from 1. @default all */
  readonly victims?: readonly number[];
  /** Whether a thread may also be stopped before a plain write, and before a plain read. @default "atomic" */
  readonly grain?: Grain;
  /** What the main thread does, beside burying the dead. */
  readonly main: (library: Modules, env: Env) => MainProgram<Shared>;
  /** What a worker does. */
  readonly worker: (library: Modules, env: Env, shared: Shared) => readonly Operation[];
  /** Fails where something must never be. Looks only. */
  readonly always?: (view: View) => void;
  /** Fails where nobody can go on and something should have happened. @default nobody may sleep */
  readonly atEnd?: (view: View) => void;
}

/** Before which accesses a thread may be stopped. */
export type Grain = "atomic" | "writes" | "all";

/** The main thread's part. */
export interface MainProgram<Shared> {
  /** What workers need to find the objects. */
  readonly shared: Shared;
  readonly operations?: readonly Operation[];
  /** Called where nobody can go on, with all the library's functions: fails where something is wrong. */
  readonly check?: (view: View) => void;
  /** Called behind that, if no worker sleeps and all were buried: gives back what `main` made, so that all is free. */
  readonly end?: () => void;
}

/** A state, as invariants see it. */
export interface View {
  /** The word at a byte offset. */
  load(offset: number): number;
  /** A word of the model's own. */
  ghost(word: number): number;
  /** How threads are; the main thread is the first. A main thread that waits for a death is done. */
  readonly statuses: readonly Status[];
  /** What they have noted. */
  readonly logs: readonly (readonly unknown[])[];
}

/** What was explored. */
export interface Report {
  readonly states: number;
  /** How often a thread was gone on with, or killed. */
  readonly moves: number;
  /** States in which nobody could go on. */
  readonly ends: number;
  /** Words that several threads use and one changes. */
  readonly sharedWords: number;
  readonly milliseconds: number;
  /** Whether every state was reached that can be. */
  readonly isComplete: boolean;
}

/** Limits of an exploration. */
export interface Limits {
  /** Threads are interrupted so often at most in one course. @default any number of times */
  readonly preemptions?: number;
  /** So many states at most; more are an error. @default 2,000,000 */
  readonly states?: number;
  /** Bugs to put in. */
  readonly mutations?: readonly Mutation[];
}

/** What was found, and how it comes to it. */
export class Counterexample extends Error {
  override name = "Counterexample";

  /**
   * @param finding What is wrong.
   * @param trace Every step that others could see, in order.
   */
  constructor(readonly finding: string, readonly trace: readonly string[], options?: ErrorOptions) {
    super(`${finding}\n  ${trace.join("\n  ")}`, options);
  }
}
