import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { engineKeyOf, readEvents, scanFeed } from "../../lib/core/read-feed.ts";
import type { FeedRead, FeedScan, ReadEvent } from "../../lib/core/read-feed.ts";
import { bytesOf, calendarOf, eventOf, outlookZone } from "../ics/sample-calendar.ts";

const KEY = engineKeyOf({ pastEvents: "keep", refreshHint: "follow" });

function scanOf(body: string, identity?: "content"): FeedScan {
  const scan = scanFeed(bytesOf(body), "text/calendar", KEY, identity);
  if (scan.kind === "refused") throw new Error(scan.reason);
  return scan;
}

function readOf(body: string, previous: readonly SnapshotEvent[] = []): FeedRead {
  const read = readEvents(scanOf(body), previous);
  if (read.kind === "refused") throw new Error(read.reason);
  return read;
}

/** What a first import stores. */
function stored(events: readonly ReadEvent[]): SnapshotEvent[] {
  return events.map((event) => ({ ...event, lastModified: event.lastModified ?? "20260101T000000Z" }));
}

const MEETING = ["UID:meeting", "DTSTAMP:20260101T000000Z", "DTSTART;TZID=Own:20260506T100000", "SUMMARY:Meeting", "SEQUENCE:2"];
const BODY = calendarOf(
  "X-WR-CALNAME:Team\\, all",
  outlookZone("Own"),
  eventOf(...MEETING),
  eventOf("UID:day", "DTSTART:20260507", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM"),
);

describe("a feed whose bytes moved but whose content did not", () => {
  const hash = scanOf(BODY).contentHash;

  it.each([
    ["DTSTAMP", BODY.replace("DTSTAMP:20260101T000000Z", "DTSTAMP:20270101T000000Z")],
    ["a DTSTAMP inside an alarm", BODY.replace("ACTION:DISPLAY", "ACTION:DISPLAY\r\nDTSTAMP:20270101T000000Z")],
    ["line ends", BODY.replaceAll("\r\n", "\n")],
    ["folds", BODY.replaceAll("SUMMARY:Meeting", "SUM\r\n MARY:Mee\r\n\tting")],
    ["the order of properties", BODY.replace("SUMMARY:Meeting\r\nSEQUENCE:2", "SEQUENCE:2\r\nSUMMARY:Meeting")],
  ])("has the same content hash (%s)", (_, moved) => {
    expect(moved).not.toBe(BODY);
    expect(scanOf(moved).contentHash).toBe(hash);
  });

  it.each([
    ["a title", BODY.replace("SUMMARY:Meeting", "SUMMARY:Meetings")],
    ["the calendar's name", BODY.replace("Team", "Teams")],
    ["a zone", BODY.replace("BYMONTH=10", "BYMONTH=9")],
    ["an alarm", BODY.replace("-PT5M", "-PT6M")],
    ["an event", BODY.replace("UID:day", "UID:night")],
  ])("has another where something changed (%s)", (_, changed) => {
    expect(scanOf(changed).contentHash).not.toBe(hash);
  });

  it("has another under another engine or policy", () => {
    const other = scanFeed(bytesOf(BODY), undefined, engineKeyOf({ pastEvents: "mirror", refreshHint: "follow" }));
    expect(other.kind === "scan" && other.contentHash).not.toBe(hash);
  });

  it("has the same with all UIDs new, once its calendar is known for that", () => {
    const renamed = BODY.replace("UID:meeting", "UID:other").replace("UID:day", "UID:more");
    expect(scanOf(renamed, "content").contentHash).toBe(scanOf(BODY, "content").contentHash);
    expect(scanOf(BODY, "content").contentHash).not.toBe(hash);
  });

  it("has the same content hash and meanings in any order, folded anywhere", () => {
    const events = fc.uniqueArray(
      fc.record({ uid: fc.nat(99), summary: fc.stringMatching(/^[a-zä-ü,; ]{0,30}$/u), day: fc.integer({ min: 10, max: 28 }) }),
      {
        selector: ({ uid }) => uid,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 40 }), fc.nat(), (list, width, stamp) => {
        const lines = list.map(({ uid, summary, day }) => [`UID:${uid}`, `DTSTART:202605${day}T100000Z`, `SUMMARY:${summary}`]);
        const body = calendarOf(...lines.map((each) => eventOf(...each)));
        const fold = (line: string): string => line.replaceAll(new RegExp(`(.{${width}})(?=.)`, "gu"), "$1\r\n ");
        const moved = calendarOf(
          ...lines.toReversed().map((each) => eventOf(`DTSTAMP:${stamp}`, ...each.toReversed().map(fold))),
        );
        expect(scanOf(moved).contentHash).toBe(scanOf(body).contentHash);
        const meanings = (text: string): string[] =>
          readOf(text)
            .events.map(({ uid, meaning }) => `${uid} ${meaning}`)
            .toSorted();
        expect(meanings(moved)).toEqual(meanings(body));
      }),
    );
  });
});

describe("an event", () => {
  it("is kept in its normal form, with revision and zone apart", () => {
    const { events, timezones, properties, skipped } = readOf(BODY);
    expect(properties).toEqual({ name: "Team, all" });
    expect(timezones.map(({ tzid }) => tzid)).toEqual(["Own"]);
    expect(skipped).toEqual([]);
    expect(events.map(({ uid, sequence, text }) => ({ uid, sequence, text }))).toEqual([
      {
        uid: "meeting",
        sequence: 2,
        text: "BEGIN:VEVENT\nUID:meeting\nDTSTART;TZID=Own:20260506T100000\nSUMMARY:Meeting\nEND:VEVENT",
      },
      {
        uid: "day",
        sequence: 0,
        text: "BEGIN:VEVENT\nUID:day\nDTSTART;VALUE=DATE:20260507\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT",
      },
    ]);
  });

  it("means the same whatever its UID and revision, and something else where its zone changed", () => {
    const meaningOf = (body: string): string | undefined => readOf(body).events[0]?.meaning;
    const meaning = meaningOf(BODY);
    expect(meaningOf(BODY.replace("UID:meeting", "UID:m2").replace("SEQUENCE:2", "SEQUENCE:3\r\nCREATED:20260101T000000Z"))).toBe(
      meaning,
    );
    expect(meaningOf(BODY.replace("TZID:Own", "TZID:Own\r\nX-NAME:my zone"))).toBe(meaning);
    expect(meaningOf(BODY.replace("TZOFFSETTO:+0100", "TZOFFSETTO:+0130"))).not.toBe(meaning);
    expect(meaningOf(BODY.replace("SUMMARY:Meeting", "SUMMARY:Meet"))).not.toBe(meaning);
  });

  it.each([
    ["RECURRENCE-ID;TZID=Own:20260506T100000", "20260506T080000Z"],
    ["RECURRENCE-ID:20260506T080000Z", "20260506T080000Z"],
    ["RECURRENCE-ID;VALUE=DATE:20260506", "20260506"],
    ["RECURRENCE-ID:20260506T100000", "20260506T100000Z"],
    ["RECURRENCE-ID;TZID=Nowhere:20260506T100000", "20260506T100000"],
  ])("with %s is the occurrence %s", (line, recurrenceId) => {
    const { events } = readOf(calendarOf(outlookZone("Own"), eventOf("UID:a", "DTSTART:20260506T110000Z", line)));
    expect(events[0]?.recurrenceId).toBe(recurrenceId);
  });

  it("in a zone that nobody knows is kept, marked and reported each time", () => {
    const body = calendarOf(eventOf("UID:a", "DTSTART;TZID=Nowhere:20260506T100000"));
    const first = readOf(body);
    const second = readOf(body, stored(first.events));
    for (const { events, skipped } of [first, second]) {
      expect(events[0]?.zoneUnknown).toBe(true);
      expect(skipped.map(({ line, uid, code }) => ({ line, uid, code }))).toEqual([{ line: 3, uid: "a", code: "zone-unknown" }]);
    }
  });

  it("without UID has one from its content, the same in any order", () => {
    const [one, two] = [eventOf("DTSTART:20260506", "SUMMARY:A"), eventOf("DTSTART:20260506", "SUMMARY:A", "X-NOTE:another")];
    const uidsOf = (body: string): string[] =>
      readOf(body)
        .events.map(({ uid, text }) => `${uid} ${text}`)
        .toSorted();
    const uids = uidsOf(calendarOf(one, two));
    expect(uidsOf(calendarOf(two, one))).toEqual(uids);
    expect(new Set(uids).size).toBe(2);
    expect(readOf(calendarOf(one)).events.map(({ sourceUid }) => sourceUid)).toEqual([""]);
  });

  it("that stands twice is its highest SEQUENCE, then its latest LAST-MODIFIED", () => {
    const copy = (title: string, ...lines: readonly string[]): string =>
      eventOf("UID:a", "DTSTART:20260506", `SUMMARY:${title}`, ...lines);
    const copies = [
      copy("old", "SEQUENCE:1"),
      copy("newest", "SEQUENCE:2", "LAST-MODIFIED:20260102T000000Z"),
      copy("new", "SEQUENCE:2", "LAST-MODIFIED:20260101T000000Z"),
    ];
    for (const order of [copies, copies.toReversed()]) {
      const { events, skipped } = readOf(calendarOf(...order));
      expect(events.map(({ text }) => /SUMMARY:(.*)/u.exec(text)?.[1])).toEqual(["newest"]);
      expect(skipped.map(({ code }) => code)).toEqual(["uid-duplicate", "uid-duplicate"]);
    }
  });
});

describe("a component that cannot be read", () => {
  const bad: readonly (readonly [string, readonly string[], string])[] = [
    ["no start", ["SUMMARY:x"], "dtstart-missing"],
    ["month 13", ["DTSTART:20261301"], "dtstart-invalid"],
    ["a rule without FREQ", ["DTSTART:20260506", "RRULE:COUNT=3"], "rrule-invalid"],
    ["a rule that never comes", ["DTSTART:20260506", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31"], "rrule-endless"],
    ["a rule that steps over its days", ["DTSTART:20260506", "RRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO"], "rrule-endless"],
    ["a position that no month has", ["DTSTART:20260506", "RRULE:FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=2"], "rrule-endless"],
    ["a RECURRENCE-ID that is none", ["DTSTART:20260506", "RECURRENCE-ID:once"], "recurrence-id-invalid"],
    ["an alarm that is not closed", ["DTSTART:20260506", "BEGIN:VALARM"], "component-unclosed"],
  ];

  it.each(bad)("costs itself alone: %s", (_, lines, code) => {
    const { events, skipped } = readOf(calendarOf(eventOf("UID:good", "DTSTART:20260506"), eventOf("UID:bad", ...lines)));
    expect(events.map(({ uid }) => uid)).toEqual(["good"]);
    expect(skipped.map(({ line, code: seen }) => [line, seen])).toEqual([[7, code]]);
  });

  it.each(bad)("keeps its formerly good copy: %s", (_, lines) => {
    const good = (recurrenceId: readonly string[]): string =>
      eventOf("UID:bad", ...recurrenceId, "DTSTART:20260506", "SUMMARY:good");
    const isOverride = lines.some((line) => line.startsWith("RECURRENCE-ID"));
    const before = stored(readOf(calendarOf(good(isOverride ? ["RECURRENCE-ID;VALUE=DATE:20260506"] : []))).events);
    const { events } = readOf(calendarOf(eventOf("UID:bad", ...lines)), before);
    expect(events.map(({ uid, text }) => [uid, text])).toEqual(before.map(({ uid, text }) => [uid, text]));
  });

  it.each([
    ["a line that is none", "no colon here", "line-invalid"],
    ["an end that is none", "DTEND:later", "dtend-invalid"],
    ["a duration that is none", "DURATION:long", "duration-invalid"],
    ["an exception that is none", "EXDATE:never", "exdate-invalid"],
    ["a date that is none", "RDATE:20261301", "rdate-invalid"],
    ["a rule of vCalendar 1.0", "RRULE:W2 TU TH #27", "rrule-invalid"],
    ["a long attachment", `ATTACH:${"x".repeat(40_000)}`, "attachment-dropped"],
  ])("in part costs that part alone: %s", (_, line, code) => {
    const { events, skipped } = readOf(calendarOf(eventOf("UID:a", "DTSTART:20260506", line)));
    expect(events.map(({ text }) => text)).toEqual(["BEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:20260506\nEND:VEVENT"]);
    expect(skipped.map(({ uid, code: seen }) => [uid, seen])).toEqual([["a", code]]);
  });

  it("is a reason to believe nothing where there are more than twenty and more than half", () => {
    const bodyOf = (goods: number, bads: number): string =>
      calendarOf(
        ...Array.from({ length: goods }, (_, at) => eventOf(`UID:${at}`, "DTSTART:20260506")),
        ...Array.from({ length: bads }, (_, at) => eventOf(`UID:bad${at}`)),
      );
    const refused = readEvents(scanOf(bodyOf(20, 21)), []);
    expect(refused).toMatchObject({ kind: "refused", code: "too-many-bad-components" });
    expect(refused.skipped).toHaveLength(21);
    for (const [goods, bads] of [
      [21, 21],
      [0, 20],
    ] as const)
      expect(readEvents(scanOf(bodyOf(goods, bads)), []).kind).toBe("read");
  });
});

describe("blocks that stand unchanged", () => {
  it("are taken over as they were stored, under the source's UID", () => {
    const pinned = readOf(BODY).events.map((event): ReadEvent => {
      const text = event.text.replace(/UID:.*/u, "UID:pinned");
      return Object.assign({}, event, { uid: "pinned", text });
    });
    const before = stored(pinned);
    expect(readOf(BODY, before).events).toEqual(
      readOf(BODY).events.map((event) => expect.objectContaining({ uid: event.uid, text: event.text, block: event.block })),
    );
  });

  it("are read again where a zone changed", () => {
    const before = stored(readOf(BODY).events);
    const after = readOf(BODY.replace("TZOFFSETTO:+0100", "TZOFFSETTO:+0130"), before).events;
    expect(after.map(({ block }, at) => block === before[at]?.block)).toEqual([false, false]);
    expect(after.map(({ meaning }, at) => meaning === before[at]?.meaning)).toEqual([false, true]);
  });
});

describe("a block of which something was reported", () => {
  it.each([
    ["DTSTART:20260506", "no colon here"],
    ["DTSTART:20260506", `ATTACH:${"x".repeat(40_000)}`],
    ["DTSTART;TZID=Nowhere:20260506T100000", "SUMMARY:x"],
  ])("is reported each time, and is the same event: %.40s, %.20s", (...lines) => {
    const body = calendarOf(eventOf("UID:a", ...lines));
    const first = readOf(body);
    const second = readOf(body, stored(first.events));
    expect(second.skipped).toEqual(first.skipped);
    expect(second.skipped).toHaveLength(1);
    expect(second.events).toEqual(first.events);
  });
});

describe("the end of an event for good", () => {
  const endOf = (...lines: readonly string[]): string | undefined => {
    const read = readOf(calendarOf(eventOf("UID:a", ...lines)));
    const [event] = stored(read.events);
    return event === undefined ? "no event" : read.endsAt(event);
  };

  it.each([
    [["DTSTART:20260506T100000Z", "DURATION:PT1H"], "2026-05-06T11:00:00.000Z"],
    [["DTSTART:20260506"], "2026-05-07T00:00:00.000Z"],
    [["DTSTART:20260506T100000Z", "RRULE:FREQ=DAILY"], undefined],
    [["DTSTART:20260506T100000Z", "RRULE:FREQ=WEEKLY;COUNT=3"], "2026-05-20T10:00:00.000Z"],
    [["DTSTART:20260506T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;UNTIL=20260510T100000Z"], "2026-05-10T11:00:00.000Z"],
    [["DTSTART:20260506T100000Z", "RDATE:20260601T100000Z"], "2026-06-01T10:00:00.000Z"],
  ])("of %j is %s", (lines, end) => {
    expect(endOf(...lines)).toBe(end);
  });
});
