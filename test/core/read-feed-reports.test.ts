/** What a feed's reading reports, and which copy of an event it believes. */
import { expect, test } from "vitest";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { readEvents, scanFeed } from "../../lib/core/read-feed.ts";
import type { FeedRead, FeedRefusal } from "../../lib/core/read-feed.ts";
import { bytesOf, calendarOf, eventOf, outlookZone } from "../ics/sample-calendar.ts";

function readOf(body: string, previous: readonly SnapshotEvent[] = []): FeedRead | FeedRefusal {
  const scan = scanFeed(bytesOf(body), undefined, "engine");
  return scan.kind === "refused" ? scan : readEvents(scan, previous);
}

function goodOf(body: string, previous: readonly SnapshotEvent[] = []): FeedRead {
  const read = readOf(body, previous);
  if (read.kind === "refused") throw new Error(read.reason);
  return read;
}

const storedOf = (body: string): SnapshotEvent[] =>
  goodOf(body).events.map((event) => Object.assign({}, event, { lastModified: "20260101T000000Z" }));
const titles = ({ events }: FeedRead): string[] => events.map(({ text }) => /\nSUMMARY:(.*)/u.exec(text)?.[1] ?? "");
const START = "DTSTART:20260506T100000Z";

test("what is no calendar is refused with a reason and says nothing of components", () => {
  expect(readOf("<html>")).toEqual({ kind: "refused", code: "not-icalendar", reason: expect.stringMatching(/./u), skipped: [] });
});

test("the charset of the answer's type is used, quoted or not, with or without blanks", () => {
  const body = new Uint8Array([...bytesOf(calendarOf("X-WR-CALNAME:a?b"))].map((byte) => (byte === 0x3f ? 0xb1 : byte)));
  const nameUnder = (contentType: string | undefined): string | undefined => {
    const scan = scanFeed(body, contentType, "engine");
    const read = scan.kind === "refused" ? scan : readEvents(scan, []);
    return read.kind === "refused" ? read.reason : read.properties.name;
  };
  // 0xB1 is "ą" in ISO-8859-2, "±" in the cp1252 that stands for no charset at all.
  expect(
    [
      "text/calendar; charset=ISO-8859-2",
      'text/calendar; CHARSET = "iso-8859-2"; method=PUBLISH',
      "text/calendar;charset =iso-8859-2",
      "text/calendar",
      undefined,
    ].map(nameUnder),
  ).toEqual(["aąb", "aąb", "aąb", "a±b", "a±b"]);
});

test("a calendar's own stamp says when, not what; a name that begins so says what", () => {
  const hashOf = (...lines: readonly string[]): string => {
    const scan = scanFeed(bytesOf(calendarOf(...lines)), undefined, "engine");
    return scan.kind === "refused" ? scan.reason : scan.contentHash;
  };
  expect(hashOf("LAST-MODIFIED:20260101T000000Z")).toBe(hashOf("last-modified;X=1:20270101T000000Z"));
  expect(hashOf("X-CREATED:1")).not.toBe(hashOf("X-CREATED:2"));
  expect(hashOf("CREATED-BY:1")).not.toBe(hashOf("CREATED-BY:2"));
  expect(hashOf("X-A:1", "X-B:2")).toBe(hashOf("X-B:2", "X-A:1"));
});

test("a feed with more bad events than good ones is refused with the first of them", () => {
  const bad = Array.from({ length: 21 }, (_, index) => eventOf(`UID:bad${index}`, "DTSTART:someday"));
  const refusal = readOf(calendarOf(...bad, eventOf("UID:a", START)));
  expect(refusal).toMatchObject({ kind: "refused", code: "too-many-bad-components" });
  if (refusal.kind !== "refused") throw new Error("expected a refusal");
  expect(refusal.reason).toMatch(/^21 of 22 events cannot be read, expected at most half; the first: line 3, .*someday/u);
  expect(refusal.skipped).toHaveLength(21);
});

test("events that never end count as bad events, other broken components do not", () => {
  const unclosed = (name: string): string[] => Array.from({ length: 21 }, () => `BEGIN:${name}\r\nUID:x\r\nEND:VJOURNAL`);
  const good = Array.from({ length: 21 }, (_, index) => eventOf(`UID:a${index}`, START));
  expect(readOf(calendarOf(...unclosed("VTODO"), ...good)).kind).toBe("read");
});

test("zones that cannot be read are reported by line, and named", () => {
  const nameless = ["BEGIN:VTIMEZONE", "X-A:1", "END:VTIMEZONE"].join("\r\n");
  const empty = ["BEGIN:VTIMEZONE", `TZID:${"Office".repeat(20)}`, "END:VTIMEZONE"].join("\r\n");
  const { skipped, timezones } = goodOf(calendarOf(eventOf("UID:a", "DTSTART:someday"), nameless, empty, outlookZone("Own")));
  expect(skipped.map(({ line, code }) => [line, code])).toEqual([
    [3, "dtstart-invalid"],
    [7, "timezone-invalid"],
    [10, "timezone-invalid"],
  ]);
  const wanted = "has no readable STANDARD or DAYLIGHT with TZOFFSETTO; its name is looked up instead";
  expect(skipped[1]?.reason).toBe(`the VTIMEZONE without TZID ${wanted}`);
  expect(skipped[2]?.reason).toBe(`the VTIMEZONE "${"Office".repeat(10)}" ${wanted}`);
  expect(timezones.map(({ tzid }) => tzid)).toEqual(["Own"]);
});

test("zones are kept by name, the first of each", () => {
  const other = outlookZone("B").replace("TZOFFSETTO:+0100", "TZOFFSETTO:+0130");
  const { timezones } = goodOf(calendarOf(outlookZone("C"), outlookZone("B"), other, outlookZone("A")));
  expect(timezones.map(({ tzid }) => tzid)).toEqual(["A", "B", "C"]);
  expect(timezones[1]?.text).toContain("TZOFFSETTO:+0100");
});

test("of copies of one event the highest SEQUENCE stands, then the latest LAST-MODIFIED, then the later text", () => {
  const copy = (title: string, ...lines: readonly string[]): string => eventOf("UID:a", START, `SUMMARY:${title}`, ...lines);
  const believed = (...copies: readonly string[]): string[][] => [
    titles(goodOf(calendarOf(...copies))),
    titles(goodOf(calendarOf(...copies.toReversed()))),
  ];
  const both = (title: string): string[][] => [[title], [title]];
  const [early, late] = ["LAST-MODIFIED:20260101T000000Z", "LAST-MODIFIED:20260201T000000Z"];
  expect(believed(copy("old", "SEQUENCE:1", late), copy("new", "SEQUENCE:2", early))).toEqual(both("new"));
  expect(believed(copy("z", early), copy("a", late))).toEqual(both("a"));
  expect(believed(copy("z"), copy("a", early))).toEqual(both("a"));
  expect(believed(copy("a"), copy("b"))).toEqual(both("b"));
});

test("a copy that is left out is reported with the line of the one that stands, and whether they differ", () => {
  const reasonOf = (other: string): string | undefined =>
    goodOf(calendarOf(eventOf("UID:a", START, "SEQUENCE:1", "SUMMARY:x"), eventOf("UID:a", START, `SUMMARY:${other}`))).skipped[0]
      ?.reason;
  expect(reasonOf("x")).toBe("line 3 has the same UID and RECURRENCE-ID with the same text, expected one copy");
  expect(reasonOf("y")).toBe("line 3 has the same UID and RECURRENCE-ID with a newer revision, expected one copy");
});

test("reports come by line, whatever they are of", () => {
  const body = calendarOf(
    eventOf("UID:a", START, "SUMMARY:x"),
    eventOf("UID:a", START, "SUMMARY:x"),
    eventOf("UID:far", "DTSTART;TZID=Nowhere:20260506T100000"),
    eventOf("UID:bad", "DTSTART:someday"),
  );
  const lines = goodOf(body).skipped.map(({ line }) => line);
  expect(lines).toEqual([8, 13, 17]);
});

test("events without UID and of the same content have different UIDs, also from those that the feed has", () => {
  const same = eventOf(START, "SUMMARY:x");
  const [first = "", second = ""] = goodOf(calendarOf(same, same)).events.map(({ uid }) => uid);
  expect([first, second]).toEqual([expect.stringMatching(/-1@calferry$/u), expect.stringMatching(/-2@calferry$/u)]);
  const taken = goodOf(calendarOf(eventOf(`UID:${first}`, START, "SUMMARY:x"), same)).events.map(({ uid }) => uid);
  expect(new Set(taken)).toEqual(new Set([first, second]));
});

const SERIES = calendarOf(
  eventOf("UID:a", START, "RRULE:FREQ=DAILY", "SUMMARY:master"),
  eventOf("UID:a", "RECURRENCE-ID:20260507T100000Z", "DTSTART:20260507T120000Z", "SUMMARY:seventh"),
  eventOf("UID:a", "RECURRENCE-ID:20260508T100000Z", "DTSTART:20260508T120000Z", "SUMMARY:eighth"),
  eventOf("UID:b", START, "SUMMARY:other"),
);

test.each([
  ["the master", "DTSTART:20260506T100000Z\r\nRRULE", "DTSTART:someday\r\nRRULE", "master"],
  ["one occurrence", "DTSTART:20260507T120000Z", "DTSTART:someday", "seventh"],
])("%s that cannot be read any more keeps its formerly good copy, and nothing else moves", (_, from, to, title) => {
  const body = SERIES.replace(from, to);
  const read = goodOf(body, storedOf(SERIES));
  expect(titles(read).toSorted()).toEqual(["eighth", "master", "other", "seventh"]);
  expect(read.skipped).toHaveLength(1);
  expect(titles(goodOf(body))).not.toContain(title);
});

test("an occurrence whose RECURRENCE-ID cannot be read may be any of its series; those that are there stay as they are", () => {
  const body = SERIES.replace("RECURRENCE-ID:20260507T100000Z", "RECURRENCE-ID:someday").replace("SUMMARY:eighth", "SUMMARY:new");
  expect(titles(goodOf(body, storedOf(SERIES))).toSorted()).toEqual(["master", "new", "other", "seventh"]);
});

test("what was kept past does not come back because a block is broken", () => {
  const kept = storedOf(SERIES).map((event) => Object.assign(event, event.uid === "b" ? { keptPast: true } : {}));
  const body = calendarOf(eventOf("UID:a", START), eventOf("UID:b", "DTSTART:someday"));
  expect(goodOf(body, kept).events.map(({ uid }) => uid)).toEqual(["a"]);
});

test("a broken event that was stored under another UID keeps the source's", () => {
  const [event] = storedOf(calendarOf(eventOf("UID:a", START, "SUMMARY:x")));
  if (event === undefined) throw new Error("expected one event");
  const pinned = { ...event, uid: "pinned", text: event.text.replace("UID:a", "UID:pinned") };
  const read = goodOf(calendarOf(eventOf("UID:a", "DTSTART:someday"), eventOf("UID:c", START)), [pinned]);
  expect(read.events.find(({ uid }) => uid === "a")).toMatchObject({ sourceUid: "a", text: event.text });
});
