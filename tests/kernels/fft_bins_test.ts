/**
 * Frequencies of bins, and their order, against NumPy.
 *
 * @module
 */

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { fftfreq, fftshift, ifftshift, rfftfreq } from "@multicore/multicore/kernels";
import { NDArray } from "@multicore/multicore/shared";
import { assertType, type IsExact } from "@std/testing/types";
import { DTYPES } from "../../shared/dtype.ts";
import { assertSameBits } from "../_oracle.ts";
import { decode, golden, type GoldenArray } from "./_golden.ts";

interface GoldenShift {
  readonly axes: number | number[] | null;
  readonly a: GoldenArray;
  readonly fftshift: GoldenArray;
  readonly ifftshift: GoldenArray;
}

const data = golden("fftn");

Deno.test("fftfreq() and rfftfreq() agree with NumPy's on the golden data, to the last bit", () => {
  for (const [n, d, expected] of data.fftfreq as [number, number, GoldenArray][]) {
    assertSameBits(fftfreq(n, d), decode(expected));
    if (d === 1) assertSameBits(fftfreq(n), decode(expected));
  }
  for (const [n, d, expected] of data.rfftfreq as [number, number, GoldenArray][]) {
    assertSameBits(rfftfreq(n, d), decode(expected));
    if (d === 1) assertSameBits(rfftfreq(n), decode(expected));
  }
});

Deno.test("fftfreq() and rfftfreq() refuse what are no points", () => {
  for (const f of [fftfreq, rfftfreq]) {
    assertThrows(() => f(0), RangeError, "0 points");
    assertThrows(() => f(-2), RangeError, "-2 points");
    assertThrows(() => f(2.5), RangeError, "2.5 points");
    assertThrows(() => f("4" as unknown as number), TypeError);
    assertThrows(() => f(4, 0), RangeError, "distance 0");
    assertThrows(() => f(4, "1" as unknown as number), TypeError);
  }
});

Deno.test("fftshift() and ifftshift() agree with NumPy's on the golden data", () => {
  for (const { axes, a, ...expected } of data.shifts as GoldenShift[]) {
    const options = axes === null ? {} : { axes };
    assertSameBits(fftshift(decode(a), options), decode(expected.fftshift));
    assertSameBits(ifftshift(decode(a), options), decode(expected.ifftshift));
  }
  assertEquals(fftshift(NDArray.from(7, [])).toArray(), 7);
});

Deno.test("ifftshift() undoes fftshift(), for elements of every type and any strides", () => {
  for (const dtype of DTYPES) {
    const a = NDArray.zeros([3, 4, 5], dtype);
    for (let i = 0; i < a.data.length; i++) {
      a.data[i] = (typeof a.data[i] === "bigint" ? BigInt(i) : i) as never;
    }
    for (const view of [a, a.transpose(2, 0, 1), a.slice([null, null, -1], 2)] as NDArray[]) {
      assertSameBits(ifftshift(fftshift(view)), view.copy());
      assertSameBits(fftshift(ifftshift(view, { axes: [0] }), { axes: 0 }), view.copy());
      assertSameBits(fftshift(view), fftshift(view.copy()));
    }
  }
  const shifted = fftshift(NDArray.zeros([2], "int64"));
  assertType<IsExact<typeof shifted, NDArray<"int64">>>(true);
});

Deno.test("out gets the shifted elements and nothing else is written", () => {
  const a = NDArray.from([[1, 2, 3], [4, 5, 6]]), board = NDArray.zeros([4, 6]).fill(9);
  const out = board.slice([1, 3], [0, 6, 2]);
  assertStrictEquals(fftshift(a, { out }), out);
  assertEquals(out.toArray(), [[6, 4, 5], [3, 1, 2]]);
  assertEquals((board.data as Float64Array).filter((x) => x === 9).length, 4 * 6 - 6);
  assertThrows(() => fftshift(a, { out: a }), RangeError, "memory");
  assertThrows(() => fftshift(a, { out: NDArray.zeros([2, 3], "float32") }), RangeError, "float32");
  assertThrows(() => fftshift(a, { axes: 2 }), RangeError, "axis 2");
  assertThrows(() => ifftshift(a, { axes: ["0"] as unknown as number[] }), TypeError);
});
