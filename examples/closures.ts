/**
 * Functions just travel: lambdas, closures, classes and imports, with what they use of their surroundings.
 *
 * What a function captures is what it is at the call; nothing comes back but the result. Memory that is shared
 * is the exception: it is one memory in all threads. Reading captured variables needs --allow-sys.
 *
 * Run: deno run --allow-read --allow-sys examples/closures.ts
 *
 * Prints:
 *
 *     a closure: 13,23,33
 *     a class: 12.57
 *     an import: .ts
 *     recursion: 120
 *     a snapshot: 1 then 2
 *     shared memory: 1,4,9
 *     what cannot travel: fn (ask) → variable answer
 *
 * @module
 */

import { extname } from "node:path";
import { NDArray, Pool, SerializationError } from "@multicore/multicore";

function report(what: string, got: unknown, expected: unknown) {
  console.log(`${what}: ${got}`);
  if (String(got) !== String(expected)) throw new Error(`${what} should give ${expected}`);
}

await using pool = new Pool(2);

const scale = 10, table = new Map([["offset", 3]]);
report("a closure", await pool.map((x) => x * scale + table.get("offset")!, [1, 2, 3]), [13, 23, 33]);

class Circle {
  #radius: number;
  constructor(radius: number) {
    this.#radius = radius;
  }
  get area() {
    return Math.PI * this.#radius ** 2;
  }
}
report("a class", await pool.apply((radius) => new Circle(radius).area.toFixed(2), [2]), "12.57");

report("an import", await pool.apply(() => extname("main.ts")), ".ts");

const factorial = (n: number): number => n < 2 ? 1 : n * factorial(n - 1);
report("recursion", await pool.apply(factorial, [5]), 120);

let count = 1;
const read = () => count;
const before = pool.apply(read);
count = 2;
report("a snapshot", `${await before} then ${await pool.apply(read)}`, "1 then 2");

using squares = NDArray.shared([3]);
await pool.map((i) => squares.set((i + 1) ** 2, i), [0, 1, 2]);
report("shared memory", squares.toArray(), [1, 4, 9]);

const answer = Promise.resolve(42);
const ask = () => answer;
const refusal = await pool.apply(ask).catch((error) => error);
if (!(refusal instanceof SerializationError)) throw new Error("a promise should not travel");
report("what cannot travel", refusal.path, "fn (ask) → variable answer");
