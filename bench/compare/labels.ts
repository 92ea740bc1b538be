/**
 * Where the names of lines are written: beside their ends, none over another, none over a line.
 *
 * @module
 */

/** A rectangle, by its sides. */
export interface Box {
  /** Left side. */
  readonly left: number;
  /** Right side. */
  readonly right: number;
  /** Upper side. */
  readonly top: number;
  /** Lower side. */
  readonly bottom: number;
}

/** A straight piece of a line. */
export type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

/**
 * Moves heights apart, as little as can be, until neighbours are `gap` apart and all lie from `low` to `high`.
 *
 * Least squares, by pooling: labels that would touch become a block around the mean of where they want to be. Where
 * there is no room for all, they are spread evenly. The result is in the order of `wanted`.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const count = wanted.length;
  if (count === 0) return [];
  if ((count - 1) * gap > high - low) gap = count > 1 ? (high - low) / (count - 1) : 0;
  const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b] || a - b);
  // What is left of a height once the gaps above it are taken off must not decrease.
  const blocks: { sum: number; count: number }[] = [];
  for (const [rank, index] of order.entries()) {
    blocks.push({ sum: wanted[index] - rank * gap, count: 1 });
    while (blocks.length > 1 && mean(blocks.at(-2)!) >= mean(blocks.at(-1)!)) {
      const last = blocks.pop()!, before = blocks.at(-1)!;
      before.sum += last.sum;
      before.count += last.count;
    }
  }
  const bases = blocks.flatMap((block) => Array<number>(block.count).fill(mean(block)));
  const top = high - (count - 1) * gap;
  const result = Array<number>(count);
  order.forEach((index, rank) => result[index] = Math.min(Math.max(bases[rank], low), top) + rank * gap);
  return result;
}

function mean({ sum, count }: { sum: number; count: number }): number {
  return sum / count;
}

/** Whether two rectangles overlap; touching is not overlapping. */
export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Whether a straight piece of a line passes through a rectangle (Liang and Barsky, 1984). */
export function crosses([x1, y1, x2, y2]: Segment, box: Box): boolean {
  const dx = x2 - x1, dy = y2 - y1;
  let from = 0, to = 1;
  const edges = [[-dx, x1 - box.left], [dx, box.right - x1], [-dy, y1 - box.top], [dy, box.bottom - y1]];
  for (const [slope, distance] of edges) {
    if (slope === 0) {
      if (distance <= 0) return false;
    } else if (slope < 0) from = Math.max(from, distance / slope);
    else to = Math.min(to, distance / slope);
  }
  return from < to;
}

/** The first of the places that lies within `frame` and is free of boxes and lines. */
export function firstFree(
  places: readonly Box[],
  frame: Box,
  boxes: readonly Box[],
  lines: readonly Segment[],
): Box | undefined {
  return places.find((place) =>
    place.left >= frame.left && place.right <= frame.right && place.top >= frame.top &&
    place.bottom <= frame.bottom && !boxes.some((box) => overlap(place, box)) &&
    !lines.some((line) => crosses(line, place))
  );
}
