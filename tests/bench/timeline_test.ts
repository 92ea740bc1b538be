/**
 * Timelines: traces read and added up, columns true to time, drawings in which no text overlaps another.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { columnsOf } from "../../bench/compare/columns.ts";
import { type Box, overlap } from "../../bench/compare/labels.ts";
import {
  account,
  ACTIVITIES,
  type Lane,
  lanesOf,
  longestRun,
  readTrace,
  type Span,
  TraceError,
} from "../../bench/compare/lanes.ts";
import { LinearScale } from "../../bench/compare/linear_scale.ts";
import { textWidth } from "../../bench/compare/text.ts";
import { drawTimeline } from "../../bench/compare/timeline.ts";
import { randomSource } from "../../bench/_random.ts";
import { find, parseXml, textOf, type XmlElement } from "./_xml.ts";

const EVENTS = [
  { name: "thread_name", ph: "M", pid: 1, tid: 7, ts: 0, args: { name: "one" } },
  { name: "start-up", ph: "X", pid: 1, tid: 7, ts: 1000, dur: 2000, args: {} },
  { name: "run", ph: "X", pid: 1, tid: 7, ts: 3000, dur: 500, args: { batch: 2, item: 5 } },
  { name: "wait", ph: "X", pid: 1, tid: 7, ts: 3500, dur: 500, args: {} },
  { name: "start-up", ph: "X", pid: 1, tid: 8, ts: 1500, dur: 2500, args: {} },
];

/** Lanes of workers whose spans follow each other without a gap. */
function randomLanes(seed: number, workers: number, spans: number): Lane[] {
  const random = randomSource(seed);
  return Array.from({ length: workers }, (_, i) => {
    let at = 5 * (random() + 0.5);
    return {
      name: i % 3
        ? `PoolWorker-${i}`
        : `a worker with <a name> that goes on & on, beyond the width of lane ${i}`,
      spans: Array.from({ length: spans }, (_, k): Span => {
        const from = at, activity = k === 0 ? "start-up" : ACTIVITIES[Math.floor(4.999 * (random() + 0.5))];
        at += 10 ** (6 * random());
        return { activity, from, to: at, batch: k, item: i };
      }),
    };
  });
}

Deno.test("readTrace() gives lanes with names, in milliseconds from the first span on", () => {
  for (const text of [JSON.stringify({ traceEvents: EVENTS }), JSON.stringify(EVENTS)]) {
    assertEquals(readTrace(text), [
      {
        name: "one",
        spans: [
          { activity: "start-up", from: 0, to: 2 },
          { activity: "run", from: 2, to: 2.5, batch: 2, item: 5 },
          { activity: "wait", from: 2.5, to: 3 },
        ],
      },
      { name: "1/8", spans: [{ activity: "start-up", from: 0.5, to: 3 }] },
    ]);
  }
});

Deno.test("readTrace() says what is wrong with a file", () => {
  const wrong = [
    ["", "not JSON"],
    ["5", "no traceEvents"],
    ["null", "no traceEvents"],
    ["[]", "no spans"],
    ['{"traceEvents": []}', "no spans"],
    ['[{"ph": "X", "name": "GC", "ts": 1, "dur": 1}]', 'event 0 is a span "GC", which is not a pool\'s'],
    ['[{"ph": "X", "name": "run", "ts": 1}]', "event 0 does not say from when to when"],
    ['[null, {"ph": "X", "name": "run", "ts": 1, "dur": -1}]', "event 1 does not say"],
  ];
  for (const [text, message] of wrong) assertThrows(() => readTrace(text), TraceError, message);
});

Deno.test("account() adds up to the wall time when the spans leave no gap, and less when they do", () => {
  const [lane, other] = lanesOf(EVENTS);
  assertEquals(account(lane), {
    wall: 3,
    sum: 3,
    of: { "start-up": 2, claim: 0, run: 0.5, encode: 0, wait: 0.5 },
  });
  const { wall, sum } = account({ ...lane, spans: [lane.spans[0], lane.spans[2]] });
  assertEquals([wall, sum], [3, 2.5]);
  assertEquals(longestRun([other, lane])?.span.item, 5);
  assertEquals(longestRun([other]), undefined);
});

Deno.test("columnsOf() gives each activity as much area as it took time", () => {
  for (let seed = 1; seed < 20; seed++) {
    const [{ spans }] = randomLanes(seed, 1, 300), end = spans.at(-1)!.to, count = 500;
    const stretches = columnsOf(spans, count, end), { of } = account({ name: "", spans });
    assert(stretches.length <= count);
    for (const [i, activity] of ACTIVITIES.entries()) {
      const area = stretches.reduce((sum, { from, to, shares }) => sum + (to - from) * shares[i], 0);
      assertAlmostEquals(area / count, of[activity] / end, 0.01);
    }
    for (const { shares } of stretches) assert(shares.reduce((a, b) => a + b) <= 1 + 2 / 32);
  }
});

Deno.test("columnsOf() joins columns in which the same was done, and leaves out those before the first", () => {
  const span = (activity: Span["activity"], from: number, to: number): Span => ({ activity, from, to });
  assertEquals(columnsOf([span("start-up", 2, 5), span("run", 5, 9.5), span("wait", 9.5, 10)], 10, 10), [
    { from: 2, to: 5, shares: [0, 0, 0, 1, 0] },
    { from: 5, to: 9, shares: [1, 0, 0, 0, 0] },
    { from: 9, to: 10, shares: [0.5, 0, 0, 0, 0.5] },
  ]);
});

Deno.test("LinearScale marks round values from 0 on, none closer than their labels are wide", () => {
  for (const end of [0.0003, 0.02, 1, 7.3, 10, 99, 12_345, 3_600_000]) {
    const scale = new LinearScale(end, [24, 524]), ticks = scale.ticks("milliseconds", () => 60);
    assertEquals([ticks[0].value, ticks[0].label], [0, "0"]);
    assert(ticks.length >= 2 && ticks.length <= 9, `${ticks.length} ticks up to ${end}`);
    assert(ticks.at(-1)!.value <= end * (1 + 1e-9));
    for (const [i, { value }] of ticks.slice(1).entries()) {
      assert(scale.at(value) - scale.at(ticks[i].value) >= 59.9);
    }
  }
  assertEquals([new LinearScale(10, [0, 100]).at(0), new LinearScale(10, [0, 100]).at(10)], [0, 100]);
});

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

Deno.test("drawTimeline() lets no text overlap another or leave the drawing, and is no longer for more spans", () => {
  for (let seed = 1; seed < 60; seed++) {
    const lanes = randomLanes(seed, 1 + seed % 12, seed % 4 ? 50 : 3000);
    const svg = drawTimeline(lanes, "What a pool's workers did when", "a note of some length, ".repeat(8));
    assert(svg.length < lanes.length * 120_000);
    const root = parseXml(svg), texts = find(root, "text");
    const width = Number(root.attributes.get("width")), height = Number(root.attributes.get("height"));
    for (const [i, element] of texts.entries()) {
      const box = boxOf(element);
      assert(box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height, textOf(element));
      for (const other of texts.slice(i + 1)) {
        assert(!overlap(box, boxOf(other)), `${seed}: "${textOf(element)}" overlaps "${textOf(other)}"`);
      }
    }
  }
});

Deno.test("drawTimeline() is self-contained, names what there is, and begins and ends where the trace does", () => {
  const svg = drawTimeline(lanesOf(EVENTS), "A trace", "a machine"), root = parseXml(svg);
  assertEquals(root.attributes.get("xmlns"), "http://www.w3.org/2000/svg");
  assertEquals(find(root, "image").length + find(root, "script").length + find(root, "use").length, 0);
  const style = textOf(find(root, "style")[0]);
  assert(style.includes("prefers-color-scheme:dark") && !/url\(|@import/.test(style));
  const texts = find(root, "text").map(textOf);
  for (
    const text of ["one", "1/8", "A trace", "a machine", "start-up 82%", "run 9%", "claim 0%", "0", "3 ms"]
  ) {
    assert(texts.includes(text), `${text} is not in ${texts}`);
  }
  assert(texts.some((text) => text.startsWith("Longest run, bracketed: 500 µs in one (item 5 of batch 2)")));
  const hatches = new Set(find(root, "pattern").map(({ attributes }) => attributes.get("id")));
  for (const [, id] of svg.matchAll(/url\(#([^)]*)\)/g)) assert(hatches.has(id));
  const grounds = find(root, "line").filter(({ attributes: a }) =>
    a.get("class") === "axis" && a.get("y1") === a.get("y2")
  );
  const [one, other, axis] = grounds.map(({ attributes: a }) => [Number(a.get("x1")), Number(a.get("x2"))]);
  assertEquals(one, axis);
  assertEquals(other[1], axis[1]);
  assertAlmostEquals((other[0] - axis[0]) / (axis[1] - axis[0]), 0.5 / 3, 0.001);
});

Deno.test("drawTimeline() draws a worker that has done nothing yet", () => {
  const svg = drawTimeline(
    [{ name: "one", spans: [{ activity: "start-up", from: 0, to: 0 }] }],
    "Nothing",
    "",
  );
  assert(!/NaN|Infinity/.test(svg));
  parseXml(svg);
});
