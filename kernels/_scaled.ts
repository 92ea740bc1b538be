/**
 * Numbers with a power of two apart, for products that leave the range of doubles on the way.
 */

/** The power of two by which a number of that size is far from 1: 0 near it, and for 0, infinity and NaN. */
export function excess(size: number): number {
  let exponent = 0;
  if (size === 0 || !(size < Infinity)) return exponent;
  for (; size >= 2 ** 250; size *= 2 ** -250) exponent += 250;
  for (; size < 2 ** -250; size *= 2 ** 250) exponent -= 250;
  return exponent;
}

/** `x * 2 ** exponent`, where `2 ** exponent` itself may be out of range. */
export function scaled(x: number, exponent: number): number {
  for (; exponent > 500; exponent -= 500) x *= 2 ** 500;
  for (; exponent < -500; exponent += 500) x *= 2 ** -500;
  return x * 2 ** exponent;
}
