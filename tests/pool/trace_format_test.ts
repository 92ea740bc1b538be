/**
 * The validator of trace files, held against files that are right and files that are wrong.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { faultsOf } from "./_trace_format.ts";

const span = { name: "run", ph: "X", ts: 1, dur: 2, pid: 1, tid: 1 };
const lane = { name: "thread_name", ph: "M", pid: 1, tid: 1, args: { name: "a" } };
const faults = (...traceEvents: unknown[]) => faultsOf(JSON.stringify({ traceEvents }));

Deno.test("faultsOf() finds nothing wrong with what viewers accept", () => {
  assertEquals(faults(), []);
  assertEquals(faultsOf(JSON.stringify([lane, span])), []); // the array form
  assertEquals(faults(lane, span, { ...span, ts: 3 }, { ...span, tid: 2, ts: 2 }), []);
  assertEquals(faults({ ...span, dur: 10 }, span, { ...span, ts: 3 }), []); // nested
  assertEquals(faults({ ...span, ph: "B", dur: undefined }, { ph: "E", ts: 2, pid: 1, tid: 1 }), []);
  assertEquals(faultsOf('{"traceEvents": [], "displayTimeUnit": "ms", "otherData": {}}'), []);
});

Deno.test("faultsOf() finds what viewers refuse or draw wrongly", () => {
  const wrong: unknown[] = [
    ...Object.keys(span).map((field) => ({ ...span, [field]: undefined })),
    ...[{ ph: "Y" }, { ts: "1" }, { ts: null }, { dur: -1 }, { pid: 1.5 }, { tid: "a" }, { args: [] }, {
      name: 1,
    }]
      .map((change) => ({ ...span, ...change })),
    { ...lane, args: {} },
    { ...lane, name: "thread_colour" },
    5,
    null,
  ];
  for (const event of wrong) assert(faults(lane, event).length > 0, JSON.stringify(event));
  assert(faults(span, { ...span, ts: 2 }).length > 0, "overlapping");
  assert(faults({ ...span, ph: "B" }).length > 0, "never ends");
  assert(faults({ ...span, ph: "E" }).length > 0, "never begun");
  for (const text of ["", "{}", "5", '{"traceEvents": {}}', '{"traceEvents": [], "displayTimeUnit": "s"}']) {
    assert(faultsOf(text).length > 0, text);
  }
});
