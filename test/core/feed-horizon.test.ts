import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ExportPolicy } from "../../lib/contract/feed.ts";
import { feedHorizon } from "../../lib/core/feed-horizon.ts";
import { linesOf, build, member, stored } from "./sample-feed.ts";

const from = (policy: Partial<ExportPolicy>, now: string): string | undefined =>
  feedHorizon(ExportPolicy.parse(policy), new Date(now))?.from;

describe("the horizon of a feed", () => {
  it("lies 400 days back, at the beginning of that month, so that all builds of a month agree", () => {
    expect(from({}, "2026-11-20T09:00:00Z")).toBe("2025-10-01T00:00:00.000Z");
    expect(from({}, "2026-11-05T00:00:00Z")).toBe("2025-10-01T00:00:00.000Z");
    expect(from({}, "2026-12-04T23:59:59Z")).toBe("2025-10-01T00:00:00.000Z");
    expect(from({}, "2026-12-06T00:00:00Z")).toBe("2025-11-01T00:00:00.000Z");
  });

  it("is the owner's choice, and with as-is there is none but by choice", () => {
    expect(from({ pastDays: 30 }, "2026-11-20T09:00:00Z")).toBe("2026-10-01T00:00:00.000Z");
    expect(from({ pastDays: "all" }, "2026-11-20T09:00:00Z")).toBeUndefined();
    expect(from({ class: "as-is" }, "2026-11-20T09:00:00Z")).toBeUndefined();
    expect(from({ class: "as-is", pastDays: 30 }, "2026-11-20T09:00:00Z")).toBe("2026-10-01T00:00:00.000Z");
  });

  it("keeps what is far ahead and drops what ended long ago", () => {
    const horizon = feedHorizon(ExportPolicy.parse({}), new Date("2026-11-20T09:00:00Z"));
    const events = [
      stored("UID:ahead", "DTSTART:99991231T100000Z"),
      stored("UID:old", "DTSTART:20240105T100000Z", "DTEND:20240105T110000Z"),
      stored("UID:young", "DTSTART:20251005T100000Z"),
    ];
    expect(linesOf(build([member("cal1", events)], {}, { horizon }), "UID")).toEqual(["UID:ahead", "UID:young"]);
  });

  it("never drops a series that has an occurrence ahead, however long ago it began", () => {
    const now = Date.parse("2026-11-20T09:00:00Z");
    const horizon = feedHorizon(ExportPolicy.parse({}), new Date(now));
    const stamp = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/gu, "");
    const ahead = fc.integer({ min: 0, max: 4000 }).map((days) => stamp(now + days * 86_400_000));
    const frequency = fc.constantFrom("DAILY", "WEEKLY", "MONTHLY", "YEARLY");
    const reaching = fc.oneof(
      frequency.map((freq) => [`RRULE:FREQ=${freq}`]),
      fc.tuple(frequency, ahead).map(([freq, until]) => [`RRULE:FREQ=${freq};UNTIL=${until}`]),
      fc.integer({ min: 40, max: 99 }).map((count) => [`RRULE:FREQ=YEARLY;COUNT=${count}`]),
      ahead.map((at) => [`RDATE:20100101T000000Z,${at}`]),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9000 }), reaching, (daysAgo, lines) => {
        const event = stored("UID:series", `DTSTART:${stamp(now - daysAgo * 86_400_000)}`, ...lines);
        expect(linesOf(build([member("cal1", [event])], {}, { horizon }), "UID")).toEqual(["UID:series"]);
      }),
    );
  });

  it("keeps an old series whose only occurrence ahead is one that was moved there", () => {
    const horizon = feedHorizon(ExportPolicy.parse({}), new Date("2026-11-20T09:00:00Z"));
    const events = [
      stored("UID:s", "DTSTART:20240101T100000Z", "RRULE:FREQ=DAILY;UNTIL=20240103T100000Z"),
      stored("UID:s", "RECURRENCE-ID:20240102T100000Z", "DTSTART:20270102T100000Z"),
    ];
    expect(linesOf(build([member("cal1", events)], {}, { horizon }), "UID")).toEqual(["UID:s", "UID:s"]);
  });
});
