import { expect, test } from "vitest";

import { beginningOf, delaySeconds, reserveNear, reserveStarts, secondsUntil, startsPerSecond } from "../../lib/core/pace.ts";

const NOW = Date.parse("2026-05-06T01:00:00Z");
const host = (extra: object = {}): Parameters<typeof reserveStarts>[0] => ({ version: 1, host: "example.org", ...extra });

test("a host that nobody wrote a policy for gets one start a second", () => {
  expect(reserveStarts(host(), 3, NOW)).toEqual({ startsAtMs: [NOW, NOW + 1000, NOW + 2000], nextStartAtMs: NOW + 3000 });
});

test.each([
  ["calendar.google.com", 100],
  ["outlook.office365.com", 200],
  ["outlook.live.com", 200],
  ["p01-caldav.icloud.com", 200],
  ["calendar.yahoo.com", 500],
])("%s has a start every %i ms", (name, gapMs) => {
  expect(reserveStarts(host({ host: name }), 2, NOW).startsAtMs).toEqual([NOW, NOW + gapMs]);
});

test("an owner's pace goes before the table's", () => {
  expect(reserveStarts(host({ host: "calendar.google.com", startsPerSecond: 0.5 }), 2, NOW).startsAtMs[1]).toBe(NOW + 2000);
});

test("starts are whole milliseconds", () => {
  expect(reserveStarts(host({ startsPerSecond: 3 }), 3, NOW)).toEqual({
    startsAtMs: [NOW, NOW + 333, NOW + 667],
    nextStartAtMs: NOW + 1000,
  });
});

test.each([
  ["all of them", 3, 1, 0, 3],
  ["those within a quarter of an hour", 20, 0.01, 0, 10],
  ["the last that SQS can delay", 3, 1, 900, 1],
  ["none", 3, 1, 901, 0],
])("of the starts that are wanted near now it takes %s", (_which, count, pace, busySeconds, taken) => {
  const busyMs = NOW + busySeconds * 1000;
  const { startsAtMs, nextStartAtMs } = reserveNear(host({ startsPerSecond: pace, nextStartAtMs: busyMs }), count, NOW);
  expect(startsAtMs).toEqual(Array.from({ length: taken }, (_none, index) => busyMs + (index * 1000) / pace));
  expect(nextStartAtMs).toBe(busyMs + (taken * 1000) / pace);
});

test("starts near now may have to wait for one that was taken before", () => {
  expect(reserveNear(host(), 2, NOW, NOW + 899_500).startsAtMs).toEqual([NOW + 899_500]);
});

test("a start is whole seconds away, or none where it is over", () => {
  expect([secondsUntil(NOW + 1, NOW), secondsUntil(NOW, NOW), secondsUntil(NOW - 5000, NOW)]).toEqual([1, 0, 0]);
});

test("starts that others reserved and the host's cooldown are waited for, whichever is later", () => {
  const cooldownUntil = "2026-05-06T01:00:30Z";
  expect(reserveStarts(host({ nextStartAtMs: NOW + 5000 }), 1, NOW).startsAtMs).toEqual([NOW + 5000]);
  expect(reserveStarts(host({ nextStartAtMs: NOW + 5000, cooldownUntil }), 1, NOW).startsAtMs).toEqual([NOW + 30_000]);
  expect(reserveStarts(host({ nextStartAtMs: NOW + 50_000, cooldownUntil }), 1, NOW).startsAtMs).toEqual([NOW + 50_000]);
  expect(reserveStarts(host({ nextStartAtMs: NOW - 5000 }), 1, NOW)).toEqual({ startsAtMs: [NOW], nextStartAtMs: NOW + 1000 });
});

test("no starts move nothing", () => {
  expect(reserveStarts(host(), 0, NOW)).toEqual({ startsAtMs: [], nextStartAtMs: NOW });
});

test("a delay is whole seconds, never before the start, and none beyond what SQS takes", () => {
  expect(delaySeconds(NOW, NOW)).toBe(0);
  expect(delaySeconds(NOW - 5000, NOW)).toBe(0);
  expect(delaySeconds(NOW + 1, NOW)).toBe(1);
  expect(delaySeconds(NOW + 2000, NOW)).toBe(2);
  expect(delaySeconds(NOW + 900_000, NOW)).toBe(900);
  expect(delaySeconds(NOW + 900_001, NOW)).toBeUndefined();
});

test("each minute begins a list somewhere else, and a list of none nowhere", () => {
  expect([29_633_820, 29_633_821, 29_633_822].map((minute) => beginningOf(minute, 1000))).toEqual([713, 654, 61]);
  expect(beginningOf(29_633_820, 0)).toBe(0);
  expect(beginningOf(29_633_820, 1)).toBe(0);
});

test.each([5, 60, 1440])("a list of sixty that comes every %i minutes begins at nearly every place in time", (interval) => {
  const places = Array.from({ length: 300 }, (_, turn) => beginningOf(29_633_820 + turn * interval, 60));
  expect(new Set(places).size).toBeGreaterThan(55);
  expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...places)).toBeLessThan(60);
});

test("the pace is the owner's, the table's, or one a second", () => {
  expect([host({ startsPerSecond: 3 }), host({ host: "calendar.google.com" }), host()].map(startsPerSecond)).toEqual([3, 10, 1]);
});
