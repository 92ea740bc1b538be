/**
 * Event: its two states, its waits, its end.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import { Event, RawArray } from "@multicore/multicore/shared";
import { eventually, settles, test } from "../pool/_tools.ts";
import { failsWith, pause } from "./_sync.ts";

test("Event is set or clear, and a wait says which", async () => {
  using event = new Event();
  assertEquals([event.isSet, event.waitSync({ timeout: 0 }), await event.wait({ timeout: 5 })], [
    false,
    false,
    false,
  ]);
  event.set();
  event.set();
  assertEquals([event.isSet, event.waitSync(), await event.wait(), event.waitSync({ timeout: 0 })], [
    true,
    true,
    true,
    true,
  ]);
  event.clear();
  event.clear();
  assertEquals([event.isSet, event.waitSync({ timeout: 5 })], [false, false]);
});

test("Event wakes all who wait, also when it is cleared at once", async () => {
  using event = new Event();
  using ready = new RawArray("int32", 1);
  await using pool = new Pool(2);
  const wait = (event: Event, { view }: RawArray<"int32">) => {
    Atomics.add(view, 0, 1);
    return event.waitSync();
  };
  const waits = [
    pool.apply(wait, [event, ready]),
    pool.apply(wait, [event, ready]),
    event.wait(),
    event.wait(),
  ];
  await eventually(() => Atomics.load(ready.view, 0) === 2, "they wait");
  await pause(30);
  event.set();
  event.clear();
  assertEquals(await settles(Promise.all(waits)), [true, true, true, true]);
  assertEquals(event.isSet, false);
});

test("Event.wait() rejects with the signal's reason, and wrong timeouts are refused", async () => {
  using event = new Event();
  const reason = new Error("enough"), abort = new AbortController();
  const wait = (signal: AbortSignal) => event.wait({ signal }).catch((error) => error);
  assertStrictEquals(await wait(AbortSignal.abort(reason)), reason);
  const later = wait(abort.signal);
  await pause();
  abort.abort(reason);
  assertStrictEquals(await later, reason);
  assertThrows(() => event.waitSync({ timeout: -1 }), RangeError);
  await failsWith("RangeError", () => event.wait({ timeout: NaN }));
});

test("Event travels by reference, captured too, and outlives the threads that use it", async () => {
  using event = new Event();
  await using pool = new Pool(1);
  await pool.apply(() => event.set());
  assertEquals(event.isSet, true);
  using back = await pool.apply(({ events: [event] }: { events: Event[] }) => {
    event.clear();
    return event;
  }, [{ events: [event] }]);
  assertEquals([back instanceof Event, back.isSet, event.isSet], [true, false, false]);
  const setter = new Process({ target: (event: Event) => event.set(), args: [event] });
  setter.start();
  assertEquals(event.waitSync({ timeout: 10_000 }), true);
  await setter.join();
});

test("Event that is disposed wakes who waits with ReferenceError", async () => {
  const event = new Event();
  await using pool = new Pool(1);
  const theirs = pool.apply((event: Event) => event.waitSync(), [event]), mine = event.wait();
  for (const waits of [theirs, mine]) waits.catch(() => {});
  await pause(200);
  event[Symbol.dispose]();
  event[Symbol.dispose]();
  await failsWith("ReferenceError", () => settles(theirs));
  await failsWith("ReferenceError", () => settles(mine));
  assertThrows(() => event.set(), ReferenceError, "disposed");
});
