/**
 * How functions travel, for those who need not know how it is found out.
 *
 * Most workers only receive functions. What reads the text of one that is to be sent (`_capture.ts`, a parser and all)
 * is loaded with the classes that send, `Pool` and `Process`, and declares itself here.
 *
 * @module
 */

import type { AnyFunction } from "./process.ts";
import type { TaskReference } from "./task.ts";

/** How a function travels. */
export type Route =
  | { readonly kind: "reference"; readonly reference: TaskReference }
  | { readonly kind: "global"; readonly path: readonly string[] }
  | ValueRoute;

/** A function that travels with what it captures. */
export interface ValueRoute {
  readonly kind: "value";
  readonly expression: string;
  readonly name: string;
  /** Names its text in the stacks of errors. */
  readonly origin: string;
  readonly isClass: boolean;
  /** Variables that it assigns to. */
  readonly assigned: ReadonlySet<string>;
  /** What it captures, as it is now. */
  readonly variables: ReadonlyMap<string, unknown>;
}

/** Thrown where the answer needs a turn of the event loop; ask again when `ready` has resolved. */
export class NotReadyYet {
  constructor(readonly ready: Promise<void>) {}
}

/** Finds out how functions travel. */
export interface Router {
  /** The way for `fn`, which errors call `path`. */
  routeOf(fn: AnyFunction, path: string): Route;
  /** The text that the stack of an error calls `origin`; undefined for one that was not sent from here. */
  textOfOrigin(origin: string): string | undefined;
}

let router: Router | undefined;

/** Declares who finds the ways. */
export function setRouter(given: Router): void {
  router = given;
}

/** The way for `fn`, which errors call `path`. Only who was loaded with a router asks. */
export function routeOf(fn: AnyFunction, path: string): Route {
  return router!.routeOf(fn, path);
}

/** The text that the stack of an error calls `origin`, as far as this thread has sent it. */
export function textOfOrigin(origin: string): string | undefined {
  return router?.textOfOrigin(origin);
}
