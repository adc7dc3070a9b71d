import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { cronInterval, cronTurns, schedulerExpression } from "../../lib/core/cron.ts";

function turns(expression: string, zone: string, after: string, count: number): string[] {
  return cronTurns({ expression, zone }, Date.parse(after), count).map((atMs) => new Date(atMs).toISOString());
}

describe("a cron expression", () => {
  test.each([
    ["0 9 * * *", "cron(0 9 * * ? *)"],
    ["0 9 * * 1-5", "cron(0 9 ? * MON,TUE,WED,THU,FRI *)"],
    ["0 9 * * 0", "cron(0 9 ? * SUN *)"],
    ["0 9 * * 7", "cron(0 9 ? * SUN *)"],
    ["0 9 * * 5-7", "cron(0 9 ? * SUN,FRI,SAT *)"],
    ["*/15 8-18 * * mon", "cron(0/15 8-18 ? * MON *)"],
    ["5,35 */6 1,15 jan-mar *", "cron(5,35 0/6 1,15 1-3 ? *)"],
    ["30 6 L * *", "cron(30 6 L * ? *)"],
    ["30 6 15W * *", "cron(30 6 15W * ? *)"],
    ["0 9 * * MON#2", "cron(0 9 ? * 2#2 *)"],
    ["0 9 * * 5L", "cron(0 9 ? * 6L *)"],
    ["0 9 ? * *", "cron(0 9 * * ? *)"],
  ])("%s is EventBridge's %s", (expression, wanted) => {
    expect(schedulerExpression(expression)).toBe(wanted);
  });

  test.each([
    ["0 9 13 * 5", "days of the month and days of the week"],
    ["* * * * *", "comes more often than every 5 minutes"],
    ["0,3 9 * * *", "comes more often than every 5 minutes"],
    ["0 9 31 2 *", "never comes"],
    ["0 9 * *", "is no cron expression"],
    ["0 0 9 * * *", "is no cron expression"],
    ["0 9 * * MON#2,FRI", "has the weekday MON#2,FRI"],
    ["61 9 * * *", "Invalid value for minute: 61"],
    ["daily at nine", "is no cron expression"],
  ])("%s is refused: %s", (expression, why) => {
    expect(() => schedulerExpression(expression)).toThrow(
      expect.objectContaining({ code: "schedule-invalid", what: expect.stringContaining(why) }),
    );
  });

  test("of two minutes comes too often where they are closer than five minutes, in one hour or about its turn", () => {
    const refused = (expression: string): boolean => {
      try {
        return schedulerExpression(expression) === "";
      } catch {
        return true;
      }
    };
    for (let minute = 1; minute < 60; minute += 1) {
      expect([minute, refused(`0,${minute} * * * *`)]).toEqual([minute, minute < 5 || minute > 55]);
      expect([minute, refused(`0,${minute} 9 * * *`)]).toEqual([minute, minute < 5]);
    }
    expect([refused("58 8,9 * * *"), refused("2,58 8,9 * * *"), refused("2,58 8,10 * * *")]).toEqual([false, true, false]);
  });

  test("whose time the clocks skip is not due that day, and one that they show twice is due once", () => {
    expect(turns("30 2 * * *", "America/New_York", "2025-03-08T12:00:00Z", 2)).toEqual([
      "2025-03-10T06:30:00.000Z",
      "2025-03-11T06:30:00.000Z",
    ]);
    expect(turns("30 1 * * *", "America/New_York", "2025-11-01T12:00:00Z", 2)).toEqual([
      "2025-11-02T05:30:00.000Z",
      "2025-11-03T06:30:00.000Z",
    ]);
    // Within the second of the two hours.
    expect(turns("*/30 * * * *", "America/New_York", "2025-11-02T06:10:00Z", 1)).toEqual(["2025-11-02T07:00:00.000Z"]);
  });

  test("keeps its local time through the year, in a zone of half an hour of summer too", () => {
    expect(turns("45 1 * * *", "Australia/Lord_Howe", "2026-04-03T00:00:00Z", 3)).toEqual([
      "2026-04-03T14:45:00.000Z",
      "2026-04-04T14:45:00.000Z",
      "2026-04-05T15:15:00.000Z",
    ]);
  });

  test.each([
    ["*/15 8-18 * * *", 15],
    ["0 9 * * 1-5", 1440],
    ["0 */2 * * *", 120],
    ["7 */5 * * *", 240 + 120],
    ["0 9 1 * *", 1440],
    ["5,12 9 * * *", 10],
  ])("%s comes to an interval of %i minutes, at whatever time it is made", (expression, minutes) => {
    for (const hour of [3, 9, 18, 23]) {
      const nowMs = Date.parse("2026-05-06T00:40:00Z") + hour * 3_600_000;
      expect(cronInterval({ expression, zone: "UTC" }, nowMs)).toBe(minutes);
    }
  });

  test("gives instants in order, each after the one asked for, however one asks", () => {
    const zones = ["Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];
    const minute = fc.integer({ min: Date.parse("2025-01-01") / 60_000, max: Date.parse("2027-01-01") / 60_000 });
    const anyTime = fc.record({ minute: fc.nat(59), hour: fc.nat(23), weekday: fc.constantFrom("*", "1-5", "0", "6") });
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyTime, minute, (zone, time, after) => {
        const expression = `${time.minute} ${time.hour} * * ${time.weekday}`;
        const [first = 0, second = 0] = cronTurns({ expression, zone }, after * 60_000, 2);
        expect(first).toBeGreaterThan(after * 60_000);
        expect(second).toBeGreaterThan(first);
        expect(cronTurns({ expression, zone }, first - 60_000, 1)).toEqual([first]);
      }),
    );
  });
});
