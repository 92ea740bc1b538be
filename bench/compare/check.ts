/**
 * Whether two answers are the same, as far as rounding goes.
 *
 * @module
 */

const ROUNDING = 1e-9; // of the greatest number of the answer
const MOST_PLACES = 500;

/** An answer that is not the one it should be. */
export class WrongAnswerError extends Error {
  override name = "WrongAnswerError";
}

/** Fails unless `answer` has the numbers of `expected`; `what` says whose answer it is. */
export function assertSame(answer: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  if (answer.length !== expected.length) {
    throw new WrongAnswerError(
      `Wrong answer of ${what}: it has ${answer.length} numbers instead of ${expected.length}`,
    );
  }
  let greatest = 0;
  for (let i = 0; i < expected.length; i++) greatest = Math.max(greatest, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    if (Math.abs(answer[i] - expected[i]) <= ROUNDING * greatest) continue; // NaN is never within
    throw new WrongAnswerError(
      `Wrong answer of ${what}: number ${i} is ${answer[i]} instead of ${expected[i]}`,
    );
  }
}

/** At most a few hundred places of an answer, evenly spread; the first and the last are among them. */
export function placesToCheck(length: number): number[] {
  const count = Math.min(length, MOST_PLACES);
  return Array.from({ length: count }, (_, i) => count > 1 ? Math.round(i * (length - 1) / (count - 1)) : 0);
}
