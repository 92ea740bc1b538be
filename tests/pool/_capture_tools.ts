/**
 * What the tests of captures share: one pool, and a call here and there that must give the same.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Pool } from "@multicore/multicore/pool";
import { SerializationError } from "@multicore/multicore/shared";
import { test } from "./_tools.ts";

// deno-lint-ignore no-explicit-any
type Callable = (...args: any[]) => unknown;

/** A kind of function: its name, how to make it, its arguments. */
export type Kind = readonly [name: string, make: () => Callable | Promise<Callable>, args?: unknown[]];

/** Runs each kind here and in a worker, and compares. */
export function travels(title: string, kinds: readonly Kind[]): void {
  test(`${title}: ${kinds.length} kinds travel`, async (t) => {
    await using pool = new Pool(1);
    for (const [name, make, args = []] of kinds) {
      await t.step(name, async () => {
        // Made twice: a call here may change what is captured.
        const there = await pool.apply(await make(), args);
        assertEquals(there, await (await make())(...args));
      });
    }
  });
}

/** What must be refused: its name, the function, and what the message must say. */
export type Refusal = readonly [name: string, make: () => Callable, ...says: (string | RegExp)[]];

/** Submits each and expects a refusal at the submission that says why. */
export function refused(title: string, refusals: readonly Refusal[]): void {
  test(`${title}: ${refusals.length} kinds are refused`, async (t) => {
    await using pool = new Pool(1);
    await pool.apply(() => 0);
    for (const [name, make, ...says] of refusals) {
      await t.step(name, async () => {
        const before = pool.stats().workers[0].tasks;
        const error = await assertRejects(() => pool.apply(make(), []), SerializationError);
        assertInstanceOf(error, SerializationError);
        assert(error.path.startsWith("fn"), `path ${error.path}`);
        for (const word of says) {
          const found = typeof word === "string" ? error.message.includes(word) : word.test(error.message);
          assert(found, `${word} is not in: ${error.message}`);
        }
        assert(/; \w/.test(error.message), `no advice in: ${error.message}`);
        assert(!error.message.endsWith("."), error.message);
        assertEquals(pool.stats().workers[0].tasks, before, "nothing was run");
      });
    }
  });
}
