/**
 * The baselines: workers of the runtime's own, and messages.
 *
 * @module
 */

import { Worker as NodeWorker } from "node:worker_threads";

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

const KILLABLE = `import { parentPort, workerData } from "node:worker_threads";
(async () => {
  await new Promise((held) => navigator.locks.request(workerData, () => { held(); return new Promise(() => {}); }));
  parentPort.on("message", (data) => parentPort.postMessage(2 * data));
})();`;

/** A bare worker of the kind whose kill really stops it: what any pool pays that can end a busy task. */
export class KillableWorker implements AsyncDisposable {
  readonly #worker = new NodeWorker(
    new URL(`data:text/javascript,${encodeURIComponent(KILLABLE)}`),
    { workerData: crypto.randomUUID(), env: {}, resourceLimits: {} } as ConstructorParameters<
      typeof NodeWorker
    >[1],
  );

  /** Has it answer once. */
  call(argument: number): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#worker.once("message", resolve);
    this.#worker.postMessage(argument);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
