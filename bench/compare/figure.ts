/**
 * A comparison as a drawing: time over size, a line a variant, and from where on each is worth its while.
 *
 * Below stands which variant beats which, and from where on: a bar over the sizes at which it does.
 *
 * @module
 */

import type { BreakEven } from "./break_even.ts";
import type { Look, Side } from "./comparison.ts";
import { placeNames } from "./figure_names.ts";
import { LogScale } from "./scale.ts";
import { lineStyle, marker, STYLE_SHEET } from "./styles.ts";
import { element, escapeText, short, text } from "./svg.ts";
import { textWidth, wrap } from "./text.ts";
import type { Unit } from "./units.ts";

/** A measured point. */
export interface FigurePoint {
  /** Size. */
  readonly x: number;
  /** Median. */
  readonly y: number;
  /** Least. */
  readonly low: number;
  /** Greatest. */
  readonly high: number;
}

/** A line of the figure. */
export interface Series {
  /** Written beside its end. */
  readonly label: string;
  /** What it is drawn as. */
  readonly look: Look;
  /** Whose it is. */
  readonly side: Side;
  /** By size. */
  readonly points: readonly FigurePoint[];
  /** From where on it is faster than what it is to beat, and how that is said. */
  readonly gain?: { readonly at: BreakEven; readonly words: string };
}

/** All of a figure. */
export interface Figure {
  /** The line above it. */
  readonly title: string;
  /** What the axis of sizes shows. */
  readonly x: { readonly label: string; readonly unit: Unit };
  /** What the axis of times shows, in milliseconds. */
  readonly y: { readonly label: string };
  /** The lines. */
  readonly series: readonly Series[];
  /** What stands below: the machine. */
  readonly note: string;
}

const WIDTH = 560, MARGIN = 16;
const TITLE_SIZE = 18, LABEL_SIZE = 15, NOTE_SIZE = 13;
const PLOT_HEIGHT = 360, LEFT = 78, LINE = 1.3;
const TICK = 6, GAIN_GAP = 5, BAR_HEIGHT = 12;

/** Draws a figure as an SVG that needs nothing else. */
export function drawFigure(figure: Figure): string {
  const series = figure.series.filter(({ points }) => points.length > 0);
  const title = wrap(figure.title, TITLE_SIZE, WIDTH - 2 * MARGIN);
  const top = MARGIN + title.length * TITLE_SIZE * LINE + LABEL_SIZE * LINE + 14;
  const names = Math.max(...series.map(({ label }) => textWidth(label, LABEL_SIZE)));
  const plot = { left: LEFT, right: WIDTH - MARGIN - names - 26, top, bottom: top + PLOT_HEIGHT };
  const points = series.flatMap((it) => it.points);
  const x = new LogScale(extent(points.map((it) => it.x)), [plot.left, plot.right]);
  const y = new LogScale(extent(points.flatMap((it) => [it.low, it.high])), [plot.bottom, plot.top]);

  const gains = drawGains(series, x, plot.bottom + 62);
  const note = wrap(figure.note, NOTE_SIZE, WIDTH - 2 * MARGIN);
  const noteTop = gains.bottom + NOTE_SIZE * LINE;
  const height = Math.ceil(noteTop + (note.length - 1) * NOTE_SIZE * LINE + MARGIN);

  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${height}`,
      width: WIDTH,
      height,
      role: "img",
      "aria-labelledby": "title description",
    },
    element("title", { id: "title" }, escapeText(figure.title)),
    element("desc", { id: "description" }, escapeText(describe(figure, series))),
    element("style", {}, STYLE_SHEET),
    element("rect", { class: "paper", width: WIDTH, height }),
    ...title.map((line, i) =>
      text(MARGIN, MARGIN + (i + 0.8) * TITLE_SIZE * LINE, line, {
        "font-size": TITLE_SIZE,
        "font-weight": 600,
      })
    ),
    ...drawAxes(figure, x, y, plot),
    ...series.flatMap((it) => drawSeries(it, x, y)),
    ...series.flatMap((it) => drawRing(it, x, y, plot.bottom)),
    ...placeNames(series, x, y, plot, LABEL_SIZE),
    ...gains.elements,
    ...note.map((line, i) =>
      text(MARGIN, noteTop + i * NOTE_SIZE * LINE, line, { "font-size": NOTE_SIZE, class: "quiet" })
    ),
  ) + "\n";
}

interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function drawAxes(figure: Figure, x: LogScale, y: LogScale, plot: Frame): string[] {
  const small = { "font-size": LABEL_SIZE };
  const below = plot.bottom + TICK + 2, beside = plot.left - TICK - 2;
  const columns = x.ticks(figure.x.unit, (label) => textWidth(label, LABEL_SIZE) + 10).flatMap(
    ({ value, label }) => {
      const at = x.at(value), length = label === undefined ? TICK / 2 : TICK;
      const mark = element("line", {
        class: "axis",
        x1: at,
        x2: at,
        y1: below - TICK,
        y2: below - TICK + length,
      });
      return label === undefined ? [mark] : [
        mark,
        text(at, below + LABEL_SIZE + 1, label, { "text-anchor": "middle", ...small }),
      ];
    },
  );
  const rows = y.ticks("milliseconds", () => LABEL_SIZE * 1.7).flatMap(({ value, label }) => {
    const at = y.at(value), length = label === undefined ? TICK / 2 : TICK;
    const mark = element("line", {
      class: "axis",
      x1: beside + TICK - length,
      x2: beside + TICK,
      y1: at,
      y2: at,
    });
    return label === undefined ? [mark] : [
      element("line", { class: "grid", x1: plot.left, x2: plot.right, y1: at, y2: at }),
      mark,
      text(beside - 4, at + LABEL_SIZE * 0.35, label, { "text-anchor": "end", ...small }),
    ];
  });
  const ends = [x.at(x.domain[0]), x.at(x.domain[1]), y.at(y.domain[0]), y.at(y.domain[1])];
  return [
    ...rows,
    element("line", { class: "axis", x1: ends[0], x2: ends[1], y1: below - TICK, y2: below - TICK }),
    element("line", { class: "axis", x1: beside + TICK, x2: beside + TICK, y1: ends[2], y2: ends[3] }),
    ...columns,
    text(MARGIN, plot.top - 14, figure.y.label, { ...small, class: "quiet" }),
    text(plot.right, below + 2.4 * LABEL_SIZE + 2, figure.x.label, {
      "text-anchor": "end",
      ...small,
      class: "quiet",
    }),
  ];
}

function drawSeries({ look, side, points }: Series, x: LogScale, y: LogScale): string[] {
  const path = points.map((it, i) => `${i ? "L" : "M"}${short(x.at(it.x))} ${short(y.at(it.y))}`).join("");
  const whiskers = points.map((it) => `M${short(x.at(it.x))} ${short(y.at(it.low))}V${short(y.at(it.high))}`)
    .join("");
  return [
    element("path", { class: `line ${look}`, d: whiskers, "stroke-width": 1, opacity: 0.55 }),
    element("path", { ...lineStyle(look, side), d: path }),
    ...points.map((it) => marker(look, side, x.at(it.x), y.at(it.y))),
  ];
}

/** A ring where a line begins to be worth its while, and a plumb line from there to the axis. */
function drawRing({ look, gain }: Series, x: LogScale, y: LogScale, bottom: number): string[] {
  if (gain?.at.kind !== "crossing") return [];
  const cx = x.at(gain.at.x), cy = y.at(gain.at.y);
  return [
    element("line", {
      class: look,
      x1: cx,
      x2: cx,
      y1: cy + 9,
      y2: Math.max(cy + 9, bottom + 2),
      "stroke-width": 1,
      "stroke-dasharray": "1.5 3",
    }),
    element("circle", { class: `line ${look}`, cx, cy, r: 9, "stroke-width": 1.6 }),
  ];
}

function drawGains(
  series: readonly Series[],
  x: LogScale,
  top: number,
): { elements: string[]; bottom: number } {
  let bottom = top;
  const elements: string[] = [];
  for (const { look, side, points, gain } of series) {
    if (!gain) continue;
    for (const line of wrap(gain.words, LABEL_SIZE, WIDTH - 2 * MARGIN)) {
      elements.push(text(MARGIN, bottom + LABEL_SIZE, line, { "font-size": LABEL_SIZE, class: look }));
      bottom += LABEL_SIZE * LINE;
    }
    if (gain.at.kind !== "crossing") {
      bottom += GAIN_GAP;
      continue;
    }
    bottom += BAR_HEIGHT;
    const from = x.at(gain.at.x), to = x.at(points.at(-1)!.x), at = bottom - BAR_HEIGHT / 2;
    const [x1, x2] = x.range;
    elements.push(
      element("line", { class: "grid", x1, x2, y1: at, y2: at }),
      element("line", { ...lineStyle(look, side), x1: from, x2: to, y1: at, y2: at }),
      marker(look, side, from, at, 4.5),
    );
    bottom += GAIN_GAP;
  }
  return { elements, bottom: bottom + 4 };
}

function describe({ x, y }: Figure, series: readonly Series[]): string {
  const gains = series.flatMap(({ gain }) => gain ? [gain.words] : []);
  return [`${y.label}, over ${x.label}: ${series.map(({ label }) => label).join(", ")}`, ...gains].join(
    ". ",
  ) + ".";
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
