/**
 * Random numbers that Python's side makes too: each is a function of its index, so NumPy can make all at once.
 *
 * @module
 */

/** Fills an array with integers from 0 to 99, the same for the same seed. */
export function fillPixels(data: Float64Array, seed: number): void {
  for (let i = 0; i < data.length; i++) data[i] = hash(i, seed) % 100;
}

/** Fills an array with numbers in [-0.5, 0.5), the same for the same seed. */
export function fillUniform(data: Float64Array, seed: number): void {
  for (let i = 0; i < data.length; i++) data[i] = hash(i, seed) / 2 ** 32 - 0.5;
}

/** 32 bits that look random (C. Wellons, "Prospecting for hash functions", 2018: lowbias32). */
export function hash(index: number, seed: number): number {
  let bits = (index + Math.imul(seed, 0x9e3779b9)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  bits = Math.imul(bits ^ (bits >>> 15), 0x846ca68b);
  return (bits ^ (bits >>> 16)) >>> 0;
}
