import { describe, expect, it } from "vitest";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import type { Filter, MemberFilter } from "../../lib/contract/filter.ts";
import type { BuiltFeed, FeedMember } from "../../lib/core/build-feed.ts";
import { buildFeed } from "../../lib/core/build-feed.ts";
import { feedHorizon } from "../../lib/core/feed-horizon.ts";
import { eventTest } from "../../lib/core/filter.ts";
import { readComponent } from "../../lib/ics/component.ts";
import { feed, linesOf, member, stored } from "./sample-feed.ts";

const START = "DTSTART:20261201T090000Z";

function passes(filter: Filter, ...lines: readonly string[]): boolean {
  const event = readComponent(["BEGIN:VEVENT", ...lines, "END:VEVENT"].join("\n"));
  return eventTest(filter)?.(event) ?? true;
}

function built(events: readonly SnapshotEvent[], filters: MemberFilter, own: Partial<FeedMember> = {}): BuiltFeed {
  return buildFeed({ feed: feed(), members: [{ ...member("cal1", events), filters, ...own }], refreshMinutes: 60 });
}

describe("keywords", () => {
  it("are found in title, description and place, and nowhere else", () => {
    const filter = { keywords: { include: ["yoga"] } };
    for (const name of ["SUMMARY", "DESCRIPTION", "LOCATION"])
      expect(passes(filter, `${name}:Morning Yoga\\, hall 2`)).toBe(true);
    expect(passes(filter, "CATEGORIES:Yoga", "COMMENT:yoga", "SUMMARY:Pilates")).toBe(false);
    expect(passes({ keywords: { include: ["yoga hall"] } }, "SUMMARY:yoga", "LOCATION:hall")).toBe(false);
  });

  it.each([
    ["another letter case", "ÉTÉ", "été à paris"],
    ["a composed and a decomposed letter", "caf\u00E9", "Cafe\u0301 society"],
    ["a sharp s", "STRASSE", "Große Straße"],
    ["a Greek final sigma", "ΟΔΟΣ", "Κεντρική οδος"],
    ["Hangul", "회의", "주간 회의"],
    ["a line that the source broke", "annual review", "Annual\\n review"],
    ["an escaped comma", "a, b", "A\\, B"],
  ])("match over %s", (_title, word, text) => {
    expect(passes({ keywords: { include: [word] } }, `SUMMARY:${text}`)).toBe(true);
    expect(passes({ keywords: { exclude: [word] } }, `SUMMARY:${text}`)).toBe(false);
  });

  it("that are excluded win over those that are included", () => {
    const filter = { keywords: { include: ["match"], exclude: ["cancelled"] } };
    expect(passes(filter, "SUMMARY:Match")).toBe(true);
    expect(passes(filter, "SUMMARY:Match", "DESCRIPTION:Cancelled")).toBe(false);
    expect(passes(filter, "SUMMARY:Training")).toBe(false);
  });
});

describe("several words", () => {
  it("ask for one of them, and forbid each of them", () => {
    const [include, exclude] = [{ keywords: { include: ["yoga", "choir"] } }, { keywords: { exclude: ["yoga", "choir"] } }];
    for (const title of ["Yoga", "Choir", "Yoga and choir"]) {
      expect(passes(include, `SUMMARY:${title}`)).toBe(true);
      expect(passes(exclude, `SUMMARY:${title}`)).toBe(false);
    }
    expect(passes(include, "SUMMARY:Pilates")).toBe(false);
    expect(passes(exclude, "SUMMARY:Pilates")).toBe(true);
  });

  it("are compared with single blanks and without those around them", () => {
    expect(passes({ keywords: { include: ["annual  review "] } }, "SUMMARY:The annual review")).toBe(true);
    expect(passes({ keywords: { include: ["annualreview"] } }, "SUMMARY:The annual review")).toBe(false);
    expect(passes({ keywords: { include: ["yogahall"] } }, "SUMMARY:yoga", "LOCATION:hall")).toBe(false);
    expect(passes({ categories: { include: ["Home"] } }, "CATEGORIES: Home ,Far")).toBe(true);
    expect(passes({ categories: { include: ["Far"] } }, "CATEGORIES:,Far")).toBe(true);
  });

  it("of no filter at all are no test", () => {
    expect(eventTest(undefined, undefined)).toBeUndefined();
    expect(eventTest({}, undefined)).toBeUndefined();
    expect(passes({ allDay: "drop" }, "SUMMARY:without a start")).toBe(true);
    expect(passes({ keywords: { exclude: ["x"] } }, "DTSTART;VALUE=DATE:20261201")).toBe(true);
  });
});

describe("categories", () => {
  it("are whole names, in lists or one a line", () => {
    const filter = { categories: { include: ["away, far"], exclude: ["U9"] } };
    expect(passes(filter, "CATEGORIES:Home,Away\\, Far")).toBe(true);
    expect(passes(filter, "CATEGORIES:Home", "CATEGORIES:away\\,  far")).toBe(true);
    expect(passes(filter, "CATEGORIES:Away,Far")).toBe(false);
    expect(passes(filter, "CATEGORIES:Away\\, Far,u9")).toBe(false);
    expect(passes(filter, "CATEGORIES:Away\\, Far,U99")).toBe(true);
    expect(passes(filter)).toBe(false);
  });
});

describe("whole days", () => {
  it.each([
    ["DTSTART;VALUE=DATE:20261201", true],
    ["DTSTART:20261201", true],
    [START, false],
    ["DTSTART;TZID=Asia/Seoul:20261201T000000", false],
  ])("%s", (line, isAllDay) => {
    expect(passes({ allDay: "only" }, line)).toBe(isAllDay);
    expect(passes({ allDay: "drop" }, line)).toBe(!isAllDay);
  });

  it("that Outlook wrote as midnight are whole days", () => {
    expect(passes({ allDay: "only" }, "DTSTART:20261201T000000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE")).toBe(true);
  });
});

describe("a feed with filters", () => {
  const series = stored("UID:s", START, "RRULE:FREQ=WEEKLY", "SUMMARY:Training");
  const moved = stored("UID:s", "RECURRENCE-ID:20261208T090000Z", "DTSTART:20261208T100000Z", "SUMMARY:Training cancelled");

  it("shows what both the feed and the member let through", () => {
    const events = ["Match", "Match cancelled", "Training"].map((title) => stored(`UID:${title}`, START, `SUMMARY:${title}`));
    const filtered = buildFeed({
      feed: { ...feed(), filters: { keywords: { exclude: ["cancelled"] } } },
      members: [{ ...member("cal1", events), filters: { keywords: { include: ["match"] } } }, member("cal2", events)],
      refreshMinutes: 60,
    });
    expect(linesOf(filtered, "SUMMARY")).toEqual(["SUMMARY:Match", "SUMMARY:Match", "SUMMARY:Training"]);
    expect(filtered.dropped.map(({ calendarId, uid, code }) => [calendarId, uid, code])).toEqual([
      ["cal1", "Match cancelled", "filtered"],
      ["cal1", "Training", "filtered"],
      ["cal2", "Match cancelled", "filtered"],
    ]);
  });

  it("hides one time of a series, and does not show the plain time that it had replaced", () => {
    const lines = linesOf(built([series, moved], { keywords: { exclude: ["cancelled"] } }), "UID", "EXDATE", "RECURRENCE-ID");
    expect(lines).toEqual(["UID:s", "EXDATE:20261208T090000Z"]);
  });

  it("shows one time of a series alone where the others are left out", () => {
    const lines = linesOf(built([series, moved], { keywords: { include: ["cancelled"] } }), "UID", "RRULE", "RECURRENCE-ID");
    expect(lines).toEqual(["UID:s", "RECURRENCE-ID:20261208T090000Z"]);
  });

  it("leaves a series out whole where a hidden change is one of all that follows", () => {
    const range = stored("UID:s", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261208T090000Z", START, "SUMMARY:Training cancelled");
    const left = built([series, range], { keywords: { exclude: ["cancelled"] } });
    expect(linesOf(left, "UID")).toEqual([]);
    expect(left.dropped.map(({ code }) => code)).toEqual(["filtered", "filtered"]);
  });

  it("filters by what its mask hides, and keeps the UIDs of what it shows", () => {
    const events = [stored("UID:a", START, "SUMMARY:Doctor"), stored("UID:b", START, "SUMMARY:Work")];
    const busy = buildFeed({
      feed: feed(),
      members: [{ ...member("cal1", events, "busy"), filters: { keywords: { exclude: ["doctor"] } } }],
      refreshMinutes: 60,
    });
    expect(linesOf(busy, "SUMMARY")).toEqual(["SUMMARY:Busy"]);
    expect(linesOf(built([series, moved], { keywords: { exclude: ["cancelled"] } }), "UID")).toEqual(["UID:s"]);
  });

  it("gives the same bytes for the same events in whatever order", () => {
    const filters: MemberFilter = { keywords: { exclude: ["cancelled"] }, allDay: "drop" };
    const events = [series, moved, stored("UID:d", "DTSTART;VALUE=DATE:20261201"), stored("UID:t", START)];
    expect(built(events.toReversed(), filters).ics).toBe(built(events, filters).ics);
  });
});

describe("a horizon ahead", () => {
  const now = new Date("2026-11-20T12:00:00Z");
  const events = [
    stored("UID:past", "DTSTART:20260105T100000Z"),
    stored("UID:soon", "DTSTART:20261122T100000Z"),
    stored("UID:far", "DTSTART:20270601T100000Z"),
    stored("UID:running", "DTSTART:20200101T100000Z", "RRULE:FREQ=YEARLY"),
    stored("UID:later", "DTSTART:20270601T100000Z", "RRULE:FREQ=DAILY"),
  ];

  it("leaves out what begins beyond it, and keeps a series whole that has begun", () => {
    const horizon = feedHorizon({ class: "guard", people: "drop", alarms: "drop", futureDays: 30 }, now);
    expect(horizon?.to).toBe("2026-12-22T00:00:00.000Z");
    expect(linesOf(built(events, {}, { horizon }), "UID", "RRULE")).toEqual([
      "UID:past",
      "UID:running",
      "RRULE:FREQ=YEARLY",
      "UID:soon",
    ]);
  });

  it("of a member is the nearer of its own and its feed's", () => {
    const policy = { class: "guard", people: "drop", alarms: "drop", futureDays: 30, pastDays: 100 } as const;
    expect(feedHorizon(policy, now, { futureDays: 7, pastDays: 10 })).toEqual({
      from: "2026-11-01T00:00:00.000Z",
      to: "2026-11-29T00:00:00.000Z",
    });
    expect(feedHorizon(policy, now, { futureDays: 90 })?.to).toBe("2026-12-22T00:00:00.000Z");
    expect(feedHorizon({ ...policy, pastDays: "all", futureDays: undefined }, now, { futureDays: 7 })?.from).toBe(
      "0001-01-01T00:00:00.000Z",
    );
  });

  it("moves every day, a far one with the month", () => {
    const ends = (futureDays: number, at: string): string | undefined =>
      feedHorizon({ class: "guard", people: "drop", alarms: "drop", futureDays }, new Date(at))?.to;
    expect(ends(30, "2026-11-20T00:00:00Z")).toBe(ends(30, "2026-11-20T23:59:59Z"));
    expect(ends(30, "2026-11-21T00:00:00Z")).not.toBe(ends(30, "2026-11-20T23:59:59Z"));
    expect(ends(365, "2026-11-20T00:00:00Z")).toBe("2027-12-01T00:00:00.000Z");
    expect(ends(365, "2026-11-28T00:00:00Z")).toBe("2027-12-01T00:00:00.000Z");
  });
});
