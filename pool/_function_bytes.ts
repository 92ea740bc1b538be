/**
 * The functions of calls, encoded: once if they capture nothing, else as they are at the call.
 *
 * @module
 */

import { serialise } from "../shared/serialise.ts";
import { capturesAnything, encode, type Encoded } from "./_codec.ts";
import type { AnyFunction } from "./process.ts";

const AS_ARGUMENTS = { functions: true, handOver: false };

/** An encoded function. */
export interface EncodedFunction extends Encoded {
  /** Its number; workers remember functions by it. */
  readonly id: number;
  /** The wire serialised; undefined when it must be posted. */
  readonly bytes: Uint8Array | undefined;
}

/** Encodes a value as it is now; what its maker does to it later does not matter. */
export function encodeNow(value: unknown, path: string): Encoded {
  const { wire, release, onlyPosted } = encode(value, path, AS_ARGUMENTS);
  return { wire: typeof wire.value === "object" ? structuredClone(wire) : wire, release, onlyPosted };
}

let ids = 0;
/** Functions that capture nothing are encoded once. */
const plain = new WeakMap<AnyFunction, EncodedFunction>();

/** Encodes the function of a call, with what it captures as it is now. */
export function encodeFunction(fn: AnyFunction, path: string): EncodedFunction {
  const known = plain.get(fn);
  if (known) return known;
  const encoded = encode(fn, path, AS_ARGUMENTS), { notes } = encoded.wire, id = ++ids;
  const bytes = encoded.onlyPosted ? undefined : serialise(encoded.wire);
  if (notes?.length !== 1 || capturesAnything(notes[0])) {
    return { wire: structuredClone(encoded.wire), release: encoded.release, id, bytes };
  }
  const made = { ...encoded, id, bytes };
  plain.set(fn, made);
  return made;
}
