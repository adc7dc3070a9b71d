import { describe, expect, test } from "vitest";

import { parseExpression } from "../../lib/local/schedule.ts";

/** The next instants of a cron expression, in UTC. */
function next(expression: string, zone: string, from: string, count = 1): readonly string[] {
  const due = parseExpression({ ScheduleExpression: expression, ScheduleExpressionTimezone: zone });
  const found: string[] = [];
  for (let instant = new Date(from); found.length < count;) {
    instant = new Date(due(instant.getTime(), undefined) ?? Number.NaN);
    found.push(instant.toISOString());
  }
  return found;
}

describe("schedule expressions", () => {
  test.each([
    ["rate(1 minute)", 60_000],
    ["rate(5 minutes)", 300_000],
    ["rate(2 hours)", 7_200_000],
    ["rate(1 day)", 86_400_000],
  ])("%s comes every %i ms", (expression, everyMs) => {
    expect(parseExpression({ ScheduleExpression: expression, ScheduleExpressionTimezone: "UTC" })(7, 1000)).toBe(1000 + everyMs);
  });

  test("at() is wall time in its zone", () => {
    const due = parseExpression({ ScheduleExpression: "at(2026-11-20T09:00:00)", ScheduleExpressionTimezone: "Asia/Seoul" });
    expect(due(0, undefined)).toBe(Date.parse("2026-11-20T00:00:00Z"));
    expect(due(0, 1)).toBeUndefined();
  });

  test.each([
    ["cron(0 9 * * ? *)", "Asia/Seoul", ["2026-11-21T00:00:00.000Z"]],
    ["cron(15 10 ? * 6L *)", "UTC", ["2026-11-27T10:15:00.000Z"]],
    ["cron(0 0 ? * MON-FRI *)", "UTC", ["2026-11-23T00:00:00.000Z"]],
    ["cron(0 0 ? * 1 *)", "UTC", ["2026-11-22T00:00:00.000Z"]],
    ["cron(0 0 ? * 2#1 *)", "UTC", ["2026-12-07T00:00:00.000Z"]],
    ["cron(0 0 L * ? *)", "UTC", ["2026-11-30T00:00:00.000Z"]],
    ["cron(0/20 8 * * ? 2027)", "UTC", ["2027-01-01T08:00:00.000Z"]],
  ])("%s in %s comes next at %j", (expression, zone, expected) => {
    expect(next(expression, zone, "2026-11-20T12:00:00Z")).toEqual(expected);
  });

  test("a daily time keeps its wall clock over a change of offset", () => {
    const expected = ["2026-10-24T07:00:00.000Z", "2026-10-25T08:00:00.000Z"];
    expect(next("cron(0 9 * * ? *)", "Europe/Berlin", "2026-10-24T00:00:00Z", 2)).toEqual(expected);
  });

  test("a time that the clocks skip is skipped, and one that they show twice comes once", () => {
    expect(next("cron(30 2 * * ? *)", "America/New_York", "2025-03-08T12:00:00Z", 2)).toEqual([
      "2025-03-10T06:30:00.000Z",
      "2025-03-11T06:30:00.000Z",
    ]);
    expect(next("cron(45 1 * * ? *)", "Australia/Lord_Howe", "2026-04-03T20:00:00Z", 2)).toEqual([
      "2026-04-04T14:45:00.000Z",
      "2026-04-05T15:15:00.000Z",
    ]);
  });

  test.each([
    "rate(0 minutes)",
    "rate(1 week)",
    "cron(0 9 * * * *)",
    "cron(0 9 * * ?)",
    "cron(61 9 * * ? *)",
    "at(2026-11-20)",
    "",
    "hourly",
  ])("'%s' is refused", (expression) => {
    expect(() => parseExpression({ ScheduleExpression: expression, ScheduleExpressionTimezone: "UTC" })).toThrow(RangeError);
  });

  test("an unknown zone is refused", () => {
    expect(() => parseExpression({ ScheduleExpression: "cron(0 9 * * ? *)", ScheduleExpressionTimezone: "Mars/Base" })).toThrow(
      RangeError,
    );
  });
});
