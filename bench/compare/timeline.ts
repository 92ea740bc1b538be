/**
 * A trace as a drawing: a lane a worker, and in it what the worker did when.
 *
 * What a worker did in a column stands above each other in it, true to time; where it waited nothing stands. Activities
 * are told apart by colour, and without it by hatching. Items that are wide enough are parted by a gap.
 *
 * @module
 */

import { columnsOf, type Stretch } from "./columns.ts";
import { account, ACTIVITIES, type Activity, endOf, type Lane, longestRun, type Span } from "./lanes.ts";
import { LinearScale } from "./linear_scale.ts";
import { STYLE_SHEET } from "./styles.ts";
import { element, escapeText, short, text } from "./svg.ts";
import { textWidth, wrap } from "./text.ts";
import { format } from "./units.ts";

const WIDTH = 560, MARGIN = 16, LEFT = 24, RIGHT = WIDTH - 36;
const TITLE_SIZE = 18, LABEL_SIZE = 15, NOTE_SIZE = 13, LINE = 1.3;
/** How much wider bold letters are. */
const BOLD = 1.15;
const TICK = 6, SWATCH = 14;
/** Pixels from which on an item is parted from the next one. */
const PARTED = 4;

/** How an activity is filled, by the class of its colour. */
const FILLS: Readonly<Record<Activity, { readonly look: string; readonly hatch?: string }>> = {
  run: { look: "whole" },
  encode: { look: "copies", hatch: "M0 0V4" },
  claim: { look: "loop", hatch: "M0 2H4" },
  "start-up": { look: "single", hatch: "M-1 1L1 -1M0 4L4 0M3 5L5 3" },
  wait: { look: "quiet" },
};

/** Draws lanes as an SVG that needs nothing else; `note` stands below. */
export function drawTimeline(lanes: readonly Lane[], heading: string, note: string): string {
  const end = Math.max(...lanes.map(({ spans }) => endOf(spans))) || 1;
  const scale = new LinearScale(end, [LEFT, RIGHT]);
  const title = wrap(heading, TITLE_SIZE * BOLD, WIDTH - 2 * MARGIN);
  const legend = drawLegend(lanes, MARGIN + title.length * TITLE_SIZE * LINE + 6);
  const height = lanes.length > 8 ? 20 : 34, pitch = LABEL_SIZE * LINE + height + 16;
  const longest = longestRun(lanes);
  const drawn = lanes.flatMap((lane, i) => {
    const mark = longest?.lane === lane ? longest.span : undefined;
    return drawLane(lane, scale, legend.bottom + 14 + i * pitch, height, mark);
  });
  const axis = legend.bottom + 14 + lanes.length * pitch;
  const words = longest ? wrap(wordsOf(longest.lane, longest.span), LABEL_SIZE, WIDTH - 2 * MARGIN) : [];
  const wordsTop = axis + 3.6 * LABEL_SIZE + 10;
  const notes = wrap(note, NOTE_SIZE, WIDTH - 2 * MARGIN);
  const notesTop = wordsTop + words.length * LABEL_SIZE * LINE + NOTE_SIZE;
  const bottom = Math.ceil(notesTop + (notes.length - 1) * NOTE_SIZE * LINE + MARGIN);

  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${bottom}`,
      width: WIDTH,
      height: bottom,
      role: "img",
      "aria-labelledby": "title description",
    },
    element("title", { id: "title" }, escapeText(heading)),
    element("desc", { id: "description" }, escapeText(lanes.map(describe).join(" "))),
    element("style", {}, `${STYLE_SHEET}.bar{stroke:none}.gap{stroke:var(--paper)}`),
    element("defs", {}, ...ACTIVITIES.map(drawHatch)),
    element("rect", { class: "paper", width: WIDTH, height: bottom }),
    ...title.map((line, i) =>
      text(MARGIN, MARGIN + (i + 0.8) * TITLE_SIZE * LINE, line, {
        "font-size": TITLE_SIZE,
        "font-weight": 600,
      })
    ),
    ...legend.elements,
    ...drawn,
    ...drawAxis(scale, axis),
    ...words.map((line, i) =>
      text(MARGIN, wordsTop + i * LABEL_SIZE * LINE, line, { "font-size": LABEL_SIZE })
    ),
    ...notes.map((line, i) =>
      text(MARGIN, notesTop + i * NOTE_SIZE * LINE, line, { "font-size": NOTE_SIZE, class: "quiet" })
    ),
  ) + "\n";
}

function drawHatch(activity: Activity): string {
  const { look, hatch } = FILLS[activity];
  if (!hatch) return "";
  return element(
    "pattern",
    { id: `hatch-${activity}`, width: 4, height: 4, patternUnits: "userSpaceOnUse" },
    element("path", { class: look, d: hatch, "stroke-width": 2 }),
  );
}

function fill(activity: Activity): { readonly class: string; readonly fill?: string } {
  const { look, hatch } = FILLS[activity];
  return hatch ? { class: "bar", fill: `url(#hatch-${activity})` } : { class: `${look} solid bar` };
}

/** What each activity looks like, and how much of all workers' time it took. */
function drawLegend(lanes: readonly Lane[], top: number): { elements: string[]; bottom: number } {
  const accounts = lanes.map(account), all = accounts.reduce((sum, it) => sum + it.sum, 0) || 1;
  const elements: string[] = [];
  let x = MARGIN, y = top;
  for (const activity of ["start-up", "claim", "run", "encode", "wait"] as const) {
    const share = accounts.reduce((sum, { of }) => sum + of[activity], 0) / all;
    const words = `${activity} ${percent(share)}`, width = SWATCH + 6 + textWidth(words, LABEL_SIZE) + 16;
    if (x + width > WIDTH - MARGIN + 16) {
      x = MARGIN;
      y += LABEL_SIZE * 1.6;
    }
    const box = { x, y: y + 3, width: SWATCH, height: SWATCH };
    elements.push(
      ...(activity === "wait" ? [] : [element("rect", { ...box, ...fill(activity) })]),
      element("path", {
        class: "axis",
        d: activity === "wait"
          ? `M${short(x)} ${short(y + 3 + SWATCH)}h${SWATCH}`
          : `M${short(x)} ${short(y + 3)}h${SWATCH}v${SWATCH}h${-SWATCH}z`,
      }),
      text(x + SWATCH + 6, y + SWATCH + 1, words, { "font-size": LABEL_SIZE }),
    );
    x += width;
  }
  return { elements, bottom: y + LABEL_SIZE * 1.6 };
}

function percent(share: number): string {
  return share > 0 && share < 0.01 ? "<1%" : `${Math.round(100 * share)}%`;
}

function drawLane(
  lane: Lane,
  scale: LinearScale,
  top: number,
  height: number,
  mark: Span | undefined,
): string[] {
  const { sum, of } = account(lane), busy = `ran ${percent(sum > 0 ? of.run / sum : 0)}`;
  const ground = top + LABEL_SIZE * LINE + height, right = RIGHT - textWidth(busy, LABEL_SIZE) - 12;
  const stretches = columnsOf(lane.spans, RIGHT - LEFT, scale.end);
  const size = { "font-size": LABEL_SIZE };
  return [
    text(LEFT, top + LABEL_SIZE * 0.9, shortened(lane.name, right - LEFT), size),
    text(RIGHT, top + LABEL_SIZE * 0.9, busy, { "text-anchor": "end", class: "quiet", ...size }),
    ...stretches.flatMap((stretch) => drawStretch(stretch, ground, height)),
    ...gaps(lane.spans, scale).map((x) =>
      element("line", {
        class: "gap",
        x1: x,
        x2: x,
        y1: ground - height,
        y2: ground - 0.5,
        "stroke-width": 1,
      })
    ),
    element("line", {
      class: "axis",
      x1: scale.at(lane.spans[0].from),
      x2: scale.at(endOf(lane.spans)),
      y1: ground,
      y2: ground,
    }),
    ...(mark ? [drawMark(scale.at(mark.from), scale.at(mark.to), ground + 3)] : []),
  ];
}

function shortened(name: string, width: number): string {
  if (textWidth(name, LABEL_SIZE) <= width) return name;
  let length = name.length;
  while (length > 1 && textWidth(`${name.slice(0, length)}…`, LABEL_SIZE) > width) length--;
  return `${name.slice(0, length)}…`;
}

function drawStretch({ from, to, shares }: Stretch, ground: number, height: number): string[] {
  let y = ground;
  return ACTIVITIES.flatMap((activity, i) => {
    const tall = shares[i] * height;
    y -= tall;
    if (activity === "wait" || tall === 0) return [];
    return [element("rect", { x: LEFT + from, y, width: to - from, height: tall, ...fill(activity) })];
  });
}

/** Where an item's run begins right behind another one's, and both can be seen. */
function gaps(spans: readonly Span[], scale: LinearScale): number[] {
  const runs = spans.filter(({ activity, from, to }) =>
    activity === "run" && scale.at(to) - scale.at(from) >= PARTED
  );
  return runs.slice(1).filter(({ from }, i) => scale.at(from) - scale.at(runs[i].to) < 1)
    .map(({ from }) => scale.at(from));
}

/** A bracket below the longest run. */
function drawMark(from: number, to: number, top: number): string {
  const d = `M${short(from)} ${short(top)}v5H${short(Math.max(to, from + 1))}v-5`;
  return element("path", { class: "line baseline", d, "stroke-width": 1.6 });
}

function wordsOf({ name }: Lane, { from, to, batch, item, items }: Span): string {
  const which = items ? `${items} items, from item ${item}` : `item ${item}`;
  const what = batch === undefined ? "" : ` (${which} of batch ${batch})`;
  return `Longest run, bracketed: ${format(to - from, "milliseconds")} in ${name}${what}`;
}

function drawAxis(scale: LinearScale, y: number): string[] {
  const size = { "font-size": LABEL_SIZE };
  const ticks = scale.ticks("milliseconds", (label) => textWidth(label, LABEL_SIZE) + 14);
  return [
    element("line", { class: "axis", x1: LEFT, x2: RIGHT, y1: y, y2: y }),
    ...ticks.flatMap(({ value, label }) => [
      element("line", { class: "axis", x1: scale.at(value), x2: scale.at(value), y1: y, y2: y + TICK }),
      text(scale.at(value), y + TICK + LABEL_SIZE + 1, label!, { "text-anchor": "middle", ...size }),
    ]),
    text(RIGHT, y + TICK + 2.4 * LABEL_SIZE, "time since the first worker was asked for", {
      "text-anchor": "end",
      class: "quiet",
      ...size,
    }),
  ];
}

function describe(lane: Lane): string {
  const { sum, of } = account(lane);
  const parts = ACTIVITIES.map((activity) => `${activity} ${percent(sum > 0 ? of[activity] / sum : 0)}`);
  return `${lane.name}: ${parts.join(", ")}.`;
}
