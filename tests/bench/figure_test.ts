/**
 * Figures: well formed, complete, and no name over another.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { breakEven } from "../../bench/compare/break_even.ts";
import type { Look } from "../../bench/compare/comparison.ts";
import { drawFigure, type Figure, type Series } from "../../bench/compare/figure.ts";
import { type Box, overlap } from "../../bench/compare/labels.ts";
import { textWidth } from "../../bench/compare/text.ts";
import { randomSource } from "../../bench/_random.ts";
import { find, parseXml, textOf, type XmlElement } from "./_xml.ts";

const LOOKS: Look[] = ["baseline", "copies", "whole", "loop", "other", "single"];

/** A figure of `lines` lines; some end early, some are to beat the first. */
function randomFigure(seed: number, lines: number, sizes: readonly number[]): Figure {
  const random = randomSource(seed);
  const series = Array.from({ length: lines }, (_, i): Series => {
    const level = 10 ** (4 * random()), slope = 0.6 * random();
    const count = random() < 0.25 ? sizes.length : 1 + Math.floor(sizes.length * (random() + 0.5));
    return {
      label: `way ${i} <of> ${"doing & saying".slice(0, 2 * i)}`.trim(),
      look: LOOKS[i % LOOKS.length],
      side: i < 5 ? "here" : "python",
      points: sizes.slice(0, count).map((x) => {
        const y = level * x ** slope * (1.2 + random());
        return { x, y, low: y * 0.9, high: y * 1.3 };
      }),
    };
  });
  return {
    title: "A comparison with a title that is so long that it has to be broken into lines",
    x: { label: "number of matrices", unit: "count" },
    y: { label: "time per matrix" },
    series: series.map((it, i) => {
      const at = i % 3 === 1 ? breakEven(it.points, series[0].points) : undefined;
      return at ? { ...it, gain: { at, words: `${it.label} beats ${series[0].label}: ${at.kind}` } } : it;
    }),
    note: "2 workers. A processor, 2 cores, system · Deno, V8 · Python, NumPy. Medians.",
  };
}

/** Where a text stands. */
function boxOf(element: XmlElement): Box {
  const number = (name: string) => Number(element.attributes.get(name));
  const size = number("font-size"),
    width = textWidth(textOf(element), size),
    x = number("x"),
    y = number("y");
  const anchor = element.attributes.get("text-anchor");
  const left = anchor === "end" ? x - width : anchor === "middle" ? x - width / 2 : x;
  return { left, right: left + width, top: y - 0.75 * size, bottom: y + 0.2 * size };
}

function textsOf(svg: XmlElement): { text: string; box: Box }[] {
  return find(svg, "text").map((element) => ({ text: textOf(element), box: boxOf(element) }));
}

Deno.test("drawFigure() is well formed, and nothing in it is markup that should not be", () => {
  const svg = parseXml(drawFigure(randomFigure(1, 8, [1, 10, 100, 1000])));
  assertEquals(svg.name, "svg");
  assertEquals(svg.attributes.get("xmlns"), "http://www.w3.org/2000/svg");
  assert(textsOf(svg).some(({ text }) => text === "way 4 <of> doing &"));
  assertEquals(find(svg, "image").length + find(svg, "script").length + find(svg, "use").length, 0);
  const style = textOf(find(svg, "style")[0]);
  assertMatch(style, /@media \(prefers-color-scheme:dark\)/);
  assert(!/url\(|@import/.test(style)); // self-contained
});

Deno.test("drawFigure() names every line once, the axes and the machine", () => {
  const figure = randomFigure(2, 6, [1, 10, 100, 1000]);
  const texts = textsOf(parseXml(drawFigure(figure))).map(({ text }) => text);
  for (const { label } of figure.series) assertEquals(texts.filter((text) => text === label).length, 1);
  for (const label of [figure.x.label, figure.y.label, "1,000"]) assert(texts.includes(label), label);
  assert(texts.join(" ").includes(figure.note));
});

Deno.test("drawFigure() draws each line with dashes or width of its own", () => {
  const svg = parseXml(drawFigure(randomFigure(3, 10, [1, 10, 100])));
  const looks = find(svg, "path").filter((path) =>
    path.attributes.has("d") && !path.attributes.has("opacity")
  )
    .map(({ attributes }) => `${attributes.get("stroke-width")} ${attributes.get("stroke-dasharray")}`);
  assertEquals(looks.length, 10);
  assertEquals(new Set(looks).size, 10);
});

Deno.test("drawFigure() begins and ends its axes where the data does", () => {
  const svg = parseXml(drawFigure(randomFigure(4, 3, [3, 30, 200])));
  const axes = find(svg, "line").filter(({ attributes }) => attributes.get("class") === "axis");
  const long = axes.find(({ attributes: a }) => Number(a.get("x2")) - Number(a.get("x1")) > 100)!;
  const xs = find(svg, "path").flatMap(({ attributes }) =>
    [...(attributes.get("d") ?? "").matchAll(/[ML]([\d.]+) /g)].map(([, x]) => Number(x))
  );
  assertEquals([Math.min(...xs), Math.max(...xs)], ["x1", "x2"].map((x) => Number(long.attributes.get(x))));
});

Deno.test("drawFigure() lets no text overlap another or leave the figure", () => {
  for (let seed = 0; seed < 200; seed++) {
    const sizes = seed % 3 ? [1, 3, 10, 31, 96, 300] : [10, 100, 1000, 10_000, 100_000];
    const svg = parseXml(drawFigure(randomFigure(seed, 2 + seed % 9, sizes)));
    const width = Number(svg.attributes.get("width")), height = Number(svg.attributes.get("height"));
    const texts = textsOf(svg);
    for (const [i, { text, box }] of texts.entries()) {
      assert(box.left >= 0 && box.right <= width, `${seed}: "${text}" leaves the figure`);
      assert(box.top >= 0 && box.bottom <= height, `${seed}: "${text}" leaves the figure`);
      for (const other of texts.slice(i + 1)) {
        assert(!overlap(box, other.box), `${seed}: "${text}" overlaps "${other.text}"`);
      }
    }
  }
});

Deno.test("drawFigure() draws a comparison of one size and one line", () => {
  const svg = parseXml(drawFigure(randomFigure(5, 1, [30])));
  assertEquals(textsOf(svg).filter(({ text }) => text === "30").length, 1);
  assert(
    !/NaN|Infinity/.test(JSON.stringify([...find(svg, "path").map((path) => path.attributes.get("d"))])),
  );
});

Deno.test("the XML reader of these tests refuses what is not well formed", () => {
  for (
    const text of [
      "<a>",
      "<a></b>",
      "<a/><b/>",
      "<a x=1/>",
      '<a x="1" x="2"/>',
      "<a>&b</a>",
      "a<b",
      "<a><</a>",
    ]
  ) {
    assertThrows(() => parseXml(text), Error);
  }
  assertEquals(textOf(parseXml('<a x="&quot;">&lt;b<c/>&amp;</a>')), "<b&");
});
