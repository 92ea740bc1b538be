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
import type { Estate } from "../shared/inheritance.ts";
import type { BlockReference } from "../shared/travel.ts";
import type { Wire } from "./_codec.ts";
import type { StackQuestion } from "./_stack.ts";

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
  | { readonly type: "hears" }
  | { readonly type: "locate"; readonly question: StackQuestion }
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

/** What every worker of a pool is told first. */
export interface PoolPlace {
  /** The pool's board. */
  readonly board: BlockReference;
  /** So many items it may run. */
  readonly limit: number;
  /** Where it is to note what it does when. */
  readonly trace: BlockReference | undefined;
}

/** Down the line of a pool's worker. */
export type PoolOrder =
  /** What it inherits: comes before the first, and whenever there is more. */
  | { readonly type: "inherit"; readonly estate: Estate }
  | PoolPlace & { readonly type: "initialize"; readonly fn: Wire; readonly args: Wire }
  /** Nothing to initialize: serve. */
  | PoolPlace & { readonly type: "prepare" }
  /** A function that only a message carries. */
  | { readonly type: "function"; readonly id: number; readonly wire: Wire }
  /** The arguments of the one item of a batch that is kept for this worker. */
  | {
    readonly type: "run";
    readonly sequence: number;
    readonly frame: BlockReference;
    readonly wire: Wire;
  }
  | { readonly type: "retire" };

/** Up the line of a pool's worker. */
export type PoolReport =
  /** There is something in the mailbox that the creator may not be waiting for. */
  | { readonly type: "news" }
  | PostedReport;

/** How an item ended whose outcome only a message carries. */
export interface PostedReport {
  readonly type: "posted";
  readonly sequence: number;
  readonly index: number;
  readonly isValue: boolean;
  readonly wire: Wire;
  readonly duration: number;
}
