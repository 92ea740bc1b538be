/**
 * The errors that callers are meant to catch. A wrong kind of argument is a plain `TypeError`, a wrong
 * value a `RangeError`; every class here stands for a state of the world, not for a slip of the pen.
 *
 * @module
 */

/** A timeout passed before what was waited for came about. */
export class TimeoutError extends Error {
  override readonly name = "TimeoutError";
  /**
   * @param message What was waited for.
   * @param timeout The time that passed, in milliseconds.
   */
  constructor(message: string, readonly timeout: number) {
    super(message);
  }
}

/** A worker ended while it ran a task. */
export class WorkerDiedError extends Error {
  override readonly name = "WorkerDiedError";
  /**
   * @param message How it ended.
   * @param workerId The worker's `ident`.
   * @param exitCode Its exit code: `n` from `exit(n)`, `1` uncaught error, `-9` killed.
   */
  constructor(message: string, readonly workerId: number, readonly exitCode: number) {
    super(message);
  }
}

/** Work was given to a pool after `close()` or `terminate()`, or was pending when it was terminated. */
export class PoolClosedError extends Error {
  override readonly name = "PoolClosedError";
}

/** The pool's initializer failed, so that no worker can serve; `cause` is its error. */
export class PoolBrokenError extends Error {
  override readonly name = "PoolBrokenError";
}

/** The pool, or one of its results, is not in the state that the call needs. */
export class PoolStateError extends Error {
  override readonly name = "PoolStateError";
}

/** The process is not in the state that the call needs. */
export class ProcessStateError extends Error {
  override readonly name = "ProcessStateError";
}

/** An argument, a result or a captured variable cannot travel to another thread. */
export class SerializationError extends Error {
  override readonly name = "SerializationError";
  /**
   * @param message What cannot travel, why, and what to do.
   * @param path Where it was found, as in `args[0].handler`.
   * @param options The underlying error as `cause`.
   */
  constructor(message: string, readonly path: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** No shared memory has that name. */
export class SharedMemoryNotFoundError extends Deno.errors.NotFound {
  override readonly name = "SharedMemoryNotFoundError";
  /**
   * @param message What was tried.
   * @param memoryName The name that was not found.
   */
  constructor(message: string, readonly memoryName: string) {
    super(message);
  }
}

/** Shared memory of that name exists already. */
export class SharedMemoryExistsError extends Deno.errors.AlreadyExists {
  override readonly name = "SharedMemoryExistsError";
  /**
   * @param message What was tried.
   * @param memoryName The name that is taken.
   */
  constructor(message: string, readonly memoryName: string) {
    super(message);
  }
}

/** The shared heap cannot hold the request. */
export class SharedMemoryFullError extends Error {
  override readonly name = "SharedMemoryFullError";
  /**
   * @param message What was asked for.
   * @param requested The bytes asked for.
   * @param available The bytes that the longest free run can hold.
   */
  constructor(message: string, readonly requested: number, readonly available: number) {
    super(message);
  }
}
