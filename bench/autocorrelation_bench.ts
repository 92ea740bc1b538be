/**
 * Full autocorrelations of random integer matrices of 100x100: in this thread, in a pool that gets copies,
 * and in a pool over shared memory; and one of them sum by sum, as SciPy's correlate2d does it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { autocorrelate2d } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { randomPixels } from "./_random.ts";

const SIZE = 100, LAGS = 2 * SIZE - 1;
const pool = new Pool(); // not `await using`: that would end before the benches run

for (const count of [1, 30, 100]) {
  const images = NDArray.shared([count, SIZE, SIZE]);
  const pixel = randomPixels(1);
  for (let i = 0; i < images.size; i++) images.data[i] = pixel();
  const out = NDArray.shared([count, LAGS, LAGS]), sharedOut = NDArray.shared([count, LAGS, LAGS]);
  const copies = [...images].map((image) => image.copy());

  const group = `${count} autocorrelations of ${SIZE}x${SIZE}`;
  autocorrelate2d(images, { out });
  await parallel.autocorrelate2d(pool, images, { out: sharedOut });
  assertEquals(sharedOut.data, out.data); // right before fast
  assertEquals((await pool.map(autocorrelate2d, copies)).at(-1)!.data, out.at(-1).copy().data);
  const bySums = autocorrelate2d(images.at(0), { method: "direct" });
  assertEquals(bySums.data, out.at(0).copy().data); // whole numbers: equal to the last bit

  Deno.bench({ name: "this thread", group, baseline: true, fn: () => void autocorrelate2d(images, { out }) });
  Deno.bench({
    name: `pool of ${pool.size}, copies`,
    group,
    fn: async () => void await pool.map(autocorrelate2d, copies),
  });
  Deno.bench({
    name: `pool of ${pool.size}, shared memory`,
    group,
    fn: async () => void await parallel.autocorrelate2d(pool, images, { out: sharedOut }),
  });
  if (count > 1) continue;
  const single = out.at(0);
  Deno.bench({
    name: "this thread, sum by sum",
    group,
    fn: () => void autocorrelate2d(images.at(0), { method: "direct", out: single }),
  });
}
