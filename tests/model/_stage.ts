/**
 * What a scenario plays on: the memory, the threads with their copies of the library, and which words they share.
 *
 * ```
 * the model's own words, behind the heap:
 * 0 how many were killed · 1 how many of these the main thread has buried · 2 … has learnt of while it blocked
 * 3… the numbers of those killed · 16… the scenario's
 * ```
 *
 * @module
 */

import { FIRST_PAGE, type Modules, type Mutation, PAGE, type Scale } from "./_load.ts";
import { Memory } from "./_memory.ts";
import type { Move } from "./_explorer.ts";
import type { Grain, MainProgram, Scenario, View } from "./_scenario.ts";
import {
  type Access,
  type Env,
  type Host,
  LogicalThread,
  type Operation,
  type ThreadState,
} from "./_thread.ts";

const DEATHS = 0, BURIED = 1, LEARNT = 2, VICTIMS = 3;
/** The first of the scenario's own words. */
export const OWN = 16;
const GHOSTS = 64;

/** Threads by the numbers of one set of sources, to be used again. */
const casts = new Map<string, { readonly buffer: SharedArrayBuffer; readonly threads: LogicalThread[] }>();

async function castFor(count: number, scale: Scale, mutations: readonly Mutation[]) {
  const key = JSON.stringify([
    scale,
    mutations.map(({ file, find, replace }) => [file, String(find), replace]),
  ]);
  let cast = casts.get(key);
  if (!cast) {
    const buffer = new SharedArrayBuffer((FIRST_PAGE + scale.pages) * PAGE);
    casts.set(key, cast = { buffer, threads: [] });
  }
  const memory = {
    buffer: cast.buffer,
    grow() {
      throw new RangeError("The simulated heap does not grow");
    },
  };
  while (cast.threads.length < count) {
    cast.threads.push(await LogicalThread.make(cast.threads.length, memory, scale, mutations));
  }
  return { buffer: cast.buffer, threads: cast.threads.slice(0, count), heap: memory };
}

/** Prepares the stage for a scenario. */
export async function makeStage<S>(scenario: Scenario<S>, mutations: readonly Mutation[]): Promise<Stage<S>> {
  const { buffer, threads, heap } = await castFor(scenario.workers + 1, scenario.scale, mutations);
  return new Stage(scenario, buffer.byteLength >>> 2, threads, heap);
}

/** The stage of one scenario; what is found out about shared words stays from one exploration to the next. */
export class Stage<S> {
  readonly memory: Memory;
  /** Index of the model's first own word. */
  readonly ghosts: number;
  /** Who has looked at each word, and who changed it, a bit a thread; behind the words, their lines of waiters. */
  readonly #readers: Int32Array;
  readonly #writers: Int32Array;
  readonly #isShared: Uint8Array;
  #main!: MainProgram<S>;
  readonly #members: { ident: number; slot: number }[] = [];
  readonly #grain: Grain;

  constructor(
    readonly scenario: Scenario<S>,
    heapWords: number,
    readonly threads: readonly LogicalThread[],
    readonly heap: object,
  ) {
    this.ghosts = heapWords;
    const length = heapWords + GHOSTS;
    this.memory = new Memory(length);
    this.#readers = new Int32Array(2 * length);
    this.#writers = new Int32Array(2 * length);
    this.#isShared = new Uint8Array(2 * length);
    this.#grain = scenario.grain ?? "atomic";
  }

  /** Makes all objects anew, in a memory of zeros; gives the states in which the threads begin. */
  begin(host: Host): ThreadState[] {
    const { memory, scenario, threads } = this;
    memory.words.forEach((_, i) => memory.write(i, 0));
    let shared: S;
    const members = this.#members;
    members.length = 0;
    const end = this.ghosts * 4;
    const enrol = () => {
      const { enrolThread } = threads[0].library["threads.ts"];
      for (let i = 0; i < scenario.workers; i++) members.push(enrolThread());
      threads[0].library["_primitive.ts"].load(end - 4);
    };
    const states = [threads[0].begin(host, enrol, () => {
      const { library } = threads[0], env = threads[0].env(1, 0, this.ghosts);
      const main = scenario.main(library, env);
      shared = main.shared;
      this.#main = main;
      const operations = [...main.operations ?? []];
      if (scenario.kills) {
        serveDeaths(library, env, members);
        operations.push(() => buryTheDead(library, env, members));
      }
      return operations;
    })];
    threads.slice(1).forEach((thread, i) => {
      const { ident, slot } = members[i];
      const join = () => {
        thread.library["heap.ts"].joinHeap({ memory: this.heap as WebAssembly.Memory, ident, slot });
        thread.library["_primitive.ts"].load(end - 4);
      };
      const env = thread.env(ident + 1, slot, this.ghosts);
      states.push(thread.begin(host, join, () => scenario.worker(thread.library, env, shared)));
    });
    return states;
  }

  /** Whether the main thread has nothing to do until a thread dies. */
  isIdle({ status, next }: ThreadState): boolean {
    return status === "asleep" && next!.index === this.ghosts + DEATHS;
  }

  /** Whether the main thread is between two operations. */
  isBetween(state: ThreadState): boolean {
    return state.status === "done" || this.isIdle(state);
  }

  /** Runs the scenario's own check on the main thread; then sees that nothing is left in the heap. */
  check(main: ThreadState, view: View): void {
    const { statuses, logs } = view;
    this.threads[0].atOnce(main, () => {
      const { check, end } = this.#main, { library } = this.threads[0];
      check?.({ ...view, statuses, logs });
      if (!end || statuses.includes("asleep")) return;
      for (const member of this.#members) library["threads.ts"].buryThread(member, 0);
      end();
      assertAllFree(library);
    });
  }

  /** Writes down that a thread was killed; gives the words whose waiters are to be woken. */
  kill(thread: number): number[] {
    const { memory, ghosts } = this, count = memory.words[ghosts + DEATHS];
    memory.write(ghosts + VICTIMS + count, thread);
    memory.write(ghosts + DEATHS, count + 1);
    const bell = this.threads[0].library["threads.ts"].bellOffset(0) >>> 2;
    memory.write(bell, memory.words[bell] + 1);
    return [ghosts + DEATHS, bell];
  }

  /** Notes who makes an access; true when a word turns out to be shared by it. */
  note(thread: number, { kind, index, b }: Access): boolean {
    if (kind === "notify") return this.#noteWord(this.memory.words.length + index, thread, true);
    if (kind === "wait") {
      const isNews = this.#noteWord(this.memory.words.length + index, thread, true);
      return this.#noteWord(index, thread, false) || isNews;
    }
    const writes = kind !== "load" && kind !== "read";
    if (kind !== "fill") return this.#noteWord(index, thread, writes);
    let isNews = false;
    for (let i = index; i < b; i++) isNews = this.#noteWord(i, thread, true) || isNews;
    return isNews;
  }

  #noteWord(word: number, thread: number, writes: boolean): boolean {
    const bit = 1 << thread;
    this.#readers[word] |= bit;
    if (writes) this.#writers[word] |= bit;
    const writers = this.#writers[word], all = this.#readers[word];
    if (this.#isShared[word] || writers === 0 || (all & all - 1) === 0) return false;
    this.#isShared[word] = 1;
    return true;
  }

  /** How many words are shared, lines of waiters included. */
  get sharedWords(): number {
    return this.#isShared.reduce((sum, is) => sum + is, 0);
  }

  /** Whether a thread may be stopped before this access. */
  isVisible({ kind, index, b }: Access): boolean {
    const grain = this.#grain;
    if (kind === "read" && grain !== "all" || kind === "write" && grain === "atomic") return false;
    if (kind === "notify") return this.#isShared[this.memory.words.length + index] === 1;
    if (kind !== "fill") return this.#isShared[index] === 1;
    if (grain === "atomic") return false;
    for (let i = index; i < b; i++) if (this.#isShared[i]) return true;
    return false;
  }

  /** A move in words; the memory is as it was before it. */
  describe({ thread, what, access, value }: Move): string {
    const who = thread === 0 ? "main" : `thread ${thread}`;
    if (!access) return what === "is killed" || what === "times out" ? `${who} ${what}` : "";
    const { kind, index, a, b } = access, place = this.#nameOf(index);
    switch (kind) {
      case "load":
      case "read":
        return `${who}: ${kind} ${place} gives ${value}`;
      case "store":
      case "write":
        return `${who}: ${kind} ${place} = ${a | 0}`;
      case "fill":
        return `${who}: fill ${place} to ${this.#nameOf(b)} with ${a}`;
      case "compareExchange":
        return `${who}: compareExchange ${place} ${a} to ${b} ${
          value === (a | 0) ? "succeeds" : `finds ${value}`
        }`;
      case "wait":
        return `${who}: wait ${place} while ${a}${value === undefined ? ", sleeps" : " goes on"}`;
      case "notify":
        return `${who}: notify ${place} (${a}) wakes ${value}`;
      default:
        return `${who}: ${kind} ${place} ${a} (was ${value})`;
    }
  }

  /** Which word that is. */
  #nameOf(index: number): string {
    if (index >= this.ghosts) return `ghost ${index - this.ghosts}`;
    const layout = this.threads[0].library["_layout.ts"], { words } = this.memory;
    const page = Math.floor(index * 4 / PAGE);
    if (page < FIRST_PAGE) {
      const record = Math.floor((index * 4 - layout.THREADS) / layout.THREAD_BYTES);
      if (index * 4 >= layout.PAGES) return `table ${index - layout.PAGES / 4}`;
      return record < 0
        ? `control ${index}`
        : `record ${record}, ${index - layout.THREADS / 4 - record * 16}`;
    }
    const info = words[layout.PAGES / 4 + page * 2 + layout.PAGE_INFO] - layout.INFO_SLAB;
    const bytes = layout.CLASSES[info] ?? PAGE, inPage = index * 4 - page * PAGE;
    const header = page * PAGE + Math.floor(inPage / bytes) * bytes;
    const kind = layout.KINDS[words[(header >>> 2) + layout.BLOCK_KIND] & 0xffff];
    const word = (index * 4 - header) / 4;
    return `${kind}@${header.toString(16)} ${word < 16 ? `header ${word}` : `word ${word - 16}`}`;
  }
}

/** Fails when a block or a page is taken, or half so. */
function assertAllFree(library: Modules): void {
  const { everyHeader, describePage } = library["_pages.ts"], { load } = library["_primitive.ts"];
  const { BLOCK_OWNER, BLOCK_STATE, PAGES, PAGE_OWNER, PHASE_BITS, SLAB_OWNER } = library["_layout.ts"];
  for (const header of everyHeader()) {
    const owner = load(header + BLOCK_OWNER * 4),
      phase = load(header + BLOCK_STATE * 4) & (1 << PHASE_BITS) - 1;
    if (owner !== 0 || phase !== 0) {
      throw new Error(`the block at ${header.toString(16)} is not free: owner ${owner}, phase ${phase}`);
    }
  }
  for (let page = FIRST_PAGE; page < library["heap.ts"].pageCount(); page++) {
    const owner = load(PAGES + page * 8 + PAGE_OWNER * 4);
    if (owner !== 0 && owner !== SLAB_OWNER) throw new Error(`page ${page} is not free: owner ${owner}`);
    if (owner === SLAB_OWNER && !("slab" in (describePage(page) ?? {}))) {
      throw new Error(`page ${page} is no slab`);
    }
  }
}

type Members = readonly { readonly ident: number; readonly slot: number }[];

/** While the main thread blocks it hears of deaths by its doorbell, as in `pool/_worker_host.ts`. */
function serveDeaths(library: Modules, env: Env, members: Members): void {
  const { learnOfDeath, missThread } = library["threads.ts"];
  library["wait.ts"].setBlockingService({
    begin: () => {},
    attend: () => false, // there are no pools
    serve: () => {
      const count = env.ghost("load", DEATHS), heard = env.ghost("load", LEARNT);
      if (count === heard) return Infinity;
      const dead = victims(env, heard, count).map((victim) => members[victim - 1]);
      env.ghost("store", LEARNT, count);
      for (const thread of dead) learnOfDeath(thread);
      for (const thread of dead) missThread(thread, 1);
      return Infinity;
    },
  });
}

/** Waits for a death, and does what is to be done after it. */
function buryTheDead(library: Modules, env: Env, members: Members): "again" {
  const buried = env.ghost("load", BURIED), count = env.ghost("load", DEATHS);
  if (count === buried) env.ghost("wait", DEATHS, count, Infinity);
  else {
    const victim = env.ghost("load", VICTIMS + buried);
    // Who is being buried is not among those of whom the main thread may hear meanwhile.
    if (env.ghost("load", LEARNT) === buried) env.ghost("store", LEARNT, buried + 1);
    library["threads.ts"].buryThread(members[victim - 1], 1);
    env.ghost("store", BURIED, buried + 1);
  }
  return "again";
}

const victims = (env: Env, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => env.ghost("load", VICTIMS + from + i));

/** The operations of several rounds. */
export function rounds(count: number, ...operations: Operation[]): Operation[] {
  return Array.from({ length: count }, () => operations).flat();
}
