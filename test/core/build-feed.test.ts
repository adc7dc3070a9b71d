import fc from "fast-check";
import ICAL from "ical.js";
import { expect, test } from "vitest";

import { buildFeed } from "../../lib/core/build-feed.ts";
import { feedMark } from "../../lib/core/feed-path.ts";
import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { propertyOf, readComponent } from "../../lib/ics/component.ts";
import { readMoment } from "../../lib/ics/moment.ts";
import { instantOf, UTC } from "../../lib/ics/zone.ts";
import { knownZone } from "../../lib/ics/zones.ts";
import { build, feed, linesOf, member, stored } from "./sample-feed.ts";

const START = "DTSTART:20260105T100000Z";
const path = (...feedIds: readonly string[]): string => `X-CALFERRY-PATH:${feedIds.map(feedMark).join(",")}`;

test("a feed of one event is these bytes", () => {
  const event = { ...stored("UID:a@x", START, "DURATION:PT1H", "SUMMARY:Talk", "STATUS:CANCELLED"), sequence: 2 };
  expect(build([member("cal1", [event])]).ics).toBe(
    [
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Calferry//Calferry//EN",
      "CALSCALE:GREGORIAN",
      "METHOD:PUBLISH",
      "NAME:Team",
      "X-WR-CALNAME:Team",
      "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
      "X-PUBLISHED-TTL:PT1H",
      "BEGIN:VEVENT",
      "UID:a@x",
      "DTSTAMP:20260101T000000Z",
      "DTSTART:20260105T100000Z",
      "DURATION:PT1H",
      "SEQUENCE:2",
      "LAST-MODIFIED:20260101T000000Z",
      "SUMMARY:Talk",
      "STATUS:CANCELLED",
      `X-CALFERRY-PATH:${feedMark("feed1")}`,
      "END:VEVENT",
      "END:VCALENDAR",
      "",
    ].join("\r\n"),
  );
});

test("events come by UID, a series before its overrides", () => {
  const built = build([
    member("cal1", [
      stored("UID:b", "RECURRENCE-ID:20260107T100000Z", START),
      stored("UID:b", "RECURRENCE-ID:20260106T100000Z", START),
      stored("UID:a", START),
      stored("UID:b", START, "RRULE:FREQ=DAILY"),
    ]),
  ]);
  expect(linesOf(built, "UID", "RECURRENCE-ID")).toEqual([
    "UID:a",
    "UID:b",
    "UID:b",
    "RECURRENCE-ID:20260106T100000Z",
    "UID:b",
    "RECURRENCE-ID:20260107T100000Z",
  ]);
  expect(built.eventCount).toBe(4);
});

test("of an event that is there twice the newest goes out", () => {
  const one = (sequence: number, lastModified: string, title: string): SnapshotEvent => ({
    ...stored("UID:a", START, `SUMMARY:${title}`),
    sequence,
    lastModified,
  });
  const events = [one(1, "20260103T000000Z", "old"), one(2, "20260101T000000Z", "older"), one(2, "20260102T000000Z", "new")];
  expect(linesOf(build([member("cal1", events)]), "SUMMARY")).toEqual(["SUMMARY:new"]);
});

test("an event that passed this feed before is dropped, so that a cycle of feeds comes to rest", () => {
  const built = build([
    member("cal1", [stored("UID:a", START, path("feed0", "feed1", "feed2")), stored("UID:b", START, path("feed0"))]),
  ]);
  expect(linesOf(built, "UID", "X-CALFERRY-PATH")).toEqual(["UID:b", path("feed0", "feed1")]);
  expect(built.dropped).toEqual([{ calendarId: "cal1", uid: "a", recurrenceId: undefined, code: "feed-cycle" }]);
});

test("an event that passed eight feeds ends there", () => {
  const way = (count: number): string => path(...Array.from({ length: count }, (_, index) => `other${index}`));
  const built = build([member("cal1", [stored("UID:a", START, way(8)), stored("UID:b", START, way(7))])]);
  expect(linesOf(built, "UID")).toEqual(["UID:b"]);
  expect(built.dropped[0]?.code).toBe("path-too-long");
});

test("the description tells what the caller says and each member's state", () => {
  const stale = { since: "2026-11-01T09:00:00.000Z", code: "source-not-found" };
  const members = [{ ...member("cal1", []), status: { label: "Holidays", stale } }];
  const { ics } = build(members, {}, { description: "Read at 9" });
  expect(ics).toContain(
    String.raw`DESCRIPTION:Read at 9\nHolidays: not updated since 2026-11-01 (source-not-found)`.slice(0, 75),
  );
});

test("a feed with a horizon leaves out what ended before it and what begins after it, and keeps series that reach it", () => {
  const horizon = { from: "2026-01-01T00:00:00Z", to: "2026-12-31T00:00:00Z" };
  const events = [
    stored("UID:before", "DTSTART:20251201T100000Z", "DTEND:20251202T100000Z"),
    stored("UID:into", "DTSTART:20251201T100000Z", "DTEND:20260110T100000Z"),
    stored("UID:lasting", "DTSTART:20251201T100000Z", "DURATION:P5W"),
    stored("UID:after", "DTSTART:20270105T100000Z"),
    stored("UID:endless", "DTSTART:20200101T100000Z", "RRULE:FREQ=YEARLY"),
    stored("UID:ended", "DTSTART:20200101T100000Z", "RRULE:FREQ=YEARLY;UNTIL=20240101T100000Z"),
    stored("UID:dated", "DTSTART:20200101T100000Z", "RDATE:20260301T100000Z"),
    stored("UID:moved", "DTSTART:20200101T100000Z", "RRULE:FREQ=YEARLY;UNTIL=20240101T100000Z"),
    stored("UID:moved", "RECURRENCE-ID:20240101T100000Z", "DTSTART:20260601T100000Z"),
  ];
  const built = build([member("cal1", events)], {}, { horizon });
  expect(linesOf(built, "UID")).toEqual(["UID:dated", "UID:endless", "UID:into", "UID:lasting", "UID:moved", "UID:moved"]);
  expect(built.dropped.map(({ uid, code }) => `${uid} ${code}`)).toEqual([
    "after outside-horizon",
    "before outside-horizon",
    "ended outside-horizon",
  ]);
});

/** One for each series: a RECURRENCE-ID in another zone than its series is moved, which is tested elsewhere. */
const ZONES = ["", ";TZID=Europe/Berlin", ";TZID=Pacific Standard Time", ";TZID=/example.org/Asia/Seoul"];
const anyEvent = fc
  .record({
    uid: fc.integer({ min: 0, max: 9 }),
    day: fc.integer({ min: 10, max: 28 }),
    title: fc.string({ unit: "grapheme", maxLength: 120 }).map((text) => text.replaceAll(/[\p{Cc}\\,;]/gu, "").trim()),
    isOverride: fc.boolean(),
  })
  .map(({ uid, day, title, isOverride }) => {
    const zone = ZONES[uid % ZONES.length] ?? "";
    return stored(
      `UID:${uid}@x`,
      `DTSTART${zone}:202603${day}T013000`,
      `SUMMARY:${title}`,
      ...(isOverride ? [`RECURRENCE-ID${zone}:202603${day}T013000`] : ["RRULE:FREQ=DAILY"]),
    );
  });
const anyEvents = fc.uniqueArray(anyEvent, { maxLength: 12, selector: ({ uid, recurrenceId }) => `${uid} ${recurrenceId}` });

test("the same events give the same bytes, in whatever order the snapshot has them", () => {
  fc.assert(
    fc.property(anyEvents, fc.func(fc.integer()), (events, rank) => {
      const shuffled = events.toSorted((a, b) => rank(a.text) - rank(b.text));
      expect(build([member("cal1", shuffled)]).ics).toBe(build([member("cal1", events)]).ics);
    }),
  );
});

/** What a reader that we did not write sees by the feed's own VTIMEZONEs: UID, instants of start and recurrence, rule, title. */
function readByOthers(ics: string): string[] {
  const calendar = new ICAL.Component(ICAL.parse(ics));
  const zones = calendar.getAllSubcomponents("vtimezone").map((zone) => new ICAL.Timezone(zone));
  return calendar.getAllSubcomponents("vevent").map((event) => {
    const instant = (name: string): string => {
      const property = event.getFirstProperty(name);
      const value = property?.getFirstValue();
      if (!(value instanceof ICAL.Time)) return "none";
      const zone = zones.find(({ tzid }) => tzid === property?.getFirstParameter("tzid"));
      const { year, month, day, hour, minute } = value;
      return String(Date.UTC(year, month - 1, day, hour, minute) - (zone?.utcOffset(value) ?? 0) * 1000);
    };
    const rule = event.getFirstPropertyValue("rrule")?.toString() ?? "none";
    const [uid, title] = [event.getFirstPropertyValue("uid"), event.getFirstPropertyValue("summary")];
    return [uid, instant("dtstart"), instant("recurrence-id"), rule, title].join(" ");
  });
}

/** The same, said by the event itself and the runtime's table. */
function meantBy({ uid, text, recurrenceId }: SnapshotEvent): string {
  const event = readComponent(text);
  const line = propertyOf(event, "DTSTART");
  const moment = line === undefined ? undefined : readMoment(line, line.value);
  const zone = moment?.kind === "zoned" ? knownZone(moment.tzid) : UTC;
  const start = moment === undefined || zone === undefined ? "none" : String(instantOf(zone, moment.wallMs));
  const [again, rule] = recurrenceId === undefined ? ["none", "FREQ=DAILY"] : [start, "none"];
  return [uid, start, again, rule, propertyOf(event, "SUMMARY")?.value].join(" ");
}

test("a reader that we did not write sees the same events at the same instants", () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      expect(readByOthers(build([member("cal1", events)]).ics).toSorted()).toEqual(events.map(meantBy).toSorted());
    }),
  );
});

test("our own feed as a source of another feed keeps every event as it is but for its path", () => {
  fc.assert(
    fc.property(anyEvents, (events) => {
      const first = build([member("cal1", events)]);
      const blocks = first.ics.replaceAll("\r\n ", "").split("BEGIN:VEVENT\r\n").slice(1);
      const again = blocks.map((block) => {
        const lines = block.split("END:VEVENT")[0]?.split("\r\n").slice(0, -1) ?? [];
        return stored(...lines);
      });
      const second = buildFeed({ feed: feed({}, "feed2"), members: [member("cal2", again)], refreshMinutes: 60 });
      const plain = (ics: string): string => ics.replaceAll("\r\n ", "").replaceAll(/X-CALFERRY-PATH:.*/gu, "");
      expect(plain(second.ics)).toBe(plain(first.ics));
      expect(build([member("cal2", again)]).eventCount).toBe(0);
    }),
  );
});
