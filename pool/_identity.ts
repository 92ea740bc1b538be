/**
 * Who this thread is, and its ports. Several copies of the module in one thread share the answer.
 *
 * @module
 */

import type { MessagePort } from "node:worker_threads";
import type { Identity } from "./_protocol.ts";

/** What a worker thread knows of itself. */
export interface Self {
  /** As `currentProcess()` gives it. */
  readonly identity: Identity;
  /** To the main thread; undefined on the main thread. */
  readonly control?: MessagePort;
  /** How many unnamed processes this thread has made. */
  processes: number;
  /** How many pool workers this thread has made. */
  poolWorkers: number;
  /** Addresses of the modules that are being imported to find a travelled function. */
  readonly importing: Set<string>;
}

const KEY = Symbol.for("@multicore/multicore.self");
const shelf = globalThis as { [KEY]?: Self };

/** This thread. */
export function self(): Self {
  return shelf[KEY] ??= {
    identity: { name: "MainProcess", ident: 0, daemon: false, parent: null },
    processes: 0,
    poolWorkers: 0,
    importing: new Set(),
  };
}

/** Called once by a worker, before any user code. */
export function becomeWorker(identity: Identity, control: MessagePort): void {
  shelf[KEY] = { identity, control, processes: 0, poolWorkers: 0, importing: new Set() };
}

/** The name of this thread's next unnamed child: `Process-1`, or `Process-1:1` for a child of `Process-1`. */
export function nextProcessName(): string {
  const me = self();
  const count = ++me.processes;
  return me.identity.ident === 0 ? `Process-${count}` : `${me.identity.name}:${count}`;
}

/** The name of this thread's next pool worker. */
export function nextPoolWorkerName(): string {
  const me = self();
  const count = ++me.poolWorkers;
  return me.identity.ident === 0 ? `PoolWorker-${count}` : `${me.identity.name}:PoolWorker-${count}`;
}
