/**
 * Fourier transforms of random integer matrices: in this thread, in a pool that gets copies, and in a pool
 * over shared memory. The last group is one large matrix, which the workers share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fft2 } from "@multicore/multicore/kernels";
import * as parallel from "@multicore/multicore/kernels/parallel";
import { Pool } from "@multicore/multicore/pool";
import { NDArray } from "@multicore/multicore/shared";
import { randomPixels } from "./_random.ts";

const pool = new Pool(); // not `await using`: that would end before the benches run

for (const [count, size] of [[1, 100], [30, 100], [100, 100], [1, 1024]]) {
  const images = NDArray.shared([count, size, size]);
  const pixel = randomPixels(1);
  for (let i = 0; i < images.size; i++) images.data[i] = pixel();
  const out = NDArray.shared([count, size, size], "complex128");
  const sharedOut = NDArray.shared([count, size, size], "complex128");
  const copies = [...images].map((image) => image.copy());

  const group = `${count} transforms of ${size}x${size}`;
  fft2(images, { out });
  await parallel.fft2(pool, images, { out: sharedOut });
  assertEquals(sharedOut.data, out.data); // right before fast
  assertEquals((await pool.map(fft2, copies)).at(-1)!.data, out.at(-1).copy().data);

  Deno.bench({ name: "this thread", group, baseline: true, fn: () => void fft2(images, { out }) });
  Deno.bench({
    name: `pool of ${pool.size}, copies`,
    group,
    fn: async () => void await pool.map(fft2, copies),
  });
  Deno.bench({
    name: `pool of ${pool.size}, shared memory`,
    group,
    fn: async () => void await parallel.fft2(pool, images, { out: sharedOut }),
  });
}
