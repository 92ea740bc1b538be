/**
 * Shareable lists: CPython's bytes, texts that CPython damages, names, threads, and a comparison with arrays.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Pool, Process } from "@multicore/multicore/pool";
import {
  heapStats,
  Lock,
  type Shareable,
  ShareableList,
  SharedMemory,
  SharedMemoryExistsError,
  SharedMemoryManager,
  SharedMemoryNotFoundError,
} from "@multicore/multicore/shared";
import { PACK, type Traveller, unpack } from "../../shared/travel.ts";

const travel = <T>(value: T): T => unpack((value as unknown as Traveller)[PACK]()) as T;
const hex = (list: ShareableList) => {
  using memory = SharedMemory.attach(list.name);
  return memory.buf.slice().toHex();
};

/** A test that leaves no block behind. */
function test(name: string, run: () => void | Promise<void>): void {
  Deno.test(name, async () => {
    const before = heapStats().blocks;
    await run();
    assertEquals(heapStats().blocks, before);
  });
}

const EVERY_KIND: Shareable[] = [
  ...[0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 53, 2 ** 60, -(2 ** 63)],
  ...[-0, 0.5, NaN, Infinity, -Infinity, 5e-324, 1e300, 2 ** 63],
  ...[0n, -1n, 7n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), true, false, null],
  ...[
    "",
    "a",
    "8 bytes!",
    "é",
    "é".repeat(6),
    "日本語",
    "👩‍👩‍👧‍👦",
    "\ufeffBOM",
    "\0",
    "a\0",
    "a\0\0b",
    "1234567\0",
  ],
  ...["\0".repeat(8), "\0".repeat(9), "x".repeat(1000), "\ufffd"],
  ...[[], [0], [1, 0], [0, 0, 1], [255, 254], [0, 0, 0, 0, 0, 0, 0, 0]].map((bytes) => new Uint8Array(bytes)),
];

test("ShareableList gives back every kind of item as it was", () => {
  using list = new ShareableList(EVERY_KIND);
  assertEquals(list.length, EVERY_KIND.length);
  EVERY_KIND.forEach((item, i) => assertEquals(list.at(i), item));
  assertEquals([...list], EVERY_KIND);
  EVERY_KIND.forEach((item, i) => {
    if (!(item instanceof Uint8Array)) assertStrictEquals(list.at(i - list.length), item);
  });
  using copy = new ShareableList(list);
  assertEquals([...copy], EVERY_KIND);
  for (let i = 0; i < list.length; i++) list.set(i, EVERY_KIND[i]);
  assertEquals(hex(list), hex(copy));
});

// Made with CPython 3.13: bytes(ShareableList([...]).shm.buf).hex()
test("ShareableList lays its bytes out as CPython does", () => {
  using docs = new ShareableList([
    ...["howdy", new TextEncoder().encode("HoWdY"), -273.154, 100, null, true, 42],
  ]);
  assertEquals(docs.format, "8s8sdqxxxxxx?xxxxxxxx?q");
  assertEquals(
    hex(docs),
    "070000000000000000000000000000000800000000000000100000000000000018000000000000002000000000000000280000" +
      "000000000030000000000000003800000000000000686f776479000000486f5764590000005839b4c8761271c064000000" +
      "00000000000000000000000000000000000000012a0000000000000038730000000000003873000000000000640000000000" +
      "000071000000000000007878787878783f78787878787878783f710000000000000001020000030000",
  );
  using changed = new ShareableList(["12345678", new Uint8Array(), false, 2.5]);
  assertEquals(changed.format, "16s8sxxxxxxx?d");
  changed.set(0, "abc");
  changed.set(1, 7);
  changed.set(2, "hey");
  changed.set(3, null);
  assertEquals(changed.format, "16sq8sxxxxxx?x");
  assertEquals(
    hex(changed),
    "040000000000000000000000000000001000000000000000180000000000000020000000000000002800000000000000616263" +
      "00000000000000000000000000070000000000000068657900000000000000000000000000313673000000000071000000" +
      "0000000038730000000000007878787878783f7801000103",
  );
  using empty = new ShareableList([]);
  assertEquals([hex(empty), empty.format, empty.length], ["00".repeat(16), "", 0]);
  using one = new ShareableList(["x"]);
  assertEquals(hex(one).length / 2, 41);
});

// gh-88336, gh-96779, gh-106939, gh-145261
test("python complaint 16: no text loses characters or NULs, and no negative index reads garbage", () => {
  using list = new ShareableList(["éééééé", "a\0\0", new Uint8Array([1, 0, 0])]);
  assertEquals([...list], ["éééééé", "a\0\0", new Uint8Array([1, 0, 0])]);
  assertEquals(list.format, "16s8s8s");
  list.set(1, "éé\0é\0");
  assertThrows(() => list.set(1, "éé\0é\0\0"), RangeError, "9 bytes");
  assertEquals(list.at(1), "éé\0é\0");
  for (const index of [-4, -5, 3, 100]) {
    assertThrows(() => list.at(index), RangeError, "from -3 to 2");
    assertThrows(() => list.set(index, 1), RangeError, `${index}`);
  }
});

// arroyo #67, gh-101623: the sizes of a list's memory differed between its maker and those who attach.
test("python complaint 17: whoever attaches sees the exact bytes", () => {
  using list = new ShareableList(["x"]);
  using memory = SharedMemory.attach(list.name);
  using same = ShareableList.attach(list.name);
  assertEquals([memory.byteLength, same.length, ...same], [41, 1, "x"]);
});

test("ShareableList.set() may change the kind, and refuses what exceeds the slot without a trace", () => {
  using list = new ShareableList([1, "12345678", new Uint8Array(3), null]);
  const slots = [8, 16, 8, 8];
  slots.forEach((slot, i) => {
    for (
      const item of [true, null, 0.5, 5n, 2 ** 60, "", "x".repeat(slot), new Uint8Array(slot).fill(9), -1]
    ) {
      list.set(i, item);
      assertEquals(list.at(i), item);
    }
    const before = hex(list);
    for (const item of ["x".repeat(slot + 1), "\0".repeat(slot + 1), "é".repeat(slot / 2) + "x"]) {
      assertThrows(() => list.set(i, item), RangeError, `slot of ${slot}`);
    }
    assertThrows(() => list.set(i, new Uint8Array(slot + 1)), RangeError);
    assertEquals(hex(list), before);
  });
});

test("ShareableList refuses other kinds of items, and leaves nothing behind", () => {
  using list = new ShareableList([1]);
  for (const item of [undefined, {}, [], Symbol("x"), () => {}, new Date(), new Uint8ClampedArray(1)]) {
    assertThrows(() => new ShareableList([1, item as never]), TypeError, "in a list");
    assertThrows(() => list.set(0, item as never), TypeError, "in a list");
  }
  for (const item of [2n ** 63n, -(2n ** 63n) - 1n, "\ud800", "x\udc00y"]) {
    assertThrows(() => new ShareableList([item]), RangeError, "in a list");
    assertThrows(() => list.set(0, item), RangeError, "in a list");
  }
  for (const items of [undefined, null, 3, "abc", { length: 1 }]) {
    assertThrows(() => new ShareableList(items as never), TypeError, "list of");
  }
  for (const index of ["0", undefined, null, 0n]) {
    assertThrows(() => list.at(index as never), TypeError, "give an integer");
  }
  for (const index of [0.5, NaN, Infinity, -0.5]) assertThrows(() => list.at(index), RangeError);
  assertThrows(() => new ShareableList(["x".repeat(9_999_992)]), RangeError, "9999991");
  assertEquals([...list], [1]);
  using empty = new ShareableList([]);
  assertThrows(() => empty.at(0), RangeError, "0 items");
});

test("ShareableList holds the longest text there can be", () => {
  const text = "é".repeat(4_999_995) + "\0";
  using list = new ShareableList([text, "behind"]);
  assert(list.at(0) === text);
  assertEquals(list.at(1), "behind");
});

test("ShareableList.indexOf(), includes() and count() compare as arrays do, bytes by their contents", () => {
  const items = [1, "a", NaN, 1, 0, true, 1n, null, new Uint8Array([1, 2]), ""];
  using list = new ShareableList(items);
  for (const item of [1, "a", NaN, 0, -0, true, false, 1n, 2n, null, "", "b"]) {
    assertEquals(list.indexOf(item), items.indexOf(item));
    assertEquals(list.includes(item), items.includes(item));
    assertEquals(list.count(item), items.filter((other) => other === item).length);
  }
  assertEquals([list.indexOf(new Uint8Array([1, 2])), list.indexOf(new Uint8Array([1]))], [8, -1]);
  assertEquals(list.count(new Uint8Array([1, 2])), 1);
});

test("ShareableList is found by its name until its maker disposes it", () => {
  const list = new ShareableList([1, 2], { name: "list" });
  assertThrows(() => new ShareableList([3], { name: "list" }), SharedMemoryExistsError);
  const same = ShareableList.attach<number>("list");
  same.set(0, 5);
  assertEquals(list.at(0), 5);
  same[Symbol.dispose]();
  assertThrows(() => same.at(0), ReferenceError, "disposed");
  using other = ShareableList.attach("list");
  list[Symbol.dispose]();
  list[Symbol.dispose]();
  for (
    const use of [
      () => list.at(0),
      () => list.set(0, 1),
      () => list.length,
      () => [...list],
      () => list.format,
      () => travel(list),
    ]
  ) assertThrows(use, ReferenceError, '"list"');
  assertThrows(() => ShareableList.attach("list"), SharedMemoryNotFoundError);
  assertEquals([...other], [5, 2]);
  for (const name of ["", "a\0b"]) assertThrows(() => new ShareableList([1], { name }), RangeError);
  using generated = new ShareableList([1]);
  assert(generated.name.startsWith("mc_"));
});

test("ShareableList.attach() refuses memory that holds no list", () => {
  for (const fill of [0, 1, 255]) {
    for (const byteLength of [1, 8, 15, 17, 41, 100]) {
      using memory = SharedMemory.create(byteLength);
      memory.buf.fill(fill);
      assertThrows(() => ShareableList.attach(memory.name), TypeError, "no list");
    }
  }
  assertThrows(() => ShareableList.attach("nobody"), SharedMemoryNotFoundError);
  assertThrows(() => ShareableList.attach(3 as never), TypeError);
});

test("SharedMemoryManager.ShareableList() makes lists that go at shutdown", () => {
  const manager = new SharedMemoryManager();
  const list = manager.ShareableList([1, "two"]);
  assertEquals([...list], [1, "two"]);
  const { name } = list;
  manager.shutdown();
  assertThrows(() => list.at(0), ReferenceError);
  assertThrows(() => ShareableList.attach(name), SharedMemoryNotFoundError);
  assertThrows(() => manager.ShareableList([1]), ReferenceError);
});

test("ShareableList goes to workers and back by reference, and by name", async () => {
  await using pool = new Pool(2);
  using list = new ShareableList(["größer", 1, null]);
  const back = await pool.apply((list: ShareableList) => {
    list.set(1, `${list.at(0)}`.length);
    return list;
  }, [list]);
  assertEquals([back.name, ...back], [list.name, "größer", 6, null]);
  back[Symbol.dispose]();
  await pool.apply(() => list.set(-1, 7n), []);
  const { name } = list;
  const seen = await pool.apply(() => {
    using same = ShareableList.attach(name);
    same.set(0, "a\0");
    return [...same];
  });
  assertEquals(seen, ["a\0", 6, 7n]);
  assertEquals([...list], seen);
});

test("ShareableList that a process made lives on by its name until somebody unlinks it", async () => {
  const process = new Process({
    target: () => {
      new ShareableList(["left", 1], { name: "legacy" });
    },
  });
  process.start();
  await process.join();
  {
    using list = ShareableList.attach("legacy");
    assertEquals([...list], ["left", 1]);
  }
  using memory = SharedMemory.attach("legacy");
  memory.unlink();
});

test("ShareableList under a lock loses nothing, and its texts are whole", async () => {
  await using pool = new Pool(2);
  using list = new ShareableList([0, 0.5, 0n, "é0000000"]), lock = new Lock();
  await pool.map((rounds: number) => {
    for (let i = 0; i < rounds; i++) {
      using _guard = lock.acquireSync();
      const sum = list.at(0) as number + 1;
      if (list.at(3) !== `é${`${sum - 1}`.padStart(7, "0")}`) throw new Error(`torn: ${list.at(3)}`);
      list.set(0, sum);
      list.set(1, list.at(1) as number + 0.5);
      list.set(2, list.at(2) as bigint + 1n);
      list.set(3, `é${`${sum}`.padStart(7, "0")}`);
    }
  }, [1000, 1500]);
  assertEquals([...list], [2500, 1250.5, 2500n, "é0002500"]);
});

test("ShareableList's numbers are never torn", async () => {
  await using pool = new Pool(2);
  using list = new ShareableList<number | bigint>([1e300, 5n]), stop = new ShareableList([false]);
  const writer = pool.apply(() => {
    let rounds = 0;
    while (stop.at(0) === false) {
      list.set(0, ++rounds & 1 ? -1e-300 : 1e300);
      list.set(1, rounds & 1 ? -(2n ** 62n) : 5n);
    }
    return rounds;
  });
  for (let i = 0; i < 20_000; i++) {
    const [number, bigint] = list;
    assert(number === 1e300 || number === -1e-300, `${number}`);
    assert(bigint === 5n || bigint === -(2n ** 62n), `${bigint}`);
    if (i % 100 === 0) await Promise.resolve();
  }
  stop.set(0, true);
  assert(await writer >= 0);
});

test("ShareableList agrees with an array through random changes", () => {
  let state = 20240607;
  const random = (n: number) => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return ((state ^ state >>> 13) >>> 0) % n;
  };
  const alphabet = ["a", "Z", "\0", "\0", "é", "ß", "日", "\u0800", "👍", "\ufeff", "\uffff", "\u{10ffff}"];
  const text = () => Array.from({ length: random(12) }, () => alphabet[random(alphabet.length)]).join("");
  const item = (): Shareable => {
    switch (random(8)) {
      case 0:
        return random(1000) - 500;
      case 1:
        return (random(2 ** 31) - 2 ** 30) * 2 ** random(40) / 3 ** random(3);
      case 2:
        return BigInt.asIntN(64, BigInt(random(2 ** 31)) ** BigInt(random(4)));
      case 3:
        return random(2) === 1;
      case 4:
        return null;
      case 5:
        return Uint8Array.from({ length: random(20) }, () => random(3));
      default:
        return text();
    }
  };
  const bytesOf = (item: Shareable) =>
    typeof item === "string"
      ? new TextEncoder().encode(item).length
      : item instanceof Uint8Array
      ? item.length
      : -1;
  for (let round = 0; round < 150; round++) {
    const model = Array.from({ length: random(8) }, item);
    const slots = model.map((item) => bytesOf(item) < 0 ? 8 : 8 * (Math.floor(bytesOf(item) / 8) + 1));
    using list = new ShareableList(model), same = ShareableList.attach(list.name);
    for (let step = 0; step < 60; step++) {
      const index = random(model.length + 4) - 2 - random(model.length + 1), value = item();
      const at = index < 0 ? index + model.length : index;
      if (at < 0 || at >= model.length || bytesOf(value) > slots[at]) {
        assertThrows(() => list.set(index, value), RangeError);
      } else {
        list.set(index, value);
        model[at] = value;
      }
      assertEquals([...same], model);
    }
    assertEquals(list.format.match(/\d+s|q|d|x+\?x?/g)?.length ?? 0, model.length);
    const needle = item();
    if (!(needle instanceof Uint8Array)) assertEquals(list.indexOf(needle), model.indexOf(needle));
  }
});
