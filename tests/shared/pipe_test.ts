/**
 * Pipes: both directions, the end of one side, receiving into arrays.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import {
  BufferTooShortError,
  type Connection,
  heapStats,
  NDArray,
  pipe,
  Queue,
  QueueClosedError,
  QueueFullError,
  SerializationError,
  TimeoutError,
} from "@multicore/multicore/shared";
import { BOUND, settles, test } from "../pool/_tools.ts";

test("pipe() connects two ends, both ways", async () => {
  const [a, b] = pipe();
  await a.send({ x: [1, undefined, "ü"] });
  a.sendSync(undefined);
  b.sendSync(new Map([[1, 2]]));
  assertEquals(await b.recv(), { x: [1, undefined, "ü"] });
  assertEquals(b.recvSync(), undefined);
  assertEquals(a.recvSync(), new Map([[1, 2]]));
  assertThrows(() => a.recvSync({ timeout: 0 }), TimeoutError);
  await assertRejects(() => a.recv({ timeout: 5 }), TimeoutError, "5 ms");
  await assertRejects(() => a.recv({ timeout: -5 }), RangeError);
  await assertRejects(() => a.recv({ signal: AbortSignal.abort(new Error("enough")) }), Error, "enough");
  assertThrows(() => a.sendSync(() => {}), SerializationError);
  await assertRejects(() => a.send(Symbol("x")), SerializationError);
  a.close();
  b.close();
});

test("pipe({ duplex: false }) gives the receiver, then the sender", async () => {
  const [receiver, sender] = pipe({ duplex: false });
  sender.sendSync(1);
  assertEquals(receiver.recvSync(), 1);
  assertThrows(() => receiver.sendSync(1), TypeError);
  await assertRejects(() => receiver.send(1), TypeError);
  assertThrows(() => sender.recvSync(), TypeError);
  await assertRejects(() => sender.recv(), TypeError);
  await assertRejects(() => sender.poll(), TypeError);
  receiver.close();
  sender.close();
});

test("Connection.close() lets the other end drain, then say so; closing twice is fine", async () => {
  const before = heapStats().blocks;
  const [a, b] = pipe();
  using array = NDArray.shared([4]);
  a.sendSync(1);
  a.sendSync([array, new Uint8Array(10_000)]);
  b.sendSync(2);
  const waiting = a.recv().then(() => a.recv());
  a.close();
  a.close();
  assert(a.closed);
  await assertRejects(() => settles(waiting), QueueClosedError);
  for (const use of [() => a.sendSync(1), () => a.recvSync()]) {
    assertThrows(use, QueueClosedError, "it was closed");
  }
  await assertRejects(() => a.poll(), QueueClosedError);
  assertThrows(() => b.sendSync(1), QueueClosedError, "the other end was closed");
  assert(await b.poll());
  assertEquals(b.recvSync(), 1);
  assert(await b.poll());
  b.close();
  b[Symbol.dispose]();
  assertEquals(heapStats().blocks, before + 1);
});

test("Connection.poll() says whether recv() would answer at once", async () => {
  const [a, b] = pipe();
  assertEquals(await a.poll(), false);
  assertEquals(await a.poll({ timeout: 5 }), false);
  const polled = a.poll({ timeout: 10_000 }), received = a.recv();
  b.sendSync("x");
  assert(await settles(polled));
  assertEquals(await settles(received), "x");
  const last = a.poll({ timeout: 10_000 });
  b.close();
  assert(await settles(last));
  a.close();
});

test("Connection.recvInto() writes into an array, or gives the message in the error", async () => {
  const [a, b] = pipe();
  const target = new Float64Array(5).fill(9);
  a.sendSync(new Float64Array([1, 2, 3]));
  assertEquals(await b.recvInto(target), 3);
  assertEquals([...target], [1, 2, 3, 9, 9]);
  a.sendSync(new Float64Array(6).fill(7));
  const error = await assertRejects(() => b.recvInto(target), BufferTooShortError);
  assertEquals(error.value, new Float64Array(6).fill(7));
  assertEquals([...target], [1, 2, 3, 9, 9]);
  for (const message of [new Float32Array(2), [1], "x"]) {
    a.sendSync(message);
    await assertRejects(() => b.recvInto(target), TypeError);
  }
  a.sendSync(new Float64Array([5]));
  for (const target of [[], null, new DataView(new ArrayBuffer(8))]) {
    await assertRejects(() => b.recvInto(target as never), TypeError);
  }
  assertEquals(await b.recv(), new Float64Array([5]));
  a.sendSync(new Float64Array(0));
  assertEquals(await b.recvInto(target), 0);
  a.close();
  b.close();
});

test("Connection travels, and the end that was sent stays usable here", async () => {
  const [mine, theirs] = pipe();
  await using pool = new Pool(2);
  const answer = async (end: Connection) => {
    await end.send(await end.recv<number>() + 1);
    return end;
  };
  mine.sendSync(1);
  const back = await settles(pool.apply(answer, [theirs]));
  assertEquals(await mine.recv(), 2);
  theirs.sendSync("here");
  back.sendSync("there");
  assertEquals([mine.recvSync(), mine.recvSync()], ["here", "there"]);
  mine.sendSync("to");
  assertEquals(theirs.recvSync(), "to");
  back.close();
  assert(theirs.closed);
  assertThrows(() => mine.recvSync(), QueueClosedError);
  await assertRejects(() => pool.apply(answer, [theirs]));
  mine.close();
});

test("Connection.recv() ends when the thread that used the other end has ended", async () => {
  const [mine, theirs] = pipe();
  const process = new Process({
    target: (end: Connection) => end.sendSync(new Uint8Array(50_000)),
    args: [theirs],
  });
  process.start();
  assertEquals((await settles(mine.recv<Uint8Array>())).length, 50_000);
  await assertRejects(() => settles(mine.recv()), QueueClosedError);
  await settles(process.join());
  mine.close();
});

test("Connection keeps the order of 2 x 3,000 messages of all sizes", async () => {
  const [mine, theirs] = pipe();
  const echo = (end: Connection) => {
    for (let i = 0; i < 3000; i++) end.sendSync(end.recvSync());
  };
  const process = new Process({ target: echo, args: [theirs] });
  process.start();
  for (let i = 0; i < 3000; i++) mine.sendSync([i, "x".repeat(i % 100), new Uint8Array(i % 97 ? 3 : 20_000)]);
  for (let i = 0; i < 3000; i++) assertEquals((await settles(mine.recv<[number]>()))[0], i);
  await settles(process.join());
  mine.close();
});

const sleeper = (_end: Connection) => {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
};

test("Connection.recv() hears that the other end was sent to a thread that died before it arrived", async () => {
  for (const how of ["an argument", "an item"]) {
    const [mine, theirs] = pipe();
    using queue = new Queue<Connection>();
    if (how === "an item") queue.putSync(theirs);
    const received = assertRejects(() => settles(mine.recv()), QueueClosedError);
    if (how === "an item") queue[Symbol.dispose]();
    else {
      const process = new Process({ target: sleeper, args: [theirs] });
      process.start();
      process.kill();
      await settles(process.join());
    }
    await received;
    assert(theirs.closed);
    theirs.close();
    mine.close();
  }
});

/** Sends one end to a process that dies before it arrives, and blocks on the other; gives what came of that. */
const blockOnUnarrived = async (
  connect: typeof pipe,
  Child: typeof Process,
  target: (end: Connection) => void,
  timeout: number,
): Promise<string> => {
  const [mine, theirs] = connect(), process = new Child({ target, args: [theirs] });
  process.start();
  // In a worker, a function goes when the event loop has run; the thread starts for longer than that.
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill();
  try {
    return String(mine.recvSync({ timeout }));
  } catch (error) {
    return (error as Error).name;
  } finally {
    theirs.close();
    mine.close();
  }
};

test("Connection.recvSync() hears that the other end was sent to a process that died before it arrived", async () => {
  assertEquals(await blockOnUnarrived(pipe, Process, sleeper, BOUND), "QueueClosedError");
  await using pool = new Pool(1);
  const there = pool.apply(blockOnUnarrived, [pipe, Process, sleeper, BOUND]);
  assertEquals(await settles(there), "QueueClosedError");
});

test("Connection that is sent on by its receiver outlives that", async () => {
  const [mine, theirs] = pipe();
  using queue = new Queue<Connection>();
  const target = (queue: Queue<Connection>, end: Connection) => queue.putSync(end);
  const process = new Process({ target, args: [queue, theirs] });
  process.start();
  await settles(process.join());
  const back = await settles(queue.get());
  back.sendSync(1);
  assertEquals(mine.recvSync(), 1);
  back.close();
  mine.close();
});

test("Connection is still its sender's when it could not be sent", async () => {
  const [mine, theirs] = pipe();
  using full = new Queue<unknown>({ capacity: 1 });
  full.putSync(1);
  assert(!full.tryPut(theirs));
  assertThrows(() => full.putSync([theirs], { timeout: 1 }), QueueFullError);
  await assertRejects(() => full.put({ theirs }, { timeout: 1 }), QueueFullError);
  await assertRejects(() => full.put({ theirs, no: () => {} }), SerializationError);
  await using pool = new Pool(1);
  await assertRejects(() => pool.apply((_: unknown) => 1, [[theirs, new Proxy({}, {})]]), SerializationError);
  assert(!theirs.closed);
  theirs.sendSync(5);
  assertEquals(mine.recvSync(), 5);
  full.getSync();
  full.putSync(theirs);
  const same = full.getSync() as Connection;
  same.sendSync(6);
  assertEquals(mine.recvSync(), 6);
  same.close();
  assert(theirs.closed);
  theirs.close();
  mine.close();
});

test("Connection is closed when the thread that made the pipe has ended and never used it", async () => {
  const [mine, theirs] = pipe();
  const target = (end: Connection) => {
    const [left] = pipe();
    end.sendSync(left);
  };
  const process = new Process({ target, args: [theirs] });
  process.start();
  const left = await settles(mine.recv<Connection>());
  await assertRejects(() => settles(left.recv()), QueueClosedError);
  await settles(process.join());
  left.close();
  mine.close();
  theirs.close();
});
