/**
 * Reads the variables that a function captures, at once, through the runtime's own inspector.
 *
 * Deno 2.9.6 carries a command out the moment it is posted; only the answer comes with a later turn of the event loop.
 * So nothing here waits for answers: objects are named by ids that count up from 1 in each session, and what a
 * command finds is put in the *hand*, an object both sides can reach. An id is guessed and checked: the hand is
 * filled by the right object only. One answer is needed once, for the part of the ids that stays the same
 * ({@linkcode openInspector}).
 *
 * A worker that starts while a session is connected waits half a second for a debugger. So no session is kept while
 * a thread starts, and none for long.
 *
 * @module
 */

import { Session } from "node:inspector";

interface Hand {
  /** The function to look into. */
  readonly fn: unknown;
  /** Its id was found. */
  found?: boolean;
  /** Its scopes, innermost first; an array without prototype. */
  scopes?: ArrayLike<{ readonly description: string; readonly object: object }>;
}

const KEY = Symbol.for("@multicore/multicore.hand");
const shelf = globalThis as { [KEY]?: Hand };
const HAND = `globalThis[Symbol.for("@multicore/multicore.hand")]`;
/** Tells whether it is called on the function in the hand. */
const TAKE_FUNCTION = `function () { if (this === ${HAND}.fn) ${HAND}.found = true; }`;
/** Fills the hand when it is called on the list of scopes, and on nothing else. */
const TAKE_SCOPES = `function () {
  const first = Array.isArray(this) && this[0];
  if (first && "description" in first && "object" in first) ${HAND}.scopes = this;
}`;
/** Ids that are tried for an object, besides those of the function's own members, which stand before its scopes. */
const TRIES = 32;

let session: Session | undefined;
let nextId = 1;
let closing = false;
/** The part of all object ids before the number; known for ever once it is known. */
let prefix: string | undefined;
let opening: Promise<void> | undefined;
let early: readonly LoadedModule[] = [];
let starting = 0;
/** Told when a session ends before its answers have come. */
const interrupted = new Set<() => void>();

/** Whether variables can be read without asking the user: `--allow-sys` was given. */
export function inspectorAllowed(): boolean {
  return Deno.permissions.querySync({ name: "sys" }).state === "granted";
}

/** Whether variables can be read now. */
export function inspectorIsOpen(): boolean {
  return prefix !== undefined;
}

/** Learns what {@linkcode captureVariables} must know; once. */
export function openInspector(): Promise<void> {
  return opening ??= (async () => {
    const answer = await ask("Runtime.evaluate", { expression: "globalThis" });
    const id = (answer as { readonly result: { readonly objectId: string } }).result.objectId;
    // All modules of the main module's graph are there before the first of them runs.
    early = await loadedModules();
    prefix = id.slice(0, id.lastIndexOf(".") + 1);
  })();
}

/** The modules that {@linkcode openInspector} has found; gives them once. */
export function takeEarlyModules(): readonly LoadedModule[] {
  const taken = early;
  early = [];
  return taken;
}

/** No session is kept until the returned function is called: a thread is about to start. */
export function withoutInspector(): () => void {
  starting++;
  close();
  let over = false;
  return () => {
    if (over) return;
    over = true;
    starting--;
  };
}

/** Whether a thread starts just now. */
export function threadsAreStarting(): boolean {
  return starting > 0;
}

function connect(): Session {
  if (!session) {
    session = new Session();
    session.connect();
    nextId = 1;
  }
  return session;
}

function close(): void {
  closing = false;
  session?.disconnect();
  session = undefined;
  for (const interrupt of interrupted) interrupt();
  interrupted.clear();
}

/** Closes when the present turn ends, or now while a thread starts. No timer: it would outlive a user's test. */
function closeSoon(): void {
  if (starting) return close();
  if (closing) return;
  closing = true;
  queueMicrotask(close);
}

type Post = (method: string, params: object, answer: (error: unknown, result: unknown) => void) => void;

function post(method: string, params: object = {}, answer: Parameters<Post>[2] = () => {}): void {
  (connect().post as Post).call(session, method, params, answer);
}

/** Posts and waits for the answer; asks again when a thread's start has ended the session meanwhile. */
async function ask(method: string, params: object = {}): Promise<unknown> {
  for (;;) {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const interrupt = () => resolve(INTERRUPTED);
    interrupted.add(interrupt);
    post(method, params, (error, result) => error ? reject(error) : resolve(result));
    const answer = await promise;
    interrupted.delete(interrupt);
    if (answer !== INTERRUPTED) return answer;
  }
}

const INTERRUPTED = Symbol("interrupted");

/** A module that is loaded. */
export interface LoadedModule {
  /** Its address. */
  readonly url: string;
  /** Its text, as it runs: without types. Empty for modules of the runtime and for ours. */
  readonly text: string;
}

/**
 * All modules that are loaded now. While threads start it waits for them, so that it does not hold them up: they
 * report, or end, and both lets it go on.
 */
export async function loadedModules(): Promise<LoadedModule[]> {
  for (;;) {
    while (starting) await new Promise((resolve) => setTimeout(resolve, 5));
    const urls = new Map<string, string>();
    const texts = new Map<string, string>();
    let whole = true;
    const interrupt = () => whole = false;
    interrupted.add(interrupt);
    connect().on("Debugger.scriptParsed", ({ params }) => {
      const { url, isModule, scriptId } = params as Parsed;
      if (isModule && !url.startsWith("ext:")) urls.set(url, scriptId);
    });
    post("Debugger.enable");
    await ask("Runtime.evaluate", { expression: "0" }); // answers keep the order of the events before them
    for (const [url, scriptId] of whole ? urls : []) {
      if (url.startsWith("node:") || OURS.some((folder) => url.startsWith(folder))) continue;
      post("Debugger.getScriptSource", { scriptId }, (_, answer) => {
        texts.set(url, (answer as { readonly scriptSource?: string } | undefined)?.scriptSource ?? "");
      });
    }
    if (whole) await ask("Runtime.evaluate", { expression: "0" });
    if (!whole) continue;
    close();
    return [...urls.keys()].map((url) => ({ url, text: texts.get(url) ?? "" }));
  }
}

const ROOT = new URL("..", import.meta.url).href;
const OURS = ["pool/", "shared/", "kernels/"].map((folder) => ROOT + folder);

interface Parsed {
  readonly url: string;
  readonly scriptId: string;
  readonly isModule?: boolean;
}

/** A captured variable; undefined when it is not initialised yet. */
export type Captured = { readonly value: unknown } | undefined;

/**
 * The variables of `names` that `fn` captures, with their values now; names that it does not capture are left out.
 *
 * Cost: a few commands, about half a millisecond, and as much again when no session is open.
 */
export function captureVariables(fn: unknown, names: Iterable<string>): Map<string, Captured> {
  const scopes = scopesOf(fn);
  const captured = new Map<string, Captured>();
  for (const name of names) {
    for (let i = 0; i < scopes.length; i++) {
      const { description, object } = scopes[i];
      if (description === "Global") break;
      const found = read(object, name);
      if (!found) continue;
      captured.set(name, found === UNINITIALIZED ? undefined : found);
      break;
    }
  }
  return captured;
}

const UNINITIALIZED = { value: undefined };

function read(scope: object, name: string): Captured {
  try {
    return Object.hasOwn(scope, name) ? { value: (scope as Record<string, unknown>)[name] } : undefined;
  } catch {
    // V8 refuses to show what is in its dead zone.
    return UNINITIALIZED;
  }
}

function scopesOf(fn: unknown): NonNullable<Hand["scopes"]> {
  const hand: Hand = shelf[KEY] = { fn };
  try {
    post("Runtime.evaluate", { expression: `${HAND}.fn`, silent: true });
    const id = search(TAKE_FUNCTION, () => hand.found);
    if (id) {
      post("Runtime.getProperties", { objectId: `${prefix}${id}`, ownProperties: true });
      // Every member may be an object, or two functions, with ids of their own.
      const members = 2 * Reflect.ownKeys(fn as object).length;
      search(TAKE_SCOPES, () => hand.scopes !== undefined, TRIES + members, id + USUAL);
    }
    if (!hand.scopes) throw new ReferenceError("The inspector did not show the function's scopes");
    return hand.scopes;
  } finally {
    shelf[KEY] = undefined;
    closeSoon(); // which releases the objects, too
  }
}

/** How many ids lie between a function and the list of its scopes, most often. */
const USUAL = 2;

/** Calls `take` on one object after another, from the next id on, until `found()`; returns that id, or 0. */
function search(take: string, found: () => boolean | undefined, tries = TRIES, guess = nextId): number {
  const first = nextId;
  for (let id = guess, i = -1; i < tries; id = first + ++i) {
    post("Runtime.callFunctionOn", {
      objectId: `${prefix}${id}`,
      functionDeclaration: take,
      silent: true,
      returnByValue: true,
    });
    if (!found()) continue;
    nextId = id + 1;
    return id;
  }
  return 0;
}
