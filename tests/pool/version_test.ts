/**
 * The Deno that threads need: versions in order, and what a user of an older one is told.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { canStopThreads, checkVersion, isOlder } from "../../pool/_version.ts";

Deno.test("isOlder() puts versions in order, part by part, as numbers", () => {
  const rising = [
    "1.46.3",
    "2.0.0-rc.10",
    "2.0.0",
    "2.9.3",
    "2.9.4-rc.1",
    "2.9.4",
    "2.9.10",
    "2.10.0",
    "2.10.1",
    "3.0.0-rc.1",
    "3.0.0",
    "10.0.0",
  ];
  rising.forEach((one, i) =>
    rising.forEach((other, j) => assertEquals(isOlder(one, other), i < j, `${one} and ${other}`))
  );
});

Deno.test("isOlder() does not count what follows a plus sign", () => {
  assertEquals(isOlder("2.9.4+abc", "2.9.4"), false);
  assertEquals(isOlder("2.9.4", "2.9.4+abc"), false);
  assertEquals(isOlder("2.9.3+abc", "2.9.4"), true);
  assertEquals(isOlder("2.9.4-rc.1+abc-1", "2.9.4"), true);
});

Deno.test("isOlder() is false for what is no version", () => {
  for (const odd of ["", "2.9", "v2.9.4", "canary", "2.9.x"]) {
    assertEquals(isOlder(odd, "2.9.4"), false);
    assertEquals(isOlder("2.9.4", odd), false);
  }
});

Deno.test("checkVersion() refuses a Deno that cannot stop its threads, and says what to do", () => {
  checkVersion();
  for (const version of ["2.9.4", "2.9.6", "2.10.0", "3.0.0-rc.1", "2.9.6+abc", "canary"]) {
    checkVersion(version);
  }
  for (const version of ["1.46.3", "2.5.7", "2.8.3", "2.9.3"]) {
    assertEquals(canStopThreads(version), false);
    const { message } = assertThrows(() => checkVersion(version), Error);
    assertStringIncludes(message, `Deno ${version}`);
    assertStringIncludes(message, "upgrade to Deno 2.9.");
  }
});
