/**
 * How lines are told apart: by colour, and without it by dashes, markers and width.
 *
 * What is alike here and in Python has the same colour and shape; Python's lines are dashed in other ways, and their
 * markers hollow. Colours are those of Okabe and Ito ("Color universal design", 2008), darkened or lightened.
 *
 * @module
 */

import type { Look, Side } from "./comparison.ts";
import { element } from "./svg.ts";

const COLOURS: Readonly<Record<Look, readonly [light: string, dark: string]>> = {
  baseline: ["#1f1f1f", "#f0f0f0"],
  whole: ["#0060a8", "#63b5f0"],
  copies: ["#b8460b", "#f08a4b"],
  loop: ["#00745a", "#35c79b"],
  other: ["#9c4a83", "#e29bc6"],
  single: ["#7a5c00", "#dcb43c"],
};

const DASHES: Readonly<Record<Side, Readonly<Record<Look, string | undefined>>>> = {
  here: {
    baseline: undefined,
    whole: undefined,
    copies: "10 4",
    loop: "3 3",
    other: "14 3 3 3",
    single: "6 6",
  },
  python: {
    baseline: "7 3 2 3",
    whole: "16 4",
    copies: "5 4",
    loop: "1.5 3.5",
    other: "10 3 2 3 2 3",
    single: "2 6",
  },
};

/** The style sheet of a figure. */
export const STYLE_SHEET: string = [
  ":root{--paper:#fff;--ink:#1f1f1f;--quiet:#5c5c5c;--faint:#dcdcdc;" + palette(0) + "}",
  "@media (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#f0f0f0;--quiet:#a9afb6;--faint:#3a4048;" +
  palette(1) + "}}",
  'text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;fill:var(--ink)}',
  ".paper{fill:var(--paper)}.quiet{fill:var(--quiet)}.axis{stroke:var(--quiet);fill:none}",
  ".grid{stroke:var(--faint);fill:none}.line{fill:none;stroke-linejoin:round}",
  ...Object.keys(COLOURS).map((look) =>
    `.${look}{stroke:var(--${look})}text.${look}{fill:var(--${look});stroke:none}.${look}.solid{fill:var(--${look})}`
  ),
  ".hollow{fill:var(--paper)}",
].join("");

function palette(scheme: 0 | 1): string {
  return Object.entries(COLOURS).map(([look, colours]) => `--${look}:${colours[scheme]}`).join(";");
}

/** Attributes of a line. */
export function lineStyle(look: Look, side: Side): Record<string, string | number | undefined> {
  const width = side === "here" ? (look === "whole" ? 3.2 : 2.2) : 1.8;
  return { class: `line ${look}`, "stroke-width": width, "stroke-dasharray": DASHES[side][look] };
}

/** A marker around a point. */
export function marker(look: Look, side: Side, x: number, y: number, r = 5): string {
  const attributes = { class: `${look} ${side === "here" ? "solid" : "hollow"}`, "stroke-width": 1.6 };
  const polygon = (...corners: readonly (readonly [number, number])[]) =>
    element("polygon", {
      points: corners.map(([dx, dy]) => `${(x + dx * r).toFixed(1)},${(y + dy * r).toFixed(1)}`).join(" "),
      ...attributes,
    });
  switch (look) {
    case "baseline":
      return element("circle", { cx: x, cy: y, r: 0.9 * r, ...attributes });
    case "whole":
      return polygon([-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]);
    case "copies":
      return polygon([0, -1.15], [1.05, 0.8], [-1.05, 0.8]);
    case "loop":
      return polygon([0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]);
    case "other":
      return polygon([0, 1.15], [1.05, -0.8], [-1.05, -0.8]);
    case "single":
      return polygon([-1.2, -0.5], [1.2, -0.5], [1.2, 0.5], [-1.2, 0.5]);
  }
}
