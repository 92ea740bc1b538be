/**
 * Two workers that wake each other in turn, by every primitive, beside bare `Atomics.wait` and `notify`.
 *
 * @module
 */

import type { Pool } from "@multicore/multicore/pool";
import {
  Barrier,
  Condition,
  type Connection,
  Event,
  Lock,
  pipe,
  Queue,
  RawArray,
  Semaphore,
  SimpleQueue,
} from "@multicore/multicore/shared";
import { type Figure, inTurn } from "./turns.ts";

/** So often each worker wakes the other in a run: short, so that most runs are not interrupted by other programs. */
export const TRIPS = 300;
type Ball = RawArray<"int32">;

/** What one player does; the other gets the other number, 0 serves. */
type Play = (player: number, trips: number, ...kit: never[]) => unknown;

function bare(player: number, trips: number, { view }: Ball): void {
  const mine = player, theirs = 1 - player;
  for (let i = 0; i < trips; i++) {
    while (Atomics.load(view, 0) !== mine) Atomics.wait(view, 0, theirs);
    Atomics.store(view, 0, theirs);
    Atomics.notify(view, 0, 1);
  }
}

function byLock(player: number, trips: number, locks: readonly Lock[]): void {
  for (let i = 0; i < trips; i++) {
    if (player) locks[1].acquireSync();
    locks[1 - player].release();
    if (!player) locks[0].acquireSync();
  }
}

function bySemaphore(player: number, trips: number, semaphores: readonly Semaphore[]): void {
  for (let i = 0; i < trips; i++) {
    if (player) semaphores[1].acquireSync();
    semaphores[1 - player].release();
    if (!player) semaphores[0].acquireSync();
  }
}

function byEvent(player: number, trips: number, events: readonly Event[]): void {
  const mine = events[player], theirs = events[1 - player];
  for (let i = 0; i < trips; i++) {
    if (!player) theirs.set();
    mine.waitSync();
    mine.clear();
    if (player) theirs.set();
  }
}

function byBarrier(_player: number, trips: number, barrier: Barrier): void {
  // There and back: two rounds.
  for (let i = 0; i < 2 * trips; i++) barrier.waitSync();
}

function byCondition(player: number, trips: number, condition: Condition, { view }: Ball): void {
  using _guard = condition.lock.acquireSync();
  for (let i = 0; i < trips; i++) {
    while (view[0] !== player) condition.waitSync();
    view[0] = 1 - player;
    condition.notify();
  }
}

function byQueue(player: number, trips: number, queues: readonly Queue<number>[]): void {
  const mine = queues[player], theirs = queues[1 - player];
  for (let i = 0; i < trips; i++) {
    if (!player) theirs.putSync(i);
    const got = mine.getSync();
    if (got !== i) throw new Error(`got ${got} for ${i}`);
    if (player) theirs.putSync(got);
  }
}

function byPipe(player: number, trips: number, ends: readonly Connection[]): void {
  const end = ends[player];
  for (let i = 0; i < trips; i++) {
    if (!player) end.sendSync(i);
    const got = end.recvSync();
    if (got !== i) throw new Error(`got ${got} for ${i}`);
    if (player) end.sendSync(got);
  }
}

/** Milliseconds that all trips last, once both players are there. */
function rally(how: Play, player: number, trips: number, kit: readonly never[]): number {
  how(player, 10, ...kit);
  const start = performance.now();
  how(player, trips, ...kit);
  return performance.now() - start;
}

/** The rival of a barrier: it is more than a hand-over, even bare. */
function bareBarrier(_player: number, trips: number, { view }: Ball): void {
  const ARRIVED = 16, ROUND = 32;
  for (let i = 0; i < 2 * trips; i++) {
    const round = Atomics.load(view, ROUND);
    if (Atomics.add(view, ARRIVED, 1) === 1) {
      Atomics.store(view, ARRIVED, 0);
      Atomics.add(view, ROUND, 1);
      Atomics.notify(view, ROUND);
    } else while (Atomics.load(view, ROUND) === round) Atomics.wait(view, ROUND, round);
  }
}

const player = (pool: Pool) => (how: Play, ...kit: unknown[]) => async () => {
  const calls = [0, 1].map((player) => pool.apply(rally, [how, player, TRIPS, kit as never[]]));
  return (await Promise.all(calls))[0];
};

/** Figures of what hands over to one other thread, the bare one first. */
export async function handOvers(pool: Pool, turns: number): Promise<Record<string, Figure>> {
  const play = player(pool), ball = new RawArray("int32", 1), locks = [new Lock(), new Lock()];
  for (const lock of locks) lock.acquireSync();
  return await inTurn(turns, {
    "a bare hand-over by wait and notify": play(bare, ball),
    "Lock, released by the other": play(byLock, locks),
    "Semaphore": play(bySemaphore, [new Semaphore(0), new Semaphore(0)]),
    "Event": play(byEvent, [new Event(), new Event()]),
    "Condition over an RLock": play(byCondition, new Condition(), ball),
    "Condition over a Lock": play(byCondition, new Condition(new Lock()), ball),
    "Queue, half a round trip": play(byQueue, [new Queue<number>(), new Queue<number>()]),
    "SimpleQueue, half a round trip": play(byQueue, [new SimpleQueue<number>(), new SimpleQueue<number>()]),
    "pipe, half a round trip": play(byPipe, pipe()),
  });
}

/** Figures of barriers, a bare one first. */
export async function meetings(pool: Pool, turns: number): Promise<Record<string, Figure>> {
  const play = player(pool);
  return await inTurn(turns, {
    "a bare barrier of two": play(bareBarrier, new RawArray("int32", 48)),
    "Barrier of two": play(byBarrier, new Barrier(2)),
  });
}
