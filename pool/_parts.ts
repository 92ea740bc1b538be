/**
 * Objects of this module among an item's arguments: each is a *part* beside the list of the others, packed and encoded once,
 * if it packs the same each time, and written once into a frame, however many items of it have it as an argument. It is
 * pinned as long as any of them needs it.
 *
 * @module
 */

import { makePlain, type Message, readMessage } from "../shared/message.ts";
import {
  type BlockReference,
  canUnpack,
  PACK,
  type Packed,
  type Traveller,
  unpack,
} from "../shared/travel.ts";
import { attempt } from "./_cloneable.ts";
import { pinFor } from "./_codec.ts";

/** One object, packed. */
export class Part {
  #uses = 0;
  readonly #unpins: (() => void)[] = [];

  constructor(
    readonly packed: Packed,
    /** The same as bytes. */
    readonly message: Message,
  ) {}

  /** Whether it packs the same each time, as long as it is not disposed. */
  get isSteady(): boolean {
    const { tag, blocks } = this.packed;
    return blocks.length > 0 && (tag === "NDArray" || tag === "RawArray");
  }

  /** Whether the object is to be asked each time, as it says itself that it was disposed. */
  get isAsked(): boolean {
    return this.packed.tag !== "NDArray";
  }

  /** What it is, in a few words. */
  get text(): string {
    return packedText(this.packed);
  }

  /** An item needs it; throws when what it lies in has gone. */
  retain(): void {
    if (this.#uses === 0) {
      try {
        for (const block of this.packed.blocks) this.#unpins.push(pinFor(block));
      } catch (error) {
        this.#unpin();
        throw error;
      }
    }
    this.#uses++;
  }

  /** An item needs it no more. */
  release(): void {
    if (--this.#uses === 0) this.#unpin();
  }

  #unpin(): void {
    for (const unpin of this.#unpins.splice(0)) unpin();
  }
}

/** The parts of arrays, as long as these live. */
const steady = new WeakMap<Traveller, Part>();

/** An object as a part, which errors call `path`; undefined when what it packs is not plain. */
export function partOf(value: Traveller, path: string): Part | undefined {
  const known = steady.get(value);
  if (known && !known.isAsked) return known;
  const packed = attempt(path, () => value[PACK]());
  if (known) return known;
  const { tag, blocks, data } = packed;
  const message = makePlain([tag, blocks.flatMap(({ offset, generation }) => [offset, generation]), data]);
  if (!message) return undefined;
  // What is left out of these bytes is a copy already, and nobody else's.
  message.keep();
  const part = new Part(packed, message);
  if (part.isSteady) steady.set(value, part);
  return part;
}

/** What was packed, in a few words. */
export function packedText({ tag, data }: Pick<Packed, "tag" | "data">): string {
  const { shape } = (data ?? {}) as { shape?: unknown };
  return Array.isArray(shape) ? `${tag}(${shape.join(", ")})` : tag;
}

/** A part as it lies in a frame: what the object is rebuilt of, as often as it is wanted. */
export class PartReader {
  readonly #packed: Packed;

  /** `bytes` may be shared. */
  constructor(bytes: Uint8Array, at: number, length: number) {
    const [tag, words, data] = readMessage(bytes, at, length) as [string, number[], unknown];
    const blocks: BlockReference[] = [];
    for (let k = 0; k < words.length; k += 2) blocks.push({ offset: words[k], generation: words[k + 1] });
    this.#packed = { tag, blocks, data };
  }

  /** Whether its class is known here. */
  get isKnown(): boolean {
    return canUnpack(this.#packed.tag);
  }

  /** Rebuilds the object. */
  make(): unknown {
    return unpack(this.#packed);
  }
}
