/**
 * Starts, stops and buries threads. On the main thread only: nested starts would cost a second each.
 *
 * ```
 * running ──ask to close──▶ asked ──grace──▶ killed ──1 s──▶ survivor (reported, never reused)
 *    └────────────┬───────────┴────────────────┘
 *        port closed and exit code known ──▶ buried
 * ```
 *
 * Facts of Deno 2.9.6 that this file lives by: only a `node:worker_threads` worker that holds a Web Lock is really
 * stopped by `terminate()`; its `exit` event then lies, and the `close` of a port whose other end it holds is the
 * proof of its death; a kill that lands in the lazy load of a built-in module ends the whole program, so
 * a thread that was busy for less than {@linkcode GRACE} is given the rest of that time.
 *
 * @module
 */

import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import "../shared/mod.ts"; // every kind of primitive that a thread may die with
import { membership } from "../shared/heap.ts";
import { setBlockingService } from "../shared/wait.ts";
import {
  bellOffset,
  buryThread,
  condemnThread,
  exitCodeOf,
  giveUpThread,
  learnOfDeath,
  missThread,
  orphanRecords,
  setBlocked,
} from "../shared/threads.ts";
import { withoutInspector } from "./_inspector.ts";
import { takeMessage } from "./_ports.ts";
import type { Birth, FromMain, Identity, ThreadEnd, ThreadRequest, ToMain } from "./_protocol.ts";
import { pumpAll } from "./_pumps.ts";
import { answerStack } from "./_stack.ts";

/** Milliseconds that code may run before it is killed, so that what it loads first has been loaded. */
const GRACE = 300;
/** Milliseconds that a thread which was asked to close has at least. */
const LEAST_GRACE = 30;
/** Milliseconds that a thread has which was asked before it could hear it: it loads, and hears it first of all. */
const START_GRACE = 3000;
/** Milliseconds after a kill until a thread that still has not closed its port counts as a survivor. */
const PROOF = 5000;

/** Who learns of a thread's end. */
type EndListener = (end: ThreadEnd) => void;

/** A thread that this program has started and not yet buried. */
class HostedThread {
  readonly control: MessagePort;
  readonly lock: string = crypto.randomUUID();
  readonly #worker: Worker;
  /** What the creator wants the exit code to be, once it has asked for the end. */
  #wanted: number | undefined;
  #exited: number | undefined;
  #portClosed = false;
  #reason = "";
  #killAt = Infinity;
  #killed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  #announced = false;
  /** It holds its Web Lock: from now on the lock tells of its death. */
  up = false;
  /** Since when it hears what it is told, and may run code of the program. */
  #hearsSince = Infinity;

  constructor(
    readonly request: ThreadRequest,
    readonly creator: Identity,
    readonly onEnd: EndListener,
    /** To be called when it has started, or never will. */
    readonly started: () => void,
  ) {
    const { port1, port2 } = new MessageChannel();
    const { memory } = membership();
    const { ident, slot, name, daemon, role, line, heapLimitMb } = request;
    this.control = port1;
    const birth: Birth = {
      membership: { memory, ident, slot },
      identity: { name, ident, daemon, parent: { name: creator.name, ident: creator.ident } },
      control: port2,
      line,
      lock: this.lock,
      module: new URL("./_worker.ts", import.meta.url).href,
      role,
    };
    this.#worker = new Worker(
      bootstrap,
      {
        name,
        workerData: birth,
        transferList: [port2, line],
        env: {}, // the default would ask for --allow-env
        resourceLimits: heapLimitMb === undefined ? {} : { maxOldGenerationSizeMb: heapLimitMb },
      } as ConstructorParameters<typeof Worker>[1],
    );
    this.#worker.on("error", (error: Error & { code?: string }) => {
      this.#reason ||= error.code === "ERR_WORKER_OUT_OF_MEMORY"
        ? "it ran out of its heap limit"
        : `it failed with ${error.name}: ${error.message}`;
    });
    this.#worker.on("exit", (code: number) => {
      this.#exited ??= code;
      this.#tryBury();
    });
    port1.on("message", (message: ToMain) => this.receive(message));
    port1.on("close", () => {
      this.#portClosed = true;
      if (survivors.delete(ident)) buryThread(request, this.#wanted!);
      else this.#tryBury();
    });
    this.#worker.unref();
    port1.unref();
  }

  /** Hears what has come and was not delivered. */
  hear(): void {
    for (let next; (next = takeMessage<ToMain>(this.control));) this.receive(next.message);
  }

  receive(message: ToMain): void {
    if (this.#ended) return; // a survivor's
    const { ident, name, daemon } = this.request;
    switch (message.type) {
      case "start":
        hostThread(
          message.request,
          { name, ident, daemon, parent: null },
          (end) => this.send({ type: "ended", ident: message.request.ident, end }),
        );
        break;
      case "stop":
        stopThread(message.ident, message.exitCode, message.busyFor);
        break;
      case "up":
        this.up = true;
        this.started();
        watch(this);
        break;
      case "hears":
        this.#hearsSince = performance.now();
        break;
      case "locate":
        answerStack(message.question);
        break;
      case "lastWords":
        this.#reason ||= message.reason;
    }
  }

  send(message: FromMain): void {
    if (!this.#portClosed) this.control.postMessage(message);
  }

  /** Asks the thread to close; kills it when it does not in time. */
  stop(exitCode: number, busyFor: number): void {
    if (this.#wanted !== undefined) return;
    this.#wanted = exitCode;
    if (this.#hearsSince === Infinity) this.hear();
    this.send({ type: "close", exitCode });
    const ran = Math.min(busyFor, performance.now() - this.#hearsSince);
    const grace = ran >= 0 ? Math.max(LEAST_GRACE, GRACE - ran) : START_GRACE;
    this.#setTimer(grace, () => this.#kill());
  }

  #setTimer(delay: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#killAt = performance.now() + delay;
    this.#timer = setTimeout(then, delay);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  #kill(): void {
    if (this.#ended || this.#killed) return;
    this.#killed = true;
    // Before it is terminated, for that may bury it at once.
    // An event loop that was held up may have the proof, and delivers it before the next timer.
    this.#setTimer(PROOF, () => this.#setTimer(LEAST_GRACE, () => this.#survive()));
    condemnThread(this.request);
    this.#worker.terminate();
  }

  /** What the timers would do, were the event loop running: for a main thread that blocks. */
  keepTime(now: number): void {
    if (now < this.#killAt || this.#killed) return;
    this.#kill();
  }

  /** When {@linkcode HostedThread.keepTime} has something to do. */
  get nextDeadline(): number {
    return this.#killed ? Infinity : this.#killAt;
  }

  /** Its Web Lock is free, so its code no longer runs; the exit code is told, the proof of death follows. */
  seemsGone(): void {
    const exitCode = exitCodeOf(this.request) ?? this.#wanted ?? this.#exited ?? 1;
    missThread(this.request, exitCode);
    // A worker that waits for its child goes on; the main thread itself looks at the exit code.
    if (this.creator.ident !== 0) this.#announce(exitCode);
  }

  #announce(exitCode: number, survived = false): void {
    if (this.#announced) return;
    this.#announced = true;
    const reason = this.#wanted !== undefined
      ? survived ? "it was killed and goes on running" : "it was terminated"
      : this.#reason || `it ended with exit code ${exitCode}`;
    this.onEnd({ exitCode, reason, ...(survived && { survived }) });
  }

  #tryBury(): void {
    if (!this.#portClosed || this.#exited === undefined || this.#ended) return;
    this.#end(exitCodeOf(this.request) ?? this.#wanted ?? this.#exited);
  }

  #survive(): void {
    if (this.#ended) return;
    survivors.add(this.request.ident);
    giveUpThread(this.request, this.#wanted!);
    this.#end(this.#wanted!, true);
  }

  #end(exitCode: number, survived = false): void {
    this.#ended = true;
    this.started();
    clearTimeout(this.#timer);
    const { ident } = this.request;
    hosted.delete(ident);
    // A survivor that closes its port after all is buried then.
    if (!survived) {
      buryThread(this.request, exitCode);
      this.control.close();
    }
    endWatch();
    for (const child of hosted.values()) {
      if (child.creator.ident === ident && child.request.daemon) child.stop(-15, 0);
    }
    for (const orphan of orphanRecords(ident)) if (!hosted.has(orphan.ident)) buryThread(orphan, 1);
    this.#announce(exitCode, survived);
  }
}

// The lock is held before any user code runs: only then does terminate() stop a busy thread. A data: module starts
// from file: and https: alike. Nothing is awaited at its top level: Deno 2.9.6 never frees the memory of a worker that
// ends before it has seen its main module end, some 2 MB each.
const bootstrap = new URL(
  "data:text/javascript," + encodeURIComponent(`
import { workerData } from "node:worker_threads";
const { lock, control, module, membership: { memory } } = workerData;
const tell = (message) => {
  control.postMessage(message);
  const words = new Int32Array(memory.buffer);
  Atomics.add(words, ${bellOffset(0) >>> 2}, 1);
  Atomics.notify(words, ${bellOffset(0) >>> 2});
};
(async () => {
  await new Promise((held) => navigator.locks.request(lock, () => { held(); return new Promise(() => {}); }));
  tell({ type: "up" });
  let worker;
  try {
    worker = await import(module);
  } catch (error) {
    tell({ type: "lastWords", reason: "its code could not be loaded: " + error.message });
    throw error;
  }
  worker.main(workerData);
  tell({ type: "hears" });
})();`),
);

const hosted = new Map<number, HostedThread>();
const survivors = new Set<number>();

setBlockingService({
  begin: () => {
    if (hosted.size) keepWatch();
  },
  serve: serveWhileBlocked,
  attend: setBlocked,
});

/** Starts the thread that `request` describes; `onEnd` is called once, when its death is proved or given up on. */
export function hostThread(request: ThreadRequest, creator: Identity, onEnd: EndListener): void {
  const release = withoutInspector();
  try {
    hosted.set(request.ident, new HostedThread(request, creator, onEnd, release));
  } catch (error) {
    release();
    buryThread(request, 1);
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    onEnd({ exitCode: 1, reason: `it could not be started: ${reason}` });
  }
}

/** Ends a thread: asks, waits a grace, kills. `busyFor`: milliseconds that its present work has taken. */
export function stopThread(ident: number, exitCode: number, busyFor: number): void {
  hosted.get(ident)?.stop(exitCode, busyFor);
}

/** How many threads live, and how many were killed and live on all the same. */
export function threadCounts(): { alive: number; survivors: number } {
  return { alive: hosted.size, survivors: survivors.size };
}

// While the main thread blocks it gets no events. A watchdog thread then waits on the Web Locks of all the others
// and rings the main thread's doorbell when one is free; the wait itself serves the workers' requests.
let watchdog: { readonly worker: Worker; readonly port: MessagePort } | undefined;

const watchdogSource = new URL(
  "data:text/javascript," + encodeURIComponent(`
import { workerData } from "node:worker_threads";
const words = new Int32Array(workerData.memory.buffer);
workerData.port.on("message", ({ ident, lock }) => navigator.locks.request(lock, () => {
  workerData.port.postMessage(ident);
  Atomics.add(words, workerData.bell, 1);
  Atomics.notify(words, workerData.bell);
}));`),
);

function watch({ up, lock, request: { ident } }: HostedThread): void {
  if (up) watchdog?.port.postMessage({ ident, lock });
}

/** Starts watching all threads, for a main thread that is about to block. */
export function keepWatch(): void {
  if (watchdog) return;
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(
    watchdogSource,
    {
      name: "multicore watchdog",
      workerData: { memory: membership().memory, bell: bellOffset(0) >>> 2, port: port2 },
      transferList: [port2],
      env: {},
    } as ConstructorParameters<typeof Worker>[1],
  );
  worker.unref();
  port1.unref();
  watchdog = { worker, port: port1 };
  for (const thread of hosted.values()) watch(thread);
}

/** Ends the watch with the last thread that it watched. */
function endWatch(): void {
  if (!watchdog || hosted.size) return;
  watchdog.port.close();
  watchdog.worker.terminate();
  watchdog = undefined;
}

/** Does what events would have the main thread do; returns when it must be done again at the latest. */
export function serveWhileBlocked(isBrief = false): number {
  const gone: number[] = [];
  for (let next; watchdog && (next = takeMessage<number>(watchdog.port));) gone.push(next.message);
  let deadline = Infinity;
  for (const thread of [...hosted.values()]) {
    thread.hear();
    thread.keepTime(performance.now());
    deadline = Math.min(deadline, thread.nextDeadline);
  }
  // Last: their last words have been heard. All are known to be dead before anything of one of them is mended.
  const dead = gone.flatMap((ident) => hosted.get(ident) ?? []);
  for (const thread of dead) learnOfDeath(thread.request);
  for (const thread of dead) thread.seemsGone();
  return isBrief ? deadline : Math.min(deadline, pumpAll());
}
