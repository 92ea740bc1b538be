/**
 * A result that is on its way.
 *
 * @module
 */

import { PoolStateError, SerializationError, TimeoutError } from "../shared/errors.ts";
import { PACK } from "../shared/travel.ts";
import { checkTimeout, type WaitOptions } from "../shared/wait.ts";
import { CHANGE, READY } from "../shared/waitable.ts";
import { keepAlive, within } from "../shared/keepalive.ts";

/** What is called when the result is there, before {@linkcode AsyncResult.ready} turns true. */
export interface Callbacks<R> {
  /** Called with the value; when it throws, the result is rejected with what it threw. */
  readonly callback?: (value: R) => void;
  /** Called with the error, whatever was thrown; when it throws, that error takes its place. */
  readonly errorCallback?: (error: unknown) => void;
}

type State<R> =
  | { readonly kind: "pending" }
  | { readonly kind: "fulfilled"; readonly value: R }
  | { readonly kind: "rejected"; readonly error: unknown };

/** Settles an {@linkcode AsyncResult}; kept apart from it, so that only its maker can. */
export interface Settler<R> {
  /** Gives the value. */
  resolve(value: R): void;
  /** Gives the error. */
  reject(error: unknown): void;
}

/**
 * The result of a call that a pool has taken: await it, or ask it.
 *
 * Nothing is raised when it fails and nobody looks. Each look gives the same value or the same error object.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type AsyncResult, Pool } from "@multicore/multicore/pool";
 *
 * await using pool = new Pool(1);
 * const result: AsyncResult<number> = pool.applyAsync((x: number) => x + 1, [41]);
 * assertEquals(result.ready(), false);
 * assertEquals(await result, 42);
 * assertEquals(result.successful(), true);
 * ```
 */
export class AsyncResult<R> implements PromiseLike<R> {
  #state: State<R> = { kind: "pending" };
  readonly #promise: Promise<R>;
  readonly #cancel: () => boolean;

  /** @ignore Made by the pool. */
  constructor(start: (settler: Settler<R>) => () => boolean, { callback, errorCallback }: Callbacks<R> = {}) {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const release = keepAlive();
    this.#promise = promise;
    promise.catch(() => {});
    let settled = false;
    const fail = (error: unknown) => {
      this.#state = { kind: "rejected", error };
      release();
      reject(error);
    };
    const once = (settle: () => void) => {
      if (settled) return;
      settled = true;
      try {
        settle();
      } catch (error) {
        fail(error);
      }
    };
    this.#cancel = start({
      resolve: (value) =>
        once(() => {
          callback?.(value);
          this.#state = { kind: "fulfilled", value };
          release();
          resolve(value);
        }),
      reject: (error) =>
        once(() => {
          errorCallback?.(error);
          fail(error);
        }),
    });
  }

  /** As a promise's: an `AsyncResult` can be awaited. */
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promise.then(onFulfilled, onRejected);
  }

  /**
   * Waits for the value.
   *
   * @param options How long at most; the task itself is left alone when the time passes.
   * @returns The value.
   * @throws {TimeoutError} If the timeout passed.
   * @throws What the task threw.
   */
  async get(options: WaitOptions = {}): Promise<R> {
    if (await this.wait(options)) return this.#promise;
    throw new TimeoutError(`The result was not there within ${options.timeout} ms`, options.timeout!);
  }

  /**
   * Waits until there is a value or an error.
   *
   * @param options How long at most.
   * @returns Whether there is; false when the timeout passed. Never rejects with the task's error.
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    const timeout = checkTimeout(options.timeout);
    if (this.ready()) return true;
    if (timeout === 0) return false;
    return await within(this.#promise.then(() => {}, () => {}), { ...options, timeout });
  }

  /** Whether there is a value or an error. */
  ready(): boolean {
    return this.#state.kind !== "pending";
  }

  /**
   * Whether there is a value.
   *
   * @throws {PoolStateError} If there is neither a value nor an error yet.
   */
  successful(): boolean {
    if (this.ready()) return this.#state.kind === "fulfilled";
    throw new PoolStateError(
      "Cannot tell whether the call was successful: its result is not ready; await it first",
    );
  }

  /**
   * Gives the call up: what is queued never runs, what runs costs its worker; the result rejects with an `AbortError`.
   *
   * @returns False when it was settled before, else true.
   */
  cancel(): boolean {
    return !this.ready() && this.#cancel();
  }

  /** @ignore Whether it is settled. */
  get [READY](): boolean {
    return this.ready();
  }

  /** @ignore Waits until it is. */
  async [CHANGE](_signal: AbortSignal): Promise<void> {
    await this.#promise.then(() => {}, () => {});
  }

  /** @ignore Results do not travel before they are there. */
  [PACK](): never {
    throw new SerializationError(
      "Cannot send an AsyncResult to another thread: await it and send its value",
      "result",
    );
  }
}
