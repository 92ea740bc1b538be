/**
 * The entry of every worker: joins the heap, then serves as what it was started for.
 *
 * @module
 */

import process from "node:process";
import { joinHeap } from "../shared/heap.ts";
import { leave, ring } from "../shared/threads.ts";
import { hearFromMain } from "./_endings.ts";
import { becomeWorker } from "./_identity.ts";
import { withoutOurFrames } from "./_error_record.ts";
import type { Birth, FromMain, ToMain } from "./_protocol.ts";
import { servePool } from "./_serve_pool.ts";
import { serveProcess } from "./_serve_process.ts";
import { askToRelocate } from "./_stack.ts";

/** Ends this thread with an exit code that its creator will see. */
function end(exitCode: number): never {
  leave(exitCode);
  return exitNow(exitCode & 255);
}
const exitNow = Deno.exit.bind(Deno);

/** Runs a worker; called by its bootstrap. */
export function main(birth: Birth): void {
  const { membership, identity, control, line, role } = birth;
  joinHeap(membership);
  becomeWorker(identity, control);

  // Whoever ends the thread by name leaves the exit code behind, also for a creator that blocks.
  Deno.exit = (exitCode = 0) => end(exitCode);
  process.exit = (exitCode) => end(Number(exitCode ?? 0));
  const close = globalThis.close.bind(globalThis);
  globalThis.close = () => {
    leave(0);
    close();
  };

  const tell = (message: ToMain) => {
    control.postMessage(message);
    ring(0);
  };
  const say = (reason: string) => tell({ type: "lastWords", reason });
  const locate = (stack: string) =>
    withoutOurFrames(askToRelocate(stack, (question) => tell({ type: "locate", question })));
  const fail = (error: unknown) => {
    const text = error instanceof Error
      ? locate(error.stack ?? `${error.name}: ${error.message}`)
      : `Uncaught ${String(error)}`;
    console.error(`${identity.name}: ${text}`);
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    say(`uncaught ${reason}`);
    end(1);
  };
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    fail(event.error);
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail(event.reason);
  });
  control.on("message", (message: FromMain) => {
    if (message.type === "close") end(message.exitCode);
    hearFromMain(message);
  });

  const exhausted = () => {
    say("it ran out of its heap limit");
    end(1);
  };
  if (role === "process") serveProcess(line, { fail, end, exhausted });
  else servePool(line, { end, exhausted });
}
