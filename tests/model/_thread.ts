/**
 * A logical thread: real code that can be stopped before any access to shared memory, and gone on with from there.
 *
 * JavaScript cannot be copied in the middle of a function. But what a thread does depends on nothing but what its
 * accesses have given. So a state of a thread is the *steps* it has made since the last operation of its program began,
 * with their results; to go on from there the operation is called again, gets these results without touching the
 * memory, and then lives. To stop, the next access throws.
 *
 * @module
 */

import { assert } from "@std/assert";
import { type Copy, type Globals, load, type Modules, type Mutation, type Scale } from "./_load.ts";
import { EMPTY, extend, type Hash, hashOf } from "./_memory.ts";
import { ModuleKeeper, type ModuleState } from "./_module_state.ts";
import { HOW, type Kind, makeShadows, type Port } from "./_views.ts";

/** One operation of a program; `"again"`: is to be called once more. */
export type Operation = () => void | "again";

/** An access that a thread has made, or a call that has returned, and what it gave. */
export interface Step {
  readonly kind: Kind | "call";
  readonly index: number;
  readonly value: number;
  /** What a call has given, and how it has left the thread. */
  readonly returned?: Returned;
  readonly before: Step | undefined;
  readonly length: number;
  readonly hash: Hash;
}

/** The end of a call. */
interface Returned {
  readonly name: string;
  readonly result: unknown;
  readonly clock: number;
  /** What modules keep, where the call may have changed it. */
  readonly modules: ModuleState | undefined;
}

/** An access that a thread is about to make. */
export interface Access {
  readonly kind: Kind;
  readonly index: number;
  readonly a: number;
  readonly b: number;
}

/** Where an operation begins. */
interface Beginning {
  /** Which one. */
  readonly operation: number;
  readonly modules: ModuleState;
  readonly log: readonly unknown[];
  readonly clock: number;
  readonly hash: Hash;
}

/** ready: to make its next access · asleep: in it, a wait · moving: between two accesses, nobody need know · ended. */
export type Status = "ready" | "asleep" | "moving" | "done" | "dead";
const STATUSES: readonly Status[] = ["ready", "asleep", "moving", "done", "dead"];

/** A state of a thread; never changed. */
export interface ThreadState {
  readonly status: Status;
  readonly beginning: Beginning;
  readonly steps: Step | undefined;
  /** The next access, if it is ready, or the wait in which it is asleep. */
  readonly next: Access | undefined;
  /** What it has noted so far. */
  readonly log: readonly unknown[];
  readonly hash: Hash;
}

/** A state with these parts. */
export function makeState(parts: Omit<ThreadState, "hash">): ThreadState {
  const { status, beginning, steps, log } = parts;
  // What a dead thread would have done next says nothing.
  const past = status === "dead" ? hashOf(JSON.stringify(log)) : beginning.hash;
  const { low, high } = status === "dead" ? EMPTY : steps?.hash ?? EMPTY;
  return { ...parts, hash: extend(extend(extend(past, low), high), STATUSES.indexOf(status)) };
}

/** The same state one step later. */
export function withStep(
  state: ThreadState,
  status: Status,
  { kind, index }: Access,
  value: number,
): ThreadState {
  return makeState({ ...state, status, next: undefined, steps: makeStep(state.steps, kind, index, value) });
}

function makeStep(before: Step | undefined, kind: Step["kind"], index: number, value: number): Step {
  let hash = extend(before?.hash ?? EMPTY, value);
  if (kind === "call") hash = extend(hash, index);
  return { kind, index, value, before, length: (before?.length ?? 0) + 1, hash };
}

/** Who runs the threads. */
export interface Host {
  /** Whether others could see, or change, what this access does. */
  isVisible(thread: number, access: Access): boolean;
  /** Makes an access; a wait only if it does not sleep. */
  perform(thread: number, access: Access): number;
  /** Whether a wait would sleep. */
  sleeps(access: Access): boolean;
  /** The thread is in this state now; whether it is to go on. */
  reached(thread: number, state: ThreadState): boolean;
  /** Its program has failed. */
  failed(thread: number, error: unknown): void;
}

/** What programs can do beside calling the library. */
export interface Env {
  /** Which thread this is: 0 the main thread. */
  readonly id: number;
  /** How words name it. */
  readonly tag: number;
  /** Its record. */
  readonly slot: number;
  /** Does something to a word of the model's own, as a step that others see. */
  ghost(kind: Kind, word: number, a?: number, b?: number): number;
  /** Notes something; it belongs to the thread's state. */
  note(value: unknown): void;
}

const STOP = new Error("Cannot go on: the model has stopped this thread");

/** Threads pause so often at most before they sleep or do something else than look. */
const MOST_PAUSES = 8;

/** An operation that takes more steps is in a loop that nobody ends. */
const MOST_STEPS = 2000;

/** Calls that may change what modules keep. */
const CHANGING: ReadonlySet<string> = new Set(["repairAll", "repair", "sweepBlock", "unpin"]);

/** How a thread's access is answered. */
type Mode = "at once" | "from the past" | "live" | "stopped";

/** A logical thread. Its fields say what it does just now; its states are in the explorer's hands. */
export class LogicalThread implements Port {
  #copy!: Copy;
  #keeper!: ModuleKeeper;
  #unjoined!: ModuleState;
  #joined!: ModuleState;
  #host!: Host;
  #program!: () => readonly Operation[];
  #setUp: Step[] = [];
  #mode: Mode = "stopped";
  #past: Step[] = [];
  #position = 0;
  #recording = false;
  #armed = false;
  #steps: Step | undefined;
  #beginning!: Beginning;
  #log: unknown[] = [];
  #clock = 0;
  #pauses = 0;
  /** How many calls of {@linkcode CHANGING} have begun. */
  #repairs = 0;
  readonly #globals: object = {};

  private constructor(readonly id: number) {}

  /** Makes one with its own copy of the library. */
  static async make(
    id: number,
    memory: { readonly buffer: SharedArrayBuffer },
    scale: Scale,
    mutations: readonly Mutation[],
  ): Promise<LogicalThread> {
    const thread = new LogicalThread(id);
    const globals: Globals = {
      ...makeShadows(thread, (buffer): buffer is SharedArrayBuffer => buffer === memory.buffer),
      globalThis: thread.#globals,
      callThrough: (name: string, body: (...given: unknown[]) => unknown, given: unknown[]) =>
        thread.#call(name, body, given),
      performance: { now: () => thread.#clock },
      FinalizationRegistry: class {
        register() {}
        unregister() {}
      },
      WebAssembly: {
        Memory: function () {
          return memory;
        },
      },
    };
    thread.#copy = await load(globals, scale, mutations);
    thread.#keeper = new ModuleKeeper(thread.#copy.variables);
    thread.#unjoined = thread.#keeper.keep();
    return thread;
  }

  /** Its copy of the library. */
  get library(): Modules {
    return this.#copy.modules;
  }

  /**
   * Sets the thread up for a program: `join` has its modules find out what they find out once, `program` makes its
   * objects and gives its operations; all at once.
   */
  begin(host: Host, join: () => void, program: () => readonly Operation[]): ThreadState {
    this.#host = host;
    this.#program = program;
    this.#setUp = [];
    this.#past = [];
    this.#clock = 0;
    this.#log = [];
    for (const key of Object.getOwnPropertySymbols(this.#globals)) {
      delete (this.#globals as Record<symbol, unknown>)[key];
    }
    this.#keeper.putBack(this.#unjoined);
    this.#mode = "at once";
    join();
    this.#joined = this.#keeper.keep();
    this.#recording = true;
    program();
    this.#recording = false;
    const beginning = this.#begins(0);
    return makeState({ status: "moving", beginning, steps: undefined, next: undefined, log: beginning.log });
  }

  #begins(operation: number): Beginning {
    const modules = this.#keeper.keep(), log = [...this.#log], clock = this.#clock;
    const hash = hashOf(`${operation} ${clock} ${modules.text} ${JSON.stringify(log)}`);
    return { operation, modules, log, clock, hash };
  }

  /** Its objects once more, as they were at the beginning of an operation. */
  #rebuild({ modules, log, clock }: Beginning): readonly Operation[] {
    this.#keeper.putBack(this.#joined);
    this.#log = [...log];
    this.#clock = clock;
    this.#pauses = 0;
    this.#past = this.#setUp;
    this.#position = 0;
    this.#mode = "from the past";
    const operations = this.#program();
    assert(this.#position === this.#past.length, "the thread's objects were made in another way");
    this.#keeper.putBack(modules);
    return operations;
  }

  /** Goes on from a state until the host stops it. */
  goOn(state: ThreadState): void {
    const { beginning, steps, status } = state, operations = this.#rebuild(beginning);
    this.#beginning = beginning;
    this.#past = [];
    for (let step = steps; step; step = step.before) this.#past.push(step);
    this.#past.reverse();
    this.#position = 0;
    this.#steps = steps;
    this.#armed = status === "ready";
    if (!steps) this.#mode = "live";
    try {
      this.#runFrom(beginning.operation, operations);
    } catch (error) {
      if (error !== STOP && (this.#mode as Mode) !== "stopped") this.#host.failed(this.id, error);
    } finally {
      this.#mode = "stopped";
    }
  }

  #runFrom(operation: number, operations: readonly Operation[]): void {
    while (operation < operations.length) {
      const again = operations[operation]() === "again";
      if (this.#mode === "stopped") throw STOP;
      assert(this.#mode === "live" || this.#position === this.#past.length, "the thread took another way");
      if (!again) operation++;
      this.#mode = "live";
      this.#beginning = this.#begins(operation);
      this.#steps = undefined;
    }
    this.#host.reached(this.id, this.#state("done", undefined));
  }

  #state(status: Status, next: Access | undefined): ThreadState {
    return makeState({ status, beginning: this.#beginning, steps: this.#steps, next, log: [...this.#log] });
  }

  /** Runs `action` with the thread's objects as they are in a state between two operations, all at once. */
  atOnce<R>(state: ThreadState, action: () => R): R {
    this.#rebuild(state.beginning);
    this.#mode = "at once";
    try {
      return action();
    } finally {
      this.#mode = "stopped";
    }
  }

  access(kind: Kind, index: number, a = 0, b = 0, isGhost = false): number {
    if (this.#mode === "from the past") {
      if (this.#position < this.#past.length) return this.#remembered(kind, index);
      this.#mode = "live";
    }
    if (this.#mode === "stopped") throw STOP;
    const access = { kind, index, a, b };
    if (this.#mode === "at once") {
      if (kind === "wait" && this.#host.sleeps(access)) {
        throw new Error("Cannot sleep in a step of the model");
      }
      const value = this.#host.perform(this.id, access);
      if (this.#recording) this.#setUp.push(makeStep(undefined, kind, index, value));
      return value;
    }
    return this.#live(access, isGhost);
  }

  #remembered(kind: Kind, index: number): number {
    const step = this.#past[this.#position++];
    if (step.kind !== kind || step.index !== index) {
      throw new Error(`the thread took another way: ${kind} ${index} instead of ${step.kind} ${step.index}`);
    }
    if (kind === "wait") this.#passTime(step.value);
    this.#endSpin(kind);
    return step.value;
  }

  /**
   * Calls a function that changes nothing of the thread's but what modules keep. Once it has returned, its steps are
   * one: so states that differ in the way there are the same.
   */
  #call(name: string, body: (...given: unknown[]) => unknown, given: unknown[]): unknown {
    if (this.#mode !== "live" && this.#mode !== "from the past") return body(...given);
    const past = this.#mode === "from the past" && this.#position < this.#past.length;
    if (past && this.#past[this.#position].returned?.name === name) {
      const { result, clock, modules } = this.#past[this.#position++].returned!;
      this.#clock = clock;
      if (modules) this.#keeper.putBack(modules);
      return result;
    }
    const before = past ? this.#past[this.#position - 1] : this.#steps, repairs = this.#repairs;
    if (CHANGING.has(name)) this.#repairs++;
    const result = body(...given);
    if (this.#mode !== "live" || this.#steps === before) return result;
    const modules = this.#repairs === repairs ? undefined : this.#keeper.keep();
    const { low, high } = modules ? hashOf(modules.text) : EMPTY;
    const step = makeStep(before, "call", Number(result ?? -1) ^ low, this.#clock ^ high);
    this.#steps = { ...step, returned: { name, result, clock: this.#clock, modules } };
    this.#pauses = 0;
    return result;
  }

  /** A wait that timed out was the last thing to happen for a long time. */
  #passTime(how: number): void {
    if (HOW[how] === "timed-out") this.#clock += 1000;
  }

  #live(access: Access, isGhost: boolean): number {
    const { kind, index } = access;
    if ((this.#steps?.length ?? 0) > MOST_STEPS) throw new Error("an operation goes on for ever");
    const isVisible = this.#host.isVisible(this.id, access) || isGhost || kind === "wait";
    if (isVisible) {
      if (!this.#armed && !this.#host.reached(this.id, this.#state("ready", access))) this.#stop();
      this.#armed = false;
    }
    if (kind === "wait" && this.#host.sleeps(access)) {
      this.#host.reached(this.id, this.#state("asleep", access));
      this.#stop();
    }
    const value = this.#host.perform(this.id, access);
    this.#steps = makeStep(this.#steps, kind, index, value);
    this.#endSpin(kind);
    return value;
  }

  /** Whoever spins looks, or tries to change one word. */
  #endSpin(kind: Kind): void {
    if (kind !== "load" && kind !== "read" && kind !== "compareExchange") this.#pauses = 0;
  }

  #stop(): never {
    this.#mode = "stopped";
    throw STOP;
  }

  pause(): void {
    if (this.#mode === "stopped") throw STOP;
    assert(++this.#pauses <= MOST_PAUSES, "a loop spins too often for the model: name its count SPINS");
  }

  /** What its programs can do. */
  env(tag: number, slot: number, ghosts: number): Env {
    return {
      id: this.id,
      tag,
      slot,
      ghost: (kind, word, a, b) => this.access(kind, ghosts + word, a, b, true),
      note: (value) => void this.#log.push(value),
    };
  }
}
