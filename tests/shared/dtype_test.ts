/**
 * Element types and what belongs to each.
 *
 * @module
 */

import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  checkDType,
  type DType,
  dtypeOf,
  DTYPES,
  isBigInt,
  isComplex,
  isInteger,
  itemSize,
  lanes,
  viewConstructor,
} from "../../shared/dtype.ts";

Deno.test("itemSize() gives the bytes of one element", () => {
  const sizes = Object.fromEntries(DTYPES.map((dtype) => [dtype, itemSize(dtype)]));
  assertEquals(sizes, {
    int8: 1,
    uint8: 1,
    int16: 2,
    uint16: 2,
    int32: 4,
    uint32: 4,
    int64: 8,
    uint64: 8,
    float32: 4,
    float64: 8,
    complex64: 8,
    complex128: 16,
  });
});

Deno.test("lanes() gives two slots to complex elements alone", () => {
  assertEquals(DTYPES.filter((dtype) => lanes(dtype) === 2), ["complex64", "complex128"]);
  assertEquals(DTYPES.filter(isComplex), ["complex64", "complex128"]);
});

Deno.test("isBigInt() and isInteger() tell the kinds of elements apart", () => {
  assertEquals(DTYPES.filter(isBigInt), ["int64", "uint64"]);
  assertEquals(DTYPES.filter(isInteger), DTYPES.slice(0, 8));
});

Deno.test("viewConstructor() gives the typed array of each dtype", () => {
  for (const dtype of DTYPES) {
    const view = new (viewConstructor(dtype))(4);
    assertEquals(view.BYTES_PER_ELEMENT * lanes(dtype), itemSize(dtype));
    if (!isComplex(dtype)) assertEquals(dtypeOf(view) as DType, dtype);
  }
  assertInstanceOf(new (viewConstructor("complex64"))(2), Float32Array);
});

Deno.test("dtypeOf() knows clamped arrays and refuses what is no typed array", () => {
  assertEquals(dtypeOf(new Uint8ClampedArray(1)), "uint8");
  assertThrows(() => dtypeOf(new DataView(new ArrayBuffer(8)) as never), TypeError, "DataView");
  assertThrows(() => dtypeOf([1] as never), TypeError, "Array");
});

Deno.test("checkDType() names what was given and what there is", () => {
  assertEquals(checkDType("int16"), "int16");
  assertThrows(() => checkDType("float16" as never), TypeError, '"float16"');
  assertThrows(() => checkDType("toString" as never), TypeError, "int8, uint8");
  assertThrows(() => checkDType(undefined as never), TypeError, "complex64, complex128");
});
