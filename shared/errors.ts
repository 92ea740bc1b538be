/**
 * The errors that callers are meant to catch. A wrong kind of argument is a plain `TypeError`, a wrong
 * value a `RangeError`; every class here stands for a state of the world, not for a slip of the pen.
 *
 * @module
 */

/** A timeout passed before what was waited for came about. */
export class TimeoutError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "TimeoutError";
  /** The time that passed, in milliseconds. */
  readonly timeout: number;
  /**
   * Makes the error.
   *
   * @param message What was waited for.
   * @param timeout The time that passed, in milliseconds.
   */
  constructor(message: string, timeout: number) {
    super(message);
    this.timeout = timeout;
  }
}

/** A worker ended while it ran a task. */
export class WorkerDiedError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "WorkerDiedError";
  /** The worker's `ident`. */
  readonly workerId: number;
  /** Its exit code. */
  readonly exitCode: number;
  /**
   * Makes the error.
   *
   * @param message How it ended.
   * @param workerId The worker's `ident`.
   * @param exitCode Its exit code: `n` from `exit(n)`, `1` uncaught error, `-9` killed.
   */
  constructor(message: string, workerId: number, exitCode: number) {
    super(message);
    this.workerId = workerId;
    this.exitCode = exitCode;
  }
}

/** Work was given to a pool after `close()` or `terminate()`, or was pending when it was terminated. */
export class PoolClosedError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "PoolClosedError";
}

/** The pool's initializer failed, so that no worker can serve; `cause` is its error. */
export class PoolBrokenError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "PoolBrokenError";
}

/** The pool, or one of its results, is not in the state that the call needs. */
export class PoolStateError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "PoolStateError";
}

/** The process is not in the state that the call needs. */
export class ProcessStateError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "ProcessStateError";
}

/** An argument, a result or a captured variable cannot travel to another thread. */
export class SerializationError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "SerializationError";
  /** Where it was found, as in `args[0].handler`. */
  readonly path: string;
  /**
   * Makes the error.
   *
   * @param message What cannot travel, why, and what to do.
   * @param path Where it was found, as in `args[0].handler`.
   * @param options The underlying error as `cause`.
   */
  constructor(message: string, path: string, options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** No shared memory has that name. */
export class SharedMemoryNotFoundError extends Deno.errors.NotFound {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "SharedMemoryNotFoundError";
  /** The name that was not found. */
  readonly memoryName: string;
  /**
   * Makes the error.
   *
   * @param message What was tried.
   * @param memoryName The name that was not found.
   */
  constructor(message: string, memoryName: string) {
    super(message);
    this.memoryName = memoryName;
  }
}

/** Shared memory of that name exists already. */
export class SharedMemoryExistsError extends Deno.errors.AlreadyExists {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "SharedMemoryExistsError";
  /** The name that is taken. */
  readonly memoryName: string;
  /**
   * Makes the error.
   *
   * @param message What was tried.
   * @param memoryName The name that is taken.
   */
  constructor(message: string, memoryName: string) {
    super(message);
    this.memoryName = memoryName;
  }
}

/** The shared heap cannot hold the request. */
export class SharedMemoryFullError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "SharedMemoryFullError";
  /** The bytes asked for. */
  readonly requested: number;
  /** The bytes that the longest free run can hold. */
  readonly available: number;
  /**
   * Makes the error.
   *
   * @param message What was asked for.
   * @param requested The bytes asked for.
   * @param available The bytes that the longest free run can hold.
   */
  constructor(message: string, requested: number, available: number) {
    super(message);
    this.requested = requested;
    this.available = available;
  }
}

/** What was to be released is not held, or was released too often. */
export class NotHeldError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "NotHeldError";
}

/** The thread that held the lock died; `recover()` takes the lock over. */
export class AbandonedLockError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "AbandonedLockError";
  /** The `ident` of the thread that died. */
  readonly ownerId: number;
  /**
   * Makes the error.
   *
   * @param message What was tried.
   * @param ownerId The `ident` of the thread that died.
   */
  constructor(message: string, ownerId: number) {
    super(message);
    this.ownerId = ownerId;
  }
}

/** The barrier was reset or aborted, or one of its parties gave up or died. */
export class BrokenBarrierError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "BrokenBarrierError";
}

/** The queue was full for as long as the caller would wait. */
export class QueueFullError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "QueueFullError";
}

/** The queue was empty for as long as the caller would wait. */
export class QueueEmptyError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "QueueEmptyError";
}

/** The queue or the connection was closed. */
export class QueueClosedError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "QueueClosedError";
}

/** The array is too small for the message, which the error carries. */
export class BufferTooShortError extends Error {
  /** The class name, on both sides of a thread. */
  override readonly name: string = "BufferTooShortError";
  /** The message, so that it is not lost. */
  readonly value: unknown;
  /**
   * Makes the error.
   *
   * @param message What was tried.
   * @param value The message that was received.
   */
  constructor(message: string, value: unknown) {
    super(message);
    this.value = value;
  }
}
