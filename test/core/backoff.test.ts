import { expect, test } from "vitest";

import { calendarNotBefore, deferredUntil, retryDelaySeconds } from "../../lib/core/backoff.ts";

const NOW = new Date("2026-05-06T00:00:00Z");

test("a task waits a random time up to twice as long after each attempt, at most ten minutes", () => {
  expect([0, 1, 2, 5].map((attempts) => retryDelaySeconds(attempts, 1))).toEqual([2, 4, 8, 64]);
  expect(retryDelaySeconds(3, 0.5)).toBe(8);
  expect(retryDelaySeconds(3, 0.51)).toBe(9);
  expect(retryDelaySeconds(20, 1)).toBe(600);
});

test("a task waits at least a second, for a delay of 0 loses the message in some engines", () => {
  expect(retryDelaySeconds(0, 0)).toBe(1);
});

test("a calendar that failed is asked again after twice its interval, then four times, at most a day; half an interval early", () => {
  expect(calendarNotBefore(NOW, 60, 0)).toBe("2026-05-06T00:30:00.000Z");
  expect(calendarNotBefore(NOW, 60, 1)).toBe("2026-05-06T01:30:00.000Z");
  expect(calendarNotBefore(NOW, 60, 2)).toBe("2026-05-06T03:30:00.000Z");
  expect(calendarNotBefore(NOW, 60, 10)).toBe("2026-05-06T23:30:00.000Z");
  expect(calendarNotBefore(NOW, 5, 5000)).toBe("2026-05-06T23:57:30.000Z");
  expect(calendarNotBefore(NOW, 1440, 3)).toBe("2026-05-06T12:00:00.000Z");
});

test("a host that said later is left alone as long as it asked, and up to a fifth more", () => {
  expect(deferredUntil(NOW, "2026-05-06T01:00:00Z", 0)).toBe("2026-05-06T01:00:00.000Z");
  expect(deferredUntil(NOW, "2026-05-06T01:00:00Z", 1)).toBe("2026-05-06T01:12:00.000Z");
  expect(deferredUntil(NOW, "2026-05-06T01:00:00Z", 0.5)).toBe("2026-05-06T01:06:00.000Z");
});

test("a host that did not say when is left alone for a quarter of an hour, and none for more than a day", () => {
  expect(deferredUntil(NOW, undefined, 0)).toBe("2026-05-06T00:15:00.000Z");
  expect(deferredUntil(NOW, "2026-06-01T00:00:00Z", 0)).toBe("2026-05-07T00:00:00.000Z");
  expect(deferredUntil(NOW, "2026-05-05T00:00:00Z", 1)).toBe("2026-05-06T00:00:00.000Z");
});
