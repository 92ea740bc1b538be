/**
 * How much room text takes, without a font at hand: on the safe side for the usual sans-serif ones.
 *
 * @module
 */

const NARROW = /[ijlI.,:;'|!ft()[\] ·]/, WIDE = /[mwMW@%—]/, UPPER = /[A-Z]/;

/** Width of a line, in the unit of `size`. */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const char of text) {
    ems += NARROW.test(char) ? 0.36 : WIDE.test(char) ? 0.92 : UPPER.test(char) ? 0.72 : 0.6;
  }
  return ems * size;
}

/** Breaks a text at spaces into lines that are no wider than `width`; a longer word has a line of its own. */
export function wrap(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
