import { describe, expect, test } from "vitest";

import { gateOf, lateSeconds, waitSeconds } from "../../lib/core/cooldown.ts";

const NOW = new Date("2026-05-06T01:00:00.000Z");
const at = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();

describe("a host's cooldown", () => {
  test.each([
    ["ends now", 0, 0, "probe"],
    ["ended long ago", -9000, 0, "probe"],
    ["ends in half a minute", 30, 0, "wait"],
    ["ends in half a minute, and the task has waited two already", 30, -120, "deferred"],
    ["ends later", 30.001, 0, "deferred"],
  ])("that %s", (_what, until, startAt, gate) => {
    expect(gateOf(at(until), { startAt: at(startAt) }, NOW)).toBe(gate);
  });
});

test("who waits for another to try comes back after that, spread over a minute", () => {
  expect([waitSeconds(0), waitSeconds(0.5), waitSeconds(0.999)]).toEqual([30, 60, 90]);
});

test.each([
  [0, 0.5, undefined],
  [60, 0.5, undefined],
  [61, 0.5, 31],
  [61, 0, 1],
  [3600, 0.25, 900],
  [90_000, 1, 39_600],
])("a task that comes %i s after its start goes back for %s of that: %s", (lateness, random, seconds) => {
  expect(lateSeconds({ startAt: at(-lateness) }, NOW, random)).toBe(seconds);
});
