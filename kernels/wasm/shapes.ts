/**
 * Two helpers in the namespaces of vector shapes that are no instructions of their own: `f64x2.const(1, 2)` for
 * a `v128.const` by its lanes, and `f64x2.shuffle(a, b, [0, 2])` for an `i8x16.shuffle` of whole lanes.
 *
 * @module
 */

import { type AnyBuilder, builder } from "./builder.ts";
import { BUILT } from "./instruction.ts";
import type { Operand, Value } from "./values.ts";

/** What the namespace of a shape offers besides its instructions; `L` is a lane's literal. */
export interface ShapeHelpers<L> {
  /** The constant vector of these lanes; a single one is put in every lane. */
  readonly const: (...lanes: L[]) => Value<"v128">;
  /** Picks lanes from two vectors; those of `second` are numbered after those of `first`. */
  readonly shuffle: (
    first: Operand<"v128">,
    second: Operand<"v128">,
    lanes: readonly number[],
  ) => Value<"v128">;
}

type Setter = (view: DataView, at: number, lane: never) => void;

const SHAPES: Record<string, [count: number, set: Setter]> = {
  i8x16: [16, (view, at, lane) => view.setInt8(at, lane)],
  i16x8: [8, (view, at, lane) => view.setInt16(at, lane, true)],
  i32x4: [4, (view, at, lane) => view.setInt32(at, lane, true)],
  i64x2: [2, (view, at, lane) => view.setBigInt64(at, lane, true)],
  f32x4: [4, (view, at, lane) => view.setFloat32(at, lane, true)],
  f64x2: [2, (view, at, lane) => view.setFloat64(at, lane, true)],
};

/** Puts the helpers of every shape into its namespace. */
export function addShapeHelpers(namespaces: ReadonlyMap<string, Record<string, AnyBuilder>>): void {
  const vector = builder(BUILT.get("v128.const")!);
  const shuffle = builder(BUILT.get("i8x16.shuffle")!);
  for (const [shape, [count, set]] of Object.entries(SHAPES)) {
    const namespace = namespaces.get(shape)!;
    namespace.const = (...lanes) => vector(bytesOf(shape, count, set, lanes as never[]));
    namespace.shuffle ??= (first, second, lanes) =>
      shuffle(first, second, bytesOfLanes(shape, count, lanes as readonly number[]));
  }
}

function bytesOf(shape: string, count: number, set: Setter, lanes: never[]): Uint8Array {
  if (lanes.length !== 1 && lanes.length !== count) {
    throw new TypeError(`Cannot build ${shape}.const: it takes 1 or ${count} lanes, not ${lanes.length}`);
  }
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) set(view, i * 16 / count, lanes[lanes.length === 1 ? 0 : i]);
  return bytes;
}

function bytesOfLanes(shape: string, count: number, lanes: readonly number[]): number[] {
  if (lanes.length !== count || !lanes.every((it) => Number.isInteger(it) && it >= 0 && it < 2 * count)) {
    throw new RangeError(`Cannot build ${shape}.shuffle: it takes ${count} lanes from 0 to ${2 * count - 1}`);
  }
  const width = 16 / count;
  return lanes.flatMap((lane) => Array.from({ length: width }, (_, i) => lane * width + i));
}
