/**
 * Every message between threads, in one place.
 *
 * Each worker has two ports: its *control* port leads to the main thread, which starts, stops and buries all
 * threads; its *line* leads to the thread that asked for it, and carries work. Ports keep what is sent before anyone
 * listens, so nothing is lost while a worker loads.
 *
 * @module
 */

import type { MessagePort } from "node:worker_threads";
import type { HeapMembership } from "../shared/heap.ts";
import type { Wire } from "./_codec.ts";

/** What a worker is told at its birth, as `workerData`. */
export interface Birth {
  /** Its place in the heap. */
  readonly membership: HeapMembership;
  /** Who it is, and who asked for it. */
  readonly identity: Identity;
  /** To the main thread. */
  readonly control: MessagePort;
  /** To the thread that asked for this one. */
  readonly line: MessagePort;
  /** The Web Lock that it holds as long as it lives. */
  readonly lock: string;
  /** The address of the worker's module. */
  readonly module: string;
  /** What it is for. */
  readonly role: "process" | "pool";
}

/** A thread as `currentProcess()` describes it. */
export interface Identity {
  /** `"MainProcess"`, `"Process-1"`, … */
  readonly name: string;
  /** 0 on the main thread. */
  readonly ident: number;
  /** Whether it ends with its creator. */
  readonly daemon: boolean;
  /** The thread that asked for it. */
  readonly parent: { readonly name: string; readonly ident: number } | null;
}

/** How a thread ended. */
export interface ThreadEnd {
  /** `n` from `exit(n)`, 1 after an uncaught error, -15 terminated, -9 killed. */
  readonly exitCode: number;
  /** What is known of the cause, in words. */
  readonly reason: string;
  /** It was killed and goes on running; its death could not be proved. */
  readonly survived?: boolean;
}

/** What a thread asks for when it wants another one. */
export interface ThreadRequest {
  /** The record that it has enrolled. */
  readonly ident: number;
  /** The record's place. */
  readonly slot: number;
  /** Name of the new thread. */
  readonly name: string;
  /** Whether it ends with its creator. */
  readonly daemon: boolean;
  /** What it is for. */
  readonly role: Birth["role"];
  /** The limit of its JavaScript heap, in MiB. */
  readonly heapLimitMb?: number;
  /** The new thread's end of the line. */
  readonly line: MessagePort;
}

/** From a worker to the main thread. */
export type ToMain =
  | { readonly type: "start"; readonly request: ThreadRequest }
  | { readonly type: "stop"; readonly ident: number; readonly exitCode: number; readonly busyFor: number }
  | { readonly type: "up" }
  | { readonly type: "lastWords"; readonly reason: string };

/** From the main thread to a worker. */
export type FromMain =
  | { readonly type: "close"; readonly exitCode: number }
  | { readonly type: "ended"; readonly ident: number; readonly end: ThreadEnd };

/** Down the line of a process. */
export interface ProcessOrder {
  /** The function to run. */
  readonly target: Wire;
  /** Its arguments, an array. */
  readonly args: Wire;
}

/** Down the line of a pool's worker. */
export type PoolOrder =
  | { readonly type: "initialize"; readonly fn: Wire; readonly args: Wire }
  /** Nothing to initialize: say that you are ready. */
  | { readonly type: "prepare" }
  | {
    readonly type: "run";
    readonly fn: Wire;
    /** Number of the first item; the others follow. */
    readonly first: number;
    /** Arguments of each item, an array a piece. */
    readonly items: readonly Wire[];
  }
  | { readonly type: "retire" };

/** Up the line of a pool's worker. */
export type PoolReport =
  | { readonly type: "ready"; readonly startup: number }
  | { readonly type: "broken"; readonly error: Wire }
  /** The items from this number on were not begun, as they were to be skipped. */
  | { readonly type: "skipped"; readonly number: number }
  | { readonly type: "value"; readonly number: number; readonly value: Wire; readonly busy: number }
  | { readonly type: "error"; readonly number: number; readonly error: Wire; readonly busy: number };
