/**
 * Sizes as the command line gives them: `10:100000` in geometric steps, `10:1000:5` in so many of them, or a list.
 *
 * @module
 */

const PER_DECADE = 2;
const MOST = 64;

/** Reads sizes; they come back in ascending order, each once. */
export function parseSizes(text: string): number[] {
  const sizes = text.split(",").flatMap(parsePart);
  if (sizes.length > MOST) throw refusal(text, `these are more than ${MOST}`);
  return [...new Set(sizes)].sort((a, b) => a - b);

  function parsePart(part: string): number[] {
    const [first, last, steps, ...rest] = part.split(":").map((number) => parseInteger(number, text));
    if (rest.length > 0) throw refusal(text);
    if (last === undefined) return [first];
    if (last < first) throw refusal(text, "a range goes upwards");
    return geometric(first, last, steps);
  }
}

/** Whole numbers from `first` to `last`, both included, each about the same multiple of the one before. */
function geometric(first: number, last: number, count?: number): number[] {
  count = Math.min(count ?? 1 + Math.round(PER_DECADE * Math.log10(last / first)), MOST + 1);
  if (first === last) return [first];
  const steps = Math.max(1, count - 1);
  return Array.from({ length: steps + 1 }, (_, i) => Math.round(first * (last / first) ** (i / steps)));
}

function parseInteger(digits: string, text: string): number {
  const value = Number(digits);
  if (!/^\d+(e\d+)?$/.test(digits) || !Number.isSafeInteger(value) || value < 1) throw refusal(text);
  return value;
}

function refusal(text: string, why = "give positive integers"): RangeError {
  return new RangeError(`Cannot use sizes "${text}": ${why}, as 10:100000, 10:1000:5 or 10,30,100`);
}
