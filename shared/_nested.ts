/**
 * Nested JavaScript arrays to contiguous elements, and back.
 */

import type { Placed } from "./_copy.ts";
import { describe } from "./_describe.ts";
import { convert, readElement, toReal } from "./_elements.ts";
import { checkShape, type Shape, sizeOf, text } from "./_strides.ts";
import { type DType, dtypeOf, isComplex, lanes, type TypedArray, viewConstructor } from "./dtype.ts";

/** A number, bigint, boolean or typed array, or arrays of them nested to any depth. */
export type NestedItems =
  | number
  | bigint
  | boolean
  | TypedArray
  | Uint8ClampedArray
  | readonly NestedItems[];

/** One value, or arrays of such values nested to any depth. */
export type Nested<T> = T | readonly Nested<T>[];

/** Contiguous row-major elements in storage of their own. */
export type Elements = Pick<Placed, "data" | "dtype" | "shape">;

/** Reads nested arrays or a flat typed array; `shape` and `dtype` as `NDArray.from` documents them. */
export function readItems(items: NestedItems, shape?: Shape, dtype?: DType): Elements {
  return ArrayBuffer.isView(items) ? readFlat(items, shape, dtype) : readNested(items, shape, dtype);
}

function readNested(items: NestedItems, shape?: Shape, dtype?: DType): Elements {
  const lengths = measure(items);
  const kinds = new Set<string>();
  const values = new Array<number | bigint>(sizeOf(lengths));
  gather(items, lengths, 0, values, 0, kinds);
  const type = dtype ?? infer(kinds);
  if (shape === undefined && isComplex(type) && lengths.at(-1) !== 2) {
    throw new RangeError(
      `Cannot read complex numbers from an array of shape ${text(lengths)}: ` +
        "the innermost arrays must be [re, im]; give the shape to read real parts",
    );
  }
  const wanted = checkShape(shape ?? (isComplex(type) ? lengths.slice(0, -1) : lengths));
  const step = slotStep(values.length, wanted, type);
  const data = new (viewConstructor(type))(sizeOf(wanted) * lanes(type));
  for (let i = 0; i < values.length; i++) data[i * step] = toReal(values[i], type) as number;
  return { data, dtype: type, shape: wanted };
}

function readFlat(
  items: TypedArray | Uint8ClampedArray,
  shape?: Shape,
  dtype?: DType,
): Elements {
  const own: DType = dtypeOf(items);
  const type = dtype ?? own;
  const source = items as TypedArray;
  const wanted = checkShape(shape ?? (isComplex(type) ? items.length >> 1 : items.length));
  const interleaved = slotStep(items.length, wanted, type) < lanes(type);
  const part = type === "complex64" ? "float32" : "float64";
  const data = convert(source, own, interleaved ? part : type);
  return {
    data: data === source ? new (viewConstructor(type))(data as Float64Array) : data,
    dtype: type,
    shape: wanted,
  };
}

/** Slots from one of `count` given values to the next: 2 where they are the real parts of complex elements. */
function slotStep(count: number, shape: readonly number[], dtype: DType): 1 | 2 {
  const size = sizeOf(shape);
  if (isComplex(dtype) && count === 2 * size) return 1;
  if (count === size) return lanes(dtype);
  const need = isComplex(dtype) ? `${2 * size} interleaved parts or ${size} real ones` : `${size}`;
  throw new RangeError(`Cannot fill an array of shape ${text(shape)} with ${count} items: it takes ${need}`);
}

function measure(items: NestedItems): number[] {
  const lengths: number[] = [];
  let first: NestedItems | undefined = items;
  while (Array.isArray(first) || ArrayBuffer.isView(first)) {
    lengths.push((first as readonly NestedItems[]).length);
    first = (first as readonly NestedItems[])[0];
  }
  return lengths;
}

/** Writes the leaves below `items` from `index` on, and gives the index after them. */
function gather(
  items: NestedItems,
  lengths: readonly number[],
  depth: number,
  values: (number | bigint)[],
  index: number,
  kinds: Set<string>,
): number {
  if (depth === lengths.length) {
    const kind = typeof items;
    if (kind !== "number" && kind !== "bigint" && kind !== "boolean") {
      if (typeof items === "object" && items !== null && "length" in items) {
        throw ragged(lengths, depth, items);
      }
      throw new TypeError(
        `Cannot make an array element of ${describe(items)}: give numbers, bigints or booleans`,
      );
    }
    kinds.add(kind);
    values[index] = kind === "boolean" ? Number(items) : items as number | bigint;
    return index + 1;
  }
  const typed = ArrayBuffer.isView(items);
  if ((!typed && !Array.isArray(items)) || items.length !== lengths[depth]) {
    throw ragged(lengths, depth, items);
  }
  if (typed) {
    if (depth + 1 !== lengths.length) throw ragged(lengths, depth + 1, items[0]);
    kinds.add(dtypeOf(items));
    for (const value of items) values[index++] = value;
    return index;
  }
  for (let i = 0; i < items.length; i++) index = gather(items[i], lengths, depth + 1, values, index, kinds);
  return index;
}

function ragged(lengths: readonly number[], depth: number, items: unknown): RangeError {
  const expected = depth < lengths.length ? `an array of ${lengths[depth]} items` : "a single value";
  const length = (items as ArrayLike<unknown> | null | undefined)?.length;
  const given = length === undefined ? describe(items) : `an array of ${length} items`;
  return new RangeError(
    `Cannot make an array from ragged nesting: found ${given} at depth ${depth}, expected ${expected}`,
  );
}

function infer(kinds: ReadonlySet<string>): DType {
  const [kind] = kinds;
  if (kinds.size === 1 && kind !== "number") {
    return kind === "bigint" ? "int64" : kind === "boolean" ? "uint8" : kind as DType;
  }
  if (kinds.has("bigint") || kinds.has("int64") || kinds.has("uint64")) {
    throw new TypeError("Cannot infer the dtype of bigints among other values: give the dtype");
  }
  return "float64";
}

/** Elements as nested arrays; the element itself where there are no axes. */
export function toNested(source: Placed, depth = 0, offset: number = source.offset): unknown {
  const { data, dtype, shape, strides } = source;
  if (depth === shape.length) return readElement(data, dtype, offset);
  const items = new Array<unknown>(shape[depth]);
  for (let i = 0; i < items.length; i++) items[i] = toNested(source, depth + 1, offset + i * strides[depth]);
  return items;
}
