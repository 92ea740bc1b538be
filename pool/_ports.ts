/**
 * Takes messages from ports without waiting for the event loop.
 *
 * @module
 */

import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";

/** The next message that waits in a port; undefined when there is none, or the port has closed. */
export function takeMessage<T>(port: MessagePort): { readonly message: T } | undefined {
  try {
    return receiveMessageOnPort(port) as { message: T } | undefined;
  } catch {
    return undefined; // Deno 2.9.4 and 2.9.5 throw for a port that has closed
  }
}
