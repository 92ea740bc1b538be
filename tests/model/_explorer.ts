/**
 * Explores every course that a few threads can take, step by step, and fails with the first that breaks a rule.
 *
 * A state is the content of the memory and of each thread the beginning of its operation and the results of its steps
 * since; a state that was seen before is not gone on with. A step that no other thread can see is no place to stop at:
 * which words several threads use, and one changes, is found out as it goes, and then all is explored again.
 * A killed thread makes no more steps; the main thread buries it. It is killed before a step that changes
 * something, in a wait, or after its end: to be killed before it only looks comes to the same.
 *
 * Accesses happen in one order that all threads see: that is how `Atomics` behaves; what is accessed plainly is guarded,
 * or meant for one thread.
 *
 * @module
 */

import { extend, type Hash, HashSet, type Memory, mix } from "./_memory.ts";
import { placesIn } from "./_load.ts";
import { makeStage, type Stage } from "./_stage.ts";
import { Counterexample, type Limits, type Report, type Scenario, type View } from "./_scenario.ts";
import { type Access, type Host, makeState, type ThreadState, withStep } from "./_thread.ts";
import { HOW } from "./_views.ts";

/** A state of all. */
export interface Node {
  readonly parent: Node | undefined;
  readonly depth: number;
  /** What the memory is, given what it was in the parent's state. */
  readonly changes: readonly number[];
  readonly threads: readonly ThreadState[];
  /** Who sleeps, the longest first. */
  readonly sleepers: readonly number[];
  readonly kills: number;
  /** How often a thread was interrupted that could have gone on, and who ran last. */
  readonly preemptions: number;
  readonly last: number;
  readonly move: Move;
}

/** What led from one state to the next. */
export interface Move {
  readonly thread: number;
  readonly what: "begins" | "goes on" | "times out" | "is killed";
  /** The step, where it was one. */
  readonly access?: Access;
  readonly value?: number;
}

interface Todo {
  readonly node: Node;
  readonly thread: number;
  readonly what: Move["what"];
}

/** What is wrong, in or behind which state, after which move. */
interface Failure {
  readonly error: unknown;
  readonly node: Node;
  readonly move: Move;
}

const OK = HOW.indexOf("ok"), NOT_EQUAL = HOW.indexOf("not-equal"), TIMED_OUT = HOW.indexOf("timed-out");
const LOOKS: ReadonlySet<string> = new Set(["load", "read", "wait"]);

/** Explores all courses of a scenario; throws {@linkcode Counterexample}. */
export async function explore<S>(scenario: Scenario<S>, limits: Limits = {}): Promise<Report> {
  const started = performance.now(), stage = await makeStage(scenario, limits.mutations ?? []);
  for (;;) {
    const explorer = new Explorer(scenario, limits, stage);
    if (!explorer.run()) continue;
    const { states, moves, ends } = explorer;
    return {
      states,
      moves,
      ends,
      sharedWords: stage.sharedWords,
      milliseconds: Math.round(performance.now() - started),
      isComplete: limits.preemptions === undefined,
    };
  }
}

class Explorer<S> implements Host {
  states = 0;
  moves = 0;
  ends = 0;
  readonly #seen = new HashSet();
  readonly #todo: Todo[] = [];
  readonly #memory: Memory;
  readonly #threads: ThreadState[] = [];
  #sleepers: number[] = [];
  #at!: Node;
  /** What the running thread has done last that others could see. */
  #move: Move = { thread: 0, what: "begins" };
  #failure: Failure | undefined;
  /** Where the code is that makes a move, while that is made once more to be told. */
  #places: string[] | undefined;
  /** States when another word was found to be shared. */
  #grownAt = -1;
  readonly view: View;

  constructor(
    readonly scenario: Scenario<S>,
    readonly limits: Limits,
    readonly stage: Stage<S>,
  ) {
    this.#memory = stage.memory;
    const { words } = this.#memory, threads = this.#threads;
    this.view = {
      load: (offset) => words[offset >>> 2],
      ghost: (word) => words[stage.ghosts + word],
      get statuses() {
        return threads.map((state, i) => i === 0 && stage.isIdle(state) ? "done" : state.status);
      },
      get logs() {
        return threads.map(({ log }) => log);
      },
    };
  }

  /** Explores; false if it has to be done again, as more words are shared than was known. */
  run(): boolean {
    this.#threads.push(...this.stage.begin(this));
    const threads = [...this.#threads];
    this.#memory.cut();
    this.#at = {
      parent: undefined,
      depth: 0,
      changes: [],
      threads,
      sleepers: [],
      kills: 0,
      preemptions: 0,
      last: 0,
      move: this.#move,
    };
    this.#visit(this.#at, -1);
    for (let todo; (todo = this.#todo.pop());) {
      this.#goTo(todo.node);
      this.#make(todo);
      if (this.#failure) this.#explain(this.#failure);
      if (this.states > (this.limits.states ?? 2_000_000)) {
        throw new RangeError(`Cannot explore ${this.scenario.name}: there are over ${this.states} states`);
      }
      // No sooner: what is found first is seldom all.
      if (this.#grownAt >= 0 && this.states > this.#grownAt * 1.5 + 100) return false;
    }
    return this.#grownAt < 0;
  }

  #make({ thread, what, node }: Todo): void {
    this.moves++;
    this.#move = { thread, what };
    let state = this.#threads[thread];
    if (what === "is killed") return this.#kill(thread);
    if (what === "times out") {
      this.#sleepers = this.#sleepers.filter((other) => other !== thread);
      state = this.#threads[thread] = withStep(state, "moving", state.next!, TIMED_OUT);
    }
    try {
      this.stage.threads[thread].goOn(state);
    } catch (error) {
      this.#failure ??= { error, node, move: this.#move };
    }
  }

  #kill(thread: number): void {
    const { log, beginning } = this.#threads[thread];
    this.#threads[thread] = makeState({ status: "dead", beginning, steps: undefined, next: undefined, log });
    this.#sleepers = this.#sleepers.filter((other) => other !== thread);
    for (const bell of this.stage.kill(thread)) this.#wake(bell, Infinity);
    this.#arrive(this.#at.kills + 1, -1);
  }

  /** Makes the present state a node; whether it is new. */
  #arrive(kills: number, goesOn: number): boolean {
    const { parent: _, ...at } = this.#at, { thread, what } = this.#move;
    const isFree = what !== "goes on" || at.last === thread || this.#at.threads[at.last].status !== "ready" ||
      this.#at.threads[thread].status === "moving";
    const node: Node = {
      parent: this.#at,
      depth: at.depth + 1,
      changes: this.#memory.cut(),
      threads: [...this.#threads],
      sleepers: [...this.#sleepers],
      kills,
      preemptions: at.preemptions + (isFree ? 0 : 1),
      last: what === "is killed" ? at.last : thread,
      move: this.#move,
    };
    if (this.#visit(node, goesOn)) {
      this.#at = node;
      return true;
    }
    this.#memory.undo(node.changes);
    return false;
  }

  /** Sees whether a state is new; if so, checks it and notes how it may go on but with the thread that `goesOn`. */
  #visit(node: Node, goesOn: number): boolean {
    if (!this.#seen.add(this.#keyOf(node))) return false;
    this.states++;
    try {
      this.scenario.always?.(this.view);
      if (!this.#branch(node, goesOn)) this.#end(node);
    } catch (error) {
      this.#failure ??= { error, node, move: node.move };
    }
    return true;
  }

  #keyOf({ threads, sleepers, kills, preemptions, last }: Node): Hash {
    let { low, high } = this.#memory.hash;
    for (const { hash } of threads) {
      low = mix(Math.imul(low, 0x9e3779b1) + hash.low | 0);
      high = mix(Math.imul(high, 0x7feb352d) + hash.high | 0);
    }
    let key = extend({ low, high }, kills);
    for (const thread of sleepers) key = extend(key, thread + 1);
    return this.limits.preemptions === undefined ? key : extend(extend(key, preemptions), last);
  }

  /** Notes how it may go on; false when it does not, but for threads that are killed. */
  #branch(node: Node, goesOn: number): boolean {
    const { threads } = node;
    const moving = threads.findIndex(({ status }) => status === "moving");
    if (moving >= 0) {
      this.#todo.push({ node, thread: moving, what: "goes on" });
      return true;
    }
    let any = false;
    const mayInterrupt = node.preemptions < (this.limits.preemptions ?? Infinity) ||
      threads[node.last].status !== "ready";
    threads.forEach(({ status, next }, thread) => {
      if (this.#mayBeKilled(node, thread)) this.#todo.push({ node, thread, what: "is killed" });
      if (status === "asleep" && next!.b < Infinity) {
        any = true;
        this.#todo.push({ node, thread, what: "times out" });
      }
      if (status !== "ready") return;
      any = true;
      if (thread !== goesOn && (mayInterrupt || thread === node.last)) {
        this.#todo.push({ node, thread, what: "goes on" });
      }
    });
    return any;
  }

  #mayBeKilled({ kills, threads }: Node, thread: number): boolean {
    const { kills: most = 0, victims } = this.scenario, { status, next } = threads[thread];
    if (kills >= most || thread === 0 || victims && !victims.includes(thread)) return false;
    return status === "asleep" || status === "done" || status === "ready" && !LOOKS.has(next!.kind);
  }

  #end(node: Node): void {
    this.ends++;
    const { atEnd = nobodySleeps } = this.scenario;
    atEnd(this.view);
    const { threads } = node;
    if (this.stage.isBetween(threads[0])) this.stage.check(threads[0], this.view);
    this.#memory.undo(this.#memory.cut());
  }

  #goTo(node: Node): void {
    let from: Node | undefined = this.#at;
    this.#memory.undo(this.#memory.cut());
    const down: Node[] = [];
    for (let to: Node | undefined = node; from !== to;) {
      if (!to || from!.depth >= to.depth) {
        this.#memory.undo(from!.changes);
        from = from!.parent;
      } else {
        down.push(to);
        to = to.parent;
      }
    }
    while (down.length) this.#memory.redo(down.pop()!.changes);
    this.#at = node;
    this.#threads.splice(0, Infinity, ...node.threads);
    this.#sleepers = [...node.sleepers];
  }

  isVisible(thread: number, access: Access): boolean {
    const isNews = this.stage.note(thread, access);
    if (isNews && this.#grownAt < 0) this.#grownAt = this.states;
    return this.stage.isVisible(access);
  }

  sleeps({ index, a }: Access): boolean {
    return this.#memory.words[index] === (a | 0);
  }

  perform(thread: number, access: Access): number {
    const value = this.#apply(access);
    if (this.stage.isVisible(access)) this.#move = { thread, what: "goes on", access, value };
    if (this.#places?.length === 0) this.#places = placesIn(new Error().stack!);
    return value;
  }

  #apply({ kind, index, a, b }: Access): number {
    const memory = this.#memory, before = memory.words[index];
    switch (kind) {
      case "load":
      case "read":
        return before;
      case "store":
      case "write":
        memory.write(index, a);
        return a;
      case "fill":
        for (let i = index; i < b; i++) memory.write(i, a);
        return 0;
      case "add":
        memory.write(index, before + a);
        return before;
      case "sub":
        memory.write(index, before - a);
        return before;
      case "and":
        memory.write(index, before & a);
        return before;
      case "or":
        memory.write(index, before | a);
        return before;
      case "xor":
        memory.write(index, before ^ a);
        return before;
      case "exchange":
        memory.write(index, a);
        return before;
      case "compareExchange":
        if (before === (a | 0)) memory.write(index, b);
        return before;
      case "notify":
        return this.#wake(index, a);
      case "wait":
        return NOT_EQUAL;
    }
  }

  /** Wakes those who wait on a word; they go on when it is their turn. */
  #wake(index: number, count: number): number {
    const woken = this.#sleepers.filter((thread) => this.#threads[thread].next!.index === index).slice(
      0,
      count,
    );
    for (const thread of woken) {
      const state = this.#threads[thread];
      this.#threads[thread] = withStep(state, "moving", state.next!, OK);
    }
    this.#sleepers = this.#sleepers.filter((thread) => !woken.includes(thread));
    return woken.length;
  }

  reached(thread: number, state: ThreadState): boolean {
    if (this.#places) {
      if (!this.#places.length) this.#places = placesIn(new Error().stack!);
      return false;
    }
    this.#threads[thread] = state;
    if (state.status === "asleep") {
      this.#sleepers.push(thread);
      this.#move = { thread, what: "goes on", access: state.next! };
    }
    const goesOn = state.status === "ready" && this.#threads.every(({ status }) => status !== "moving");
    return this.#arrive(this.#at.kills, goesOn ? thread : -1) && goesOn && !this.#failure;
  }

  failed(_thread: number, error: unknown): void {
    this.#failure ??= { error, node: this.#at, move: this.#move };
  }

  #explain({ error, node, move }: Failure): never {
    const moves: string[] = [];
    if (move !== node.move) moves.push(this.#describe(node, move));
    for (let at = node; at.parent; at = at.parent) moves.unshift(this.#describe(at.parent, at.move));
    const finding = error instanceof Error ? error.message : String(error);
    throw new Counterexample(finding, moves.filter((text) => text !== ""), { cause: error });
  }

  /** A move in words, with the place in the code that made it: for that it is made once more. */
  #describe(from: Node, move: Move): string {
    this.#goTo(from);
    const text = this.stage.describe(move);
    if (!move.access) return text;
    this.#places = [];
    this.stage.threads[move.thread].goOn(this.#threads[move.thread]);
    const [place = ""] = this.#places;
    this.#places = undefined;
    return `${text}  ${place}`;
  }
}

/** Where the stack is deep enough to tell, an error names this many places. */
Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 30);

function nobodySleeps({ statuses }: View): void {
  const asleep = statuses.flatMap((status, i) => status === "asleep" ? [i] : []);
  if (asleep.length) throw new Error(`thread ${asleep.join(" and ")} sleeps, and nobody is left to wake it`);
}
