/**
 * Threads as their creator sees them. On the main thread the host is called directly; in a worker the main thread is
 * asked to start, stop and report, for only it starts threads.
 *
 * @module
 */

import { MessageChannel, type MessagePort } from "node:worker_threads";
import { membership } from "../shared/heap.ts";
import { bellOffset, enrolThread, exitCodeOf, ring, setBlocked } from "../shared/threads.ts";
import { stepAside } from "../shared/wait.ts";
import { heapWords } from "../shared/heap.ts";
import { endings } from "./_endings.ts";
import { self } from "./_identity.ts";
import type { Birth, ThreadEnd, ToMain } from "./_protocol.ts";
import { checkVersion } from "./_version.ts";
import { hostThread, keepWatch, serveWhileBlocked, stopThread } from "./_worker_host.ts";

/** What a new thread is to be. */
export interface ThreadOptions {
  /** Its name. */
  readonly name: string;
  /** Whether it ends with its creator. */
  readonly daemon: boolean;
  /** What it is for. */
  readonly role: Birth["role"];
  /** The limit of its JavaScript heap, in MiB. */
  readonly heapLimitMb?: number;
}

/** A started thread. */
export class Thread {
  /** Never used again. */
  readonly ident: number;
  /** Its record in the heap. */
  readonly slot: number;
  /** Carries the work. Listening on it does not keep the program alive. */
  readonly line: MessagePort;
  /** Resolves when its death is proved, or given up on; after every message on its line. */
  readonly ended: Promise<ThreadEnd>;
  /** How it ended. */
  end: ThreadEnd | undefined;
  #stopped = false;

  constructor({ name, daemon, role, heapLimitMb }: ThreadOptions) {
    checkVersion();
    const { ident, slot } = enrolThread();
    const { port1, port2 } = new MessageChannel();
    this.ident = ident;
    this.slot = slot;
    this.line = port1;
    const { promise, resolve } = Promise.withResolvers<ThreadEnd>();
    this.ended = promise;
    const onEnd = (end: ThreadEnd) => {
      this.end = end;
      resolve(end);
    };
    const request = {
      ident,
      slot,
      name,
      daemon,
      role,
      line: port2,
      ...(heapLimitMb !== undefined && { heapLimitMb }),
    };
    if (self().control) {
      endings.set(ident, onEnd);
      askMain({ type: "start", request }, [port2]);
    } else hostThread(request, self().identity, onEnd);
  }

  /** The exit code, known as soon as its code is done; undefined while it runs. */
  get exitCode(): number | undefined {
    return this.end?.exitCode ?? exitCodeOf(this);
  }

  /** Ends it: it is asked, then killed. `busyFor`: milliseconds that its present work has taken. */
  stop(exitCode: number, busyFor: number): void {
    if (this.#stopped || this.end) return;
    this.#stopped = true;
    if (self().control) askMain({ type: "stop", ident: this.ident, exitCode, busyFor });
    else stopThread(this.ident, exitCode, busyFor);
  }
}

function askMain(message: ToMain, transfer: MessagePort[] = []): void {
  self().control!.postMessage(message, transfer);
  ring(0);
}

/** How many threads of this thread's making have not ended. */
export function childCount(): number {
  return endings.size;
}

/**
 * Blocks until `done()` or `deadline`; looks again whenever this thread's doorbell rings. Threads ring it as they
 * leave, the main thread when it buries one; for a blocked main thread a watchdog does, and the main thread goes
 * on serving the workers' requests, so that what it waits for may itself want threads. `dueOf()` says when to look again
 * at the latest.
 */
export function blockUntil(
  done: () => boolean,
  deadline: number,
  dueOf: () => number = () => Infinity,
): boolean {
  const { slot } = membership();
  const bell = bellOffset(slot) >>> 2;
  const main = !self().control;
  if (done()) return true;
  if (main) keepWatch();
  stepAside();
  const wasBlocked = setBlocked(true);
  try {
    return blockOn(bell, main, done, deadline, dueOf);
  } finally {
    setBlocked(wasBlocked);
  }
}

function blockOn(
  bell: number,
  main: boolean,
  done: () => boolean,
  deadline: number,
  dueOf: () => number,
): boolean {
  for (;;) {
    const words = heapWords();
    const seen = Atomics.load(words, bell);
    const served = main ? serveWhileBlocked() : Infinity;
    if (done()) return true;
    const due = Math.min(served, dueOf());
    const now = performance.now();
    if (now >= deadline) return false;
    Atomics.wait(words, bell, seen, Math.max(0, Math.min(deadline, due) - now));
  }
}
