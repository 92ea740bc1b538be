/**
 * A program of its own, run in many ways by the tests of captures: prints what its calls gave, as JSON.
 *
 * @module
 */

import { Pool } from "../../pool/mod.ts";
import { join, posix } from "node:path";
import byDefault, { Account, aliased, countCalls, useSecret, whereAmI } from "./_capture_module.ts";

interface Row {
  name: string;
  scale: number;
}

const scale: number = 3;
const row: Row = { name: "row", scale };
class Scaled {
  constructor(readonly x: number) {}
  get value() {
    return this.x * scale;
  }
}
const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error) => `${error.name}: ${error.message}`);

const pool = new Pool(1);
// The first capture of the program, changed right after the call.
let early = 1;
const first = outcome(pool.apply(() => [early, aliased(early), byDefault(early), join("a", String(early))]));
early = 2;
const second = outcome(pool.apply(() => [early, new Account(early).balance, posix.sep]));
early = 3;

/** Fails in a line that the test knows. */
function fails(
  x: number,
): never {
  const why: string = `no ${x} ${scale}`;

  throw new RangeError(why); // the test looks for this line
}

const results = {
  first: await first,
  second: await second,
  plain: await pool.apply((x: number) => Math.sqrt(x), [16]),
  captured: await outcome(pool.map((x: number) => x * scale + row.scale, [1, 2])),
  class: await outcome(pool.apply((x: number) => new Scaled(x).value, [2])),
  imported: await outcome(pool.apply(() => [useSecret(1), countCalls(), countCalls()])),
  address: await outcome(pool.apply(whereAmI)),
  stack: await pool.apply(fails, [1]).then(() => "", (error) => error.stack),
};
console.log(`RESULTS ${JSON.stringify(results)}`);
pool.terminate();
await pool.join();
