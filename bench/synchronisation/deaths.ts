/**
 * How long after its holder's kill a main thread that blocks for a lock hears that it is abandoned.
 *
 * @module
 */

import { Process } from "@multicore/multicore/pool";
import { AbandonedLockError, Lock, RawArray, TimeoutError } from "@multicore/multicore/shared";

type Flag = RawArray<"int32">;

function hold(lock: Lock, { view }: Flag): void {
  lock.acquireSync();
  Atomics.store(view, 0, 1);
  Atomics.notify(view, 0);
  for (;;);
}

/**
 * Milliseconds of each kill. `blocked`: the main thread has blocked for the lock before, so that the others are being
 * watched for it, as they are some milliseconds after it has begun to block.
 */
export async function abandonments(kills: number, blocked: boolean): Promise<number[]> {
  using lock = new Lock(), held = new RawArray("int32", 1);
  const times: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    Atomics.store(held.view, 0, 0);
    const holder = new Process({ target: hold, args: [lock, held] });
    holder.start();
    while (Atomics.load(held.view, 0) === 0) await pause(5);
    // Younger code is given more time, so that what it loads first has been loaded; see Process.kill().
    await pause(350);
    if (blocked) failsWith(TimeoutError, () => lock.acquireSync({ timeout: 50 }));
    holder.kill();
    const start = performance.now();
    failsWith(AbandonedLockError, () => lock.acquireSync());
    times.push(performance.now() - start);
    await holder.join();
    lock.recoverSync().release();
  }
  return times;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function failsWith(Class: new (...args: never[]) => Error, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (error instanceof Class) return;
    throw error;
  }
  throw new Error("it was acquired");
}
