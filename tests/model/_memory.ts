/**
 * A small memory whose every change is noted, so that it can be taken back, and whose content has a hash at any time.
 *
 * @module
 */

/** Mixes 32 bits (the finalizer of MurmurHash3, Appleby, 2008). */
export function mix(h: number): number {
  h = Math.imul(h ^ h >>> 16, 0x85ebca6b);
  h = Math.imul(h ^ h >>> 13, 0xc2b2ae35);
  return h ^ h >>> 16;
}

/** A hash of 64 bits, in two halves. */
export interface Hash {
  readonly low: number;
  readonly high: number;
}

/** The hash of a sequence that goes on with `value`. */
export function extend({ low, high }: Hash, value: number): Hash {
  return {
    low: mix(Math.imul(low, 0x9e3779b1) + value | 0),
    high: mix(Math.imul(high ^ value, 0x7feb352d) + 0x165667b1 | 0),
  };
}

/** The hash of nothing. */
export const EMPTY: Hash = { low: 0x2545f491, high: 0x4f6cdd1d };

/** The hash of a text. */
export function hashOf(text: string): Hash {
  let hash = EMPTY;
  for (let i = 0; i < text.length; i++) hash = extend(hash, text.charCodeAt(i));
  return hash;
}

/** Words as threads would share them. */
export class Memory {
  /** The words; to be written through {@linkcode Memory.write} only. */
  readonly words: Int32Array;
  /** What was changed since {@linkcode Memory.cut}: index, before, after, and so on. */
  #changes: number[] = [];
  #low = 0;
  #high = 0;

  /** @param length How many words. */
  constructor(length: number) {
    this.words = new Int32Array(length);
  }

  /** The hash of all words; zeros do not count. */
  get hash(): Hash {
    return { low: this.#low, high: this.#high };
  }

  /** Changes a word. */
  write(index: number, value: number): void {
    const before = this.words[index];
    value |= 0;
    if (before === value) return;
    this.#changes.push(index, before, value);
    this.#set(index, before, value);
  }

  #set(index: number, before: number, after: number): void {
    this.words[index] = after;
    this.#low ^= this.#share(index, before, 0x9e3779b1) ^ this.#share(index, after, 0x9e3779b1);
    this.#high ^= this.#share(index, before, 0x7feb352d) ^ this.#share(index, after, 0x7feb352d);
  }

  #share(index: number, value: number, seed: number): number {
    return value === 0 ? 0 : mix(Math.imul(mix(value ^ seed), seed) ^ Math.imul(index + 1, 0x27d4eb2f));
  }

  /** Ends a list of changes and gives it; the next one begins. */
  cut(): readonly number[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** Takes a list of changes back, the last first. */
  undo(changes: readonly number[]): void {
    for (let i = changes.length - 3; i >= 0; i -= 3) this.#set(changes[i], changes[i + 2], changes[i + 1]);
  }

  /** Makes a list of changes once more. */
  redo(changes: readonly number[]): void {
    for (let i = 0; i < changes.length; i += 3) this.#set(changes[i], changes[i + 1], changes[i + 2]);
  }
}

/** A set of hashes; one in some 10^16 pairs of different ones is taken for equal. */
export class HashSet {
  #slots = new Float64Array(1 << 16);
  #size = 0;

  /** How many are in it. */
  get size(): number {
    return this.#size;
  }

  /** Puts a hash in; false when it was there. */
  add({ low, high }: Hash): boolean {
    // 53 bits, never 0.
    const key = (low >>> 0) * 2 ** 21 + (high & 0x1fffff) || 1;
    if (!this.#insert(this.#slots, key)) return false;
    if (++this.#size * 2 > this.#slots.length) {
      const larger = new Float64Array(this.#slots.length * 2);
      for (const key of this.#slots) if (key !== 0) this.#insert(larger, key);
      this.#slots = larger;
    }
    return true;
  }

  #insert(slots: Float64Array, key: number): boolean {
    const mask = slots.length - 1;
    for (let at = (key / 2 ** 21 ^ key) & mask;; at = at + 1 & mask) {
      if (slots[at] === key) return false;
      if (slots[at] !== 0) continue;
      slots[at] = key;
      return true;
    }
  }
}
