/**
 * The names of a figure's lines, beside their ends.
 *
 * A line that goes through to the right edge has its name beyond the edge. One that ends before has it beside its end
 * where that covers nothing, else beyond the edge like the others, with a fine line that leads there.
 *
 * @module
 */

import type { Series } from "./figure.ts";
import { type Box, firstFree, type Segment, spread } from "./labels.ts";
import type { LogScale } from "./scale.ts";
import { marker } from "./styles.ts";
import { element, short, text } from "./svg.ts";
import { textWidth } from "./text.ts";

const MARKER = 12, NEAR = 16, LEADER = 20;

/** Writes the names; `size` is that of the letters. */
export function placeNames(
  series: readonly Series[],
  x: LogScale,
  y: LogScale,
  plot: Box,
  size: number,
): string[] {
  const ends = series.map((it) => {
    const { x: lastX, y: lastY } = it.points.at(-1)!;
    return { ...it, x: x.at(lastX), y: y.at(lastY) };
  });
  const lines = series.flatMap(({ points }) =>
    segments(points.map((it) => [x.at(it.x), y.at(it.y)] as const))
  );
  const taken: Box[] = series.flatMap(({ points }) =>
    points.map((it) => around(x.at(it.x), y.at(it.y), MARKER, MARKER))
  );
  const written: string[] = [], outside: typeof ends = [];
  for (const end of ends) {
    const inside = end.x < plot.right - 1
      ? firstFree(placesBeside(end.x, end.y, end.label, size), plot, taken, lines)
      : undefined;
    if (!inside) {
      outside.push(end);
      continue;
    }
    taken.push(inside);
    const middle = (inside.top + inside.bottom) / 2;
    if (Math.abs(middle - end.y) > NEAR) {
      written.push(leader([[end.x + 7, end.y], [inside.left - 3, middle]]));
    }
    written.push(
      text(inside.left, inside.bottom - 0.3 * size, end.label, { "font-size": size, class: end.look }),
    );
  }

  const heights = spread(outside.map((it) => it.y), 1.35 * size, plot.top, plot.bottom);
  for (const [i, { x: endX, y: endY, label, look, side }] of outside.entries()) {
    const at = plot.right + LEADER;
    const isEarly = endX < plot.right - 1; // its leader is already level at the edge
    const points = [[endX + 7, endY], [plot.right + 6, isEarly ? heights[i] : endY], [at - 8, heights[i]]];
    written.push(
      leader(points),
      marker(look, side, at - 3, heights[i], 4),
      text(at + 5, heights[i] + 0.35 * size, label, { "font-size": size, class: look }),
    );
  }
  return written;
}

/** A fine line from a line's end to its name. */
function leader(points: readonly (readonly number[])[]): string {
  return element("polyline", {
    class: "axis",
    points: points.map(([x, y]) => `${short(x)},${short(y)}`).join(" "),
    "stroke-width": 0.8,
  });
}

/** Right of a point, above and below it, left of it, then right of it and ever farther up or down. */
function placesBeside(x: number, y: number, label: string, size: number): Box[] {
  const width = textWidth(label, size), height = 1.2 * size, right = x + NEAR + width / 2;
  return [
    around(right, y, width, height),
    around(x, y - NEAR, width, height),
    around(x, y + NEAR, width, height),
    around(x - NEAR - width / 2, y, width, height),
    ...[1, -1, 2, -2, 3, -3, 4, -4].map((rows) => around(right, y + rows * height, width, height)),
  ];
}

function around(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function segments(points: readonly (readonly [number, number])[]): Segment[] {
  return points.slice(1).map(([x2, y2], i) => [points[i][0], points[i][1], x2, y2]);
}
