import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { BusinessDays } from "../../lib/contract/schedule.ts";
import { addDays, isBusinessDay, lastBusinessDay, nearestBusinessDay, turnOnDay } from "../../lib/core/business-days.ts";
import { holidaysOf } from "../../lib/core/holidays.ts";

const WEEK = { weekend: ["SA", "SU"] as BusinessDays["weekend"], holidays: new Set(["2026-05-01", "2026-05-25", "2026-02-27"]) };
const SEOUL = { weekend: WEEK.weekend, zone: "Asia/Seoul" };

function event(
  uid: string,
  ...lines: readonly string[]
): { uid: string; text: string } & Record<"sourceUid" | "block" | "meaning" | "lastModified", string> & { sequence: number } {
  const text = ["BEGIN:VEVENT", `UID:${uid}`, ...lines, "END:VEVENT"].join("\n");
  return { uid, sourceUid: uid, block: "", meaning: "", sequence: 0, lastModified: "20260101T000000Z", text };
}

describe("business days", () => {
  test.each([
    ["2026-04-30", "2026-05-04", "2026-04-29", "2026-04-30"],
    ["2026-05-01", "2026-05-04", "2026-04-30", "2026-05-29"],
    ["2026-05-23", "2026-05-26", "2026-05-22", "2026-05-29"],
    // The last Friday is a holiday, and the days after it are a weekend.
    ["2026-02-10", "2026-02-11", "2026-02-09", "2026-02-26"],
  ])("of %s: next %s, previous %s, last of its month %s", (day, next, previous, last) => {
    expect(nearestBusinessDay(day, "next", WEEK)).toBe(next);
    expect(nearestBusinessDay(day, "previous", WEEK)).toBe(previous);
    expect(lastBusinessDay(day, WEEK)).toBe(last);
  });

  test("next and previous are business days, with none between, and lead back", () => {
    fc.assert(
      fc.property(fc.nat(730), (days) => {
        const day = nearestBusinessDay(addDays("2025-01-01", days), "previous", WEEK) ?? "";
        const next = nearestBusinessDay(day, "next", WEEK) ?? "";
        expect(isBusinessDay(next, WEEK)).toBe(true);
        for (let between = addDays(day, 1); between < next; between = addDays(between, 1))
          expect(isBusinessDay(between, WEEK)).toBe(false);
        expect(nearestBusinessDay(next, "previous", WEEK)).toBe(day);
      }),
    );
  });

  test("of a month without one there is no last", () => {
    const holidays = new Set(Array.from({ length: 31 }, (_, index) => addDays("2026-05-01", index)));
    expect(lastBusinessDay("2026-05-10", { weekend: [], holidays })).toBeUndefined();
  });

  test("a turn on another day is skipped until that day is over, or moved to its own local time there", () => {
    const saturdayMs = Date.parse("2026-05-22T23:30:00Z");
    expect(turnOnDay(saturdayMs, { ...SEOUL, policy: "skip" }, WEEK.holidays)).toEqual({
      kind: "skipped",
      day: "2026-05-23",
      dayEndMs: Date.parse("2026-05-23T15:00:00Z"),
    });
    expect(turnOnDay(saturdayMs, { ...SEOUL, policy: "next" }, WEEK.holidays)).toEqual({
      kind: "moved",
      day: "2026-05-23",
      toMs: Date.parse("2026-05-25T23:30:00Z"),
    });
    // Friday evening in London is Saturday in Seoul.
    expect(turnOnDay(Date.parse("2026-05-22T14:00:00Z"), { ...SEOUL, policy: "skip" }, WEEK.holidays).kind).toBe("stands");
  });
});

describe("a calendar of holidays", () => {
  const snapshot = {
    timezones: [],
    events: [
      event("one", "DTSTART;VALUE=DATE:20260505", "SUMMARY:어린이날", "CATEGORIES:Public Holiday,Korea"),
      event(
        "three",
        "DTSTART;VALUE=DATE:20260924",
        "DTEND;VALUE=DATE:20260927",
        "SUMMARY:추석 연휴",
        "CATEGORIES:public holiday",
      ),
      event("yearly", "DTSTART;VALUE=DATE:20201225", "RRULE:FREQ=YEARLY", "SUMMARY:Christmas (public)"),
      event("timed", "DTSTART:20260610T090000Z", "DTEND:20260610T100000Z", "SUMMARY:Public meeting", "CATEGORIES:Public Holiday"),
      event("off", "DTSTART;VALUE=DATE:20260611", "SUMMARY:Public, but not", "STATUS:CANCELLED"),
      event("memory", "DTSTART;VALUE=DATE:20260612", "SUMMARY:Remembrance"),
    ],
  };
  const days = (filter: { category?: string; keyword?: string }): string[] =>
    [...holidaysOf(snapshot, filter, "2026-01-01", "2027-01-01")].toSorted();

  test("names every day of its all-day events, recurring ones too, cancelled and timed ones not", () => {
    expect(days({})).toEqual(["2026-05-05", "2026-06-12", "2026-09-24", "2026-09-25", "2026-09-26", "2026-12-25"]);
  });

  test("is filtered by category or by a word of the title, in any case", () => {
    expect(days({ category: "PUBLIC HOLIDAY" })).toEqual(["2026-05-05", "2026-09-24", "2026-09-25", "2026-09-26"]);
    expect(days({ keyword: "public" })).toEqual(["2026-12-25"]);
    expect(days({ category: "korea", keyword: "추석" })).toEqual([]);
  });
});
