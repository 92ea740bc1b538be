/**
 * The baseline: a worker of the runtime's own, and messages.
 *
 * @module
 */

const SOURCE = `onmessage = ({ data }) => postMessage(typeof data === "number" ? 2 * data : data.length)`;

/** One bare worker. */
export class BareWorker implements Disposable {
  readonly #worker = new Worker(`data:application/javascript,${encodeURIComponent(SOURCE)}`, {
    type: "module",
  });

  /** Has it answer once. */
  call(argument: unknown): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#worker.onmessage = ({ data }) => resolve(data);
    this.#worker.postMessage(argument);
    return promise;
  }

  /** Posts all arguments at once and waits for all answers. */
  flood(args: readonly unknown[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let left = args.length;
    this.#worker.onmessage = () => {
      if (--left === 0) resolve();
    };
    for (const argument of args) this.#worker.postMessage(argument);
    return promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
