/**
 * A function that runs in a thread of its own, and what a thread knows of itself and its children.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any -- a function of any signature is what AnyFunction means
import { ProcessStateError, SerializationError } from "../shared/errors.ts";
import { PACK } from "../shared/travel.ts";
import { checkTimeout, type WaitOptions } from "../shared/wait.ts";
import { CHANGE, READY } from "../shared/waitable.ts";
import "./_capture.ts"; // declares how functions travel
import { onFarewell } from "./_farewell.ts";
import { nextProcessName, self } from "./_identity.ts";
import { keepAlive, within } from "../shared/keepalive.ts";
import { makeOrder, type Order } from "./_order.ts";
import { NotReadyYet } from "./_routes.ts";
import { blockUntil, Thread } from "./_threads.ts";

/** A function of any kind. */
export type AnyFunction = (...args: any[]) => unknown;

/** What a {@linkcode Process} runs, and how. */
export interface ProcessOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** The function to run; what it returns is ignored, and awaited when it is a promise. */
  readonly target: AnyFunction;
  /** Its arguments. @default [] */
  readonly args?: A;
  /** What it is called. @default "Process-1", "Process-2", … */
  readonly name?: string;
  /** Whether it ends with its creator instead of keeping the program alive. @default the creator's own */
  readonly daemon?: boolean;
  /** Limit of its JavaScript heap, in MiB; typed arrays and shared memory do not count. */
  readonly heapLimitMb?: number;
}

const children = new Set<Process>();

/** Checks a heap limit: a positive number of MiB. */
export function checkHeapLimit(heapLimitMb: number | undefined): void {
  if (heapLimitMb === undefined) return;
  if (typeof heapLimitMb !== "number") {
    throw new TypeError(`Cannot start a thread: heapLimitMb must be a number, got ${typeof heapLimitMb}`);
  }
  if (!(heapLimitMb >= 1)) {
    throw new RangeError(`Cannot start a thread: heapLimitMb must be 1 or more, got ${heapLimitMb}`);
  }
}

/** Refuses to start threads while a worker only loads the module of a travelled function. */
export function checkNotImporting(what: string): void {
  const [module] = self().importing;
  if (module === undefined) return;
  throw new ProcessStateError(
    `Cannot create ${what} while a worker loads ${module}: put it under "if (import.meta.main)"`,
  );
}

/**
 * A function that runs in a thread of its own, as in Python's `multiprocessing`.
 *
 * The function travels as a pool's tasks do. Its exit code is 0 when it is done, 1 after an uncaught error (reported on
 * stderr), `n` after `exit(n)`, -15 after {@linkcode Process.terminate} and -9 after {@linkcode Process.kill}.
 *
 * Cost: a start takes some tens of milliseconds; for many small calls use a `Pool`.
 *
 * @example Two processes over one array
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Process } from "@multicore/multicore/pool";
 * import { NDArray } from "@multicore/multicore/shared";
 *
 * using squares = NDArray.shared([2]);
 * const target = (out: NDArray, i: number) => out.set((i + 2) ** 2, i);
 * const processes = [0, 1].map((i) => new Process({ target, args: [squares, i] }));
 * for (const process of processes) process.start();
 * for (const process of processes) await process.join();
 * assertEquals(squares.toArray(), [4, 9]);
 * ```
 */
export class Process {
  /** What it is called in reports. */
  readonly name: string;
  /** Whether it ends with its creator. */
  readonly daemon: boolean;
  /** Resolves with the exit code when it has ended; never rejects. */
  readonly sentinel: Promise<number>;
  readonly #resolveSentinel: (exitCode: number) => void;
  readonly #options: ProcessOptions;
  #thread: Thread | undefined;
  #startedAt = 0;
  #closed = false;

  /**
   * Describes a process; nothing runs before {@linkcode Process.start}.
   *
   * @param options Target, arguments, name and the rest.
   * @throws {TypeError} If `target` is not a function, `args` not an array, or `name` not a string.
   */
  constructor(options: ProcessOptions) {
    const { target, args = [], name, daemon, heapLimitMb } = options ?? {};
    if (typeof target !== "function") {
      throw new TypeError(`Cannot create a process: target must be a function, got ${typeof target}`);
    }
    if (!Array.isArray(args)) throw new TypeError("Cannot create a process: args must be an array");
    if (name !== undefined && typeof name !== "string") {
      throw new TypeError(`Cannot create a process: name must be a string, got ${typeof name}`);
    }
    if (daemon !== undefined && typeof daemon !== "boolean") {
      throw new TypeError(`Cannot create a process: daemon must be a boolean, got ${typeof daemon}`);
    }
    checkHeapLimit(heapLimitMb);
    this.#options = { ...options, args: [...args] };
    this.name = name ?? nextProcessName();
    this.daemon = daemon ?? self().identity.daemon;
    const { promise, resolve } = Promise.withResolvers<number>();
    this.sentinel = promise;
    this.#resolveSentinel = resolve;
  }

  #notClosed(action: string): void {
    if (this.#closed) throw new ProcessStateError(`Cannot ${action} process "${this.name}": it was closed`);
  }

  #started(action: string): Thread {
    this.#notClosed(action);
    if (!this.#thread) throw new ProcessStateError(`Cannot ${action} process "${this.name}": start it first`);
    return this.#thread;
  }

  /**
   * Starts it; returns at once.
   *
   * @throws {ProcessStateError} If it was started before, or closed.
   * @throws {SerializationError} If the target or an argument cannot travel; then nothing was started.
   */
  start(): void {
    this.#notClosed("start");
    if (this.#thread) {
      throw new ProcessStateError(`Cannot start process "${this.name}": it was started before`);
    }
    checkNotImporting(`process "${this.name}"`);
    const { heapLimitMb } = this.#options;
    const order = this.#encode();
    const thread = new Thread({
      name: this.name,
      daemon: this.daemon,
      role: "process",
      ...(heapLimitMb !== undefined && { heapLimitMb }),
    });
    this.#thread = thread;
    this.#startedAt = performance.now();
    children.add(this);
    if (order instanceof Promise) {
      order.then((order) => this.#send(thread, order), (error) => {
        console.error(`${this.name}: ${error instanceof Error ? error.stack : error}`);
        thread.stop(1, Infinity);
      });
    } else this.#send(thread, order);
    const releaseProgram = this.daemon ? undefined : keepAlive();
    thread.ended.then(({ exitCode }) => {
      thread.line.close();
      children.delete(this);
      releaseProgram?.();
      this.#resolveSentinel(exitCode);
    });
  }

  /** What the thread is to do; a promise when the inspector must answer first. */
  #encode(): Order | Promise<Order> {
    const { target, args = [] } = this.#options;
    try {
      return makeOrder(target, args);
    } catch (error) {
      if (error instanceof NotReadyYet) return error.ready.then(() => this.#encode());
      throw error;
    }
  }

  #send(thread: Thread, { message, release, address }: Order): void {
    if (thread.end) return release();
    address(thread.ident);
    thread.line.postMessage(message);
    thread.ended.then(release);
  }

  /**
   * Waits for its end.
   *
   * @param options How long at most.
   * @returns Whether it has ended; false when the timeout passed.
   * @throws {ProcessStateError} If it was not started, or was closed.
   */
  async join(options: WaitOptions = {}): Promise<boolean> {
    const { ended } = this.#started("join");
    const timeout = checkTimeout(options.timeout);
    if (timeout === 0) return !this.isAlive();
    return await within(ended, { ...options, timeout });
  }

  /**
   * Blocks until its end. While the main thread blocks it serves the workers' requests for threads.
   *
   * @param options How long at most.
   * @returns Whether it has ended; false when the timeout passed.
   * @throws {ProcessStateError} If it was not started, or was closed.
   */
  joinSync(options: Pick<WaitOptions, "timeout"> = {}): boolean {
    const thread = this.#started("join");
    const deadline = performance.now() + checkTimeout(options.timeout);
    return blockUntil(() => thread.exitCode !== undefined, deadline);
  }

  /** Whether it runs: false before the start and after the end. */
  isAlive(): boolean {
    this.#notClosed("ask");
    return this.#thread !== undefined && this.#thread.exitCode === undefined;
  }

  /**
   * Ends it: what it does now is asked to stop, and killed when it does not. No `finally` runs. No-op once it has ended.
   *
   * @throws {ProcessStateError} If it was not started, or was closed.
   */
  terminate(): void {
    this.#stop("terminate", -15);
  }

  /**
   * The same as {@linkcode Process.terminate}, with the exit code -9.
   *
   * @throws {ProcessStateError} If it was not started, or was closed.
   */
  kill(): void {
    this.#stop("kill", -9);
  }

  #stop(action: string, exitCode: number): void {
    this.#started(action).stop(exitCode, performance.now() - this.#startedAt);
  }

  /**
   * Frees the object; later calls throw. Idempotent.
   *
   * @throws {ProcessStateError} If it runs.
   */
  close(): void {
    if (this.#closed) return;
    if (this.isAlive()) {
      throw new ProcessStateError(`Cannot close process "${this.name}": it runs; join or terminate it first`);
    }
    this.#closed = true;
  }

  /** A number that no other thread of the program has or will have; null before the start. */
  get ident(): number | null {
    this.#notClosed("ask");
    return this.#thread?.ident ?? null;
  }

  /** Null before the end; see the class for the values. */
  get exitCode(): number | null {
    this.#notClosed("ask");
    return this.#thread?.exitCode ?? null;
  }

  /** Terminates it if it runs, waits for its end, and closes it. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#thread?.stop(-15, performance.now() - this.#startedAt);
    if (this.#thread) await within(this.#thread.ended, {});
    this.close();
  }

  /** @ignore Whether it has ended. */
  get [READY](): boolean {
    return this.#started("wait for").exitCode !== undefined;
  }

  /** @ignore Waits until it has. */
  async [CHANGE](_signal: AbortSignal): Promise<void> {
    await this.sentinel;
  }

  /** @ignore Processes do not travel. */
  [PACK](): never {
    throw new SerializationError(
      `Cannot send process "${this.name}" to another thread: send its ident`,
      this.name,
    );
  }
}

/**
 * This thread, as its creator named it; `{ name: "MainProcess", ident: 0 }` on the main thread.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { currentProcess } from "@multicore/multicore/pool";
 *
 * assertEquals(currentProcess(), { name: "MainProcess", ident: 0, daemon: false });
 * ```
 */
export function currentProcess(): {
  readonly name: string;
  readonly ident: number;
  readonly daemon: boolean;
} {
  const { name, ident, daemon } = self().identity;
  return { name, ident, daemon };
}

/**
 * The thread that made this one; null on the main thread.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parentProcess } from "@multicore/multicore/pool";
 *
 * assertEquals(parentProcess(), null);
 * ```
 */
export function parentProcess(): { readonly name: string; readonly ident: number } | null {
  return self().identity.parent;
}

/**
 * The processes that this thread has started and that have not ended, in a fresh array.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { activeChildren } from "@multicore/multicore/pool";
 *
 * assertEquals(activeChildren(), []);
 * ```
 */
export function activeChildren(): Process[] {
  return [...children].filter((child) => child.isAlive());
}

/**
 * How many threads can really run at once: the processors that this program may use.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { cpuCount } from "@multicore/multicore/pool";
 *
 * assert(cpuCount() >= 1);
 * ```
 */
export function cpuCount(): number {
  return Math.max(1, navigator.hardwareConcurrency);
}

/**
 * Ends this worker, or on the main thread the program, at once.
 *
 * @param code The exit code. @default 0
 * @throws {RangeError} If `code` is not an integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exit, Process } from "@multicore/multicore/pool";
 *
 * const process = new Process({ target: (leave: typeof exit) => leave(3), args: [exit] });
 * process.start();
 * await process.join();
 * assertEquals(process.exitCode, 3);
 * ```
 */
export function exit(code = 0): never {
  if (!Number.isSafeInteger(code)) throw new RangeError(`Cannot exit: code must be an integer, got ${code}`);
  return Deno.exit(code);
}

/** Waits for this thread's children, as it must before it ends; its daemons are terminated. */
onFarewell(async () => {
  const left = activeChildren();
  for (const child of left) if (child.daemon) child.terminate();
  await Promise.all(left.map((child) => child.join()));
});
